package pipeline

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/cutover-dev/cutover/internal/report"
)

// mostDrawn is how many stages are drawn: GitHub draws no picture of more than
// 50,000 characters, and nobody reads one of a hundred rows. The table has all.
const mostDrawn = 40

// Lead says it in a sentence or two.
func (r Result) Lead() string {
	if len(r.CriticalPath.Stages) == 0 {
		return "No job of this run has taken any time yet."
	}
	lead := fmt.Sprintf("The run took %s. ", told(r.TookSeconds))
	if n := len(r.CriticalPath.Stages); n == 1 {
		lead += r.CriticalPath.Stages[0] + " decided how long"
	} else {
		lead += fmt.Sprintf("A chain of %d jobs decided how long", n)
	}
	lead += ": " + told(r.CriticalPath.Seconds) + ", waiting included" + r.reviewed() + "."
	switch {
	case r.SavedSeconds == nil:
	case *r.SavedSeconds < 0:
		lead += fmt.Sprintf(" Caches cost %s more than they saved.", told(-*r.SavedSeconds))
	default:
		lead += fmt.Sprintf(" Caches saved %s of the jobs' time.", told(*r.SavedSeconds))
	}
	return lead
}

// reviewed says how much of the critical path was a reviewer's time.
func (r Result) reviewed() string {
	sum := 0.0
	for _, s := range r.Stages {
		if s.CriticalPath && s.WaitedFor == forReview && s.WaitedSeconds != nil {
			sum += *s.WaitedSeconds
		}
	}
	if sum == 0 {
		return ""
	}
	return ", " + told(sum) + " of it for a review"
}

// Document is the report.
func (r Result) Document() report.Document {
	d := report.Document{Title: r.title(), Lead: r.Lead()}
	if lanes, left := r.lanes(); len(lanes.Spans) > 0 {
		d.Blocks = append(d.Blocks, lanes)
		if left > 0 {
			d.Blocks = append(d.Blocks, report.Text{Body: fmt.Sprintf("Drawn are the %d stages that took longest.", mostDrawn)})
		}
	}
	d.Blocks = append(d.Blocks, r.stageTable())
	if len(r.CriticalPath.Stages) > 1 {
		d.Blocks = append(d.Blocks, report.Text{Body: "Critical path: " + strings.Join(r.CriticalPath.Stages, " → ") + "."})
	}
	d.Blocks = append(d.Blocks, report.Section{Title: "Caches"})
	if len(r.Caches) > 0 {
		d.Blocks = append(d.Blocks, r.cacheTable())
	}
	if t := r.savingTable(); len(t.Rows) > 0 {
		d.Blocks = append(d.Blocks, t)
	}
	d.Blocks = append(d.Blocks, report.Text{Body: r.usage()})
	for _, n := range r.Notes {
		d.Blocks = append(d.Blocks, report.Text{Body: n})
	}
	return d
}

func (r Result) title() string {
	title := "Where the time went"
	if r.Run.Workflow != "" {
		title += ": " + r.Run.Workflow
	}
	if r.Run.Attempt > 1 {
		title += fmt.Sprintf(", attempt %d", r.Run.Attempt)
	}
	return title
}

// lanes draws what the stages waited and took. left is how many are not drawn.
func (r Result) lanes() (l report.Lanes, left int) {
	l = report.Lanes{Caption: "What each stage waited and took", Again: true}
	drawn := r.drawn()
	for i, s := range r.Stages {
		if s.BeganAfterSeconds == nil && s.WaitedAfterSeconds == nil {
			continue
		}
		if !drawn[i] {
			left++
			continue
		}
		label, ran := strings.ReplaceAll(s.Conclusion, "_", " "), s.BeganAfterSeconds != nil && s.TookSeconds != nil
		path := ""
		if s.CriticalPath && len(r.CriticalPath.Stages) > 1 {
			path = " (critical path)"
		}
		// A wait that would be a hair's breadth wide only takes up a row.
		if w := s.WaitedSeconds; s.WaitedAfterSeconds != nil && (!ran || *w >= 1 && *w >= r.TookSeconds/100) {
			begin := duration(*s.WaitedAfterSeconds)
			span := report.Span{Lane: s.Name, Label: "waited" + forWhom(s), Start: begin, End: begin + duration(*w), Tone: report.Quiet}
			if !ran {
				span.Label, span.Tone = label+" while it waited"+path, tone(s.Conclusion)
			}
			l.Spans = append(l.Spans, span)
		}
		if ran {
			begin := duration(*s.BeganAfterSeconds)
			l.Spans = append(l.Spans, report.Span{Lane: s.Name, Label: label + path, Start: begin, End: begin + duration(*s.TookSeconds), Tone: tone(s.Conclusion)})
		}
	}
	return l, left
}

// drawn picks the stages that took longest, waiting included.
func (r Result) drawn() map[int]bool {
	length := func(i int) float64 {
		sum := 0.0
		for _, part := range []*float64{r.Stages[i].WaitedSeconds, r.Stages[i].TookSeconds} {
			if part != nil {
				sum += *part
			}
		}
		return sum
	}
	var all []int
	for i, s := range r.Stages {
		if s.BeganAfterSeconds != nil || s.WaitedAfterSeconds != nil {
			all = append(all, i)
		}
	}
	slices.SortStableFunc(all, func(a, b int) int { return cmp.Compare(length(b), length(a)) })
	picked := map[int]bool{}
	for _, i := range all[:min(mostDrawn, len(all))] {
		picked[i] = true
	}
	return picked
}

