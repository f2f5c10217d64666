package rehearsal

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/rehearsal/loopback"
	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// Line is a moment as one line of a log.
func (m Moment) Line() string {
	if !m.Ended {
		return fmt.Sprintf("  %s: %s …", m.Job.Name, m.Step.Title())
	}
	sign := map[loopback.Conclusion]string{loopback.Success: "✓", loopback.Failure: "✗"}[m.Step.Conclusion]
	return fmt.Sprintf("%s %s: %s (%s)", sign, m.Job.Name, m.Step.Title(), report.Seconds(m.Step.Took()))
}

// Verdict says whether the rehearsal showed what it set out to show: a clean
// tree passes every stage; a broken one is stopped by the step that should.
func (r Result) Verdict() verdict.Verdict {
	run := r.Told.Run
	switch {
	case run.Conclusion == loopback.Cancelled:
		return verdict.Inconclusive
	case len(r.Told.Unknown) > 0:
		return verdict.Fail
	case r.Break == nil && run.Conclusion == loopback.Success, r.Break != nil && r.caught():
		return verdict.Pass
	}
	return verdict.Fail
}

// caught says whether the fault was stopped where it should be: that step
// failed, and it alone.
func (r Result) caught() bool {
	found := false
	for _, j := range r.Told.Run.Jobs {
		for _, s := range j.Steps {
			if s.Conclusion != loopback.Failure {
				continue
			}
			if j.ID != r.Break.Job || s.Name != r.Break.Step {
				return false
			}
			found = true
		}
	}
	return found
}

// Lead is the rehearsal in one sentence.
func (r Result) Lead() string {
	run := r.Told.Run
	took := report.Seconds(run.Ended.Sub(run.Started))
	switch {
	case len(r.Told.Unknown) > 0:
		return fmt.Sprintf("The run asked GitHub for what the rehearsal cannot answer: %s.", strings.Join(r.Told.Unknown, ", "))
	case run.Conclusion == loopback.Cancelled:
		return fmt.Sprintf("Cancelled after %s.", took)
	case r.Break != nil && r.caught():
		return fmt.Sprintf("As it should: %s, and the step %q said no after %s; nothing was built.", r.Break.Says, r.Break.Step, took)
	case r.Break != nil:
		return fmt.Sprintf("%s, and the step %q did not stop it: %s.", r.Break.Says, r.Break.Step, r.failed())
	case run.Conclusion == loopback.Success:
		ran := 0
		for _, j := range run.Jobs {
			if !j.Started.IsZero() {
				ran++
			}
		}
		return fmt.Sprintf("The commit went through %d jobs in %s.", ran, took)
	}
	return fmt.Sprintf("The commit was stopped after %s: %s.", took, r.failed())
}

func (r Result) failed() string {
	var names []string
	for _, j := range r.Told.Run.Jobs {
		for _, s := range j.Steps {
			if s.Conclusion == loopback.Failure {
				names = append(names, j.Name+", "+s.Title())
			}
		}
	}
	if len(names) == 0 {
		return "no step failed"
	}
	return "failed: " + strings.Join(names, "; ")
}

// Document shows the run stage by stage.
func (r Result) Document() report.Document {
	run := r.Told.Run
	title := run.Workflow
	if r.Break != nil {
		title += ", broken on purpose: " + r.Break.Name
	}
	d := report.Document{Title: title, Verdict: r.Verdict(), Lead: r.Lead()}
	d.Blocks = append(d.Blocks, report.Text{Body: fmt.Sprintf(
		"The real %s ran on this machine under act, triggered by %s: real packages, linters, compiler, tests, gates and archives. GitHub, Slack and AWS were servers on loopback, sst and third-party actions had stand-ins, what was deployed ran on this machine, and no credential was in reach.",
		r.Workflow, run.Event)}, r.stages(), r.lanes())
	if blocks, err := slackBlocks(r.Slack); err != nil {
		d.Blocks = append(d.Blocks, report.Text{Body: err.Error()})
	} else {
		d.Blocks = append(d.Blocks, blocks...)
	}
	for _, j := range run.Jobs {
		if slices.ContainsFunc(j.Steps, worthShowing) {
			d.Blocks = append(d.Blocks, report.Section{Title: j.Name})
		}
		for _, s := range j.Steps {
			d.Blocks = append(d.Blocks, stepBlocks(s)...)
		}
	}
	d.Blocks = append(d.Blocks, r.held()...)
	return d
}

