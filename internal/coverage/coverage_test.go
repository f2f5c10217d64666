package coverage_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/quick"

	"github.com/cutover-dev/cutover/internal/coverage"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/unit"
	"github.com/cutover-dev/cutover/internal/verdict"
)

func percent(t *testing.T, s string) unit.Percent {
	t.Helper()
	p, err := unit.ParsePercent(s)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// of makes a report of one file with the given lines and branches.
func of(covered, total int64) coverage.Report {
	return coverage.Report{
		Sources: []coverage.Source{{Name: "lcov.info", Format: "lcov"}},
		Files:   []coverage.File{{Path: "a.ts", Counts: coverage.Counts{coverage.Lines: {Covered: covered, Total: total}}}},
	}
}

// Shows: 5.4.3
func TestTheGateHoldsTheMinimumExactly(t *testing.T) {
	for name, c := range map[string]struct {
		covered, total int64
		minimum        string
		want           verdict.Verdict
	}{
		"at the minimum":                      {95, 100, "95%", verdict.Pass},
		"above":                               {96, 100, "95%", verdict.Pass},
		"below by one line":                   {94, 100, "95%", verdict.Fail},
		"94.9999% rounds to 95 and is not":    {949_999, 1_000_000, "95%", verdict.Fail},
		"a third, exactly":                    {1, 3, "33.3333%", verdict.Pass},
		"a third is not 33.3334%":             {1, 3, "33.3334%", verdict.Fail},
		"all":                                 {7, 7, "100%", verdict.Pass},
		"all but one of a million":            {999_999, 1_000_000, "100%", verdict.Fail},
		"none, none asked":                    {0, 10, "0%", verdict.Pass},
		"none":                                {0, 10, "0.0001%", verdict.Fail},
		"figures beyond 32 bits":              {9_500_000_000, 10_000_000_000, "95%", verdict.Pass},
		"figures beyond 32 bits, one too few": {9_499_999_999, 10_000_000_000, "95%", verdict.Fail},
	} {
		t.Run(name, func(t *testing.T) {
			p := coverage.Policy{Lines: percent(t, c.minimum)}
			r, err := coverage.Decide(p, coverage.Subject{Report: of(c.covered, c.total)})
			if err != nil {
				t.Fatal(err)
			}
			if r.Verdict != c.want {
				t.Errorf("%d of %d against %s: got %s, want %s", c.covered, c.total, c.minimum, r.Verdict, c.want)
			}
		})
	}
}

// The verdict is the comparison of two fractions, whatever the figures.
func TestTheGateIsTheComparisonOfFractions(t *testing.T) {
	property := func(covered, rest uint32, millionths uint32) bool {
		total := int64(covered) + int64(rest) + 1
		limit := unit.Percent(millionths % (uint32(unit.Full) + 1))
		r, err := coverage.Decide(coverage.Policy{Lines: limit}, coverage.Subject{Report: of(int64(covered), total)})
		share, want := big.NewRat(int64(covered), total), big.NewRat(int64(limit), int64(unit.Full))
		return err == nil && (r.Verdict == verdict.Pass) == (share.Cmp(want) >= 0)
	}
	if err := quick.Check(property, &quick.Config{MaxCount: 20_000}); err != nil {
		t.Error(err)
	}
}

// The advice must be right: with so many more covered lines the gate passes,
// with one fewer it does not.
func TestTheAdviceSettlesIt(t *testing.T) {
	property := func(covered, rest uint16) bool {
		total := int64(covered) + int64(rest) + 1
		p := coverage.DefaultPolicy()
		r, err := coverage.Decide(p, coverage.Subject{Report: of(int64(covered), total)})
		if err != nil || r.Verdict == verdict.Pass {
			return err == nil
		}
		var more, uncovered int64
		if _, err := fmt.Sscanf(r.Findings[0].Change, "Cover %d more of the %d uncovered lines.", &more, &uncovered); err != nil {
			return false
		}
		enough, _ := coverage.Decide(p, coverage.Subject{Report: of(int64(covered)+more, total)})
		short, _ := coverage.Decide(p, coverage.Subject{Report: of(int64(covered)+more-1, total)})
		return enough.Verdict == verdict.Pass && short.Verdict == verdict.Fail
	}
	if err := quick.Check(property, &quick.Config{MaxCount: 5_000}); err != nil {
		t.Error(err)
	}
}

func TestNothingMeasuredIsNeverAPass(t *testing.T) {
	branches := percent(t, "50%")
	statements := percent(t, "50%")
	for name, c := range map[string]struct {
		policy coverage.Policy
		report coverage.Report
		want   string
	}{
		"no line at all":            {coverage.DefaultPolicy(), of(0, 0), "counts not one of its lines"},
		"no file":                   {coverage.DefaultPolicy(), coverage.Report{}, "carries no lines"},
		"branches gated, not in it": {coverage.Policy{Lines: 1, Branches: &branches}, of(9, 10), "carries no branches"},
		"statements gated, LCOV":    {coverage.Policy{Lines: 1, Statements: &statements}, of(9, 10), "json-summary"},
		"nothing gated":             {coverage.Policy{Lines: coverage.NotGated}, of(9, 10), "nothing is gated"},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := coverage.Decide(c.policy, coverage.Subject{Report: c.report})
			if err == nil {
				t.Fatalf("got the verdict %q", r.Verdict)
			}
			if fault.KindOf(err) != fault.Input || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v", err)
			}
		})
	}
	t.Run("one file without branches", func(t *testing.T) {
		r := of(9, 10)
		r.Files[0].Counts[coverage.Branches] = coverage.Count{Covered: 1, Total: 1}
		r.Files = append(r.Files, coverage.File{Path: "b.ts", Counts: coverage.Counts{coverage.Lines: {Covered: 1, Total: 1}}})
		if _, err := coverage.Decide(coverage.Policy{Lines: 1, Branches: &branches}, coverage.Subject{Report: r}); err == nil {
			t.Error("a sum over some of the files passed for all")
		}
	})
}

