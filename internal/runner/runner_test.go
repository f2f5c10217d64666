package runner_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/runner"
)

// world is a process's surroundings in memory, with real files for the
// runner's file commands.
type world struct {
	args             []string
	env              map[string]string
	terminal         bool
	signals          chan os.Signal
	stdout, stderr   bytes.Buffer
	output, summary  string
	stdoutMu, errMux sync.Mutex
}

func newWorld(t *testing.T, env map[string]string, args ...string) *world {
	dir := t.TempDir()
	w := &world{
		args: args, env: map[string]string{}, signals: make(chan os.Signal, 2),
		output: filepath.Join(dir, "output"), summary: filepath.Join(dir, "summary"),
	}
	for k, v := range env {
		w.env[k] = v
	}
	if w.env["GITHUB_ACTIONS"] == "true" {
		w.env["GITHUB_OUTPUT"], w.env["GITHUB_STEP_SUMMARY"] = w.output, w.summary
	}
	return w
}

type locked struct {
	mu *sync.Mutex
	b  *bytes.Buffer
}

func (l locked) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (w *world) host() runner.Host {
	return runner.Host{
		Args: w.args, Getenv: func(k string) string { return w.env[k] },
		Environ: func() []string {
			var all []string
			for k, v := range w.env {
				all = append(all, k+"="+v)
			}
			return all
		},
		Stdout: locked{&w.stdoutMu, &w.stdout}, Stderr: locked{&w.errMux, &w.stderr},
		Terminal: w.terminal, Signals: w.signals,
	}
}

func (w *world) run(p *runner.Program) int { return runner.Execute(p, w.host()) }

func (w *world) file(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	return string(b)
}

// example declares one input of each kind and lets the test run a function.
type example struct {
	name   *string
	list   *[]string
	mode   *string
	on     *bool
	wait   *time.Duration
	number *int
	token  *string
}

func declared(run func(context.Context, *runner.Session, example) error) *runner.Program {
	in := runner.NewInputs()
	e := example{
		name: in.String("name", "nobody", "Who."),
		list: in.Strings("item", "What."),
		mode: in.Choice("mode", "How.", []string{"fast", "slow"}),
		on:   in.Bool("on", false, "Whether."),
		wait: in.Duration("wait-time", time.Minute, "How long."),
		number: runner.Parsed(in, "number", "7", "an even number", "Which.", func(s string) (int, error) {
			if s == "7" || s == "8" {
				return len(s), nil
			}
			return 0, errors.New("is odd")
		}),
		token: in.String("token", "", "Secret.", runner.Secret()),
	}
	return &runner.Program{
		Name: "example", Summary: "An example.", Inputs: in,
		Outputs: []runner.Output{{Name: "result", Usage: "It."}},
		Run:     func(ctx context.Context, s *runner.Session) error { return run(ctx, s, e) },
	}
}

var actions = map[string]string{"GITHUB_ACTIONS": "true"}

func with(base map[string]string, pairs ...string) map[string]string {
	m := map[string]string{}
	for k, v := range base {
		m[k] = v
	}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return m
}

