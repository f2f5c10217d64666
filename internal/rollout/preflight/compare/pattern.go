package compare

import (
	"fmt"
	"strconv"
	"strings"
)

// Pattern names places in a JSON document: $.a.b, $.items[*].id, $.items[0],
// $['a b'], $..request_id for a member of that name at any depth. It is a part
// of JSONPath; source: RFC 9535.
type Pattern struct {
	text  string
	steps []want
}

// want is one step of a pattern.
type want struct {
	name  string // of a member
	index int    // of an element
	all   bool   // any member or element
	list  bool   // an element
	deep  bool   // this member, however deep
}

// step is one step of a place.
type step struct {
	name  string
	index int
	list  bool
}

// PatternSyntax says how a pattern is written.
const PatternSyntax = "$.member.member, $.list[*].member, $['a member'] or $..member for any depth"

// mostSteps bounds a pattern.
const mostSteps = 40

// ParsePattern reads a pattern. One that names no member would match everything,
// so that nothing was compared any more: it is refused.
func ParsePattern(text string) (Pattern, error) {
	p := Pattern{text: text}
	rest, ok := strings.CutPrefix(text, "$")
	if !ok {
		return Pattern{}, fmt.Errorf("does not begin with $")
	}
	named := false
	for rest != "" {
		var w want
		var err error
		switch {
		case strings.HasPrefix(rest, ".."):
			w.deep = true
			w.name, rest = member(rest[2:])
			if w.name == "" || w.name == "*" {
				err = fmt.Errorf("has no member after two dots")
			}
		case strings.HasPrefix(rest, "."):
			w.name, rest = member(rest[1:])
			if w.name == "" {
				err = fmt.Errorf("has no member after a dot")
			}
			w.all = w.name == "*"
		default:
			w, rest, err = bracket(rest)
		}
		if err != nil {
			return Pattern{}, err
		}
		named = named || !w.all && !w.list
		if p.steps = append(p.steps, w); len(p.steps) > mostSteps {
			return Pattern{}, fmt.Errorf("has more than %d steps", mostSteps)
		}
	}
	if !named {
		return Pattern{}, fmt.Errorf("names no member, so that nothing would be compared")
	}
	return p, nil
}

// String returns the pattern as it was written.
func (p Pattern) String() string { return p.text }

// member takes a name up to the next step.
func member(s string) (name, rest string) {
	end := strings.IndexAny(s, ".[")
	if end < 0 {
		end = len(s)
	}
	return s[:end], s[end:]
}

// bracket takes [0], [*] or ['a name'].
func bracket(s string) (w want, rest string, err error) {
	if name, ok := strings.CutPrefix(s, "['"); ok {
		name, rest, ok = strings.Cut(name, "']")
		if !ok || name == "" {
			return want{}, "", fmt.Errorf("has a [' without a name and a ']")
		}
		return want{name: name}, rest, nil
	}
	inner, rest, ok := strings.Cut(strings.TrimPrefix(s, "["), "]")
	if !strings.HasPrefix(s, "[") || !ok {
		return want{}, "", fmt.Errorf("has %q where a . or a [ was expected", s)
	}
	if inner == "*" {
		return want{all: true, list: true}, rest, nil
	}
	n, err := strconv.ParseUint(inner, 10, 31)
	if err != nil {
		return want{}, "", fmt.Errorf("has [%s], which is neither [*] nor an index", inner)
	}
	return want{index: int(n), list: true}, rest, nil
}

// Match says whether the pattern names the place or something around it.
func (p Pattern) match(at []step) bool { return match(p.steps, at) }

func match(steps []want, at []step) bool {
	if len(steps) == 0 {
		return true
	}
	if len(at) == 0 {
		return false
	}
	w := steps[0]
	if w.deep {
		for i, s := range at {
			if !s.list && s.name == w.name && match(steps[1:], at[i+1:]) {
				return true
			}
		}
		return false
	}
	switch {
	case w.all && !w.list: // .* is any member and any element
	case w.list != at[0].list, !w.all && (w.name != at[0].name || w.index != at[0].index):
		return false
	}
	return match(steps[1:], at[1:])
}

// show writes a place as a pattern that names it.
func show(at []step) string {
	var b strings.Builder
	b.WriteByte('$')
	for _, s := range at {
		switch {
		case s.list:
			fmt.Fprintf(&b, "[%d]", s.index)
		case plain(s.name):
			b.WriteString("." + s.name)
		default:
			b.WriteString("['" + clip(s.name) + "']")
		}
	}
	return b.String()
}

func plain(name string) bool {
	for _, r := range name {
		if r != '_' && r != '-' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') {
			return false
		}
	}
	return name != "" && len(name) <= 60
}

// clip bounds what an answer can put into a report.
func clip(s string) string {
	const most = 60
	s = strings.ToValidUTF8(s, "?")
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}
