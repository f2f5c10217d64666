//go:build e2e

package rehearsal_test

import (
	"io/fs"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/rehearsal/loopback"
)

const ref = "0123456789abcdef0123456789abcdef01234567"

// consumer is a stranger's repository that uses our action by its full name.
func consumer(report string) fs.FS {
	return overlay(map[string]string{
		"src/a.ts": "1\n2\n",
		"flow.yml": `
name: theirs
on: pull_request
permissions: {}
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1
      - uses: actions/setup-go@b7ad1dad31e06c5925ef5d2fc7ad053ef454303e # v7.0.0
        with: {go-version: '1.26'}
      - name: Tests
        run: printf '` + report + `' > lcov.info
      - name: Gate
        uses: cutover-dev/cutover/actions/coverage-gate@` + ref + `
        with:
          report: lcov.info
          comment: unit
          token: ${{ github.token }}
`,
	})
}

// hostile is a pull request whose branch and title try to be commands.
const hostile = `{"number": 7, "pull_request": {"number": 7, "title": "x\"; touch pwned; echo \"::error::injected",
 "head": {"ref": "a$(touch pwned)` + "`touch pwned`" + `", "sha": "abc", "repo": {"fork": true}}, "base": {"ref": "main"}}}`

const goodReport = `TN:\nSF:src/a.ts\nDA:1,1\nDA:2,1\nend_of_record\n`

func TestE2EAConsumerUsesTheAction(t *testing.T) {
	t.Parallel()
	o := options(t)
	o.Workflow, o.Event, o.Payload, o.Consumer = "flow.yml", "pull_request", hostile, consumer(goodReport)
	r := rehearse(t, o)
	gate := step(t, r, "test", "Gate")
	if gate.Conclusion != loopback.Success || gate.Outputs["lines"] != "100.00" {
		t.Fatalf("%s, %v\n%s", gate.Conclusion, gate.Outputs, failedLog(r))
	}
	if len(r.Told.Comments) != 1 || r.Told.Comments[0].Issue != "7" || !strings.Contains(r.Told.Comments[0].Body, "Coverage gate: pass") {
		t.Errorf("comments %+v", r.Told.Comments)
	}
	for _, a := range gate.Annotations {
		t.Errorf("an annotation out of nowhere: %+v", a)
	}
}

func TestE2EAForkGetsTheSummaryOnly(t *testing.T) {
	t.Parallel()
	o := options(t)
	o.Workflow, o.Event, o.Payload, o.Consumer, o.Fork = "flow.yml", "pull_request", hostile, consumer(goodReport), true
	r := rehearse(t, o)
	gate := step(t, r, "test", "Gate")
	if gate.Conclusion != loopback.Success || len(r.Told.Comments) != 0 || !strings.Contains(gate.Summary, "Coverage gate") {
		t.Errorf("%s, %d comments, summary %q\n%s", gate.Conclusion, len(r.Told.Comments), gate.Summary, failedLog(r))
	}
	if len(gate.Annotations) != 1 || !strings.Contains(gate.Annotations[0].Message, "may not comment") {
		t.Errorf("annotations %+v", gate.Annotations)
	}
}

// Attack: coverage-traversal, hostile-branch, hostile-title
func TestE2EAHostileReportStopsNothingElse(t *testing.T) {
	t.Parallel()
	o := options(t)
	o.Workflow, o.Event, o.Payload = "flow.yml", "pull_request", hostile
	o.Consumer = consumer(`TN:\nSF:../../../../../../etc/passwd\nDA:1,1\nend_of_record\n`)
	r := rehearse(t, o)
	gate := step(t, r, "test", "Gate")
	if log := strings.Join(gate.Log, "\n"); gate.Conclusion != loopback.Failure || !strings.Contains(log, "none of its 1 files exists here") {
		t.Errorf("%s: %s", gate.Conclusion, log)
	}
}
