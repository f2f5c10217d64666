package retire

import (
	"fmt"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/retire/plan"
)

// Retrospective is the template of the meeting, as Markdown: what the tools know
// is filled in, what only people know is asked.
func Retrospective(p plan.Sealed, s State, log []Event) string {
	var b strings.Builder
	write := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	write("# Retrospective: the retirement of %s\n", plain(p.Plan.Scope.Confirm()))
	write("Account %s, %s. Plan `%s`, made %s.", p.Plan.Scope.Account, p.Plan.Scope.Region, p.PlanSHA256, clock(p.Plan.At))
	if a := s.Approval; a != nil {
		write("Approved by %s, %s.", plain(a.By), clock(a.At))
	}
	write("\n## What happened\n\n| step | began | took |\n| :--- | :--- | ---: |")
	for _, span := range s.Spans {
		took := "not done"
		if !span.Done.IsZero() {
			took = long(span.Done.Sub(span.Began))
		}
		write("| %s | %s | %s |", span.Step, clock(span.Began), took)
	}
	write("\n## What held it up\n")
	held := 0
	for _, e := range log {
		if e.Kind == Held || e.Kind == Paged || e.Kind == Reverting || e.Kind == Halted {
			write("- %s, at %s: %s", clock(e.At), e.Step, plain(e.Reason))
			held++
		}
	}
	if held == 0 {
		write("Nothing.")
	}
	write("\n## What it brought\n")
	write("- %d of %d things are gone: %s.", len(s.Deleted), len(p.Plan.Targets), p.Plan.Saved())
	if s.Before != nil && s.After != nil {
		write("- Requests that failed in an hour: %d of %d before, %d of %d after.", s.Before.Failed, s.Before.Requests, s.After.Failed, s.After.Requests)
	}
	write("- Restore kit: `%s`. Archived repositories: %d, kept for %s.", s.Kit, len(s.Index), long(p.Plan.Scope.ImageRetention.Std()))
	for _, d := range s.Dangling {
		write("- Left over: `%s`", strings.ReplaceAll(plain(d), "`", "'"))
	}
	for _, q := range [][2]string{
		{"What went well", "What should be done the same way next time?"},
		{"What did not", "What surprised us? What did a tool find that a person should have known, and the other way round?"},
		{"The plan and the truth", "How long was the migration meant to take, how long did it, and what made the difference?"},
		{"What is left", "Which of the things above does somebody decide on, who, and until when?"},
		{"What we change", "One line each: what, who, until when."},
	} {
		write("\n## %s\n\n_%s_\n\n-", q[0], q[1])
	}
	return b.String()
}

// long writes a time as people say it, with days.
func long(d time.Duration) string {
	d = d.Round(time.Second)
	if days := d / (24 * time.Hour); days > 0 {
		rest := d % (24 * time.Hour)
		if rest < time.Minute {
			return fmt.Sprintf("%d d", days)
		}
		return fmt.Sprintf("%d d %d h %d min", days, rest/time.Hour, rest%time.Hour/time.Minute)
	}
	return d.String()
}

// plain keeps strangers' words from being markup or a line of their own.
func plain(s string) string {
	return strings.NewReplacer("\n", " ", "\r", " ", "<", "&lt;", ">", "&gt;", "|", "\\|", "[", "\\[", "]", "\\]", "@", "&#64;", "`", "'").Replace(s)
}
