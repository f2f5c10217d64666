package rulestest

import (
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/processtest"
)

const source = `package a

var table = []int{1, 2}

type T struct{ on bool }

func (t *T) Turn(times ...int) {
	for range times {
		t.on = !t.on
	}
}

func Sum(a, b int) (sum int, err error) {
	sum = a + b
	if sum > 10 {
		sum = 10
	}
	return
}

func Blank(_ int) int { return table[0] }

func Of[E any](list []E) int { return len(list) }

func (T) Nameless() int { return 7 }
`

const tests = `package a

import "testing"

func TestTurn(t *testing.T) {
	x := &T{}
	if x.Turn(1, 2, 3); !x.on {
		t.Error("off")
	}
}

func TestSum(t *testing.T) {
	if s, _ := Sum(7, 8); s != 10 {
		t.Error(s)
	}
	if s, _ := Sum(1, 2); s != 3 {
		t.Error(s)
	}
}

func TestBroken(t *testing.T) { t.Error("always") }
`

// off is a rule of the source above.
func off(name, run, before, after string) rule {
	return rule{name: name, says: name, file: "a/a.go", pkg: "./a", run: run, old: before, new: after, original: source}
}

func module(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	processtest.Write(t, dir, "go.mod", "module example.com/m\n\ngo 1.26\n")
	processtest.Write(t, dir, "a/a.go", source)
	processtest.Write(t, dir, "a/a_test.go", tests)
	return dir
}

// Rules that are compiled together act one at a time, as if each were alone.
func TestOneSwitchAtATime(t *testing.T) {
	t.Parallel()
	dir := module(t)
	rules := []rule{
		off("turns", "^TestTurn$", "t.on = !t.on", "_ = t"),
		off("adds", "^TestSum$", "a + b", "a - b"),
		off("bounded", "^TestSum$", "sum > 10", "false"),
		off("no difference", "^TestSum$", "sum > 10", "sum >= 10"),
	}
	switched, alone := switches(rules)
	if len(switched) != 4 || len(alone) != 0 {
		t.Fatalf("%d to switch, %d alone", len(switched), len(alone))
	}
	p, err := build(t, dir, "./a", switched)
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range switched {
		for _, run := range []string{"^TestTurn$", "^TestSum$"} {
			out, err := p.without(t, i+1, run)
			red, want := green(out, err) == "", r.run == run && r.name != "no difference"
			if red != want {
				t.Errorf("without %s %s is red: %v\n%s", r.name, run, red, out)
			}
			alone, err := r.switchedOff(t, dir)
			if (green(alone, err) == "") != red && r.run == run {
				t.Errorf("%s compiled by itself says otherwise:\n%s", r.name, alone)
			}
		}
	}
}

func TestWhatCannotBeSwitched(t *testing.T) {
	for name, r := range map[string]rule{
		"a table":                   off("x", "x", "{1, 2}", "{2, 1}"),
		"a parameter without name":  off("x", "x", "table[0]", "table[1]"),
		"a parameter of type":       off("x", "x", "len(list)", "0"),
		"a receiver without name":   off("x", "x", "return 7", "return 8"),
		"more than one function":    off("x", "x", "t.on\n\t}\n}\n\nfunc Sum", "true\n\t}\n}\n\nfunc Sum"),
		"the function's first line": off("x", "x", "func Sum(a, b int)", "func Sum(b, a int)"),
	} {
		t.Run(name, func(t *testing.T) {
			if !strings.Contains(source, r.old) {
				t.Fatal("no such text")
			}
			if switched, alone := switches([]rule{r}); len(switched) != 0 || len(alone) != 1 {
				t.Errorf("%d to switch", len(switched))
			}
		})
	}
}

// Tests that fail with every rule in force would make each rule look safe.
func TestABrokenTestIsNoProof(t *testing.T) {
	t.Parallel()
	switched, _ := switches([]rule{off("turns", "^TestBroken$", "t.on = !t.on", "_ = t")})
	if _, err := build(t, module(t), "./a", switched); err == nil || !strings.Contains(err.Error(), "with every rule in force its tests fail") {
		t.Errorf("%v", err)
	}
	switched, _ = switches([]rule{off("turns", "^TestNone$", "t.on = !t.on", "_ = t")})
	if _, err := build(t, module(t), "./a", switched); err == nil {
		t.Error("tests that are not there passed for proof")
	}
}
