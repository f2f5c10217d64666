package house_test

import (
	"regexp"
	"strings"
	"testing"
)

var (
	silenced = regexp.MustCompile(`//nolint:([a-z,]+)`)
	enabled  = regexp.MustCompile(`(?m)^    - ([a-z]+)\b`)
)

// A comment that silences a linter which does not run says what is not so.
func TestOnlyLintersThatRunAreSilenced(t *testing.T) {
	config, runs := text(t, ".golangci.yml"), map[string]bool{}
	list, _, _ := strings.Cut(config, "\n  settings:")
	for _, m := range enabled.FindAllStringSubmatch(list, -1) {
		runs[m[1]] = true
	}
	if len(runs) < 10 || !runs["gosec"] {
		t.Fatalf("the linters were not found: %v", runs)
	}
	for _, name := range tracked(t, ".go") {
		for _, m := range silenced.FindAllStringSubmatch(text(t, name), -1) {
			for linter := range strings.SplitSeq(m[1], ",") {
				if !runs[linter] {
					t.Errorf("%s silences %s, which does not run", name, linter)
				}
			}
		}
	}
}
