package comparison

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/report"
)

// Approval is who decided, and when.
type Approval struct {
	Approver string
	At       time.Time
	// Decision is what was decided. Empty is what the report says; a person may do
	// less than that, and never more.
	Decision Decision
	// Reason is in the approver's words; needed if the decision is not the report's.
	Reason string
}

// Hash names a report: the SHA-256 of its canonical bytes.
func (r Report) Hash() (string, error) {
	text, err := r.Canonical()
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]), nil
}

const (
	mostName   = 100
	mostReason = 2000
)

// Decided is the approval's decision, or why it is none.
func (r Report) Decided(a Approval) (Decision, error) {
	refuse := func(name, what, got, allowed string) (Decision, error) {
		return "", &fault.Fault{Kind: fault.Input, Name: name, What: what, Got: got, Allowed: allowed}
	}
	if plain(a.Approver) == "" || len([]rune(a.Approver)) > mostName {
		return refuse("approver", "names nobody", a.Approver, "the name of a person, up to 100 letters")
	}
	if len([]rune(a.Reason)) > mostReason {
		return refuse("reason", "is too long", "", "up to 2000 letters")
	}
	if a.At.IsZero() {
		return refuse("date", "is missing", "", "the time of the decision")
	}
	switch {
	case a.Decision == "" || a.Decision == r.Decision:
		return r.Decision, nil
	case a.Decision == Proceed:
		return "", &fault.Fault{Kind: fault.Refused, Name: "decision", What: fmt.Sprintf("cannot be proceed: the report says %s", r.Decision), Next: "Settle the rows that do not pass, and make the report anew."}
	case a.Decision != Return && a.Decision != Undecided:
		return refuse("decision", "is none", string(a.Decision), "proceed, return, undecided")
	case plain(a.Reason) == "":
		return refuse("reason", fmt.Sprintf("is missing: the report says %s, and %s was decided", r.Decision, a.Decision), "", "why")
	}
	return a.Decision, nil
}

// plain is a stranger's text as one line of text.
func plain(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return ' '
		}
		if unicode.IsControl(r) || unicode.In(r, unicode.Cf) {
			return -1
		}
		return r
	}, s)
	return strings.Join(strings.Fields(s), " ")
}

// said is a stranger's text in Markdown.
func said(s string) string { return report.Escape(plain(s)) }

// Record is the decision record in Markdown.
func (r Report) Record(a Approval) (string, error) {
	decision, err := r.Decided(a)
	if err != nil {
		return "", err
	}
	hash, err := r.Hash()
	if err != nil {
		return "", err
	}
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("# %s: %s %s\n", title(decision, r), said(r.Project), said(r.Stage))
	line("- Decision: **%s**\n- Approver: %s\n- Date: %s\n- Report: SHA-256 `%s`", decision, said(a.Approver), a.At.UTC().Format("2006-01-02"), hash)
	if reason := plain(a.Reason); reason != "" {
		line("- Reason: %s", report.Escape(reason))
	}
	line("\n## Context\n")
	line("%s and %s served the same application at %s. %s\n", said(r.Blue.Name), said(r.Green.Name), said(r.Stage), said(r.Lead))
	for _, s := range []Shown{r.Blue, r.Green} {
		line("- %s: %s, %s, %s", said(s.Name), said(s.Source), s.Window.words(), report.Count(s.Requests, "request"))
	}
	line("\n## What was judged\n\n| what | verdict | observed | interval | target | of |\n| :--- | :--- | ---: | ---: | :--- | ---: |")
	for _, row := range r.Rows {
		line("| %s | %s | %s | %s | %s | %s |", said(row.Title), report.Mark(row.Verdict), row.value(row.Observed), row.span(), said(row.Rule), report.Grouped(row.Sample)+" "+said(row.SampleOf))
	}
	line("")
	for _, row := range r.Rows {
		line("- %s: %s", said(row.Title), said(strings.TrimSpace(row.Why+" "+row.Settle)))
	}
	line("\n## Rule\n\nA row that fails returns; an open one leaves the question open; if all pass, %s may go. A person may do less than this says, and never more.", said(r.Blue.Name))
	line("\n## Recommendations\n")
	for _, s := range r.Advice {
		line("- %s", said(s))
	}
	line("\n## How to undo it\n\n%s", undo(decision, r))
	line("\n## Inputs\n\n| file | SHA-256 |\n| :--- | :--- |")
	for _, f := range r.Files {
		line("| %s | `%s` |", said(f.Name), f.SHA256)
	}
	return b.String(), nil
}

func title(d Decision, r Report) string {
	return map[Decision]string{
		Proceed: "Take " + said(r.Blue.Name) + " out of service", Return: "Return to " + said(r.Blue.Name), Undecided: "Keep both sides",
	}[d]
}

// undo says how to go back, and until when.
func undo(d Decision, r Report) string {
	blue, green := said(r.Blue.Name), said(r.Green.Name)
	switch d {
	case Proceed:
		return fmt.Sprintf("Until %s is taken out of service: `traffic-shift` with the command back. Afterwards %s must be deployed anew from its last image before it can take traffic; the images stay for as long as `legacy.image_retention` says.", blue, blue)
	case Return:
		return fmt.Sprintf("Begin a new cutover to %s with `traffic-shift`, from its first phase, and make a new report.", green)
	}
	return "Nothing changes, so there is nothing to undo. Make a new report when the open rows can be settled."
}

// words writes a window.
func (w Window) words() string {
	if w.From.IsZero() || w.To.IsZero() {
		return "at a time that is not known"
	}
	const layout = "2006-01-02 15:04"
	to := w.To.UTC().Format(layout)
	if w.From.UTC().Format("2006-01-02") == w.To.UTC().Format("2006-01-02") {
		to = w.To.UTC().Format("15:04")
	}
	return w.From.UTC().Format(layout) + " to " + to + " UTC"
}

// Told is a report as a message: what notify needs to announce it.
type Told struct {
	Title  string
	Text   string
	Fields []Field
}

// Field is a name and a value of a message.
type Field struct{ Name, Value string }

// Tell is what a channel is told: the decision, then what carries it.
func (r Report) Tell() Told {
	t := Told{Title: map[Decision]string{
		Proceed: "Comparison: proceed", Return: "Comparison: return to " + plain(r.Blue.Name), Undecided: "Comparison: undecided",
	}[r.Decision], Text: plain(r.Lead)}
	for _, name := range []string{"latency_p95", "errors_5xx", "cold_start_p99", "savings"} {
		i := slices.IndexFunc(r.Rows, func(row Row) bool { return row.Name == name })
		if i >= 0 {
			row := r.Rows[i]
			t.Fields = append(t.Fields, Field{row.Title, plain(report.Mark(row.Verdict) + " " + row.value(row.Observed))})
		}
	}
	return t
}