func detail(lines ...coverage.Line) *coverage.Detail { return &coverage.Detail{Lines: lines} }

func line(n uint32, hit bool) coverage.Line { return coverage.NewLine(n, hit) }

func TestUncoveredRanges(t *testing.T) {
	d := detail(line(1, true), line(3, false), line(4, false), line(9, false), line(10, true), line(12, false))
	want := []coverage.Range{{From: 3, To: 9}, {From: 12, To: 12}}
	if got := d.Uncovered(); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestMergeJoinsShards(t *testing.T) {
	counts := func(c, n int64) coverage.Counts { return coverage.Counts{coverage.Lines: {Covered: c, Total: n}} }
	a := coverage.Report{Files: []coverage.File{
		{Path: "a.ts", Counts: counts(1, 2), Detail: detail(line(1, true), line(2, false))},
		{Path: "only-a.ts", Counts: counts(1, 1)},
	}}
	b := coverage.Report{Files: []coverage.File{{Path: "a.ts", Counts: counts(1, 2), Detail: detail(line(1, false), line(2, true))}}}
	for name, order := range map[string][]coverage.Report{"a, b": {a, b}, "b, a": {b, a}} {
		merged, err := coverage.Merge(order...)
		if err != nil {
			t.Fatal(err)
		}
		if got := merged.Total()[coverage.Lines]; got != (coverage.Count{Covered: 3, Total: 3}) {
			t.Errorf("%s: got %+v", name, got)
		}
	}
	sums := coverage.Report{Files: []coverage.File{{Path: "a.ts", Counts: counts(2, 2)}}}
	if _, err := coverage.Merge(a, sums); err == nil || !strings.Contains(err.Error(), "disagree") {
		t.Errorf("sums that disagree were merged: %v", err)
	}
	same := coverage.Report{Files: []coverage.File{{Path: "a.ts", Counts: counts(1, 2)}}}
	if _, err := coverage.Merge(a, same); err != nil {
		t.Errorf("the same figures twice: %v", err)
	}
}

func TestLocate(t *testing.T) {
	files := map[string]bool{
		"/repo/src/a.ts": true, "/repo/app/src/b.ts": true, "/elsewhere/out/src/c.ts": true,
		"/etc/passwd": true, "/outside.ts": true,
	}
	l := coverage.NewLocator("/repo", []string{"/repo/app/coverage/lcov.info", "/elsewhere/out/coverage/lcov.info"}, func(p string) bool {
		return files[filepath.ToSlash(p)]
	})
	for name, c := range map[string]struct{ path, want string }{
		"from the root":             {"src/a.ts", "src/a.ts"},
		"absolute":                  {"/repo/src/a.ts", "src/a.ts"},
		"from the report's package": {"src/b.ts", "app/src/b.ts"},
		"beside another report":     {"src/c.ts", "src/c.ts"},
		"dots within":               {"app/../src/a.ts", "src/a.ts"},
		"not there":                 {"src/z.ts", ""},
		"out of the tree":           {"../etc/passwd", ""},
		"out, absolute":             {"/etc/passwd", ""},
		"out, by many dots":         {"../../../../outside.ts", ""},
		"a zero byte":               {"src/a.ts\x00", ""},
		"nothing":                   {"", ""},
	} {
		t.Run(name, func(t *testing.T) {
			got, ok := l.Locate(c.path)
			if got != c.want || ok != (c.want != "") {
				t.Errorf("got %q, %v; want %q", got, ok, c.want)
			}
		})
	}
}

func TestAReportOfAnotherTreeIsAnError(t *testing.T) {
	r := of(10, 10)
	_, _, err := r.Located(func(string) (string, bool) { return "", false })
	var f *fault.Fault
	if !errors.As(err, &f) || f.Kind != fault.Input || !strings.Contains(err.Error(), "none of its 1 files exists here") {
		t.Errorf("got %v", err)
	}
	r.Files = append(r.Files, coverage.File{Path: "gone.ts", Counts: coverage.Counts{coverage.Lines: {Covered: 1, Total: 1}}})
	located, missing, err := r.Located(func(p string) (string, bool) { return "x/" + p, p == "a.ts" })
	if err != nil || len(missing) != 1 || missing[0] != "gone.ts" || located.Files[0].Path != "x/a.ts" {
		t.Errorf("got %v, %v, %v", located, missing, err)
	}
}

func TestResultListsWorstFilesFirst(t *testing.T) {
	r := coverage.Report{Sources: []coverage.Source{{Name: "lcov.info", Format: "lcov"}}}
	for _, f := range []struct {
		path       string
		covered, n int64
	}{{"good.ts", 10, 10}, {"worst.ts", 0, 50}, {"big.ts", 960, 1000}, {"small.ts", 0, 1}} {
		r.Files = append(r.Files, coverage.File{Path: f.path, Counts: coverage.Counts{coverage.Lines: {Covered: f.covered, Total: f.n}}})
	}
	result, err := coverage.Decide(coverage.DefaultPolicy(), coverage.Subject{Report: r})
	if err != nil {
		t.Fatal(err)
	}
	var order []string
	for _, f := range result.Files {
		order = append(order, f.Path)
	}
	if want := []string{"worst.ts", "big.ts", "small.ts", "good.ts"}; !reflect.DeepEqual(order, want) {
		t.Errorf("got %v, want %v", order, want)
	}
}

func TestEveryFaceTellsTheSame(t *testing.T) {
	r := of(90, 100)
	r.Files[0].Path = "src/<b>|evil`[x](y).ts"
	r.Files[0].Detail = detail(line(3, false), line(4, false))
	result, err := coverage.Decide(coverage.DefaultPolicy(), coverage.Subject{Report: r})
	if err != nil {
		t.Fatal(err)
	}
	d := result.Document(func(string, int) string { return "https://example.com/#L3" })
	html, err := report.HTML("x", d)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(result)
	if err != nil {
		t.Fatal(err)
	}
	for face, shown := range map[string]string{"terminal": report.Terminal(d, false), "markdown": report.Markdown(d), "html": string(html), "json": string(text)} {
		for _, part := range []string{"90", "95", "fail", "Cover 5 more of the 10 uncovered lines"} {
			if !strings.Contains(shown, part) {
				t.Errorf("%s lacks %q:\n%s", face, part, shown)
			}
		}
	}
	markdown := report.Markdown(d)
	if strings.Contains(markdown, "<b>") || strings.Contains(markdown, "[x](y)") || strings.Count(markdown, "src/") != 1 {
		t.Errorf("a file's name acts as markup:\n%s", markdown)
	}
	remarks := result.Remarks()
	if len(remarks) != 2 || !remarks[0].Failed || remarks[1].From != 3 || remarks[1].To != 4 {
		t.Errorf("remarks %+v", remarks)
	}
}
