package recommend

import (
	"fmt"
	"math"
	"slices"

	"github.com/cutover-dev/cutover/internal/cost/price"
	"github.com/cutover-dev/cutover/internal/cost/project"
)

// reports says where the figures of runs are from.
const reports = "REPORT lines of the function's log group, by CloudWatch Logs Insights"

func (a *advisor) function(f Function) {
	a.provisioned(f)
	if a.unread["runs"] {
		return
	}
	what := "memory and architecture of " + f.Name
	if f.Provisioned > 0 {
		a.open(what, "runs in environments that are kept warm are billed at another price, and it is not known which did", "Take the provisioned concurrency away for a week, or compare both on the bill.")
		return
	}
	if f.Memory <= 0 || f.Architecture != "x86" && f.Architecture != "arm" {
		a.open(what, "its configuration is not known", "Let the role read lambda:GetFunctionConfiguration.")
		return
	}
	now, ok := a.judged(f)
	if !ok {
		return
	}
	item := price.LambdaX86
	if f.Architecture == "arm" {
		item = price.LambdaARM
	}
	rate, ok := a.rate(what, item)
	if !ok {
		return
	}
	a.memory(f, now, rate)
	if f.Architecture == "x86" {
		a.architecture(f, now, rate)
	}
}

// judged are the runs at the size that the function has now, if they are enough.
func (a *advisor) judged(f Function) (Runs, bool) {
	what := "memory and architecture of " + f.Name
	at := slices.IndexFunc(f.Runs, func(r Runs) bool { return r.Memory == f.Memory })
	var now Runs
	if at >= 0 {
		now = f.Runs[at]
	}
	switch {
	case now.Count < a.LeastRuns:
		settle := "Look again when it runs more often."
		if now.Count > 0 {
			settle = fmt.Sprintf("At this rate %.0f days have enough.", math.Ceil(a.hours()/24*float64(a.LeastRuns)/float64(now.Count)))
		}
		a.open(what, fmt.Sprintf("it ran %d times at %d MB in %s, and %d runs are wanted", now.Count, f.Memory, daysOf(a.hours()), a.LeastRuns), settle)
		return now, false
	case now.Billed <= 0 || !known(now.Used) || now.Used == 0 || !known(now.P95):
		a.open(what, "its REPORT lines tell no duration, or no memory that was used", "See that its log group keeps the REPORT lines: the log level of the system must not be above INFO.")
		return now, false
	}
	return now, true
}

// runs is how many there were at any size: all of them will be at the size that
// the function has now, or at the one that is advised.
func (f Function) runs() (n int64) {
	for _, r := range f.Runs {
		n += max(r.Count, 0)
	}
	return n
}

// used is the most memory that any run at any size has used.
func (f Function) used() (most float64) {
	for _, r := range f.Runs {
		most = max(most, r.Used)
	}
	return most
}

// yearly is what all runs of a year cost, if each is as those at one size were.
func (a *advisor) yearly(f Function, r Runs, memory int, rate exact) exact {
	seconds := ratio(r.Billed, 1000*r.Count)
	return a.aYear(times(rate, seconds, ratio(int64(memory), 1024), whole(f.runs())))
}

// memory compares sizes that were measured; where there is one only, it advises
// at most a trial.
func (a *advisor) memory(f Function, now Runs, rate exact) {
	least := f.used() * float64(a.Margin) / 100
	limit, slower := a.P95, "the objective"
	if limit <= 0 {
		limit, slower = now.P95*1.1, "a tenth more than today"
	}
	cost := a.yearly(f, now, now.Memory, rate)
	var best *Runs
	smaller := false
	for n, r := range f.Runs {
		if r.Memory == f.Memory || r.Memory <= 0 || r.Count < a.LeastRuns || r.Billed <= 0 {
			continue
		}
		smaller = smaller || r.Memory < f.Memory
		if float64(r.Memory) < least || !known(r.P95) || r.P95 > limit || a.yearly(f, r, r.Memory, rate).Cmp(cost) >= 0 {
			continue
		}
		if best == nil || a.yearly(f, r, r.Memory, rate).Cmp(a.yearly(f, *best, best.Memory, rate)) < 0 {
			best = &f.Runs[n]
		}
	}
	if best == nil {
		if !smaller {
			a.trial(f, now, rate, least)
		}
		return
	}
	then := a.yearly(f, *best, best.Memory, rate)
	i := a.aboutMemory(f, now, best.Memory)
	i.Title = fmt.Sprintf("Give %s %d MB in place of %d", f.Name, best.Memory, f.Memory)
	i.Evidence.Figures = append(i.Evidence.Figures, Figure{fmt.Sprintf("billed a run at %d MB", best.Memory), millis(float64(best.Billed) / float64(best.Count))}, Figure{fmt.Sprintf("p95 at %d MB", best.Memory), millis(best.P95)})
	i.Evidence.Sample += best.Count
	i.Latency = fmt.Sprintf("p95 from %s to %s, as measured; allowed is %s, %s.", millis(now.P95), millis(best.P95), millis(limit), slower)
	i.Risk = "The two sizes were measured at different times: the low end is if its runs take a tenth longer than they did."
	a.add(i, floor(cost), floor(minus(cost, times(then, ratio(11, 10)))), floor(minus(cost, then)))
}