// stages is the table of jobs.
func (r Result) stages() report.Table {
	t := report.Table{Caption: "Stages", Columns: []report.Column{
		{Title: "stage"}, {Title: "ended"}, {Title: "began after", Numeric: true}, {Title: "took", Numeric: true}, {Title: "of note"},
	}}
	for _, j := range r.Told.Run.Jobs {
		row := []report.Cell{{Text: j.Name}, {Text: string(j.Conclusion), Tone: toneOf(j.Conclusion)}}
		if !j.Started.IsZero() {
			row = append(row, report.Cell{Text: report.Seconds(j.Started.Sub(r.Told.Run.Started))}, report.Cell{Text: report.Seconds(j.Ended.Sub(j.Started))})
			row = append(row, report.Cell{Text: ofNote(j)})
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// ofNote is what one wants to know of a job: where it stopped, else what took
// longest.
func ofNote(j *loopback.Job) string {
	if len(j.Steps) == 0 {
		return ""
	}
	for _, s := range j.Steps {
		if s.Conclusion == loopback.Failure {
			return "stopped at " + s.Title()
		}
	}
	longest := slices.MaxFunc(j.Steps, func(a, b *loopback.Step) int { return int(a.Took() - b.Took()) })
	return fmt.Sprintf("%s took %s", longest.Title(), report.Seconds(longest.Took()))
}

// shownFrom is how long a step must take to get a bar of its own.
const shownFrom = 150 * time.Millisecond

func (r Result) lanes() report.Lanes {
	l := report.Lanes{Caption: "Who did what when"}
	for _, j := range r.Told.Run.Jobs {
		for _, s := range j.Steps {
			if s.Took() < shownFrom && s.Conclusion == loopback.Success {
				continue
			}
			l.Spans = append(l.Spans, report.Span{
				Lane: j.Name, Label: s.Title(), Tone: toneOf(s.Conclusion),
				Start: s.Started.Sub(r.Told.Run.Started), End: s.Ended.Sub(r.Told.Run.Started),
			})
		}
	}
	return l
}

func worthShowing(s *loopback.Step) bool {
	if (s.Stage == "Post" || s.Stage == "Pre") && s.Conclusion != loopback.Failure {
		return false // tidying up
	}
	return len(s.Log) > 0 || s.Summary != "" || len(s.Annotations) > 0
}

// stepBlocks shows what a step reported: its summary as it was written, what
// it pinned to files, its log folded away (open where it failed).
func stepBlocks(s *loopback.Step) []report.Block {
	var blocks []report.Block
	if !worthShowing(s) {
		return nil
	}
	if s.Summary != "" {
		blocks = append(blocks, report.Rich{Caption: "Job summary of " + s.Title() + ", as GitHub shows it", HTML: renderMarkdown(s.Summary)})
	}
	t := report.Table{Caption: "Annotations of " + s.Title(), Columns: []report.Column{{Title: "level"}, {Title: "place"}, {Title: "message"}}}
	for _, a := range s.Annotations {
		place := a.File
		if a.Line != "" {
			place += ":" + a.Line
		}
		tone := map[string]report.Tone{"error": report.Bad, "warning": report.Doubt}[a.Level]
		t.Rows = append(t.Rows, []report.Cell{{Text: a.Level, Tone: tone}, {Text: place, Code: place != ""}, {Text: a.Message}})
	}
	if len(t.Rows) > 0 {
		blocks = append(blocks, t)
	}
	if len(s.Log) > 0 {
		failed := s.Conclusion == loopback.Failure
		blocks = append(blocks, report.Log{Caption: fmt.Sprintf("Log of %s (%s)", s.Title(), report.Seconds(s.Took())), Body: strings.Join(s.Log, "\n"), Open: failed})
	}
	return blocks
}

// held is what the loopback GitHub holds beside the run itself.
func (r Result) held() []report.Block {
	artifacts := report.Table{Caption: "Artifacts", Columns: []report.Column{{Title: "artifact"}, {Title: "files", Numeric: true}, {Title: "bytes", Numeric: true}}}
	for _, a := range r.Told.Artifacts {
		artifacts.Rows = append(artifacts.Rows, []report.Cell{{Text: a.Name, Code: true}, {Text: report.Grouped(int64(len(a.Files)))}, {Text: report.Grouped(a.Size())}})
	}
	caches := report.Table{Caption: "Caches", Columns: []report.Column{{Title: "key"}, {Title: "what happened"}}}
	for _, c := range r.Told.CacheUses {
		what := "restored from " + c.Matched
		switch {
		case c.Saved:
			what = "saved"
		case c.Matched == "":
			what = "missed"
		case c.Matched == c.Key:
			what = "hit"
		}
		caches.Rows = append(caches.Rows, []report.Cell{{Text: c.Key, Code: true}, {Text: what}})
	}
	blocks := []report.Block{report.Section{Title: "What GitHub holds"}}
	for _, t := range []report.Table{artifacts, caches} {
		if len(t.Rows) > 0 {
			blocks = append(blocks, t)
		}
	}
	return blocks
}

func toneOf(c loopback.Conclusion) report.Tone {
	switch c {
	case loopback.Success:
		return report.Good
	case loopback.Failure:
		return report.Bad
	case loopback.Cancelled:
		return report.Doubt
	}
	return report.Quiet
}