func TestInputsFromBothWorlds(t *testing.T) {
	for name, c := range map[string]struct {
		env  map[string]string
		args []string
		want string
	}{
		"defaults":                     {nil, nil, "nobody [] fast false 1m0s"},
		"flags":                        {nil, []string{"--name", "ann", "--item=a", "--item", "b", "--mode", "slow", "--on", "--wait-time", "2s"}, "ann [a b] slow true 2s"},
		"variables":                    {with(actions, "INPUT_NAME", "ann", "INPUT_ITEM", "a\n\n b \r\n", "INPUT_WAIT_TIME", "3s"), nil, "ann [a b] fast false 3s"},
		"an empty variable is unset":   {with(actions, "INPUT_NAME", "", "INPUT_ITEM", " \n"), nil, "nobody [] fast false 1m0s"},
		"a flag wins over a variable":  {map[string]string{"INPUT_NAME": "env", "INPUT_ITEM": "x"}, []string{"--name", "flag"}, "flag [x] fast false 1m0s"},
		"act's spelling is tolerated":  {with(actions, "INPUT_WAIT-TIME", "9s"), nil, "nobody [] fast false 1m0s"},
		"a switch can be said no to":   {nil, []string{"--on=false"}, "nobody [] fast false 1m0s"},
		"a value may hold = and ::":    {nil, []string{"--name", "a=::b"}, "a=::b [] fast false 1m0s"},
		"false by variable":            {with(actions, "INPUT_ON", "false"), nil, "nobody [] fast false 1m0s"},
		"a variable's line feeds trim": {with(actions, "INPUT_NAME", " ann\n"), nil, "ann [] fast false 1m0s"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, c.env, c.args...)
			got := ""
			code := w.run(declared(func(_ context.Context, _ *runner.Session, e example) error {
				got = strings.Join([]string{*e.name, "[" + strings.Join(*e.list, " ") + "]", *e.mode, map[bool]string{true: "true", false: "false"}[*e.on], e.wait.String()}, " ")
				return nil
			}))
			if code != 0 || got != c.want {
				t.Errorf("exit %d, got %q, want %q; stderr %s", code, got, c.want, w.stderr.String())
			}
		})
	}
}

func TestBadInputsAreAllNamedWithWhatIsAllowed(t *testing.T) {
	for name, c := range map[string]struct {
		env  map[string]string
		args []string
		want []string
	}{
		"unknown flag":         {nil, []string{"--nmae", "x"}, []string{`"--nmae"`, "Did you mean --name?", "--wait-time"}},
		"unknown variable":     {map[string]string{"INPUT_WAITTIME": "1s"}, nil, []string{"INPUT_WAITTIME", "Did you mean INPUT_WAIT_TIME?"}},
		"bare argument":        {nil, []string{"stray"}, []string{"takes no bare arguments", "stray"}},
		"choice":               {nil, []string{"--mode", "fasst"}, []string{"--mode", `got "fasst"`, "fast, slow", `Did you mean "fast"?`}},
		"time without unit":    {nil, []string{"--wait-time", "30"}, []string{"--wait-time", `"30"`, "30s"}},
		"negative time":        {nil, []string{"--wait-time", "-1s"}, []string{"is no time span"}},
		"truth":                {with(actions, "INPUT_ON", "yes"), nil, []string{"INPUT_ON", `"yes"`, "true, false"}},
		"domain parser":        {nil, []string{"--number", "9"}, []string{"--number", "is odd", "an even number"}},
		"twice":                {nil, []string{"--name", "a", "--name", "b"}, []string{"--name", "more than once"}},
		"empty flag":           {nil, []string{"--mode", ""}, []string{"--mode", "is empty"}},
		"format":               {nil, []string{"--format", "xml"}, []string{"format", `"xml"`, "text, json"}},
		"several at once":      {nil, []string{"--mode", "x", "--number", "9"}, []string{"--mode", "--number"}},
		"a flag without value": {nil, []string{"--name"}, []string{"--name"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, c.env, c.args...)
			code := w.run(declared(func(context.Context, *runner.Session, example) error {
				t.Error("the program ran on bad input")
				return nil
			}))
			if code != runner.ExitInput {
				t.Errorf("exit %d, want %d", code, runner.ExitInput)
			}
			for _, part := range c.want {
				if !strings.Contains(w.stderr.String(), part) {
					t.Errorf("the error lacks %q:\n%s", part, w.stderr.String())
				}
			}
			if w.stdout.Len() > 0 {
				t.Errorf("standard output holds %q", w.stdout.String())
			}
		})
	}
}

func TestExitCodes(t *testing.T) {
	of := func(k fault.Kind) error { return &fault.Fault{Kind: k, What: "x"} }
	for name, c := range map[string]struct {
		err  error
		want int
	}{
		"done": {nil, 0}, "gate": {of(fault.Gate), 1}, "input": {of(fault.Input), 2},
		"outside": {of(fault.Outside), 3}, "refused": {of(fault.Refused), 4}, "plain": {errors.New("x"), 3},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, nil)
			if got := w.run(declared(func(context.Context, *runner.Session, example) error { return c.err })); got != c.want {
				t.Errorf("exit %d, want %d", got, c.want)
			}
		})
	}
	t.Run("a panic is an error, not a crash", func(t *testing.T) {
		w := newWorld(t, nil)
		if got := w.run(declared(func(context.Context, *runner.Session, example) error { panic("boom") })); got != 3 {
			t.Errorf("exit %d", got)
		}
		if !strings.Contains(w.stderr.String(), "boom") {
			t.Errorf("stderr %s", w.stderr.String())
		}
	})
}

