package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// A comparison is fair when each claim on another tool can be looked up, what it
// does better comes first, and it says when to take it.
func TestTheAlternativesAreFair(t *testing.T) {
	text, err := os.ReadFile("../../docs/alternatives.md")
	if err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`(?s)Sources were read on\s+20\d\d-\d\d-\d\d`).Match(text) {
		t.Error("the page does not say when its sources were read")
	}
	source := regexp.MustCompile(`\]\(https://[^)\s]+\)`)
	figures := regexp.MustCompile(`\]\(\.\./(bench/[^)]+)\)`)
	seen := 0
	for _, part := range strings.Split(string(text), "\n## ")[1:] {
		name, body, _ := strings.Cut(part, "\n")
		if name == "What cutover does not do" {
			if strings.Count(body, "\n- ") < 5 {
				t.Error("it does everything")
			}
			continue
		}
		seen++
		rest := body
		for _, want := range []string{"- **Better:** ", "- **Take ", "- **What cutover adds:** "} {
			_, after, found := strings.Cut(rest, want)
			if !found {
				t.Errorf("%s: no %q after what comes before", name, want)
			}
			line, _, _ := strings.Cut(after, "\n")
			if strings.Contains(want, "Better") && !source.MatchString(line) {
				t.Errorf("%s: what it does better has no source", name)
			}
			rest = after
		}
	}
	for _, m := range figures.FindAllStringSubmatch(string(text), -1) {
		if _, err := os.Stat(filepath.Join("../..", m[1])); err != nil {
			t.Errorf("%v", err)
		}
	}
	for _, want := range []string{
		"Flagger", "Argo Rollouts", "CodeDeploy", "SST alone", "octocov", "slack-github-action", "slic-watch", "cdk-monitoring-constructs", "aws-nuke", "Kayenta", "vegeta, k6 and Artillery",
	} {
		if !regexp.MustCompile(`(?m)^## .*` + regexp.QuoteMeta(want)).Match(text) {
			t.Errorf("nothing on %s", want)
		}
	}
	if seen < 11 {
		t.Errorf("%d alternatives", seen)
	}
}
