package template

import (
	"math"
	"slices"
	"strconv"
	"strings"
)

// Kind is what a value is.
type Kind int

// The kinds. Open is what only a deployment knows, or knows of.
const (
	Absent Kind = iota
	Scalar
	List
	Map
	Open
)

// Value is a resolved value of the template. A nil value is absent.
type Value struct {
	Kind Kind
	// Text is a scalar's. Of an open text it has ${…} where only the deployment
	// knows: two with the same text will be the same.
	Text   string
	Line   int
	Items  []*Value
	keys   []string
	fields map[string]*Value
	// refs are the resources that an open value names.
	refs []string
}

// Is says whether the value is there at all, known or open.
func (v *Value) Is() bool { return v != nil && v.Kind != Absent }

// Open says whether only the deployment knows it.
func (v *Value) Open() bool { return v != nil && v.Kind == Open }

// At is the line, or that of the other if the value is absent.
func (v *Value) At(other int) int {
	if v != nil && v.Line > 0 {
		return v.Line
	}
	return other
}

// Get walks down mappings. On the way through an open value all is open.
func (v *Value) Get(path ...string) *Value {
	for _, key := range path {
		if v == nil || v.Kind == Open {
			return v
		}
		v = v.fields[key]
	}
	return v
}

// Keys are a mapping's, in the order of the file.
func (v *Value) Keys() []string {
	if v == nil {
		return nil
	}
	return v.keys
}

// Known is a scalar's text.
func (v *Value) Known() (string, bool) {
	if v == nil || v.Kind != Scalar {
		return "", false
	}
	return v.Text, true
}

// Shown is the text as far as it is known, for messages and comparisons.
func (v *Value) Shown() string {
	if v == nil {
		return ""
	}
	return v.Text
}

// Number is a scalar's number; CloudFormation takes one in quotes too.
func (v *Value) Number() (float64, bool) {
	text, ok := v.Known()
	if !ok {
		return 0, false
	}
	f, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	return f, err == nil && !math.IsInf(f, 0) && !math.IsNaN(f)
}

// Whole is a scalar's whole number.
func (v *Value) Whole() (int, bool) {
	f, ok := v.Number()
	if !ok || f != math.Trunc(f) || math.Abs(f) > 1<<31 {
		return 0, false
	}
	return int(f), true
}

// Flag is a scalar's truth value.
func (v *Value) Flag() (value, ok bool) {
	text, _ := v.Known()
	switch strings.ToLower(text) {
	case "true", "yes", "on":
		return true, true
	case "false", "no", "off":
		return false, true
	}
	return false, false
}

// All are the items of a list; a single value is a list of one, as
// CloudFormation takes it in policies. known is false if items may be missing.
func (v *Value) All() (items []*Value, known bool) {
	switch {
	case !v.Is():
		return nil, true
	case v.Kind == Open:
		return []*Value{v}, false
	case v.Kind == List:
		for _, item := range v.Items {
			if item.Is() {
				items = append(items, item)
			}
		}
		return items, true
	}
	return []*Value{v}, true
}

// Texts are the texts of a list, as far as they are known.
func (v *Value) Texts() (texts []string, known bool) {
	items, known := v.All()
	for _, item := range items {
		if text, ok := item.Known(); ok {
			texts = append(texts, text)
		} else {
			known = false
		}
	}
	return texts, known
}

// Refs are the resources that the value names anywhere within.
func (v *Value) Refs() []string {
	var all []string
	v.walk(func(one *Value) { all = append(all, one.refs...) })
	slices.Sort(all)
	return slices.Compact(all)
}

// Names says whether the value refers to the resource.
func (v *Value) Names(id string) bool { return slices.Contains(v.Refs(), id) }

// Mentions says whether a text within holds these words.
func (v *Value) Mentions(words string) bool {
	found := false
	v.walk(func(one *Value) { found = found || strings.Contains(one.Text, words) })
	return found
}

// OpenWithin says whether anything within is open.
func (v *Value) OpenWithin() bool {
	found := false
	v.walk(func(one *Value) { found = found || one.Kind == Open })
	return found
}

func (v *Value) walk(visit func(*Value)) {
	if v == nil {
		return
	}
	visit(v)
	for _, item := range v.Items {
		item.walk(visit)
	}
	for _, key := range v.keys {
		v.fields[key].walk(visit)
	}
}
