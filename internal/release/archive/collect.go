package archive

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/cutover-dev/cutover/internal/fault"
)

// Entry is a file that belongs into a release, before it is read.
type Entry struct {
	Path   string
	Role   Role
	Origin string
	// Size is in bytes, as it was when the file was found.
	Size int64
}

// Collect finds the files that the rules name. A file that several rules name
// gets the role of the first one that says more than "other". A required rule
// that matches nothing is a fault, as is a role of which there must be a file
// and is none; a link out of the workspace is refused.
func Collect(files fs.FS, rules []Rule, require []Role) ([]Entry, error) {
	found := map[string]Entry{}
	var problems []error
	for _, rule := range rules {
		matched, err := match(files, rule)
		if err != nil {
			problems = append(problems, err)
			continue
		}
		if len(matched) == 0 && !rule.Optional {
			problems = append(problems, &fault.Fault{
				Kind: fault.Input, Name: rule.Origin, What: "matches no file", Got: rule.Pattern,
				Next: "Archive after the step that writes it, see that root is right, or write optional before it.",
			})
		}
		for _, e := range matched {
			if before, ok := found[e.Path]; ok && (before.Role != Other || e.Role == Other) {
				continue
			}
			found[e.Path] = e
		}
	}
	if len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	entries := make([]Entry, 0, len(found))
	have := map[Role]bool{}
	for _, e := range found {
		entries = append(entries, e)
		have[e.Role] = true
	}
	slices.SortFunc(entries, func(a, b Entry) int { return strings.Compare(a.Path, b.Path) })
	return entries, missing(entries, have, require)
}

// missing says which roles a release lacks, and refuses one that holds nothing.
func missing(entries []Entry, have map[Role]bool, require []Role) error {
	var problems []error
	for _, role := range require {
		if !have[role] {
			problems = append(problems, &fault.Fault{
				Kind: fault.Input, Name: "require", What: fmt.Sprintf("no file has the role %s, and without one this release cannot be brought back", role),
				Next: fmt.Sprintf("Name it, as in file: %s=PATTERN, archive after the step that writes it, or set require to what this app has.", role),
			})
		}
	}
	if len(entries) == 0 && len(problems) == 0 {
		return &fault.Fault{Kind: fault.Input, Name: "file", What: "nothing was found that could be archived", Next: "See that root is the app's folder."}
	}
	if len(entries) > maxFiles {
		return &fault.Fault{Kind: fault.Input, Name: "file", What: fmt.Sprintf("%d files are more than a release holds", len(entries)), Allowed: fmt.Sprintf("at most %d", maxFiles), Next: "Zip them, or name fewer."}
	}
	return errors.Join(problems...)
}

// match finds the files of one rule. It does not enter linked folders below
// the pattern's fixed beginning: a link can lead round in a circle.
func match(files fs.FS, rule Rule) ([]Entry, error) {
	base, _ := doublestar.SplitPattern(rule.Pattern)
	var found []Entry
	err := fs.WalkDir(files, base, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			if p == base && errors.Is(err, fs.ErrNotExist) {
				return fs.SkipAll
			}
			return unreadable(rule, p, err)
		}
		ok, err := doublestar.Match(rule.Pattern, p)
		if err != nil || !ok || d.IsDir() {
			return err
		}
		e, err := entry(files, rule, p)
		if e != nil {
			found = append(found, *e)
		}
		return err
	})
	return found, err
}

// entry looks at one match. A folder that a link leads to is no file.
func entry(files fs.FS, rule Rule, p string) (*Entry, error) {
	info, err := fs.Stat(files, p)
	switch {
	case err != nil:
		return nil, unreadable(rule, p, err)
	case info.IsDir():
		return nil, nil
	case !info.Mode().IsRegular():
		return nil, &fault.Fault{Kind: fault.Input, Name: rule.Origin, What: "is no regular file", Got: p, Next: "Leave it out of the pattern."}
	case !localPath(p) || strings.EqualFold(path.Base(p), ManifestName):
		return nil, &fault.Fault{Kind: fault.Input, Name: rule.Origin, What: "has a name that not every system can hold, or that cutover keeps for itself", Got: p, Next: "Rename it."}
	}
	return &Entry{Path: p, Role: rule.Role, Origin: rule.Origin, Size: info.Size()}, nil
}

func unreadable(rule Rule, p string, err error) error {
	if errors.Is(err, ErrOutside) {
		return &fault.Fault{
			Kind: fault.Refused, Name: rule.Origin, What: "is a link that leads out of the workspace", Got: p,
			Next: "Copy what it points at into the workspace: an archive holds what was built here, not what this machine happens to have.",
		}
	}
	return &fault.Fault{Kind: fault.Input, Name: rule.Origin, What: "cannot be read", Got: p, Err: err}
}
