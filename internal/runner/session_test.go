package runner

import (
	"bytes"
	"strings"
	"sync"
	"testing"
)

// Several write at once: a program's progress, and what is said of a signal. The
// race detector sees it where they do not take turns.
func TestLinesAreWrittenInTurn(t *testing.T) {
	var out bytes.Buffer
	s := newSession(&Program{}, Host{Getenv: func(string) string { return "" }, Stdout: &bytes.Buffer{}, Stderr: &out})
	var writers sync.WaitGroup
	for range 4 {
		writers.Go(func() {
			for range 200 {
				s.Notef("%s", strings.Repeat("x", 99))
			}
		})
	}
	writers.Wait()
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 800 {
		t.Fatalf("%d lines", len(lines))
	}
	for _, line := range lines {
		if len(line) != 99 {
			t.Fatalf("%q", line)
		}
	}
}
