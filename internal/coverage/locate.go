package coverage

import (
	"path/filepath"
	"slices"
	"strings"
)

// Locator finds a report's files in a checkout. Reports name them from the
// folder where the tests ran, which is often a part of the repository.
type Locator struct {
	root   string
	bases  []string
	exists func(path string) bool
}

// parentsTried is how far above a report its paths may start: coverage/ is one
// level deep, build/reports/coverage/ three.
const parentsTried = 3

// NewLocator looks below root, an absolute folder, first, then from the folders
// above each report. exists says whether an absolute path is a regular file.
func NewLocator(root string, reports []string, exists func(path string) bool) *Locator {
	l := &Locator{root: root, bases: []string{root}, exists: exists}
	for _, report := range reports {
		dir := filepath.Dir(report)
		for range parentsTried + 1 {
			// The root of the file system is nobody's project.
			if parent := filepath.Dir(dir); parent == dir {
				break
			}
			if !slices.Contains(l.bases, dir) {
				l.bases = append(l.bases, dir)
			}
			dir = filepath.Dir(dir)
		}
	}
	return l
}

// Locate returns the file's path relative to root, with slashes, or to the
// folder it was found from when that lies outside of root. Paths that lead out
// of every folder tried count as missing, whatever lies there.
func (l *Locator) Locate(path string) (string, bool) {
	path = filepath.FromSlash(path)
	if strings.ContainsRune(path, 0) {
		return "", false
	}
	for _, base := range l.bases {
		absolute := path
		if !filepath.IsAbs(path) {
			absolute = filepath.Join(base, path)
		}
		if !within(base, absolute) || !l.exists(absolute) {
			continue
		}
		for _, from := range []string{l.root, base} {
			if relative, err := filepath.Rel(from, absolute); err == nil && filepath.IsLocal(relative) {
				return filepath.ToSlash(relative), true
			}
		}
	}
	return "", false
}

func within(base, path string) bool {
	relative, err := filepath.Rel(base, path)
	return err == nil && filepath.IsLocal(relative)
}
