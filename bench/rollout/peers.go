package main

// ours is the name under which the project's own judge stands in tables and
// plots; it is drawn in the accent colour.
const ours = "cutover"

// peers are the rules under comparison, in the order of tables and plots.
// Each is set up as its documentation shows, with the same two objectives:
// at most 1% errors and at most 5% slow requests a minute. Argo's default,
// failureLimit 0, is "any minute above" but for minutes without data.
var peers = []Peer{
	{Name: ours, New: newCutover()},
	{Name: "Kayenta, 60 min", New: newKayenta},
	{Name: "three in a row", New: func() Judge { return &streak{length: 3} }},
	{Name: "Flagger, threshold 5", New: func() Judge { return &flagger{threshold: 5} }},
	{Name: "Argo, failureLimit 3", New: newArgo},
	{Name: "any minute above", New: func() Judge { return &streak{length: 1} }},
}

// streak rolls back when one objective was missed in so many minutes in a row:
// length 1 is the raw threshold. A minute without data neither counts nor
// breaks a streak, as in an alarm that treats missing data as missing.
type streak struct {
	length       int
	phase        Phase
	errors, slow int
}

func (s *streak) NextPhase(p Phase) { *s = streak{length: s.length, phase: p} }

func (s *streak) Minute(m Minute) Verdict {
	if m.Missing || m.GreenRequests == 0 {
		return Continue
	}
	step := func(run *int, bad int64, limit float64) bool {
		if v, _ := share(bad, m.GreenRequests); v <= limit {
			*run = 0
			return false
		}
		*run++
		return *run >= s.length
	}
	errors := step(&s.errors, m.GreenErrors, s.phase.ErrorLimit)
	slow := step(&s.slow, m.GreenSlow, s.phase.SlowLimit)
	if errors || slow {
		return Rollback
	}
	return Continue
}

func (s *streak) End() Verdict { return Promote }

// flagger follows fluxcd/flagger:
//
//   - every interval (1 m) all metrics are checked over the last minute, and
//     one failing check is one failed check, whichever metric it was
//     (pkg/controller/scheduler_metrics.go);
//   - the count of failed checks is never taken back by a good one, nor by a
//     rise of the weight; only a new revision resets it
//     (pkg/controller/scheduler.go, advanceCanary);
//   - the roll back follows at the start of the run after the one that reached
//     the threshold (the same function);
//   - no value, and 0/0, are "no values found", which is a failed check
//     (scheduler_metrics.go; pkg/metrics/providers/prometheus.go).
//
// The threshold's default is 1 (pkg/apis/flagger/v1beta1/canary.go); the
// examples in docs use 5 and 10 equally often. Weights are held for
// hours by the gate confirm-traffic-increase, during which checks go on. Slow
// requests are a metric template, as the built-in one compares a latency.
type flagger struct {
	threshold, failed int
	phase             Phase
}

func (f *flagger) NextPhase(p Phase) { f.phase = p }

func (f *flagger) Minute(m Minute) Verdict {
	if f.failed >= f.threshold {
		return Rollback
	}
	if !f.check(m) {
		f.failed++
	}
	return Continue
}

func (f *flagger) check(m Minute) bool {
	if m.Missing || m.GreenRequests == 0 {
		return false
	}
	errors, _ := share(m.GreenErrors, m.GreenRequests)
	slow, _ := share(m.GreenSlow, m.GreenRequests)
	return errors <= f.phase.ErrorLimit && slow <= f.phase.SlowLimit
}

// End promotes unless the next run would roll back. A failed last check delays
// the next weight until a check passes; that wait is left out.
func (f *flagger) End() Verdict {
	if f.failed >= f.threshold {
		return Rollback
	}
	return Promote
}
