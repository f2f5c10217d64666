package main

import (
	"fmt"
	"strings"

	"github.com/cutover-dev/cutover/internal/adopt"
)

// differences is what changes, and what would if a person's files were taken.
func differences(changes []adopt.Change) string {
	var b strings.Builder
	for _, c := range changes {
		if c.Diff == "" {
			continue
		}
		if c.State == adopt.Left {
			fmt.Fprintf(&b, "# %s stays as it is; this is what init would make of it:\n", c.Path)
		}
		b.WriteString(c.Diff)
	}
	return b.String()
}

// view says what became of each file, what was assumed, and what is left to a
// person.
func view(r initiated, dry bool) string {
	var b strings.Builder
	words := map[adopt.State]string{adopt.New: "new", adopt.Same: "as it was", adopt.Updated: "brought up to date", adopt.Left: "yours, left alone", adopt.Taken: "taken over"}
	writes, left := 0, ""
	for _, c := range r.Files {
		fmt.Fprintf(&b, "%-19s %s\n", words[c.State], c.Path)
		if c.Writes() {
			writes++
		}
		if c.State == adopt.Left && left == "" {
			left = c.Path
		}
	}
	switch {
	case writes == 0:
		b.WriteString("\nNothing changes.\n")
	case dry:
		fmt.Fprintf(&b, "\n%d files would be written. Nothing was.\n", writes)
	default:
		fmt.Fprintf(&b, "\n%d files were written, for %s.\n", writes, parts(r.Parts))
	}
	if left != "" {
		fmt.Fprintf(&b, "A file that you have changed is never written over; --force %s takes init's.\n", left)
	}
	list := func(title string, lines []string) {
		if len(lines) == 0 {
			return
		}
		b.WriteString("\n" + title + "\n")
		for _, l := range lines {
			b.WriteString("  - " + l + "\n")
		}
	}
	list("Assumed, because no file says it:", r.Assumed)
	var todo []string
	for _, t := range r.Open {
		todo = append(todo, fmt.Sprintf("%s:%d: %s", adopt.ConfigPath, t.Line, t.What))
	}
	list("To be filled in:", todo)
	b.WriteString("\nWhat only you can do, in this order:\n")
	for n, step := range r.Steps {
		fmt.Fprintf(&b, "\n%d. %s\n", n+1, step.What)
		for _, c := range step.Commands {
			b.WriteString("   " + c + "\n")
		}
	}
	return b.String()
}

func parts(all []adopt.Part) string {
	var names []string
	for _, p := range all {
		names = append(names, string(p))
	}
	return strings.Join(names, ", ")
}
