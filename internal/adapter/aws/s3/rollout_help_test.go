package s3_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/s3"
	"github.com/cutover-dev/cutover/internal/rehearsal/cloud"
	"github.com/cutover-dev/cutover/internal/rollout"
	"github.com/cutover-dev/cutover/internal/virtual"
)

const (
	releases = "releases"
	folder   = "cutover/rollout/production/"
	stateKey = folder + "state.json"
)

var errKilled = errors.New("killed")

// wire is what every effect of a program passes. It can be cut: the program is
// then killed, before the effect or right after it.
type wire struct {
	mu    sync.Mutex
	turns int
	at    int // the turn at which it is cut; 0 is never
	after bool
	dead  bool
	kill  context.CancelCauseFunc
	// changes are the turns that were no mere GET.
	changes []int
}

// program begins a program's life, with a context that ends with it.
func (w *wire) program(t *testing.T, at int, after bool) context.Context {
	ctx, kill := context.WithCancelCause(t.Context())
	w.mu.Lock()
	defer w.mu.Unlock()
	w.turns, w.at, w.after, w.dead, w.kill, w.changes = 0, at, after, false, kill, nil
	return ctx
}

// turn carries out an effect, unless the program is dead; it says whether the
// program lives to see what came of it.
func (w *wire) turn(change bool, effect func()) bool {
	w.mu.Lock()
	w.turns++
	if change {
		w.changes = append(w.changes, w.turns)
	}
	if w.dead {
		w.mu.Unlock()
		return false
	}
	cut := w.turns == w.at
	w.dead = w.dead || cut
	w.mu.Unlock()
	if !cut || w.after {
		effect()
	}
	if cut {
		w.kill(errKilled)
	}
	return !cut
}

// around puts a server behind the wire.
func (w *wire) around(next http.Handler) http.Handler {
	return http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		kept := httptest.NewRecorder()
		if !w.turn(r.Method != http.MethodGet, func() { next.ServeHTTP(kept, r) }) {
			panic(http.ErrAbortHandler) // the connection ends without an answer
		}
		for k, v := range kept.Header() {
			out.Header()[k] = v
		}
		out.WriteHeader(kept.Code)
		_, _ = out.Write(kept.Body.Bytes())
	})
}

// stand is a stage whose rollout lies in the stand-in cloud.
type stand struct {
	*cloud.Cloud
	*wire
	url string
}

func newStand(t *testing.T) *stand {
	t.Helper()
	credentials(t)
	return standing(t)
}

// standing is newStand for tests that run side by side, whose credentials are
// set already.
func standing(t *testing.T) *stand {
	t.Helper()
	s := &stand{Cloud: cloud.New("sst"), wire: &wire{}}
	s.Bucket(releases)
	server := httptest.NewServer(s.around(s.Cloud))
	t.Cleanup(server.Close)
	s.url = server.URL
	t.Cleanup(func() {
		if u := s.Unknown(); len(u) > 0 {
			t.Errorf("the cloud did not know %v", u)
		}
	})
	return s
}

func credentials(t *testing.T) {
	t.Helper()
	t.Setenv("AWS_ACCESS_KEY_ID", "key")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "very-secret")
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	t.Setenv("AWS_CA_BUNDLE", "") // reading it takes longer than a whole tick
}

// open is the store as a program opens it.
func (s *stand) open(t *testing.T) *s3.Rollout { return openAt(t, s.url, releases) }

func openAt(t *testing.T, url, bucket string) *s3.Rollout {
	t.Helper()
	r, err := s3.OpenRollout(t.Context(), bucket, "cutover", "production", s3.Hurried(url))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// scriptedRollout is a store whose server answers as handle says.
func scriptedRollout(t *testing.T, handle http.HandlerFunc) *s3.Rollout {
	t.Helper()
	server := httptest.NewServer(handle)
	t.Cleanup(server.Close)
	credentials(t)
	return openAt(t, server.URL, releases)
}

var noon = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

// defaults is the policy of a configuration that says nothing, parsed once.
var defaults = sync.OnceValues(virtual.DefaultPolicy)

func policy(t testing.TB) rollout.Policy {
	t.Helper()
	p, err := defaults()
	if err != nil {
		t.Fatal(err)
	}
	p.Phases = slices.Clone(p.Phases)
	for i := range p.Phases {
		p.Phases[i].Approval = "none"
	}
	return p
}

// told is a rollout that was started, and then paused and resumed until it has
// so many events.
func told(t testing.TB, events int) (rollout.State, []rollout.Event) {
	t.Helper()
	p := policy(t)
	s := rollout.New(p)
	var log []rollout.Event
	for i := 0; len(log) < events; i++ {
		order := rollout.Order{Kind: rollout.OrderStart, By: "octo"}
		switch {
		case i > 0 && i%2 == 1:
			order.Kind = rollout.OrderPause
		case i > 0:
			order.Kind = rollout.OrderResume
		}
		d := rollout.Decide(p, s, rollout.Observation{Now: noon.Add(time.Duration(i) * time.Second), Order: &order})
		if d.Refused != "" {
			t.Fatal(d.Refused)
		}
		s = d.State
		log = append(log, s.Outbox...)
		s.Outbox = nil
	}
	return s, log
}

func contains(err error, parts ...string) bool {
	if err == nil {
		return false
	}
	for _, p := range parts {
		if !strings.Contains(err.Error(), p) {
			return false
		}
	}
	return true
}
