package bake

import (
	"fmt"
	"time"

	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// Result is what came of it: the one JSON document (schemas/bake.schema.json).
type Result struct {
	Verdict verdict.Verdict `json:"verdict" jsonschema:"enum=pass,enum=fail,enum=inconclusive"`
	// Reason is quiet, smoke, check, alarm, no-alarm, unproven or cancelled.
	Reason string `json:"reason"`
	Lead   string `json:"lead"`
	Next   string `json:"next"`
	Stage  string `json:"stage"`
	URL    string `json:"url"`
	// SettledSeconds is how long it took until every check was right, BakedSeconds
	// how long they were watched since.
	SettledSeconds float64     `json:"settled_seconds"`
	BakedSeconds   float64     `json:"baked_seconds"`
	Samples        int         `json:"samples"`
	Checks         []CheckSeen `json:"checks"`
	Alarms         []AlarmSeen `json:"alarms"`
	Notes          []string    `json:"notes"`
}

// CheckSeen is what became of a check.
type CheckSeen struct {
	Check string `json:"check"`
	Right int    `json:"right"`
	Wrong int    `json:"wrong"`
	// SlowestSeconds is of the right answers.
	SlowestSeconds float64 `json:"slowest_seconds"`
	LastError      string  `json:"last_error"`
	misses         int     // wrong answers in a row
}

func (c *CheckSeen) add(wrong string, took time.Duration) bool {
	if wrong != "" {
		c.Wrong, c.misses, c.LastError = c.Wrong+1, c.misses+1, wrong
		return false
	}
	c.Right, c.misses, c.SlowestSeconds = c.Right+1, 0, max(c.SlowestSeconds, took.Seconds())
	return true
}

// AlarmSeen is an alarm as it was last seen; a state of "" says that it never was.
type AlarmSeen struct {
	Name   string `json:"name"`
	State  string `json:"state"`
	Since  string `json:"since"`
	Reason string `json:"reason"`
}

// Result tells what is known by now.
func (w *Watch) Result(stage, url string) Result {
	r := Result{
		Verdict: verdict.Inconclusive, Reason: "cancelled", Stage: stage, URL: url, Samples: w.samples, Checks: w.checks, Alarms: []AlarmSeen{}, Notes: []string{},
		Lead: "The watch was broken off before it could say anything.", Next: "Watch the stage yourself: the deployment stands.",
	}
	if e := w.end; e != nil {
		r.Verdict, r.Reason, r.Lead, r.Next = e.verdict, e.reason, e.lead, e.next
	}
	if !w.right.IsZero() {
		r.SettledSeconds, r.BakedSeconds = w.right.Sub(w.began).Seconds(), w.last.Sub(w.right).Seconds()
	}
	for _, name := range w.policy.Alarms {
		a := w.alarms[name]
		seen := AlarmSeen{Name: name, State: a.State, Reason: short(a.Reason)}
		if !a.Since.IsZero() {
			seen.Since = a.Since.UTC().Format(time.RFC3339)
		}
		r.Alarms = append(r.Alarms, seen)
	}
	if len(w.policy.Alarms) == 0 {
		r.Notes = append(r.Notes, "No alarm watched: name some, and a fault that no check hits is seen too.")
	}
	return r
}

// Document shows the result for people.
func (r Result) Document() report.Document {
	d := report.Document{Title: "Bake of " + r.Stage, Verdict: r.Verdict, Lead: r.Lead}
	if r.Next != "" && r.Verdict != verdict.Pass {
		d.Blocks = append(d.Blocks, report.Text{Body: "What to do: " + r.Next})
	}
	if r.BakedSeconds > 0 || r.SettledSeconds > 0 {
		d.Blocks = append(d.Blocks, report.Text{Body: fmt.Sprintf("Right after %s, then watched for %s by %d looks at %s.", seconds(r.SettledSeconds), seconds(r.BakedSeconds), r.Samples, r.URL)})
	}
	checks := report.Table{Caption: "Checks", Columns: []report.Column{{Title: "check"}, {Title: "right", Numeric: true}, {Title: "wrong", Numeric: true}, {Title: "slowest", Numeric: true}, {Title: "last fault"}}}
	for _, c := range r.Checks {
		tone := report.Good
		if c.misses > 0 || c.Right == 0 {
			tone = report.Bad
		}
		slowest := ""
		if c.Right > 0 {
			slowest = seconds(c.SlowestSeconds)
		}
		checks.Rows = append(checks.Rows, []report.Cell{{Text: c.Check, Code: true, Tone: tone}, {Text: fmt.Sprint(c.Right)}, {Text: fmt.Sprint(c.Wrong)}, {Text: slowest}, {Text: c.LastError}})
	}
	alarms := report.Table{Caption: "Alarms", Columns: []report.Column{{Title: "alarm"}, {Title: "state"}, {Title: "since"}, {Title: "reason"}}}
	for _, a := range r.Alarms {
		tone, known := map[string]report.Tone{StateOK: report.Good, StateAlarm: report.Bad}[a.State]
		if !known {
			tone = report.Doubt
		}
		alarms.Rows = append(alarms.Rows, []report.Cell{{Text: a.Name, Code: true}, {Text: orNone(a.State, "not seen"), Tone: tone}, {Text: a.Since}, {Text: a.Reason}})
	}
	for _, t := range []report.Table{checks, alarms} {
		if len(t.Rows) > 0 {
			d.Blocks = append(d.Blocks, t)
		}
	}
	for _, n := range r.Notes {
		d.Blocks = append(d.Blocks, report.Text{Body: n})
	}
	return d
}

func seconds(s float64) string { return report.Seconds(time.Duration(s * float64(time.Second))) }

func span(d time.Duration) string { return report.Seconds(d) }

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}

func orNone(text, none string) string {
	if text == "" {
		return none
	}
	return text
}
