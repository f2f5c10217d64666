// Package artillery reads the common part of Artillery's test scripts into a
// plan. What it does not understand is an error that names line and key, never
// left out without a word; what means something else here is a [Note].
//
// source: Artillery docs, "Test scripts", "HTTP engine", "Ensure" and "Expect"
package artillery

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/load"
	"github.com/cutover-dev/cutover/internal/nearest"
)

// Note says what of a script means something else here.
type Note struct {
	Line int    `json:"line"`
	Key  string `json:"key"`
	Text string `json:"text"`
}

// Bounds of a script.
const (
	mostBytes = 1 << 20
	mostNodes = 100_000
	mostSteps = 1000
)

// reader reads one script and collects what is wrong.
type reader struct {
	file  string
	read  func(string) ([]byte, error)
	plan  load.Plan
	notes []Note
	errs  []error
	nodes int
	// headers are those of every request.
	headers []load.Header
}

// Parse reads a script. read gets the files that it names, by their paths as they
// stand there. The plan has no limits; whoever sends it sets them. Without a
// target it cannot be sent yet, and everything else of it was checked.
func Parse(file string, text []byte, read func(path string) ([]byte, error)) (load.Plan, []Note, error) {
	r := &reader{file: file, read: read, plan: load.Plan{Name: "artillery", Seed: 1, Timeout: usualTimeout}}
	if len(text) > mostBytes {
		return load.Plan{}, nil, &fault.Fault{Kind: fault.Input, File: file, What: "is too large for a test script", Allowed: "up to 1 MiB"}
	}
	var root yaml.Node
	if err := yaml.Unmarshal(text, &root); err != nil {
		return load.Plan{}, nil, &fault.Fault{Kind: fault.Input, File: file, What: "is no YAML", Err: err, Next: "Correct the script."}
	}
	if root.Kind != yaml.DocumentNode || len(root.Content) == 0 {
		return load.Plan{}, nil, &fault.Fault{Kind: fault.Input, File: file, What: "is empty", Next: "Give it config and scenarios."}
	}
	r.script(root.Content[0])
	if len(r.errs) == 0 {
		r.whole(root.Content[0])
	}
	if len(r.errs) > 0 {
		return load.Plan{}, nil, errors.Join(r.errs...)
	}
	slices.SortStableFunc(r.notes, func(a, b Note) int { return a.Line - b.Line })
	return r.plan, r.notes, nil
}

// script reads config first: scenarios need its target and headers.
func (r *reader) script(root *yaml.Node) {
	var scenarios *yaml.Node
	r.mapping(root, "", keys{
		"config": func(n *yaml.Node, path string) { r.config(n, path) },
		"scenarios": func(n *yaml.Node, _ string) {
			scenarios = n
		},
		"before": func(n *yaml.Node, path string) { r.note(n, path, "is left out: nothing is sent before the test") },
		"after":  func(n *yaml.Node, path string) { r.note(n, path, "is left out: nothing is sent after the test") },
	})
	if scenarios == nil {
		r.wrong(root, "scenarios", "is missing", "", "Write what virtual users do.")
		return
	}
	r.scenarios(scenarios, "scenarios")
	r.note(scenarios, "scenarios", "redirects are not followed and cookies are not kept, so that every request is one that the plan counts")
	r.note(scenarios, "scenarios", "an answer from 400 on is an error, unless expect names its status")
}

// whole holds what was read to the rules of every plan.
func (r *reader) whole(root *yaml.Node) {
	p := r.plan
	if p.Target == "" {
		p.Target = "http://127.0.0.1"
	}
	if err := p.Validate(); err != nil {
		r.errs = append(r.errs, &fault.Fault{Kind: fault.Input, File: r.file, Line: root.Line, What: "cannot be carried out", Err: err})
	}
}

// keys are what a mapping may have, each with what reads it.
type keys map[string]func(n *yaml.Node, path string)

