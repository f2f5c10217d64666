package strict

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// Schema returns the JSON Schema (draft 2020-12) of the files that [Decode]
// reads into the struct that v points to. It accepts every file that Decode
// accepts; rules across fields and the bounds of units are beyond it.
func Schema(v any, title, description string) ([]byte, error) {
	var head object
	head.set("$schema", "https://json-schema.org/draft/2020-12/schema")
	head.set("title", title)
	head.set("description", description)
	t := under(reflect.TypeOf(v))
	text, err := encode(append(head, schemaOf(t, &field{})...))
	if err != nil {
		return nil, fmt.Errorf("schema of %s: %w", t, err)
	}
	var b bytes.Buffer
	if err := json.Indent(&b, text, "", "  "); err != nil {
		return nil, fmt.Errorf("schema of %s: %w", t, err)
	}
	b.WriteByte('\n')
	return b.Bytes(), nil
}

// schemaOf describes the values of one field.
func schemaOf(t reflect.Type, f *field) object {
	t = under(t)
	var o object
	if f.doc != "" {
		o.set("description", describe(t, f))
	}
	switch syntax, scalar := syntaxOf(t); {
	case scalar:
		o.set("type", "string")
		o.set("pattern", syntax.Pattern)
	case t.Kind() == reflect.Struct:
		structSchema(&o, t)
	case t.Kind() == reflect.Slice:
		listSchema(&o, t, f)
	case t.Kind() == reflect.Map:
		mapSchema(&o, t, f)
	case t.Kind() == reflect.Bool:
		o.set("type", "boolean")
	case t.Kind() == reflect.Int:
		intSchema(&o, f)
	default:
		stringSchema(&o, f)
	}
	if f.standin != "" {
		o.set("default", plainValue(parseDefault(f.standin)))
	}
	if examples := examplesOf(t, f); examples != nil {
		o.set("examples", examples)
	}
	return o
}

// describe adds to the documentation what the schema itself cannot say.
func describe(t reflect.Type, f *field) string {
	syntax, scalar := syntaxOf(t)
	parts := []string{f.doc}
	switch {
	case f.allowed != "":
		parts = append(parts, "Allowed: "+f.allowed+".")
	case scalar:
		parts = append(parts, "Allowed: "+syntax.Allowed+".")
	}
	if limits := boundsOf(f); limits != "" {
		parts = append(parts, "Limits: "+limits+".")
	}
	return strings.Join(parts, " ")
}

func structSchema(o *object, t reflect.Type) {
	var properties object
	required := []string{}
	for _, f := range fieldsOf(t) {
		properties.set(f.name, schemaOf(t.Field(f.index).Type, &f))
		if f.required {
			required = append(required, f.name)
		}
	}
	o.set("type", "object")
	o.set("properties", properties)
	if len(required) > 0 {
		o.set("required", required)
	}
	o.set("additionalProperties", false)
}

func listSchema(o *object, t reflect.Type, f *field) {
	o.set("type", "array")
	o.set("items", schemaOf(t.Elem(), f.element()))
	limit(o, "minItems", f.minItems)
	limit(o, "maxItems", f.maxItems)
	if f.unique == "true" {
		o.set("uniqueItems", true)
	}
}

func mapSchema(o *object, t reflect.Type, f *field) {
	o.set("type", "object")
	pattern := f.keyPattern
	if pattern == "" {
		pattern = printable
	}
	o.set("propertyNames", object{{"pattern", pattern}})
	limit(o, "minProperties", f.minItems)
	limit(o, "maxProperties", f.maxItems)
	o.set("additionalProperties", schemaOf(t.Elem(), f.element()))
}

func intSchema(o *object, f *field) {
	o.set("type", "integer")
	limit(o, "minimum", f.min)
	limit(o, "maximum", f.max)
	limit(o, "exclusiveMinimum", f.above)
}

// printable is the part of [hostile] that both dialects of regular
// expressions can say: no control characters, no space at either end.
const printable = `^[^\x00-\x20\x7f]([^\x00-\x1f\x7f]*[^\x00-\x20\x7f])?$`

func stringSchema(o *object, f *field) {
	o.set("type", "string")
	switch {
	case f.enum != nil:
		o.set("enum", f.enum)
	case f.pattern != "":
		o.set("pattern", f.pattern)
	default:
		o.set("pattern", printable)
	}
}

// limit sets a numeric keyword if the tag is there.
func limit(o *object, keyword, tag string) {
	if n, err := strconv.Atoi(tag); err == nil {
		o.set(keyword, n)
	}
}

// examplesOf shows what a value may look like: the tag's, else the unit's.
func examplesOf(t reflect.Type, f *field) []any {
	if f.example != "" {
		return []any{plainValue(parseDefault(f.example))}
	}
	syntax, scalar := syntaxOf(t)
	if !scalar || f.doc == "" {
		return nil
	}
	var list []any
	for _, example := range syntax.Examples {
		list = append(list, example)
	}
	return list
}

// plainValue turns a node into what encoding/json writes.
func plainValue(n *node) any {
	if n == nil {
		return nil
	}
	switch n.kind {
	case list:
		items := []any{}
		for _, item := range n.items {
			items = append(items, plainValue(item))
		}
		return items
	case mapping:
		o := object{}
		for _, e := range n.entries {
			o.set(e.key, plainValue(e.value))
		}
		return o
	case boolean:
		return strings.EqualFold(n.text, "true")
	case number:
		return json.Number(n.text)
	}
	return n.text
}
