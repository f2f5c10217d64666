package s3_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/rollout"
	"github.com/cutover-dev/cutover/internal/unit"
)

// underway is a rollout in its first phase.
func underway(t *testing.T) *town {
	t.Helper()
	credentials(t)
	w := newTown(t, "healthy", 1)
	order := &rollout.Order{Kind: rollout.OrderStart, By: "octo"}
	for range 20 {
		if out := w.pass(t, order); out.State.Step == rollout.Watching && w.green(t) > 0 {
			return w
		}
		order = nil
	}
	t.Fatalf("the rollout is %s", w.state(t).Step)
	return nil
}

// pass is a minute and a tick that must do.
func (w *town) pass(t *testing.T, order *rollout.Order) rollout.Outcome {
	t.Helper()
	out, err := w.minute(t, order)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func (w *town) minute(t *testing.T, order *rollout.Order) (rollout.Outcome, error) {
	t.Helper()
	w.world.Advance(time.Minute)
	return w.tick(w.program(t, 0, false), t, order)
}

func (w *town) green(t *testing.T) int {
	t.Helper()
	green, _, err := w.world.Weights()
	if err != nil {
		t.Fatal(err)
	}
	return green
}

func (w *town) state(t *testing.T) rollout.State {
	t.Helper()
	s, err := rollout.ParseState([]byte(w.In(releases, stateKey)))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

var goBack = &rollout.Order{Kind: rollout.OrderRollback, By: "octo", Reason: "at three in the morning"}

// Whatever becomes of the state, the next tick goes on from the log: in hold,
// with what stood there kept, and people hear of it.
func TestALostStateIsRebuilt(t *testing.T) {
	for name, c := range map[string]struct {
		lose  func(w *town)
		says  string
		aside int
	}{
		"it is gone":        {func(w *town) { w.remove(t, stateKey) }, "it is gone", 0},
		"it breaks off":     {func(w *town) { put(t, w.url, stateKey, `{"format":1,`) }, "it cannot be read", 1},
		"its weight is up":  {func(w *town) { w.replace(t, stateKey, `"weight":`, `"weight":1000000,"was":`) }, "it gives green 100%", 1},
		"its phase is up":   {func(w *town) { w.replace(t, stateKey, `"phase":0`, `"phase":1`) }, "it is in phase 2", 1},
		"its step is ready": {func(w *town) { w.replace(t, stateKey, `"step":"watching"`, `"step":"ready"`) }, "it is ready", 1},
	} {
		t.Run(name, func(t *testing.T) {
			w := underway(t)
			was, green := w.state(t), w.green(t)
			c.lose(w)
			out := w.pass(t, nil)
			if s := w.state(t); !s.Paused || s.Weight != was.Weight || s.Phase != was.Phase || s.Attempt != was.Attempt || w.green(t) != green {
				t.Errorf("rebuilt as %s at %s, paused %v", s.Step, s.Weight, s.Paused)
			}
			if !strings.Contains(strings.Join(out.Trouble, "\n"), c.says) {
				t.Errorf("trouble: %q", out.Trouble)
			}
			if n := len(w.KeysIn(releases, folder+"aside/")); n != c.aside {
				t.Errorf("%d lie aside", n)
			}
			log, err := w.open(t).Events(t.Context())
			if err != nil || log[len(log)-1].Kind != rollout.Rebuilt {
				t.Errorf("%v, %+v", err, log[len(log)-1])
			}
			all := w.talk.Messages()
			if last := all[len(all)-1]; !last.Broadcast || !strings.Contains(last.Text, "The state was lost and made anew") {
				t.Errorf("Slack was told last: %+v", last)
			}
			// Nothing is promoted, a person goes on, and the way back is open.
			for range 15 {
				if out := w.pass(t, nil); out.State.Weight > was.Weight {
					t.Fatalf("promoted to %s", out.State.Weight)
				}
			}
			if out := w.pass(t, &rollout.Order{Kind: rollout.OrderResume, By: "octo"}); out.State.Paused {
				t.Error("it cannot be resumed")
			}
			if w.pass(t, goBack); w.green(t) != 0 {
				t.Error("it cannot be rolled back")
			}
		})
	}
}

// Where neither state nor log can be trusted nothing is done, but for a
// rollback that a person orders.
//
// Attack: tampered-state
func TestNothingButTheWayBack(t *testing.T) {
	for name, c := range map[string]struct {
		break_ func(w *town)
		want   error
	}{
		"no state, a broken log": {func(w *town) {
			w.remove(t, stateKey)
			w.replace(t, folder+"events/00000002.json", `"reason":"`, `"reason":"not `)
		}, rollout.ErrLogBroken},
		"no state, the log's end is broken": {func(w *town) {
			w.remove(t, stateKey)
			keys := w.KeysIn(releases, folder+"events/")
			w.replace(t, keys[len(keys)-1], `"reason":"`, `"reason":"not `)
		}, rollout.ErrLogBroken},
		"a state of a newer cutover": {func(w *town) { w.replace(t, stateKey, `"format":1`, `"format":2`) }, nil},
		"S3 is down":                 {func(w *town) { w.Fail(func(string, string) int { return http.StatusServiceUnavailable }) }, nil},
		"S3 denies":                  {func(w *town) { w.Fail(func(string, string) int { return http.StatusForbidden }) }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			w := underway(t)
			c.break_(w)
			before, green := w.In(releases, stateKey), w.green(t)
			for _, order := range []*rollout.Order{nil, {Kind: rollout.OrderResume}, {Kind: rollout.OrderPromote}} {
				if _, err := w.minute(t, order); err == nil || c.want != nil && !errors.Is(err, c.want) {
					t.Errorf("%v", err)
				}
			}
			if w.In(releases, stateKey) != before || w.green(t) != green {
				t.Error("something was changed")
			}
			out, err := w.minute(t, goBack)
			if err != nil || w.green(t) != 0 || !strings.Contains(strings.Join(out.Trouble, "\n"), "goes on without its state") {
				t.Errorf("%v, green has %d, %q", err, w.green(t), out.Trouble)
			}
			if w.In(releases, stateKey) != before {
				t.Error("the state was overwritten")
			}
		})
	}
}

// A state that stands beside a broken log is watched on and not promoted; green
// still falls back.
//
// Attack: tampered-log
func TestABrokenLogFreezes(t *testing.T) {
	w := underway(t)
	keys := w.KeysIn(releases, folder+"events/")
	w.replace(t, keys[len(keys)-1], `"reason":"`, `"reason":"not `)
	for _, order := range []*rollout.Order{nil, {Kind: rollout.OrderResume, By: "octo"}, {Kind: rollout.OrderPromote, By: "octo"}, {Kind: rollout.OrderFinish, By: "octo"}} {
		out := w.pass(t, order)
		if !out.State.Paused || out.State.Weight == unit.Full || order != nil && !strings.Contains(out.Refused, "while the log is broken") {
			t.Errorf("%v: %s, paused %v, refused %q, %q", order, out.State.Step, out.State.Paused, out.Refused, out.Trouble)
		}
	}
	w.replace(t, keys[len(keys)-1], `"reason":"not `, `"reason":"`)
	if out := w.pass(t, &rollout.Order{Kind: rollout.OrderResume, By: "octo"}); out.State.Paused {
		t.Errorf("after it was brought back it cannot be resumed: %q", out.Refused)
	}
	if w.pass(t, goBack); w.green(t) != 0 {
		t.Error("it cannot be rolled back")
	}
}

// The log is taken for what it is also by whoever rebuilds after a kill between
// the event and the state. Killed is after each change; a kill between two changes
// leaves what a kill after the first leaves.
func TestRebuildingGoesOnAfterAKill(t *testing.T) {
	credentials(t)
	lost := func(at int) (w *town, was int) {
		w = newTown(t, "healthy", 1)
		w.pass(t, &rollout.Order{Kind: rollout.OrderStart, By: "octo"})
		w.remove(t, stateKey)
		was = len(w.KeysIn(releases, folder+"events/"))
		w.world.Advance(time.Minute)
		_, _ = w.tick(w.program(t, at, true), t, nil) // killed on the way
		return w, was
	}
	whole, _ := lost(0)
	// The event and the state, what GitHub and Slack are told, and their memories.
	if len(whole.changes) < 6 {
		t.Errorf("rebuilding makes only %d changes", len(whole.changes))
	}
	for _, at := range append([]int{1}, whole.changes...) {
		w, was := lost(at)
		if !w.dead {
			t.Errorf("not killed at %d", at)
		}
		w.pass(t, nil)
		log, err := w.open(t).Events(t.Context())
		if err != nil || len(log) != was+1 || log[was].Kind != rollout.Rebuilt || !w.state(t).Paused {
			t.Fatalf("killed at %d: %v, %d events after %d", at, err, len(log), was)
		}
	}
	t.Logf("killed at %v", whole.changes)
}

// Somebody writes where the state belongs while it is rebuilt: it is looked at
// anew, and the rebuilding that stands in the log is gone on with.
func TestSomebodyWritesWhileItIsRebuilt(t *testing.T) {
	for name, on := range map[string]string{"as it is logged": "events/", "as it is set aside": "aside/"} {
		w := underway(t)
		was := len(w.KeysIn(releases, folder+"events/"))
		put(t, w.url, stateKey, `{"format":1,`)
		seen := false
		w.Before(func(method, key string) {
			if !seen && method == http.MethodPut && strings.HasPrefix(key, folder+on) {
				seen = true
				put(t, w.url, stateKey, `{"format":1, "step"`)
			}
		})
		w.pass(t, nil)
		log, err := w.open(t).Events(t.Context())
		if err != nil || !seen || len(log) != was+1 || log[was].Kind != rollout.Rebuilt || !w.state(t).Paused || len(w.KeysIn(releases, folder+"aside/")) != 2 {
			t.Errorf("%s: %v, %d events after %d, aside lie %v", name, err, len(log), was, w.KeysIn(releases, folder+"aside/"))
		}
	}
}

// Somebody begins between a look at the state, which there is none of, and one
// at the log: nothing is lost, so nothing is rebuilt.
func TestSomebodyBeginsMeanwhile(t *testing.T) {
	credentials(t)
	w := newTown(t, "healthy", 1)
	w.world.Advance(time.Minute)
	began := false
	w.Before(func(method, key string) {
		if !began && method == http.MethodGet && key == "" { // the listing of the log
			began = true
			if _, err := w.tick(t.Context(), t, &rollout.Order{Kind: rollout.OrderStart, By: "octo"}); err != nil {
				t.Error(err)
			}
		}
	})
	out, err := w.tick(w.program(t, 0, false), t, nil)
	if err != nil || !began || len(out.Trouble) > 0 {
		t.Errorf("%v, %q", err, out.Trouble)
	}
	log, err := w.open(t).Events(t.Context())
	if err != nil || log[0].Kind != rollout.Started || log[len(log)-1].Kind == rollout.Rebuilt {
		t.Errorf("%v, %+v", err, log)
	}
}

// Somebody else rebuilds at the same moment, and its event is the first of that
// number: this one gives way, and stores nothing.
func TestSomebodyElseRebuilds(t *testing.T) {
	w := underway(t)
	log, err := w.open(t).Events(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_, theirs, err := rollout.Rebuild(w.policy, log, rollout.SplitOf(log[len(log)-1].Weight), w.world.Now().Add(10*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	w.remove(t, stateKey)
	key, wrote := fmt.Sprintf("%sevents/%08d.json", folder, theirs.Sequence), false
	w.Before(func(method, k string) {
		if !wrote && method == http.MethodPut && k == key {
			wrote = true
			put(t, w.url, key, encoded(t, theirs))
		}
	})
	if _, err := w.minute(t, nil); !contains(err, "somebody else has written event") || !wrote || w.In(releases, stateKey) != "" {
		t.Errorf("%v; the state is %q", err, w.In(releases, stateKey))
	}
	w.pass(t, nil)
	now, err := w.open(t).Events(t.Context())
	if err != nil || len(now) != len(log)+1 || now[len(log)] != theirs || rollout.Agrees(w.state(t), now) != nil {
		t.Errorf("%v, %d events after %d, %v", err, len(now), len(log), rollout.Agrees(w.state(t), now))
	}
}
