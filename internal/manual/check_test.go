package manual_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/config"
	"github.com/cutover-dev/cutover/internal/manual"
)

// checker holds pages to what is so, and collects what is not.
type checker struct {
	known     manual.Known
	folder    string // the sandbox
	update    bool
	problems  []string
	reasons   map[string]int
	workflows map[string]manual.Block // by the file that stands for the block
	fresh     map[string]string       // pages whose outputs have changed
	ran       int
}

func newChecker(t *testing.T) *checker {
	t.Helper()
	return &checker{known: known(t), folder: sandbox(t), reasons: map[string]int{}, workflows: map[string]manual.Block{}, fresh: map[string]string{}}
}

func (c *checker) wrong(page string, line int, format string, args ...any) {
	c.problems = append(c.problems, fmt.Sprintf("%s:%d: %s", page, line, fmt.Sprintf(format, args...)))
}

// reasons why a block is not run.
var reasons = []string{"needs an account", "a drawing", "a query", "a part of an app", "takes minutes", "needs a release"}

// judged are the reasons with which commands are read all the same.
var judged = []string{"needs an account", "takes minutes", "needs a release"}

// page checks the blocks and the commands of one page.
func (c *checker) page(t *testing.T, p manual.Page) {
	t.Helper()
	for _, s := range p.Spans {
		c.span(p.Name, s)
	}
	if folder, ok := writtenBy(p.Text); ok {
		c.held(p.Name, 1, folder+"/ "+filepath.Base(p.Name))
		return
	}
	for _, b := range slices.Backward(p.Blocks) { // the last one first: what is written below moves no line above
		if body, changed := c.block(t, b); changed {
			p.Text = p.With(b, body)
			c.fresh[p.Name] = p.Text
		}
	}
}

var author = regexp.MustCompile(`<!-- Written by go test \./(\S+) -update`)

// writtenBy names the test that writes a whole page.
func writtenBy(text string) (string, bool) {
	m := author.FindStringSubmatch(text)
	if m == nil {
		return "", false
	}
	return m[1], true
}

// block checks one block; what it shows by now comes back if it differs.
func (c *checker) block(t *testing.T, b manual.Block) (string, bool) {
	t.Helper()
	if _, ok := b.Says("live"); ok {
		c.held(b.Page, b.Line, "actions/traffic-shift/ <!-- live:")
		return "", false
	}
	if name, ok := b.Says("generated"); ok {
		c.generated(b, name)
		return "", false
	}
	if by, ok := b.Says("held by"); ok {
		c.held(b.Page, b.Line, by)
		return "", false
	}
	reason, excused := b.Says("not run")
	if excused {
		c.reasons[reason]++
		if !slices.Contains(reasons, reason) {
			c.wrong(b.Page, b.Line, "not run: %s is no reason; there are: %s", reason, strings.Join(reasons, ", "))
		}
	}
	switch {
	case excused && !slices.Contains(judged, reason):
		return "", false
	case b.Lang == "yaml":
		c.yaml(t, b)
	case b.Lang == "json":
		if !json.Valid([]byte(b.Body)) {
			c.wrong(b.Page, b.Line, "this is no JSON")
		}
	case b.Lang == "sh" || b.Lang == "console":
		return c.commands(t, b, excused)
	default:
		c.wrong(b.Page, b.Line, "a block of %q is neither run nor generated: say above it what holds it, <!-- held by: FILE TEST -->, or why it is not run, <!-- not run: REASON -->", b.Lang)
	}
	return "", false
}

// generated wants a test that writes such parts of that very page.
func (c *checker) generated(b manual.Block, name string) {
	all, _ := files() // newChecker has asked for them
	for _, file := range all {
		if !strings.HasSuffix(file, "_test.go") || strings.HasPrefix(file, "internal/manual/") {
			continue
		}
		text, err := os.ReadFile(filepath.Join(root, file))
		if err == nil && strings.Contains(string(text), b.Page) && strings.Contains(string(text), "generated") {
			return
		}
	}
	c.wrong(b.Page, b.Line, "generated: %s, and no test that writes it names %s", name, b.Page)
}

