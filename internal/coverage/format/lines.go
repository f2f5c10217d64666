package format

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
)

var errLineTooLong = errors.New("line too long")

// readLine returns the next line without its end. The slice is valid until the
// next call. A line longer than limit is an error: a report of one gigabyte
// without a line break must not fill the memory. The last line may lack its
// line break; io.EOF comes after it.
func readLine(r *bufio.Reader, limit int) ([]byte, error) {
	line, err := r.ReadSlice('\n')
	if err == nil || (errors.Is(err, io.EOF) && len(line) > 0) {
		if len(line) > limit {
			return nil, errLineTooLong
		}
		return bytes.TrimSuffix(line, []byte("\n")), nil
	}
	if errors.Is(err, bufio.ErrBufferFull) {
		return nil, errLineTooLong // the buffer is larger than every limit
	}
	return nil, err
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
	head, rest, found := bytes.Cut(b, []byte(","))
	if !found || len(head) == 0 || len(head) > 18 {
		return 0, nil, false
	}
	for _, c := range head {
		if c < '0' || c > '9' {
			return 0, nil, false
		}
		n = n*10 + int64(c-'0')
	}
	return n, rest, true
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
