package manual_test

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/manual"
)

var update = flag.Bool("update", false, "write outputs, tables and counts anew")

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(withBin(m))
}

func withBin(m *testing.M) int {
	folder, err := os.MkdirTemp("", "manual")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(folder) }() // a temporary folder
	bin = folder
	if *update {
		if err := operations(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	}
	return m.Run()
}

// pages are all that is written for people. Golden files are held by the tests
// that made them.
func pages(t *testing.T) []manual.Page {
	t.Helper()
	names, err := files()
	if err != nil {
		t.Fatal(err)
	}
	var all []manual.Page
	for _, name := range names {
		if isPage(name) {
			all = append(all, manual.Parse(name, text(t, name)))
		}
	}
	if len(all) < 60 {
		t.Fatalf("only %d pages: this test would hold nothing", len(all))
	}
	return all
}

func isPage(name string) bool {
	return strings.HasSuffix(name, ".md") && !strings.Contains(name, "testdata/")
}

// tutorial is followed by a test of its own, since its commands build on each other.
const tutorial = "docs/tutorial.md"

// Every block of every page is run, or read by what it is for, or says why not.
// Shows: 5.5.9, 5.3.9
func TestPagesShowWhatIsSo(t *testing.T) {
	c := newChecker(t)
	c.update = *update
	for _, p := range pages(t) {
		if p.Name != tutorial {
			c.page(t, p)
		}
	}
	c.lint(t)
	for name, fresh := range c.fresh {
		if *update {
			write(t, filepath.Join(root, name), fresh)
		}
	}
	for _, p := range c.problems {
		t.Error(p)
	}
	if c.ran < 5 || len(c.workflows) < 15 {
		t.Errorf("only %d commands were run and %d workflows looked at", c.ran, len(c.workflows))
	}
	c.count(t)
}

// count keeps how many blocks are not run, by reason, so that one more is seen
// in a change and not only here.
func (c *checker) count(t *testing.T) {
	t.Helper()
	var now strings.Builder
	for _, reason := range slices.Sorted(maps.Keys(c.reasons)) {
		fmt.Fprintf(&now, "%3d %s\n", c.reasons[reason], reason)
	}
	if *update {
		write(t, "testdata/notrun.txt", now.String())
	}
	if kept := text(t, "internal/manual/testdata/notrun.txt"); kept != now.String() {
		t.Errorf("blocks that are not run:\n%swhere testdata/notrun.txt has\n%sIs it right? Then run make generate.", now.String(), kept)
	}
}

// operations writes the table of AWS's operations anew, where botocore can be asked.
func operations() error {
	python := os.Getenv("CUTOVER_PYTHON")
	if info, _ := os.Stat(python); info == nil { // whatever the reason
		fmt.Fprintln(os.Stderr, table+" stays as it is: CUTOVER_PYTHON is no Python with botocore (make test installs one)")
		return nil
	}
	names, err := files()
	if err != nil {
		return err
	}
	var calls []manual.Call
	collect := func(script string) {
		if found, err := manual.Calls(script); err == nil { // what cannot be read is told by the test
			calls = append(calls, found...)
		}
	}
	for _, name := range names {
		text, err := os.ReadFile(filepath.Join(root, name))
		if err != nil || !isPage(name) {
			continue
		}
		p := manual.Parse(name, string(text))
		for _, b := range p.Blocks {
			collect(b.Body)
		}
		for _, s := range p.Spans {
			collect(strings.ReplaceAll(s.Text, "…", manual.Any))
		}
	}
	cmd := exec.Command(python, append([]string{"testdata/aws.py"}, manual.Asked(calls)...)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("testdata/aws.py: %w", err)
	}
	return os.WriteFile(table, append([]byte("# The operations of AWS that pages name, with their options, as botocore's models have them.\n# Written by testdata/aws.py: make generate, once make test has installed botocore.\n"), out...), 0o644)
}