// trial advises the next size below, where nothing but today's is measured.
func (a *advisor) trial(f Function, now Runs, rate exact, least float64) {
	next := 0
	for _, m := range project.Memories {
		if m < f.Memory && float64(m) >= least {
			next = m
		}
	}
	if next == 0 {
		return
	}
	cost := a.yearly(f, now, now.Memory, rate)
	i := a.aboutMemory(f, now, next)
	i.Title = fmt.Sprintf("Try %s with %d MB in place of %d", f.Name, next, f.Memory)
	i.Latency = fmt.Sprintf("Not known: Lambda gives processor by memory, so that a run may take up to %.1f times as long.", float64(f.Memory)/float64(next))
	i.Risk = "What takes longer by as much as it is smaller saves nothing and is slower: run it on staging under load-test first, then look here again."
	a.add(i, floor(cost), 0, floor(minus(cost, a.yearly(f, now, next, rate))))
}

func (a *advisor) aboutMemory(f Function, now Runs, next int) Item {
	return Item{
		Kind: Memory, Thing: f.Name, group: "function " + f.Name, Effort: "one line and a deployment", Reversible: true,
		Change: edit(f.Name, "memory", fmt.Sprintf(`"%d MB"`, f.Memory), fmt.Sprintf(`"%d MB"`, next)),
		Evidence: Evidence{Sample: now.Count, SampleOf: "runs", Source: reports, Figures: []Figure{
			{"most memory used", fmt.Sprintf("%.0f MB", f.used())}, {fmt.Sprintf("billed a run at %d MB", now.Memory), millis(float64(now.Billed) / float64(now.Count))}, {fmt.Sprintf("p95 at %d MB", now.Memory), millis(now.P95)},
		}},
	}
}

// architecture is the move to arm, whose GB-second is cheaper.
func (a *advisor) architecture(f Function, now Runs, rate exact) {
	what := "architecture of " + f.Name
	if f.Binary == nil {
		a.open(what, "whether its code holds machine code for x86 is not known", "Look into its bundle for .node and .so files.")
		return
	}
	arm, ok := a.rate(what, price.LambdaARM)
	if !ok {
		return
	}
	cost := a.yearly(f, now, now.Memory, rate)
	i := Item{
		Kind: Architecture, Thing: f.Name, group: "function " + f.Name, Reversible: true,
		Title: "Try " + f.Name + " on arm", Effort: "one line and a deployment",
		Change:  edit(f.Name, "architecture", `"x86_64"`, `"arm64"`),
		Latency: "Not known: it was not measured on arm.",
		Risk:    "If its runs take a quarter longer on arm, nothing is saved: run it on staging under load-test first.",
		Evidence: Evidence{Sample: now.Count, SampleOf: "runs", Source: reports, Figures: []Figure{
			{"billed a run on x86", millis(float64(now.Billed) / float64(now.Count))}, {"p95 on x86", millis(now.P95)},
		}},
	}
	if *f.Binary {
		i.Effort = "what is built for x86 must be built for arm, then one line and a deployment"
		i.Risk += " Its bundle holds machine code for x86, which does not start on arm."
	}
	a.add(i, floor(cost), 0, floor(minus(cost, a.yearly(f, now, now.Memory, arm))))
}

// provisioned looks for environments that are kept warm and were never used.
func (a *advisor) provisioned(f Function) {
	what := "provisioned concurrency of " + f.Name
	switch {
	case f.Provisioned <= 0:
		return
	case !known(f.ProvisionedUse) || f.ProvisionedUse > 1 || f.Memory <= 0:
		a.open(what, "how much of it was in use is not known", "Let the role read the metric ProvisionedConcurrencyUtilization of its alias.")
		return
	}
	idle := f.Provisioned - int(math.Ceil(float64(f.Provisioned)*f.ProvisionedUse-1e-9))
	item := price.WarmX86
	if f.Architecture == "arm" {
		item = price.WarmARM
	}
	rate, ok := a.rate(what, item)
	if !ok || idle <= 0 {
		return
	}
	each := times(rate, ratio(int64(f.Memory), 1024), whole(yearHours*3600))
	kept := f.Provisioned - idle
	a.add(Item{
		Kind: Provisioned, Thing: f.Name, group: "function " + f.Name, Reversible: true, Effort: "one line and a deployment",
		Title:   fmt.Sprintf("Keep %d environments warm for %s in place of %d", kept, f.Name, f.Provisioned),
		Change:  edit(f.Name, "concurrency", fmt.Sprintf("{ provisioned: %d }", f.Provisioned), fmt.Sprintf("{ provisioned: %d }", kept)),
		Latency: "None, as long as no more run at once than did in the window.",
		Risk:    "A burst that is larger than any of the window begins with cold starts; the low end keeps one environment more.",
		Evidence: Evidence{Sample: int64(a.hours()), SampleOf: "hours", Source: "cloudwatch ProvisionedConcurrencyUtilization, Maximum", Figures: []Figure{
			{"environments kept warm", fmt.Sprint(f.Provisioned)}, {"most in use at once", fmt.Sprint(kept)},
		}},
	}, floor(times(each, whole(int64(f.Provisioned)))), floor(times(each, whole(int64(idle-1)))), floor(times(each, whole(int64(idle)))))
}

// millis writes milliseconds.
func millis(ms float64) string {
	if ms < 10 {
		return fmt.Sprintf("%.1f ms", ms)
	}
	return fmt.Sprintf("%.0f ms", ms)
}
