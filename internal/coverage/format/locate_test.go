package format_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/coverage"
	"github.com/cutover-dev/cutover/internal/coverage/format"
)

// profileOf writes a profile of one covered block a file.
func profileOf(files ...string) string {
	return "mode: set\n" + strings.Join(files, ":1.1,2.2 1 1\n") + ":1.1,2.2 1 1\n"
}

func coberturaOf(sources []string, file string) string {
	listed := ""
	for _, s := range sources {
		listed += "<source>" + s + "</source>"
	}
	return `<coverage line-rate="1"><sources>` + listed + `</sources><packages><package><classes><class filename="` + file +
		`"><lines><line number="1" hits="1"/></lines></class></classes></package></packages></coverage>`
}

func jacocoOf(begin, end string) string {
	return `<report name="x">` + begin + `<package name="com/example"><sourcefile name="A.java"><line nr="1" mi="0" ci="1" mb="0" cb="0"/></sourcefile></package>` + end + `</report>`
}

// Reports name files in their own ways; each must be found in a checkout, and
// none that is not there may be taken for another.
func TestFilesAreFoundInACheckout(t *testing.T) {
	for name, c := range map[string]struct {
		report         string
		here           []string
		found, missing []string
	}{
		"Go: the module at the root": {
			profileOf("example.com/team/shop/cmd/shop/main.go", "example.com/team/shop/internal/price/price.go"),
			[]string{"cmd/shop/main.go", "internal/price/price.go"},
			[]string{"cmd/shop/main.go", "internal/price/price.go"}, nil},
		"Go: a module in a folder of its name": {
			profileOf("example.com/team/shop/price.go"), []string{"shop/price.go"}, []string{"shop/price.go"}, nil},
		"Go: a module of one word": {profileOf("shop/price/price.go"), []string{"price/price.go"}, []string{"price/price.go"}, nil},
		"Go: a file that is gone is no other main.go": {
			profileOf("example.com/shop/a.go", "example.com/shop/b.go", "example.com/shop/cmd/gone/main.go"),
			[]string{"a.go", "b.go", "main.go", "gone/main.go"},
			[]string{"a.go", "b.go", "example.com/shop/cmd/gone/main.go"}, []string{"example.com/shop/cmd/gone/main.go"}},
		"Go: two modules of a workspace": {
			profileOf("example.com/one/a.go", "example.com/one/b.go", "example.org/two/x/c.go"),
			[]string{"a.go", "b.go", "x/c.go"}, []string{"a.go", "b.go", "x/c.go"}, nil},
		"Go: a path from the root": {profileOf("price/price.go"), []string{"price/price.go"}, []string{"price/price.go"}, nil},
		"Cobertura: an absolute source": {
			coberturaOf([]string{"/repo/src"}, "a.py"), []string{"src/a.py", "a.py"}, []string{"src/a.py"}, nil},
		"Cobertura: several sources, the one that has it": {
			coberturaOf([]string{"/repo/one", "/repo/two"}, "a.py"), []string{"two/a.py"}, []string{"two/a.py"}, nil},
		"Cobertura: a source of another machine": {
			coberturaOf([]string{"/home/ci/src"}, "src/a.py"), []string{"src/a.py"}, []string{"src/a.py"}, nil},
		"Cobertura: the source is a dot": {coberturaOf([]string{"."}, "./src/a.py"), []string{"src/a.py"}, []string{"src/a.py"}, nil},
		"Cobertura: written on Windows":  {coberturaOf(nil, `src\a.cs`), []string{"src/a.cs"}, []string{"src/a.cs"}, nil},
		"JaCoCo: Maven":                  {jacocoOf("", ""), []string{"src/main/java/com/example/A.java"}, []string{"src/main/java/com/example/A.java"}, nil},
		"JaCoCo: a module": {jacocoOf(`<group name="api">`, "</group>"),
			[]string{"api/src/main/java/com/example/A.java", "src/main/java/com/example/A.java"}, []string{"api/src/main/java/com/example/A.java"}, nil},
		"JaCoCo: no roots": {jacocoOf("", ""), []string{"com/example/A.java"}, []string{"com/example/A.java"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := format.Read("report", strings.NewReader(c.report))
			if err != nil {
				t.Fatal(err)
			}
			l := coverage.NewLocator("/repo", []string{"/repo/coverage/report"}, func(path string) bool {
				relative, err := filepath.Rel("/repo", path)
				return err == nil && slices.Contains(c.here, filepath.ToSlash(relative))
			})
			located, missing, err := r.Located(l.Locate)
			if err != nil {
				t.Fatal(err)
			}
			var found []string
			for _, f := range located.Files {
				found = append(found, f.Path)
			}
			slices.Sort(found)
			slices.Sort(c.found)
			if !slices.Equal(found, c.found) || !slices.Equal(missing, c.missing) {
				t.Errorf("found %v, missing %v; want %v and %v", found, missing, c.found, c.missing)
			}
		})
	}
}

// Two packages may each have an index.ts, and each report starts from its own.
func TestFilesOfDifferentRootsAreDifferent(t *testing.T) {
	var reports []coverage.Report
	for _, root := range []string{"/repo/one", "/repo/two", "/repo/two"} {
		r, err := format.Read(root, strings.NewReader(coberturaOf([]string{root}, "index.ts")))
		if err != nil {
			t.Fatal(err)
		}
		reports = append(reports, r)
	}
	merged, err := coverage.Merge(reports...)
	if err != nil {
		t.Fatal(err)
	}
	if len(merged.Files) != 2 {
		t.Errorf("%d files, not two", len(merged.Files))
	}
}

// One report names a file from the root, another absolutely: it is one file.
func TestAFileNamedInTwoWaysIsOne(t *testing.T) {
	r, err := format.Read("report", strings.NewReader("SF:a.c\nDA:1,0\nDA:2,1\nend_of_record\nSF:/repo/a.c\nDA:1,1\nDA:2,0\nend_of_record\n"))
	if err != nil {
		t.Fatal(err)
	}
	l := coverage.NewLocator("/repo", []string{"/repo/report"}, func(path string) bool { return filepath.ToSlash(path) == "/repo/a.c" })
	located, _, err := r.Located(l.Locate)
	if err != nil || len(located.Files) != 1 || located.Total()[coverage.Lines] != (coverage.Count{Covered: 2, Total: 2}) {
		t.Errorf("got %+v, %v", located.Files, err)
	}
}

// A sum without a list survives a merge where all agree, and is never passed
// off as the list of one of them.
func TestSumsBesideListsAreNotTakenForThem(t *testing.T) {
	const sums = "SF:a.c\nDA:1,1\nBRF:4\nBRH:4\nend_of_record\n"
	const listed = "SF:a.c\nDA:1,1\nBRDA:1,0,0,0\nBRDA:1,0,1,0\nBRDA:1,1,0,0\nBRDA:1,1,1,0\nend_of_record\n"
	for name, c := range map[string]struct {
		report string
		want   coverage.Count
		known  bool
	}{
		"sums twice":      {sums + sums, coverage.Count{Covered: 4, Total: 4}, true},
		"lists twice":     {listed + listed, coverage.Count{Covered: 0, Total: 4}, true},
		"sums and a list": {sums + listed, coverage.Count{}, false},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := format.Read("report", strings.NewReader(c.report))
			if err != nil {
				t.Fatal(err)
			}
			if got, known := r.Total()[coverage.Branches]; got != c.want || known != c.known {
				t.Errorf("got %+v, %v", got, known)
			}
		})
	}
}
