package story_test

import (
	"math"
	"time"

	"github.com/cutover-dev/cutover/internal/rollout"
	"github.com/cutover-dev/cutover/internal/rollout/judge"
	"github.com/cutover-dev/cutover/internal/rollout/story"
	"github.com/cutover-dev/cutover/internal/unit"
)

// night is when the cutovers told here begin.
var night = time.Date(2026, 3, 1, 1, 0, 0, 0, time.UTC)

func nightly(minutes int) time.Time { return night.Add(time.Duration(minutes) * time.Minute) }

const tenth = unit.Full / 10

// toldPolicy has two phases of half an hour.
func toldPolicy() rollout.Policy {
	phase := func(weight unit.Percent) rollout.Phase {
		return rollout.Phase{Weight: weight, Hold: unit.Duration(30 * time.Minute), Approval: "none"}
	}
	return rollout.Policy{
		Phases: []rollout.Phase{phase(tenth), phase(unit.Full)},
		Rules:  judge.Rules{Objectives: judge.Limits(0.01, 0.05), Alpha: 0.01, Beta: 0.05, Agreement: 3, Tests: 2},
		When:   rollout.Policies{Fail: "rollback", Worse: "hold", SharedFault: "hold", Inconclusive: "hold", MissingData: "hold"},

		DecisionTime: 10 * time.Minute, RollbackBudget: 5 * time.Minute, TTL: time.Minute,
	}
}

// toldSamples are minutes of 1,000 requests under a weight; from the minute
// ill on green errs at 5% and the evidence doubles twice a minute.
func toldSamples(from, to, ill int, weight unit.Percent) []rollout.Sample {
	var all []rollout.Sample
	for m := from + 1; m <= to; m++ {
		green := int64(1000 * weight.Fraction())
		s := rollout.Sample{At: nightly(m), Weight: weight, Share: weight.Fraction(), Green: green, Blue: 1000 - green}
		errors, blue, broken := 0.002, 0.003, -0.01*float64(m-from)
		if m > ill {
			errors, broken = 0.05, 2*math.Ln2*float64(m-ill)
		}
		if s.Blue == 0 {
			blue = math.NaN()
		}
		s.Objectives = []rollout.Point{
			{Name: judge.ErrorRate, Green: errors, Blue: blue, Level: math.NaN(), Broken: broken, Threshold: math.Log(400), Worse: broken / 2, Proof: 0.3 * float64(m-from)},
			{Name: judge.Slow, Green: 0.02, Blue: blue, Level: math.NaN(), Broken: -0.01, Threshold: math.Log(400), Worse: 0, Proof: 0.4 * float64(m-from)},
		}
		all = append(all, s)
	}
	return all
}

// toldLedger has so many minutes of 100 requests to green in it.
func toldLedger(p rollout.Policy, minutes int, errors int64) *judge.Ledger {
	l := judge.Open(p.Rules, 1, 45, night, nil)
	for m := range minutes {
		side := judge.Counts{Present: true, Requests: 100, Errors: errors, Slow: 2}
		l.Take(p.Rules, judge.Minute{Start: nightly(m), Green: side, Blue: judge.Counts{Present: true, Requests: 900, Slow: 9}, Gauges: judge.NoGauges()}, true)
	}
	return &l
}

// toldLog numbers events.
func toldLog(events ...rollout.Event) []rollout.Event {
	for i := range events {
		events[i].Sequence = i + 1
	}
	return events
}

func toldStart() []rollout.Event {
	return []rollout.Event{
		{At: nightly(0), Kind: rollout.Started, Phase: 1, Weight: tenth, Reason: "release 1.4", By: "robin"},
		{At: nightly(1), Kind: rollout.Shifted, Phase: 1, Weight: tenth, Reason: "the record gives green 10%"},
		{At: nightly(5), Kind: rollout.Settled, Phase: 1, Weight: tenth, Reason: "green gets 10% of the requests, 10% were planned; the phase's time begins"},
	}
}

