package template

import (
	"fmt"
	"slices"
)

// Resource is one resource of a template.
type Resource struct {
	ID, Type string
	Line     int
	// Condition is the name of the condition under which it exists.
	Condition  string
	Properties *Value
	Metadata   *Value
	// whole is everything that stands in the resource, for what it refers to.
	whole *Value
}

// Refers says whether the resource refers to another one anywhere.
func (r Resource) Refers(id string) bool { return r.whole.Names(id) }

// Mentions says whether a text of the resource holds these words.
func (r Resource) Mentions(words string) bool { return r.whole.Mentions(words) }

// Template is a template as far as it can be known without a deployment.
type Template struct {
	File      string
	Resources []Resource
	Outputs   *Value
	// Loops is how many Fn::ForEach the template has: what they make is not seen.
	Loops int
}

// Parse reads a template. The fault of one that cannot be read says where.
func Parse(file string, text []byte) (Template, error) {
	root, err := parse(file, text)
	if err != nil {
		return Template{}, err
	}
	list := root.get("Resources")
	if root.kind != nodeMap || list == nil || list.kind != nodeMap {
		return Template{}, unreadable(file, root.line, root.column, "has no Resources")
	}
	if len(list.entries) > mostResources {
		return Template{}, unreadable(file, list.line, list.column, fmt.Sprintf("has %d resources, and at most %d are read", len(list.entries), mostResources))
	}
	r := &resolver{root: root, resources: map[string]bool{}, deciding: map[string]bool{}, asked: map[string]int{}, asking: map[string][]string{}}
	for _, e := range list.entries {
		r.resources[e.key] = true
	}
	t := Template{File: file, Outputs: r.value(root.get("Outputs"))}
	for _, e := range list.entries {
		kind := e.value.get("Type")
		if len(e.key) > 13 && e.key[:13] == "Fn::ForEach::" {
			t.Loops++
			continue
		}
		if kind == nil || kind.kind != nodeScalar {
			return Template{}, unreadable(file, e.line, e.column, "has a resource without Type: "+e.key)
		}
		res := Resource{ID: e.key, Type: kind.text, Line: e.line}
		if c := e.value.get("Condition"); c != nil {
			res.Condition = c.text
		}
		if there, known := r.condition(res.Condition); known && !there {
			continue
		}
		names := r.asks(res.Condition)
		r.ask(names, 1)
		res.whole = r.value(e.value)
		r.ask(names, -1)
		res.Properties, res.Metadata = res.whole.Get("Properties"), res.whole.Get("Metadata")
		t.Resources = append(t.Resources, res)
	}
	return t, nil
}

// Of are the resources of a type.
func (t Template) Of(kinds ...string) []Resource {
	var found []Resource
	for _, r := range t.Resources {
		if slices.Contains(kinds, r.Type) {
			found = append(found, r)
		}
	}
	return found
}
