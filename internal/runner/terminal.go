package runner

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"sync"
)

const (
	red    = "31"
	yellow = "33"
	blue   = "34"
	bold   = "1"
)

// paint colours text for a person's terminal and leaves it alone elsewhere.
func (s *Session) paint(code, text string) string {
	if !s.Colour() {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

// Notef prints a line for whoever watches, never on standard output.
func (s *Session) Notef(format string, args ...any) {
	s.errLine(visible(fmt.Sprintf(format, args...)))
}

// visible keeps a stranger's text in notes and errors from driving the terminal:
// control characters become marks. Lines stay lines, and what a child process
// prints keeps its colours, since it comes by Log.
func visible(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' && r != '\n' && r != '\r' || r >= 0x7f && r < 0xa0 {
			return '·'
		}
		return r
	}, text)
}

// Log returns a writer for a child process's output: whole lines, secrets
// masked, workflow commands disarmed. Close it to flush the last line.
func (s *Session) Log() io.WriteCloser { return &lineWriter{session: s} }

// lineWriter holds back a partial line, so that a secret split over two writes
// is still masked.
type lineWriter struct {
	session *Session
	mu      sync.Mutex
	rest    []byte
}

// maxLine bounds what is held back; a longer line is printed in pieces.
const maxLine = 64 << 10

func (w *lineWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.rest = append(w.rest, p...)
	for {
		i := bytes.IndexByte(w.rest, '\n')
		if i < 0 && len(w.rest) < maxLine {
			return len(p), nil
		}
		if i < 0 {
			i = len(w.rest) - 1
		}
		w.session.errLine(string(w.rest[:i+1]))
		w.rest = w.rest[i+1:]
	}
}

func (w *lineWriter) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.rest) > 0 {
		w.session.errLine(string(w.rest))
		w.rest = nil
	}
	return nil
}
