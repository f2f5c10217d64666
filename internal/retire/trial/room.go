package trial

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/cutover-dev/cutover/internal/retire"
	"github.com/cutover-dev/cutover/internal/retire/estate"
	"github.com/cutover-dev/cutover/internal/retire/plan"
)

// killed is what ends a tick in the middle.
type killed struct{}

var errOutside = errors.New("503")

// room is the yard behind the ports, with everything that can go wrong there.
type room struct {
	y     *Yard
	plan  plan.Sealed
	state []byte
	saves int
	log   []retire.Event
	told  map[int]bool
	// kills is how many boundaries are left until the tick is killed, 0 for never.
	kills int
	// faulty is how often a call fails, nested how often another tick runs within one.
	faulty, nested float64
	depth          int
	deaf           bool
	between        func()
	// seen counts what happened.
	seen map[string]int
}

// edge is a boundary between two effects: here a tick may end, or another one
// may come between.
func (r *room) edge(ctx context.Context, where string) {
	if r.kills > 0 {
		if r.kills--; r.kills == 0 {
			r.seen["killed "+where]++
			panic(killed{})
		}
	}
	if r.depth == 0 && r.nested > 0 && r.y.chance(r.nested) {
		r.depth++
		kills := r.kills
		r.kills = 0
		r.seen["second ticker "+where]++
		_, _ = r.shell().Tick(ctx, r.y.now, nil)
		r.kills = kills
		r.depth--
	}
}

// call is a boundary before and after an effect, which may fail before or after
// it took place.
func (r *room) call(ctx context.Context, where string, effect func() error) error {
	r.edge(ctx, "before "+where)
	if r.y.chance(r.faulty) {
		return errOutside
	}
	err := effect()
	r.edge(ctx, "after "+where)
	if err == nil && r.y.chance(r.faulty) {
		return errOutside // it took place, and nobody knows
	}
	return err
}

func (r *room) shell() retire.Shell {
	return retire.Shell{Plan: r.plan, World: world{r}, Evidence: evidence{r}, Hands: r, Store: r, Log: r, Teller: r}
}

type world struct{ *room }

// Look implements retire.Surveyor.
func (w world) Look(ctx context.Context) (seen estate.World, err error) {
	err = w.call(ctx, "look", func() error { seen = w.y.world(); return nil })
	return seen, err
}

type evidence struct{ *room }

// Look implements retire.Witness.
func (e evidence) Look(ctx context.Context, _ time.Time) (seen retire.Evidence, err error) {
	err = e.call(ctx, "evidence", func() error { seen = e.y.see(); return nil })
	return seen, err
}

// Do implements retire.Hands.
func (r *room) Do(ctx context.Context, a retire.Action) error {
	return r.call(ctx, "do", func() error {
		if a.Verb == retire.Delete || a.Verb == retire.DeleteStack {
			if t, ok := r.plan.Plan.Target(a.ARN); !ok || !t.Calls() {
				r.y.wrong("%s of %s, which the plan does not say", a.Verb, a.ARN)
			}
			if !r.written(a) {
				r.y.wrong("%s of %s, before it was written down", a.Verb, a.ARN)
			}
		}
		return r.y.do(a)
	})
}

// written says whether the log holds that an action was decided.
func (r *room) written(a retire.Action) bool {
	for _, e := range r.log {
		if e.Kind == retire.Requested && e.Verb == a.Verb && e.ARN == a.ARN {
			return true
		}
	}
	return false
}

// Load implements retire.Store.
func (r *room) Load(ctx context.Context) (s retire.State, v retire.Version, err error) {
	err = r.call(ctx, "load", func() error {
		if r.state == nil {
			return retire.ErrNone
		}
		v = retire.Version(fmt.Sprint(r.saves))
		return json.Unmarshal(r.state, &s)
	})
	return s, v, err
}

// Save implements retire.Store.
func (r *room) Save(ctx context.Context, s retire.State, v retire.Version) (next retire.Version, err error) {
	err = r.call(ctx, "save", func() error {
		if have := retire.Version(fmt.Sprint(r.saves)); r.state == nil && v != "" || r.state != nil && v != have {
			return retire.ErrConflict
		}
		r.saves++
		next = retire.Version(fmt.Sprint(r.saves))
		r.state, err = json.Marshal(s)
		return err
	})
	return next, err
}

// Append implements retire.Log.
func (r *room) Append(ctx context.Context, events []retire.Event) error {
	return r.call(ctx, "append", func() error {
		if r.deaf {
			return errOutside
		}
		for _, e := range events {
			switch n := len(r.log); {
			case e.Sequence <= n:
				if r.log[e.Sequence-1].Hash != e.Hash {
					r.y.wrong("event %d was told in two ways", e.Sequence)
				}
			case e.Sequence == n+1:
				r.log = append(r.log, e)
			default:
				r.y.wrong("event %d came behind %d", e.Sequence, n)
			}
		}
		return nil
	})
}

// Tell implements retire.Teller.
func (r *room) Tell(ctx context.Context, events []retire.Event) error {
	return r.call(ctx, "tell", func() error {
		if f := r.between; f != nil && events[len(events)-1].Verb != "" {
			r.between = nil
			f()
		}
		for _, e := range events {
			r.told[e.Sequence] = true
		}
		return nil
	})
}

// now reads the state without the ports.
func (r *room) now() (s retire.State) {
	if r.state != nil {
		_ = json.Unmarshal(r.state, &s)
	}
	return s
}

// tick runs one that may be killed.
func (r *room) tick(order *retire.Order) (out retire.Outcome, err error) {
	defer func() {
		switch e := recover(); e.(type) {
		case nil:
		case killed:
			err, r.depth = errOutside, 0
		default:
			panic(e)
		}
	}()
	return r.shell().Run(context.Background(), func() time.Time { return r.y.now }, order)
}