func forWhom(s Stage) string {
	switch {
	case s.WaitedFor == forReview:
		return " for a review"
	case s.WaitedFor == forRunner && *s.WaitedSeconds > 0:
		return " for a runner"
	}
	return ""
}

func tone(conclusion string) report.Tone {
	switch conclusion {
	case success:
		return report.Good
	case "failure", "timed_out", "startup_failure":
		return report.Bad
	case skipped, "neutral", "stale":
		return report.Quiet
	}
	return report.Doubt
}

func (r Result) stageTable() report.Table {
	t := report.Table{Columns: []report.Column{
		{Title: "stage"}, {Title: "result"}, {Title: "began after", Numeric: true}, {Title: "waited", Numeric: true},
		{Title: "took", Numeric: true}, {Title: "longest step"}, {Title: "of the critical path", Numeric: true},
	}}
	for _, s := range r.Stages {
		result := report.Cell{Text: strings.ReplaceAll(s.Conclusion, "_", " "), Tone: tone(s.Conclusion)}
		if s.EarlierAttempt {
			result = report.Cell{Text: result.Text + " in an earlier attempt", Tone: report.Quiet}
		}
		if s.WaitedAfterSeconds != nil && s.TookSeconds == nil {
			result.Text += " while it waited"
		}
		waited := orNothing(s.WaitedSeconds)
		if s.WaitedFor == forReview && s.WaitedSeconds != nil {
			waited += " for a review"
		}
		step := ""
		if s.LongestStep != nil {
			step = s.LongestStep.Name + ", " + told(s.LongestStep.TookSeconds)
		}
		share := report.Cell{}
		if s.PathShare != nil {
			share = report.Cell{Text: percent(*s.PathShare), Share: s.PathShare}
		}
		t.Rows = append(t.Rows, []report.Cell{
			{Text: s.Name, Href: s.URL}, result, {Text: orNothing(s.BeganAfterSeconds)}, {Text: waited},
			{Text: orNothing(s.TookSeconds)}, {Text: step}, share,
		})
	}
	return t
}

func (r Result) cacheTable() report.Table {
	t := report.Table{Columns: []report.Column{
		{Title: "cache"}, {Title: "found"}, {Title: "size", Numeric: true}, {Title: "saved", Numeric: true}, {Title: ""},
	}}
	tones := map[string]report.Tone{hit: report.Good, miss: report.Doubt, absent: report.Doubt, unknown: report.Quiet}
	for _, c := range r.Caches {
		name := c.Key
		if name == "" {
			name = c.Prefix + "…"
		}
		size, saved := "", ""
		if c.SizeBytes != nil {
			size = Size(*c.SizeBytes)
		}
		if c.SavedSeconds != nil {
			saved = signed(*c.SavedSeconds)
		} else if c.Outcome == hit {
			saved = "unknown"
		}
		note := report.Cell{Text: c.Why}
		if c.MadeByRun != nil && c.SavedSeconds != nil {
			note = report.Cell{Text: fmt.Sprintf("against run %d, which made it", *c.MadeByRun), Href: c.MadeByURL}
			if c.Why != "" {
				note.Text += "; " + c.Why
			}
		}
		t.Rows = append(t.Rows, []report.Cell{{Text: name, Code: true}, {Text: c.Outcome, Tone: tones[c.Outcome]}, {Text: size}, {Text: saved}, note})
	}
	return t
}

// savingTable shows the steps that caches shorten, job by job.
func (r Result) savingTable() report.Table {
	t := report.Table{Caption: "The steps that they shorten", Columns: []report.Column{
		{Title: "step"}, {Title: "job"}, {Title: "without", Numeric: true}, {Title: "now", Numeric: true}, {Title: "saved", Numeric: true},
	}}
	for _, c := range r.Caches {
		for _, s := range c.Jobs {
			if c.SavedSeconds == nil {
				continue // a table of unknowns tells nothing
			}
			saved := "unknown"
			if s.SavedSeconds != nil {
				saved = signed(*s.SavedSeconds)
			}
			t.Rows = append(t.Rows, []report.Cell{{Text: c.Step}, {Text: s.Job}, {Text: orUnknown(s.BeforeSeconds)}, {Text: orUnknown(s.TookSeconds)}, {Text: saved}})
		}
	}
	return t
}

func (r Result) usage() string {
	u := r.Usage
	subject := fmt.Sprintf("The repository's %d caches hold", u.Caches)
	switch u.Caches {
	case 0:
		return "The repository keeps no caches."
	case 1:
		subject = "The repository's one cache holds"
	}
	return fmt.Sprintf("%s %s, %s of the %s that GitHub includes. Beyond that it removes those that were not used for longest.",
		subject, Size(u.SizeBytes), percent(float64(u.SizeBytes)/float64(u.LimitBytes)), Size(u.LimitBytes))
}
