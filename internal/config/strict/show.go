package strict

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/cutover-dev/cutover/internal/unit/pattern"
)

// Show writes the struct that v points to as YAML with every default filled
// in and the documentation as comments. What is not set stands as a comment.
// [Decode] reads the text back as the same value, given that v came from it.
func Show(v any) []byte {
	w := &writer{docs: true}
	w.structure(reflect.Indirect(reflect.ValueOf(v)), 0)
	return []byte(w.String())
}

// writer writes block YAML. Indentation is two spaces a level.
type writer struct {
	strings.Builder
	docs bool // off inside the second and later elements of a list
}

func (w *writer) line(depth int, text string) {
	w.WriteString(strings.Repeat("  ", depth) + text + "\n")
}

// comment writes a sentence in lines of readable length.
func (w *writer) comment(depth int, text string) {
	current := "#"
	for _, word := range strings.Fields(text) {
		if len(current)+len(word) > 100 {
			w.line(depth, current)
			current = "#"
		}
		current += " " + word
	}
	w.line(depth, current)
}

func (w *writer) structure(v reflect.Value, depth int) {
	for i, f := range fieldsOf(v.Type()) {
		value := v.Field(f.index)
		if depth == 0 && i > 0 {
			w.WriteString("\n")
		}
		if w.docs {
			w.comment(depth, f.doc)
		}
		switch {
		case unset(value) && w.docs:
			w.line(depth, "# "+f.name+": not set")
		case !unset(value):
			w.entry(f.name, value, depth)
		}
	}
}

// unset says whether a value stands for an absent key. A zero text is one: no
// text that a file can hold is empty.
func unset(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		return v.IsNil()
	case reflect.String:
		return v.Len() == 0
	}
	return false
}

// entry writes a key and its value.
func (w *writer) entry(key string, v reflect.Value, depth int) {
	v = reflect.Indirect(v)
	head := flow(key) + ":"
	switch {
	case texterOf(addressable(v)) != nil:
		w.line(depth, head+" "+scalarText(v))
	case v.Kind() == reflect.Struct:
		w.block(head, depth, func(w *writer) { w.structure(v, depth+1) })
	case v.Kind() == reflect.Map:
		w.block(head, depth, func(w *writer) { w.mapping(v, depth+1) })
	case v.Kind() == reflect.Slice && v.Len() > 0 && isStruct(v.Type().Elem()):
		w.line(depth, head)
		w.items(v, depth+1)
	case v.Kind() == reflect.Slice:
		var items []string
		for i := range v.Len() {
			items = append(items, scalarText(reflect.Indirect(v.Index(i))))
		}
		w.line(depth, head+" ["+strings.Join(items, ", ")+"]")
	default:
		w.line(depth, head+" "+scalarText(v))
	}
}

// block writes a key and what write puts below it, or {} if that is nothing
// but comments, which YAML would read as no value.
func (w *writer) block(head string, depth int, write func(*writer)) {
	inner := &writer{docs: w.docs}
	write(inner)
	if !content.MatchString(inner.String()) {
		w.line(depth, head+" {}")
		return
	}
	w.line(depth, head)
	w.WriteString(inner.String())
}

// content matches a line that is neither empty nor a comment.
var content = pattern.New(`(?m)^ *[^ #\n]`)

func (w *writer) mapping(v reflect.Value, depth int) {
	keys := v.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
	docs := w.docs
	for _, key := range keys {
		w.entry(key.String(), v.MapIndex(key), depth)
		w.docs = false // once is enough
	}
	w.docs = docs
}

// items writes a list of structs, with comments in the first only.
func (w *writer) items(v reflect.Value, depth int) {
	docs := w.docs
	for i := range v.Len() {
		inner := &writer{docs: w.docs}
		inner.structure(reflect.Indirect(v.Index(i)), depth+1)
		text := inner.String()
		if !content.MatchString(text) {
			w.line(depth, "- {}")
			continue
		}
		indent := strings.Repeat("  ", depth)
		w.WriteString(indent + "- " + strings.TrimPrefix(text, indent+"  "))
		w.docs = false
	}
	w.docs = docs
}

func isStruct(t reflect.Type) bool {
	t = under(t)
	_, scalar := syntaxOf(t)
	return t.Kind() == reflect.Struct && !scalar
}

// addressable returns v, or a copy of it that has an address: the elements of
// a map have none.
func addressable(v reflect.Value) reflect.Value {
	if v.CanAddr() {
		return v
	}
	fresh := reflect.New(v.Type()).Elem()
	fresh.Set(v)
	return fresh
}

// scalarText writes one value.
func scalarText(v reflect.Value) string {
	if texter := texterOf(addressable(v)); texter != nil {
		return flow(texter.String())
	}
	if v.Kind() == reflect.String {
		return flow(v.String())
	}
	return fmt.Sprint(v.Interface())
}

// bare matches the texts that mean the same with and without quotes, in block
// and flow style, to every reader of YAML.
var (
	bare    = pattern.New(`^[A-Za-z0-9$./][A-Za-z0-9$./%_@+-]*( [A-Za-z0-9$./%_@+-]+)*$`)
	bareURL = pattern.New(`^https?://[A-Za-z0-9./_-]+(:[0-9]+)?[A-Za-z0-9./_-]*$`)
	// words that some reader of YAML takes for a truth value or null
	truthRE = pattern.New(`^(?i:y|yes|n|no|on|off|true|false|null)$`)
	// what could be a number or a date to some reader
	numericRE = pattern.New(`^(?i:[-+.0-9][-+.0-9_a-fox]*|\.inf|\.nan)$`)
)

// flow quotes a text unless it is safe without.
func flow(text string) string {
	plain := bare.MatchString(text) && !truthRE.MatchString(text) && !numericRE.MatchString(text)
	if plain || bareURL.MatchString(text) {
		return text
	}
	return strconv.Quote(text)
}
