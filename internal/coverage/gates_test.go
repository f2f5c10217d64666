package coverage_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/quick"

	"github.com/cutover-dev/cutover/internal/coverage"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/unit"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// file makes a file with lines 1 to n of which the first covered ones were run.
func file(path string, covered, n uint32) coverage.File {
	d := &coverage.Detail{}
	for i := uint32(1); i <= n; i++ {
		d.Lines = append(d.Lines, coverage.NewLine(i, i <= covered))
	}
	return coverage.File{Path: path, Detail: d, Counts: coverage.Counts{coverage.Lines: {Covered: int64(covered), Total: int64(n)}}}
}

func reportOf(files ...coverage.File) coverage.Report {
	return coverage.Report{Sources: []coverage.Source{{Name: "lcov.info", Format: "lcov"}}, Files: files}
}

func pointer(p unit.Percent) *unit.Percent { return &p }

func TestFileGate(t *testing.T) {
	r := reportOf(file("src/a.ts", 9, 10), file("src/adapters/b.ts", 5, 10), file("src/adapters/deep/c.ts", 1, 10), file("types.d.ts", 0, 0))
	for name, c := range map[string]struct {
		files coverage.FilePolicy
		want  []string // paths that fail
	}{
		"one minimum for all":     {coverage.FilePolicy{Lines: pointer(800_000)}, []string{"src/adapters/b.ts", "src/adapters/deep/c.ts"}},
		"an override for some":    {coverage.FilePolicy{Lines: pointer(800_000), Overrides: []coverage.Override{{Paths: "src/adapters/*.ts", Lines: pointer(500_000)}}}, []string{"src/adapters/deep/c.ts"}},
		"the last one counts":     {coverage.FilePolicy{Lines: pointer(800_000), Overrides: []coverage.Override{{Paths: "src/adapters/**", Lines: pointer(100_000)}, {Paths: "**/b.ts", Lines: pointer(600_000)}}}, []string{"src/adapters/b.ts"}},
		"zero switches off":       {coverage.FilePolicy{Lines: pointer(950_000), Overrides: []coverage.Override{{Paths: "src/**", Lines: pointer(0)}}}, nil},
		"only where it is asked":  {coverage.FilePolicy{Overrides: []coverage.Override{{Paths: "src/a.ts", Lines: pointer(950_000)}}}, []string{"src/a.ts"}},
		"a file without any line": {coverage.FilePolicy{Overrides: []coverage.Override{{Paths: "*.d.ts", Lines: pointer(1_000_000)}}}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			result, err := coverage.Decide(coverage.Policy{Lines: 0, Files: &c.files}, coverage.Subject{Report: r})
			if err != nil {
				t.Fatal(err)
			}
			var failed []string
			for _, f := range result.Findings {
				if f.Gate == "file" && f.Verdict == verdict.Fail {
					failed = append(failed, f.Path)
				}
			}
			if strings.Join(failed, " ") != strings.Join(c.want, " ") || (result.Verdict == verdict.Fail) != (len(c.want) > 0) {
				t.Errorf("failed %v, want %v; verdict %s", failed, c.want, result.Verdict)
			}
		})
	}
}

