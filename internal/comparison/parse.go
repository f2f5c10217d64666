package comparison

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// Canonical is the report as JSON. The same report gives the same bytes, so that
// a hash of them names it.
func (r Report) Canonical() ([]byte, error) {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("writing the report: %w", err)
	}
	return append(text, '\n'), nil
}

const mostReport = 4 << 20

var sha256RE = regexp.MustCompile(`^[0-9a-f]{64}$`)

// ParseReport reads what Canonical wrote, and nothing else: a report whose
// decision does not follow from its rows is none.
func ParseReport(name string, text []byte) (Report, error) {
	bad := func(what, next string) (Report, error) {
		return Report{}, &fault.Fault{Kind: fault.Input, Name: name, What: what, Allowed: "a report of cutover-report", Next: next}
	}
	if len(text) > mostReport {
		return bad("is larger than any report", "Give the JSON that cutover-report wrote.")
	}
	var r Report
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&r); err != nil {
		return bad("is no report of a comparison: "+err.Error(), "Give the JSON that cutover-report wrote.")
	}
	if r.Version != Version {
		return bad(fmt.Sprintf("has version %d", r.Version), fmt.Sprintf("Make it anew with this cutover, which knows version %d.", Version))
	}
	again, err := r.Canonical()
	if err != nil || !bytes.Equal(again, text) {
		return bad("is not as cutover-report wrote it: it was edited or is incomplete", "Give the file itself.")
	}
	if why := r.unsound(); why != "" {
		return bad(why, "Make the report anew.")
	}
	return r, nil
}

// rowNames are the rows of every report, in order.
var rowNames = []string{"latency_p50", "latency_p95", "latency_p99", "throughput", "errors_5xx", "cold_start_p99", "savings"}

// unsound says why a report contradicts itself, or "".
func (r Report) unsound() string {
	var names []string
	for _, row := range r.Rows {
		names = append(names, row.Name)
		if !slices.Contains([]verdict.Verdict{verdict.Pass, verdict.Fail, verdict.Inconclusive}, row.Verdict) {
			return fmt.Sprintf("has a row %q without a verdict", row.Name)
		}
	}
	if !slices.Equal(names, rowNames) {
		return "has not the rows " + strings.Join(rowNames, ", ")
	}
	if d, v := Decide(r.Rows); d != r.Decision || v != r.Verdict {
		return fmt.Sprintf("says %s, and its rows say %s", r.Decision, d)
	}
	for _, f := range r.Files {
		if !sha256RE.MatchString(f.SHA256) {
			return fmt.Sprintf("names %q without its SHA-256", f.Name)
		}
	}
	if len(r.Advice) == 0 || r.Lead == "" || r.Blue.Name == "" || r.Green.Name == "" {
		return "is incomplete"
	}
	return ""
}
