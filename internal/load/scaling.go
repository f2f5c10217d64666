package load

import (
	"fmt"
	"slices"
	"time"

	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// Minute is what CloudWatch says of the stage's functions in one minute. What it
// does not say is nil, and never zero.
type Minute struct {
	// At is the minute's beginning, from the beginning of the run.
	At time.Duration
	// Concurrent is the most that ran at once.
	Concurrent  *float64
	Throttles   *float64
	Invocations *float64
	Colds       *float64
}

// Rise is a moment from which the rate is higher.
type Rise struct {
	At       time.Duration
	From, To float64
	// Until is when the rate changes again.
	Until time.Duration
}

const (
	// noticeable is by how much a rate must rise to be a rise: what autoscaling
	// does about less is not seen in p99.
	noticeable = 1.25
	// recovered is what p99 may be after a rise, against before it.
	recovered = 1.5
	// calm is how many intervals in a row must be as before.
	calm = 3
	// usualSettle is how long it may take where no goal says so.
	usualSettle = time.Minute
)

// Rises are the steps and spikes of a plan. A ramp is one at its end, if the rate
// then stays.
func (p Plan) Rises() (rises []Rise) {
	at, before := time.Duration(0), 0.0
	for _, f := range p.Phases {
		if f.From == f.To && before > 0 && f.From >= before*noticeable {
			rises = append(rises, Rise{At: at, From: before, To: f.From, Until: at + f.Duration})
		}
		at += f.Duration
		// After a ramp the rate before it is what p99 is held to.
		if f.From == f.To {
			before = f.To
		} else if before == 0 {
			before = f.From
		}
	}
	return rises
}

// Scaling says whether the stage grew with the load: nothing was throttled, and
// p99 was as before some time after each rise.
func Scaling(p Plan, r Result, minutes []Minute) []verdict.Finding {
	window := fmt.Sprintf("%d %s", len(minutes), minuteWord(len(minutes)))
	source := "CloudWatch, AWS/Lambda"
	total := func(name string, of func(Minute) *float64) verdict.Finding {
		sum, unknown := 0.0, 0
		for _, m := range minutes {
			if v := of(m); v != nil {
				sum += *v
			} else {
				unknown++
			}
		}
		f := verdict.Finding{Name: name, Verdict: verdict.Pass, Sample: int64(len(minutes) - unknown), SampleOf: minuteWord(len(minutes) - unknown), Window: window, Source: source}
		if len(minutes) == 0 || unknown > 0 {
			f.Verdict, f.Change = verdict.Inconclusive, fmt.Sprintf("CloudWatch says nothing of %d of %d minutes: ask again in some minutes.", unknown, len(minutes))
		}
		if len(minutes) > unknown {
			f.Observed = &sum
		}
		return f
	}
	throttles := total("throttles", func(m Minute) *float64 { return m.Throttles })
	none := 0.0
	throttles.Limit = &none
	// What was throttled was, however much is unknown.
	if throttles.Observed != nil && *throttles.Observed > 0 {
		throttles.Verdict = verdict.Fail
		throttles.Change = "Raise the account's concurrency or the functions' reserved concurrency, or make them faster."
	}
	colds := total("cold_starts", func(m Minute) *float64 { return m.Colds })
	findings := []verdict.Finding{throttles, concurrency(minutes, window, source), colds}
	for _, rise := range p.Rises() {
		findings = append(findings, settled(p, r, rise))
	}
	return findings
}

// concurrency tells how many ran at once; it has no limit of its own, since
// throttles say when it did not suffice.
func concurrency(minutes []Minute, window, source string) verdict.Finding {
	f := verdict.Finding{Name: "concurrency", Verdict: verdict.Inconclusive, SampleOf: "minutes", Window: window, Source: source, Change: "CloudWatch says nothing: ask again in some minutes."}
	for _, m := range minutes {
		if m.Concurrent == nil {
			continue
		}
		f.Sample++
		if f.Observed == nil || *m.Concurrent > *f.Observed {
			most := *m.Concurrent
			f.Observed = &most
		}
	}
	if f.Observed != nil && int(f.Sample) == len(minutes) {
		f.Verdict, f.Change = verdict.Pass, ""
	}
	return f
}

// settled says how long p99 needed after a rise until three intervals in a row
// were at most half more than the median of those before it.
func settled(p Plan, r Result, rise Rise) verdict.Finding {
	limit := usualSettle.Seconds()
	for _, g := range r.Asked.Goals {
		if g.Metric == MetricSettle {
			limit = g.AtMost / 1000
		}
	}
	f := verdict.Finding{Name: "settle", Verdict: verdict.Inconclusive, Limit: &limit, Unit: "s", SampleOf: "intervals", Source: "load test",
		Window: fmt.Sprintf("from %s to %s a second at %s", report.Number(rise.From*p.PerArrival()), report.Number(rise.To*p.PerArrival()), report.Seconds(rise.At))}
	var before []float64
	var after []Interval
	for _, in := range r.Series {
		at := time.Duration(in.At * float64(time.Second))
		ends := at + time.Duration(in.Seconds*float64(time.Second))
		switch {
		case in.Requests == 0 || in.P99 == 0:
		case ends <= rise.At && ends > rise.At-5*time.Minute:
			before = append(before, in.P99)
		case at >= rise.At && ends <= rise.Until:
			after = append(after, in)
		}
	}
	f.Sample = int64(len(after))
	if !r.Valid || len(before) < calm || len(after) < calm {
		f.Change = "Run the load test again so that it counts, with some minutes before and after the rise."
		return f
	}
	slices.Sort(before)
	level := before[len(before)/2] * recovered
	for i := 0; i+calm <= len(after); i++ {
		if slices.ContainsFunc(after[i:i+calm], func(in Interval) bool { return in.P99 > level }) {
			continue
		}
		took := after[i].At - rise.At.Seconds()
		f.Observed, f.Verdict = &took, verdict.Pass
		if took > limit {
			f.Verdict, f.Change = verdict.Fail, "Give the functions provisioned concurrency, or let the load rise more slowly."
		}
		return f
	}
	f.Verdict = verdict.Fail
	f.Change = fmt.Sprintf("p99 was never again below %s ms, half more than before. Look at what grows with the rate: connections, locks, concurrency.", report.Number(thousandth(level)))
	return f
}

func minuteWord(n int) string {
	if n == 1 {
		return "minute"
	}
	return "minutes"
}
