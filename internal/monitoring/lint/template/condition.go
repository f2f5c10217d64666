package template

import "slices"

// condition decides a named condition as far as it is made of constants.
func (r *resolver) condition(name string) (value, ok bool) {
	n := r.root.get("Conditions").get(name)
	if n == nil || r.deciding[name] {
		return false, false
	}
	r.deciding[name] = true
	defer delete(r.deciding, name)
	return r.decide(n)
}

func (r *resolver) ask(names []string, by int) {
	for _, name := range names {
		r.asked[name] += by
	}
}

// asks are the parameters that a condition depends on.
func (r *resolver) asks(condition string) []string {
	if names, ok := r.asking[condition]; ok {
		return names
	}
	var names []string
	seen := map[string]bool{}
	var within func(n *node)
	ask := func(condition string) {
		if !seen[condition] {
			seen[condition] = true
			within(r.root.get("Conditions").get(condition))
		}
	}
	within = func(n *node) {
		if n == nil {
			return
		}
		for _, e := range n.entries {
			switch {
			case e.key == "Ref":
				names = append(names, e.value.text)
			case e.key == "Condition" && e.value.kind == nodeScalar:
				ask(e.value.text)
			default:
				within(e.value)
			}
		}
		for _, item := range n.items {
			within(item)
		}
	}
	ask(condition)
	slices.Sort(names)
	r.asking[condition] = slices.Compact(names)
	return r.asking[condition]
}

func (r *resolver) decide(n *node) (value, ok bool) {
	if n.kind == nodeMap && len(n.entries) == 1 && n.entries[0].key == "Condition" {
		return r.condition(n.entries[0].value.text)
	}
	name, arg := n.function()
	switch {
	case name == "Fn::Equals" && arg.kind == nodeList && len(arg.items) == 2:
		one, other := arg.items[0], arg.items[1]
		return one.text == other.text, one.kind == nodeScalar && other.kind == nodeScalar
	case name == "Fn::Not" && arg.kind == nodeList && len(arg.items) == 1:
		value, ok = r.decide(arg.items[0])
		return !value, ok
	}
	return false, false
}