// held wants a test that knows of the block: its file, and words that stand there.
func (c *checker) held(page string, line int, by string) {
	file, what, _ := strings.Cut(by, " ")
	names := []string{file}
	if strings.HasSuffix(file, "/") {
		names, _ = filepath.Glob(filepath.Join(root, file, "*_test.go"))
	} else {
		names[0] = filepath.Join(root, file)
	}
	for _, name := range names {
		if text, err := os.ReadFile(name); err == nil && strings.HasSuffix(name, "_test.go") && what != "" && strings.Contains(string(text), what) {
			return
		}
	}
	c.wrong(page, line, "held by %s, which no test there names", by)
}

// span checks a command within a sentence; it is never run.
func (c *checker) span(page string, s manual.Span) {
	if !command.MatchString(s.Text) {
		return
	}
	calls, err := manual.Calls(strings.ReplaceAll(s.Text, "…", manual.Any))
	if err != nil {
		return // a part of a command, such as an option with its value left out
	}
	for _, call := range calls {
		if _, wrong := c.known.Judge(call); wrong != "" {
			c.wrong(page, s.Line, "%s", wrong)
		}
	}
}

var command = regexp.MustCompile(`^(cutover [a-z]|make [a-z]|gh [a-z]+ [a-z]|aws [a-z0-9]+ [a-z]|go run \./|traffic-shift --)`)

func (c *checker) yaml(t *testing.T, b manual.Block) {
	t.Helper()
	shape, whole, err := manual.ShapeOf(b.Body, text(t, "examples/lego-api/cutover.yaml"))
	if err != nil {
		c.wrong(b.Page, b.Line, "%v", err)
		return
	}
	switch shape {
	case manual.Workflow:
		name := fmt.Sprintf(".github/workflows/page-%d.yml", len(c.workflows))
		write(t, filepath.Join(c.folder, name), whole)
		c.workflows[name] = b
		for _, m := range local.FindAllStringSubmatch(whole, -1) { // actionlint says nothing of a folder that is not there
			if _, err := os.Stat(filepath.Join(c.folder, m[1], "action.yml")); err != nil {
				c.wrong(b.Page, b.Line, "there is no action %s", m[1])
			}
		}
	case manual.Configuration:
		if _, err := config.Parse(b.Page, []byte(whole)); err != nil {
			c.wrong(b.Page, b.Line, "config check refuses it: %v", err)
		}
	case manual.Template:
		write(t, filepath.Join(c.folder, "page.template.yaml"), whole)
		if code, out := shell(t, c.folder, "cutover monitoring lint page.template.yaml"); code > 1 {
			c.wrong(b.Page, b.Line, "monitoring lint cannot read it: %s", out)
		}
	}
}

var local = regexp.MustCompile(`uses: \./(\S+)`)

// lint holds all workflows of pages to actionlint, with the inputs and outputs
// of the actions here.
func (c *checker) lint(t *testing.T) {
	t.Helper()
	if len(c.workflows) == 0 {
		return
	}
	lint := filepath.Join(bin, "actionlint")
	if _, err := os.Stat(lint); err != nil {
		run(t, filepath.Join(root, "tools/actionlint"), "go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", lint, "tool")
	}
	args := []string{"-shellcheck=", "-pyflakes=", "-format", "{{json .}}"}
	for name := range c.workflows {
		args = append(args, name)
	}
	cmd := exec.CommandContext(t.Context(), lint, args...)
	cmd.Dir = c.folder
	out, err := cmd.Output()
	var found []struct{ Message, Filepath, Snippet string }
	if bad := json.Unmarshal(out, &found); bad != nil {
		t.Fatalf("actionlint: %v, %v: %s", err, bad, out)
	}
	for _, f := range found {
		b := c.workflows[f.Filepath]
		c.wrong(b.Page, b.Line, "actionlint: %s: %s", f.Message, strings.TrimSpace(strings.SplitN(f.Snippet, "\n", 2)[0]))
	}
}
