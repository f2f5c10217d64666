package trace_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/trace"
	"github.com/cutover-dev/cutover/internal/unit"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// world is a stage and its X-Ray in memory, in virtual time: a trace is there in
// part some time after its request, and whole later.
type world struct {
	mu      sync.Mutex
	now     time.Time
	sent    []trace.Request
	at      map[string]time.Time
	routes  map[string]trace.Request
	random  uint32
	part    time.Duration
	whole   time.Duration
	kept    func(n int, decided bool) bool
	fail    func(looks int) error
	looks   int
	cancel  func(looks int)
	dead    bool // no answer at all
	graph   error
	kind    string
	spansIn int
	lambda  bool // its own segment comes with the gateway's
	bare    bool // the application writes no annotations
}

func newWorld() *world {
	return &world{now: time.Unix(1795450000, 0), at: map[string]time.Time{}, routes: map[string]trace.Request{}, part: 8 * time.Second, whole: 15 * time.Second,
		kept: func(int, bool) bool { return true }, fail: func(int) error { return nil }, cancel: func(int) {}, kind: trace.KindXRay}
}

func (w *world) Now() time.Time { w.mu.Lock(); defer w.mu.Unlock(); return w.now }

func (w *world) Wait(ctx context.Context, d time.Duration) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if d > 0 {
		w.now = w.now.Add(d)
	}
	return context.Cause(ctx)
}

func (w *world) rand(b []byte) (int, error) {
	w.random++
	clear(b)
	binary.BigEndian.PutUint32(b[8:], w.random)
	return len(b), nil
}

var rootForm = regexp.MustCompile(`^Root=(1-[0-9a-f]{8}-[0-9a-f]{24})(;Sampled=1)?$`)

func (w *world) Send(_ context.Context, q trace.Request) (trace.Response, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	m := rootForm.FindStringSubmatch(q.Headers["X-Amzn-Trace-Id"])
	if m == nil || q.Headers["X-Cutover-Run"] != "run-1234-1" {
		return trace.Response{}, fmt.Errorf("headers %v", q.Headers)
	}
	w.sent = append(w.sent, q)
	if w.dead {
		return trace.Response{}, errors.New("connection refused")
	}
	if w.kept(len(w.sent), m[2] != "") {
		w.at[m[1]] = w.now
		w.routes[m[1]] = q
	}
	return trace.Response{Status: 200, Body: []byte(`{"id": "a/b \"c\"", "items": [{"id": 7}]}`), Bytes: 42}, nil
}

func (w *world) Get(_ context.Context, ids []string) (found []trace.Trace, missing []string, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.looks++
	w.cancel(w.looks)
	if err := w.fail(w.looks); err != nil {
		return nil, nil, err
	}
	for _, id := range ids {
		began, ok := w.at[id]
		if !ok || w.now.Sub(began) < w.part {
			missing = append(missing, id)
			continue
		}
		start := float64(began.Unix())
		f := trace.Document{ID: "00000000000000f1", TraceID: id, Name: "fn", Origin: "AWS::Lambda::Function", Start: start, End: start + 0.1,
			Annotations: map[string]any{"userId": "anonymous", "operation": "x", "status": 200.0, "run": "run-1234-1", "coldStart": false},
			Metadata:    map[string]map[string]any{"default": {"http.request.body.size": float64(len(w.routes[id].Body)), "http.response.body.size": 42.0}}}
		gateway := trace.Document{ID: "00000000000000a1", TraceID: id, Name: "api/staging", Origin: "AWS::ApiGateway::Stage", Start: start, End: start + 0.2}
		f.ParentID = gateway.ID
		t := trace.Trace{ID: id, Segments: []trace.Document{gateway}}
		if w.lambda {
			t.Segments = append(t.Segments, trace.Document{ID: "00000000000000b1", TraceID: id, ParentID: gateway.ID, Name: "fn", Origin: "AWS::Lambda::Function", Start: start, End: start + 0.2})
			f.ParentID = "00000000000000b1"
		}
		if w.bare {
			f.Annotations = nil
		}
		if w.now.Sub(began) >= w.whole {
			t.Segments = append(t.Segments, f)
		}
		found = append(found, t)
	}
	return found, missing, nil
}

