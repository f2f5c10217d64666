package runner

import (
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/sethvargo/go-githubactions"

	"github.com/cutover-dev/cutover/internal/runbook"
)

// Level is an annotation's weight.
type Level string

// The levels GitHub shows.
const (
	Notice  Level = "notice"
	Warning Level = "warning"
	Error   Level = "error"
)

// Annotation is a message that GitHub pins to a run and, with a file, to the
// changed line. Lines and columns count from 1; zero is unknown. File is
// relative to the repository's root.
type Annotation struct {
	Level                 Level
	File                  string
	Line, EndLine, Column int
	Title, Message        string
	// Runbooks are the sections that say what to do; their addresses end the
	// message.
	Runbooks []runbook.Kind
}

// Annotate shows a inside Actions and prints it as a line elsewhere.
func (s *Session) Annotate(a Annotation) {
	a.Title, a.Message = s.redact(a.Title), s.redact(s.led(a.Message, a.Runbooks))
	if s.actions == nil {
		s.errLine(s.terminalAnnotation(a))
		return
	}
	s.endProgress()
	properties := map[string]string{}
	set := func(k, v string) {
		if v != "" {
			properties[k] = v
		}
	}
	set("title", a.Title)
	if a.File != "" {
		set("file", a.File)
		set("line", positive(a.Line))
		set("endLine", positive(a.EndLine))
		set("col", positive(a.Column))
	}
	s.actions.IssueCommand(&githubactions.Command{Name: string(a.Level), Message: a.Message, Properties: properties})
}

func positive(n int) string {
	if n <= 0 {
		return ""
	}
	return strconv.Itoa(n)
}

func (s *Session) terminalAnnotation(a Annotation) string {
	place := a.File
	if place != "" && a.Line > 0 {
		place += ":" + strconv.Itoa(a.Line)
	}
	if place != "" {
		place += ": "
	}
	colour := map[Level]string{Notice: blue, Warning: yellow, Error: red}[a.Level]
	return s.paint(colour, string(a.Level)+": ") + visible(place+a.Message)
}

// Group prints what f prints under a heading that folds away inside Actions.
func (s *Session) Group(title string, f func()) {
	if s.actions == nil {
		s.errLine(s.paint(bold, title))
		f()
		return
	}
	s.endProgress()
	s.actions.Group(s.redact(title))
	defer s.actions.EndGroup()
	f()
}

// writeOutputs appends the outputs to GITHUB_OUTPUT. The delimiter is random
// for every value: with a constant one a value could inject outputs of its own.
func (s *Session) writeOutputs() error {
	if len(s.outputs) == 0 || s.host.Getenv("GITHUB_OUTPUT") == "" {
		return nil
	}
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(s.outputs)) {
		value := s.outputs[name]
		delimiter := "cutover_" + rand.Text()
		if strings.Contains(value, delimiter) {
			return errors.New("internal error: a random delimiter stood in the value")
		}
		fmt.Fprintf(&b, "%s<<%s\n%s\n%s\n", name, delimiter, value, delimiter)
	}
	if err := appendTo(s.host.Getenv("GITHUB_OUTPUT"), b.String()); err != nil {
		return outside("the outputs could not be written to GITHUB_OUTPUT", err)
	}
	return nil
}

// appendTo writes text at the end of a file of the runner's.
func appendTo(path, text string) (err error) {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	_, err = f.WriteString(text)
	return err
}
