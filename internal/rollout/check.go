package rollout

import (
	"fmt"

	"github.com/cutover-dev/cutover/internal/config/strict"
	"github.com/cutover-dev/cutover/internal/unit"
)

// Check refuses a shift that cannot work: see the functions it calls.
func (s Settings) Check(c *strict.Check) {
	s.checkPhases(c)
	s.checkSides(c)
	s.checkTimes(c)
}

// checkPhases wants weights that rise to 100% and that Route 53 can give.
func (s Settings) checkPhases(c *strict.Check) {
	for i, phase := range s.Phases {
		if !c.Valid("phases", i, "weight") {
			continue
		}
		if _, _, ok := Weights(phase.Weight); !ok {
			c.Report(strict.Problem{Message: fmt.Sprintf("Route 53 cannot give exactly %s: its weights are whole numbers up to 255", phase.Weight),
				Allowed: "shares that two such weights give, all whole percentages among them", Suggestion: fmt.Sprintf("write %q", nearestWhole(phase.Weight))}, "phases", i, "weight")
		}
		if i > 0 && c.Valid("phases", i-1, "weight") && phase.Weight <= s.Phases[i-1].Weight {
			c.Report(strict.Problem{Message: fmt.Sprintf("the weight %s does not rise above the %s of the phase before", phase.Weight, s.Phases[i-1].Weight),
				Allowed: "weights that rise from phase to phase"}, "phases", i, "weight")
		}
	}
	last := len(s.Phases) - 1
	if last >= 0 && c.Valid("phases", last, "weight") && s.Phases[last].Weight != unit.Full {
		c.Report(strict.Problem{Message: fmt.Sprintf("the last phase ends at %s, so blue would keep traffic for ever", s.Phases[last].Weight),
			Allowed: "100%", Suggestion: "add a phase such as {weight: 100%, hold: 24 h}"}, "phases", last, "weight")
	}
}

// maxWeight is the greatest weight of a Route 53 record.
const maxWeight = 255

// Weights returns Route 53 weights of green and blue that give green exactly the
// share p, and false if there are none. Whole percentages are weights of 100, as
// people read them: 10% is 10 and 90. Others are the least that there are.
func Weights(p unit.Percent) (green, blue int, ok bool) {
	if p < 0 || p > unit.Full {
		return 0, 0, false
	}
	a, b := int64(p), int64(unit.Full-p)
	if one := int64(unit.Full / 100); a%one == 0 {
		return int(a / one), int(b / one), true
	}
	divisor := common(a, b)
	a, b = a/divisor, b/divisor
	return int(a), int(b), a <= maxWeight && b <= maxWeight
}

// common is the greatest common divisor; one of a and b is not 0.
func common(a, b int64) int64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// nearestWhole rounds to a whole percentage, at least 1%.
func nearestWhole(p unit.Percent) unit.Percent {
	one := unit.Full / 100
	return max(one, (p+one/2)/one*one)
}

// checkSides holds the two sides apart. A side that is reached through the
// record would measure the mixture.
func (s Settings) checkSides(c *strict.Check) {
	same := func(a, b string, path ...any) {
		if a == b && c.Valid(path...) {
			c.Report(strict.Problem{Message: fmt.Sprintf("%s is the same for blue and green", path[len(path)-1]),
				Suggestion: "give each side its own"}, path...)
		}
	}
	if c.Valid("blue", "alias_zone") && c.Valid("green", "alias_zone") && (s.Blue.AliasZone == "") != (s.Green.AliasZone == "") {
		c.Report(strict.Problem{Message: "one side is an alias and the other a CNAME; weighted records of one name must have one type",
			Suggestion: "give both sides an alias_zone, or neither"}, "green", "alias_zone")
	}
	if c.Valid("blue", "target") {
		same(string(s.Blue.Target), string(s.Green.Target), "green", "target")
	}
	if c.Valid("blue", "direct") {
		same(string(s.Blue.Direct.Host()), string(s.Green.Direct.Host()), "green", "direct")
	}
	if !c.Valid("record") {
		return
	}
	through := func(host unit.Host, path ...any) {
		if host == s.Record && c.Valid(path...) {
			c.Report(strict.Problem{Message: fmt.Sprintf("leads back to the record %s, whose traffic is to be divided", s.Record),
				Suggestion: "use a name that always reaches this side"}, path...)
		}
	}
	through(s.Blue.Target, "blue", "target")
	through(s.Green.Target, "green", "target")
	through(s.Blue.Direct.Host(), "blue", "direct")
	through(s.Green.Direct.Host(), "green", "direct")
}

// checkTimes wants a rollback that fits its budget: one change of the record
// and one TTL are the least it takes.
func (s Settings) checkTimes(c *strict.Check) {
	if c.Valid("ttl") && c.Valid("rollback_budget") && s.TTL >= s.RollbackBudget {
		at := "ttl"
		if !c.Written(at) {
			at = "rollback_budget"
		}
		c.Report(strict.Problem{Message: fmt.Sprintf("a ttl of %s leaves nothing of the rollback_budget of %s", s.TTL, s.RollbackBudget),
			Allowed: "a ttl shorter than rollback_budget", Suggestion: `write ttl: "60 s"`}, at)
	}
}
