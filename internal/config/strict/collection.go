package strict

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
)

// list decodes a sequence; an empty one becomes an empty, non-nil slice.
func (d *decoder) list(n *node, path string, v reflect.Value, f *field) {
	v.Set(reflect.MakeSlice(v.Type(), len(n.items), len(n.items)))
	for i, item := range n.items {
		d.value(item, join(path, i), v.Index(i), f.element())
	}
	d.length(n, path, f)
	if f.unique != "" {
		d.distinct(n, path, v, f)
	}
}

// length checks the number of elements.
func (d *decoder) length(n *node, path string, f *field) {
	count := len(n.items) + len(n.entries)
	if least, err := strconv.Atoi(f.minItems); err == nil && count < least {
		d.report(n, path, Problem{Message: fmt.Sprintf("has %s", plural(count)), Allowed: "at least " + plural(least)})
	}
	if most, err := strconv.Atoi(f.maxItems); err == nil && count > most {
		d.report(n, path, Problem{Message: fmt.Sprintf("has %s", plural(count)), Allowed: "at most " + plural(most)})
	}
}

func plural(count int) string {
	switch count {
	case 0:
		return "no entry"
	case 1:
		return "1 entry"
	}
	return fmt.Sprintf("%d entries", count)
}

// distinct reports elements that stand twice. Values are compared, not
// spellings: "2 h" is "120 m".
func (d *decoder) distinct(n *node, path string, v reflect.Value, f *field) {
	first := map[string]int{}
	for i := range v.Len() {
		at, value, where := join(path, i), v.Index(i), n.items[i]
		if f.unique != "true" {
			at = join(at, f.unique)
			value = fieldNamed(value, f.unique)
			where = d.nodes[at]
		}
		refused := func(p Problem) bool { return inside(p.Path, at) }
		if where == nil || slices.ContainsFunc(d.problems.List, refused) {
			continue
		}
		key := fmt.Sprint(value.Interface())
		if line, double := first[key]; double {
			d.report(where, at, Problem{Message: fmt.Sprintf("%s stands twice; first on line %d", where, line), Suggestion: "remove one of them"})
			continue
		}
		first[key], _ = where.at()
	}
}

// fieldNamed returns the field of a struct that has the key.
func fieldNamed(v reflect.Value, key string) reflect.Value {
	for _, f := range fieldsOf(v.Type()) {
		if f.name == key {
			return v.Field(f.index)
		}
	}
	return v
}

// mapping decodes a map; an empty one becomes an empty, non-nil map.
func (d *decoder) mapping(n *node, path string, v reflect.Value, f *field) {
	v.Set(reflect.MakeMap(v.Type()))
	for _, e := range n.entries {
		at := join(path, e.key)
		if problem := badKey(e.key, f); problem != nil {
			problem.Line, problem.Column, problem.Path = e.line, e.column, at
			d.problems.add(*problem)
			continue
		}
		value := reflect.New(v.Type().Elem())
		d.value(e.value, at, value.Elem(), f.element())
		if named, ok := value.Interface().(Defaulter); ok {
			named.DefaultsFor(e.key)
		}
		v.SetMapIndex(reflect.ValueOf(e.key).Convert(v.Type().Key()), value.Elem())
	}
	d.length(n, path, f)
}

// badKey holds a map's key to the rules of plain texts and to its pattern.
func badKey(key string, f *field) *Problem {
	p := &Problem{Got: quote(key), Allowed: f.keyAllowed}
	if why := hostile(key); why != "" {
		p.Message = fmt.Sprintf("the key %s %s", quote(key), why)
		return p
	}
	if f.keyPattern != "" && !regexp.MustCompile(f.keyPattern).MatchString(key) {
		p.Message = fmt.Sprintf("the key %s is not allowed", quote(key))
		return p
	}
	return nil
}