func (w *world) Summaries(_ context.Context, filter string, _, _ time.Time) (s []trace.Summary, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if filter != `annotation.run = "run-1234-1"` {
		return nil, errors.New(filter)
	}
	for id, began := range w.at {
		if w.now.Sub(began) >= w.whole {
			s = append(s, trace.Summary{ID: id})
		}
	}
	return s, nil
}

func (w *world) Edges(context.Context, time.Time, time.Time, string) ([]trace.Edge, error) {
	return nil, w.graph
}

func (w *world) Modes(context.Context) (map[string]string, error) {
	return map[string]string{"fn": trace.ModeActive}, nil
}

func (w *world) Destination(context.Context) (trace.Destination, error) {
	five := 5.0
	return trace.Destination{Kind: w.kind, Status: trace.StatusActive, Index: &five}, nil
}

// spans is Transaction Search: its Summaries must not be asked.
type spans struct{ *world }

func (s spans) Get(ctx context.Context, ids []string) ([]trace.Trace, []string, error) {
	s.spansIn++
	return s.world.Get(ctx, ids)
}

func (spans) Summaries(context.Context, string, time.Time, time.Time) ([]trace.Summary, error) {
	panic("asked for summaries of spans")
}

func (w *world) ports() trace.Ports {
	return trace.Ports{Sender: w, Traces: w, Spans: spans{w}, Graph: w, Functions: w, Setting: w, Clock: w, Random: w.rand}
}

func (w *world) plan() trace.Plan {
	s := trace.Defaults()
	s.Requests = []trace.Route{
		{Method: "POST", Path: "/mocs", Body: `{"title": "{run} {index}"}`, Expect: 200, Capture: map[string]string{"id": "$.id", "item": "$.items[0].id"}},
		{Method: "GET", Path: "/mocs/{id}?item={item}", Expect: 200},
		{Method: "GET", Path: "/health", Expect: 200},
	}
	s.Count, s.Undecided = 7, 4
	return trace.Plan{Project: "shop", Stage: "staging", Region: "us-east-1", Run: "run-1234-1", Settings: s, Gateway: true, Record: unit.Full, Index: 50_000, HealthPath: "/health"}
}

func state(f trace.Findings, name string) trace.State {
	for _, row := range f {
		if row.Name == name {
			return row.State
		}
	}
	return ""
}

func TestRunWaitsUntilTracesAreWhole(t *testing.T) {
	w := newWorld()
	var told []trace.Progress
	ports := w.ports()
	ports.Looked = func(p trace.Progress) { told = append(told, p) }
	r, err := trace.Run(t.Context(), w.plan(), ports)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]trace.State{"traces_found": trace.StatePass, "traces_whole": trace.StatePass, "annotations_indexed": trace.StatePass, "metadata: request size": trace.StatePass,
		"kept_successes": trace.StatePass, "kept_errors": trace.StateUnknown, "node: API Gateway": trace.StatePass} {
		if got := state(r.Findings, name); got != want {
			t.Errorf("%s: %s, want %s\n%s", name, got, want, shown(r.Findings))
		}
	}
	if r.Observation.Waited < 15*time.Second || r.Observation.Waited > time.Minute || len(told) < 3 || told[len(told)-1].Whole != 11 || r.Verdict() != verdict.Inconclusive {
		t.Errorf("waited %s, told %+v, %s", r.Observation.Waited, told, r.Verdict())
	}
	if r.Map.Stage != "staging" || r.Map.Traces != 11 || w.spansIn != 0 {
		t.Errorf("%+v, %d looks at spans", r.Map, w.spansIn)
	}
}

