package main

// argo follows the background analysis of argoproj/argo-rollouts:
//
//   - one AnalysisRun lasts through all weights, without a count, measuring
//     every interval (1m); ended with the rollout, it is successful
//     (docs/features/analysis.md; analysis/analysis.go, assessMetricStatus);
//   - each metric has counters of its own, and fails when its failed
//     measurements, in total and not in a row, exceed failureLimit
//     (analysis/analysis.go, assessMetricFailureInconclusiveOrError), so a
//     limit of 3 is broken by the fourth; the default is 0;
//   - an empty result makes result[0] an error, and errors are counted in a
//     row against consecutiveErrorLimit, 4 by default
//     (utils/defaults/defaults.go). They are retried after 10 s and not after
//     the interval (analysis/analysis.go, DefaultErrorRetryInterval), so the
//     fifth comes within the first minute without data;
//   - 0/0 is NaN, which does not satisfy successCondition: a failure
//     (utils/evaluate/evaluate.go);
//   - failed and errored runs both abort the rollout (rollout/analysis.go).
//
// inconclusiveLimit plays no part: with a success condition alone no
// measurement is inconclusive.
type argo struct {
	failureLimit int
	phase        Phase
	errors, slow argoMetric
}

// newArgo has failureLimit 3, as all examples in docs/features/analysis.md.
func newArgo() Judge { return &argo{failureLimit: 3} }

const (
	argoConsecutiveErrorLimit = 4
	argoRetriesAMinute        = 6
)

// argoMetric is one metric's counters.
type argoMetric struct{ failed, consecutiveErrors int }

func (a *argo) NextPhase(p Phase) { a.phase = p }

func (a *argo) Minute(m Minute) Verdict {
	errors := a.measure(&a.errors, m, m.GreenErrors, a.phase.ErrorLimit)
	slow := a.measure(&a.slow, m, m.GreenSlow, a.phase.SlowLimit)
	if errors || slow {
		return Rollback
	}
	return Continue
}

// measure says whether the metric has failed or errored the run.
func (a *argo) measure(c *argoMetric, m Minute, bad int64, limit float64) bool {
	if m.Missing {
		c.consecutiveErrors += argoRetriesAMinute
		return c.consecutiveErrors > argoConsecutiveErrorLimit
	}
	c.consecutiveErrors = 0
	if v, number := share(bad, m.GreenRequests); !number || v > limit {
		c.failed++
	}
	return c.failed > a.failureLimit
}

func (a *argo) End() Verdict { return Promote }
