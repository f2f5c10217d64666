package virtual

import (
	"context"
	"time"

	"github.com/cutover-dev/cutover/internal/rollout"
	"github.com/cutover-dev/cutover/internal/rollout/judge"
	"github.com/cutover-dev/cutover/internal/sim"
)

// Run is one cutover, rehearsed from its start to where it ended.
type Run struct {
	Scenario sim.Scenario
	Policy   rollout.Policy
	State    rollout.State
	Events   []rollout.Event
	Samples  []rollout.Sample
	Truth    sim.Truth
	// Trouble is what did not work on the way, each once, with its first time.
	Trouble []Trouble
	// Started and Ended in virtual time.
	Started, Ended time.Time
}

// Trouble is something that a tick could not do.
type Trouble struct {
	At    time.Time
	What  string
	Times int
}

// Outcome names how a cutover ended, in the words of a scenario.
type Outcome string

// The outcomes.
const (
	Complete   Outcome = "complete"
	RolledBack Outcome = "rolled_back"
	Held       Outcome = "held"
)

// Outcome says how the run ended.
func (r Run) Outcome() Outcome {
	switch r.State.Step {
	case rollout.Soaking, rollout.Complete:
		return Complete
	case rollout.RolledBack, rollout.RollingBack:
		return RolledBack
	}
	return Held
}

// Rehearse runs one cutover. The same policy, scenario and seed give the same
// run, unless ctx ends it early. Samples are kept only when asked for.
func Rehearse(ctx context.Context, p rollout.Policy, s sim.Scenario, seed uint64, samples bool) Run {
	r := newRehearsal(p, s, seed, samples)
	r.play(ctx)
	return r.run
}

// play goes through the cutover.
func (r *rehearsal) play(ctx context.Context) {
	r.order(ctx, &rollout.Order{Kind: rollout.OrderStart, By: "rehearsal", Reason: "rehearsed: " + r.run.Scenario.Says})
	for !r.over() && ctx.Err() == nil {
		r.world.Advance(time.Minute)
		for _, o := range r.world.Orders() {
			r.order(ctx, &rollout.Order{Kind: rollout.OrderKind(o.Kind), By: o.By, Reason: o.Reason})
		}
		for _, t := range r.tickers {
			t.tick(ctx)
		}
	}
	for _, t := range r.tickers {
		t.finish()
	}
	r.run.State, r.run.Truth, r.run.Ended = r.store.state, r.world.Truth(), r.world.Now()
}

// rehearsal is a run in the making.
type rehearsal struct {
	run     Run
	world   *sim.World
	store   *store
	shell   rollout.Shell
	tickers []*ticker
	lasts   time.Duration
	seen    map[string]int // trouble by its text
}

func newRehearsal(p rollout.Policy, s sim.Scenario, seed uint64, samples bool) *rehearsal {
	w := sim.New(s, seed)
	p = gated(p, s).Measured(translate(w.Baseline()))
	r := &rehearsal{world: w, store: &store{}, lasts: s.Lasts.Std(), seen: map[string]int{}}
	r.run = Run{Scenario: s, Policy: p, Started: w.Start()}
	ports := world{World: w, store: r.store, log: &r.run.Events, told: map[int]bool{}}
	r.shell = rollout.Shell{Policy: p, Record: ports, Signals: ports, Metrics: ports, Store: ports, Log: ports, Teller: ports, Samples: samples}
	for i := range max(s.Tickers, 1) {
		r.tickers = append(r.tickers, newTicker(r, i, ports))
	}
	return r
}

// gated puts the phase that the scenario names behind an approval.
func gated(p rollout.Policy, s sim.Scenario) rollout.Policy {
	phases := append([]rollout.Phase(nil), p.Phases...)
	for i := range phases {
		phases[i].Approval = "none"
		if s.Gate != nil && phases[i].Weight == *s.Gate {
			phases[i].Approval = "required"
		}
	}
	p.Phases = phases
	return p
}

// over says whether anything is left to see.
func (r *rehearsal) over() bool {
	switch r.store.state.Step {
	case rollout.Complete, rollout.RolledBack:
		return true
	case rollout.Soaking:
		return r.world.Now().Sub(r.store.state.Risen) > 0 && r.store.state.Hold == nil
	}
	return r.world.Now().Sub(r.run.Started) >= r.lasts
}

// order gives a person's order, repeated until it was heard.
func (r *rehearsal) order(ctx context.Context, o *rollout.Order) {
	out, err := r.shell.Tick(ctx, r.world.Now(), o)
	r.note(out, err)
}

// note keeps what a tick showed and could not do.
func (r *rehearsal) note(out rollout.Outcome, err error) {
	r.run.Samples = append(r.run.Samples, out.Samples...)
	trouble := out.Trouble
	if err != nil {
		trouble = append(trouble, err.Error())
	}
	if out.Refused != "" {
		trouble = append(trouble, "refused: "+out.Refused)
	}
	for _, what := range trouble {
		if i, known := r.seen[what]; known {
			r.run.Trouble[i].Times++
			continue
		}
		r.seen[what] = len(r.run.Trouble)
		r.run.Trouble = append(r.run.Trouble, Trouble{At: r.world.Now(), What: what, Times: 1})
	}
}

// Detected returns how long after the first fault the run fell back, or where
// it never did was held for something that is wrong; false if neither.
func (r Run) Detected() (time.Duration, bool) {
	began := r.Truth.FaultStarted
	if began == nil {
		began = r.Truth.FaultBegan
	}
	if began == nil {
		return 0, false
	}
	if saved, ok := r.saved(*began); ok {
		return saved, saved >= 0
	}
	for _, e := range r.Events {
		if e.Kind == rollout.Held && !e.At.Before(*began) {
			return e.At.Sub(*began), true
		}
	}
	return 0, false
}

// saved returns how long after a fault clients were on their way back to blue:
// by decision, or by DNS alone where nobody was there to decide.
func (r Run) saved(began time.Time) (time.Duration, bool) {
	var at time.Time
	if rb := r.State.Rollback; rb != nil {
		at = rb.Decided
	}
	few, was := 0.05, false
	for _, s := range r.Truth.Shares {
		if s.At.After(began) && was && s.Green < few && (at.IsZero() || s.At.Before(at)) {
			at = s.At
			break
		}
		was = was || s.Green >= few
	}
	return at.Sub(began), !at.IsZero()
}

// Attribution says whose fault a broken limit was taken for, at the last time
// that one was.
func (r Run) Attribution() judge.Attribution {
	last := judge.None
	for _, e := range r.Events {
		if e.Attribution != "" && e.Attribution != judge.Unclear {
			last = e.Attribution
		}
	}
	return last
}
