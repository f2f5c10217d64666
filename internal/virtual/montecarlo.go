package virtual

import (
	"context"
	"math"
	"runtime"
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/cutover-dev/cutover/internal/rollout"
	"github.com/cutover-dev/cutover/internal/sim"
)

// Summary is what many runs of one scenario come to: the JSON result of
// cutover rehearse.
type Summary struct {
	Scenario string `json:"scenario"`
	Says     string `json:"says"`
	Seed     uint64 `json:"seed"`
	Runs     int    `json:"runs"`
	// Promotions are runs that got through all phases, Rollbacks those that
	// fell back, Holds those that ended waiting for a person.
	Promotions int `json:"promotions"`
	Rollbacks  int `json:"rollbacks"`
	Holds      int `json:"holds"`
	// AsExpected counts the runs that ended as the scenario says they should.
	AsExpected int     `json:"as_expected"`
	Expected   Outcome `json:"expected" jsonschema:"enum=complete,enum=rolled_back,enum=held"`
	// RollbackShare with its 95% interval.
	RollbackShare Interval `json:"rollback_share"`
	// MedianDetectionMinutes from the first fault on until the rollout fell
	// back, or was held; null when nothing was detected.
	MedianDetectionMinutes *float64 `json:"median_detection_minutes" jsonschema:"nullable"`
	// DetectionMinutes is the 95% interval of that median.
	DetectionMinutes *Interval `json:"detection_minutes" jsonschema:"nullable"`
	// RequestsHarmedMedian are requests that green answered badly because of
	// a fault.
	RequestsHarmedMedian int64 `json:"requests_harmed_median"`
	RequestsHarmedMost   int64 `json:"requests_harmed_most"`
	// VirtualHours of all runs together; WallSeconds that they took.
	VirtualHours float64 `json:"virtual_hours"`
	WallSeconds  float64 `json:"wall_seconds"`
	// Events of the run, when it was one.
	Events []TimedEvent `json:"events,omitempty"`
}

// Interval is a value with its 95% confidence interval.
type Interval struct {
	Value float64 `json:"value"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
}

// TimedEvent is an event with its time since the cutover's start.
type TimedEvent struct {
	rollout.Event
	VirtualMinutes float64 `json:"virtual_minutes"`
}

// Many rehearses a scenario so many times, with the seeds that follow seed,
// on all processors. progress is told how many runs are done. It ends early,
// with ctx's error, when ctx does. The wall time is the caller's to fill in.
func Many(ctx context.Context, p rollout.Policy, s sim.Scenario, seed uint64, runs int, progress func(done int)) (Summary, error) {
	results := make([]brief, runs)
	var done atomic.Int64
	group, running := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, its := 0, seed; i < runs && running.Err() == nil; i, its = i+1, its+1 {
		group.Go(func() error {
			results[i] = briefly(Rehearse(running, p, s, its, false))
			progress(int(done.Add(1)))
			return running.Err() // a run that was ended early is none
		})
	}
	if err := group.Wait(); err != nil {
		return Summary{}, err
	}
	return summarise(s, seed, results), ctx.Err()
}

// One summarises a single run that is at hand.
func One(r Run, seed uint64) Summary {
	sum := summarise(r.Scenario, seed, []brief{briefly(r)})
	for _, e := range r.Events {
		sum.Events = append(sum.Events, TimedEvent{e, e.At.Sub(r.Started).Minutes()})
	}
	return sum
}

// brief is what of a run is counted.
type brief struct {
	outcome  Outcome
	detected float64 // minutes; NaN when it was not
	harmed   int64
	took     time.Duration
}

func briefly(r Run) brief {
	b := brief{outcome: r.Outcome(), detected: math.NaN(), harmed: r.Truth.Harmed, took: r.Ended.Sub(r.Started)}
	if after, ok := r.Detected(); ok {
		b.detected = after.Minutes()
	}
	return b
}

func summarise(s sim.Scenario, seed uint64, results []brief) Summary {
	sum := Summary{Scenario: s.Name, Says: s.Says, Seed: seed, Runs: len(results), Expected: Outcome(s.Expect.Outcome)}
	var detected []float64
	var harmed []int64
	for _, b := range results {
		switch b.outcome {
		case Complete:
			sum.Promotions++
		case RolledBack:
			sum.Rollbacks++
		case Held:
			sum.Holds++
		}
		if b.outcome == sum.Expected {
			sum.AsExpected++
		}
		if !math.IsNaN(b.detected) {
			detected = append(detected, b.detected)
		}
		harmed = append(harmed, b.harmed)
		sum.VirtualHours += b.took.Hours()
	}
	sum.RollbackShare = wilson(sum.Rollbacks, sum.Runs)
	if len(detected) > 0 {
		m := median(detected)
		sum.MedianDetectionMinutes, sum.DetectionMinutes = &m.Value, &m
	}
	slices.Sort(harmed)
	sum.RequestsHarmedMedian, sum.RequestsHarmedMost = harmed[len(harmed)/2], harmed[len(harmed)-1]
	return sum
}

// deviations is the 97.5% point of the normal distribution.
const deviations = 1.959964

// wilson is the score interval of a share, which is sound at 0 of n too.
func wilson(k, n int) Interval {
	p, m, z := float64(k)/float64(n), float64(n), deviations
	middle := (p + z*z/(2*m)) / (1 + z*z/m)
	half := z / (1 + z*z/m) * math.Sqrt(p*(1-p)/m+z*z/(4*m*m))
	i := Interval{p, max(middle-half, 0), min(middle+half, 1)}
	if k == 0 {
		i.Low = 0 // exactly, whatever the rounding
	}
	if k == n {
		i.High = 1
	}
	return i
}

// median with the interval that its order statistics give.
func median(values []float64) Interval {
	slices.Sort(values)
	n := float64(len(values))
	half := deviations * math.Sqrt(n) / 2
	at := func(i float64) float64 { return values[min(max(int(i), 0), len(values)-1)] }
	return Interval{at(n / 2), at(math.Floor(n/2 - half)), at(math.Ceil(n/2 + half))}
}
