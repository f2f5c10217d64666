package rollback

import (
	"fmt"
	"time"

	"github.com/cutover-dev/cutover/internal/report"
)

// Lead is the sentence for whoever reads only one.
func (r Result) Lead() string {
	to := fmt.Sprintf("%s (commit %s)", r.Release, short(r.Commit))
	switch {
	case r.Action == Idle:
		return "Nothing was rolled back: " + r.Why + "."
	case r.Action == Over:
		return "It was rolled back to " + to + " before: " + r.Why + "."
	case r.Redeploy == Done:
		return "Rolled back from " + r.From + " to " + to + "."
	case r.Code == Done:
		return fmt.Sprintf("The code of %s is back: it was given to %d of %d functions, %d had it already. The deployment of that commit is left.", to, r.Count(Put), len(r.Functions), r.Count(There))
	case r.Code == LeftOut:
		return "The code of " + to + " could not be put back ahead; the deployment of that commit brings everything back."
	}
	return "It would be rolled back from " + r.From + " to " + to + "."
}

// mostRows bounds the table of functions.
const mostRows = 200

// Blocks show a rollback for people.
func (r Result) Blocks() []report.Block {
	if r.Action == "" {
		return nil
	}
	var all []report.Block
	if r.State != "" {
		all = append(all, report.Text{Body: "State of things: " + r.State})
	}
	if r.Type != "" {
		all = append(all, report.Text{Body: "What is left to do: " + left[r.Left] + ". In a workflow its next step does it, or started anew: gh workflow run rollback.yml -f to=" + r.Release + ". By hand, type:"}, report.Log{Caption: "Command", Body: r.Type, Open: true})
	}
	all = append(all, r.facts())
	if len(r.Functions) > 0 {
		all = append(all, r.functions())
	}
	if len(r.Steps) > 0 {
		all = append(all, r.steps())
	}
	for _, note := range r.Notes {
		all = append(all, report.Text{Body: note})
	}
	return all
}

var left = map[string]string{
	Redeploy: "deploy the release's commit again, so that SST's state and everything that is no code is the release's too",
	All:      "put the code back, then deploy the release's commit",
}

func (r Result) facts() report.Table {
	t := report.Table{Caption: "Rollback", Columns: []report.Column{{Title: "what"}, {Title: "value"}}}
	row := func(what, value string) {
		if value != "" {
			t.Rows = append(t.Rows, []report.Cell{{Text: what}, {Text: value}})
		}
	}
	row("From", r.From)
	row("To", r.Release)
	row("Commit", r.Commit)
	row("Why this one", r.Why)
	for _, name := range r.Withdraws {
		row("Withdraws", name)
	}
	row("In the journal", r.ID)
	row("Part", r.Part)
	return t
}

var tones = map[Status]report.Tone{Put: report.Good, There: report.Good, Failed: report.Bad, Pending: report.Doubt, Left: report.Doubt, Gone: report.Doubt}

var words = map[Status]string{
	Put: "put back", There: "there already", Failed: "failed", Pending: "not touched", Left: "left to the deployment", Gone: "gone",
}

func (r Result) functions() report.Table {
	t := report.Table{Caption: "Functions", Columns: []report.Column{{Title: "function"}, {Title: "was"}, {Title: "now"}, {Title: "release"}, {Title: "what was done"}, {Title: "took", Numeric: true}}}
	for i, f := range r.Functions {
		if i == mostRows {
			t.More = len(r.Functions) - mostRows
			break
		}
		took := ""
		if f.Seconds > 0 {
			took = report.Seconds(time.Duration(f.Seconds * float64(time.Second)))
		}
		what := words[f.Status]
		if f.Note != "" {
			what += ": " + f.Note
		}
		t.Rows = append(t.Rows, []report.Cell{
			{Text: f.Name}, {Text: short(f.Was), Code: true}, {Text: short(f.Now), Code: true}, {Text: short(f.Want), Code: true}, {Text: what, Tone: tones[f.Status]}, {Text: took},
		})
	}
	return t
}

func (r Result) steps() report.Table {
	t := report.Table{Caption: "What happened", Columns: []report.Column{{Title: "after", Numeric: true}, {Title: "what"}}}
	for _, s := range r.Steps {
		t.Rows = append(t.Rows, []report.Cell{{Text: report.Seconds(s.At.Sub(r.Steps[0].At))}, {Text: s.What}})
	}
	return t
}