// mapping reads a mapping, in the order of the file, and refuses other keys.
func (r *reader) mapping(n *yaml.Node, path string, known keys) {
	r.pairs(n, path, func(key string, at, value *yaml.Node) {
		where := join(path, key)
		if read, ok := known[key]; ok {
			read(value, where)
			return
		}
		names := make([]string, 0, len(known))
		for name := range known {
			names = append(names, name)
		}
		slices.Sort(names)
		next := "Remove it, or write what it does in another way."
		if near := nearest.To(key, names); near != "" {
			next = "Did you mean " + near + "?"
		}
		r.wrong(at, where, "is not understood", strings.Join(names, ", "), next)
	})
}

// pairs goes through a mapping; a key that stands twice is refused.
func (r *reader) pairs(n *yaml.Node, path string, each func(key string, at, value *yaml.Node)) {
	if n = r.real(n); n == nil {
		return
	}
	if n.Kind != yaml.MappingNode {
		r.wrong(n, path, "must be a mapping", "", "")
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		if key.Kind != yaml.ScalarNode || seen[key.Value] {
			r.wrong(key, join(path, key.Value), "stands twice, or is no key", "", "Remove it.")
			continue
		}
		seen[key.Value] = true
		each(key.Value, key, n.Content[i+1])
	}
}

// list goes through a list; a single value is a list of one where that is said.
func (r *reader) list(n *yaml.Node, path string, single bool, each func(n *yaml.Node, path string)) {
	if n = r.real(n); n == nil {
		return
	}
	if n.Kind != yaml.SequenceNode {
		if single {
			each(n, path)
			return
		}
		r.wrong(n, path, "must be a list", "", "")
		return
	}
	for i, one := range n.Content {
		each(one, path+"["+strconv.Itoa(i)+"]")
	}
}

// real follows an alias and counts, so that a small file cannot be a large one.
func (r *reader) real(n *yaml.Node) *yaml.Node {
	if r.nodes++; r.nodes > mostNodes {
		if r.nodes == mostNodes+1 {
			r.wrong(n, "", "the script is too large once its aliases and loops are written out", "", "Write a shorter one.")
		}
		return nil
	}
	if n.Kind == yaml.AliasNode && n.Alias != nil {
		n = n.Alias
	}
	return n
}

// text is a scalar as text.
func (r *reader) text(n *yaml.Node, path string) (string, bool) {
	if n = r.real(n); n == nil {
		return "", false
	}
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
		r.wrong(n, path, "must be one value", "", "")
		return "", false
	}
	return n.Value, true
}

// number is a scalar as a number of zero or more.
func (r *reader) number(n *yaml.Node, path string) (float64, bool) {
	text, ok := r.text(n, path)
	if !ok {
		return 0, false
	}
	f, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if err != nil || !(f >= 0 && f <= 1e9) {
		r.wrong(n, path, fmt.Sprintf("%q is no number here", text), "a number from 0 to 1000000000", "Write the number itself: variables of the environment are not read.")
		return 0, false
	}
	return f, true
}

func (r *reader) flag(n *yaml.Node, path string) (value, ok bool) {
	text, ok := r.text(n, path)
	if ok && text != "true" && text != "false" {
		r.wrong(n, path, fmt.Sprintf("%q is neither true nor false", text), "true, false", "")
		return false, false
	}
	return text == "true", ok
}

func (r *reader) wrong(n *yaml.Node, path, what, allowed, next string) {
	const enough = 50
	if len(r.errs) < enough {
		r.errs = append(r.errs, &fault.Fault{Kind: fault.Input, File: r.file, Line: n.Line, Column: n.Column, Name: path, What: what, Allowed: allowed, Next: next})
	}
}

func (r *reader) note(n *yaml.Node, path, text string) {
	note := Note{Line: n.Line, Key: path, Text: text}
	if !slices.Contains(r.notes, note) {
		r.notes = append(r.notes, note)
	}
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