func promotedStory() story.Story {
	p := toldPolicy()
	return story.Story{
		Title: "LEGO-API production", Says: "Release 1.4.", Policy: p, Now: nightly(70), Facts: [][2]string{{"watcher", "GitHub Actions"}},
		State:   rollout.State{Step: rollout.Soaking, Phase: 1, Attempt: 1, Weight: unit.Full, Clock: nightly(70), Risen: nightly(35), Settled: nightly(40), Ledger: toldLedger(p, 20, 0)},
		Samples: append(toldSamples(0, 35, 1000, tenth), toldSamples(35, 70, 1000, unit.Full)...),
		Events: toldLog(append(toldStart(),
			rollout.Event{At: nightly(35), Kind: rollout.Promoted, Phase: 2, Weight: unit.Full, Reason: "every objective is proved"},
			rollout.Event{At: nightly(40), Kind: rollout.Settled, Phase: 2, Weight: unit.Full, Reason: "green gets 100% of the requests, 100% were planned; the phase's time begins"},
			rollout.Event{At: nightly(70), Kind: rollout.Promoted, Phase: 2, Weight: unit.Full, Reason: "every objective is proved"},
			rollout.Event{At: nightly(70), Kind: rollout.Soaked, Phase: 2, Weight: unit.Full, Reason: "all phases are done"},
		)...),
	}
}

func rolledBackStory() story.Story {
	p := toldPolicy()
	reason := "error_rate has broken its limit of 1% since about 01:20 (evidence 1024, 400 needed); blue keeps the limit"
	return story.Story{
		Title: "LEGO-API production", Policy: p, Now: nightly(31), Trouble: []string{"the metrics: throttled, 3 times"},
		State: rollout.State{
			Step: rollout.RolledBack, Attempt: 2, Clock: nightly(31), Risen: nightly(0), Ledger: toldLedger(p, 20, 5),
			Rollback: &rollout.Rollback{Reason: reason, Attribution: judge.Green, From: tenth, Began: nightly(20), Decided: nightly(27), Shifted: nightly(28), Confirmed: nightly(30)},
		},
		Samples: append(toldSamples(0, 28, 20, tenth), toldSamples(28, 30, 0, 0)...),
		Events: toldLog(append(toldStart(),
			rollout.Event{At: nightly(27), Kind: rollout.FellBack, Phase: 1, Reason: reason, Attribution: judge.Green},
			rollout.Event{At: nightly(28), Kind: rollout.Shifted, Phase: 1, Reason: "the record gives blue everything"},
			rollout.Event{At: nightly(31), Kind: rollout.Confirmed, Phase: 1, Reason: "blue has 100% of the requests"},
		)...),
	}
}

func heldStory() story.Story {
	p := toldPolicy()
	reason := "error_rate: green is worse than blue, about 3 times (evidence 512, 400 needed)"
	return story.Story{
		Title: "LEGO-API production", Policy: p, Now: nightly(50),
		State: rollout.State{
			Step: rollout.Watching, Attempt: 1, Weight: tenth, Clock: nightly(50), Risen: nightly(0), Settled: nightly(5), Ledger: toldLedger(p, 20, 0),
			Hold: &rollout.Hold{Kind: rollout.HoldWorse, Since: nightly(30), Reason: reason},
		},
		// From the 40th minute to the 45th nothing was measured.
		Samples: append(toldSamples(0, 40, 1000, tenth), toldSamples(45, 48, 1000, tenth)...),
		Events: toldLog(append(toldStart(),
			rollout.Event{At: nightly(28), Kind: rollout.Held, Phase: 1, Weight: tenth, Reason: "missing_data: green has had no data since 01:17"},
			rollout.Event{At: nightly(30), Kind: rollout.Held, Phase: 1, Weight: tenth, Reason: "worse: " + reason},
			rollout.Event{At: nightly(33), Kind: rollout.Ordered, Phase: 1, Weight: tenth, Reason: "paused: I am looking at it", By: "robin"},
		)...),
	}
}
