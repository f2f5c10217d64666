package main

// Minute is what a judge sees of one complete minute of one phase.
type Minute struct {
	// N counts the phase's minutes from 0.
	N                                     int
	GreenRequests, GreenErrors, GreenSlow int64
	BlueRequests, BlueErrors, BlueSlow    int64
	// Missing says that green's metrics have no data point here.
	Missing bool
}

// Phase is a time at one weight, with the limits that hold in it.
type Phase struct {
	Minutes int
	// ErrorLimit and SlowLimit are shares of requests: 0.01 is 1%.
	ErrorLimit, SlowLimit float64
	// Weight is green's share of traffic, up to 1.
	Weight float64
}

// Verdict is what a judge says of a minute or of a phase.
type Verdict int

// The verdicts. Hold freezes promotion and keeps watching; at a phase's end a
// person is assumed to wave the release on, so that no rule looks harmless
// because it never got further than the first phase.
const (
	Continue Verdict = iota
	Rollback
	Hold
	Promote
)

// Judge judges one run of one cutover. A new one is made a run; NextPhase is
// called before each phase's first minute, the first phase's too.
type Judge interface {
	NextPhase(Phase)
	Minute(Minute) Verdict
	// End is asked after the phase's last minute: Promote, Hold or Rollback.
	End() Verdict
}

// Reporter is a judge that can say "green is worse, but inside the limit"
// without stopping the release.
type Reporter interface{ Reported() bool }

// Baseliner is a judge that wants to see healthy minutes of both sides before
// the start, as many as baselineMinutes; the others have no use for them.
type Baseliner interface{ Baseline([]Minute) }

// Peer is a rule under comparison.
type Peer struct {
	Name string
	New  func() Judge
}

// share of bad among all; false when there was nothing to divide by.
func share(bad, all int64) (float64, bool) {
	if all <= 0 {
		return 0, false
	}
	return float64(bad) / float64(all), true
}
