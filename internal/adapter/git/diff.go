package git

import (
	"bufio"
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"github.com/cutover-dev/cutover/internal/coverage"
	"github.com/cutover-dev/cutover/internal/fault"
)

// ParseDiff reads the output of git diff --unified=0 with the prefixes a/ and
// b/ and returns the lines of the new version that it adds or changes. Deleted
// files and binary ones have none. It trusts nothing: a text it does not
// understand is an error, since a change that is overlooked is not judged.
func ParseDiff(diff []byte) (coverage.Changes, error) {
	changes := coverage.Changes{}
	path, skip := "", 0
	in := bufio.NewReader(bytes.NewReader(diff))
	for n := 1; ; n++ {
		line, err := in.ReadString('\n')
		if line == "" && err != nil {
			break
		}
		line = strings.TrimSuffix(line, "\n")
		switch {
		case skip > 0 && (strings.HasPrefix(line, "+") || strings.HasPrefix(line, "-")):
			skip-- // a line of a hunk, whatever it looks like
		case strings.HasPrefix(line, "diff --git "):
			path = ""
		case strings.HasPrefix(line, "+++ "):
			if path, err = newPath(line); err != nil {
				return nil, notUnderstood(n, err)
			}
			if path != "" {
				changes[path] = nil
			}
		case strings.HasPrefix(line, "@@ "):
			added, total, err := hunk(line)
			if err != nil {
				return nil, notUnderstood(n, err)
			}
			skip = total
			if added.From > 0 && path != "" {
				changes[path] = append(changes[path], added)
			}
		}
	}
	if skip > 0 {
		return nil, notUnderstood(0, fmt.Errorf("it breaks off %d lines before the end of a hunk", skip))
	}
	return changes, nil
}

func notUnderstood(line int, err error) error {
	return &fault.Fault{Kind: fault.Outside, Name: "git diff", Line: line, What: "printed what is no diff", Err: err}
}

// newPath reads "+++ b/path", "+++ "b/p\303\244th"" or "+++ /dev/null".
func newPath(line string) (string, error) {
	name := strings.TrimSuffix(strings.TrimPrefix(line, "+++ "), "\t")
	if name == "/dev/null" {
		return "", nil
	}
	if strings.HasPrefix(name, `"`) {
		unquoted, err := unquote(name)
		if err != nil {
			return "", err
		}
		name = unquoted
	}
	path, ok := strings.CutPrefix(name, "b/")
	if !ok || path == "" {
		return "", fmt.Errorf("%q names no file", line)
	}
	return path, nil
}

// unquote reads git's quoting of names, which is C's: octal bytes and escapes.
func unquote(s string) (string, error) {
	body, ok := strings.CutSuffix(strings.TrimPrefix(s, `"`), `"`)
	if !ok {
		return "", fmt.Errorf("%s is not quoted to its end", s)
	}
	var b strings.Builder
	for i := 0; i < len(body); i++ {
		if body[i] != '\\' {
			b.WriteByte(body[i])
			continue
		}
		if i++; i == len(body) {
			return "", fmt.Errorf("%s ends in a backslash", s)
		}
		if simple := strings.IndexByte(`abtnvfr"\`, body[i]); simple >= 0 {
			b.WriteByte("\a\b\t\n\v\f\r\"\\"[simple])
			continue
		}
		if i+3 > len(body) {
			return "", fmt.Errorf("%s has an unknown escape", s)
		}
		octal, err := strconv.ParseUint(body[i:i+3], 8, 8)
		if err != nil {
			return "", fmt.Errorf("%s has an unknown escape", s)
		}
		b.WriteByte(byte(octal))
		i += 2
	}
	return b.String(), nil
}

// hunk reads "@@ -a,b +c,d @@ …": the added lines (From 0 when there are none)
// and how many lines of text follow.
func hunk(line string) (added coverage.Range, total int, err error) {
	fields := strings.Fields(line)
	if len(fields) < 4 || fields[3] != "@@" {
		return added, 0, fmt.Errorf("%q heads no hunk", line)
	}
	_, removed, err := span(fields[1], "-")
	if err != nil {
		return added, 0, err
	}
	start, count, err := span(fields[2], "+")
	if err != nil {
		return added, 0, err
	}
	if count > 0 {
		added = coverage.Range{From: start, To: start + count - 1}
	}
	return added, removed + count, nil
}

// span reads "+12,3" or "+12", which is one line.
func span(field, sign string) (start, count int, err error) {
	body, ok := strings.CutPrefix(field, sign)
	first, second, many := strings.Cut(body, ",")
	count = 1
	if start, err = strconv.Atoi(first); err == nil && many {
		count, err = strconv.Atoi(second)
	}
	const most = 1 << 30
	if !ok || err != nil || start < 0 || count < 0 || start > most || count > most {
		return 0, 0, fmt.Errorf("%q is no range of lines", field)
	}
	return start, count, nil
}
