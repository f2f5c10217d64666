package main

import (
	"math"
	"slices"
)

// kayenta follows NetflixACAJudge of spinnaker/kayenta, one canary analysis a
// phase:
//
//   - a judgement every interval over all minutes since the phase's start, as
//     without lookback (kayenta-standalone-canary-analysis, orca/stage/
//     SetupAndExecuteCanariesStage.java); an interval longer than the phase
//     is the phase. 60 minutes meet the advice of at least 50 points a
//     judgement (spinnaker.io/guides/user/canary/best-practices);
//   - a metric is High when the lower end of the 98% interval of its shift
//     exceeds a quarter of the shift's estimate, and its mean is not lower
//     than the baseline's (kayenta-judge, NetflixACAJudge.scala and
//     classifiers/metric/MannWhitneyClassifier.scala). The direction is
//     "increase";
//   - NaN points are removed (nanStrategy remove, docs/canary-config.md). With
//     points on one side only a metric has no data, and no data in half of
//     the metrics or more fails the judgement (scorers/WeightedSumScorer.scala);
//   - the score is the weighted share of passing groups, here errors and
//     latency with 50 each. At or below marginal (75) the analysis ends in
//     failure (orca/task/MonitorCanaryTask.java); the last score must reach
//     pass (95) (orca/task/GenerateCanaryAnalysisResultTask.java).
//
// At a weight of 100% there is no baseline, so no canary stage is set up and
// nothing is judged. The baseline is blue as it is, where the best practice is
// a fresh one of the canary's size: only phases at 50% give it that.
type kayenta struct {
	phase        Phase
	interval     int
	seen         int
	errors, slow kayentaMetric
	last         float64
}

const (
	kayentaInterval   = 60
	kayentaConfidence = 0.98
	kayentaTolerance  = 0.25
	kayentaMarginal   = 75
	kayentaPass       = 95
)

// kayentaMetric is the two sides' series in percent. The unit matters: the
// solver's tolerance is absolute.
type kayentaMetric struct{ experiment, control []float64 }

func newKayenta() Judge { return &kayenta{} }

func (k *kayenta) NextPhase(p Phase) {
	k.phase, k.seen, k.last = p, 0, 0
	k.interval = min(kayentaInterval, p.Minutes)
	for _, m := range []*kayentaMetric{&k.errors, &k.slow} {
		m.experiment, m.control = m.experiment[:0], m.control[:0]
	}
}

// blind says that there is nothing to compare with.
func (k *kayenta) blind() bool { return k.phase.Weight >= 1 }

func (k *kayenta) Minute(m Minute) Verdict {
	if k.blind() {
		return Continue
	}
	k.seen++
	if !m.Missing && m.GreenRequests > 0 {
		k.errors.experiment = append(k.errors.experiment, 100*float64(m.GreenErrors)/float64(m.GreenRequests))
		k.slow.experiment = append(k.slow.experiment, 100*float64(m.GreenSlow)/float64(m.GreenRequests))
	}
	if m.BlueRequests > 0 {
		k.errors.control = append(k.errors.control, 100*float64(m.BlueErrors)/float64(m.BlueRequests))
		k.slow.control = append(k.slow.control, 100*float64(m.BlueSlow)/float64(m.BlueRequests))
	}
	if k.seen%k.interval != 0 {
		return Continue
	}
	if k.last = k.score(); k.last <= kayentaMarginal {
		return Rollback
	}
	return Continue
}

// End promotes on the last judgement's score. A score below pass fails the
// pipeline's stage, which rolls back.
func (k *kayenta) End() Verdict {
	if k.blind() || k.last >= kayentaPass {
		return Promote
	}
	return Rollback
}

func (k *kayenta) score() float64 {
	score := 0.0
	for _, m := range []*kayentaMetric{&k.errors, &k.slow} {
		switch m.classify() {
		case noData:
			return 0 // one of two metrics is half of them
		case pass:
			score += 50
		case high:
		}
	}
	return score
}

// label is a metric's classification.
type label int

const (
	pass label = iota
	high
	noData
)

func (m *kayentaMetric) classify() label {
	if len(m.experiment) == 0 || len(m.control) == 0 {
		return noData
	}
	x, y := slices.Sorted(slices.Values(m.experiment)), slices.Sorted(slices.Values(m.control))
	if slices.Equal(x, y) || (x[0] == y[0] && constant(x) && constant(y)) {
		return pass
	}
	if constant(x) && constant(y) {
		jitter(x)
		jitter(y)
	}
	lower, estimate, ok := shift(x, y, kayentaConfidence)
	if !ok {
		return pass // the classifier's error counts neither way
	}
	ratio := mean(x) / mean(y) // NaN or infinite without errors on a side: then it is not looked at
	if lower > kayentaTolerance*math.Abs(estimate) && (mean(x) == 0 || mean(y) == 0 || ratio >= 1) {
		return high
	}
	return pass
}

func constant(sorted []float64) bool { return sorted[0] == sorted[len(sorted)-1] }

// jitter stands for the Gaussian noise of a hundred-thousandth that two
// constant series get, at fixed quantiles so that runs stay reproducible.
func jitter(sorted []float64) {
	for i := range sorted {
		u := (float64(i) + 0.5) / float64(len(sorted))
		sorted[i] *= 1 + 1e-5*math.Sqrt2*math.Erfinv(2*u-1)
	}
}

func mean(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	return sum / float64(len(values))
}
