package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/virtual"
)

// The runbook is read at night: what it shows is what one gets, and so is what the
// page of the traces shows. -update makes outputs and pictures anew.

const runbook = "docs/runbooks/cutover.md"

// console is a fenced block with one command and what it printed.
var console = regexp.MustCompile("(?ms)^( *)```console\n *\\$ cutover ([^\n]+)\n(.*?)^ *```$")

// most is how many lines of an output the runbook shows.
const most = 34

// Shows: 5.5.9
func TestRunbookShowsWhatIsPrinted(t *testing.T) {
	t.Chdir("../..")
	printed(t, runbook, 3)
}

// Shows: 5.3.9
func TestTheCostOfTracesIsWhatIsPrinted(t *testing.T) {
	t.Chdir("../..")
	printed(t, "docs/tracing.md", 1)
	if text, _ := os.ReadFile("docs/tracing.md"); !strings.Contains(string(text), "traces, by the thousand") {
		t.Error("the page does not say what the traces cost")
	}
}

// printed holds a page to the commands in it, of which there are at least some.
func printed(t *testing.T, page string, least int) {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	blocks := 0
	now := console.ReplaceAllStringFunc(string(text), func(block string) string {
		blocks++
		parts := console.FindStringSubmatch(block)
		indent, command := parts[1], parts[2]
		code, out, stderr := cutover(strings.Fields(command)...)
		if code != 0 {
			t.Errorf("%s: exit %d: %s", command, code, stderr)
		}
		return indent + "```console\n" + indent + "$ cutover " + command + "\n" + shown(out, indent) + indent + "```"
	})
	if blocks < least {
		t.Fatalf("%d commands in %s", blocks, page)
	}
	if now == string(text) {
		return
	}
	if !*update {
		t.Fatalf("%s shows what is no longer printed; run make generate", page)
	}
	if err := os.WriteFile(page, []byte(now), 0o644); err != nil {
		t.Fatal(err)
	}
}

// shown is the beginning of an output, indented as its block.
func shown(out, indent string) string {
	var b strings.Builder
	for n, line := range strings.Split(strings.TrimRight(out, "\n"), "\n") {
		if n == most {
			b.WriteString(indent + "…\n")
			break
		}
		b.WriteString(strings.TrimRight(indent+line, " ") + "\n")
	}
	return b.String()
}

func TestRunbookPictures(t *testing.T) {
	for scenario, pictures := range map[string]map[string]string{
		"healthy":          {"weights": "Green's share of the traffic", "proof": "Proof that green keeps its limits"},
		"error-regression": {"errors": "Errors, share of each side's requests", "evidence": "Evidence that green breaks a limit"},
	} {
		blocks := storyOf(t, scenario).Blocks
		for name, caption := range pictures {
			path := filepath.Join("../../docs/runbooks/pictures", scenario+"-"+name+".svg")
			picture := draw(blocks, caption)
			if picture == nil {
				t.Errorf("%s has no chart %q", scenario, caption)
				continue
			}
			if *update {
				if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, picture, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if kept, err := os.ReadFile(path); err != nil || !bytes.Equal(kept, picture) {
				t.Errorf("%s is not what is drawn now (%v); run make generate", path, err)
			}
		}
	}
}

func storyOf(t *testing.T, name string) report.Document {
	t.Helper()
	policy, err := virtual.DefaultPolicy()
	if err != nil {
		t.Fatal(err)
	}
	scenario, err := findScenario(name)
	if err != nil {
		t.Fatal(err)
	}
	return virtual.Rehearse(t.Context(), policy, scenario, 7, true).Story(7).Document()
}

func draw(blocks []report.Block, caption string) []byte {
	for _, b := range blocks {
		if c, ok := b.(report.Chart); ok && c.Caption == caption {
			return report.Picture(c)
		}
	}
	return nil
}
