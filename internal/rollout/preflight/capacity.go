package preflight

import (
	"fmt"
	"math"

	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/verdict"
)

const (
	// headroom is by how much green must be able to carry more than blue's peak:
	// a minute has peaks of its own, and a cold start takes longer than the mean.
	headroom = 2
	// burst is how many executions a function may begin within ten seconds;
	// source: AWS Lambda Developer Guide, "Understanding Lambda function scaling".
	burst = 1000
)

// needed is how many executions at once blue's peak takes on green: requests a
// second times seconds a request (Little's law), with headroom.
func (l Load) needed() int {
	return int(math.Ceil(float64(l.PerMinute) / 60 * l.Mean.Seconds() * headroom))
}

func (l Load) window() string {
	return fmt.Sprintf("the busiest minute of %s", report.Count(l.Days, "day"))
}

func (l Load) says() string {
	return fmt.Sprintf("%d requests a minute × %d ms × %d for headroom", l.PerMinute, l.Mean.Milliseconds(), headroom)
}

const sourceLoad = "CloudWatch AWS/ApplicationELB of blue: RequestCount, TargetResponseTime"

// load returns blue's load where it says something.
func (j *judge) load(t *tally) (Load, bool) {
	l, ok := see(t, j.o.Load, "load", "blue's load")
	if ok && (l.PerMinute <= 0 || l.Mean <= 0 || l.Days <= 0) {
		t.add(Finding{Finding: verdict.Finding{Name: "load", Verdict: verdict.Inconclusive, Source: sourceLoad, Window: l.window()}}.
			told("Look whether traffic.blue names the load balancer that the clients use.", "blue has had no requests, so nobody can tell what green must carry"))
		return l, false
	}
	return l, ok
}

// concurrency holds what green needs against what Lambda gives it.
func (j *judge) concurrency(t *tally) {
	l, known := j.load(t)
	c, asked := see(t, j.o.Concurrency, "quota", "Lambda's quota")
	functions, found := see(t, j.o.Functions, "functions", "green's functions")
	if !known {
		return
	}
	needed := l.needed()
	free := found && len(functions) == 0
	if free {
		t.add(Finding{Finding: verdict.Finding{Name: "functions", Verdict: verdict.Inconclusive, Source: "Lambda ListFunctions by the stage's tags"}}.
			told("Deploy green first.", "green has no function"))
	}
	for _, f := range functions {
		if f.Reserved < 0 {
			free = true
			continue
		}
		t.add(reserved(f, needed, len(functions), l))
	}
	if asked && (free || !found) {
		t.add(figure("quota", "executions at once", float64(needed), float64(c.Unreserved), needed <= c.Unreserved).
			of(l.PerMinute, "requests", l.window(), "Lambda GetAccountSettings; "+sourceLoad).
			told("Ask Service Quotas for more concurrent executions (L-B99A9384), or take back what other functions have reserved.",
				"green needs %d executions at once (%s); %d of the account's %d are not reserved", needed, l.says(), c.Unreserved, c.Limit))
	}
	b := figure("burst", "executions at once", float64(needed), burst, true).of(l.PerMinute, "requests", l.window(), "Lambda Developer Guide, scaling: 1,000 more every 10 s a function; "+sourceLoad)
	if needed > burst {
		b.Verdict = verdict.Inconclusive
	}
	t.add(b.told("Move traffic in smaller steps, so that each needs less than 1,000 more, or provision concurrency.",
		"a function begins 1,000 executions every 10 s; all of the traffic at once would take %d", needed))
}

// reserved judges a function that has executions of its own and no more than
// those. How much of the traffic is its own nobody knows where there are others.
func reserved(f Function, needed, functions int, l Load) Finding {
	r := figure("reserved-"+f.Name, "executions at once", float64(needed), float64(f.Reserved), needed <= f.Reserved).
		of(l.PerMinute, "requests", l.window(), "Lambda GetFunctionConcurrency; "+sourceLoad)
	switch {
	case f.Reserved == 0:
		r.Verdict = verdict.Fail
		return r.told("Take the reservation away.", "%s has 0 executions reserved, which switches it off", f.Name)
	case r.Verdict == verdict.Fail && functions > 1:
		r.Verdict = verdict.Inconclusive
	}
	return r.told("Reserve more for it, or nothing.", "%s may run %d at once and no more; all of the traffic takes %d", f.Name, f.Reserved, needed)
}

// connections holds both sides together against what the database allows.
func (j *judge) connections(t *tally) {
	c, ok := see(t, j.o.Connections, "database", "the database's connections")
	if !ok {
		return
	}
	const source = "CloudWatch DatabaseConnections Maximum; what the database or its proxy allows"
	if c.Allowed <= 0 {
		t.add(Finding{Finding: verdict.Finding{Name: "database", Verdict: verdict.Inconclusive, Source: source}}.
			told("Name the database under datastores.rds.", "nobody can tell how many connections the database allows"))
		return
	}
	total, says := c.Peak, fmt.Sprintf("the database has seen %d connections; green shares those of an RDS Proxy", c.Peak)
	sample, of, window := int64(1), "maximum", "the past days"
	if !c.Proxied {
		l, known := j.load(t)
		if !known {
			return
		}
		total += l.needed()
		sample, of, window = l.PerMinute, "requests", l.window()
		says = fmt.Sprintf("the database has seen %d connections, and green adds one for each of %d executions at once (%s)", c.Peak, l.needed(), l.says())
	}
	limit := j.Connections.Below.Fraction() * float64(c.Allowed)
	t.add(figure("database", "connections", float64(total), limit, float64(total) < limit).of(sample, of, window, source).
		told("Put an RDS Proxy before the database, allow more connections, or limit green by reserved concurrency.",
			"%s; %s of the %d allowed is the limit of slos.database_connections", says, j.Connections.Below, c.Allowed))
}
