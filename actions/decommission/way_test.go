package main

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/rehearsal/cloud"
	"github.com/cutover-dev/cutover/internal/rehearsal/loopback"
	"github.com/cutover-dev/cutover/internal/retire"
)

// deed is something that has changed a world, to be done again in another one.
type deed struct {
	request *http.Request
	body    string
	passes  time.Duration // or time, in which users did what they do
}

// deeds are kept in the order in which they came; nil keeps none.
type deeds struct {
	mu  sync.Mutex
	all []deed
}

func (k *deeds) add(d deed) {
	if k == nil {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.all = append(k.all, d)
}

func (k *deeds) list() []deed { k.mu.Lock(); defer k.mu.Unlock(); return k.all }

// way is how a world of the short waits comes to its hold, gone once by programs:
// its deeds bring other worlds there within a moment.
type way struct {
	once sync.Once
	// deeds up to the hold, and how many of them come before the order to begin.
	deeds    []deed
	approved int
	plan     result
}

// ways are those of what nobody owns, and of what a stack does.
var ways = map[bool]*way{false: {}, true: {}}

func (y *way) walk(t *testing.T, owned bool) {
	t.Helper()
	w := shortWorld(t, owned)
	kept := &deeds{}
	w.locked(func() bool { w.kept = kept; return true })
	w.pass(25 * time.Hour)
	plan := w.approved()
	approved := len(kept.list())
	w.must(0, cmdApply)
	w.until(retire.Holding)
	y.deeds, y.approved, y.plan = kept.list(), approved, plan
}

// keeping notes what has changed the cloud, in the order in which it came.
func (w *world) keeping(server http.Handler) http.Handler {
	var one sync.Mutex
	return http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		if w.kept == nil {
			server.ServeHTTP(out, r)
			return
		}
		one.Lock()
		defer one.Unlock()
		body, _ := io.ReadAll(r.Body) // one that breaks off is refused further on
		d := deed{request: r, body: string(body)}
		answer := httptest.NewRecorder()
		server.ServeHTTP(answer, d.again())
		if answer.Code < 300 && d.changes() {
			w.kept.add(d)
		}
		for k, v := range answer.Header() {
			out.Header()[k] = v
		}
		out.WriteHeader(answer.Code)
		_, _ = io.Copy(out, bytes.NewReader(answer.Body.Bytes()))
	})
}

// again is the request once more, with all of its body.
func (d deed) again() *http.Request {
	r := d.request.Clone(d.request.Context())
	r.Body = io.NopCloser(strings.NewReader(d.body))
	return r
}

// changes says whether a request may have changed something.
func (d deed) changes() bool {
	if d.request.Method == http.MethodGet || d.request.Method == http.MethodHead {
		return false
	}
	said := d.request.Header.Get("X-Amz-Target") + " " + d.request.URL.Path + " " + d.body[:min(len(d.body), 60)]
	for _, word := range []string{"GetMetricData", "Describe", ".List", "Action=List", ".Get", "Action=Get", ".BatchGet"} {
		if strings.Contains(said, word) {
			return false
		}
	}
	return true
}

// approvedWorld is one whose soak is over, with a plan that was approved.
func approvedWorld(t *testing.T) (*world, result) {
	t.Helper()
	return wayTo(t, false, func(y *way) []deed { return y.deeds[:y.approved] })
}

// holdingWorld is one that begins to hold.
func holdingWorld(t *testing.T, owned bool) (*world, result) {
	t.Helper()
	return wayTo(t, owned, func(y *way) []deed { return y.deeds })
}

func wayTo(t *testing.T, owned bool, place func(*way) []deed) (*world, result) {
	t.Helper()
	y := ways[owned]
	y.once.Do(func() { y.walk(t, owned) })
	if len(y.deeds) == 0 {
		t.Fatal("the way to here could not be gone")
	}
	w := shortWorld(t, owned)
	w.github.Approve(loopback.Approval{Environment: "production-retire", User: ada, State: "approved"})
	for _, d := range place(y) {
		if d.request == nil {
			w.pass(d.passes)
			continue
		}
		out := httptest.NewRecorder()
		if w.cloud.ServeHTTP(out, d.again()); out.Code >= 300 {
			t.Fatalf("%s %s: %d %s", d.request.Method, d.request.URL, out.Code, out.Body)
		}
	}
	return w, y.plan
}

// What was walked once and what is made of its deeds are the same place: the same
// things are there, and the same is kept.
func TestTheWayLeadsToTheHold(t *testing.T) {
	t.Parallel()
	w, p := holdingWorld(t, false)
	if s := w.state(); s.Step != retire.Holding || s.PlanSHA256 != p.Plan {
		t.Fatalf("it stands at %s with the plan %s", s.Step, s.PlanSHA256)
	}
	if s := w.cloud.ECS("lego-api", "web"); s.Desired != 0 || s.Running != 0 || s.Status != "ACTIVE" || w.led() {
		t.Errorf("%+v", s)
	}
	if len(w.cloud.Records(cloud.LegoZone)) == 0 || !strings.Contains(w.cloud.Get(folder+"marks.json"), "frozen") {
		t.Error("the records or the freeze did not come along")
	}
	if r := w.must(0, cmdTick); r.Step != string(retire.Holding) || r.Hold != nil || len(r.Did) > 0 {
		t.Errorf("a tick sees something else: %+v", r)
	}
}
