package change

import (
	"bytes"
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/cutover-dev/cutover/internal/fault"
)

// What happens to a resource.
const (
	Added   = "added"
	Deleted = "removed"
	Changed = "changed"
)

// Property is one value that changes. Old is empty for one that comes, New for
// one that goes.
type Property struct {
	Path string `json:"path"`
	Old  string `json:"old"`
	New  string `json:"new"`
}

// ResourceChange is what happens to one resource.
type ResourceChange struct {
	Action string `json:"action" jsonschema:"enum=added,enum=removed,enum=changed"`
	ID     string `json:"logical_id"`
	Type   string `json:"type"`
	// Name is what AWS shows it by, empty if the template does not say.
	Name string `json:"name"`
	// Words say it in a sentence, where there is one.
	Words string `json:"words"`
	// Replaced is yes, maybe or no: whether another takes its place.
	Replaced   string     `json:"replaced" jsonschema:"enum=yes,enum=maybe,enum=no"`
	Properties []Property `json:"properties"`
}

// Changes are what makes one template into another: one JSON document
// (schemas/monitoring-diff.schema.json).
type Changes struct {
	// None says that they mean the same.
	None      bool             `json:"none"`
	New       bool             `json:"new_stack"`
	Added     int              `json:"added"`
	Removed   int              `json:"removed"`
	Changed   int              `json:"changed"`
	Resources []ResourceChange `json:"resources"`
	// Other are changes outside of resources: outputs, the description.
	Other []Property `json:"other"`
	// Warnings say what is lost or will not work.
	Warnings []string `json:"warnings"`
}

// document is a template as far as a difference needs it.
type document struct {
	resources map[string]map[string]any
	rest      map[string]any
}

// Diff compares two templates; old is empty for a stack that is still to be made.
func Diff(old, updated []byte) (Changes, error) {
	c := Changes{Resources: []ResourceChange{}, Other: []Property{}, Warnings: []string{}, New: len(bytes.TrimSpace(old)) == 0}
	if c.New {
		old = []byte(`{"Resources":{}}`)
	}
	was, err := parse("the deployed template", old)
	if err != nil {
		return c, err
	}
	will, err := parse("the new template", updated)
	if err != nil {
		return c, err
	}
	for id, a := range was.resources {
		if b, still := will.resources[id]; still {
			c.changed(id, a, b)
			continue
		}
		c.Removed++
		c.Resources = append(c.Resources, ResourceChange{Action: Deleted, ID: id, Type: text(a["Type"]), Name: nameIn(a), Words: words(nil, a), Replaced: "no", Properties: []Property{}})
	}
	for id, b := range will.resources {
		if _, before := was.resources[id]; !before {
			c.Added++
			c.Resources = append(c.Resources, ResourceChange{Action: Added, ID: id, Type: text(b["Type"]), Name: nameIn(b), Words: words(nil, b), Replaced: "no", Properties: []Property{}})
		}
	}
	order := map[string]int{Deleted: 0, Changed: 1, Added: 2}
	slices.SortFunc(c.Resources, func(a, b ResourceChange) int {
		return cmp.Or(cmp.Compare(order[a.Action], order[b.Action]), cmp.Compare(a.Type, b.Type), cmp.Compare(a.ID, b.ID))
	})
	if !c.New {
		c.Other = append(c.Other, differences("", was.rest, will.rest)...)
	}
	c.None = !c.New && len(c.Resources) == 0 && len(c.Other) == 0
	c.warn(was, will)
	return c, nil
}

func parse(name string, template []byte) (document, error) {
	var whole map[string]any
	d := json.NewDecoder(bytes.NewReader(template))
	d.UseNumber()
	if err := d.Decode(&whole); err != nil {
		return document{}, &fault.Fault{Kind: fault.Input, Name: name, What: "is no JSON", Err: err, Next: "cutover compares templates in JSON; a stack in YAML is not one that it made."}
	}
	out := document{resources: map[string]map[string]any{}, rest: whole}
	all, _ := whole["Resources"].(map[string]any)
	for id, r := range all {
		one, ok := r.(map[string]any)
		if !ok {
			return document{}, &fault.Fault{Kind: fault.Input, Name: name, What: "has a resource that is no object", Got: id}
		}
		out.resources[id] = one
	}
	delete(whole, "Resources")
	return out, nil
}

