package s3_test

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/rollout"
)

// schedule is one rollout whose programs are killed.
type schedule struct {
	*town
	random *rand.Rand
	kills  int
	lost   int
	older  string // an earlier state, to be put back
	seen   map[string]bool
}

// run gives the orders of a person, who repeats them until they are heard,
// while programs are killed before and after any of their effects, and now and
// then the state is lost, damaged or put back.
func (s *schedule) run(t *testing.T) {
	t.Helper()
	orders := map[int]rollout.OrderKind{0: rollout.OrderStart, 2: rollout.OrderPause, 3: rollout.OrderResume, 5: rollout.OrderRollback}
	var pending *rollout.Order
	lose := -1
	if s.random.IntN(3) == 0 {
		lose = 1 + s.random.IntN(7)
	}
	for minute := range 8 {
		s.world.Advance(time.Minute)
		if kind, ok := orders[minute]; ok {
			pending = &rollout.Order{Kind: kind, By: "octo", Reason: "as planned"}
		}
		if minute == lose {
			s.lose(t)
		}
		for range 2 {
			at := 0
			if s.random.IntN(2) == 0 {
				at = 1 + s.random.IntN(30)
			}
			_, err := s.tick(s.program(t, at, s.random.IntN(2) == 0), t, pending)
			s.sound(t, minute)
			if s.dead {
				s.kills++
				continue
			}
			if err != nil && !errors.Is(err, rollout.ErrConflict) && !strings.Contains(err.Error(), "state was lost or changed meanwhile") {
				t.Fatalf("minute %d: %v", minute, err)
			}
			if err == nil {
				pending = nil // it was heard, or refused
			}
			break
		}
	}
}

// lose does to the state what a person or a fault may do.
func (s *schedule) lose(t *testing.T) {
	t.Helper()
	text := s.In(releases, stateKey)
	if text == "" {
		return
	}
	s.lost++
	s.program(t, 0, false)
	switch s.random.IntN(4) {
	case 0:
		s.remove(t, stateKey)
	case 1:
		put(t, s.url, stateKey, text[:len(text)/2])
	case 2:
		put(t, s.url, stateKey, s.older)
	case 3:
		put(t, s.url, stateKey, strings.Replace(text, `"weight":`, `"weight":500000,"was":`, 1))
	}
}

// sound is what must hold at every moment, whoever was killed.
func (s *schedule) sound(t *testing.T, minute int) {
	t.Helper()
	if len(s.forbidden) > 0 {
		t.Fatalf("minute %d: weights that nobody decided: %v", minute, s.forbidden)
	}
	green, blue, err := s.world.Weights()
	if err != nil || green+blue == 0 {
		t.Fatalf("minute %d: %d and %d, %v", minute, green, blue, err)
	}
	if text := s.In(releases, stateKey); s.older == "" {
		s.older = text
	}
}

// settle lets the last killed program's turn at telling pass, and then holds
// that nothing is left undone, lost or said twice.
func (s *schedule) settle(t *testing.T) {
	t.Helper()
	for range 3 {
		s.world.Advance(time.Minute)
		if _, err := s.tick(s.program(t, 0, false), t, nil); err != nil {
			t.Fatal(err)
		}
	}
	ctx, r := s.program(t, 0, false), s.open(t)
	state, _, err := r.Load(ctx)
	if err != nil || len(state.Outbox) > 0 {
		t.Fatalf("%v, %d events wait", err, len(state.Outbox))
	}
	log, err := r.Events(ctx)
	if err != nil || rollout.Agrees(state, log) != nil || len(log) != state.Sequence {
		t.Fatalf("%v, %d events of %d: %v", err, len(log), state.Sequence, rollout.Agrees(state, log))
	}
	s.seen[string(state.Step)] = true
	if green, _, _ := s.world.Weights(); green != 0 || state.Weight != 0 {
		t.Fatalf("green has %d after a rollback, %s in the state", green, state.Weight)
	}
	s.everyEventTold(t, log)
}

// everyEventTold counts what GitHub and Slack show of each event.
func (s *schedule) everyEventTold(t *testing.T, log []rollout.Event) {
	t.Helper()
	for _, e := range log {
		s.seen[string(e.Kind)] = true
		number, statuses, entries, shown := fmt.Sprintf("#%d ", e.Sequence), 0, 0, 0
		for _, d := range s.hub.Told().Deployments {
			for _, st := range d.Statuses {
				if strings.HasPrefix(st.Description, number) {
					statuses++
				}
			}
		}
		for _, m := range s.talk.Messages() {
			if strings.Contains(m.Text, "– "+number) {
				shown++
				if m.ThreadTS != "" {
					entries++
				}
			}
			for _, before := range m.Before {
				if strings.Contains(before.Text, "– "+number) {
					shown++
				}
			}
		}
		if statuses != 1 || shown == 0 || entries > 1 {
			t.Fatalf("event %d (%s): %d times at GitHub; at Slack in %d places, %d entries", e.Sequence, e.Kind, statuses, shown, entries)
		}
	}
	starts := 0
	for _, d := range s.hub.Told().Deployments {
		if d.Environment != "production-traffic" || d.Task != "traffic-shift" {
			t.Fatalf("a deployment to %s by %s", d.Environment, d.Task)
		}
		starts++
	}
	if starts != 1 {
		t.Fatalf("%d deployments of one phase", starts)
	}
}

// Rollouts whose programs are killed before or after any of their effects
// (requests to S3, GitHub and Slack, the record, the verdict), and whose state
// is lost now and then: nothing is lost that was decided, nobody sets weights
// that were not, the log holds together, and people are told each event, once.
func TestKilledAnywhere(t *testing.T) {
	credentials(t)
	var mu sync.Mutex
	kills, lost, seen := 0, 0, map[string]bool{}
	t.Run("all", func(t *testing.T) {
		for seed := range uint64(schedules) {
			t.Run(fmt.Sprint(seed), func(t *testing.T) {
				t.Parallel()
				s := &schedule{town: newTown(t, "healthy", seed), random: rand.New(rand.NewPCG(seed, 7)), seen: map[string]bool{}}
				s.run(t)
				s.settle(t)
				mu.Lock()
				defer mu.Unlock()
				kills, lost = kills+s.kills, lost+s.lost
				maps.Copy(seen, s.seen)
			})
		}
	})
	t.Logf("%d programs were killed, %d states lost: %v", kills, lost, seen)
	if kills < 2*schedules || lost < schedules/10 || !seen[string(rollout.Rebuilt)] || !seen[string(rollout.FellBack)] || !seen[string(rollout.RolledBack)] {
		t.Errorf("%d programs were killed, %d states lost: %v", kills, lost, seen)
	}
}
