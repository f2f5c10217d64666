package sim

import (
	"math"
	"time"
)

// hide notes when CloudWatch will have the points of a minute. Faults on both
// sides take the gauges with them.
func (w *World) hide(m *minute, from time.Duration, share float64) {
	for i := range w.effects {
		e := &w.effects[i]
		missing, late := e.fault.Metrics == "missing", e.fault.Metrics == "late"
		if !missing && !late || !e.on(from+30*time.Second, share) {
			continue
		}
		comes := forEver
		if late {
			comes = e.ends()
		}
		if e.green() {
			m.greenFrom = max(m.greenFrom, comes)
		}
		if e.blue() {
			m.blueFrom = max(m.blueFrom, comes)
		}
		if e.green() && e.blue() {
			m.allFrom = max(m.allFrom, comes)
		}
	}
}

// Metrics returns what CloudWatch answers now for the finished minutes with
// from <= Start < to, oldest first; the slice is the caller's. Minutes before
// [World.Start] are in [World.Baseline] only. The newest two minutes are not
// complete, and points that are late come with a later call. The error is
// [ErrThrottled] or nil.
func (w *World) Metrics(from, to time.Time) ([]Minute, error) {
	if w.throttled(func(f *Fault) bool { return f.Metrics == "throttled" }) {
		return nil, ErrThrottled
	}
	first := max(0, minuteUp(from.Sub(w.start)))
	last := min(len(w.minutes), minuteUp(to.Sub(w.start)))
	if first >= last {
		return nil, nil
	}
	minutes := make([]Minute, 0, last-first)
	for k := first; k < last; k++ {
		minutes = append(minutes, w.known(k))
	}
	return minutes, nil
}

// minuteUp is the index of the first minute that starts at or after a moment.
func minuteUp(at time.Duration) int {
	k := int(at / time.Minute)
	if time.Duration(k)*time.Minute < at {
		k++
	}
	return k
}

// known is what CloudWatch has of a minute now.
func (w *World) known(k int) Minute {
	m := &w.minutes[k]
	known := m.Minute
	age := int((w.now - time.Duration(k+1)*time.Minute) / time.Minute)
	if age < len(m.seen) {
		known.Green = part(known.Green, m.seen[age])
		known.Blue = part(known.Blue, m.seen[age])
	}
	if w.now < m.greenFrom {
		known.Green = Counts{}
	}
	if w.now < m.blueFrom {
		known.Blue = Counts{}
	}
	if w.now < m.allFrom {
		gone := math.NaN()
		known.Connections, known.DatabaseCPU, known.CacheMemory, known.CostPerMillion = gone, gone, gone, gone
	}
	return known
}

// part is what has arrived of a side's counts: less than there is of each.
func part(c Counts, share float64) Counts {
	of := func(n int64) int64 { return int64(float64(n) * share) }
	known := Counts{
		Requests: of(c.Requests), Errors: of(c.Errors), Slow: of(c.Slow), Rejected: of(c.Rejected),
		ColdStarts: of(c.ColdStarts), SlowColdStarts: of(c.SlowColdStarts), Invocations: of(c.Invocations), Throttles: of(c.Throttles),
	}
	if known.Requests == 0 {
		return Counts{}
	}
	known.Present = true
	return known
}

// GreenHealthy says whether green's Route 53 health check is healthy now. It
// is calculated from its endpoint, the native alarm on 5xx and the verdict.
func (w *World) GreenHealthy() bool {
	live := w.dns.at(w.now)
	live.endpointDown = w.endpointSeenDown(w.now)
	return live.healthy()
}

// endpointSeenDown says whether the health check has seen green's endpoint fail.
func (w *World) endpointSeenDown(now time.Duration) bool {
	return w.any(now-checkDelay, func(f *Fault) bool { return f.Endpoint == "down" && f.Side != "blue" })
}

// any says whether a fault that wanted accepts is there at a moment.
func (w *World) any(at time.Duration, wanted func(*Fault) bool) bool {
	for i := range w.effects {
		if e := &w.effects[i]; wanted(&e.fault) && e.on(at, w.dns.share()) {
			return true
		}
	}
	return false
}

// throttled says whether this call is refused: two of three are while such a
// fault is there.
func (w *World) throttled(wanted func(*Fault) bool) bool {
	return w.any(w.now, wanted) && w.random.of(controlPlane, w.call()).IntN(3) < 2
}

// call numbers the calls that need luck of their own.
func (w *World) call() int {
	w.calls++
	return w.calls
}

// ProbeBlue sends n GETs to blue's own name, on a route that touches the
// stores, and returns how many failed. It works whatever the weights are. The
// error is always nil so far: a probe that cannot be sent is no fault yet.
func (w *World) ProbeBlue(n int) (failed int, err error) {
	var a added
	for i := range w.effects {
		if e := &w.effects[i]; e.blue() {
			a.add(&e.fault, e.size(w.now, w.dns.share()))
		}
	}
	all, _ := w.bad(w.random.of(probing, w.call()), int64(n), w.scenario.Blue.Errors.Fraction(), a.errors)
	return int(all), nil
}

// StoreError returns [ErrStore] while the store of the rollout's state is
// down, else nil.
func (w *World) StoreError() error {
	if w.any(w.now, func(f *Fault) bool { return f.Store == "down" }) {
		return ErrStore
	}
	return nil
}

// TickerAlive says whether ticker i, counted from 0, runs now.
func (w *World) TickerAlive(i int) bool {
	if i < 0 || i >= w.scenario.Tickers {
		return false
	}
	return !w.any(w.now, func(f *Fault) bool { return f.Watcher == "lost" && f.concerns(i) })
}

// Delay returns how long ticker i stalls in this tick between its claim and
// its effect; 0 if it does not.
func (w *World) Delay(i int) time.Duration {
	var longest time.Duration
	for j := range w.effects {
		e := &w.effects[j]
		if f := &e.fault; f.Delay != nil && f.concerns(i) && e.on(w.now, w.dns.share()) {
			longest = max(longest, f.Delay.Std())
		}
	}
	return longest
}

// concerns says whether the fault speaks of ticker i.
func (f *Fault) concerns(i int) bool { return f.Ticker == nil || *f.Ticker == i }
