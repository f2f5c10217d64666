package rulestest

import (
	"errors"
	"strings"
	"testing"
)

const whole = "# A rule.\nfile: a.go\npackage: ./a\nrun: ^TestA$\n--- old\nif x {\n--- new\nif false {\n"

func TestParse(t *testing.T) {
	r, err := parse(whole)
	if err != nil || r.says != "A rule." || r.old != "if x {" || r.new != "if false {" || r.run != "^TestA$" {
		t.Fatalf("%+v %v", r, err)
	}
	for name, change := range map[string][2]string{
		"no rule in words":  {"# A rule.\n", ""},
		"no file":           {"file: a.go\n", ""},
		"no test":           {"run: ^TestA$\n", ""},
		"an unknown field":  {"run:", "runs:"},
		"no new text":       {"--- new\n", ""},
		"nothing different": {"if false {", "if x {"},
	} {
		t.Run(name, func(t *testing.T) {
			changed := strings.Replace(whole, change[0], change[1], 1)
			if r, err := parse(changed); changed == whole || err == nil {
				t.Errorf("taken: %+v", r)
			}
		})
	}
}

// A run that shows nothing must not count as a red test.
func TestGreen(t *testing.T) {
	failed := errors.New("exit status 1")
	for name, c := range map[string]struct {
		out string
		err error
		red bool
	}{
		"a red test":       {"--- FAIL: TestA", failed, true},
		"a panic":          {"panic: nil map", failed, true},
		"all is green":     {"ok  a", nil, false},
		"nothing compiled": {"--- FAIL: x\nFAIL a [build failed]", failed, false},
		"no such test":     {"ok a [no tests to run]", nil, false},
		"killed":           {"signal: killed", failed, false},
		"only words of it": {"--- FAIL: TestA", nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := green(c.out, c.err) == ""; got != c.red {
				t.Errorf("red is %v", got)
			}
		})
	}
}
