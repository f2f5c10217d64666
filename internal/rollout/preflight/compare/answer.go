// Package compare says where two answers to one request differ: status, headers
// that clients live by, and the body; JSON by what it says and not by how it is
// written, anything else byte by byte.
package compare

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Answer is what a side said to a request.
type Answer struct {
	Status int
	// Headers by their names in lower case.
	Headers map[string][]string
	Body    []byte
	// Cut says that the body is longer than what was read.
	Cut bool
	// Took is the time to the last byte.
	Took time.Duration
	// Failed says why there is no answer; empty if there is one.
	Failed string
}

// Headers are those that are compared: what a browser, a cache or a client acts
// by. Dates, request IDs and the server's name differ by nature.
var Headers = []string{
	"content-type", "content-encoding", "content-language", "content-disposition", "cache-control", "location", "vary", "www-authenticate",
	"access-control-allow-origin", "access-control-allow-credentials", "access-control-expose-headers",
	"strict-transport-security", "content-security-policy", "x-content-type-options", "x-frame-options", "referrer-policy", "set-cookie", "link", "retry-after",
}

// Ignore is what may differ: places in JSON bodies, and headers by their names
// in lower case.
type Ignore struct {
	Places  []Pattern
	Headers []string
}

// IgnoreSyntax says how one thing to ignore is written.
const IgnoreSyntax = "header <name>, or a place in the JSON body: " + PatternSyntax

// ParseIgnore reads what may differ.
func ParseIgnore(lines []string) (Ignore, error) {
	var all Ignore
	for i, line := range lines {
		if name, ok := strings.CutPrefix(line, "header "); ok {
			name = strings.ToLower(strings.TrimSpace(name))
			if !slices.Contains(Headers, name) {
				return Ignore{}, &LineError{i, fmt.Sprintf("the header %q is not compared anyway", name)}
			}
			all.Headers = append(all.Headers, name)
			continue
		}
		p, err := ParsePattern(line)
		if err != nil {
			return Ignore{}, &LineError{i, err.Error()}
		}
		all.Places = append(all.Places, p)
	}
	return all, nil
}

// LineError says which line cannot be read.
type LineError struct {
	Index int
	What  string
}

// Error says what is wrong with the line.
func (e *LineError) Error() string { return e.What }

// Diff says where two answers differ, and how many differences were left out. An
// answer that failed differs from every one.
func Diff(blue, green Answer, ignore Ignore) (found []Difference, more int) {
	if blue.Failed != "" || green.Failed != "" {
		return []Difference{{"answer", failed(blue), failed(green)}}, 0
	}
	if blue.Status != green.Status {
		found = append(found, Difference{"status", strconv.Itoa(blue.Status), strconv.Itoa(green.Status)})
	}
	for _, name := range Headers {
		b, g := header(name, blue.Headers[name]), header(name, green.Headers[name])
		if !slices.Contains(ignore.Headers, name) && b != g {
			found = append(found, Difference{"header " + name, shown(name, b), shown(name, g)})
		}
	}
	body, more := bodies(blue, green, ignore.Places)
	return append(found, body...), more
}

func failed(a Answer) string {
	if a.Failed != "" {
		return clip(a.Failed)
	}
	return "answered " + strconv.Itoa(a.Status)
}

// header brings a header's values into one text. Of cookies only the names count:
// their values are each caller's own. Lists without an order are sorted, and
// parameters written alike.
func header(name string, values []string) string {
	switch name {
	case "set-cookie":
		var names []string
		for _, v := range values {
			cookie, _, _ := strings.Cut(v, "=")
			names = append(names, strings.TrimSpace(cookie))
		}
		slices.Sort(names)
		return strings.Join(names, ", ")
	case "content-type":
		return strings.ReplaceAll(strings.ToLower(strings.Join(values, ", ")), "; ", ";")
	case "vary", "access-control-expose-headers", "cache-control":
		var parts []string
		for part := range strings.SplitSeq(strings.ToLower(strings.Join(values, ",")), ",") {
			if part = strings.TrimSpace(part); part != "" {
				parts = append(parts, part)
			}
		}
		slices.Sort(parts)
		return strings.Join(slices.Compact(parts), ", ")
	}
	return strings.Join(values, ", ")
}

// shown is what a report may tell of a header: addresses end before their query,
// which may hold a secret.
func shown(name, value string) string {
	switch {
	case value == "":
		return "missing"
	case name == "location" || name == "link":
		before, _, cut := strings.Cut(value, "?")
		if cut {
			before += "?…"
		}
		return clip(before)
	case name == "set-cookie":
		return "cookies " + clip(value)
	}
	return clip(value)
}

// bodies compares what was read of two bodies.
func bodies(blue, green Answer, ignore []Pattern) ([]Difference, int) {
	if blue.Cut || green.Cut {
		return []Difference{{"body", size(blue), size(green)}}, 0
	}
	if bytes.Equal(blue.Body, green.Body) {
		return nil, 0
	}
	b, ok := parse(blue.Body)
	g, both := parse(green.Body)
	if !ok || !both {
		return []Difference{{"body", size(blue), "another: " + size(green)}}, 0
	}
	d := &differ{ignore: ignore}
	d.walk(b, g)
	return d.found, d.more
}

func size(a Answer) string {
	if a.Cut {
		return fmt.Sprintf("more than %d bytes, too many to compare", len(a.Body))
	}
	return fmt.Sprintf("%d bytes", len(a.Body))
}
