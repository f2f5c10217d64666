package change

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// What came of a deployment or a destruction.
const (
	Created    = "created"
	Updated    = "updated"
	Unchanged  = "unchanged"
	RolledBack = "rolled back"
	Removed    = "removed"
	Absent     = "absent"
)

// Outcome is what came of it: one JSON document
// (schemas/monitoring-deploy.schema.json).
type Outcome struct {
	// Action is deploy or destroy.
	Action  string          `json:"action" jsonschema:"enum=deploy,enum=destroy"`
	Verdict verdict.Verdict `json:"verdict" jsonschema:"enum=pass,enum=fail,enum=inconclusive"`
	// Result is created, updated, unchanged, rolled back, removed or absent;
	// empty when it is not known.
	Result string `json:"result"`
	Stack  string `json:"stack"`
	ID     string `json:"stack_id"`
	Status string `json:"status"`
	Lead   string `json:"lead"`
	Next   string `json:"next"`
	// Cause is what failed first, null if nothing did.
	Cause   *Cause            `json:"cause" jsonschema:"nullable"`
	Outputs map[string]string `json:"outputs"`
	// Events are those of this operation, the oldest first.
	Events  []Event  `json:"events"`
	Notes   []string `json:"notes"`
	Seconds float64  `json:"seconds"`
	// Proposed is what the change set was to do.
	Proposed []Proposed `json:"-"`
}

func newOutcome(action, stack string) Outcome {
	return Outcome{Action: action, Stack: stack, Verdict: verdict.Inconclusive, Outputs: map[string]string{}, Events: []Event{}, Notes: []string{}}
}

// failed says what an operation came to that did not end well.
func (o *Outcome) failed(end Stack, c *Cause) error {
	o.Verdict, o.Status, o.Cause = verdict.Fail, end.Status, c
	if c == nil {
		// All events may have been read by nobody: the state is all there is.
		o.Cause = because(Event{Logical: end.Name, Type: typeStack, Status: end.Status, Reason: end.Reason})
	}
	c = o.Cause
	return &fault.Fault{
		Kind: c.kind, Name: c.Logical, What: o.Action + " of the stack " + o.Stack + " ended in " + end.Status, Err: errors.New(c.Reason), Next: join(c.Meaning, c.Next),
	}
}

// close fills in what is said in one sentence.
func (o *Outcome) close(took time.Duration, err error) {
	o.Seconds = took.Seconds()
	if o.Events == nil {
		o.Events = []Event{}
	}
	after := " after " + spoken(took)
	switch {
	case err != nil && o.Cause != nil:
		o.Lead, o.Next = fmt.Sprintf("%s of %s failed%s: %s said %q first.", o.Action, o.Stack, after, o.Cause.Logical, o.Cause.Reason), join(o.Cause.Meaning, o.Cause.Next)
	case err != nil:
		var f *fault.Fault
		if errors.As(err, &f) {
			o.Next = f.Next
		}
		o.Lead = fmt.Sprintf("%s of %s did not come to an end%s.", o.Action, o.Stack, after)
	case o.Result == Unchanged:
		o.Lead = o.Stack + " is as its template says: nothing was changed."
	case o.Result == Absent:
		o.Lead = "There is no stack " + o.Stack + ": nothing was removed."
	default:
		o.Lead = fmt.Sprintf("%s was %s%s.", o.Stack, o.Result, after)
	}
}

// mostEvents is how many events a document lists; the log has all.
const mostEvents = 200

// Document shows the outcome for people.
func (o Outcome) Document() report.Document {
	d := report.Document{Title: map[string]string{"deploy": "Deployment", "destroy": "Removal"}[o.Action] + " of " + o.Stack, Verdict: o.Verdict, Lead: o.Lead}
	if o.Next != "" && o.Verdict != verdict.Pass {
		d.Blocks = append(d.Blocks, report.Text{Body: "What to do: " + o.Next})
	}
	if c := o.Cause; c != nil {
		d.Blocks = append(d.Blocks, report.Table{Caption: "What failed first", Columns: []report.Column{{Title: "resource"}, {Title: "type"}, {Title: "state"}, {Title: "reason"}},
			Rows: [][]report.Cell{{{Text: c.Logical, Code: true}, {Text: c.Type}, {Text: c.Status, Tone: report.Bad}, {Text: c.Reason}}}})
	}
	d.Blocks = append(d.Blocks, outputs(o.Outputs)...)
	if n := len(o.Events); n > 0 {
		var lines []string
		for _, e := range o.Events[max(0, n-mostEvents):] {
			lines = append(lines, e.Line())
		}
		d.Blocks = append(d.Blocks, report.Log{Caption: fmt.Sprintf("%d events", n), Body: strings.Join(lines, "\n")})
	}
	for _, n := range o.Notes {
		d.Blocks = append(d.Blocks, report.Text{Body: n})
	}
	return d
}

func outputs(all map[string]string) []report.Block {
	if len(all) == 0 {
		return nil
	}
	t := report.Table{Caption: "Outputs", Columns: []report.Column{{Title: "output"}, {Title: "value"}}}
	for _, k := range slices.Sorted(maps.Keys(all)) {
		t.Rows = append(t.Rows, []report.Cell{{Text: k}, {Text: all[k], Code: true, Href: all[k]}})
	}
	return []report.Block{t}
}
