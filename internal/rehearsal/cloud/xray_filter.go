package cloud

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/cutover-dev/cutover/internal/trace"
)

// filter reads the part of X-Ray's filter expressions that this cloud knows:
// fault, error, service("name"), annotation.key = "text", a number or a truth
// (also annotation[key]), joined by AND. Source: X-Ray Developer Guide, "Use
// filter expressions". An empty one lets all through; what is more is refused,
// since a condition that is passed over would find too much.
func filter(expression string) (func(trace.Trace) bool, error) {
	var all []func(trace.Trace) bool
	rest := strings.TrimSpace(expression)
	for rest != "" {
		one, behind, err := condition(rest)
		if err != nil {
			return nil, fmt.Errorf("invalid filter expression %q: %w", expression, err)
		}
		all = append(all, one)
		if rest = strings.TrimSpace(behind); rest == "" {
			break
		}
		next, joined := strings.CutPrefix(rest, "AND ")
		if rest = strings.TrimSpace(next); !joined || rest == "" {
			return nil, fmt.Errorf("invalid filter expression %q: AND and a condition are expected, not %q", expression, rest)
		}
	}
	return func(t trace.Trace) bool {
		return !slices.ContainsFunc(all, func(one func(trace.Trace) bool) bool { return !one(t) })
	}, nil
}

var (
	wordOf       = regexp.MustCompile(`^(fault|error)\b`)
	serviceOf    = regexp.MustCompile(`^service\(\s*("(?:[^"\\]|\\.)*")\s*\)`)
	annotationOf = regexp.MustCompile(`^annotation(?:\.([A-Za-z0-9_]+)|\[([A-Za-z0-9_.:]+)\])\s*=\s*("(?:[^"\\]|\\.)*"|true\b|false\b|-?[0-9]+(?:\.[0-9]+)?)`)
)

// condition reads the first condition and says what stands behind it.
func condition(text string) (matches func(trace.Trace) bool, behind string, err error) {
	if m := wordOf.FindString(text); m == "fault" {
		return faulty, text[len(m):], nil
	} else if m == "error" {
		return mistaken, text[len(m):], nil
	}
	if m := serviceOf.FindStringSubmatch(text); m != nil {
		name, err := strconv.Unquote(m[1])
		if err != nil {
			return nil, "", err
		}
		return func(t trace.Trace) bool {
			return slices.ContainsFunc(t.Segments, func(d trace.Document) bool { return named(d, name) })
		}, text[len(m[0]):], nil
	}
	m := annotationOf.FindStringSubmatch(text)
	if m == nil {
		return nil, "", fmt.Errorf("this cloud does not know %.60q", text)
	}
	var want any
	switch value := m[3]; {
	case value == "true" || value == "false":
		want = value == "true"
	case value[0] == '"':
		if want, err = strconv.Unquote(value); err != nil {
			return nil, "", err
		}
	default:
		if want, err = strconv.ParseFloat(value, 64); err != nil {
			return nil, "", err
		}
	}
	key := m[1] + m[2]
	return func(t trace.Trace) bool {
		return slices.ContainsFunc(t.Segments, func(d trace.Document) bool { return says(d, key, want) })
	}, text[len(m[0]):], nil
}

// says: text is never equal to a number, also where both look the same.
func says(d trace.Document, key string, want any) bool {
	got := d.Annotations[key]
	switch n := got.(type) {
	case int64:
		got = float64(n)
	case int:
		got = float64(n)
	}
	return got == want || slices.ContainsFunc(d.Subsegments, func(s trace.Document) bool { return says(s, key, want) })
}

// named says whether a segment is of that service, or calls it.
func named(d trace.Document, name string) bool {
	return d.Name == name && (d.Type == "" || d.Namespace != "") || slices.ContainsFunc(d.Subsegments, func(s trace.Document) bool { return s.Namespace != "" && named(s, name) })
}
