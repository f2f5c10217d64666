package format_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/coverage"
	"github.com/cutover-dev/cutover/internal/coverage/format"
)

func totals(t *testing.T, name string) coverage.Counts {
	t.Helper()
	r, err := read(filepath.Join("testdata/valid", name))
	if err != nil {
		t.Fatal(err)
	}
	return r.Total()
}

// What one run of a tool wrote in several formats must read the same.
func TestFormatsOfOneRunAgree(t *testing.T) {
	lines, functions, branches, statements := coverage.Lines, coverage.Functions, coverage.Branches, coverage.Statements
	for name, c := range map[string]struct {
		files   []string
		metrics []coverage.Metric
	}{
		"Vitest":           {[]string{"vitest-lego-api.summary.json", "vitest-lego-api.final.json", "vitest-lego-api.lcov", "vitest-lego-api.clover.xml"}, []coverage.Metric{lines, functions, branches}},
		"Vitest, exact":    {[]string{"vitest-lego-api.summary.json", "vitest-lego-api.final.json"}, coverage.Metrics},
		"Vitest, XML":      {[]string{"vitest-lego-api.summary.json", "vitest-lego-api.cobertura.xml"}, []coverage.Metric{lines, functions}},
		"nyc":              {[]string{"nyc.summary.json", "nyc.final.json", "nyc.lcov", "nyc.clover.xml"}, []coverage.Metric{lines, functions, branches}},
		"nyc, exact":       {[]string{"nyc.summary.json", "nyc.final.json"}, coverage.Metrics},
		"nyc, XML":         {[]string{"nyc.summary.json", "nyc.cobertura.xml"}, []coverage.Metric{lines, functions}},
		"coverage.py":      {[]string{"coverage-py.lcov", "coverage-py.cobertura.xml"}, []coverage.Metric{lines, branches}},
		"gcovr":            {[]string{"gcovr.lcov", "gcovr.cobertura.xml"}, []coverage.Metric{lines, branches}},
		"gcovr, its lines": {[]string{"gcovr.lcov", "gcovr.clover.xml"}, []coverage.Metric{lines}},
		"go, its modes":    {[]string{"go-set.out", "go-count.out", "go-atomic.out"}, []coverage.Metric{lines, statements}},
	} {
		t.Run(name, func(t *testing.T) {
			first := totals(t, c.files[0])
			for _, file := range c.files[1:] {
				other := totals(t, file)
				for _, m := range c.metrics {
					if first[m] != other[m] || first[m].Total == 0 {
						t.Errorf("%s: %s says %+v, %s says %+v", m, c.files[0], first[m], file, other[m])
					}
				}
			}
		})
	}
}

// Vitest and nyc leave branches out of Cobertura that stand on lines without a
// statement, and say in an attribute that there are more. What is not listed
// is not read, and never makes the share look better than by those few.
func TestCoberturaOfIstanbulListsFewerBranches(t *testing.T) {
	for _, tool := range []string{"vitest-lego-api", "nyc"} {
		xml, whole := totals(t, tool+".cobertura.xml")[coverage.Branches], totals(t, tool+".summary.json")[coverage.Branches]
		if xml.Total >= whole.Total || xml.Covered > whole.Covered {
			t.Errorf("%s: Cobertura lists %+v of %+v: has it been mended? Then drop this test and its remark in testdata/README.md", tool, xml, whole)
		}
	}
}

// The sums that the tools print or write themselves, read here by other means.
func TestTotalsAreThoseOfTheTools(t *testing.T) {
	for name, want := range map[string]coverage.Counts{
		"vitest-lego-api.cobertura.xml": coberturaSays(t, "vitest-lego-api.cobertura.xml"),
		"nyc.cobertura.xml":             coberturaSays(t, "nyc.cobertura.xml"),
		"coverage-py.cobertura.xml":     coberturaSays(t, "coverage-py.cobertura.xml"),
		"gcovr.cobertura.xml":           coberturaSays(t, "gcovr.cobertura.xml"),
		"jacoco.xml":                    jacocoSays(t, "jacoco.xml"),
		"nyc.summary.json":              summarySays(t, "nyc.summary.json"),
		"nyc.final.json":                summarySays(t, "nyc.summary.json"),
		"vitest-lego-api.final.json":    summarySays(t, "vitest-lego-api.summary.json"),
		// go tool cover -func of all three: "total: (statements) 76.2%", 16 of 21.
		"go-set.out":    {coverage.Statements: {Covered: 16, Total: 21}},
		"go-count.out":  {coverage.Statements: {Covered: 16, Total: 21}},
		"go-atomic.out": {coverage.Statements: {Covered: 16, Total: 21}},
		// coverage report: 16 statements, 3 missed; 6 branches, 3 of them taken.
		"coverage-py.lcov": {coverage.Lines: {Covered: 13, Total: 16}, coverage.Branches: {Covered: 3, Total: 6}},
		// gcovr --json-summary: line_total 17, line_covered 14, branch_total 16, branch_covered 7.
		"gcovr.lcov":       {coverage.Lines: {Covered: 14, Total: 17}, coverage.Branches: {Covered: 7, Total: 16}},
		"gcovr.clover.xml": {coverage.Lines: {Covered: 14, Total: 17}},
	} {
		t.Run(name, func(t *testing.T) {
			got := totals(t, name)
			for m, c := range want {
				if got[m] != c || c.Total == 0 {
					t.Errorf("%s: read %+v, the tool says %+v", m, got[m], c)
				}
			}
			if len(want) == 0 {
				t.Error("the tool says nothing")
			}
		})
	}
}

