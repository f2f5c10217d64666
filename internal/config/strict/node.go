package strict

import (
	"fmt"

	"go.yaml.in/yaml/v4"

	"github.com/cutover-dev/cutover/internal/unit/pattern"
)

// kind is what a node is, seen with the core schema of YAML 1.2.
type kind int

const (
	broken  kind = iota // already reported; the decoder passes over it
	null                // no value
	boolean             // true or false
	number              // a plain number
	text                // any other scalar
	list
	mapping
)

// node is a value of the file or of a default. The YAML library's types stop
// here.
type node struct {
	kind    kind
	text    string // of a scalar, as the author wrote it
	line    int
	column  int
	given   bool // from the file, not from a default
	entries []entry
	items   []*node

	// where the key stands that holds this value; 0 in lists and at the top
	keyLine, keyColumn int
}

// entry is one key of a mapping.
type entry struct {
	key          string
	line, column int
	value        *node
}

// at returns the position that a report about the node should carry: a
// scalar's own, else the key that opens it.
func (n *node) at() (line, column int) {
	if n.keyLine > 0 && (n.kind == list || n.kind == mapping || n.kind == null) {
		return n.keyLine, n.keyColumn
	}
	return n.line, n.column
}

// String says what was written, fit for a message: containers in words, texts
// in quotes, plain numbers and truth values as they stand.
func (n *node) String() string {
	switch n.kind {
	case null:
		return "nothing"
	case list:
		return "a list"
	case mapping:
		return "a mapping"
	}
	if (n.kind == number || n.kind == boolean) && len(n.text) <= 60 {
		return n.text
	}
	return quote(n.text)
}

var (
	plainKey  = pattern.New(`^[A-Za-z_][A-Za-z0-9_-]*$`)
	nullRE    = pattern.New(`^(|~|null|Null|NULL)$`)
	booleanRE = pattern.New(`^(true|True|TRUE|false|False|FALSE)$`)
	numberRE  = pattern.New(`^([-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|0o[0-7]+|0x[0-9a-fA-F]+|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))$`)
)

// resolve decides what a scalar is.
func resolve(n *yaml.Node) kind {
	plain := n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) == 0
	switch {
	case plain && nullRE.MatchString(n.Value):
		return null
	case plain && booleanRE.MatchString(n.Value):
		return boolean
	case plain && numberRE.MatchString(n.Value):
		return number
	}
	return text
}

// build copies the library's tree, and reports what YAML allows but a file
// that people review should not contain.
func (d *decoder) build(y *yaml.Node, path string, depth int) *node {
	n := &node{line: y.Line, column: y.Column, given: true}
	refuse := func(message, suggestion string) *node {
		d.problems.add(Problem{Line: y.Line, Column: y.Column, Path: path, Message: message, Suggestion: suggestion})
		return n
	}
	switch {
	case depth > maxDepth:
		return refuse(fmt.Sprintf("is nested more than %d levels deep", maxDepth), "")
	case y.Kind == yaml.AliasNode:
		return refuse("is an alias (*name); this file has none, so that each line can be read alone",
			"write the value out, or put it in quotes if it starts with *")
	case y.Anchor != "":
		return refuse("carries an anchor (&name); this file has none, so that each line can be read alone",
			"remove the anchor, or put the value in quotes if it starts with &")
	case y.Style&yaml.TaggedStyle != 0:
		return refuse("carries a tag (!name); the types are known already", "remove the tag, or put the value in quotes if it starts with !")
	}
	switch y.Kind {
	case yaml.ScalarNode:
		n.kind, n.text = resolve(y), y.Value
		if name := secretIn(y.Value); name != "" {
			d.secret(name, path, y.Line, y.Column)
			d.wrong = append(d.wrong, path)
			n.kind = broken
		}
	case yaml.SequenceNode:
		n.kind = list
		for i, item := range y.Content {
			n.items = append(n.items, d.build(item, join(path, i), depth+1))
		}
	case yaml.MappingNode:
		n.kind = mapping
		d.entries(n, y, path, depth)
	}
	return n
}

// entries copies the keys of a mapping.
func (d *decoder) entries(n *node, y *yaml.Node, path string, depth int) {
	first := map[string]int{}
	for i := 0; i+1 < len(y.Content); i += 2 {
		key, value := y.Content[i], y.Content[i+1]
		if !d.goodKey(key, path) {
			continue
		}
		at := join(path, key.Value)
		if line, double := first[key.Value]; double {
			d.problems.add(Problem{Line: key.Line, Column: key.Column, Path: at,
				Message: fmt.Sprintf("the key stands twice; first on line %d", line), Suggestion: "remove one of them"})
			continue
		}
		first[key.Value] = key.Line
		child := d.build(value, at, depth+1)
		child.keyLine, child.keyColumn = key.Line, key.Column
		n.entries = append(n.entries, entry{key: key.Value, line: key.Line, column: key.Column, value: child})
	}
}

// goodKey reports keys that are not texts.
func (d *decoder) goodKey(key *yaml.Node, path string) bool {
	problem := Problem{Line: key.Line, Column: key.Column, Path: path}
	if key.Kind == yaml.ScalarNode {
		problem.Path = join(path, key.Value)
	}
	switch {
	case key.Kind == yaml.ScalarNode && secretIn(key.Value) != "":
		d.secret(secretIn(key.Value), path, key.Line, key.Column)
		return false
	case key.Kind != yaml.ScalarNode || key.Anchor != "" || key.Style&yaml.TaggedStyle != 0:
		problem.Message = "a key must be a plain text, without brackets, anchor or tag"
	case key.Value == "<<" && key.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) == 0:
		problem.Message = "merge keys (<<) are not supported, so that each line can be read alone"
		problem.Suggestion = "write the keys out"
	case resolve(key) != text:
		problem.Message = fmt.Sprintf("the key %s is not a text", quote(key.Value))
		problem.Suggestion = "put the key in quotes"
	default:
		return true
	}
	d.problems.add(problem)
	return false
}
