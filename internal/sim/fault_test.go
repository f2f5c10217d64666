package sim_test

import (
	"errors"
	"math"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/sim"
)

// mean averages a figure over the minutes from first to last (not included).
func mean(minutes []sim.Minute, first, last int, figure func(sim.Minute) float64) float64 {
	var sum float64
	for _, m := range minutes[first:last] {
		sum += figure(m)
	}
	return sum / float64(last-first)
}

// Every kind of fault is seen in the metrics, on its side and at its time. All
// of them begin after an hour.
func TestFaultsShow(t *testing.T) {
	per := func(k func(sim.Counts) int64, n func(sim.Counts) int64, side func(sim.Minute) sim.Counts) func(sim.Minute) float64 {
		return func(m sim.Minute) float64 { return float64(k(side(m))) / float64(n(side(m))) }
	}
	green := func(m sim.Minute) sim.Counts { return m.Green }
	blue := func(m sim.Minute) sim.Counts { return m.Blue }
	requests := func(c sim.Counts) int64 { return c.Requests }
	errs := func(c sim.Counts) int64 { return c.Errors }
	slow := func(c sim.Counts) int64 { return c.Slow }
	for name, c := range map[string]struct {
		fault         string
		figure        func(sim.Minute) float64
		before, after float64
		hurts         bool
	}{
		"errors":             {"errors: 5%", per(errs, requests, green), 0.002, 0.052, true},
		"errors spare blue":  {"errors: 5%", per(errs, requests, blue), 0.002, 0.002, true},
		"errors of blue":     {"side: blue, errors: 5%", per(errs, requests, blue), 0.002, 0.052, false},
		"errors of both":     {"side: both, errors: 5%", per(errs, requests, blue), 0.002, 0.052, true},
		"slow":               {"slow: 20%", per(slow, requests, green), 0.02, 0.22, true},
		"rejected":           {"rejected: 80%", per(func(c sim.Counts) int64 { return c.Rejected }, requests, green), 0.015, 0.815, true},
		"throttles":          {"throttles: 10%", per(func(c sim.Counts) int64 { return c.Throttles }, requests, green), 0, 0.1, true},
		"throttles are 5xx":  {"throttles: 10%", per(errs, requests, green), 0.002, 0.102, true},
		"throttled not run":  {"throttles: 10%", per(func(c sim.Counts) int64 { return c.Invocations }, requests, green), 1, 0.9, true},
		"cold starts":        {"cold_starts: 30%", per(func(c sim.Counts) int64 { return c.ColdStarts }, requests, green), 0.005, 0.305, true},
		"slow cold starts":   {"cold_starts: 30%, slow_cold_starts: 40%", per(func(c sim.Counts) int64 { return c.SlowColdStarts }, requests, green), 0, 0.122, true},
		"cold is slow":       {"cold_starts: 30%, slow_cold_starts: 40%", per(slow, requests, green), 0.02, 0.14, true},
		"connections":        {"connections: 40%", func(m sim.Minute) float64 { return m.Connections }, 0.35, 0.75, false},
		"connections grow":   {"per_share: 40%", func(m sim.Minute) float64 { return m.Connections }, 0.35, 0.55, false},
		"connections end":    {"connections: 100%", func(m sim.Minute) float64 { return m.Connections }, 0.35, 1, false},
		"cpu":                {"cpu: 40%", func(m sim.Minute) float64 { return m.DatabaseCPU }, 0.3, 0.7, false},
		"memory":             {"memory: 40%", func(m sim.Minute) float64 { return m.CacheMemory }, 0.5, 0.9, false},
		"cost":               {"cost: $27", func(m sim.Minute) float64 { return m.CostPerMillion }, 9, 36, false},
		"traffic":            {"traffic: 3x", func(m sim.Minute) float64 { return float64(m.Blue.Requests+m.Green.Requests) / 1200 }, 1, 3, false},
		"endpoint":           {"for: 1 m, endpoint: down", per(errs, requests, green), 0.002, 0.002 + 1.0/56, true},
		"seven of ten":       {"errors: 10%, pattern: \"1111111000\"", per(errs, requests, green), 0.002, 0.072, true},
		"above a load":       {"errors: 10%, load: 40%", per(errs, requests, green), 0.002, 0.102, true},
		"below a load":       {"errors: 10%, load: 60%", per(errs, requests, green), 0.002, 0.002, false},
		"for half the time":  {"for: 28 m, errors: 10%", per(errs, requests, green), 0.002, 0.052, true},
		"slowly more":        {"ramp: 56 m, errors: 10%", per(errs, requests, green), 0.002, 0.052, true},
		"a part of a minute": {"for: 15 s, errors: 56%", per(errs, requests, green), 0.002, 0.0045, true},
	} {
		t.Run(name, func(t *testing.T) {
			w := world(t, "dns: {sticky: 0%}\nfaults:\n  - {at: 1 h, "+c.fault+"}\n", 1, 1)
			w.Advance(118 * time.Minute)
			minutes := whole(t, w)
			sound(t, minutes)
			allowed := 0.07*c.after + 0.003
			near(t, "before", mean(minutes, 20, 60, c.figure), c.before, 0.07*c.before+0.003)
			near(t, "after", mean(minutes, 60, 116, c.figure), c.after, allowed)
			truth := w.Truth()
			if truth.FaultBegan == nil && c.before != c.after || (truth.FaultStarted != nil) != c.hurts || (truth.Harmed > 0) != c.hurts && name != "cold starts" {
				t.Errorf("began %v, started %v, harmed %d", truth.FaultBegan, truth.FaultStarted, truth.Harmed)
			}
			if c.hurts && !truth.FaultStarted.Equal(w.Start().Add(time.Hour)) {
				t.Errorf("the fault started at %s", truth.FaultStarted)
			}
		})
	}
}