// Lambda's own segments make a trace that looks whole before the application's
// have come.
func TestRunWaitsForWhatTheApplicationWrites(t *testing.T) {
	w := newWorld()
	w.lambda, w.whole = true, 45*time.Second
	r, err := trace.Run(t.Context(), w.plan(), w.ports())
	if got := state(r.Findings, "metadata: request size"); err != nil || got != trace.StatePass || r.Observation.Waited < w.whole {
		t.Errorf("%s after %s, %v\n%s", got, r.Observation.Waited, err, shown(r.Findings))
	}
	// One that writes nothing is not waited for until the time is up.
	w = newWorld()
	w.lambda, w.bare = true, true
	r, err = trace.Run(t.Context(), w.plan(), w.ports())
	if got := state(r.Findings, "annotation: userId"); err != nil || got == trace.StatePass || r.Observation.Waited > 3*time.Minute {
		t.Errorf("%s after %s, %v\n%s", got, r.Observation.Waited, err, shown(r.Findings))
	}
}

// What goes out: filled in, each with its own trace, keyed so that a repeat makes
// nothing twice.
func TestRequests(t *testing.T) {
	w := newWorld()
	first, err := trace.Run(t.Context(), w.plan(), w.ports())
	if err != nil {
		t.Fatal(err)
	}
	ids, decided := map[string]bool{}, 0
	for i, s := range first.Observation.Sent {
		ids[s.TraceID] = true
		if s.Decided != strings.HasSuffix(s.Request.Headers["X-Amzn-Trace-Id"], ";Sampled=1") || s.Number != i {
			t.Errorf("%+v", s)
		}
		if s.Decided {
			decided++
		} else if s.Request.Path == "/health" {
			t.Error("the health path, which has a rule of its own, is among the undecided")
		}
		switch s.Request.Method {
		case http.MethodPost:
			want := fmt.Sprintf(`{"title": "run-1234-1 %d"}`, i)
			if string(s.Request.Body) != want || s.Request.Headers["Idempotency-Key"] != fmt.Sprintf("run-1234-1-%d", i) || s.Request.Headers["Content-Type"] != "application/json" {
				t.Errorf("%s with %v", s.Request.Body, s.Request.Headers)
			}
		case http.MethodGet:
			if s.Request.Headers["Idempotency-Key"] != "" || strings.Contains(s.Request.Path, "mocs") && s.Request.Path != "/mocs/a%2Fb%20%22c%22?item=7" {
				t.Errorf("%+v", s.Request)
			}
		}
	}
	if len(ids) != 11 || decided != 7 {
		t.Errorf("%d traces, %d decided", len(ids), decided)
	}
	second, err := trace.Run(t.Context(), w.plan(), w.ports())
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range second.Observation.Sent {
		f := first.Observation.Sent[i]
		if s.Request.Headers["Idempotency-Key"] != f.Request.Headers["Idempotency-Key"] || string(s.Request.Body) != string(f.Request.Body) || s.TraceID == f.TraceID {
			t.Errorf("a repeat is another request, or the same trace: %+v and %+v", f, s)
		}
	}
}

