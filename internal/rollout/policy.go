package rollout

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"

	"github.com/cutover-dev/cutover/internal/rollout/judge"
	"github.com/cutover-dev/cutover/internal/slo"
)

// Policy is what a rollout is carried out by: the sections traffic: and slos:
// of cutover.yaml, compiled.
type Policy struct {
	Phases []Phase
	Rules  judge.Rules
	When   Policies
	// DecisionTime bounds how long users stay on a broken green while a
	// person may decide; RollbackBudget how long a rollback may take; TTL how
	// long resolvers keep an answer.
	DecisionTime, RollbackBudget, TTL time.Duration
	// Digest changes with everything above: a rollout that began under
	// another policy does not promote by this one until a person says so.
	Digest string
	// Trace says that figures come from a recording: no share of the traffic
	// was planned, so none is checked, and nothing needs to settle.
	Trace bool
}

// NewPolicy compiles the sections. gauges names the levels of shared stores
// that are measured (see judge.AllGauges).
func NewPolicy(s Settings, o slo.Objectives, gauges ...string) Policy {
	p := Policy{
		Phases: s.Phases, When: s.When,
		DecisionTime: s.DecisionTime.Std(), RollbackBudget: s.RollbackBudget.Std(), TTL: s.TTL.Std(),
		Rules: judge.Rules{
			Objectives: judge.Objectives(o, gauges...), Agreement: s.Agreement,
			Alpha: s.Alpha.Fraction(), Beta: s.Beta.Fraction(),
		},
	}
	p.Rules.Tests = judge.Tests(p.Rules.Objectives, p.When.Worse == "rollback")
	p.Digest = digest(p.Phases, s.Alpha, s.Beta, s.Agreement, s.When, s.DecisionTime, s.RollbackBudget, s.TTL, o)
	return p
}

// digest is the same in every process that reads the same file. JSON follows
// pointers, where %v would print an address.
func digest(parts ...any) string {
	text, _ := json.Marshal(parts) // numbers, strings and structs of them: it cannot fail
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}

// Measured returns the policy with the dispersion that a baseline shows.
func (p Policy) Measured(baseline []judge.Minute) Policy {
	p.Rules.Objectives = judge.Measured(p.Rules.Objectives, baseline)
	return p
}

// minutes is the length of a phase's first epoch: its hold, and a quarter of
// an hour in which the shift settles and the end is waited for.
func (p Phase) minutes() int { return int((p.Hold.Std()+time.Minute-1)/time.Minute) + 15 }
