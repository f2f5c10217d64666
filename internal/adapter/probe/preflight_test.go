package probe_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/probe"
	"github.com/cutover-dev/cutover/internal/rollout/preflight"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// app is an API as a side runs it; green changes what it is told to.
func app(t *testing.T, calls *atomic.Int64, routes map[string]func(w http.ResponseWriter, n int64)) string {
	return server(t, func(w http.ResponseWriter, r *http.Request) {
		n := calls.Add(1)
		if r.Method != http.MethodGet {
			t.Errorf("%s %s was sent", r.Method, r.URL)
		}
		w.Header().Set("Content-Type", "application/json")
		route, ok := routes[r.URL.RequestURI()]
		if !ok {
			http.NotFound(w, r)
			return
		}
		route(w, n)
	})
}

func says(format string) func(http.ResponseWriter, int64) {
	return func(w http.ResponseWriter, n int64) {
		_, _ = io.WriteString(w, strings.ReplaceAll(format, "{n}", fmt.Sprint(n)))
	}
}

// Two real servers, the real client, the judgement: what differs is found, what
// changes by itself is not blamed on green, and nothing is sent but GETs.
//
// Shows: 5.5.3
func TestPreflightReplaysToBothSides(t *testing.T) {
	var toBlue, toGreen atomic.Int64
	blue := map[string]func(http.ResponseWriter, int64){
		"/health": says(`{"status":"ok","at":{"id":{n}}}`), "/mocs?limit=2": says(`[{"id":1},{"id":2}]`), "/now": says(`{"now":{n}}`), "/old": says(`{}`), "/moved": says(`{}`), "/large": says(`{}`), "/down": says(`{}`),
	}
	green := map[string]func(http.ResponseWriter, int64){
		"/health": says(`{"at":{"id":-{n}},"status":"ok"}`), "/mocs?limit=2": says(`[{"id":1},{"id":"2"}]`), "/now": says(`{"now":-{n}}`),
		"/moved": func(w http.ResponseWriter, _ int64) {
			w.Header().Set("Location", "/health?token=geheim")
			w.WriteHeader(http.StatusFound)
		},
		"/large": func(w http.ResponseWriter, _ int64) { _, _ = w.Write(make([]byte, 8<<20)) },
		"/down":  func(http.ResponseWriter, int64) { panic(http.ErrAbortHandler) },
	}
	s, err := probe.OpenSides(app(t, &toBlue, blue), app(t, &toGreen, green), "cutover-preflight")
	if err != nil {
		t.Fatal(err)
	}
	p := preflight.Policy{Stage: "production", Smoke: []string{"/health 200 status=ok", "HEAD /health"}}
	p.Ignore = []string{"$.at.id"}
	judged := func() preflight.Result {
		return preflight.Judge(p, preflight.Observe(t.Context(), p, preflight.Ports{Getter: s}), time.Now())
	}
	r := judged()
	replay := r.Rows[len(r.Rows)-1]
	if replay.Check != preflight.CheckReplay || replay.Verdict != preflight.Pass || len(r.Times) != 1 || r.Times[0].Answers != 5 || r.Times[0].GreenMedian <= 0 || toBlue.Load() != 5 || toGreen.Load() != 5 {
		t.Fatalf("%d and %d requests: %+v, %+v", toBlue.Load(), toGreen.Load(), replay, r.Times)
	}
	p.Requests = []string{"/mocs?limit=2", "/now", "/old", "/moved", "/large", "/down"}
	r = judged()
	found := map[string]verdict.Verdict{}
	for _, f := range r.Rows[len(r.Rows)-1].Findings {
		found[f.Name] = f.Verdict
	}
	for name, want := range map[string]verdict.Verdict{"mocs?limit=2": verdict.Fail, "now": verdict.Inconclusive, "old": verdict.Fail, "moved": verdict.Fail, "large": verdict.Fail, "down": verdict.Fail} {
		if found[name] != want {
			t.Errorf("%s: %s, want %s", name, found[name], want)
		}
	}
	at := map[string]bool{}
	for _, d := range r.Differences {
		at[d.Request+" "+d.At] = true
		if strings.Contains(fmt.Sprint(d), "geheim") {
			t.Errorf("a secret is told: %+v", d)
		}
	}
	for _, want := range []string{"GET /mocs?limit=2 $[1].id", "GET /now $.now", "GET /old status", "GET /moved header location", "GET /large body", "GET /down answer"} {
		if !at[want] {
			t.Errorf("no difference %s in %+v", want, r.Differences)
		}
	}
	for _, row := range r.Rows {
		if row.Check == preflight.CheckBodies && row.Verdict != preflight.Fail {
			t.Errorf("8 MB pass: %+v", row)
		}
	}
}

// Whoever gives up in the middle has seen nothing: half of a replay is none.
func TestPreflightBrokenOff(t *testing.T) {
	for _, last := range []int64{1, 7, 20} {
		var calls atomic.Int64
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		address := server(t, func(w http.ResponseWriter, _ *http.Request) {
			if calls.Add(1) == last {
				cancel()
			}
			_, _ = io.WriteString(w, "{}")
		})
		s, err := probe.OpenSides(address, address, "x")
		if err != nil {
			t.Fatal(err)
		}
		p := preflight.Policy{}
		p.Requests = []string{"/a", "/b"}
		o := preflight.Observe(ctx, p, preflight.Ports{Getter: s})
		if o.Replay.Err == nil || calls.Load() > last+1 {
			t.Errorf("%+v after %d", o.Replay, calls.Load())
		}
	}
}
