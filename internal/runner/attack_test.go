package runner_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/processtest"
	"github.com/cutover-dev/cutover/internal/runner"
)

// hostileLines are what a file's name, a title or a child's output may hold to be
// read as a workflow command.
var hostileLines = []string{
	"::error::x", "  ::set-output name=verdict::pass", "\u00a0::stop-commands::x", "\u2003\u2028::add-mask::production", "\v\f::add-path::/tmp",
	"\ufeff::error::x", "\u200b::error::x", "\u00ad::error::x", "a\r::error::x", "##[error]x", "src/##[set-output name=verdict]pass", "a ##[stop-commands]x",
	"###[add-mask]a", "##[##[add-mask]production",
}

// Attack: log-injection, command-set-output, command-add-mask
func TestNoTextOfStrangersIsACommand(t *testing.T) {
	for _, hostile := range hostileLines {
		for _, format := range []string{"text", "json"} {
			w := newWorld(t, actions, "--format", format)
			w.run(declared(func(_ context.Context, s *runner.Session, _ example) error {
				s.Notef("%s", hostile)
				s.Notef("reading %s", hostile)
				log := s.Log()
				_, _ = log.Write([]byte(hostile + "\n"))
				_ = log.Close()
				return s.Result(hostile+"\nand "+hostile, map[string]string{"name": hostile})
			}))
			if got := processtest.Commands(w.stdout.String() + w.stderr.String()); len(got) > 0 {
				t.Errorf("%q as %s gives %q", hostile, format, got)
			}
			var back map[string]string
			if format == "json" && (json.Unmarshal(w.stdout.Bytes(), &back) != nil || back["name"] != hostile) {
				t.Errorf("the result no longer says %q: %s", hostile, w.stdout.String())
			}
		}
	}
	// Titles of groups and messages of annotations stand behind a command of ours,
	// which ends with its line.
	w := newWorld(t, actions)
	w.run(declared(func(_ context.Context, s *runner.Session, _ example) error {
		for _, hostile := range hostileLines {
			s.Group(hostile+"\n::error::x", func() {})
			s.Annotate(runner.Annotation{Level: runner.Notice, File: hostile, Title: hostile, Message: hostile + "\n##[error]x"})
		}
		return nil
	}))
	for _, got := range processtest.Commands(w.stderr.String()) {
		if name, _, _ := strings.Cut(got, ":"); name != "group" && name != "endgroup" && name != "notice" {
			t.Errorf("%q is carried out", got)
		}
	}
}

// JSON writes quotes and angles in its own way; what is left of a secret then is
// still that secret to whoever parses the result.
//
// Attack: secret-in-output
func TestSecretsDoNotShowInJSON(t *testing.T) {
	const secret = `pa"ss<wo>rd&\x`
	w := newWorld(t, actions, "--token", secret, "--format", "json")
	w.run(declared(func(_ context.Context, s *runner.Session, _ example) error {
		return s.Result("", map[string]string{"url": "https://x/?key=" + secret})
	}))
	var got map[string]string
	if err := json.Unmarshal(w.stdout.Bytes(), &got); err != nil {
		t.Fatalf("%v: %s", err, w.stdout.String())
	}
	if got["url"] != "https://x/?key=***" {
		t.Errorf("got %q", got["url"])
	}
}

// Whoever runs a program by hand has a terminal that obeys what it is sent: it is
// sent nothing of a stranger's.
//
// Attack: terminal-escape
func TestNoTextOfStrangersDrivesTheTerminal(t *testing.T) {
	const hostile = "a\x1b[2Jb\x1b]0;title\ac\u009b31md\x08e\x7f"
	w := newWorld(t, nil)
	w.terminal = true
	w.run(declared(func(_ context.Context, s *runner.Session, _ example) error {
		s.Notef("reading %s", hostile)
		s.Annotate(runner.Annotation{Level: runner.Warning, File: hostile, Message: hostile})
		return errors.New(hostile)
	}))
	got := w.stderr.String()
	for _, paint := range []string{"\x1b[31m", "\x1b[33m", "\x1b[0m", "\r\x1b[K"} {
		got = strings.ReplaceAll(got, paint, "") // our own colours
	}
	if strings.ContainsAny(got, "\x1b\a\b\x7f\u009b") || !strings.Contains(got, "a·[2Jb") {
		t.Errorf("%q", got)
	}
}
