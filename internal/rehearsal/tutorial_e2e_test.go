//go:build e2e

package rehearsal_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/rehearsal"
	"github.com/cutover-dev/cutover/internal/report"
)

const tutorial = "../../docs/tutorial.md"

var (
	// figure is a number with its unit, or several in a row such as 1 min 3 s.
	figure = regexp.MustCompile(`(?:[0-9]+(?:[.,][0-9]+)*(?: (?:ms|s|min|h)\b)? *)+`)
	blanks = regexp.MustCompile(` {2,}`)
)

// tutorialShows holds what docs/tutorial.md shows below one of its long
// commands to a run of the same: each line is one that was printed, in that
// order; one that ends with … goes on. Figures, which differ from run to run,
// are left out.
func tutorialShows(t *testing.T, command string, r rehearsal.Result) {
	t.Helper()
	page, err := os.ReadFile(tutorial)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(page), "$ "+command+"\n")
	shown, _, closed := strings.Cut(rest, "```")
	if !ok || !closed {
		t.Fatalf("%s shows no %s", tutorial, command)
	}
	plain := func(line string) string {
		return strings.TrimSpace(blanks.ReplaceAllString(figure.ReplaceAllString(strings.TrimRight(line, "\n"), "N "), " "))
	}
	printed := strings.Split(report.Terminal(r.Document(), false), "\n")
	at, lines := 0, 0
	for line := range strings.Lines(shown) {
		want := plain(line)
		if want == "" || want == "…" {
			continue
		}
		lines++
		begin, open := strings.CutSuffix(want, " …")
		for at < len(printed) && plain(printed[at]) != want && (!open || !strings.HasPrefix(plain(printed[at]), begin)) {
			at++
		}
		if at == len(printed) {
			t.Errorf("%s shows below %s, which is not printed there:\n%s\nprinted:\n%s", tutorial, command, want, strings.Join(printed, "\n"))
			return
		}
	}
	if lines < 3 {
		t.Errorf("%s shows %d lines of %s", tutorial, lines, command)
	}
}
