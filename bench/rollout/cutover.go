package main

import (
	"math"
	"time"

	"github.com/cutover-dev/cutover/internal/rollout"
	"github.com/cutover-dev/cutover/internal/rollout/judge"
	"github.com/cutover-dev/cutover/internal/unit"
	"github.com/cutover-dev/cutover/internal/virtual"
)

// cutover is the project's own judge: the state machine as it is, under the
// default policy, told minute by minute what the others are told. Its baseline
// is measured before the start, as every rollout's is.
type cutover struct {
	policy   rollout.Policy
	state    rollout.State
	now      time.Time
	epoch    int
	promoted bool
	reported bool
}

// newCutover returns a maker of judges; the policy is compiled once.
func newCutover() func() Judge {
	policy, err := virtual.DefaultPolicy()
	if err != nil {
		panic(err) // the defaults are part of this program
	}
	// What the generator has figures of; it makes no rejections or cold starts.
	policy.Rules.Objectives = judge.Recorded(policy.Rules.Objectives)
	return func() Judge { return &cutover{policy: policy} }
}

// Baseline measures how errors clump when all is well.
func (c *cutover) Baseline(minutes []Minute) {
	var known []judge.Minute
	for i, m := range minutes {
		known = append(known, seen(m, rollout.Dawn.Add(time.Duration(i)*time.Minute)))
	}
	c.policy = c.policy.Measured(known)
}

// delay is how long after its end a minute's figures are complete.
const delay = 2 * time.Minute

// NextPhase opens a phase's epoch at once: settling is not simulated here.
func (c *cutover) NextPhase(p Phase) {
	weight := unit.Percent(math.Round(p.Weight * float64(unit.Full)))
	if c.now.IsZero() {
		c.now = rollout.Dawn
	}
	// A phase on its own gets the α that it would have within a cutover.
	c.epoch = max(c.epoch+1, map[unit.Percent]int{unit.Full / 10: 1, unit.Full / 2: 2, unit.Full: 3}[weight])
	length := time.Duration(p.Minutes) * time.Minute
	last := rollout.Phase{Weight: weight, Hold: unit.Duration(length + delay), Approval: "none"}
	c.policy.Phases = []rollout.Phase{last, last}
	ledger := judge.Open(c.policy.Rules, c.epoch, p.Minutes+15, c.now, c.state.Ledger)
	c.state = rollout.State{
		Format: 1, Step: rollout.Watching, Attempt: 1, Weight: weight, Digest: c.policy.Digest,
		Clock: c.now, Risen: c.now, Settled: c.now, Ledger: &ledger,
	}
	c.promoted = false
}

// Minute shows one minute, as soon as it is complete.
func (c *cutover) Minute(m Minute) Verdict {
	at := seen(m, c.now)
	c.now = c.now.Add(time.Minute)
	split := rollout.SplitOf(c.state.Weight)
	d := rollout.Decide(c.policy, c.state, rollout.Observation{Now: c.now.Add(delay), Weights: &split, Minutes: []judge.Minute{at}})
	c.reported = c.reported || len(d.Assessment.Worse) > 0
	switch d.Action {
	case rollout.Return:
		return Rollback
	case rollout.Promote:
		c.promoted = true
		return Promote
	}
	c.state = d.State
	c.state.Outbox = nil
	return Continue
}

// End promotes only where the state machine did.
func (c *cutover) End() Verdict {
	if c.promoted {
		return Promote
	}
	return Hold
}

// Reported says whether green was called worse than blue within its limits.
func (c *cutover) Reported() bool { return c.reported }

// seen puts a minute into the rollout's words.
func seen(m Minute, start time.Time) judge.Minute {
	return judge.Minute{
		Start:  start,
		Green:  judge.Counts{Present: !m.Missing && m.GreenRequests > 0, Requests: m.GreenRequests, Errors: m.GreenErrors, Slow: m.GreenSlow},
		Blue:   judge.Counts{Present: m.BlueRequests > 0, Requests: m.BlueRequests, Errors: m.BlueErrors, Slow: m.BlueSlow},
		Gauges: judge.NoGauges(),
	}
}
