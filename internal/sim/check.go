package sim

import (
	"fmt"

	"github.com/cutover-dev/cutover/internal/config/strict"
)

// Check refuses what could never happen in the world.
func (s Scenario) Check(c *strict.Check) {
	for i, f := range s.Faults {
		if f.Ticker != nil && c.Valid("tickers") && c.Valid("faults", i, "ticker") && *f.Ticker >= s.Tickers {
			c.Report(strict.Problem{Message: fmt.Sprintf("there is no ticker %d among %d, counted from 0", *f.Ticker, s.Tickers),
				Allowed: fmt.Sprintf("0 to %d", s.Tickers-1)}, "faults", i, "ticker")
		}
	}
	if s.Expect.By != nil && len(s.Faults) == 0 && c.Valid("faults") && c.Valid("expect", "by") {
		c.Report(strict.Problem{Message: "counts from a fault, and there is none", Suggestion: "remove by, or add a fault"}, "expect", "by")
	}
}

// Check refuses a fault that nobody could notice, and one whose parts do not
// go together.
func (f Fault) Check(c *strict.Check) {
	if c.Valid() && !f.doesAnything() {
		c.Report(strict.Problem{Message: "the fault does nothing",
			Allowed: "at least one of errors, slow, rejected, throttles, cold_starts, slow_cold_starts, connections, per_share, cpu, memory, cost, traffic, metrics, control_plane, endpoint, store, watcher, delay"})
	}
	if f.Metrics == "late" && f.For == nil && c.Valid("for") {
		c.Report(strict.Problem{Message: "late metrics come when the fault is over, and this one is for ever",
			Suggestion: "write for, or metrics: missing"}, "metrics")
	}
	if f.Ticker != nil && f.Watcher != "lost" && f.Delay == nil && c.Valid("watcher") && c.Valid("delay") {
		c.Report(strict.Problem{Message: "a ticker goes with watcher or delay", Suggestion: "add watcher: lost or a delay"}, "ticker")
	}
	onlyGreen := f.Throttles > 0 || f.ColdStarts > 0 || f.SlowColdStarts > 0 || f.Endpoint == "down"
	if f.Side == "blue" && onlyGreen && c.Valid() {
		c.Report(strict.Problem{Message: "throttles, cold starts and the endpoint are green's; blue has none", Allowed: "green, both"}, "side")
	}
}

// doesAnything says whether the fault changes the world at all.
func (f Fault) doesAnything() bool {
	return f.Errors+f.Slow+f.Rejected+f.Throttles+f.ColdStarts+f.SlowColdStarts > 0 ||
		f.Connections+f.PerShare+f.CPU+f.Memory > 0 || f.Cost > 0 || f.Traffic != one ||
		f.Metrics != "fine" || f.ControlPlane != "fine" || f.Endpoint != "fine" ||
		f.Store != "fine" || f.Watcher != "fine" || f.Delay != nil
}
