// Package template reads anybody's CloudFormation template, JSON or YAML with
// the short forms of functions, and resolves what can be resolved without a
// deployment. What cannot is marked so, and never guessed.
package template

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/cutover-dev/cutover/internal/fault"
)

// The bounds of what is read. CloudFormation takes 1 MB and 500 resources
// (source: CloudFormation User Guide, quotas); a multiple of that is no template.
const (
	MostBytes     = 2 << 20
	mostResources = 2_000
	mostNodes     = 200_000
	mostDepth     = 100
)

// node is a value as it stands in the file.
type node struct {
	kind    nodeKind
	text    string
	line    int
	column  int
	items   []*node
	entries []entry
}

type nodeKind int

const (
	nodeNull nodeKind = iota
	nodeScalar
	nodeList
	nodeMap
)

type entry struct {
	key          string
	line, column int
	value        *node
}

func (n *node) get(key string) *node {
	if n == nil {
		return nil
	}
	for _, e := range n.entries {
		if e.key == key {
			return e.value
		}
	}
	return nil
}

// function is the name and argument if the node calls one: a mapping with the
// one key Ref or Fn::….
func (n *node) function() (name string, arg *node) {
	if n == nil || n.kind != nodeMap || len(n.entries) != 1 {
		return "", nil
	}
	e := n.entries[0]
	if e.key == "Ref" || strings.HasPrefix(e.key, "Fn::") {
		return e.key, e.value
	}
	return "", nil
}

// unreadable is the fault of a file that is no template.
func unreadable(file string, line, column int, what string) *fault.Fault {
	return &fault.Fault{Kind: fault.Input, What: what, File: file, Line: line, Column: column, Next: "Give a CloudFormation template, JSON or YAML."}
}

// budget bounds what a file may grow to: aliases and depth.
type budget struct{ nodes int }

var errTooMuch = errors.New("grows to too much")

func (b *budget) take(depth int) error {
	b.nodes++
	switch {
	case b.nodes > mostNodes:
		return fmt.Errorf("%w: more than %d values, aliases counted", errTooMuch, mostNodes)
	case depth > mostDepth:
		return fmt.Errorf("%w: more than %d levels", errTooMuch, mostDepth)
	}
	return nil
}

// parse reads the file into nodes.
func parse(file string, text []byte) (*node, error) {
	if len(text) > MostBytes {
		return nil, unreadable(file, 0, 0, fmt.Sprintf("has %d bytes, and at most %d are read", len(text), MostBytes))
	}
	if !utf8.Valid(text) {
		return nil, unreadable(file, 0, 0, "is not UTF-8 text")
	}
	trimmed := strings.TrimLeft(string(text), " \t\r\n\ufeff")
	if trimmed == "" {
		return nil, unreadable(file, 0, 0, "is empty")
	}
	// YAML may begin with a brace too, but JSON may hold tabs that YAML refuses.
	if inner := strings.TrimLeft(trimmed[1:], " \t\r\n"); trimmed[0] == '{' && (inner == "" || inner[0] == '"' || inner[0] == '}') {
		return parseJSON(file, text)
	}
	return parseYAML(file, text)
}

// double refuses a key that stands twice: nobody can say which one counts.
func double(file string, entries []entry) error {
	seen := map[string]int{}
	for _, e := range entries {
		if before, ok := seen[e.key]; ok {
			return unreadable(file, e.line, e.column, fmt.Sprintf("has the key %.60q twice, first on line %d", e.key, before))
		}
		seen[e.key] = e.line
	}
	return nil
}
