// Package judge says what the figures of a phase mean: which objectives are
// proved, which are broken and by whose fault, which guards are up. It is fed
// one minute at a time, keeps a bounded ledger of evidence, and knows neither
// weights nor phases; what follows from a judgement is decided in rollout.
package judge

import (
	"math"
	"time"
)

// Counts are the requests of one side in one minute.
type Counts struct {
	// Present says that the side reported at all. A missing minute is
	// missing, never zero.
	Present bool `json:"present"`
	// Requests in all; of them Errors ended with a 5xx status, Slow took
	// longer than the latency objective allows, Rejected were answered with
	// 401, 403, 404, 413 or 429.
	Requests, Errors, Slow, Rejected int64
	// Invocations of Lambda; of them ColdStarts began a new environment, of
	// those SlowColdStarts too slowly. Throttles were refused by AWS.
	Invocations, ColdStarts, SlowColdStarts, Throttles int64
}

// Gauges are the levels of what both sides share, as shares of their maximum
// from 0 to 1, and the cost of a million requests in dollars. NaN is missing.
type Gauges struct {
	Connections, DatabaseCPU, CacheMemory, CostPerMillion float64
}

// NoGauges has no level at all.
func NoGauges() Gauges {
	return Gauges{math.NaN(), math.NaN(), math.NaN(), math.NaN()}
}

// Minute is what was measured from Start on for one minute.
type Minute struct {
	Start       time.Time
	Green, Blue Counts
	Gauges      Gauges
}

// End is when the minute was over.
func (m Minute) End() time.Time { return m.Start.Add(time.Minute) }

// sound bounds what metrics can say wrongly: interpolated counts of slow
// requests may exceed all requests or fall below zero, and a side without a
// request tells nothing.
func (c Counts) sound() Counts {
	within := func(n, most int64) int64 { return min(max(n, 0), most) }
	c.Requests, c.Invocations = max(c.Requests, 0), max(c.Invocations, 0)
	c.Errors, c.Slow, c.Rejected = within(c.Errors, c.Requests), within(c.Slow, c.Requests), within(c.Rejected, c.Requests)
	c.ColdStarts, c.Throttles = within(c.ColdStarts, c.Invocations), max(c.Throttles, 0)
	c.SlowColdStarts = within(c.SlowColdStarts, c.ColdStarts)
	c.Present = c.Present && c.Requests > 0
	return c
}
