package runner

import (
	"fmt"
	"os"
	"strings"
)

// GitHub drops a step's summary of more than 1 MiB with an error annotation
// while the step still passes, so a summary is cut to fit instead. Source:
// docs.github.com, workflow commands, "step isolation and limits".
const maxSummary = 1 << 20

// cutNote ends a summary that was cut.
const cutNote = "\n\n> **Cut here:** GitHub shows at most 1 MiB of summary a step. The log and the JSON result are whole.\n"

// Summary adds Markdown to the job summary. Outside Actions it does nothing:
// the terminal shows the same result in its own way.
func (s *Session) Summary(markdown string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.summary.WriteString(strings.TrimRight(markdown, "\n") + "\n\n")
}

func (s *Session) writeSummary() error {
	path := s.host.Getenv("GITHUB_STEP_SUMMARY")
	if s.summary.Len() == 0 || path == "" {
		return nil
	}
	room := maxSummary
	if info, err := os.Stat(path); err == nil {
		room -= int(info.Size())
	}
	text := CutMarkdown(s.redact(s.summary.String()), room)
	if err := appendTo(path, text); err != nil {
		return outside("the job summary could not be written to GITHUB_STEP_SUMMARY", err)
	}
	return nil
}

// CutMarkdown shortens markdown to at most room bytes. It cuts between lines,
// closes a code fence and <details> that the cut left open, and says that it
// cut. Text that fits is returned as it is; with no room for the note it
// returns nothing.
func CutMarkdown(markdown string, room int) string {
	if len(markdown) <= room {
		return markdown
	}
	// Each open block may need a closing line; reserve for a few of them.
	const reserve = 256
	budget := room - len(cutNote) - reserve
	if budget <= 0 {
		return ""
	}
	var kept strings.Builder
	fence, details := "", 0
	for line := range strings.Lines(markdown) {
		if kept.Len()+len(line) > budget {
			break
		}
		kept.WriteString(line)
		fence = fenceAfter(fence, line)
		if fence == "" {
			details += strings.Count(line, "<details") - strings.Count(line, "</details>")
		}
	}
	if fence != "" {
		kept.WriteString(fence + "\n")
	}
	for range min(max(details, 0), reserve/len("\n</details>\n")-1) {
		kept.WriteString("\n</details>\n")
	}
	return kept.String() + cutNote
}

// fenceAfter tracks whether a line opens or closes a code fence.
func fenceAfter(open, line string) string {
	trimmed := strings.TrimLeft(line, " ")
	for _, mark := range []string{"```", "~~~"} {
		if !strings.HasPrefix(trimmed, mark) {
			continue
		}
		switch open {
		case "":
			return mark
		case mark:
			return ""
		}
	}
	return open
}

// Progress returns a function to call as long work moves on. On a terminal it
// rewrites one line; in a log it prints at each tenth of the way.
func (s *Session) Progress(label string, total int64) func(done int64) {
	lastShown := int64(-1)
	return func(done int64) {
		if total <= 0 || s.format == formatJSON && !s.host.Terminal {
			return
		}
		steps := int64(10)
		if s.Colour() {
			steps = 100
		}
		share := min(done, total) * steps / total
		s.mu.Lock()
		shown := share == lastShown
		lastShown = share
		s.mu.Unlock()
		if shown {
			return
		}
		text := fmt.Sprintf("%s %d%%", label, share*100/steps)
		if s.Colour() {
			s.mu.Lock()
			s.progressShown = true
			s.mu.Unlock()
			fmt.Fprint(s.host.Stderr, "\r\x1b[K"+text)
			return
		}
		s.errLine(text)
	}
}

// endProgress clears a progress line before anything else is printed.
func (s *Session) endProgress() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.progressShown {
		fmt.Fprint(s.host.Stderr, "\r\x1b[K")
		s.progressShown = false
	}
}