func TestJSONIsOneObjectAndNothingElse(t *testing.T) {
	for name, c := range map[string]struct {
		env  map[string]string
		args []string
		run  func(*runner.Session) error
		want string
	}{
		"result":      {nil, []string{"--format", "json"}, func(s *runner.Session) error { return s.Result("text", map[string]int{"a": 1}) }, "{\n  \"a\": 1\n}\n"},
		"by variable": {with(actions, "INPUT_FORMAT", "json"), nil, func(s *runner.Session) error { return s.Result("text", []int{}) }, "[]\n"},
		"text":        {nil, nil, func(s *runner.Session) error { return s.Result("text\n\n", 1) }, "text\n"},
		"gate keeps its result": {nil, []string{"--format", "json"}, func(s *runner.Session) error {
			return errors.Join(s.Result("", 5), &fault.Fault{Kind: fault.Gate, What: "no"})
		}, "5\n"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, c.env, c.args...)
			w.run(declared(func(_ context.Context, s *runner.Session, _ example) error {
				s.Notef("a note")
				s.Annotate(runner.Annotation{Level: runner.Warning, Message: "careful"})
				s.Progress("working", 10)(5)
				return c.run(s)
			}))
			if got := w.stdout.String(); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
	t.Run("an error is JSON too, never a pass", func(t *testing.T) {
		w := newWorld(t, nil, "--format=json", "--mode", "x")
		w.run(declared(func(context.Context, *runner.Session, example) error { return nil }))
		for _, part := range []string{`"verdict": "inconclusive"`, `"kind": "input"`, "--mode"} {
			if !strings.Contains(w.stdout.String(), part) {
				t.Errorf("lacks %s: %s", part, w.stdout.String())
			}
		}
	})
}

// Attack: output-injection
func TestOutputsCannotInjectOthers(t *testing.T) {
	w := newWorld(t, actions)
	hostile := "x\n_GitHubActionsFileCommandDelimeter_\nverdict<<EOF\npass\nEOF\n"
	code := w.run(declared(func(_ context.Context, s *runner.Session, _ example) error {
		return errors.Join(s.Output("result", hostile), s.Output("other", "1"))
	}))
	if code != 3 || !strings.Contains(w.stderr.String(), `output "other" is not declared`) {
		t.Errorf("an undeclared output passed: exit %d, %s", code, w.stderr.String())
	}
	text := w.file(t, w.output)
	head, rest, _ := strings.Cut(text, "\n")
	name, delimiter, ok := strings.Cut(head, "<<")
	if !ok || name != "result" || len(delimiter) < 20 {
		t.Fatalf("the first line is %q", head)
	}
	if rest != hostile+"\n"+delimiter+"\n" {
		t.Errorf("got %q", rest)
	}
	again := newWorld(t, actions)
	again.run(declared(func(_ context.Context, s *runner.Session, _ example) error { return s.Output("result", "x") }))
	if strings.Contains(again.file(t, again.output), delimiter) {
		t.Error("the delimiter is the same in every run")
	}
}

// Attack: secret-in-output
func TestSecretsNeverShow(t *testing.T) {
	const secret = "xoxb-very-secret"
	for _, env := range []map[string]string{nil, actions} {
		w := newWorld(t, env, "--token", secret, "--mode", "nope"+secret)
		w.run(declared(func(context.Context, *runner.Session, example) error { return nil }))
		ok := newWorld(t, env, "--token", secret+"\nsecond-line")
		ok.run(declared(func(_ context.Context, s *runner.Session, _ example) error {
			s.Notef("the token is %s", secret)
			s.Summary("token " + secret)
			s.Annotate(runner.Annotation{Level: runner.Error, Title: secret, Message: "second-line"})
			log := s.Log()
			_, _ = log.Write([]byte("split xoxb-very"))
			_, _ = log.Write([]byte("-secret over writes\n"))
			_ = log.Close()
			return errors.Join(s.Result("result "+secret, secret), errors.New("failed with "+secret))
		}))
		for _, world := range []*world{w, ok} {
			shown := world.stdout.String() + world.file(t, world.summary)
			for line := range strings.Lines(world.stderr.String()) {
				if !strings.HasPrefix(line, "::add-mask::") {
					shown += line
				}
			}
			if strings.Contains(shown, secret) || strings.Contains(shown, "second-line") {
				t.Errorf("the secret shows (env %v):\n%s", env, shown)
			}
		}
		if env != nil && !strings.Contains(ok.stderr.String(), "::add-mask::"+secret) {
			t.Error("GitHub was not told to mask it")
		}
	}
}

// A report escapes what Markdown would act on; what is left of a secret then is
// still that secret to whoever reads the page.
//
// Attack: secret-in-output
func TestSecretsDoNotShowEscaped(t *testing.T) {
	const secret = "p_ss*w[o]rd|x@y#z"
	w := newWorld(t, actions, "--token", secret)
	w.run(declared(func(_ context.Context, s *runner.Session, _ example) error {
		s.Summary(report.Markdown(report.Document{Title: "Outputs", Blocks: []report.Block{report.Text{Body: "password " + secret}}}))
		return nil
	}))
	if text := w.file(t, w.summary); strings.Contains(text, report.Escape(secret)) || !strings.Contains(text, "password ***") {
		t.Errorf("the secret shows: %s", text)
	}
}

// Attack: log-injection
func TestAnnotationsAndHostileText(t *testing.T) {
	w := newWorld(t, actions)
	w.run(declared(func(_ context.Context, s *runner.Session, _ example) error {
		s.Annotate(runner.Annotation{Level: runner.Error, File: "a,b:c.ts", Line: 3, EndLine: 9, Title: "t", Message: "100%\n::set-output::x"})
		s.Notef("::error::not a command\n  ::warning::nor this\rx\n##[error]nor that")
		s.Group("a group", func() { s.Notef("inside") })
		return s.Result("::error::in a result\nfine", nil)
	}))
	if out := w.stdout.String(); strings.HasPrefix(out, "::") || !strings.Contains(out, "\nfine") {
		t.Errorf("a result is read as a command: %q", out)
	}
	got := w.stderr.String()
	if want := "::error endLine=9,file=a%2Cb%3Ac.ts,line=3,title=t::100%25%0A::set-output::x\n"; !strings.HasPrefix(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	for line := range strings.Lines(strings.TrimPrefix(got, "::error endLine")) {
		for _, start := range []string{"::error::", "::warning::", "##["} {
			if strings.HasPrefix(strings.TrimLeft(line, " \r"), start) {
				t.Errorf("a stranger's text is read as a command: %q", line)
			}
		}
	}
	if !strings.Contains(got, "::group::a group\ninside\n::endgroup::\n") {
		t.Errorf("no group: %q", got)
	}
}

func TestSummaryStaysUnderGitHubsLimit(t *testing.T) {
	w := newWorld(t, actions)
	if err := os.WriteFile(w.summary, []byte(strings.Repeat("earlier step\n", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	w.run(declared(func(_ context.Context, s *runner.Session, _ example) error {
		s.Summary("<details>\n\n```text\n" + strings.Repeat("a line of the log\n", 100_000) + "```\n</details>")
		return nil
	}))
	text := w.file(t, w.summary)
	if len(text) > 1<<20 {
		t.Errorf("%d bytes: GitHub would drop it all", len(text))
	}
	if !strings.Contains(text, "Cut here") || strings.Count(text, "```")%2 != 0 || strings.Count(text, "<details>") != strings.Count(text, "</details>") {
		t.Errorf("the cut left something open: …%q", text[len(text)-300:])
	}
}

func TestColourOnlyOnATerminal(t *testing.T) {
	for name, c := range map[string]struct {
		env      map[string]string
		terminal bool
		args     []string
		want     bool
	}{
		"terminal":          {nil, true, nil, true},
		"pipe":              {nil, false, nil, false},
		"NO_COLOR":          {map[string]string{"NO_COLOR": "1"}, true, nil, false},
		"Actions under pty": {actions, true, nil, false},
		"JSON":              {nil, true, []string{"--format", "json"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, c.env, c.args...)
			w.terminal = c.terminal
			w.run(declared(func(_ context.Context, s *runner.Session, _ example) error {
				s.Progress("reading", 100)(50)
				return errors.New("x")
			}))
			if got := strings.Contains(w.stderr.String(), "\x1b["); got != c.want {
				t.Errorf("colour %v, want %v: %q", got, c.want, w.stderr.String())
			}
		})
	}
}

func TestSignalsEndCleanly(t *testing.T) {
	t.Parallel()
	t.Run("a program that listens", func(t *testing.T) {
		w := newWorld(t, nil)
		cleaned := false
		code := w.run(declared(func(ctx context.Context, _ *runner.Session, _ example) error {
			w.signals <- os.Interrupt
			<-ctx.Done()
			cleaned = true
			return ctx.Err()
		}))
		if code != runner.ExitOutside || !cleaned || !strings.Contains(w.stderr.String(), "cancelled by interrupt") {
			t.Errorf("exit %d, cleaned %v, %s", code, cleaned, w.stderr.String())
		}
	})
	t.Run("a deaf one is ended within its time", func(t *testing.T) {
		w := newWorld(t, nil)
		start := time.Now()
		code := w.run(declared(func(context.Context, *runner.Session, example) error {
			w.signals <- os.Interrupt
			select {}
		}))
		if took := time.Since(start); code != runner.ExitOutside || took > 6*time.Second {
			t.Errorf("exit %d after %v", code, took)
		}
	})
	t.Run("a second signal ends it at once", func(t *testing.T) {
		w := newWorld(t, nil)
		start := time.Now()
		w.run(declared(func(context.Context, *runner.Session, example) error {
			w.signals <- os.Interrupt
			w.signals <- os.Interrupt
			select {}
		}))
		if took := time.Since(start); took > 2*time.Second {
			t.Errorf("took %v", took)
		}
	})
}

func TestHelpAndDescribe(t *testing.T) {
	never := declared(func(context.Context, *runner.Session, example) error { return errors.New("ran") })
	help := newWorld(t, nil, "--help")
	if code := help.run(never); code != 0 {
		t.Errorf("exit %d", code)
	}
	for _, part := range []string{"--wait-time", "INPUT_WAIT_TIME", "fast, slow", "--format", "Exit codes"} {
		if !strings.Contains(help.stdout.String(), part) {
			t.Errorf("help lacks %q", part)
		}
	}
	describe := newWorld(t, nil, "--describe")
	describe.run(never)
	if !strings.Contains(describe.stdout.String(), `"env": "INPUT_WAIT_TIME"`) {
		t.Errorf("got %s", describe.stdout.String())
	}
}

func TestToolbox(t *testing.T) {
	run := func(args ...string) (string, string, int) {
		w := newWorld(t, nil, args...)
		p := declared(func(_ context.Context, s *runner.Session, e example) error { return s.Result("ran as "+*e.name, nil) })
		p.Name = "config check"
		box := &runner.Toolbox{Name: "cutover", Summary: "Tools.", Programs: []*runner.Program{p}}
		code := box.Execute(w.host())
		return w.stdout.String(), w.stderr.String(), code
	}
	if out, _, code := run("config", "check", "--name", "ann"); code != 0 || out != "ran as ann\n" {
		t.Errorf("exit %d, %q", code, out)
	}
	if _, stderr, code := run("confg", "check"); code != 2 || !strings.Contains(stderr, `Did you mean "config check"?`) {
		t.Errorf("exit %d, %s", code, stderr)
	}
	if out, _, code := run(); code != 0 || !strings.Contains(out, "cutover config check") {
		t.Errorf("exit %d, %s", code, out)
	}
	if _, _, code := run("--unknown"); code != 2 {
		t.Errorf("a lone flag: exit %d", code)
	}
}
