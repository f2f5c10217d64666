package dashboard

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/cutover-dev/cutover/internal/unit/pattern"
)

// Problem is one thing that CloudWatch would refuse, or show otherwise than it
// is written.
type Problem struct {
	// At is the place, such as widgets[3].properties.metrics[0].
	At   string `json:"at"`
	What string `json:"what"`
}

// String is the problem in one line.
func (p Problem) String() string { return strings.TrimPrefix(p.At+": "+p.What, ": ") }

// checker collects problems. What it has reported of a value it does not report
// of what depends on it.
type checker struct {
	problems []Problem
	// found is how many series each SEARCH counts as.
	found int
}

func (c *checker) report(at, format string, args ...any) {
	c.problems = append(c.problems, Problem{at, fmt.Sprintf(format, args...)})
}

// decode reads JSON, and reports keys that stand twice: of those CloudWatch
// takes one without a word.
func (c *checker) decode(body []byte) (any, bool) {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	v, err := c.value(d, "", 0)
	if err == nil {
		if _, more := d.Token(); !errors.Is(more, io.EOF) {
			err = errors.New("something follows the document")
		}
	}
	if err != nil {
		c.report("", "is not JSON: %v", err)
		return nil, false
	}
	return v, true
}

// deepestJSON is how far a body may be nested; the grammar needs a fifth.
const deepestJSON = 50

func (c *checker) value(d *json.Decoder, at string, depth int) (any, error) {
	t, err := d.Token()
	if err != nil {
		return nil, err
	}
	if depth > deepestJSON {
		return nil, fmt.Errorf("it is nested more than %d deep", deepestJSON)
	}
	switch t {
	case json.Delim('{'):
		m := map[string]any{}
		for d.More() {
			k, err := d.Token()
			if err != nil {
				return nil, err
			}
			key, ok := k.(string)
			if !ok {
				return nil, errors.New("a key is no text")
			}
			if _, double := m[key]; double {
				c.report(join(at, key), "stands twice")
			}
			if m[key], err = c.value(d, join(at, key), depth+1); err != nil {
				return nil, err
			}
		}
		_, err = d.Token()
		return m, err
	case json.Delim('['):
		all := []any{}
		for d.More() {
			v, err := c.value(d, nthOf(at, len(all)), depth+1)
			if err != nil {
				return nil, err
			}
			all = append(all, v)
		}
		_, err = d.Token()
		return all, err
	}
	return t, nil
}

func join(at, key string) string { return strings.TrimPrefix(at+"."+key, ".") }

func nthOf(at string, n int) string { return fmt.Sprintf("%s[%d]", at, n) }

// object is an object of the body with its place. Reading of what is absent
// gives nothing and reports nothing.
type object struct {
	c  *checker
	at string
	m  map[string]any
}

// object reads v as an object that has no other keys than these.
func (c *checker) object(at string, v any, keys ...string) (object, bool) {
	m, ok := v.(map[string]any)
	if !ok {
		c.report(at, "is no object")
		return object{}, false
	}
	o := object{c, at, m}
	var unknown []string
	for key := range m {
		if !slices.Contains(keys, key) {
			unknown = append(unknown, key)
		}
	}
	slices.Sort(unknown)
	for _, key := range unknown {
		c.report(join(at, key), "is no field of this; allowed: %s", strings.Join(keys, ", "))
	}
	return o, true
}

func (o object) has(key string) bool { _, ok := o.m[key]; return ok }

// need reports a key that is absent.
func (o object) need(key string) bool {
	if !o.has(key) {
		o.c.report(join(o.at, key), "is missing")
		return false
	}
	return true
}

func (o object) text(key string) (string, bool) {
	if !o.has(key) {
		return "", false
	}
	s, ok := o.m[key].(string)
	if !ok {
		o.c.report(join(o.at, key), "is no text")
	}
	return s, ok
}

// like reads a text of a form.
func (o object) like(key string, form *pattern.Pattern, allowed string) (string, bool) {
	s, ok := o.text(key)
	if ok && !form.MatchString(s) {
		o.c.report(join(o.at, key), "is %q; allowed: %s", s, allowed)
		return s, false
	}
	return s, ok
}

func (o object) oneOf(key string, allowed ...string) string {
	s, ok := o.text(key)
	if ok && !slices.Contains(allowed, s) {
		o.c.report(join(o.at, key), "is %q; allowed: %s", s, strings.Join(allowed, ", "))
	}
	return s
}

func (o object) flags(keys ...string) {
	for _, key := range keys {
		if _, ok := o.m[key].(bool); o.has(key) && !ok {
			o.c.report(join(o.at, key), "is neither true nor false")
		}
	}
}

// whole reads a whole number between low and high, or what it is by default.
func (o object) whole(key string, low, high, otherwise int) (int, bool) {
	if !o.has(key) {
		return otherwise, true
	}
	n, ok := o.m[key].(json.Number)
	i, err := n.Int64()
	if !ok || err != nil || i < int64(low) || i > int64(high) {
		o.c.report(join(o.at, key), "is %v; allowed: whole numbers from %d to %d", o.m[key], low, high)
		return otherwise, false
	}
	return int(i), true
}

func (o object) number(key string) (float64, bool) {
	if !o.has(key) {
		return 0, false
	}
	n, ok := o.m[key].(json.Number)
	f, err := n.Float64()
	if !ok || err != nil {
		o.c.report(join(o.at, key), "is no number")
		return 0, false
	}
	return f, true
}

func (o object) list(key string) ([]any, bool) {
	if !o.has(key) {
		return nil, false
	}
	l, ok := o.m[key].([]any)
	if !ok {
		o.c.report(join(o.at, key), "is no list")
	}
	return l, ok
}
