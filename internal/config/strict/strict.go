// Package strict reads one YAML document into Go structs and is friendly only
// to the person who wrote it: nothing unknown, doubled, empty or unclear is
// let through, and every problem is reported at once, with its line, column,
// path, the allowed values and a suggestion.
//
// The structs are the only declaration. Their tags drive the decoder
// ([Decode]), the JSON Schema ([Schema]) and the written-out form ([Show]):
//
//	yaml:"hold"          the key; required on every exported field
//	doc:"..."            one sentence for people; required
//	default:"2 h"        YAML that stands in when the key is absent
//	required:"true"      the key must be written
//	enum:"a,b"           the allowed texts
//	pattern:"^..$"       a regular expression, with allowed:"..." in words
//	min, max, above      bounds of a number or unit, in its own notation
//	minitems, maxitems   bounds of a list's length
//	unique:"true"        no element twice; unique:"title": no such field twice
//	keypattern           what the keys of a map look like, with keyallowed:"..."
//	example:"..."        YAML that shows a likely value
//
// On a list or map, enum, pattern and the bounds speak of the elements.
// Fields may be strings, bools, ints, types with a [unit.Syntax], structs,
// lists, maps with string keys, and pointers to all of these. A pointer
// without a default is optional: nil means that the key is absent. A struct
// without a pointer is always there, filled with its defaults.
package strict

import (
	"bytes"
	"encoding"
	"reflect"

	"github.com/cutover-dev/cutover/internal/unit"
)

const (
	maxBytes    = 1 << 20 // a configuration is a page, not a data set
	maxDepth    = 32      // ours has seven levels
	maxProblems = 100     // nobody reads more in one go
	maxText     = 1024    // characters of one value
)

// Texter is implemented by the pointer types of values that are written as
// one text with a syntax of their own, such as *[unit.Duration]. An error of
// UnmarshalText should be a [*unit.Error].
type Texter interface {
	encoding.TextUnmarshaler
	Syntax() unit.Syntax
	String() string
}

// Checker is implemented by structs with rules across their fields. The
// engine calls Check after everything is decoded, inner structs first.
type Checker interface {
	Check(c *Check)
}

// Defaulter is implemented by the pointers of structs that stand in a map and
// have defaults that depend on their key. It must fill only what is unset.
type Defaulter interface {
	DefaultsFor(key string)
}

// Decode reads data, the content of the named file, into the struct that out
// points to. The error is nil or a [*Problems] that lists everything wrong
// with the file; after an error out is only partly filled.
func Decode(file string, data []byte, out any) error {
	d := &decoder{problems: &Problems{}, nodes: map[string]*node{}}
	d.problems.file = file
	d.document(data, reflect.ValueOf(out).Elem())
	if d.problems.Len() == 0 {
		return nil
	}
	d.problems.finish()
	return d.problems
}

// document runs the stages; each later one needs the earlier to have found
// something that it can work on.
func (d *decoder) document(data []byte, out reflect.Value) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if !d.readable(data) {
		return
	}
	root := d.parse(data)
	if root == nil {
		return
	}
	d.root = out.Type()
	d.value(root, "", out, &field{})
	for _, problem := range d.problems.List {
		d.wrong = append(d.wrong, problem.Path)
	}
	for _, pending := range d.checks {
		pending.checker.Check(&Check{d: d, path: pending.path})
	}
}
