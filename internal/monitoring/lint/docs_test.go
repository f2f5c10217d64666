package lint_test

import (
	"bytes"
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/monitoring/lint"
	"github.com/cutover-dev/cutover/internal/monitoring/lint/catalogue"
)

const page = "../../../docs/monitoring-lint.md"

const before = `# The linter for monitoring

<!-- Written by go test ./internal/monitoring/lint -update from the rules and their examples; change those. -->

    cutover monitoring lint template.yaml
    cutover monitoring lint template.json --runbooks docs/runbooks --limit '$25'
    cutover monitoring template --format json | cutover monitoring lint - --format json

It reads any CloudFormation template, JSON or YAML, and judges what watches: alarms, dashboards, topics, keys, metric filters, log
groups, budgets. It needs no credentials and no network. Exit code 0: nothing wrong; 1: errors or warnings, with --strict infos too;
2: the file cannot be read. JSON results follow schemas/monitoring-lint.schema.json.

- **Only what is certain.** Parameters count with their default; imports, other stacks and conditions that ask for a parameter stay
  open. What is open is counted as unresolved and never becomes a finding. Metrics that the catalogue does not have are counted too.
- **Runbooks.** With --runbooks DIR links are looked up there: those below --runbooks-base (or monitoring.runbook_base of --config
  cutover.yaml), those whose folder is called as DIR is, and paths of Markdown files. Other addresses are left alone.
- **Leaving a finding.** The resource says so, with the reason, and the result lists it:

      Metadata: {cutover: {lint: {ignore: {alarm-unheard: the autoscaler reads it}}}}

`

// exampleOf is one example as it stands in the page, its longest lines cut.
func exampleOf(t *testing.T, rule, kind string) string {
	// The plain one if there is one: good.yaml before good-other.yaml.
	file := slices.MinFunc(examples(t, rule, kind), func(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b)) })
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for line := range strings.Lines(string(text)) {
		line = strings.TrimRight(line, "\n")
		if len(line) > 200 {
			line = line[:200] + " …"
		}
		b.WriteString(line + "\n")
	}
	return "```" + strings.TrimPrefix(filepath.Ext(file), ".") + "\n" + b.String() + "```\n"
}

// The page is made of the rules and the examples that the tests run.
func TestPageOfTheRulesIsTheirs(t *testing.T) {
	var b bytes.Buffer
	b.WriteString(before + "| rule | level | finds |\n| :--- | :--- | :--- |\n")
	for _, r := range lint.Rules() {
		fmt.Fprintf(&b, "| [%s](#%s) | %s | %s |\n", r.ID, r.ID, r.Level, r.Title)
	}
	for _, r := range lint.Rules() {
		fmt.Fprintf(&b, "\n## %s\n\n**%s** (%s). %s\n\n%s\n\nSource: %s.\n\nBad:\n\n%s\nGood:\n\n%s", r.ID, r.Title, r.Level, r.Why, r.Next, r.Source, exampleOf(t, r.ID, "bad"), exampleOf(t, r.ID, "good"))
	}
	b.WriteString("\n## The catalogue\n\nOne file for each namespace in `internal/monitoring/lint/catalogue`, with unit, kind, range, period and dimensions.\nWhere AWS adds metrics often, only what looks like a slip is judged.\n\n| namespace | metrics | list | dimensions | source |\n| :--- | ---: | :--- | :--- | :--- |\n")
	for _, name := range catalogue.Names() {
		n, _ := catalogue.Of(name)
		list, sets := "slips", "slips"
		if n.Complete {
			list = "whole"
		}
		if n.Exact {
			sets = "whole"
		}
		fmt.Fprintf(&b, "| %s | %d | %s | %s | %s |\n", name, len(n.Metrics), list, sets, n.Source)
	}
	if *update {
		if err := os.WriteFile(page, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	kept, err := os.ReadFile(page)
	if err != nil || !bytes.Equal(kept, b.Bytes()) {
		t.Errorf("docs/monitoring-lint.md is out of date (%v); run go test ./internal/monitoring/lint -update", err)
	}
}
