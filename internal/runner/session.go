package runner

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"unicode"

	"github.com/sethvargo/go-githubactions"
	"golang.org/x/term"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/report"
)

// Session is what a program sees of the world it runs in. Its methods are safe
// for use by several goroutines.
type Session struct {
	program *Program
	host    Host
	format  format
	// actions is nil outside GitHub Actions.
	actions *githubactions.Action
	// insisted is closed by the second signal to a program with a grace.
	insisted chan struct{}

	mu            sync.Mutex
	secrets       []string
	outputs       map[string]string
	summary       strings.Builder
	resultPrinted bool
	progressShown bool
	// runbooks is the folder that cutover.yaml names, empty for that of this version.
	runbooks string
}

// processHost describes the real process.
func processHost(args []string, signals <-chan os.Signal) Host {
	return Host{
		Args: args, Getenv: os.Getenv, Environ: os.Environ,
		Stdout: os.Stdout, Stderr: os.Stderr,
		Terminal: term.IsTerminal(int(os.Stderr.Fd())), Signals: signals,
	}
}

// inTurn lets one line be written at a time, whoever writes: a program's
// progress, and what is said of a signal meanwhile.
type inTurn struct {
	mu sync.Mutex
	w  io.Writer
}

func (t *inTurn) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.w.Write(p)
}

func newSession(p *Program, h Host) *Session {
	h.Stdout, h.Stderr = &inTurn{w: h.Stdout}, &inTurn{w: h.Stderr}
	s := &Session{program: p, host: h, format: formatText, outputs: map[string]string{}, insisted: make(chan struct{})}
	if h.Getenv("GITHUB_ACTIONS") == "true" {
		s.actions = githubactions.New(githubactions.WithWriter(unbreakable{h.Stderr}), githubactions.WithGetenv(h.Getenv))
	}
	return s
}

// InActions says whether the program runs as a step of a workflow.
func (s *Session) InActions() bool { return s.actions != nil }

// Insisted is closed when a program with a Grace gets a second signal.
func (s *Session) Insisted() <-chan struct{} { return s.insisted }

// JSON says whether the caller asked for one JSON object on standard output.
func (s *Session) JSON() bool { return s.format == formatJSON }

// Getenv reads the environment, for what is no input: GITHUB_SHA and the like.
func (s *Session) Getenv(name string) string { return s.host.Getenv(name) }

func (s *Session) setFormat(flag, env string) error {
	v := flag
	if v == "" {
		v = env
	}
	switch format(v) {
	case "", formatText:
		s.format = formatText
	case formatJSON:
		s.format = formatJSON
	default:
		f := invalid("is no output format", "text, json", "")
		f.Name, f.Got = nameFormat, v
		return f
	}
	return nil
}

// Result prints the program's one result on standard output: text as it is, or
// value as JSON when that was asked for. It may be called once.
func (s *Session) Result(text string, value any) error {
	if s.resultPrinted {
		return errors.New("internal error: a second result")
	}
	s.resultPrinted = true
	if s.format == formatJSON {
		out, err := json.MarshalIndent(value, "", "  ")
		if err != nil {
			return fmt.Errorf("encoding the result: %w", err)
		}
		text = string(out)
	}
	s.outLine(text)
	return nil
}

