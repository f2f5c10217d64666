package format_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/coverage"
	"github.com/cutover-dev/cutover/internal/coverage/format"
	"github.com/cutover-dev/cutover/internal/fault"
)

var update = flag.Bool("update", false, "write what is read now as the wanted result")

// cases lists the corpus; a new case is a new file with its .want beside it.
func cases(t *testing.T, folder string) []string {
	t.Helper()
	all, err := filepath.Glob(filepath.Join("testdata", folder, "*"))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, name := range all {
		if !strings.HasSuffix(name, ".want") {
			names = append(names, name)
		}
	}
	if len(names) < 5 {
		t.Fatalf("the corpus %s holds %d cases: a test over nothing passes", folder, len(names))
	}
	return names
}

func wanted(t *testing.T, name, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(name+".want", []byte(got+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(name + ".want")
	if err != nil {
		t.Fatalf("%v (go test -update writes it; read it before you commit it)", err)
	}
	if strings.TrimRight(string(want), "\n") != got {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func read(name string) (coverage.Report, error) {
	f, err := os.Open(name)
	if err != nil {
		return coverage.Report{}, err
	}
	defer f.Close()
	return format.Read(filepath.Base(name), f)
}

func TestValidReports(t *testing.T) {
	for _, name := range cases(t, "valid") {
		t.Run(filepath.Base(name), func(t *testing.T) {
			r, err := read(name)
			if err != nil {
				t.Fatal(err)
			}
			wanted(t, name, tell(r))
		})
	}
}

// tell writes a report as text that a person can hold against the original.
func tell(r coverage.Report) string {
	var b strings.Builder
	fmt.Fprintf(&b, "format %s\ntotal %s", r.Sources[0].Format, counts(r.Total()))
	for _, f := range r.Files {
		fmt.Fprintf(&b, "\n%s %s", f.Path, counts(f.Counts))
		if f.Detail != nil {
			fmt.Fprintf(&b, " uncovered %v", f.Detail.Uncovered())
		}
	}
	return b.String()
}

func counts(c coverage.Counts) string {
	var parts []string
	for _, m := range coverage.Metrics {
		if n, ok := c[m]; ok {
			parts = append(parts, fmt.Sprintf("%s %d/%d", m, n.Covered, n.Total))
		}
	}
	return strings.Join(parts, " ")
}

func TestInvalidReportsAreErrorsThatHelp(t *testing.T) {
	for _, name := range cases(t, "invalid") {
		t.Run(filepath.Base(name), func(t *testing.T) {
			r, err := read(name)
			if err == nil {
				t.Fatalf("it was read: %s", tell(r))
			}
			if fault.KindOf(err) != fault.Input {
				t.Errorf("kind %v", fault.KindOf(err))
			}
			wanted(t, name, err.Error())
		})
	}
}

// Vitest writes both formats in one run; read apart they must say the same.
func TestLCOVAndSummaryOfOneRunAgree(t *testing.T) {
	lcov, err := read("testdata/valid/vitest-lego-api.lcov")
	if err != nil {
		t.Fatal(err)
	}
	summary, err := read("testdata/valid/vitest-lego-api.summary.json")
	if err != nil {
		t.Fatal(err)
	}
	a, b := lcov.Total(), summary.Total()
	for _, m := range []coverage.Metric{coverage.Lines, coverage.Branches, coverage.Functions} {
		if a[m] != b[m] || a[m].Total == 0 {
			t.Errorf("%s: LCOV %+v, summary %+v", m, a[m], b[m])
		}
	}
}

// FuzzRead holds that no input makes the reader panic, and that what is read
// adds up.
func FuzzRead(f *testing.F) {
	seeded := map[string]bool{}
	for _, folder := range []string{"valid", "invalid"} {
		names, _ := filepath.Glob(filepath.Join("testdata", folder, "*"))
		for _, name := range names {
			if text, err := os.ReadFile(name); err == nil && len(text) < 10_000 {
				f.Add(text)
				for _, by := range format.Accepting(text) {
					seeded[by] = true
				}
			}
		}
	}
	if n := strings.Count(format.Names(), "), ") + 1; len(seeded) != n {
		f.Fatalf("there are seeds of %d of %d formats", len(seeded), n)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := format.Read("fuzz", strings.NewReader(string(text)))
		if err != nil {
			if fault.KindOf(err) != fault.Input {
				t.Errorf("bad input is told as %v: %v", fault.KindOf(err), err)
			}
			return
		}
		if len(r.Files) == 0 {
			t.Error("a report of nothing was read")
		}
		for _, file := range r.Files {
			for m, c := range file.Counts {
				if c.Covered < 0 || c.Covered > c.Total {
					t.Errorf("%s: %d of %d %s", file.Path, c.Covered, c.Total, m)
				}
			}
		}
		if _, err := json.Marshal(r); err != nil {
			t.Error(err)
		}
	})
}
