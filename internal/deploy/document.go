package deploy

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// mostRows bounds the table of changes; a first deployment has hundreds.
const mostRows = 100

// Document shows the result for people.
func (r Result) Document() report.Document {
	d := report.Document{Title: "sst " + r.Command + " " + r.Stage, Verdict: r.Verdict, Lead: r.Lead}
	if r.Command == "status" || r.Reason == ReasonDryRun {
		d.Verdict = ""
	}
	if r.Next != "" && r.Verdict != verdict.Pass {
		d.Blocks = append(d.Blocks, report.Text{Body: "What to do: " + r.Next})
	}
	add := func(b report.Block, ok bool) {
		if ok {
			d.Blocks = append(d.Blocks, b)
		}
	}
	add(r.facts(), true)
	add(r.errors(), r.Update != nil && len(r.Update.Errors) > 0)
	add(r.changes(), len(r.Changes) > 0)
	add(r.outputs(), len(r.Outputs) > 0)
	add(r.locks(), len(r.Locks) > 0)
	for _, note := range r.Notes {
		d.Blocks = append(d.Blocks, report.Text{Body: note})
	}
	tail := strings.Join(r.Tail, "\n")
	add(report.Log{Caption: "The last lines of sst", Body: tail, Open: r.Verdict == verdict.Fail}, tail != "" && r.Verdict != verdict.Pass)
	return d
}

// The reasons of commands that judge no deployment.
const (
	ReasonDone    = "done"
	ReasonDryRun  = "dry-run"
	ReasonRefused = "refused"
	ReasonFailed  = "failed"
)

func (r Result) facts() report.Table {
	t := report.Table{Columns: []report.Column{{Title: "what"}, {Title: "value"}}}
	row := func(what, value string) {
		if value != "" {
			t.Rows = append(t.Rows, []report.Cell{{Text: what}, {Text: value}})
		}
	}
	row("App", r.App)
	row("Stage", r.Stage)
	if r.Touched != "" && r.Touched != TouchAll {
		row("Changed by then", string(r.Touched))
	}
	if u := r.Update; u != nil {
		row("Update", u.ID)
		row("By run", u.RunID)
		row("Started", u.Started)
		if u.Completed != "" {
			row("Took", report.Seconds(time.Duration(u.Seconds)*time.Second))
		} else {
			row("Completed", "no")
		}
		if r.Version == "" {
			row("SST", u.Version)
		}
	}
	row("SST", r.Version)
	if (r.Command == "deploy" || r.Command == "rollback") && r.Update != nil || r.Command == "diff" && r.Reason == ReasonDone {
		row("Resources", r.Counts.String())
	}
	if r.Calls > 1 {
		row("Calls of sst", fmt.Sprintf("%d, again because %s", r.Calls, strings.Join(append(slices.Clone(r.Retries), lockedOut(r)...), ", ")))
	}
	if r.Reason == ReasonDryRun {
		row("Command", r.SST)
		row("Variables passed", strings.Join(r.Passed, " "))
	}
	for _, l := range r.Links {
		if l.URL != "" {
			t.Rows = append(t.Rows, []report.Cell{{Text: l.Label}, {Text: l.URL, Href: l.URL}})
		}
	}
	return t
}

func lockedOut(r Result) []string {
	if r.Calls-1 > len(r.Retries) {
		return []string{"somebody else held the lock"}
	}
	return nil
}

// String writes counts as a row of words: 2 created, 1 updated, 40 the same.
func (c Counts) String() string {
	var parts []string
	for _, p := range []struct {
		n    int
		word string
	}{{c.Created, "created"}, {c.Updated, "updated"}, {c.Replaced, "replaced"}, {c.Deleted, "deleted"}, {c.Other, "otherwise changed"}, {c.Failed, "failed"}, {c.Same, "the same"}} {
		if p.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", p.n, p.word))
		}
	}
	if len(parts) == 0 {
		return "none changed"
	}
	return strings.Join(parts, ", ")
}

func (r Result) errors() report.Table {
	t := report.Table{Caption: "Errors in the update's record", Columns: []report.Column{{Title: "resource"}, {Title: "error"}}}
	if r.Update == nil {
		return t
	}
	for _, e := range r.Update.Errors {
		n, kind := nameOf(e.URN)
		t.Rows = append(t.Rows, []report.Cell{{Text: strings.TrimSpace(n + " " + kind), Tone: report.Bad}, {Text: e.Message}})
	}
	return t
}

func (r Result) changes() report.Table {
	planned := r.Command == "diff"
	t := report.Table{Caption: "What changed", Columns: []report.Column{{Title: "resource"}, {Title: "type"}, {Title: "change"}, {Title: "took", Numeric: true}}}
	if planned {
		t.Caption, t.Columns[3] = "What would change", report.Column{Title: "properties"}
	}
	for i, c := range r.Changes {
		if i == mostRows {
			t.More = len(r.Changes) - mostRows
			break
		}
		op, tone := c.Op, report.Plain
		switch {
		case c.Failed:
			op, tone = c.Op+", failed", report.Bad
		case c.Op == opReplace || c.Op == "delete" || c.Op == "deleted":
			tone = report.Doubt
		}
		last := report.Seconds(time.Duration(c.Seconds) * time.Second)
		if c.Seconds == 0 {
			last = "under 1 s" // Pulumi logs whole seconds
		}
		if planned {
			last = properties(c.Properties)
		}
		t.Rows = append(t.Rows, []report.Cell{{Text: c.Name}, {Text: c.Type, Code: true}, {Text: op, Tone: tone}, {Text: last}})
	}
	return t
}

func properties(paths []string) string {
	const most = 6
	if len(paths) <= most {
		return strings.Join(paths, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(paths[:most], ", "), len(paths)-most)
}

func (r Result) outputs() report.Table {
	t := report.Table{Caption: "Outputs", Columns: []report.Column{{Title: "name"}, {Title: "value"}}}
	for _, k := range slices.Sorted(maps.Keys(r.Outputs)) {
		v := r.Outputs[k]
		text, ok := v.(string)
		if !ok {
			encoded, err := json.Marshal(v)
			if err != nil {
				continue
			}
			text = string(encoded)
		}
		t.Rows = append(t.Rows, []report.Cell{{Text: k, Code: true}, {Text: shortError(text), Href: text}})
	}
	return t
}

func (r Result) locks() report.Table {
	t := report.Table{Caption: "Locks that were met", Columns: []report.Column{{Title: "owner"}, {Title: "since"}, {Title: "lives"}, {Title: "what was done"}}}
	for _, l := range r.Locks {
		done, tone := "left alone", report.Doubt
		if l.Released {
			done, tone = "released", report.Plain
		}
		owner := l.RunID
		if owner == "" {
			owner = "somebody without a run"
		}
		t.Rows = append(t.Rows, []report.Cell{
			{Text: owner, Href: l.URL}, {Text: clock(l.Created)}, {Text: string(l.Life) + ": " + l.Why}, {Text: done, Tone: tone},
		})
	}
	return t
}