// Harm is what the fault added: no more, no less, and nothing twice.
func TestHarm(t *testing.T) {
	for name, c := range map[string]struct {
		fault string
		want  float64
	}{
		"nothing":       {"cpu: 5%", 0},
		"errors":        {"errors: 5%", 0.05},
		"errors, slow":  {"errors: 50%, slow: 50%", 0.5 + 0.5*0.498},
		"throttles":     {"throttles: 10%", 0.1},
		"cold and slow": {"cold_starts: 30%, slow_cold_starts: 40%", 0.1226 * 0.983},
		"everything":    {"errors: 100%, slow: 100%, rejected: 100%, throttles: 100%", 1},
	} {
		t.Run(name, func(t *testing.T) {
			w := world(t, "dns: {sticky: 0%}\nfaults:\n  - {"+c.fault+", for: 3 m}\n", 1, 1)
			before := w.Truth()
			w.Advance(3 * time.Minute)
			truth := w.Truth()
			got := float64(truth.Harmed-before.Harmed) / float64(truth.GreenRequests)
			near(t, "harmed", got, c.want, 5*math.Sqrt(c.want*(1-c.want)/float64(truth.GreenRequests))+0.02*c.want)
		})
	}
}

func TestFaultAfterWeight(t *testing.T) {
	w := world(t, "faults:\n  - {at: 10 m, after_weight: 50%, errors: 50%}\norders:\n  - {at: 5 m, after_weight: 50%, kind: approve, by: kim, reason: quiet}\n  - {at: 1 m, kind: pause}\n", 1, 9)
	w.Advance(time.Hour)
	if truth := w.Truth(); truth.FaultStarted != nil || truth.FaultBegan != nil {
		t.Errorf("the fault came without its weight, at %v", truth.FaultBegan)
	}
	orders := w.Orders()
	if len(orders) != 1 || orders[0].Kind != "pause" || orders[0].By != "dana" || len(w.Orders()) != 0 {
		t.Errorf("orders are %+v", orders)
	}
	at := w.Now()
	for range 2 { // the second change must not move the fault
		if err := w.SetWeights(50, 50); err != nil {
			t.Fatal(err)
		}
		w.Advance(7 * time.Minute)
	}
	if truth := w.Truth(); truth.FaultStarted == nil || !truth.FaultStarted.Equal(at.Add(10*time.Minute)) {
		t.Errorf("the fault started at %v, want ten minutes after %s", truth.FaultStarted, at)
	}
	want := sim.Order{At: at.Add(5 * time.Minute), Kind: "approve", By: "kim", Reason: "quiet"}
	if orders := w.Orders(); len(orders) != 1 || orders[0] != want {
		t.Errorf("orders are %+v, want %+v", orders, want)
	}
}

func TestNewestMinutesAreNotComplete(t *testing.T) {
	w := world(t, "", 1, 1)
	w.Advance(30 * time.Minute)
	from := w.Now().Add(-3 * time.Minute)
	early, err := w.Metrics(from, w.Now())
	if err != nil || len(early) != 3 {
		t.Fatalf("%d minutes, %v", len(early), err)
	}
	w.Advance(150 * time.Second)
	late, err := w.Metrics(from, from.Add(3*time.Minute))
	if err != nil || len(late) != 3 {
		t.Fatalf("%d minutes, %v", len(late), err)
	}
	if early[0].Green != late[0].Green || early[0].Blue != late[0].Blue {
		t.Error("a minute of three minutes ago was not complete")
	}
	for _, i := range []int{1, 2} {
		if early[i].Green.Requests >= late[i].Green.Requests || early[i].Blue.Requests >= late[i].Blue.Requests {
			t.Errorf("minute %d was complete at once", i)
		}
	}
	near(t, "requests", float64(late[1].Green.Requests), 600, 130)
}

func TestMetricsWindows(t *testing.T) {
	w := world(t, "", 1, 1)
	w.Advance(10*time.Minute + 40*time.Second)
	at := func(d time.Duration) time.Time { return w.Start().Add(d) }
	for name, c := range map[string]struct {
		from, to time.Duration
		want     int
	}{
		"all":          {-time.Hour, time.Hour, 10},
		"one":          {3 * time.Minute, 4 * time.Minute, 1},
		"parts":        {150 * time.Second, 250 * time.Second, 2},
		"nothing":      {4 * time.Minute, 4 * time.Minute, 0},
		"turned round": {5 * time.Minute, 4 * time.Minute, 0},
		"before":       {-time.Hour, 0, 0},
		"not yet":      {10 * time.Minute, time.Hour, 0},
	} {
		t.Run(name, func(t *testing.T) {
			minutes, err := w.Metrics(at(c.from), at(c.to))
			if err != nil || len(minutes) != c.want {
				t.Errorf("%d minutes, want %d; %v", len(minutes), c.want, err)
			}
		})
	}
}

