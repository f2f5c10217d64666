package format_test

import (
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/coverage"
	"github.com/cutover-dev/cutover/internal/coverage/format"
	"github.com/cutover-dev/cutover/internal/fault"
)

// What gates of changed lines need: each branch and function on its line.
func TestBranchesAndFunctionsHaveTheirLines(t *testing.T) {
	const clover = cloverFile + `<metrics conditionals="%" coveredconditionals="1"/><line num="7" type="cond" truecount="1" falsecount="2"/></file></project></coverage>`
	for name, c := range map[string]struct {
		report              string
		branches, functions []coverage.Point
	}{
		"LCOV": {"SF:a.c\nFN:3,f\nFNDA:1,f\nDA:4,1\nBRDA:4,0,0,1\nBRDA:4,0,1,-\nend_of_record\n",
			[]coverage.Point{{Line: 4, Hit: true}, {Line: 4}}, []coverage.Point{{Line: 3, Hit: true}}},
		"LCOV, two of one name on no line": {"SF:a.c\nFNDA:1,f\nFNDA:0,f\nDA:4,1\nend_of_record\n",
			nil, []coverage.Point{{Hit: true}, {}}},
		"LCOV, two of one name": {"SF:a.c\nFN:3,f\nFN:9,f\nFNDA:0,f\nFNDA:1,f\nend_of_record\n",
			nil, []coverage.Point{{Line: 3}, {Line: 9, Hit: true}}},
		"Cobertura": {`<coverage line-rate="1"><packages><package><classes><class filename="a"><methods><method name="f" signature="()"><lines><line number="3" hits="2"/></lines></method></methods><lines><line number="4" hits="1" branch="true" condition-coverage="50% (1/2)"/></lines></class></classes></package></packages></coverage>`,
			[]coverage.Point{{Line: 4, Hit: true}, {Line: 4}}, []coverage.Point{{Line: 3, Hit: true}}},
		"Clover, as Istanbul writes it": {strings.Replace(clover, "%", "3", 1), []coverage.Point{{Line: 7, Hit: true}, {Line: 7}, {Line: 7}}, nil},
		"Clover, as Clover writes it": {strings.Replace(strings.Replace(clover, "%", "2", 1), `als="1"`, `als="2"`, 1),
			[]coverage.Point{{Line: 7, Hit: true}, {Line: 7, Hit: true}}, nil},
		"JaCoCo": {`<report name="x"><package name="p"><class name="p/A" sourcefilename="A.java"><method name="f" desc="()V" line="3"><counter type="METHOD" missed="1" covered="0"/></method></class><sourcefile name="A.java"><line nr="4" mi="0" ci="1" mb="1" cb="1"/></sourcefile></package></report>`,
			[]coverage.Point{{Line: 4, Hit: true}, {Line: 4}}, []coverage.Point{{Line: 3}}},
		"Istanbul": {oneFile + `"statementMap":{},"fnMap":{"0":{"decl":{"start":{"line":3}},"loc":{"start":{"line":4}},"line":5}},"branchMap":{"0":{"loc":{"start":{"line":4}}}},"s":{},"f":{"0":1e+21},"b":{"0":[2,0]}}}`,
			[]coverage.Point{{Line: 4, Hit: true}, {Line: 4}}, []coverage.Point{{Line: 3, Hit: true}}},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := format.Read("report", strings.NewReader(c.report))
			if err != nil {
				t.Fatal(err)
			}
			same(t, "branches", r.Files[0].Detail.Branches, c.branches)
			same(t, "functions", r.Files[0].Detail.Functions, c.functions)
		})
	}
}

// same compares place and hit; keys are the formats' own affair.
func same(t *testing.T, what string, got, want []coverage.Point) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: got %v, want %v", what, got, want)
		return
	}
	hits := map[uint32]int{}
	for i := range got {
		for _, p := range []struct {
			point coverage.Point
			step  int
		}{{got[i], 1}, {want[i], -1}} {
			hits[p.point.Line] += p.step
			if p.point.Hit {
				hits[p.point.Line] += p.step << 16
			}
		}
	}
	for line, n := range hits {
		if n != 0 {
			t.Errorf("%s differ on line %d: got %v, want %v", what, line, got, want)
		}
	}
}

// An error says the line of the report, however far down it is.
func TestErrorsNameTheLineOfTheReport(t *testing.T) {
	many := strings.Repeat("<line number=\"1\" hits=\"1\"/>\n", 50_000)
	for name, c := range map[string]struct {
		report string
		line   int
	}{
		"LCOV":    {"SF:a.c\n" + strings.Repeat("DA:1,1\n", 50_000) + "DA:x\n", 50_002},
		"profile": {"mode: set\n" + strings.Repeat("a.go:1.1,2.2 1 1\n", 50_000) + "x\n", 50_002},
		"XML":     {cobertura + "\n" + many + `<line number="0" hits="1"/>`, 50_002},
	} {
		_, err := format.Read("report", strings.NewReader(c.report))
		faults := fault.All(err)
		if len(faults) != 1 || faults[0].Line != c.line {
			t.Errorf("%s: got %v, want line %d", name, err, c.line)
		}
	}
}

// A profile of another module must not pass because one of its files is called
// as one of ours.
func TestAProfileOfAnotherModuleIsNotOurs(t *testing.T) {
	r, err := format.Read("report", strings.NewReader(profileOf("example.com/x/a.go", "example.com/x/b.go", "example.com/x/main.go")))
	if err != nil {
		t.Fatal(err)
	}
	l := coverage.NewLocator("/repo", nil, func(path string) bool { return strings.HasSuffix(path, "/repo/main.go") })
	if located, _, err := r.Located(l.Locate); err == nil {
		t.Errorf("it was taken for ours: %v", located.Files)
	}
}
