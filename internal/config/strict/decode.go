package strict

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// decoder fills one struct from one document.
type decoder struct {
	problems *Problems
	nodes    map[string]*node // by path; what Check uses to find positions
	wrong    []string         // the paths that the decoder has refused
	checks   []pending
	root     reflect.Type
}

// pending is a struct whose rules run once everything is decoded.
type pending struct {
	path    string
	checker Checker
}

// value decodes a node into v. It reports and goes on, whatever it meets.
func (d *decoder) value(n *node, path string, v reflect.Value, f *field) {
	d.nodes[path] = n
	switch {
	case n.kind == broken:
	case n.kind == null:
		d.noValue(n, path, v, f)
	case v.Kind() == reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		d.value(n, path, v.Elem(), f)
	case texterOf(v) != nil || v.Kind() == reflect.String || v.Kind() == reflect.Bool || v.Kind() == reflect.Int:
		d.scalar(n, path, v, f)
	case v.Kind() == reflect.Struct:
		if d.is(mapping, n, path, keysOf(v.Type())) {
			d.structure(n, path, v)
		}
	case v.Kind() == reflect.Slice:
		if d.is(list, n, path, "") {
			d.list(n, path, v, f)
		}
	case v.Kind() == reflect.Map:
		if d.is(mapping, n, path, "") {
			d.mapping(n, path, v, f)
		}
	}
}

// report files a problem about a node, at the position that fits its kind.
func (d *decoder) report(n *node, path string, p Problem) {
	p.Line, p.Column = n.at()
	p.Path = path
	if p.Got == "" && n.kind != broken {
		p.Got = n.String()
	}
	d.problems.add(p)
}

// noValue explains a key with nothing behind it. A value that starts with #
// is a comment to YAML, which surprises people.
func (d *decoder) noValue(n *node, path string, v reflect.Value, f *field) {
	p := Problem{Message: "has no value", Allowed: f.allowed, Suggestion: "write a value or remove the key"}
	if v.Kind() == reflect.String {
		p.Suggestion += "; a value that starts with # needs quotes"
	}
	if path == "" {
		p = Problem{Message: "the file is empty"}
	}
	d.report(n, path, p)
}

// keysOf describes the mapping that a struct is written as.
func keysOf(t reflect.Type) string {
	return "the keys " + strings.Join(names(fieldsOf(t)), ", ")
}

// is checks the kind of a container, and explains.
func (d *decoder) is(want kind, n *node, path, allowed string) bool {
	if n.kind == want {
		return true
	}
	p := Problem{Message: fmt.Sprintf("%s is expected here, not %s", (&node{kind: want}), n), Allowed: allowed}
	if want == list && n.kind != mapping {
		p.Suggestion = "put it in brackets: [...]"
	}
	d.report(n, path, p)
	return false
}

// structure decodes a mapping into a struct: what is written, then the
// defaults of what is not.
func (d *decoder) structure(n *node, path string, v reflect.Value) {
	fields := fieldsOf(v.Type())
	written := map[string]bool{}
	for _, e := range n.entries {
		i := slices.IndexFunc(fields, func(f field) bool { return f.name == e.key })
		if i < 0 {
			meant := d.unknown(e, path, fields)
			written[meant] = true // its absence is the same slip
			d.wrong = append(d.wrong, join(path, meant))
			continue
		}
		written[e.key] = true
		d.value(e.value, join(path, e.key), v.Field(fields[i].index), &fields[i])
	}
	for i := range fields {
		if f := &fields[i]; !written[f.name] {
			d.absent(n, path, v.Field(f.index), f)
		}
	}
	if checker, ok := v.Addr().Interface().(Checker); ok {
		d.checks = append(d.checks, pending{path, checker})
	}
}

// unknown reports a key that the struct does not have, and returns the one
// that was probably meant. The value behind it is never shown.
func (d *decoder) unknown(e entry, path string, fields []field) (meant string) {
	p := Problem{Line: e.line, Column: e.column, Path: join(path, e.key),
		Message: "unknown key " + quote(e.key), Got: quote(e.key), Allowed: strings.Join(names(fields), ", ")}
	if d.problems.Len() > maxProblems {
		d.problems.add(p)
		return ""
	}
	if section := d.sectionOf(e.key); section != "" {
		p.Suggestion = fmt.Sprintf("it belongs under %q", section)
	} else if meant = closest(e.key, names(fields)); meant != "" {
		p.Suggestion = fmt.Sprintf("did you mean %q?", meant)
	}
	d.problems.add(p)
	return meant
}

// absent fills a field whose key is not written, or reports that it must be.
// The stand-in has the parent's position, for the rules that refuse it.
func (d *decoder) absent(parent *node, path string, v reflect.Value, f *field) {
	at := join(path, f.name)
	switch {
	case f.required:
		p := Problem{Message: fmt.Sprintf("the key %q is missing", f.name), Allowed: f.allowed, Got: "nothing"}
		if under(v.Type()).Kind() == reflect.Struct {
			p.Allowed = keysOf(under(v.Type()))
		}
		if f.example != "" {
			p.Suggestion = fmt.Sprintf("write for example %s: %s", f.name, f.example)
		}
		d.report(parent, at, p)
	case f.standin != "":
		if n := parseDefault(f.standin); n != nil {
			n.place(parent)
			d.value(n, at, v, f)
		}
	case v.Kind() == reflect.Struct && texterOf(v) == nil:
		n := &node{kind: mapping}
		n.place(parent)
		d.value(n, at, v, f)
	}
}

// place gives a default's nodes the position of the struct that lacks the key.
func (n *node) place(parent *node) {
	n.line, n.column = parent.at()
	n.keyLine, n.keyColumn, n.given = 0, 0, false
	for i := range n.items {
		n.items[i].place(parent)
	}
	for i := range n.entries {
		n.entries[i].line, n.entries[i].column = n.line, n.column
		n.entries[i].value.place(parent)
	}
}

// parseDefault reads the YAML of a tag; nil if it is none, which [Verify] finds.
func parseDefault(source string) *node {
	var document yaml.Node
	if yaml.Load([]byte(source), &document) != nil || len(document.Content) == 0 {
		return nil
	}
	d := &decoder{problems: &Problems{}}
	n := d.build(document.Content[0], "", 0)
	if d.problems.Len() > 0 {
		return nil
	}
	return n
}
