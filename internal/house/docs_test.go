package house_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/config"
)

var makeCall = regexp.MustCompile("`make ([a-z]+)[`; ]")

// Targets that documents name exist, and CI runs the two that matter.
func TestMakefileKeepsItsWord(t *testing.T) {
	makefile := text(t, "Makefile")
	var targets []string
	for _, m := range regexp.MustCompile(`(?m)^([a-z]+):.*## `).FindAllStringSubmatch(makefile, -1) {
		targets = append(targets, m[1])
	}
	for _, want := range []string{"rehearse", "test", "lint", "fmt", "bench", "help"} {
		if !slices.Contains(targets, want) {
			t.Errorf("the Makefile has no documented target %s", want)
		}
	}
	for _, name := range tracked(t, ".md") {
		for _, m := range makeCall.FindAllStringSubmatch(text(t, name), -1) {
			if !slices.Contains(targets, m[1]) {
				t.Errorf("%s names make %s, which does not exist", name, m[1])
			}
		}
	}
	ci := text(t, ".ci/run")
	for _, want := range []string{"make lint", "make test"} {
		if !strings.Contains(ci, want) {
			t.Errorf(".ci/run does not call %s", want)
		}
	}
	if workflow := text(t, ".github/workflows/ci.yml"); !strings.Contains(workflow, "bash .ci/run") {
		t.Error("ci.yml does not call .ci/run")
	}
}

// Every room that ARCHITECTURE.md draws exists, and every room is drawn.
func TestArchitectureNamesEveryRoom(t *testing.T) {
	page := text(t, "docs/ARCHITECTURE.md")
	rooms, err := filepath.Glob("../../internal/*")
	if err != nil || len(rooms) < 10 {
		t.Fatalf("%d rooms, %v", len(rooms), err)
	}
	for _, room := range rooms {
		name := "internal/" + filepath.Base(room)
		if !strings.Contains(page, "`"+name+"`") {
			t.Errorf("docs/ARCHITECTURE.md does not name %s", name)
		}
	}
	for _, m := range regexp.MustCompile("`((?:internal|cmd|actions)/[a-z/-]+)`").FindAllStringSubmatch(page, -1) {
		if _, err := os.Stat(filepath.Join("../..", m[1])); err != nil {
			t.Errorf("docs/ARCHITECTURE.md names %s, which is not there", m[1])
		}
	}
}

// The configuration that the README shows is one.
func TestTheReadmesFirstConfigurationIsShort(t *testing.T) {
	readme := text(t, "README.md")
	_, rest, ok := strings.Cut(readme, "## Your first cutover.yaml\n\n```yaml\n")
	body, _, ended := strings.Cut(rest, "```")
	if !ok || !ended {
		t.Fatal("the README shows no first cutover.yaml")
	}
	if n := strings.Count(body, "\n"); n >= 15 {
		t.Errorf("a first cutover.yaml takes %d lines", n)
	}
	if _, err := config.Parse("README.md", []byte(body)); err != nil {
		t.Error(err)
	}
}
