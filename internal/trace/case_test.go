package trace_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/config"
	"github.com/cutover-dev/cutover/internal/config/traced"
	"github.com/cutover-dev/cutover/internal/trace"
	"github.com/cutover-dev/cutover/internal/trace/drawing"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// change is a case by how it differs from another: members set or removed, by
// their paths; * stands for every member of a list.
type change struct {
	Base   string         `json:"base"`
	Set    map[string]any `json:"set"`
	Remove []string       `json:"remove"`
}

// load reads a case: what is planned, and what was seen.
func load(t testing.TB, name string) (trace.Plan, trace.Observation) {
	t.Helper()
	var o trace.Observation
	decode(t, name, &o)
	return planOf(t, name), o
}

func planOf(t testing.TB, name string) trace.Plan {
	t.Helper()
	path := filepath.Join("testdata", name, "expectation.yaml")
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return planOf(t, baseOf(t, name).Base)
	}
	file, err := config.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	p, err := traced.Plan(file, "staging", "run-1234-1")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func baseOf(t testing.TB, name string) (c change) {
	t.Helper()
	if err := strictly(read(t, filepath.Join("testdata", name, "change.json")), &c); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return c
}

func decode(t testing.TB, name string, into any) {
	t.Helper()
	if err := strictly(document(t, name), into); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

func strictly(data []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	return d.Decode(into)
}

func document(t testing.TB, name string) []byte {
	t.Helper()
	path := filepath.Join("testdata", name, "observation.json")
	if _, err := os.Stat(path); err == nil {
		return read(t, path)
	}
	c := baseOf(t, name)
	var tree any
	if err := json.Unmarshal(document(t, c.Base), &tree); err != nil {
		t.Fatal(err)
	}
	changed := 0
	for _, path := range slices.Sorted(maps.Keys(c.Set)) {
		changed += put(tree, strings.Split(path, "/")[1:], c.Set[path], false)
	}
	for _, path := range c.Remove {
		changed += put(tree, strings.Split(path, "/")[1:], nil, true)
	}
	if changed == 0 {
		t.Fatalf("%s changes nothing", name)
	}
	text, err := json.Marshal(tree)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// put sets or empties a member, and says how many it met.
func put(tree any, path []string, value any, remove bool) (n int) {
	switch at := tree.(type) {
	case map[string]any:
		if len(path) > 1 {
			return put(at[path[0]], path[1:], value, remove)
		}
		if _, had := at[path[0]]; remove && !had {
			return 0
		}
		if remove {
			delete(at, path[0])
		} else {
			at[path[0]] = value
		}
		return 1
	case []any:
		for i := range at {
			if path[0] != "*" && path[0] != strconv.Itoa(i) {
				continue
			}
			if len(path) > 1 {
				n += put(at[i], path[1:], value, remove)
			} else {
				at[i], n = value, n+1
			}
		}
	}
	return n
}

func read(t testing.TB, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func golden(t *testing.T, path string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if want := read(t, path); !bytes.Equal(want, got) {
		t.Errorf("%s differs (rewrite it with -update)\n--- want\n%s--- got\n%s", path, want, got)
	}
}

func cases(t testing.TB) (names []string) {
	t.Helper()
	folders, err := os.ReadDir("testdata")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range folders {
		if f.IsDir() && f.Name() != "fuzz" {
			names = append(names, f.Name())
		}
	}
	if len(names) < 30 {
		t.Fatalf("only %d cases were found", len(names))
	}
	return names
}

// shown is a table as a golden file holds it.
func shown(f trace.Findings) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "verdict: %s\n", f.Verdict())
	for _, row := range f {
		fmt.Fprintf(&b, "%-8s %-34s %s", row.State, row.Name, row.What)
		for _, c := range row.Cases {
			fmt.Fprintf(&b, "\n%-8s   %s", "", c)
		}
		if row.Change != "" {
			fmt.Fprintf(&b, "\n%-8s   → %s", "", row.Change)
		}
		b.WriteString("\n")
	}
	return b.Bytes()
}

// A new case is a new folder: an observation, or how it differs from another.
func TestCases(t *testing.T) {
	for _, name := range cases(t) {
		t.Run(name, func(t *testing.T) {
			p, o := load(t, name)
			golden(t, filepath.Join("testdata", name, "findings.golden"), shown(trace.Check(p.Expectation(), o)))
			if _, err := os.Stat(filepath.Join("testdata", name, "observation.json")); err != nil {
				return
			}
			m := trace.Draw(o.Traces, o.Edges)
			m.Stage, m.Region, m.Run, m.At = p.Stage, p.Region, p.Run, o.Ended
			golden(t, filepath.Join("testdata", name, "map.golden.json"), m.JSON())
			g := trace.Picture(m, nil)
			golden(t, filepath.Join("testdata", name, "mermaid.golden"), []byte(drawing.Mermaid(g)))
			golden(t, filepath.Join("testdata", name, "svg.golden"), []byte(drawing.SVG(g)))
		})
	}
}