// Output sets a declared output for later steps. Outside Actions it is kept
// and not shown: the result carries the same figures.
func (s *Session) Output(name, value string) error {
	if !slices.ContainsFunc(s.program.Outputs, func(o Output) bool { return o.Name == name }) {
		return fmt.Errorf("internal error: output %q is not declared", name)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.outputs[name] = value
	return nil
}

// Mask keeps value out of everything that is printed from now on, here and,
// inside Actions, in every later step. Each line is masked by itself too.
func (s *Session) Mask(value string) {
	for line := range strings.Lines(value) {
		// Masking a letter or two would blot out the log and hide nothing.
		if line = strings.TrimSpace(line); len(line) < 3 {
			continue
		}
		s.mu.Lock()
		known := slices.Contains(s.secrets, line)
		if !known {
			s.secrets = append(s.secrets, line)
			// Longest first, so that a secret within a secret leaves no rest.
			slices.SortFunc(s.secrets, func(a, b string) int { return len(b) - len(a) })
		}
		s.mu.Unlock()
		if !known && s.actions != nil {
			s.actions.AddMask(line)
		}
	}
}

// Colour says whether the result may be coloured: standard error is a terminal
// that a person looks at, and NO_COLOR is unset (no-color.org).
func (s *Session) Colour() bool {
	return s.host.Terminal && s.actions == nil && s.format == formatText && s.host.Getenv("NO_COLOR") == ""
}

// close writes outputs and summary. It runs after the program, whatever the
// verdict, so that a failing gate still tells later steps its figures.
func (s *Session) close() error {
	s.endProgress()
	if s.actions == nil {
		return nil
	}
	return errors.Join(s.writeOutputs(), s.writeSummary())
}

func (s *Session) redact(text string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, secret := range s.secrets {
		text = strings.ReplaceAll(text, secret, "***")
		if rendered := report.Escape(secret); rendered != secret {
			// A report escapes what Markdown would act on, a secret's characters too.
			text = strings.ReplaceAll(text, rendered, "***")
		}
		if encoded := asJSON(secret); encoded != secret {
			text = strings.ReplaceAll(text, encoded, "***")
		}
	}
	return text
}

// asJSON is text as it stands within a JSON result.
func asJSON(text string) string {
	out, err := json.Marshal(text)
	if err != nil {
		return text // a text can always be encoded
	}
	return string(out[1 : len(out)-1])
}

// outLine prints the result. Text is disarmed inside Actions, as errLine's is.
// No line of JSON begins with a value's text; where the older command stands
// within one, its bracket is written as JSON may write it, so that the value is
// the same.
func (s *Session) outLine(text string) {
	text = s.redact(strings.TrimRight(text, "\n"))
	switch {
	case s.actions == nil:
	case s.format == formatText:
		text = disarm(text)
	default:
		text = strings.ReplaceAll(text, "##[", `##\u005b`)
	}
	fmt.Fprintln(s.host.Stdout, text)
}

// errLine prints one note. Inside Actions a line that begins like a workflow
// command is disarmed: file names and messages come from strangers.
func (s *Session) errLine(text string) {
	s.endProgress()
	text = s.redact(strings.TrimRight(text, "\n"))
	if s.actions != nil {
		text = disarm(text)
	}
	fmt.Fprintln(s.host.Stderr, text)
}

// disarm keeps text from being read as workflow commands. GitHub's runner takes
// ::error:: at a line's start, behind whatever space Unicode knows, and the older
// ##[error] wherever it stands in a line. Source: actions/runner,
// ActionCommand.cs, TryParseV2 and TryParse.
func disarm(text string) string {
	var b strings.Builder
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\r", "\n"), "##[", "## [")
	for line := range strings.Lines(text) {
		if strings.HasPrefix(strings.TrimLeftFunc(line, passedOver), "::") {
			b.WriteString("\u200b")
		}
		b.WriteString(line)
	}
	return b.String()
}

// passedOver says whether the runner reads on behind a character: spaces, which it
// trims, and those that show nothing, which a comparison of texts may pass over.
func passedOver(r rune) bool {
	return unicode.IsSpace(r) || unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Mn)
}

// outside makes the fault for a file of the runner that cannot be written.
func outside(what string, err error) error {
	return &fault.Fault{Kind: fault.Outside, What: what, Err: err}
}

// unbreakable hides write errors from the library, which panics on them: a log
// that nobody reads any more must not end a deployment half way.
type unbreakable struct{ w io.Writer }

func (u unbreakable) Write(p []byte) (int, error) {
	_, _ = u.w.Write(p)
	return len(p), nil
}
