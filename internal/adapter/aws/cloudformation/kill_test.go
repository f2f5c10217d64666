package cloudformation_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/cutover-dev/cutover/internal/monitoring/change"
)

// killer cuts off the caller at its nth request: after it was carried out and
// before its answer arrives. What a kill before a request leaves is what one after
// the request before it leaves, as long as they come one after the other.
type killer struct {
	cloud    http.Handler
	n        atomic.Int64
	at       int64
	kill     context.CancelCauseFunc
	underway atomic.Int64
	beside   atomic.Bool // whether a request came while another was under way
}

func (k *killer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if k.underway.Add(1) > 1 {
		k.beside.Store(true)
	}
	defer k.underway.Add(-1)
	n := k.n.Add(1)
	if k.at == 0 || n < k.at {
		k.cloud.ServeHTTP(w, r)
		return
	}
	if n == k.at {
		k.cloud.ServeHTTP(httptest.NewRecorder(), r)
	}
	k.kill(errors.New("killed"))
	panic(http.ErrAbortHandler)
}

// killedAnywhere kills what do does at each of its requests, and lets it run again:
// the end must be right each time. Among the requests must be those of changes.
func killedAnywhere(t *testing.T, changes []string, prepare func(w *world), do func(ctx context.Context, w *world) (change.Outcome, error), right func(w *world, out change.Outcome) string) {
	killed := map[string]int{}
	for at := int64(1); ; at++ {
		var k *killer
		w := startBehind(t, func(h http.Handler) http.Handler { k = &killer{cloud: h}; return k })
		if prepare != nil {
			prepare(w)
		}
		ctx, cancel := context.WithCancelCause(t.Context())
		k.n.Store(0)
		k.at, k.kill = at, cancel
		_, err := do(ctx, w)
		reached := k.n.Load() >= at
		k.at = 0
		if k.beside.Load() {
			t.Fatal("requests run beside each other: a kill before one is no longer a kill after another")
		}
		if !reached {
			if err != nil {
				t.Fatal(err)
			}
			cancel(nil)
			break
		}
		calls := w.Calls()
		killed[strings.TrimPrefix(calls[len(calls)-1].Action, "cloudformation:")]++
		out, err := do(t.Context(), w)
		if err != nil || out.Verdict != "pass" {
			t.Fatalf("killed at request %d, then: %v\n%+v", at, err, out)
		}
		if wrong := right(w, out); wrong != "" {
			t.Fatalf("killed at request %d: %s", at, wrong)
		}
		if sets := w.ChangeSets(name); len(sets) > 1 {
			t.Errorf("killed at request %d: left %v", at, sets)
		}
		cancel(nil)
		w.server.Close()
	}
	t.Logf("killed at %v", killed)
	for _, c := range changes {
		if killed[c] == 0 {
			t.Errorf("never killed at %s: %v", c, killed)
		}
	}
}

func deployed(template []byte) func(ctx context.Context, w *world) (change.Outcome, error) {
	return func(ctx context.Context, w *world) (change.Outcome, error) {
		return change.Deploy(ctx, w.ports, change.Request{Stack: name, Template: template})
	}
}

// stands says what is wrong with a stack that should be as the template says.
func stands(template []byte, status string) func(w *world, out change.Outcome) string {
	return func(w *world, out change.Outcome) string {
		text, _, err := change.Current(w.t.Context(), w.ports, name)
		switch {
		case err != nil:
			return err.Error()
		case string(text) != string(template):
			return "another template"
		case w.StackStatus(name) != status:
			return w.StackStatus(name)
		case !w.StackProtected(name):
			return "not protected"
		case !strings.HasSuffix(out.Outputs["Topic"], ":alerts"):
			return "no outputs"
		}
		return ""
	}
}

func TestACreationKilledAnywhereEndsRight(t *testing.T) {
	killedAnywhere(t, []string{"CreateChangeSet", "ExecuteChangeSet"}, nil, deployed([]byte(small)), stands([]byte(small), "CREATE_COMPLETE"))
}

func TestAnUpdateKilledAnywhereEndsRight(t *testing.T) {
	updated := with(`"Threshold": 5,`, `"Threshold": 6,`)
	killedAnywhere(t, []string{"CreateChangeSet", "ExecuteChangeSet"}, func(w *world) { w.must([]byte(small), change.Created) }, deployed(updated), stands(updated, "UPDATE_COMPLETE"))
}

// The way out of a creation that had failed is a removal and a creation.
func TestARepetitionKilledAnywhereEndsRight(t *testing.T) {
	killedAnywhere(t, []string{"DeleteStack", "CreateChangeSet", "ExecuteChangeSet"}, func(w *world) {
		w.FailResource("Errors", "Invalid parameter")
		if _, err := w.deploy([]byte(small)); err == nil || w.StackStatus(name) != "ROLLBACK_COMPLETE" {
			t.Fatal(w.StackStatus(name), err)
		}
		w.FailResource("Errors", "")
	}, deployed([]byte(small)), stands([]byte(small), "CREATE_COMPLETE"))
}

func TestADestructionKilledAnywhereEndsRight(t *testing.T) {
	killedAnywhere(t, []string{"UpdateTerminationProtection", "DeleteStack"}, func(w *world) { w.must([]byte(small), change.Created) }, func(ctx context.Context, w *world) (change.Outcome, error) {
		return change.Destroy(ctx, w.ports, change.Request{Stack: name, Confirm: name})
	}, func(w *world, _ change.Outcome) string {
		if _, _, there := w.StackResource(name, "Alerts"); there || w.StackStatus(name) != "" {
			return "it is still there: " + w.StackStatus(name)
		}
		return ""
	})
}

func TestKilledSaysThatTheWorkGoesOn(t *testing.T) {
	w := start(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	w.clock.waited = func() {
		if w.StackStatus(name) == "CREATE_IN_PROGRESS" {
			cancel(errors.New("the job was cancelled"))
		}
	}
	out, err := change.Deploy(ctx, w.ports, change.Request{Stack: name, Template: []byte(small)})
	if err == nil || !strings.Contains(err.Error(), "the job was cancelled") || !strings.Contains(err.Error(), "goes on by itself") || out.Verdict != "inconclusive" || len(out.Events) == 0 {
		t.Errorf("%v %+v", err, out)
	}
	w.clock.waited = nil
	if out := w.must2([]byte(small)); len(out.Notes) != 1 || !strings.Contains(out.Notes[0], "earlier run") || out.Result != change.Created {
		t.Errorf("%+v", out)
	}
}

// must2 deploys without tags, as the tests of this file do.
func (w *world) must2(template []byte) change.Outcome {
	w.t.Helper()
	out, err := change.Deploy(w.t.Context(), w.ports, change.Request{Stack: name, Template: template})
	if err != nil || out.Verdict != "pass" {
		w.t.Fatalf("%v %+v", err, out)
	}
	return out
}