func TestPatchGate(t *testing.T) {
	r := reportOf(file("a.ts", 5, 10), file("b.ts", 10, 10), coverage.File{Path: "sums.ts", Counts: coverage.Counts{coverage.Lines: {Covered: 1, Total: 1}}})
	half := coverage.Policy{Lines: coverage.NotGated, Patch: &coverage.Minimums{Lines: pointer(500_000)}}
	for name, c := range map[string]struct {
		changes coverage.Changes
		covered int64
		total   int64
		want    verdict.Verdict
	}{
		"covered lines only":       {coverage.Changes{"a.ts": {{From: 2, To: 4}}}, 3, 3, verdict.Pass},
		"uncovered lines only":     {coverage.Changes{"a.ts": {{From: 7, To: 8}}}, 0, 2, verdict.Fail},
		"half, over two files":     {coverage.Changes{"a.ts": {{From: 9, To: 9}}, "b.ts": {{From: 1, To: 1}}}, 1, 2, verdict.Pass},
		"several ranges of a file": {coverage.Changes{"a.ts": {{From: 1, To: 1}, {From: 5, To: 6}, {From: 10, To: 10}}}, 2, 4, verdict.Pass},
		"lines without code":       {coverage.Changes{"a.ts": {{From: 11, To: 90}}}, 0, 0, verdict.Pass},
		"documents only":           {coverage.Changes{"README.md": {{From: 1, To: 9}}}, 0, 0, verdict.Pass},
		"nothing at all":           {coverage.Changes{}, 0, 0, verdict.Pass},
	} {
		t.Run(name, func(t *testing.T) {
			result, err := coverage.Decide(half, coverage.Subject{Report: r, Changes: c.changes})
			if err != nil {
				t.Fatal(err)
			}
			f := result.Findings[0]
			if f.Covered != c.covered || f.Sample != c.total || result.Verdict != c.want {
				t.Errorf("%d of %d, %s; want %d of %d, %s", f.Covered, f.Sample, result.Verdict, c.covered, c.total, c.want)
			}
		})
	}
	for name, c := range map[string]struct {
		policy  coverage.Policy
		changes coverage.Changes
		want    string
	}{
		"no base given":         {half, nil, "Set base"},
		"a file with sums":      {half, coverage.Changes{"sums.ts": {{From: 1, To: 1}}}, "sums only"},
		"statements of a patch": {coverage.Policy{Lines: coverage.NotGated, Patch: &coverage.Minimums{Statements: pointer(1)}}, coverage.Changes{}, "statements"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := coverage.Decide(c.policy, coverage.Subject{Report: r, Changes: c.changes})
			if fault.KindOf(err) != fault.Input || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestPatchResultNamesPlaces(t *testing.T) {
	p := coverage.DefaultPolicy().WithPatchLines(1_000_000)
	result, err := coverage.Decide(p, coverage.Subject{
		Report:  reportOf(file("a.ts", 8, 10), file("b.ts", 90, 90)),
		Changes: coverage.Changes{"a.ts": {{From: 8, To: 10}}, "new.ts": {{From: 1, To: 2}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if result.Verdict != verdict.Fail || result.Patch == nil || len(result.Patch.Unreported) != 1 || result.Patch.Unreported[0] != "new.ts" {
		t.Errorf("%s, %+v", result.Verdict, result.Patch)
	}
	remarks := result.Remarks()
	if len(remarks) != 2 || remarks[1].Path != "a.ts" || remarks[1].From != 9 || remarks[1].To != 10 {
		t.Errorf("remarks %+v", remarks)
	}
}

func TestRemarksStayWithinWhatGitHubShows(t *testing.T) {
	changes := coverage.Changes{}
	var files []coverage.File
	for _, letter := range strings.Split("abcdefghijklmnopqrstuvwxyz", "") {
		files = append(files, file(letter, 0, 1))
		changes[letter] = []coverage.Range{{From: 1, To: 1}}
	}
	result, err := coverage.Decide(coverage.DefaultPolicy().WithPatchLines(1), coverage.Subject{Report: reportOf(files...), Changes: changes})
	if err != nil {
		t.Fatal(err)
	}
	warnings := 0
	for _, r := range result.Remarks() {
		if !r.Failed {
			warnings++
		}
	}
	last := result.Remarks()[len(result.Remarks())-1]
	if warnings != 10 || !strings.Contains(last.Message, "17 more places") {
		t.Errorf("%d warnings, the last is %q", warnings, last.Message)
	}
}

func baseline(covered, total int64) *coverage.Baseline {
	return &coverage.Baseline{Name: "base.json", Lines: &coverage.Sum{Covered: covered, Total: total}}
}

func TestDropGate(t *testing.T) {
	for name, c := range map[string]struct {
		covered, total int64
		before         *coverage.Baseline
		drop           unit.Percent
		want           verdict.Verdict
	}{
		"the same":                  {90, 100, baseline(90, 100), 0, verdict.Pass},
		"better":                    {95, 100, baseline(90, 100), 0, verdict.Pass},
		"one line worse":            {89, 100, baseline(90, 100), 0, verdict.Fail},
		"as far as allowed":         {89, 100, baseline(90, 100), 10_000, verdict.Pass},
		"a hair too far":            {889_999, 1_000_000, baseline(90, 100), 10_000, verdict.Fail},
		"a third is a third":        {1, 3, baseline(333, 999), 0, verdict.Pass},
		"other code, same share":    {9, 10, baseline(900, 1000), 0, verdict.Pass},
		"nothing was measured then": {9, 10, &coverage.Baseline{Lines: &coverage.Sum{}, Branches: &coverage.Sum{}}, 0, verdict.Inconclusive},
	} {
		t.Run(name, func(t *testing.T) {
			p := coverage.Policy{Lines: coverage.NotGated, MaxDrop: &c.drop}
			result, err := coverage.Decide(p, coverage.Subject{Report: of(c.covered, c.total), Baseline: c.before})
			if c.want == verdict.Inconclusive {
				if err == nil {
					t.Errorf("got %s", result.Verdict)
				}
				return
			}
			if err != nil || result.Verdict != c.want {
				t.Errorf("got %s, %v, want %s", result.Verdict, err, c.want)
			}
		})
	}
	if _, err := coverage.Decide(coverage.Policy{Lines: 1, MaxDrop: pointer(0)}, coverage.Subject{Report: of(1, 1)}); err == nil || !strings.Contains(err.Error(), "no baseline") {
		t.Errorf("without a baseline: %v", err)
	}
}

// The advice of a drop must be right too.
func TestTheDropsAdviceSettlesIt(t *testing.T) {
	property := func(covered, rest, was, wasRest uint16, drop uint32) bool {
		total, before := int64(covered)+int64(rest)+1, baseline(int64(was), int64(was)+int64(wasRest)+1)
		p := coverage.Policy{Lines: coverage.NotGated, MaxDrop: pointer(unit.Percent(drop % 200_000))}
		verdictOf := func(covered int64) coverage.Result {
			r, err := coverage.Decide(p, coverage.Subject{Report: of(covered, total), Baseline: before})
			if err != nil {
				t.Fatal(err)
			}
			return r
		}
		r := verdictOf(int64(covered))
		if r.Verdict == verdict.Pass {
			return true
		}
		var more int64
		if _, err := fmt.Sscanf(r.Findings[0].Change, "Cover %d more lines", &more); err != nil {
			return false
		}
		return verdictOf(int64(covered)+more).Verdict == verdict.Pass && verdictOf(int64(covered)+more-1).Verdict == verdict.Fail
	}
	if err := quick.Check(property, &quick.Config{MaxCount: 5_000}); err != nil {
		t.Error(err)
	}
}

func TestBaselinesThatAreNone(t *testing.T) {
	for name, text := range map[string]string{
		"empty": "", "no JSON": "{", "no total": `{"commit":"x"}`, "a list": "[]",
		"more covered than there is": `{"lines":{"covered":3,"total":2}}`, "negative": `{"lines":{"covered":-3,"total":-2}}`,
		"text for a number": `{"lines":{"covered":"1","total":2}}`,
	} {
		if b, err := coverage.ParseBaseline("x", []byte(text)); fault.KindOf(err) != fault.Input {
			t.Errorf("%s: %+v, %v", name, b, err)
		}
	}
	if b, err := coverage.ParseBaseline("x", []byte(`{"verdict":"pass","lines":{"covered":1,"total":2,"percent":50},"branches":null}`)); err != nil || b.Lines.Covered != 1 {
		t.Errorf("a whole result: %+v, %v", b, err)
	}
}

func TestBadgeSaysItsVerdictInWords(t *testing.T) {
	result, err := coverage.Decide(coverage.DefaultPolicy(), coverage.Subject{Report: of(9, 10)})
	if err != nil {
		t.Fatal(err)
	}
	if badge := result.Badge(); !strings.Contains(badge, "coverage 90.00%: fail") || !strings.HasPrefix(badge, "<svg") {
		t.Errorf("got %s", badge)
	}
}

// Branches and functions of a patch are those that stand on changed lines.
func TestPatchGateOnBranchesAndFunctions(t *testing.T) {
	f := file("a.ts", 10, 10)
	f.Detail.Branches = []coverage.Point{coverage.NewPoint(2, 0, true), coverage.NewPoint(2, 1, false), coverage.NewPoint(9, 0, false)}
	f.Detail.Functions = []coverage.Point{coverage.NewPoint(1, 0, true), coverage.NewPoint(8, 0, false)}
	p := coverage.Policy{Lines: coverage.NotGated, Patch: &coverage.Minimums{Branches: pointer(1_000_000), Functions: pointer(1_000_000)}}
	for name, c := range map[string]struct {
		changed             coverage.Range
		branches, functions verdict.Verdict
	}{
		"a half-taken branch":     {coverage.Range{From: 2, To: 3}, verdict.Fail, verdict.Pass},
		"a function never called": {coverage.Range{From: 8, To: 8}, verdict.Pass, verdict.Fail},
		"a function that is":      {coverage.Range{From: 1, To: 1}, verdict.Pass, verdict.Pass},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := coverage.Decide(p, coverage.Subject{Report: reportOf(f), Changes: coverage.Changes{"a.ts": {c.changed}}})
			if err != nil {
				t.Fatal(err)
			}
			if r.Findings[0].Verdict != c.branches || r.Findings[1].Verdict != c.functions {
				t.Errorf("branches %s, functions %s", r.Findings[0].Verdict, r.Findings[1].Verdict)
			}
		})
	}
}