func TestGaps(t *testing.T) {
	w := world(t, "faults:\n  - {at: 10 m, for: 10 m, side: both, metrics: late}\n  - {at: 30 m, for: 5 m, metrics: missing}\n  - {at: 40 m, for: 5 m, side: blue, metrics: missing}\n  - {at: 50 m, for: 5 m, side: both, metrics: missing}\n", 1, 1)
	w.Advance(19 * time.Minute)
	gap := func(m sim.Minute) [3]bool {
		return [3]bool{m.Green.Present, m.Blue.Present, !math.IsNaN(m.Connections)}
	}
	if got := gap(whole(t, w)[12]); got != [3]bool{} {
		t.Errorf("late points are there: %v", got)
	}
	w.Advance(41 * time.Minute)
	minutes := whole(t, w)
	sound(t, minutes)
	for i, want := range map[int][3]bool{9: {true, true, true}, 12: {true, true, true}, 32: {false, true, true}, 42: {true, false, true}, 52: {false, false, false}, 55: {true, true, true}} {
		if got := gap(minutes[i]); got != want {
			t.Errorf("minute %d: green, blue, gauges %v, want %v", i, got, want)
		}
	}
}

func TestNoRequestsNoPoint(t *testing.T) {
	w := world(t, "faults:\n  - {at: 10 m, traffic: 0x}\n", 0, 1)
	w.Advance(15 * time.Minute)
	minutes := whole(t, w)
	if minutes[5].Green.Present || !minutes[5].Blue.Present || minutes[11].Blue.Present {
		t.Errorf("points: %v, %v, %v", minutes[5].Green.Present, minutes[5].Blue.Present, minutes[11].Blue.Present)
	}
}

// refused counts how many of 300 calls a service turned down with the error.
func refused(t *testing.T, want error, call func() error) (n int) {
	t.Helper()
	for range 300 {
		if err := call(); errors.Is(err, want) {
			n++
		} else if err != nil {
			t.Fatal(err)
		}
	}
	return n
}

func TestThrottledServices(t *testing.T) {
	w := world(t, "faults:\n  - {at: 1 m, for: 1 m, control_plane: throttled}\n  - {at: 3 m, for: 1 m, metrics: throttled}\n", 1, 1)
	calls := map[string]func() error{
		"weights":     func() error { _, _, err := w.Weights(); return err },
		"set weights": func() error { return w.SetWeights(1, 1) },
		"metrics":     func() error { _, err := w.Metrics(w.Start(), w.Now()); return err },
		"verdict":     func() error { return w.SetVerdict(true) },
	}
	for minute, throttled := range [][]string{{}, {"weights", "set weights"}, {}, {"metrics", "verdict"}, {}} {
		for name, call := range calls {
			want := 0.0
			for _, t := range throttled {
				if t == name {
					want = 200
				}
			}
			near(t, name, float64(refused(t, sim.ErrThrottled, call)), want, want/5)
		}
		w.Advance(time.Minute)
		if w.Now() != w.Start().Add(time.Duration(minute+1)*time.Minute) {
			t.Fatal("time runs away")
		}
	}
}

func TestStoreProbeAndTickers(t *testing.T) {
	w := world(t, "tickers: 2\nfaults:\n  - {at: 1 m, for: 1 m, store: down}\n  - {at: 1 m, for: 1 m, side: both, errors: 50%}\n  - {at: 1 m, for: 1 m, watcher: lost, ticker: 1}\n  - {at: 1 m, for: 1 m, delay: 3 m, ticker: 0}\n", 1, 0)
	for minute := range 3 {
		bad := minute == 1
		failed, err := w.ProbeBlue(1000)
		if err != nil || (failed > 400) != bad || failed > 600 {
			t.Errorf("minute %d: %d probes failed, %v", minute, failed, err)
		}
		if err := w.StoreError(); errors.Is(err, sim.ErrStore) != bad {
			t.Errorf("minute %d: store says %v", minute, err)
		}
		if w.TickerAlive(1) == bad || !w.TickerAlive(0) || w.TickerAlive(2) || w.TickerAlive(-1) {
			t.Errorf("minute %d: tickers alive %v, %v", minute, w.TickerAlive(0), w.TickerAlive(1))
		}
		if (w.Delay(0) == 3*time.Minute) != bad || w.Delay(1) != 0 {
			t.Errorf("minute %d: delays %s, %s", minute, w.Delay(0), w.Delay(1))
		}
		w.Advance(time.Minute)
	}
	if n, err := w.ProbeBlue(0); n != 0 || err != nil {
		t.Errorf("no probe, and %d failed, %v", n, err)
	}
}