// However the traces come, the waiting ends within its bound, nothing that is
// missing passes, and nothing that is there is missed.
func TestRunIsBounded(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*world, *trace.Plan)
		want   map[string]trace.State
		most   time.Duration
	}{
		"never there": {func(w *world, _ *trace.Plan) { w.part, w.whole = time.Hour, time.Hour },
			map[string]trace.State{"traces_found": trace.StateMissing, "traces_whole": trace.StateUnknown}, 5 * time.Minute},
		"in part for ever": {func(w *world, _ *trace.Plan) { w.whole = time.Hour },
			map[string]trace.State{"traces_found": trace.StatePass, "traces_whole": trace.StateFail}, 5 * time.Minute},
		"long in part": {func(w *world, _ *trace.Plan) { w.whole = 100 * time.Second },
			map[string]trace.State{"traces_found": trace.StatePass, "traces_whole": trace.StatePass}, 3 * time.Minute},
		"one lost": {func(w *world, _ *trace.Plan) { w.kept = func(n int, _ bool) bool { return n != 3 } },
			map[string]trace.State{"traces_whole": trace.StatePass}, 5 * time.Minute},
		"late, though in time": {func(w *world, _ *trace.Plan) { w.part, w.whole = 4*time.Minute, 4*time.Minute },
			map[string]trace.State{"traces_found": trace.StatePass, "traces_whole": trace.StatePass}, 5 * time.Minute},
		"a part by plan": {func(w *world, p *trace.Plan) {
			p.Record = unit.Percent(500_000)
			w.kept = func(n int, decided bool) bool { return decided || n%2 == 0 }
		}, map[string]trace.State{"traces_found": trace.StatePass}, 2 * time.Minute},
		"looks fail and then do not": {func(w *world, _ *trace.Plan) {
			w.fail = func(n int) error {
				if n < 4 {
					return errors.New("throttled")
				}
				return nil
			}
		}, map[string]trace.State{"traces_found": trace.StatePass}, time.Minute},
		"looks fail for ever": {func(w *world, _ *trace.Plan) { w.fail = func(int) error { return errors.New("throttled") } },
			map[string]trace.State{"traces_found": trace.StateUnknown, "kept_successes": trace.StateUnknown}, 5 * time.Minute},
		"nobody answers": {func(w *world, _ *trace.Plan) { w.dead = true },
			map[string]trace.State{"requests_answered": trace.StateFail, "traces_found": trace.StateUnknown}, time.Minute},
		"Transaction Search": {func(w *world, _ *trace.Plan) { w.kind = trace.KindLogs },
			map[string]trace.State{"traces_found": trace.StatePass, "annotations_indexed": trace.StatePass, "index_setting": trace.StatePass, "share_indexed": trace.StateFail}, 2 * time.Minute},
		"AWS's graph fails": {func(w *world, _ *trace.Plan) { w.graph = errors.New("throttled") },
			map[string]trace.State{"edge: API Gateway → Lambda": trace.StatePass}, time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			p := w.plan()
			c.change(w, &p)
			r, err := trace.Run(t.Context(), p, w.ports())
			if err != nil {
				t.Fatal(err)
			}
			for name, want := range c.want {
				if got := state(r.Findings, name); got != want {
					t.Errorf("%s: %s, want %s\n%s", name, got, want, shown(r.Findings))
				}
			}
			if r.Observation.Waited > c.most || w.looks > 60 {
				t.Errorf("waited %s, %d looks", r.Observation.Waited, w.looks)
			}
			if name == "Transaction Search" && w.spansIn == 0 {
				t.Error("the spans were not asked")
			}
		})
	}
}

// A check that is called off says so and judges nothing, whenever that happens.
func TestRunIsCalledOff(t *testing.T) {
	off := errors.New("called off")
	for looks := 1; looks <= 4; looks++ {
		ctx, cancel := context.WithCancelCause(t.Context())
		w := newWorld()
		w.cancel = func(n int) {
			if n == looks {
				cancel(off)
			}
		}
		if r, err := trace.Run(ctx, w.plan(), w.ports()); !errors.Is(err, off) || r.Findings != nil {
			t.Errorf("after %d looks: %v, %v", looks, err, r.Findings)
		}
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(off)
	w := newWorld()
	if _, err := trace.Run(ctx, w.plan(), w.ports()); !errors.Is(err, off) || len(w.sent) > 0 {
		t.Errorf("%v, %d sent", err, len(w.sent))
	}
	p := w.plan()
	p.Run = "Not A Run"
	if _, err := trace.Run(t.Context(), p, w.ports()); err == nil || len(w.sent) > 0 {
		t.Errorf("%v, %d sent", err, len(w.sent))
	}
}

func TestDefaults(t *testing.T) {
	s := trace.Defaults()
	if len(s.Requests) != 1 || s.Requests[0].Path != "/health" || s.Wait.Std() != 5*time.Minute || s.Annotations["status"] != "number" || s.Sizes.Request == "" {
		t.Errorf("%+v", s)
	}
}
