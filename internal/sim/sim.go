// Package sim is a simulated world to rehearse a cutover in: an application
// that answers on two sides, blue (ECS) and green (Lambda), the Route 53
// records between them, CloudWatch as it answers while points still come in,
// and people who give orders. Time is virtual; a day passes in milliseconds.
//
// The world imports nothing of what it judges and has words of its own, so
// that a mistake in the rollout cannot hide in its referee. It is a function
// of its scenario, its seed and the calls made on it: the same three give the
// same world, bit for bit. Every minute and purpose has its own random
// numbers, so that what a policy does changes nothing that it has no hand in.
//
// A [World] is for one goroutine.
package sim

import (
	"math"
	"time"
)

// Counts are the requests of one side in one minute.
type Counts struct {
	// Present is false where CloudWatch has no data point; everything else is
	// then 0. A side without requests has none.
	Present  bool
	Requests int64
	Errors   int64 // answered with 5xx; throttled requests among them
	Slow     int64 // slower than the objective's limit; slow cold starts among them
	Rejected int64 // answered with 4xx; none of them is in Errors

	// Green only; 0 on blue.
	ColdStarts     int64 // of Invocations
	SlowColdStarts int64 // of ColdStarts
	Invocations    int64 // Requests less Throttles
	Throttles      int64 // of Requests
}

// Minute is what the metrics say of one minute. A gauge that is missing is NaN.
type Minute struct {
	Start          time.Time
	Green, Blue    Counts
	Connections    float64 // of the database, as a share of the most allowed, 0 to 1
	DatabaseCPU    float64 // share, 0 to 1
	CacheMemory    float64 // share of the cache's memory, 0 to 1
	CostPerMillion float64 // US dollars for a million requests on green
}

// Order is something that a person asks of the rollout.
type Order struct {
	At     time.Time
	Kind   string // approve, promote, pause, resume or rollback
	By     string
	Reason string
}

// Share is where clients were at one moment.
type Share struct {
	At    time.Time
	Green float64 // share of the requests, 0 to 1
}

// Truth is what really happened. It is for scoring; nothing that is judged
// may see it.
type Truth struct {
	FaultBegan    *time.Time // first moment of any fault, also of one that hurt no request; nil if none
	FaultStarted  *time.Time // first moment of a fault that hurt requests on green while green had some; nil if none
	Harmed        int64      // requests that green answered badly because of a fault
	Requests      int64      // since Start, both sides
	GreenRequests int64      // of Requests
	Shares        []Share    // delivered share, one entry a finished minute, at its end; not to be changed
}

// World is one simulated cutover's surroundings. Make it with [New].
type World struct {
	scenario Scenario
	start    time.Time
	seed     uint64
	random   *stream

	now     time.Duration // since start
	minutes []minute      // finished, since start
	effects []effect
	orders  []pendingOrder

	dns   dns
	alarm alarm
	calls int // that drew a random number; each has its own

	truth Truth
}

// New makes the world of a scenario. The same seed gives the same world.
func New(s Scenario, seed uint64) *World {
	w := &World{scenario: s, start: s.startTime(), seed: seed, random: newStream(seed)}
	w.effects = compile(s.Faults)
	w.orders = pendingOrders(s.Orders)
	w.dns = newDNS(s.DNS)
	n := int(s.Lasts.Std()/time.Minute) + 1
	w.minutes = make([]minute, 0, n)
	w.truth.Shares = make([]Share, 0, n)
	return w
}

// Start returns the virtual time at which the cutover may begin.
func (w *World) Start() time.Time { return w.start }

// Now returns the virtual time.
func (w *World) Now() time.Time { return w.start.Add(w.now) }

// Advance lets time pass; traffic comes into being as its minutes end. A d
// below zero does nothing.
func (w *World) Advance(d time.Duration) {
	target := w.now + max(d, 0)
	for end := w.minuteEnd(); end <= target; end = w.minuteEnd() {
		w.now = end
		w.finishMinute(len(w.minutes))
	}
	w.now = target
}

// minuteEnd is when the minute that is under way ends.
func (w *World) minuteEnd() time.Duration {
	return time.Duration(len(w.minutes)+1) * time.Minute
}

// Truth returns what has happened up to the last finished minute.
func (w *World) Truth() Truth {
	t := w.truth
	t.Shares = t.Shares[:len(t.Shares):len(t.Shares)]
	return t
}

// clamp keeps a share within 0 and 1.
func clamp(x float64) float64 { return math.Min(1, math.Max(0, x)) }
