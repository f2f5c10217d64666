package sim

import (
	"math"
	"math/rand/v2"
	"time"
)

// minute is what happened in one, and when CloudWatch knows of it.
type minute struct {
	Minute
	seen                         [2]float64    // share that the metrics have at first, and a minute later
	greenFrom, blueFrom, allFrom time.Duration // when points come at all; allFrom: gauges
}

// finishMinute brings the k-th minute's traffic into being.
func (w *World) finishMinute(k int) {
	from, end := time.Duration(k)*time.Minute, time.Duration(k+1)*time.Minute
	w.dns.live.endpointDown = w.endpointSeenDown(from)
	share := w.dns.deliver(from, end)
	p := w.pressureIn(from, share)
	var harmed int64
	m := minute{}
	m.Start = w.start.Add(from)
	total := poisson(w.random.of(arrivals, k), w.expected(from)*p.traffic)
	onGreen := binomial(w.random.of(splitting, k), total, share)
	m.Green, harmed = w.answerGreen(w.random.of(greenAnswers, k), onGreen, p.green)
	m.Blue = w.answerBlue(w.random.of(blueAnswers, k), total-onGreen, p.blue)
	w.fillGauges(w.random.of(gauges, k), &m.Minute, p)
	r := w.random.of(arriving, k)
	m.seen = [2]float64{0.3 + 0.5*r.Float64(), 0.85 + 0.14*r.Float64()}
	w.hide(&m, from, share)
	w.minutes = append(w.minutes, m)

	if m.greenFrom == 0 && w.alarm.look(m.Green) {
		w.dns.plan(change{at: end + alarmLatency, kind: alarmChange, healthy: !w.alarm.ringing})
	}
	w.record(k, p, harmed)
}

// record keeps the truth about a finished minute.
func (w *World) record(k int, p pressure, harmed int64) {
	m, t := &w.minutes[k], &w.truth
	t.Harmed += harmed
	t.Requests += m.Green.Requests + m.Blue.Requests
	t.GreenRequests += m.Green.Requests
	t.Shares = append(t.Shares, Share{At: m.Start.Add(time.Minute), Green: w.dns.share()})
	if t.FaultBegan == nil && p.began != never {
		at := w.start.Add(p.began)
		t.FaultBegan = &at
	}
	if t.FaultStarted == nil && p.hurting != never && m.Green.Requests > 0 {
		at := w.start.Add(p.hurting)
		t.FaultStarted = &at
	}
}

// expected is the mean number of requests in the minute that starts at from.
func (w *World) expected(from time.Duration) float64 {
	middle := w.start.Add(from + 30*time.Second)
	hour := float64(middle.Hour()) + float64(middle.Minute())/60
	t := &w.scenario.Traffic
	return float64(t.PerMinute) * (1 + t.Amplitude.Fraction()*math.Cos((hour-float64(t.PeakHour))*math.Pi/12))
}

// bad draws one kind of bad answer: how many of n, and how many of those are
// the fault's doing.
func (w *World) bad(r *rand.Rand, n int64, well, added float64) (all, harmed int64) {
	added = min(added, 1-well)
	all = clumped(r, n, well+added, w.scenario.Correlation.Fraction())
	if added > 0 {
		harmed = binomial(r, all, added/(well+added))
	}
	return all, harmed
}

// answerBlue draws blue's answers to n requests.
func (w *World) answerBlue(r *rand.Rand, n int64, a added) Counts {
	c := Counts{Present: n > 0, Requests: n}
	rates := &w.scenario.Blue
	errors := rates.Errors.Fraction() + a.errors
	c.Errors, _ = w.bad(r, n, rates.Errors.Fraction(), a.errors)
	c.Rejected, _ = w.bad(r, n-c.Errors, among(rates.Rejected.Fraction(), errors), among(a.rejected, errors))
	c.Slow, _ = w.bad(r, n, rates.Slow.Fraction(), a.slow)
	return c
}

// answerGreen draws green's answers to n requests, and how many were bad
// because of a fault. A request that is bad in two ways is harmed once.
func (w *World) answerGreen(r *rand.Rand, n int64, a added) (c Counts, harmed int64) {
	if n == 0 {
		return c, 0
	}
	rates, cold := &w.scenario.Green, &w.scenario.ColdStarts
	c = Counts{Present: true, Requests: n}
	c.Throttles, harmed = w.bad(r, n, 0, a.throttles)
	c.Invocations = n - c.Throttles

	errors, failed := w.bad(r, c.Invocations, rates.Errors.Fraction(), a.errors)
	e := rates.Errors.Fraction() + a.errors
	rejected, turnedAway := w.bad(r, c.Invocations-errors, among(rates.Rejected.Fraction(), e), among(a.rejected, e))
	c.Errors, c.Rejected = c.Throttles+errors, rejected

	starts, slowStarts := cold.Share.Fraction(), cold.Slow.Fraction()
	c.ColdStarts = binomial(r, c.Invocations, starts+a.coldStarts)
	c.SlowColdStarts = binomial(r, c.ColdStarts, slowStarts+a.slowColdStarts)
	slow, delayed := w.bad(r, c.Invocations-c.SlowColdStarts, rates.Slow.Fraction(), a.slow)
	c.Slow = c.SlowColdStarts + slow
	if a.coldStarts+a.slowColdStarts > 0 {
		all := (starts + a.coldStarts) * (slowStarts + a.slowColdStarts)
		delayed += binomial(r, c.SlowColdStarts, 1-starts*slowStarts/all)
	}
	if harmed += failed + turnedAway; delayed > 0 {
		answered := float64(errors+rejected) / float64(c.Invocations)
		harmed += binomial(r, delayed, 1-answered) // the others are in failed and turnedAway, or bad anyway
	}
	return c, min(harmed, n)
}

// among turns a share of all requests into one of those without errors.
func among(share, errors float64) float64 {
	if errors >= 1 {
		return 0
	}
	return min(1, share/(1-errors))
}

// fillGauges draws the levels of the shared stores, which waver by a point or so.
func (w *World) fillGauges(r *rand.Rand, m *Minute, p pressure) {
	const waver, costWaver = 0.01, 0.02
	g := &w.scenario.Gauges
	m.Connections = clamp(g.Connections.Fraction() + p.connections + waver*r.NormFloat64())
	m.DatabaseCPU = clamp(g.CPU.Fraction() + p.cpu + waver*r.NormFloat64())
	m.CacheMemory = clamp(g.Memory.Fraction() + p.memory + waver*r.NormFloat64())
	m.CostPerMillion = max(0, (g.Cost.Dollars()+p.cost)*(1+costWaver*r.NormFloat64()))
}

// Baseline returns the scenario's history before [World.Start]: both sides
// under the whole load of the day at the same time, without faults, complete.
func (w *World) Baseline() []Minute {
	n := int(w.scenario.Baseline.Std() / time.Minute)
	minutes := make([]Minute, n)
	for i := range minutes {
		from := time.Duration(i-n) * time.Minute
		mean, m := w.expected(from), &minutes[i]
		m.Start = w.start.Add(from)
		r := w.random.of(history, i)
		m.Blue = w.answerBlue(r, poisson(r, mean), added{})
		m.Green, _ = w.answerGreen(r, poisson(r, mean), added{})
		w.fillGauges(r, m, pressure{})
	}
	return minutes
}
