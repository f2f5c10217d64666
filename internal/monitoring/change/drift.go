package change

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// Drifted is a resource that was compared with what the template declares.
type Drifted struct {
	ID       string `json:"logical_id"`
	Physical string `json:"physical_id"`
	Type     string `json:"type"`
	// Status is IN_SYNC, MODIFIED, DELETED or UNKNOWN.
	Status      string       `json:"status"`
	Reason      string       `json:"reason"`
	Differences []Difference `json:"differences"`
}

// Unchecked is a resource that CloudFormation cannot compare.
type Unchecked struct {
	ID   string `json:"logical_id"`
	Type string `json:"type"`
}

// DriftReport says what was changed by hand: one JSON document
// (schemas/monitoring-drift.schema.json).
type DriftReport struct {
	Verdict verdict.Verdict `json:"verdict" jsonschema:"enum=pass,enum=fail,enum=inconclusive"`
	Stack   string          `json:"stack"`
	// Status is what CloudFormation says of the stack as a whole.
	Status  string    `json:"status"`
	Lead    string    `json:"lead"`
	Next    string    `json:"next"`
	Checked int       `json:"checked"`
	Drifted []Drifted `json:"drifted"`
	// Unknown could not be compared this time, Unchecked never are.
	Unknown   []Drifted   `json:"unknown"`
	Unchecked []Unchecked `json:"unchecked"`
	Seconds   float64     `json:"seconds"`
}

// driftLimit bounds a look for drift, which takes minutes for a large stack.
const driftLimit = 20 * time.Minute

// Drift compares what the stack declares with what is there.
func Drift(ctx context.Context, p Ports, stack string) (DriftReport, error) {
	began := p.Clock.Now()
	r := DriftReport{Verdict: verdict.Inconclusive, Stack: stack, Lead: "Whether " + stack + " has drifted is not known.", Drifted: []Drifted{}, Unknown: []Drifted{}, Unchecked: []Unchecked{}}
	d, err := detect(ctx, p, stack)
	var found []Found
	var resources []Resource
	if err == nil {
		found, err = p.Stacks.Drifts(ctx, stack)
	}
	if err == nil {
		resources, err = p.Stacks.Resources(ctx, stack)
	}
	if errors.Is(err, ErrNone) {
		err = &fault.Fault{Kind: fault.Input, Name: "stack", What: "does not exist", Got: stack, Next: "Deploy it first."}
	}
	if err != nil {
		return r, left(ctx, stack, err)
	}
	r.judge(d, found, resources)
	r.Seconds = p.Clock.Now().Sub(began).Seconds()
	return r, nil
}

// detect looks for drift and waits until that is done.
func detect(ctx context.Context, p Ports, stack string) (Detection, error) {
	began := p.Clock.Now()
	id := ""
	for n := 0; ; n++ {
		if id == "" {
			next, err := p.Stacks.Detect(ctx, stack)
			if err != nil && !errors.Is(err, ErrBusy) {
				return Detection{}, err
			}
			id = next
		}
		if id != "" {
			d, err := p.Stacks.Detection(ctx, id)
			if err != nil || d.Status != "DETECTION_IN_PROGRESS" {
				return d, err
			}
		}
		took := p.Clock.Now().Sub(began)
		if took > driftLimit {
			return Detection{}, &fault.Fault{Kind: fault.Outside, Name: "drift of " + stack, What: "was not known after " + spoken(took), Next: "Look again later: somebody may be deploying."}
		}
		p.tell(Event{ID: fmt.Sprintf("drift-%d", n), Time: p.Clock.Now(), Logical: stack, Type: typeStack, Status: "DETECTION_IN_PROGRESS", Reason: "after " + spoken(took)})
		if err := p.Clock.Wait(ctx, pause(stack, n)); err != nil {
			return Detection{}, err
		}
	}
}

