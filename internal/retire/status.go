package retire

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/retire/plan"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// Status tells where a retirement stands: what is done, what comes when, what it
// saves, and once something is gone, how each thing is restored.
func Status(p plan.Sealed, s State, now time.Time) report.Document {
	doc := report.Document{Title: "Retirement of " + p.Plan.Scope.Confirm(), Verdict: verdict.Inconclusive, Lead: lead(p, s)}
	switch s.Step {
	case Done:
		doc.Verdict = verdict.Pass
	case Stopped, Aborted:
		doc.Verdict = verdict.Fail
	}
	if h := s.Hold; h != nil {
		doc.Blocks = append(doc.Blocks, report.Table{Caption: "What holds it", Columns: []report.Column{{Title: "what"}, {Title: "since"}, {Title: "why"}, {Title: "way out"}},
			Rows: [][]report.Cell{{{Text: string(h.Kind), Tone: report.Bad}, {Text: clock(h.Since)}, {Text: h.Reason}, {Text: h.Next}}}})
	}
	doc.Blocks = append(doc.Blocks, timeline(p, s, now))
	if l := lanes(s, now); len(l.Spans) > 0 {
		doc.Blocks = append(doc.Blocks, l)
	}
	if a := s.Approval; a != nil {
		doc.Blocks = append(doc.Blocks, report.Text{Body: fmt.Sprintf("Approved by %s at %s, for plan %s, account %s, typed %q.", a.By, clock(a.At), a.PlanSHA256, a.Account, a.Name)})
	}
	doc.Blocks = append(doc.Blocks, deletions(p, s))
	if len(s.Gone) > 0 {
		doc.Blocks = append(doc.Blocks, restorable(p, s))
	}
	if len(s.Dangling) > 0 {
		t := report.Table{Caption: "Left for you to decide", Columns: []report.Column{{Title: "what"}}}
		for _, d := range s.Dangling {
			t.Rows = append(t.Rows, []report.Cell{{Text: d, Code: true}})
		}
		doc.Blocks = append(doc.Blocks, t)
	}
	return doc
}

// lead is the sentence for whoever reads only one.
func lead(p plan.Sealed, s State) string {
	switch {
	case s.Step == Done:
		return fmt.Sprintf("Everything that was planned is gone; %s.", p.Plan.Saved())
	case s.Step == Aborted:
		return "Aborted: " + s.as() + "."
	case s.Step == Stopped:
		return fmt.Sprintf("Stopped: %d of %d things are gone, and nothing more is deleted. Below stands how each is restored.", len(s.Deleted), len(p.Plan.Targets))
	case s.Hold != nil:
		return fmt.Sprintf("Held at %s: %s. %s", s.Step, s.Hold.Reason, s.Hold.Next)
	case s.Wait != nil && !s.Wait.Until.IsZero():
		return fmt.Sprintf("At %s: %s, until %s.", s.Step, s.Wait.What, clock(s.Wait.Until))
	case s.Wait != nil:
		return fmt.Sprintf("At %s: %s.", s.Step, s.Wait.What)
	case s.Step == Ready:
		return "Nothing has begun."
	}
	return fmt.Sprintf("At %s: %s.", s.Step, says[s.Step])
}

// timeline has a row for each step: when it was, or when it can be.
func timeline(p plan.Sealed, s State, now time.Time) report.Table {
	t := report.Table{Caption: "Timeline", Columns: []report.Column{{Title: "step"}, {Title: "what"}, {Title: "began"}, {Title: "done"}}}
	seen := map[Step]bool{}
	for _, span := range s.Spans {
		seen[span.Step] = true
		done, tone := "not yet", report.Doubt
		if !span.Done.IsZero() {
			done, tone = clock(span.Done), report.Good
		}
		t.Rows = append(t.Rows, []report.Cell{{Text: string(span.Step), Tone: tone}, {Text: says[span.Step]}, {Text: clock(span.Began)}, {Text: done}})
	}
	if s.Step == Aborting || s.Step == Aborted || s.Step == Stopped {
		return t
	}
	earliest := now
	if s.Wait != nil && s.Wait.Until.After(now) {
		earliest = s.Wait.Until
	}
	for _, step := range Steps() {
		if seen[step] {
			continue
		}
		t.Rows = append(t.Rows, []report.Cell{{Text: string(step), Tone: report.Quiet}, {Text: says[step]}, {Text: "not before " + clock(earliest)}, {}})
		earliest = earliest.Add(least(p, step))
	}
	return t
}

// least is how long a step takes at least.
func least(p plan.Sealed, step Step) time.Duration {
	switch step {
	case Detach:
		return p.Plan.Parts.TTL.Std() + insync + quiet
	case Holding:
		return p.Plan.Scope.Hold.Std()
	case Validate:
		return time.Hour
	}
	return 0
}

// lanes draws the steps over time.
func lanes(s State, now time.Time) report.Lanes {
	l := report.Lanes{Caption: "Steps over time", Again: true}
	for _, span := range s.Spans {
		end, tone := span.Done, report.Good
		if end.IsZero() {
			end, tone = now, report.Doubt
		}
		if end.After(span.Began) {
			l.Spans = append(l.Spans, report.Span{Lane: string(span.Step), Label: string(span.Step), Start: span.Began.Sub(s.Spans[0].Began), End: end.Sub(s.Spans[0].Began), Tone: tone})
		}
	}
	return l
}

// deletions lists the targets with what has become of them.
func deletions(p plan.Sealed, s State) report.Table {
	t := report.Table{Caption: "What goes", Columns: []report.Column{{Title: "", Numeric: true}, {Title: "thing"}, {Title: "ARN"}, {Title: "gone"}, {Title: "a month", Numeric: true}}}
	for i, target := range p.Plan.Targets {
		gone := report.Cell{Text: "is there", Tone: report.Quiet}
		if j := slices.IndexFunc(s.Deleted, func(d Deletion) bool { return d.ARN == target.ARN }); j >= 0 {
			gone = report.Cell{Text: clock(s.Deleted[j].Seen), Tone: report.Good}
		} else if s.Gone[target.ARN] {
			gone = report.Cell{Text: "asked for", Tone: report.Doubt}
		}
		t.Rows = append(t.Rows, []report.Cell{{Text: fmt.Sprint(i + 1)}, {Text: string(target.Kind) + " " + target.Name}, {Text: target.ARN, Code: true}, gone, {Text: target.Monthly.Words()}})
	}
	return t
}

// restorable says what can be brought back and how, in the order in which that
// must be done: the last to go comes first.
func restorable(p plan.Sealed, s State) report.Table {
	t := report.Table{Caption: "How what is gone is restored, in this order, out of the restore kit " + s.Kit, Columns: []report.Column{{Title: "thing"}, {Title: "command"}}}
	for _, target := range slices.Backward(p.Plan.Targets) {
		if slices.ContainsFunc(s.Deleted, func(d Deletion) bool { return d.ARN == target.ARN }) || s.Gone[target.ARN] {
			t.Rows = append(t.Rows, []report.Cell{{Text: string(target.Kind) + " " + target.Name}, {Text: target.Restore, Code: true}})
		}
	}
	for _, repository := range slices.Sorted(maps.Keys(s.Index)) {
		_, name, _ := strings.Cut(repository, ":repository/")
		t.Rows = append(t.Rows, []report.Cell{{Text: "images of " + repository}, {Text: "decommission --command restore --repository " + name + " # index " + s.Index[repository], Code: true}})
	}
	return t
}
