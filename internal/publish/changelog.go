package publish

import (
	"fmt"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/report"
)

// ChangelogPath is where the changelog stands in a release's tree.
const ChangelogPath = "CHANGELOG.md"

// ChangelogHead begins the changelog; no sentence of it is written by hand.
const ChangelogHead = "# Changelog\n\nEach release with what its commits say of themselves, the newest first. `cutover-publish` writes this page: [how](docs/releasing.md).\n"

// Entry is a release with its changes.
type Entry struct {
	Version Version
	// Title stands in the place of a version that there is not yet.
	Title   string
	At      time.Time
	Changes []Change
}

var kindTitles = []string{"Breaking", "Security", "Added", "Fixed", "Changed"}

// Changes reads commits, the newest first, as git lists them.
func Changes(commits []Commit) []Change {
	var all []Change
	for _, c := range commits {
		if change, ok := c.Change(); ok {
			all = append(all, change)
		}
	}
	return all
}

// SizeOf is how much changes for users, by what commits say.
func SizeOf(changes []Change) Size {
	size := Patch
	for _, c := range changes {
		switch c.Kind {
		case Breaking:
			return Major
		case Added:
			size = Minor
		}
	}
	return size
}

// Markdown is the entry as the changelog and the release show it. Messages of
// commits are a stranger's text: nothing in them acts as markup.
func (e Entry) Markdown() string {
	var b strings.Builder
	title := e.Title
	if title == "" {
		title = e.Version.String()
	}
	fmt.Fprintf(&b, "## %s\n", title)
	if !e.At.IsZero() {
		fmt.Fprintf(&b, "\n%s\n", e.At.UTC().Format("January 2, 2006"))
	}
	if len(e.Changes) == 0 {
		b.WriteString("\nNothing that users see.\n")
	}
	for kind, name := range kindTitles {
		first := true
		for _, c := range e.Changes {
			if int(c.Kind) != kind {
				continue
			}
			if first {
				fmt.Fprintf(&b, "\n### %s\n\n", name)
				first = false
			}
			b.WriteString(c.markdown())
		}
	}
	return b.String()
}

func (c Change) markdown() string {
	var b strings.Builder
	b.WriteString("- ")
	if c.Scope != "" {
		fmt.Fprintf(&b, "**%s**: ", report.Escape(c.Scope))
	}
	b.WriteString(report.Escape(c.Text))
	if c.Break != "" {
		fmt.Fprintf(&b, " **What to do**: %s", report.Escape(c.Break))
	}
	fmt.Fprintf(&b, " (%.12s)\n", c.Hash)
	return b.String()
}

// Changelog is the whole page: entries, the newest first.
func Changelog(entries []Entry) string {
	var b strings.Builder
	b.WriteString(ChangelogHead)
	if len(entries) == 0 {
		b.WriteString("\nNothing is released yet.\n")
	}
	for _, e := range entries {
		b.WriteString("\n" + e.Markdown())
	}
	return b.String()
}
