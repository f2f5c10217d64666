package format

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
)

// maxLine bounds a line of a report in bytes; names of files and functions are
// the longest things in one.
const maxLine = 64 << 10

// lineReader hands out a report's lines without copying them.
type lineReader struct {
	r *bufio.Reader
	// window is what the reader's buffer holds, used how much of it was read.
	window []byte
	used   int
	// number is the line last returned, counted from 1.
	number int
	// unended says that the line last returned had no line break.
	unended bool
}

// next returns the next line without its end, valid until the call after. A
// longer line than maxLine is an error: a gigabyte without a line break must
// not fill the memory. The last line may lack its break; io.EOF comes after it.
func (l *lineReader) next() ([]byte, error) {
	rest := l.window[l.used:]
	end := bytes.IndexByte(rest, '\n')
	if end < 0 {
		return l.refill()
	}
	l.used += end + 1
	l.number++
	if end > maxLine {
		return nil, l.tooLong()
	}
	return rest[:end], nil
}

// refill reads on when the window ends within a line.
func (l *lineReader) refill() ([]byte, error) {
	kept := len(l.window) - l.used
	if kept > maxLine {
		l.number++
		return nil, l.tooLong()
	}
	_, _ = l.r.Discard(l.used) // it was peeked at, so it is there
	_, err := l.r.Peek(kept + 1)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	l.window, _ = l.r.Peek(l.r.Buffered())
	l.used = 0
	if err == nil {
		return l.next()
	}
	if kept == 0 {
		return nil, io.EOF
	}
	l.used = kept
	l.number++
	l.unended = true
	return l.window, nil
}

func (l *lineReader) tooLong() error {
	return damaged(l.number, "a line of more than %d bytes", maxLine)
}

// clipped shortens a piece of a report for an error message.
func clipped(b []byte) string {
	const most = 60
	if len(b) > most {
		return strings.ToValidUTF8(string(b[:most]), "") + "…"
	}
	return strings.ToValidUTF8(string(b), "\ufffd")
}

// cutNumber reads the decimal number before a comma.
func cutNumber(b []byte) (n int64, rest []byte, ok bool) {
	for i, c := range b {
		if c == ',' {
			return n, b[i+1:], i > 0
		}
		if c-'0' > 9 || i == 18 {
			return 0, nil, false
		}
		n = n*10 + int64(c-'0')
	}
	return 0, nil, false
}

// number reads a whole number of at most 18 digits without a sign.
func number(b []byte) (int64, bool) {
	if len(b) == 0 || len(b) > 18 {
		return 0, false
	}
	var n int64
	for _, c := range b {
		if c-'0' > 9 {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	return n, true
}

// isHit says whether a hit count is above zero. Counts may be larger than any
// integer and gcov writes negative ones on overflow: those were hit as well.
func isHit(b []byte) (hit, valid bool) {
	digits := bytes.TrimPrefix(b, []byte("-"))
	if len(digits) == 0 {
		return false, false
	}
	for _, c := range digits {
		if c < '0' || c > '9' {
			return false, false
		}
		hit = hit || c != '0'
	}
	return hit, true
}