// changed notes what is different in one resource.
func (c *Changes) changed(id string, a, b map[string]any) {
	properties := differences("", a, b)
	for i := range properties {
		properties[i].Path = strings.TrimPrefix(properties[i].Path, "Properties.")
	}
	if len(properties) == 0 {
		return
	}
	c.Changed++
	kind := text(b["Type"])
	r := ResourceChange{Action: Changed, ID: id, Type: kind, Name: nameIn(b), Words: words(a, b), Replaced: "no", Properties: properties}
	if text(a["Type"]) != kind {
		r.Replaced = "yes"
	}
	for _, p := range properties {
		if fixed(kind, p.Path) {
			r.Replaced = "yes"
		}
	}
	c.Resources = append(c.Resources, r)
}

// With adds what CloudFormation itself says of the change set: it knows of
// replacements that follow from others.
func (c Changes) With(proposed []Proposed) Changes {
	c.Resources, c.Warnings = slices.Clone(c.Resources), slices.Clone(c.Warnings)
	for _, p := range proposed {
		said := map[string]string{"True": "yes", "Conditional": "maybe"}[p.Replacement]
		if said == "" {
			continue
		}
		i := slices.IndexFunc(c.Resources, func(r ResourceChange) bool { return r.ID == p.ID })
		if i < 0 {
			c.Changed++
			c.None = false
			c.Resources = append(c.Resources, ResourceChange{Action: Changed, ID: p.ID, Type: p.Type, Replaced: said, Properties: []Property{}, Words: "follows from another change"})
			c.consequence(c.Resources[len(c.Resources)-1])
			continue
		}
		if c.Resources[i].Replaced == "no" {
			c.Resources[i].Replaced = said
			c.consequence(c.Resources[i])
		}
	}
	return c
}

// keys are by what the objects of a list are told apart; the first that all of
// them have counts.
var keys = []string{"Key", "Sid", "Id", "Name", "Endpoint", "MetricName"}

// keyed makes a list of objects into a map, nil if it has no key.
func keyed(list []any) map[string]any {
	for _, key := range keys {
		out := map[string]any{}
		for _, e := range list {
			if m, ok := e.(map[string]any); ok && text(m[key]) != "" {
				out[text(m[key])] = e
			}
		}
		if len(out) == len(list) && len(list) > 0 {
			return out
		}
	}
	return nil
}

// differences lists where two values part, by path, in a stable order.
func differences(path string, a, b any) []Property {
	if body, ok := bodies(path, a, b); ok {
		return body
	}
	switch x := a.(type) {
	case map[string]any:
		if y, ok := b.(map[string]any); ok {
			return fields(path, x, y, false)
		}
	case []any:
		y, ok := b.([]any)
		if !ok {
			break
		}
		if m, n := keyed(x), keyed(y); m != nil && n != nil {
			return fields(path, m, n, true)
		}
		return items(path, x, y)
	}
	if show(a) == show(b) {
		return nil
	}
	return []Property{{Path: path, Old: show(a), New: show(b)}}
}

func fields(path string, x, y map[string]any, list bool) []Property {
	names := slices.Collect(maps.Keys(x))
	for n := range y {
		if _, both := x[n]; !both {
			names = append(names, n)
		}
	}
	slices.Sort(names)
	var all []Property
	for _, n := range names {
		next := n
		if list {
			next = path + "[" + n + "]"
		} else if path != "" {
			next = path + "." + n
		}
		a, had := x[n]
		b, has := y[n]
		switch {
		case !had:
			all = append(all, Property{Path: next, New: show(b)})
		case !has:
			all = append(all, Property{Path: next, Old: show(a)})
		default:
			all = append(all, differences(next, a, b)...)
		}
	}
	return all
}

// items compares lists without keys: what came and what went, or, of the same
// length, one by one.
func items(path string, x, y []any) []Property {
	var all []Property
	if len(x) == len(y) {
		for i := range x {
			all = append(all, differences(path+"["+strconv.Itoa(i+1)+"]", x[i], y[i])...)
		}
		return all
	}
	left := slices.Clone(y)
	for _, e := range x {
		if i := slices.IndexFunc(left, func(o any) bool { return show(o) == show(e) }); i >= 0 {
			left = slices.Delete(left, i, i+1)
		} else {
			all = append(all, Property{Path: path, Old: show(e)})
		}
	}
	for _, e := range left {
		all = append(all, Property{Path: path, New: show(e)})
	}
	return all
}
