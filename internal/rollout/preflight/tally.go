package preflight

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// tally gathers one row's findings.
type tally struct {
	row Row
}

// mostFindings bounds a row. What is bad comes first, so that nothing bad is lost
// to the eye because of what is good.
const mostFindings = 100

func (t *tally) add(f Finding) { t.row.Findings = append(t.row.Findings, f) }

func (t *tally) warn(format string, args ...any) {
	t.row.Warnings = append(t.row.Warnings, fmt.Sprintf(format, args...))
}

// errUnasked stands where something was never asked: a gap in this program, or a
// port that was not given. It is no pass either way.
var errUnasked = &fault.Fault{Kind: fault.Input, What: "it was not asked for"}

// unseen is the name of the finding that something could not be read.
const unseen = "unseen-"

// see returns what was seen; ok is false where that is nothing, which is noted
// under a name that must be accepted by itself.
func see[T any](t *tally, s Seen[T], name, what string) (value T, ok bool) {
	if s.Asked && s.Err == nil {
		return s.Value, true
	}
	err := s.Err
	if err == nil {
		err = errUnasked
	}
	var told, next []string
	for _, f := range fault.All(err) {
		bare := *f
		bare.Next = ""
		told = append(told, bare.Error())
		next = append(next, f.Next)
	}
	change := strings.TrimSpace(strings.Join(slices.Compact(next), " "))
	if change == "" {
		change = "Run it again."
	}
	t.add(Finding{
		Finding: verdict.Finding{Name: unseen + name, Verdict: verdict.Inconclusive, Source: what, Change: change},
		Says:    what + " cannot be told: " + strings.Join(told, "; "), err: err,
	})
	return value, false
}

// figure makes a finding that compares two figures: at most, or below.
func figure(name, unit string, observed, limit float64, ok bool) Finding {
	f := Finding{Finding: verdict.Finding{Name: name, Verdict: verdict.Pass, Observed: &observed, Limit: &limit, Unit: unit}}
	if !ok {
		f.Verdict = verdict.Fail
	}
	return f
}

// of says where a figure comes from and how much it rests on.
func (f Finding) of(sample int64, sampleOf, window, source string) Finding {
	f.Sample, f.SampleOf, f.Window, f.Source = sample, sampleOf, window, source
	return f
}

// told adds the words; what to do only where something is to be done.
func (f Finding) told(change, format string, args ...any) Finding {
	f.Says = fmt.Sprintf(format, args...)
	if f.Verdict != verdict.Pass {
		f.Change = change
	}
	return f
}

// conclude applies what is accepted and makes the row's verdict. The name of a
// check accepts what cannot be judged, never what fails or what could not be
// read: those must be named one by one.
func (j *judge) conclude(t *tally) Row {
	r := t.row
	for i := range r.Findings {
		f := &r.Findings[i]
		if f.Verdict == verdict.Pass {
			continue
		}
		whole, one := string(r.Check), string(r.Check)+"/"+f.Name
		if reason, ok := j.Accept[one]; ok {
			f.Accepted, j.used[one] = reason, true
		} else if reason, ok := j.Accept[whole]; ok && f.Verdict == verdict.Inconclusive && !strings.HasPrefix(f.Name, unseen) {
			f.Accepted, j.used[whole] = reason, true
		}
	}
	for _, key := range slices.Sorted(maps.Keys(j.Accept)) {
		if check, _, _ := strings.Cut(key, "/"); check == string(r.Check) && !j.used[key] {
			r.Warnings = append(r.Warnings, fmt.Sprintf("traffic.preflight.accept names %s, and nothing of that name is open: take it out.", key))
		}
	}
	r.Verdict = stateOf(r.Findings)
	slices.SortStableFunc(r.Findings, func(a, b Finding) int { return weight[a.State()] - weight[b.State()] })
	if len(r.Findings) > mostFindings {
		r.More = len(r.Findings) - mostFindings
		r.Findings = r.Findings[:mostFindings]
	}
	return r
}

var weight = map[State]int{Fail: 0, Inconclusive: 1, Accepted: 2, Pass: 3}

// stateOf is the worst of what counts; a row of which all that is open is
// accepted, and nothing passed, is accepted itself.
func stateOf(findings []Finding) State {
	var counts []verdict.Finding
	for _, f := range findings {
		if f.Accepted == "" {
			counts = append(counts, f.Finding)
		}
	}
	if len(counts) == 0 && len(findings) > 0 {
		return Accepted
	}
	return State(verdict.Worst(counts))
}

// list joins names, at most a few of them.
func list(names []string) string {
	const most = 8
	if len(names) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
	}
	return strings.Join(names, ", ")
}