func coberturaSays(t *testing.T, name string) coverage.Counts {
	t.Helper()
	var root struct {
		Valid   int64 `xml:"lines-valid,attr"`
		Covered int64 `xml:"lines-covered,attr"`
	}
	if err := xml.Unmarshal(text(t, name), &root); err != nil {
		t.Fatal(err)
	}
	return coverage.Counts{coverage.Lines: {Covered: root.Covered, Total: root.Valid}}
}

func jacocoSays(t *testing.T, name string) coverage.Counts {
	t.Helper()
	var root struct {
		Counters []struct {
			Type    string `xml:"type,attr"`
			Missed  int64  `xml:"missed,attr"`
			Covered int64  `xml:"covered,attr"`
		} `xml:"counter"`
	}
	if err := xml.Unmarshal(text(t, name), &root); err != nil {
		t.Fatal(err)
	}
	counts := coverage.Counts{}
	for _, c := range root.Counters {
		if m, ok := map[string]coverage.Metric{"LINE": coverage.Lines, "BRANCH": coverage.Branches, "METHOD": coverage.Functions}[c.Type]; ok {
			counts[m] = coverage.Count{Covered: c.Covered, Total: c.Missed + c.Covered}
		}
	}
	return counts
}

func summarySays(t *testing.T, name string) coverage.Counts {
	t.Helper()
	var members map[string]map[coverage.Metric]coverage.Count
	_ = json.Unmarshal(text(t, name), &members) // "Unknown" stands for a percentage of nothing
	counts := coverage.Counts{}
	for _, m := range coverage.Metrics {
		counts[m] = members["total"][m]
	}
	return counts
}

func text(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata/valid", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// The content alone decides, so one format at most may claim a report.
func TestOneFormatAcceptsAHead(t *testing.T) {
	claimed := map[string]bool{}
	for _, folder := range []string{"valid", "invalid"} {
		for _, name := range cases(t, folder) {
			b, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			by := format.Accepting(b)
			if len(by) > 1 || (folder == "valid" && len(by) != 1) {
				t.Errorf("%s is claimed by %v", name, by)
			}
			for _, n := range by {
				claimed[n] = true
			}
		}
	}
	for part := range strings.SplitSeq(format.Names(), "), ") {
		if name, _, _ := strings.Cut(part, " ("); !claimed[name] {
			t.Errorf("no report of the corpus is %s", name)
		}
	}
}

// Heads that are made to look like two formats.
func TestNoHeadIsOfTwoFormats(t *testing.T) {
	for _, head := range []string{
		`<coverage line-rate="1" clover="3.2.0"><project/></coverage>`, `<coverage clover="1" lines-valid="1"><packages/></coverage>`,
		`<coverage line-rate="1"><project/></coverage>`, `<coverage><packages/></coverage>`, `<coverage><project/></coverage>`,
		`<report name="x"><package/></report>`, `<report name="x" line-rate="1"><package/></report>`,
		`{"total":{"path":"total"}}`, `{"total":{"statementMap":{}}}`, `{"a":{"path":"a"}}`, `{}`, `{ }`, `{`, `<`, ``,
		"mode: set", "TN:", "SF:", "TN:mode: set", `<!-- mode: set --><coverage`,
	} {
		if by := format.Accepting([]byte(head)); len(by) > 1 {
			t.Errorf("%s is claimed by %v", head, by)
		}
	}
}

// A report twice over, and its parts in any order, say what it says once.
func TestReadingTwiceChangesNothing(t *testing.T) {
	for _, name := range cases(t, "valid") {
		once, err := read(name)
		if err != nil {
			t.Fatal(err)
		}
		again, err := read(name)
		if err != nil {
			t.Fatal(err)
		}
		slices.Reverse(again.Files)
		merged, err := coverage.Merge(once, again)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got, want := counts(merged.Total()), counts(once.Total()); got != want {
			t.Errorf("%s: joined with itself %s, alone %s", name, got, want)
		}
	}
}

// A profile of several packages' tests repeats every block.
func TestRepeatedBlocksAreJoined(t *testing.T) {
	b := text(t, "go-atomic.out")
	block := []byte("example.com/team/shop/cmd/shop/main.go:18.39,20.3 ")
	if n := bytes.Count(b, block); n < 2 {
		t.Fatalf("the block stands in the profile %d times: it shows nothing", n)
	}
	if got := totals(t, "go-atomic.out")[coverage.Statements].Total; got != 21 {
		t.Errorf("%d statements, not 21", got)
	}
}
