package template

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// mostGrown bounds what functions may make of a file, in bytes: text that
// stands once may be filled in often.
const mostGrown = 16 << 20

// mostSteps bounds how often values are resolved: one that stands once may be
// asked for often, and asks for others itself.
const mostSteps = 10 * mostNodes

// resolver resolves functions. Parameters count with their default; a condition
// that asks for a parameter or the region stays open.
type resolver struct {
	root      *node
	resources map[string]bool
	grown     int
	steps     int
	deciding  map[string]bool
	// asked are the parameters that decide whether what is being resolved exists:
	// there it need not have its default.
	asked map[string]int
	// asking are the parameters of each condition that was looked at.
	asking map[string][]string
}

func open(n *node, text string, refs ...string) *Value {
	return &Value{Kind: Open, Text: text, Line: n.line, refs: refs}
}

func (r *resolver) scalar(n *node, text string) *Value {
	if r.grown += len(text); r.grown > mostGrown {
		return open(n, "")
	}
	return &Value{Kind: Scalar, Text: text, Line: n.line}
}

func (r *resolver) value(n *node) *Value {
	if n == nil {
		return nil
	}
	if r.steps++; r.steps > mostSteps {
		return open(n, "")
	}
	if name, arg := n.function(); name != "" {
		return r.call(n, name, arg)
	}
	v := &Value{Line: n.line}
	switch n.kind {
	case nodeScalar:
		return r.scalar(n, n.text)
	case nodeList:
		v.Kind = List
		for _, item := range n.items {
			v.Items = append(v.Items, r.value(item))
		}
	case nodeMap:
		v.Kind, v.fields = Map, map[string]*Value{}
		for _, e := range n.entries {
			v.keys = append(v.keys, e.key)
			v.fields[e.key] = r.value(e.value)
		}
	}
	return v
}

func (r *resolver) call(n *node, name string, arg *node) *Value {
	switch name {
	case "Ref":
		return r.ref(n, arg.text)
	case "Fn::GetAtt":
		return r.getAtt(n, arg)
	case "Fn::Sub":
		return r.sub(n, arg)
	case "Fn::Join":
		return r.join(n, arg)
	case "Fn::If":
		return r.choose(n, arg)
	case "Fn::Select":
		return r.pick(n, arg)
	case "Fn::Split":
		return r.split(n, arg)
	case "Fn::FindInMap":
		return r.find(n, arg)
	}
	// Whatever else it is, the resources that it names are named.
	return open(n, "", r.value(arg).Refs()...)
}

func (r *resolver) ref(n *node, name string) *Value {
	switch {
	case name == "AWS::NoValue":
		return &Value{Kind: Absent, Line: n.line}
	case r.resources[name]:
		return open(n, "${"+name+"}", name)
	}
	if text, ok := r.parameter(name); ok {
		return r.scalar(n, text)
	}
	return open(n, "${"+name+"}")
}

// parameter is the default of a parameter that is one plain value. An empty
// one stands for what must be given, and one of SSM's is only a name.
func (r *resolver) parameter(name string) (string, bool) {
	p := r.root.get("Parameters").get(name)
	kind, value := p.get("Type"), p.get("Default")
	if r.asked[name] > 0 || value == nil || value.kind != nodeScalar || value.text == "" || kind == nil || kind.text != "String" && kind.text != "Number" {
		return "", false
	}
	return value.text, true
}

func (r *resolver) getAtt(n, arg *node) *Value {
	name := arg.text
	if arg.kind == nodeList && len(arg.items) == 2 {
		name = arg.items[0].text + "." + arg.items[1].text
	}
	id, _, _ := strings.Cut(name, ".")
	return open(n, "${"+name+"}", id)
}

var hole = regexp.MustCompile(`\$\{[^{}$]*\}`)

