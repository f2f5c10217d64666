package main

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/processtest"
	"github.com/cutover-dev/cutover/internal/retire"
)

func encode(out io.Writer, v any) error { return json.NewEncoder(out).Encode(v) }

// together runs two programs at the same time. Each waits before its first write of
// the state until the other one has come so far: both have decided on the same one.
func (w *world) together(commands ...[]string) []processtest.Outcome {
	w.t.Helper()
	var mu sync.Mutex
	came, open := 0, make(chan struct{})
	w.mu.Lock()
	w.gate = func(server string, r *http.Request, _ string) int {
		if server == "aws" && r.Method == http.MethodPut && strings.HasSuffix(r.URL.Path, "/state.json") {
			mu.Lock()
			if came++; came == len(commands) {
				close(open)
			}
			mu.Unlock()
			select {
			case <-open:
			case <-time.After(20 * time.Second): // the test says so below
			}
		}
		return pass
	}
	w.mu.Unlock()
	all := make([]processtest.Outcome, len(commands))
	var running sync.WaitGroup
	for i, c := range commands {
		env := append(slices.Clone(w.env), "GITHUB_OUTPUT=", "GITHUB_STEP_SUMMARY=")
		running.Go(func() { all[i] = processtest.Run(w.t, binary, w.folder, env, w.args(c[0], c[1:]...)...) })
	}
	running.Wait()
	w.mu.Lock()
	w.gate = nil
	w.mu.Unlock()
	if came < len(commands) {
		w.t.Errorf("%d of %d came to the barrier", came, len(commands))
	}
	return all
}

// twice finds what was deleted more often than once, or before what stands before
// it in the plan, as the server has heard it.
func (w *world) twice(p result) {
	w.t.Helper()
	times, last := map[string]int{}, -1
	for _, c := range w.cloud.Calls() {
		_, verb, _ := strings.Cut(c.Action, ":")
		if !strings.HasPrefix(verb, "Delete") {
			continue // of a task definition the server hears no name
		}
		at := slices.IndexFunc(p.Targets, func(x target) bool {
			return x.ARN == c.Resource || strings.HasSuffix(c.Resource, "/*") && strings.HasPrefix(x.ARN, strings.TrimSuffix(c.Resource, "*"))
		})
		if at < 0 {
			continue // planned says so
		}
		if times[c.Resource]++; times[c.Resource] > 1 {
			w.t.Errorf("%s of %s, %d times", c.Action, c.Resource, times[c.Resource])
		}
		if at < last {
			w.t.Errorf("%s of %s came too late", c.Action, c.Resource)
		}
		last = at
	}
	if len(times) == 0 {
		w.t.Error("the server has heard of no deletion")
	}
}

// Two programs side by side, which have both decided on the same state: one wins by
// the condition, the other one decides anew or leaves it, and says so. Nothing is
// deleted twice or out of order, and the log holds together.
//
// Shows: 5.8.4, 5.8.5, 5.8.6
func TestTwoTickers(t *testing.T) {
	t.Parallel()
	for name, owned := range map[string]bool{"by hand": false, "a stack's": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, p := holdingWorld(t, owned)
			w.pass(61 * time.Minute)
			yielded := 0
			for range 12 {
				if w.state().Step == retire.Validate {
					break
				}
				for _, got := range w.together([]string{cmdTick}, []string{cmdTick}) {
					said := got.Stdout + got.Stderr
					if strings.Contains(said, "the state is not known to be the one that was decided") || strings.Contains(said, "was changed by somebody else") || strings.Contains(said, "and was faster") {
						yielded++
					}
					if got.Code != 0 && got.Code != 3 {
						t.Errorf("%d\n%s", got.Code, got.Stderr)
					}
				}
				w.planned(p)
				w.pass(time.Minute)
			}
			if yielded == 0 {
				t.Error("nobody has said that another one was faster")
			}
			w.twice(p)
			w.gone(p, w.until(retire.Done))
		})
	}
}

// An order to turn back and a tick that has just decided to delete: whoever is
// first, either everything is as it was, or it has stopped and says what is gone.
//
// Shows: 5.8.3
func TestAbortBesideATick(t *testing.T) {
	t.Parallel()
	records := len(shortWorld(t, false).cloud.Records("Z0LEGO"))
	w, p := holdingWorld(t, false)
	w.pass(61 * time.Minute)
	if !w.killed(1, killBefore, abandoned) {
		t.Fatal("it never came to a deletion")
	}
	w.pass(time.Minute)
	got := w.together([]string{cmdTick}, []string{cmdAbort})
	late := strings.Contains(got[1].Stdout+got[1].Stderr, "everything that was planned is gone already")
	for range 8 {
		if s := w.state().Step; s == retire.Aborted || s == retire.Stopped || late {
			break
		}
		w.pass(time.Minute)
		w.do(cmdTick)
	}
	w.planned(p)
	s := w.state()
	switch service := w.cloud.ECS("lego-api", "web"); s.Step {
	case retire.Aborted:
		if service.Status != "ACTIVE" || service.Desired != 2 || len(w.cloud.Records("Z0LEGO")) != records {
			t.Errorf("it is not as it was: %+v", service)
		}
	case retire.Stopped:
		calls := len(w.cloud.Calls())
		w.do(cmdTick)
		for _, c := range w.cloud.Calls()[calls:] {
			if strings.Contains(c.Action, ":Delete") {
				t.Errorf("after it has stopped: %+v", c)
			}
		}
	default:
		if !late {
			t.Fatalf("it stands at %s\n%s%s", s.Step, got[1].Stdout, got[1].Stderr)
		}
		// The tick came to the end before the order was heard: then what it says is so.
		w.gone(p, w.until(retire.Done))
	}
}
