package manual_test

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/manual"
)

// most is how many lines of an output a page shows unless it says otherwise.
const most = 34

// commands checks a block of commands, and runs it unless it is excused.
func (c *checker) commands(t *testing.T, b manual.Block, excused bool) (string, bool) {
	t.Helper()
	if b.Lang == "console" && strings.HasPrefix(b.Body, "$ ") {
		return c.session(t, b, excused)
	}
	if !c.may(t, b, b.Line, b.Body, excused) || excused {
		return "", false
	}
	code, out := shell(t, c.folder, b.Body)
	c.ran++
	if want := ending(b); strconv.Itoa(code) != want {
		c.wrong(b.Page, b.Line, "these commands end with %d, not with %s: %s", code, want, out)
	}
	return "", false
}

// ending is the exit code that a block's last command has.
func ending(b manual.Block) string {
	if code, ok := b.Says("exit"); ok {
		return code
	}
	return "0"
}

// may says whether commands can be run here: bash reads them, each program and
// each option is there, and none needs what a sandbox has not.
func (c *checker) may(t *testing.T, b manual.Block, line int, script string, excused bool) bool {
	t.Helper()
	calls, err := manual.Calls(script)
	if err != nil {
		c.wrong(b.Page, line, "%v", err)
		return false
	}
	good := true
	for _, call := range calls {
		ground, wrong := c.known.Judge(call)
		switch {
		case wrong != "":
			c.wrong(b.Page, line+call.Line, "%s", wrong)
			good = false
		case ground == manual.Elsewhere && !excused:
			c.wrong(b.Page, line+call.Line, "%s cannot be run in a test: say so above the block, <!-- not run: needs an account --> or takes minutes", call.Words[0])
			good = false
		}
		if ground == manual.Ours && !excused {
			c.build(t, call)
		}
	}
	return good
}

// build makes the program that a call is of.
func (c *checker) build(t *testing.T, call manual.Call) {
	t.Helper()
	for i, w := range call.Words {
		if i > 0 && !strings.HasPrefix(w, "./") {
			continue
		}
		name := w[strings.LastIndexByte(w, '/')+1:]
		if slices.Contains(c.known.Programs, "./actions/"+name) {
			built(t, name)
		}
	}
}

var prompt = regexp.MustCompile(`(?m)^\$ `)

// session runs each command behind a prompt and compares what it prints; what
// did not end as it should is no output to keep. A line with nothing but … ends
// what is shown.
func (c *checker) session(t *testing.T, b manual.Block, excused bool) (string, bool) {
	t.Helper()
	var now strings.Builder
	line, whole := b.Line, true
	parts := prompt.Split(b.Body, -1)[1:]
	for i, part := range parts {
		script, shown := split(part)
		now.WriteString("$ " + script)
		if whole = c.may(t, b, line, script, excused) && whole; !whole || excused {
			continue
		}
		line += strings.Count(part, "\n")
		code, out := shell(t, c.folder, script)
		c.ran++
		want := "0"
		if i+1 == len(parts) {
			want = ending(b)
		}
		if strconv.Itoa(code) != want {
			whole = false
			c.wrong(b.Page, b.Line, "%s ends with %d, not with %s: %s", strings.TrimSpace(script), code, want, out)
		}
		now.WriteString(cut(out, shown))
	}
	if excused || !whole || now.String() == b.Body {
		return "", false
	}
	if !c.update {
		c.wrong(b.Page, b.Line, "shows what is no longer printed; run make generate\n%s", now.String())
	}
	return now.String(), true
}

// split parts a command, with the lines that go on with it, from its output.
func split(part string) (script, shown string) {
	rest := part
	for {
		line, after, _ := strings.Cut(rest, "\n")
		script, rest = script+line+"\n", after
		if !strings.HasSuffix(line, `\`) || after == "" {
			return script, rest
		}
	}
}

// cut keeps of an output as many lines as the page has had, if it ended with …
func cut(out, shown string) string {
	keep := most
	if before, ok := strings.CutSuffix(shown, "…\n"); ok {
		keep = strings.Count(before, "\n")
	}
	out = strings.TrimRight(out, "\n")
	if out == "" {
		return ""
	}
	var b strings.Builder
	for n, line := range strings.Split(out, "\n") {
		if n == keep {
			b.WriteString("…\n")
			break
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	return b.String()
}
