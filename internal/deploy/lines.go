package deploy

import (
	"bytes"
	"io"
)

// lines passes a stream on and calls each with every line of it.
type lines struct {
	to   io.Writer
	each func(string)
	rest []byte
}

// mostLine bounds what is held back for a line that does not end.
const mostLine = 64 << 10

// Write never fails on account of the log: a deployment must not end half way
// because nobody reads it any more.
func (l *lines) Write(p []byte) (int, error) {
	_, _ = l.to.Write(p)
	l.rest = append(l.rest, p...)
	for {
		i := bytes.IndexByte(l.rest, '\n')
		if i < 0 && len(l.rest) < mostLine {
			return len(p), nil
		}
		if i < 0 {
			i = len(l.rest) - 1
		}
		l.each(string(l.rest[:i+1]))
		l.rest = l.rest[i+1:]
	}
}

// end hands over a last line without its end.
func (l *lines) end() {
	if len(l.rest) > 0 {
		l.each(string(l.rest))
		l.rest = nil
	}
}

// mostDiff bounds a diff in bytes. It holds the properties of each resource
// that changes, old and new.
const mostDiff = 256 << 20

// bounded keeps what is written, up to mostDiff.
type bounded struct {
	text []byte
	cut  bool
}

func (b *bounded) Write(p []byte) (int, error) {
	if len(b.text)+len(p) > mostDiff {
		b.cut = true
		return len(p), nil
	}
	b.text = append(b.text, p...)
	return len(p), nil
}
