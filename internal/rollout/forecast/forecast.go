// Package forecast tells before the first shift whether a policy's objectives
// can be proved with the traffic there is in the time of each phase, and what
// would make them provable.
package forecast

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/cutover-dev/cutover/internal/rollout"
	"github.com/cutover-dev/cutover/internal/unit"
)

// Traffic is what a recording says of the application when it is well.
type Traffic struct {
	// PerMinute are the requests of both sides together, minute by minute.
	PerMinute []float64 `json:"-"`
	// Median of them.
	Median float64 `json:"median_requests_a_minute"`
	// Shares of bad requests by the objective's name: blue's where it had
	// traffic, else green's.
	Shares map[string]float64 `json:"bad_shares"`
}

// Phase is what one phase will come to.
type Phase struct {
	Weight        string `json:"weight"`
	Hold          string `json:"hold"`
	GreenRequests int64  `json:"green_requests"`
	// Needed requests to green until every objective is proved, and for how
	// many minutes they take; null when no number would do.
	Needed        *int64 `json:"needed" jsonschema:"nullable"`
	NeededMinutes *int64 `json:"needed_minutes" jsonschema:"nullable"`
	Provable      bool   `json:"provable"`
	// Remedy says what would make it provable; empty when it is.
	Remedy string `json:"remedy,omitempty"`
}

// Forecast is what the whole policy will come to.
type Forecast struct {
	Traffic  Traffic `json:"traffic"`
	Phases   []Phase `json:"phases"`
	Provable bool    `json:"provable"`
}

// Measure reads a recording.
func Measure(p rollout.Policy, t rollout.Trace) Traffic {
	traffic := Traffic{Shares: map[string]float64{}}
	for _, m := range t.Minutes {
		traffic.PerMinute = append(traffic.PerMinute, float64(m.Green.Requests+m.Blue.Requests))
	}
	sorted := slices.Sorted(slices.Values(traffic.PerMinute))
	traffic.Median = sorted[len(sorted)/2]
	for _, o := range p.Rules.Objectives {
		if !o.Counted() {
			continue
		}
		greenBad, greenTotal, bad, total := o.Sum(t.Minutes)
		if total == 0 {
			bad, total = greenBad, greenTotal
		}
		// Half an error more than was seen: none in an hour is not none ever.
		traffic.Shares[o.Name] = (float64(bad) + 0.5) / (float64(total) + 1)
	}
	return traffic
}

// Of makes the forecast.
func Of(p rollout.Policy, t rollout.Trace) Forecast {
	f := Forecast{Traffic: Measure(p, t), Provable: true}
	for _, phase := range p.Phases {
		one := provable(p, phase, f.Traffic)
		f.Provable = f.Provable && one.Provable
		f.Phases = append(f.Phases, one)
	}
	return f
}

// longest is the longest hold that a remedy suggests.
const longest = 30 * 24 * time.Hour

// provable says whether a phase's traffic suffices to prove every objective.
func provable(p rollout.Policy, phase rollout.Phase, t Traffic) Phase {
	rate := t.Median * phase.Weight.Fraction()
	minutes := phase.Hold.Std().Minutes()
	out := Phase{Weight: phase.Weight.String(), Hold: phase.Hold.String(), GreenRequests: int64(rate * minutes), Provable: true}
	var most int64
	hopeless := ""
	for _, o := range p.Rules.Objectives {
		if !o.Counted() || !o.Prove {
			continue
		}
		n, ok := o.Needed(p.Rules, t.Shares[o.Name], rate)
		if !ok {
			hopeless = fmt.Sprintf("%s: blue itself has %.2f%% and the limit is %.2f%%; raise the limit, or mend what both sides suffer from", o.Name, 100*t.Shares[o.Name], 100*o.Limit)
			break
		}
		most = max(most, n)
	}
	switch {
	case rate <= 0:
		out.Provable, out.Remedy = false, "there is no traffic to prove anything with"
		return out
	case hopeless != "":
		out.Provable, out.Remedy = false, hopeless
		return out
	}
	needed := int64(math.Ceil(float64(most) / rate))
	out.Needed, out.NeededMinutes = &most, &needed
	if float64(needed) > minutes {
		out.Provable, out.Remedy = false, remedy(phase, needed, minutes)
	}
	return out
}

// remedy says what would make a phase provable: time, or weight.
func remedy(phase rollout.Phase, needed int64, minutes float64) string {
	hold := time.Duration(needed) * time.Minute
	if hold > longest {
		return "this traffic cannot prove it within 30 days: raise the limit, or make the objective a guard"
	}
	text := "hold: " + unit.Duration(hold.Truncate(5*time.Minute)+5*time.Minute).String()
	weight := unit.Percent(math.Ceil(100*phase.Weight.Fraction()*float64(needed)/minutes)) * unit.Full / 100
	if weight < unit.Full {
		text += ", or weight: " + weight.String()
	}
	return text
}
