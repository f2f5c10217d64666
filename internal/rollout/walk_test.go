package rollout_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/cutover-dev/cutover/internal/rollout"
	"github.com/cutover-dev/cutover/internal/rollout/judge"
	"github.com/cutover-dev/cutover/internal/unit"
)

// walker makes a world up at random: one that is mostly sound, so that
// rollouts get far, and wrong in every way that a world can be.
type walker struct {
	r     *rand.Rand
	p     rollout.Policy
	s     rollout.State
	log   []rollout.Event
	world time.Time // the true time
	// What the two sides are like at present, and for how many minutes more.
	green, blue float64
	silent      bool
	lasts       int
	requests    int64
	// whole is what the walk saw happen.
	seen map[string]int
}

func newWalker(seed uint64, p rollout.Policy) *walker {
	r := rand.New(rand.NewPCG(seed, 5))
	w := &walker{r: r, p: randomPolicy(r, p), world: noon, requests: int64(300 + r.IntN(3000)), seen: map[string]int{}}
	w.s = rollout.New(w.p)
	return w
}

func (w *walker) chance(p float64) bool { return w.r.Float64() < p }

func oneOf[T any](r *rand.Rand, of ...T) T { return of[r.IntN(len(of))] }

// randomPolicy varies phases, what follows from a finding, and how it is
// judged.
func randomPolicy(r *rand.Rand, p rollout.Policy) rollout.Policy {
	weights := []unit.Percent{10_000, 50_000, 100_000, 200_000, 250_000, 500_000, 900_000}
	phases := []rollout.Phase{}
	for _, weight := range append(weights, unit.Full) {
		if weight == unit.Full || r.IntN(3) == 0 {
			phases = append(phases, rollout.Phase{Weight: weight, Hold: unit.Duration(1+r.IntN(8)) * unit.Duration(time.Minute), Approval: oneOf(r, "none", "none", "required")})
		}
	}
	p.Phases = phases
	p.When = rollout.Policies{
		Fail: oneOf(r, "rollback", "hold"), Worse: oneOf(r, "rollback", "hold", "report"), SharedFault: oneOf(r, "rollback", "hold"),
		Inconclusive: oneOf(r, "rollback", "hold", "hold"), MissingData: oneOf(r, "rollback", "hold", "hold"),
	}
	p.DecisionTime = time.Duration(1+r.IntN(12)) * time.Minute
	p.Rules.Agreement = 1 + r.IntN(5)
	p.Rules.Tests = judge.Tests(p.Rules.Objectives, p.When.Worse == "rollback")
	return p
}

// regime changes how the sides are, now and then.
func (w *walker) regime() {
	if w.lasts--; w.lasts > 0 {
		return
	}
	w.green, w.blue, w.silent = 0, 0, false
	w.lasts = 5 + w.r.IntN(40)
	if w.chance(.6) {
		return
	}
	w.lasts = 1 + w.r.IntN(25)
	bad := oneOf(w.r, .005, .02, .05, .2, 1)
	switch w.r.IntN(4) {
	case 0:
		w.green = bad
	case 1:
		w.blue = bad
	case 2:
		w.green, w.blue = bad, bad
	case 3:
		w.silent = true
	}
}

// observation makes up what a tick sees.
func (w *walker) observation() rollout.Observation {
	w.regime()
	w.world = w.world.Add(time.Duration(oneOf(w.r, 1, 1, 1, 1, 1, 1, 1, 0, 2, 5)) * time.Minute)
	if w.chance(.02) {
		w.world = w.world.Add(time.Duration(w.r.IntN(90)) * time.Second)
	}
	o := rollout.Observation{Now: w.world, Record: w.chance(.01)}
	switch {
	case w.chance(.01):
		o.Now = w.world.Add(-time.Duration(w.r.IntN(3600)) * time.Second)
	case w.chance(.002):
		o.Now = w.world.Add(time.Duration(w.r.IntN(300)) * time.Second)
	}
	o.Weights = w.stand()
	o.Minutes = w.minutes(o.Now)
	if !w.chance(.03) {
		up := !w.chance(.01)
		o.GreenUp = &up
	}
	if w.s.Weight == unit.Full && w.chance(.9) || w.chance(.01) {
		o.Probe = &judge.Probe{At: w.world, Sent: 5, Failed: oneOf(w.r, 0, 0, 0, 2, 5)}
	}
	o.Order = w.order()
	return o
}

