package s3_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/cutover-dev/cutover/internal/adapter/aws/s3"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/rollout"
	"github.com/cutover-dev/cutover/internal/unit"
)

// lossy loses answers: of request number n (from 1) whatever n says so.
func lossy(t *testing.T, s *stand, loses func(method string, n int) bool) (*s3.Rollout, *atomic.Int32) {
	t.Helper()
	var n atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if loses(r.Method, int(n.Add(1))) {
			s.ServeHTTP(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler)
		}
		s.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return openAt(t, server.URL, releases), &n
}

// A write that arrives although its answer is lost is known for what it is,
// also when the SDK sends it again and is refused because of itself.
func TestALostAnswer(t *testing.T) {
	state, log := told(t, 2)
	for name, loses := range map[string]func(string, int) bool{
		"the first":     func(_ string, n int) bool { return n == 1 },
		"the first two": func(_ string, n int) bool { return n < 3 },
		"of all writes": func(method string, _ int) bool { return method == http.MethodPut },
	} {
		t.Run(name, func(t *testing.T) {
			s := newStand(t)
			r, n := lossy(t, s, loses)
			version := rollout.Version("")
			for round := range 3 {
				state.Attempt = round
				n.Store(0)
				var err error
				if version, err = r.Save(t.Context(), state, version); err != nil {
					t.Fatalf("save %d: %v", round, err)
				}
			}
			if stands, now, err := r.Load(t.Context()); err != nil || now != version || stands.Attempt != 2 {
				t.Errorf("%v, %q, %+v", err, now, stands)
			}
			n.Store(0)
			if err := r.Append(t.Context(), log); err != nil || len(s.KeysIn(releases, folder+"events/")) != len(log) {
				t.Errorf("%v", err)
			}
		})
	}
}

// What S3 may answer, and what is made of it.
func TestAnswersToAStore(t *testing.T) {
	answers := func(status int, code string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			answer(w, status, code)
		}
	}
	for name, c := range map[string]struct {
		handle     http.HandlerFunc
		load, save string
		kind       fault.Kind
	}{
		"denied":              {answers(403, "AccessDenied"), "s3:ListBucket", "s3:PutObject", fault.Input},
		"credentials expired": {answers(400, "ExpiredToken"), "OIDC", "OIDC", fault.Input},
		"another region":      {answers(301, "PermanentRedirect"), "region", "region", fault.Input},
		"no such bucket":      {answers(404, "NoSuchBucket"), "name and region", "name and region", fault.Input},
		"S3 is down":          {answers(503, "SlowDown"), "SlowDown", "SlowDown", fault.Outside},
	} {
		t.Run(name, func(t *testing.T) {
			r := scriptedRollout(t, c.handle)
			_, _, err := r.Load(t.Context())
			if !contains(err, c.load) || fault.KindOf(err) != c.kind || errors.Is(err, rollout.ErrNone) {
				t.Errorf("loading: %v", err)
			}
			_, err = r.Save(t.Context(), rollout.New(policy(t)), "")
			if !contains(err, c.save) || fault.KindOf(err) != c.kind || errors.Is(err, rollout.ErrConflict) || strings.Contains(fmt.Sprint(err), "very-secret") {
				t.Errorf("saving: %v", err)
			}
		})
	}
}

// 409 means that another write is under way: asked for again, and not for ever.
func TestAWriteBesideAnother(t *testing.T) {
	credentials(t)
	for name, c := range map[string]struct {
		times int
		want  error
	}{"once": {1, nil}, "three times": {3, nil}, "always": {99, rollout.ErrConflict}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // each waits between its tries
			s := standing(t)
			var n atomic.Int32
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodPut && int(n.Add(1)) <= c.times {
					_, _ = io.Copy(io.Discard, r.Body)
					answer(w, http.StatusConflict, "ConditionalRequestConflict")
					return
				}
				s.ServeHTTP(w, r)
			}))
			t.Cleanup(server.Close)
			state, _ := told(t, 1)
			if _, err := openAt(t, server.URL, releases).Save(t.Context(), state, ""); !errors.Is(err, c.want) {
				t.Errorf("%v after %d tries", err, n.Load())
			}
		})
	}
}

// A body that breaks off is asked for again.
func TestABrokenBody(t *testing.T) {
	s := newStand(t)
	state, _ := told(t, 1)
	state.Weight = unit.Full / 10
	if _, err := s.open(t).Save(t.Context(), state, ""); err != nil {
		t.Fatal(err)
	}
	for name, breaks := range map[string]int32{"twice": 2, "always": 99} {
		var n atomic.Int32
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if n.Add(1) > breaks {
				s.ServeHTTP(w, r)
				return
			}
			w.Header().Set("Content-Length", "5000")
			_, _ = io.WriteString(w, `{"format":1`)
			_ = http.NewResponseController(w).Flush() // else nothing of the answer arrives
			panic(http.ErrAbortHandler)
		}))
		got, _, err := openAt(t, server.URL, releases).Load(t.Context())
		if (err == nil) != (breaks < 99) || err == nil && got.Weight != state.Weight {
			t.Errorf("%s: %v, %+v", name, err, got)
		}
		server.Close()
	}
}

// A server that says nothing is left when the caller's time is up.
func TestAStoreEndsWithItsContext(t *testing.T) {
	r := scriptedRollout(t, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	})
	why := errors.New("time is up")
	for name, call := range map[string]func(context.Context) error{
		"load":   func(ctx context.Context) error { _, _, err := r.Load(ctx); return err },
		"save":   func(ctx context.Context) error { _, err := r.Save(ctx, rollout.New(policy(t)), ""); return err },
		"events": func(ctx context.Context) error { _, err := r.Events(ctx); return err },
		"time":   func(ctx context.Context) error { _, err := r.Time(ctx); return err },
	} {
		ctx, cancel := context.WithCancelCause(t.Context())
		go cancel(why)
		if err := call(ctx); !errors.Is(err, why) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