// judge is the verdict: nothing that could not be compared passes for compared,
// and types that CloudFormation never compares are named.
func (r *DriftReport) judge(d Detection, found []Found, resources []Resource) {
	r.Status = d.Stack
	seen := map[string]bool{}
	for _, f := range found {
		seen[f.ID] = true
		one := Drifted(f)
		if one.Differences == nil {
			one.Differences = []Difference{}
		}
		switch f.Status {
		case "IN_SYNC":
			r.Checked++
		case "MODIFIED", "DELETED":
			r.Checked++
			r.Drifted = append(r.Drifted, one)
		default:
			r.Unknown = append(r.Unknown, one)
		}
	}
	for _, o := range resources {
		if !seen[o.ID] && o.Status != "DELETE_COMPLETE" {
			r.Unchecked = append(r.Unchecked, Unchecked{o.ID, o.Type})
		}
	}
	byID := func(a, b Drifted) int { return cmp.Compare(a.ID, b.ID) }
	slices.SortFunc(r.Drifted, byID)
	slices.SortFunc(r.Unknown, byID)
	slices.SortFunc(r.Unchecked, func(a, b Unchecked) int { return cmp.Or(cmp.Compare(a.Type, b.Type), cmp.Compare(a.ID, b.ID)) })
	whole := fmt.Sprintf("%d of %d resources were compared", r.Checked, r.Checked+len(r.Unknown)+len(r.Unchecked))
	switch {
	case len(r.Drifted) > 0 || d.Stack == "DRIFTED":
		r.Verdict, r.Lead = verdict.Fail, fmt.Sprintf("%d resources are not as the template says; %s.", len(r.Drifted), whole)
		r.Next = "Put back by hand what was changed by hand, or put it into cutover.yaml and deploy. A deployment alone does not undo it: CloudFormation compares templates, not resources."
	case r.Checked == 0:
		r.Lead, r.Next = "Nothing could be compared.", "Read the reasons; the role needs the reading permissions of each resource's service."
	case len(r.Unknown) > 0 || d.Status != "DETECTION_COMPLETE" || d.Stack != "IN_SYNC":
		r.Lead = join("No drift was found, but not everything could be compared: "+whole+".", d.Reason)
		r.Next = "Read the reasons; the role needs the reading permissions of each resource's service."
	default:
		r.Verdict, r.Lead = verdict.Pass, "What could be compared is as the template says: "+whole+"."
	}
}

// Document shows the report for people.
func (r DriftReport) Document() report.Document {
	d := report.Document{Title: "Drift of " + r.Stack, Verdict: r.Verdict, Lead: r.Lead}
	if r.Next != "" {
		d.Blocks = append(d.Blocks, report.Text{Body: "What to do: " + r.Next})
	}
	t := report.Table{Caption: "Not as declared", Columns: []report.Column{{Title: "resource"}, {Title: "property"}, {Title: "declared"}, {Title: "is"}}}
	for _, o := range r.Drifted {
		if len(o.Differences) == 0 {
			t.Rows = append(t.Rows, []report.Cell{{Text: o.ID, Code: true}, {}, {Text: o.Type}, {Text: "deleted", Tone: report.Bad}})
		}
		for _, x := range o.Differences {
			t.Rows = append(t.Rows, []report.Cell{{Text: o.ID, Code: true}, {Text: x.Path, Code: true}, {Text: short(x.Expected)}, {Text: short(x.Actual), Tone: report.Bad}})
		}
	}
	t.More = max(0, len(t.Rows)-mostRows)
	t.Rows = t.Rows[:len(t.Rows)-t.More]
	u := report.Table{Caption: "Could not be compared", Columns: []report.Column{{Title: "resource"}, {Title: "reason"}}}
	for _, o := range r.Unknown {
		u.Rows = append(u.Rows, []report.Cell{{Text: o.ID, Code: true, Tone: report.Doubt}, {Text: o.Reason}})
	}
	for _, table := range []report.Table{t, u} {
		if len(table.Rows) > 0 {
			d.Blocks = append(d.Blocks, table)
		}
	}
	if len(r.Unchecked) > 0 {
		d.Blocks = append(d.Blocks, report.Text{Body: "CloudFormation told nothing of these, so a change by hand would not be seen here: " + typesOf(r.Unchecked) + "."})
	}
	return d
}

// typesOf counts what was not checked, by type.
func typesOf(all []Unchecked) string {
	var parts []string
	for i := 0; i < len(all); {
		n := i
		for n < len(all) && all[n].Type == all[i].Type {
			n++
		}
		parts = append(parts, fmt.Sprintf("%d of %s", n-i, all[i].Type))
		i = n
	}
	text := ""
	for i, p := range parts {
		if i > 0 {
			text += ", "
		}
		text += p
	}
	return text
}