// stand is what the record is seen to be: mostly what was decided.
func (w *walker) stand() *rollout.Split {
	if w.chance(.02) {
		return nil
	}
	split := rollout.SplitOf(w.s.Weight)
	if w.chance(.005) {
		split = rollout.Split{Green: w.r.IntN(256), Blue: w.r.IntN(256)}
	}
	if w.chance(.0005) {
		split = rollout.Split{}
	}
	return &split
}

// order is a person's: mostly one that makes the rollout go on.
func (w *walker) order() *rollout.Order {
	kind := oneOf(w.r, append(rollout.Orders(), "dance")...)
	switch {
	case (w.s.Step == rollout.Ready || w.s.Step == rollout.RolledBack) && w.chance(.2):
		kind = rollout.OrderStart
	case w.s.Hold != nil && w.s.Hold.Kind == rollout.HoldApproval && w.chance(.2):
		kind = rollout.OrderApprove
	case w.s.Hold != nil && w.chance(.03):
		kind = rollout.OrderResume
	case !w.chance(.01):
		return nil
	}
	return &rollout.Order{Kind: kind, By: "kim", Reason: "at random"}
}

// minutes are the figures since the ledger's last minute, with all that
// metrics can do wrong.
func (w *walker) minutes(now time.Time) []judge.Minute {
	if w.s.Ledger == nil || w.chance(.03) {
		return nil
	}
	from := w.s.Ledger.Through.Truncate(time.Minute)
	if w.chance(.02) {
		from = from.Add(-3 * time.Minute) // told again
	}
	if now.Sub(from) > 40*time.Minute {
		from = now.Add(-40 * time.Minute).Truncate(time.Minute)
	}
	var list []judge.Minute
	for at := from; at.Before(now); at = at.Add(time.Minute) {
		if m := w.minute(at); !w.chance(.01) {
			list = append(list, m)
		}
	}
	if len(list) > 0 && w.chance(.01) {
		list = append(list, list[w.r.IntN(len(list))])
	}
	if w.chance(.005) {
		list = append(list, w.minute(now.Add(time.Duration(1+w.r.IntN(9))*time.Minute)))
	}
	if w.chance(.01) {
		w.r.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	}
	return list
}

// minute is one minute of figures, sometimes of a kind that cannot be.
func (w *walker) minute(start time.Time) judge.Minute {
	weight := w.s.Weight
	if w.chance(.02) {
		weight = unit.Percent(w.r.IntN(int(unit.Full) + 1))
	}
	m := traffic(start, weight, w.requests, w.green, w.blue)
	m.Green.Slow, m.Blue.Slow = m.Green.Requests/100, m.Blue.Requests/100
	if w.silent || w.chance(.01) {
		m.Green = judge.Counts{}
	}
	if w.chance(.01) {
		m.Blue = judge.Counts{}
	}
	if w.chance(.005) {
		m.Green.Slow, m.Green.Errors, m.Blue.Requests = m.Green.Requests*2, -4, -m.Blue.Requests
	}
	if w.chance(.01) {
		m.Gauges = oneOf(w.r, judge.NoGauges(), judge.Gauges{Connections: .99, DatabaseCPU: .9, CacheMemory: .9, CostPerMillion: 99})
	}
	return m
}

// digested toggles the policy's digest now and then, as an edited cutover.yaml
// does.
func (w *walker) digested() {
	if w.chance(.003) {
		w.p.Digest = oneOf(w.r, "one", "another")
	}
}

// expected are the minutes that a decision may take, by the rules in words:
// complete for two minutes, newer than what was judged, in their order, and at
// the end none in which green has not reported, unless it is ten minutes old.
func expected(s rollout.State, o rollout.Observation) []judge.Minute {
	now := later(o.Now, s.Clock)
	var list []judge.Minute
	for _, m := range o.Minutes {
		if now.Sub(m.End()) >= 2*time.Minute && m.End().After(s.Ledger.Through) {
			list = append(list, m)
		}
	}
	slices.SortStableFunc(list, func(a, b judge.Minute) int { return a.Start.Compare(b.Start) })
	for s.Weight > 0 && len(list) > 0 {
		newest := list[len(list)-1]
		if newest.Green.Present && newest.Green.Requests > 0 || now.Sub(newest.End()) > 10*time.Minute {
			break
		}
		list = list[:len(list)-1]
	}
	return list
}

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

var calm = math.Log(10)
