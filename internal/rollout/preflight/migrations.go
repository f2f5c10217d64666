package preflight

import (
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/rollout/preflight/migration"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// mostMigrations and mostBytes bound what is read of an app.
const (
	mostMigrations = 5000
	mostBytes      = 4<<20 + 1
)

// Migrations reads the files that the pattern names, in the order of their names.
func Migrations(app fs.FS, pattern string) ([]migration.File, error) {
	bad := func(what string, err error) ([]migration.File, error) {
		return nil, &fault.Fault{Kind: fault.Input, Name: "traffic.preflight.migrations", Got: pattern, What: what, Err: err, Allowed: "a pattern of .sql files below the app's folder", Next: "Correct the pattern, or take it out and accept the check with a reason."}
	}
	names, err := fs.Glob(app, pattern)
	switch {
	case err != nil:
		return bad("is no pattern", err)
	case len(names) == 0:
		return bad("names no file", nil)
	case len(names) > mostMigrations:
		return bad(fmt.Sprintf("names %d files, more than %d", len(names), mostMigrations), nil)
	}
	slices.Sort(names)
	var files []migration.File
	for _, name := range names {
		f, err := app.Open(name)
		if err != nil {
			return bad("names a file that cannot be read", err)
		}
		text, err := readAll(f)
		if err != nil {
			return bad("names a file that cannot be read", err)
		}
		files = append(files, migration.File{Path: name, Text: text})
	}
	return files, nil
}

// migrations looks for what blue does not survive. What the database has already,
// blue lives with.
func (j *judge) migrations(t *tally) {
	const source = "the app's migrations, read as SQL"
	if j.Migrations == "" {
		t.add(Finding{Finding: verdict.Finding{Name: "files", Verdict: verdict.Inconclusive, Source: "cutover.yaml"}}.
			told("Write traffic.preflight.migrations, such as migrations/*.sql.", "nobody has said where the app's migrations are"))
		return
	}
	seen, ok := see(t, j.o.Migrations, "files", "the app's migrations")
	if !ok {
		return
	}
	files := slices.Clone(seen)
	last := ""
	for i := range files {
		files[i].Applied = slices.ContainsFunc(j.Applied, func(a string) bool {
			return a == files[i].Path || a == path.Base(files[i].Path) || a+".sql" == path.Base(files[i].Path)
		})
		files[i].Unknown = !j.AppliedKnown
		if files[i].Applied {
			last = files[i].Path
		}
	}
	for _, f := range files {
		if !f.Applied && f.Path < last {
			t.warn("%s is not applied, though %s after it is: it may run later than its name says.", f.Path, last)
		}
	}
	r := migration.Scan(files)
	for _, f := range r.Findings {
		place := fmt.Sprintf("%s:%d", f.File, f.Line)
		found := verdict.Finding{Name: path.Base(place), Verdict: verdict.Fail, Sample: int64(r.Statements), SampleOf: "statements", Window: report.Count(r.Files, "file") + " not applied", Source: place}
		change := "Split it: first what both versions live with; what is left once blue is gone."
		switch {
		case !j.AppliedKnown:
			found.Verdict, change = verdict.Inconclusive, "Say which migrations the database has already: this may be one of them."
		case !f.Sure:
			found.Verdict, change = verdict.Inconclusive, "Read it, and judge whether blue lives with it."
		}
		t.add(Finding{Finding: found}.told(change, "%s %s", place, f.What))
	}
	zero := 0.0
	observed := float64(len(r.Findings))
	sum := Finding{Finding: verdict.Finding{Name: "statements", Verdict: verdict.Pass, Observed: &observed, Limit: &zero, Unit: "statements that only one version may survive"}}.
		of(int64(r.Statements), "statements", report.Count(r.Files, "file")+" not applied", source)
	if len(r.Findings) == 0 {
		t.add(sum.told("", "%s in %s not applied; blue lives with all of them", report.Count(r.Statements, "statement"), report.Count(r.Files, "file")))
	}
}

// readAll reads a bounded text. The scanner refuses one that is too long.
func readAll(f fs.File) (string, error) {
	text, err := io.ReadAll(io.LimitReader(f, mostBytes))
	if closed := f.Close(); err == nil {
		err = closed
	}
	return string(text), err
}
