package strict

import (
	"reflect"
	"slices"
	"strings"

	"github.com/cutover-dev/cutover/internal/unit"
)

// field is one exported field of a struct with its tags, or the zero field
// for the document itself.
type field struct {
	index    int
	name     string
	doc      string
	standin  string // the default, as YAML
	example  string
	required bool
	enum     []string
	pattern  string
	allowed  string
	min      string
	max      string
	above    string
	unique   string
	minItems string
	maxItems string

	keyPattern string
	keyAllowed string
}

// fieldsOf reads the tags of a struct type, in the order of declaration.
func fieldsOf(t reflect.Type) []field {
	var fields []field
	for i := range t.NumField() {
		tag := t.Field(i).Tag
		name := tag.Get("yaml")
		if !t.Field(i).IsExported() || name == "" {
			continue
		}
		f := field{index: i, name: name, doc: tag.Get("doc"), standin: tag.Get("default"), example: tag.Get("example"),
			required: tag.Get("required") == "true", pattern: tag.Get("pattern"), allowed: tag.Get("allowed"),
			min: tag.Get("min"), max: tag.Get("max"), above: tag.Get("above"), unique: tag.Get("unique"),
			minItems: tag.Get("minitems"), maxItems: tag.Get("maxitems"),
			keyPattern: tag.Get("keypattern"), keyAllowed: tag.Get("keyallowed")}
		if list := tag.Get("enum"); list != "" {
			f.enum = strings.Split(list, ",")
		}
		fields = append(fields, f)
	}
	return fields
}

// names lists the keys of a struct.
func names(fields []field) []string {
	list := make([]string, len(fields))
	for i, f := range fields {
		list[i] = f.name
	}
	return list
}

// element is the field seen by the elements of its list or map: their bounds
// and patterns, not the container's.
func (f *field) element() *field {
	inner := *f
	inner.unique, inner.minItems, inner.maxItems, inner.keyPattern, inner.keyAllowed = "", "", "", "", ""
	inner.doc, inner.example, inner.standin, inner.required = "", "", "", false
	return &inner
}

// texterOf returns v's address as a Texter, nil if its type has no syntax.
func texterOf(v reflect.Value) Texter {
	if v.CanAddr() {
		if t, ok := v.Addr().Interface().(Texter); ok {
			return t
		}
	}
	return nil
}

// syntaxOf returns the syntax of a type, and whether it has one.
func syntaxOf(t reflect.Type) (unit.Syntax, bool) {
	texter := texterOf(reflect.New(t).Elem())
	if texter == nil {
		return unit.Syntax{}, false
	}
	return texter.Syntax(), true
}

// under strips pointers.
func under(t reflect.Type) reflect.Type {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t
}

// sectionOf returns the only section of the file, a struct at its top, that
// has the key: where a key that stands in the wrong place may belong.
func (d *decoder) sectionOf(key string) string {
	section := ""
	for _, f := range fieldsOf(d.root) {
		t := under(d.root.Field(f.index).Type)
		if t.Kind() != reflect.Struct || !slices.Contains(names(fieldsOf(t)), key) {
			continue
		}
		if section != "" {
			return ""
		}
		section = f.name
	}
	return section
}
