package rollout_test

import (
	"context"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/rollout"
)

// The verdict comes before the record: it is the way back that works without
// the control plane.
func TestVerdictBeforeRecord(t *testing.T) {
	p := compiled(t, 3)
	w := at10(t, p)
	var order []string
	sh := w.shell(p, nil)
	sh.Signals, sh.Record = noted{door{w, nil}, &order}, noted{door{w, nil}, &order}
	w.tick(sh, &rollout.Order{Kind: rollout.OrderRollback, By: "kim", Reason: "enough"})
	if !reflect.DeepEqual(order, []string{"verdict false", "shift 0"}) {
		t.Errorf("%v", order)
	}
}

type noted struct {
	door
	order *[]string
}

func (n noted) Verdict(ctx context.Context, healthy bool) error {
	*n.order = append(*n.order, fmt.Sprint("verdict ", healthy))
	return n.door.Verdict(ctx, healthy)
}

func (n noted) Shift(ctx context.Context, to rollout.Split) error {
	*n.order = append(*n.order, fmt.Sprint("shift ", to.Green))
	return n.door.Shift(ctx, to)
}

// Events wait in the state until log and teller have taken them, and arrive
// once, in their order.
func TestOutbox(t *testing.T) {
	for _, broken := range [][]string{{"append"}, {"tell"}, {"append", "tell"}} {
		t.Run(strings.Join(broken, " and "), func(t *testing.T) {
			p := compiled(t, 3)
			w := newRoom()
			for minute := range 40 {
				for _, name := range broken {
					w.fails[name] = nil
					if minute%7 != 6 {
						w.fails[name] = errOutside
					}
				}
				out, err, _ := w.tick(w.shell(p, nil), script{orders: map[int]rollout.OrderKind{0: rollout.OrderStart}}.order(minute))
				if err != nil {
					t.Fatal(err)
				}
				pending := w.state().Outbox
				if s := w.state(); len(pending) > 0 && pending[len(pending)-1].Sequence != s.Sequence {
					t.Fatalf("minute %d: the outbox ends at %d, the rollout at %d", minute, pending[len(pending)-1].Sequence, s.Sequence)
				}
				if minute%7 != 6 && len(out.State.Outbox) > 0 && len(pending) == 0 {
					t.Fatalf("minute %d: the events are forgotten although nobody took them", minute)
				}
				w.pass()
			}
			w.fails = map[string]error{}
			w.tickOn(t, p, 1)
			s := w.state()
			if len(s.Outbox) != 0 || len(w.log) != s.Sequence || len(w.told) != s.Sequence || rollout.Verify(w.log) != nil || s.Step != rollout.Soaking {
				t.Errorf("%d in the outbox, %d logged, %d told of %d: %v", len(s.Outbox), len(w.log), len(w.told), s.Sequence, rollout.Verify(w.log))
			}
		})
	}
}