func (r *resolver) sub(n, arg *node) *Value {
	text, given := arg, (*node)(nil)
	if arg.kind == nodeList && len(arg.items) == 2 {
		text, given = arg.items[0], arg.items[1]
	}
	if text.kind != nodeScalar {
		return open(n, "", r.value(arg).Refs()...)
	}
	var refs []string
	known := true
	filled := hole.ReplaceAllStringFunc(text.text, func(in string) string {
		name := strings.TrimSpace(in[2 : len(in)-1])
		if strings.HasPrefix(name, "!") {
			return "${" + name[1:] + "}"
		}
		if r.grown > mostGrown {
			known = false
			return ""
		}
		var v *Value
		if own := given.get(name); own != nil {
			v = r.value(own)
		} else if strings.Contains(name, ".") {
			v = r.getAtt(n, &node{kind: nodeScalar, text: name})
		} else {
			v = r.ref(n, name)
		}
		refs = append(refs, v.Refs()...)
		if v.Kind != Scalar {
			known = false
		}
		r.grown += len(v.Text)
		return v.Text
	})
	return r.text(n, filled, known, refs)
}

func (r *resolver) text(n *node, text string, known bool, refs []string) *Value {
	if known {
		return r.scalar(n, text)
	}
	if r.grown += len(text); r.grown > mostGrown {
		text = ""
	}
	return open(n, text, refs...)
}

func (r *resolver) join(n, arg *node) *Value {
	if arg.kind != nodeList || len(arg.items) != 2 || arg.items[0].kind != nodeScalar {
		return open(n, "", r.value(arg).Refs()...)
	}
	list := r.value(arg.items[1])
	if list == nil || list.Kind != List {
		return open(n, "", list.Refs()...)
	}
	var parts []string
	known := true
	for _, item := range list.Items {
		if !item.Is() {
			continue
		}
		known = known && item.Kind == Scalar
		parts = append(parts, item.Text)
	}
	return r.text(n, strings.Join(parts, arg.items[0].text), known, list.Refs())
}

// choose takes a branch if the condition can be told now, or if both are the
// same.
func (r *resolver) choose(n, arg *node) *Value {
	if arg.kind != nodeList || len(arg.items) != 3 {
		return open(n, "")
	}
	if value, ok := r.condition(arg.items[0].text); ok {
		if value {
			return r.value(arg.items[1])
		}
		return r.value(arg.items[2])
	}
	names := r.asks(arg.items[0].text)
	r.ask(names, 1)
	one, other := r.value(arg.items[1]), r.value(arg.items[2])
	r.ask(names, -1)
	if text, ok := one.Known(); ok {
		if same, ok := other.Known(); ok && text == same {
			return one
		}
	}
	return open(n, "", slices.Concat(one.Refs(), other.Refs())...)
}

func (r *resolver) pick(n, arg *node) *Value {
	if arg.kind == nodeList && len(arg.items) == 2 {
		list := r.value(arg.items[1])
		i, ok := r.value(arg.items[0]).Whole()
		if list != nil && list.Kind == List && ok && i >= 0 && i < len(list.Items) {
			return list.Items[i]
		}
		return open(n, "", list.Refs()...)
	}
	return open(n, "")
}

func (r *resolver) split(n, arg *node) *Value {
	if arg.kind != nodeList || len(arg.items) != 2 || arg.items[0].text == "" {
		return open(n, "")
	}
	text := r.value(arg.items[1])
	known, ok := text.Known()
	if !ok {
		return open(n, "", text.Refs()...)
	}
	v := &Value{Kind: List, Line: n.line}
	for part := range strings.SplitSeq(known, arg.items[0].text) {
		if len(v.Items) > mostNodes {
			return open(n, "")
		}
		v.Items = append(v.Items, r.scalar(n, part))
	}
	return v
}

func (r *resolver) find(n, arg *node) *Value {
	if arg.kind != nodeList || len(arg.items) < 3 {
		return open(n, "")
	}
	at := r.root.get("Mappings")
	for i, item := range arg.items[:3] {
		// A parameter may be given otherwise, and then another row counts.
		if item.kind != nodeScalar {
			return open(n, "")
		}
		if at = at.get(item.text); at == nil {
			return open(n, strconv.Itoa(i))
		}
	}
	v := &Value{Kind: List, Line: n.line}
	switch at.kind {
	case nodeScalar:
		return r.scalar(n, at.text)
	case nodeList: // of texts: a mapping holds no functions
		for _, item := range at.items {
			v.Items = append(v.Items, r.scalar(n, item.text))
		}
		return v
	}
	return open(n, "")
}
