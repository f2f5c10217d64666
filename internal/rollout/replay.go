package rollout

import (
	"time"

	"github.com/cutover-dev/cutover/internal/rollout/evidence"
	"github.com/cutover-dev/cutover/internal/rollout/judge"
	"github.com/cutover-dev/cutover/internal/unit"
)

// Replayed is what the policy would have made of a trace: the JSON result of
// cutover replay.
type Replayed struct {
	Verdict Action `json:"verdict" jsonschema:"enum=rollback,enum=promote,enum=hold"`
	// Minute in which the verdict was reached, counted from 1: the last one
	// whose figures it took. A hold was reached when it began.
	Minute      int               `json:"minute"`
	Attribution judge.Attribution `json:"attribution" jsonschema:"enum=green,enum=shared,enum=none"`
	Reason      string            `json:"reason"`
	// Minutes that the trace spans, and how many of them were missing.
	Minutes int `json:"minutes"`
	Missing int `json:"missing"`
	// SLOs by name, after the last minute that was judged.
	SLOs   map[string]ReplayedSLO `json:"slos"`
	Events []Event                `json:"events"`

	// Samples and State are what a report is drawn from.
	Samples []Sample `json:"-"`
	State   State    `json:"-"`
}

// ReplayedSLO is the evidence about one objective. Every log is natural; those
// of test A follow from bad, total, limit and prior alone.
type ReplayedSLO struct {
	Bad   int64      `json:"bad"`
	Total int64      `json:"total"`
	Limit float64    `json:"limit"`
	Prior [2]float64 `json:"prior"`

	LogEFail            float64 `json:"log_e_fail"`
	LogEFailChangepoint float64 `json:"log_e_fail_changepoint"`
	LogEPass            float64 `json:"log_e_pass"`
	LogETwoSample       float64 `json:"log_e_two_sample"`
	// Thresholds: for the change point and the two samples, and for the proof.
	LogThresholdFail float64 `json:"log_threshold_fail"`
	LogThresholdPass float64 `json:"log_threshold_pass"`
	// Correlation within a minute as blue shows it, by which counts are
	// widened before anything is proved; EffectiveTotal is what remains.
	Correlation    float64 `json:"correlation"`
	EffectiveTotal float64 `json:"effective_total"`
	// MoreRequestsNeeded at the present rate until the limit is proved; null
	// when no number would do.
	MoreRequestsNeeded *int64 `json:"more_requests_needed" jsonschema:"nullable"`
}

// TraceLimits are what a trace is judged by: limits on shares of requests and
// the two risks, each from 0 to 1.
type TraceLimits struct{ Errors, Slow, Alpha, Beta float64 }

// TracePolicy is the policy of a single phase as long as the trace.
func TracePolicy(t Trace, l TraceLimits) Policy {
	return Traced(Policy{
		When:         Policies{Fail: "rollback", Worse: "hold", SharedFault: "hold", Inconclusive: "hold", MissingData: "hold"},
		DecisionTime: 10 * time.Minute, RollbackBudget: 5 * time.Minute, TTL: time.Minute,
		Rules: judge.Rules{Objectives: judge.Limits(l.Errors, l.Slow), Alpha: l.Alpha, Beta: l.Beta, Agreement: 3},
	}, t)
}

// Traced turns a policy into one of a single phase as long as the trace, with
// those objectives that a trace has figures of and the dispersion that its
// blue side shows.
func Traced(p Policy, t Trace) Policy {
	length := time.Duration(t.Length()) * time.Minute
	p.Phases = []Phase{{Weight: unit.Full / 2, Hold: unit.Duration(length + newest), Approval: "none"}}
	p.Trace = true
	p.Rules.Objectives = judge.Recorded(p.Rules.Objectives)
	p.Rules.Tests = judge.Tests(p.Rules.Objectives, p.When.Worse == "rollback")
	blue := make([]judge.Minute, len(t.Minutes))
	for i, m := range t.Minutes {
		blue[i] = judge.Minute{Start: m.Start, Blue: m.Blue, Gauges: judge.NoGauges()}
	}
	return p.Measured(blue)
}

// Replay runs the state machine over a trace, minute by minute as it would
// have seen it, until it rolls back, promotes, or the trace ends.
func Replay(p Policy, t Trace) Replayed {
	ledger := judge.Open(p.Rules, 1, t.Length(), Dawn, nil)
	s := State{Format: 1, Step: Watching, Digest: p.Digest, Attempt: 1, Weight: p.Phases[0].Weight, Clock: Dawn, Risen: Dawn, Settled: Dawn, Ledger: &ledger}
	out := Replayed{Verdict: Keep, Attribution: judge.None, Minutes: t.Length(), Missing: t.Length() - len(t.Minutes), SLOs: map[string]ReplayedSLO{}}
	next := 0
	for minute := 1; minute <= t.Length(); minute++ {
		end := Dawn.Add(time.Duration(minute) * time.Minute)
		o := Observation{Now: end.Add(newest), Record: true}
		if next < len(t.Minutes) && !t.Minutes[next].End().After(end) {
			o.Minutes = t.Minutes[next : next+1]
			next++
		}
		d := Decide(p, s, o)
		s = d.State
		out.Events = append(out.Events, d.Events...)
		out.Samples = append(out.Samples, d.Samples...)
		if b := d.Assessment.Breach; b != nil && b.Attribution != judge.Unclear {
			out.Attribution = b.Attribution
		}
		if d.Action == Promote || d.Action == Return {
			out.Verdict, out.Minute = d.Action, minute
			break
		}
	}
	out.State = s
	out.conclude(p, s)
	return out
}

// conclude fills in where the replay ended.
func (r *Replayed) conclude(p Policy, s State) {
	switch {
	case r.Verdict == Return:
		r.Reason = s.Rollback.Reason
	case r.Verdict == Promote:
		r.Reason = "every objective is proved"
	case s.Hold != nil:
		r.Minute, r.Reason = int(s.Hold.Since.Sub(Dawn.Add(newest))/time.Minute), string(s.Hold.Kind)+": "+s.Hold.Reason
	default:
		r.Minute, r.Reason = r.Minutes, "the newest figures are missing"
	}
	for _, o := range p.Rules.Objectives {
		track := s.Ledger.Tracks[o.Name]
		limit := evidence.Limit(o.Limit)
		a, b := limit.Prior()
		broken, _, worse := track.Log()
		slo := ReplayedSLO{
			Bad: track.Bad, Total: track.Total, Limit: o.Limit, Prior: [2]float64{a, b},
			LogEFail: limit.LogFail(float64(track.Bad), float64(track.Total)), LogEPass: limit.LogPass(float64(track.Bad), float64(track.Total)),
			LogEFailChangepoint: broken, LogETwoSample: worse,
			LogThresholdFail: s.Ledger.Threshold(p.Rules), LogThresholdPass: p.Rules.Proof(),
			Correlation: o.Correlation, EffectiveTotal: track.EffectiveTotal,
		}
		if more, ok := track.MoreNeeded(p.Rules, o); ok {
			slo.MoreRequestsNeeded = &more
		}
		r.SLOs[o.Name] = slo
	}
}
