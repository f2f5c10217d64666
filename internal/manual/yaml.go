package manual

import (
	"fmt"
	"regexp"
	"slices"

	"go.yaml.in/yaml/v4"
)

// Shape is what a block of YAML is.
type Shape int

// A block of YAML is a cutover.yaml or a part of one, a workflow or a part of
// one, or a template of CloudFormation.
const (
	Configuration Shape = iota
	Workflow
	Template
)

// ShapeOf tells them apart by their keys, and completes a part, so that the
// whole can be judged: the steps of a job get a job, the job a workflow, a
// section of cutover.yaml the rest of example.
func ShapeOf(body, example string) (Shape, string, error) {
	body = own.ReplaceAllString(body, "./actions/$1")
	var document yaml.Node
	if err := yaml.Unmarshal([]byte(body), &document); err != nil {
		return 0, "", fmt.Errorf("no YAML: %w", err)
	}
	if len(document.Content) == 0 {
		return 0, "", fmt.Errorf("no YAML: empty")
	}
	root := document.Content[0]
	keys := keysOf(root)
	switch {
	case slices.Contains(keys, "Resources"):
		return Template, body, nil
	case root.Kind == yaml.SequenceNode:
		return workflow(mapping("example", mapping("steps", root)))
	case slices.Contains(keys, "jobs"):
		return workflow(child(root, "jobs"))
	case slices.Contains(keys, "steps"):
		return workflow(mapping("example", root))
	case slices.Equal(keys, []string{"permissions"}):
		return workflow(mapping("example", root))
	case root.Kind == yaml.MappingNode && len(keys) > 0 && !slices.ContainsFunc(keys, func(k string) bool { return !slices.Contains(keysOf(child(root, k)), "steps") }):
		return workflow(root)
	}
	if slices.Contains(keys, "project") {
		return Configuration, body, nil
	}
	var whole yaml.Node
	if err := yaml.Unmarshal([]byte(example), &whole); err != nil {
		return 0, "", fmt.Errorf("the example: %w", err)
	}
	put(whole.Content[0], root)
	text, err := yaml.Marshal(&whole)
	if err != nil {
		return 0, "", fmt.Errorf("writing YAML: %w", err)
	}
	return Configuration, string(text), nil
}

// own is one of this repository's actions, as others call it.
var own = regexp.MustCompile(`cutover-dev/cutover/actions/([a-z-]+)@(<[^>\n]+>|[0-9a-f]{40})`)

// put puts the keys of a part into a whole, and below a key those below it.
func put(whole, part *yaml.Node) {
	for i := 0; i+1 < len(part.Content) && part.Kind == yaml.MappingNode; i += 2 {
		key, value := part.Content[i], part.Content[i+1]
		old := child(whole, key.Value)
		switch {
		case old == nil:
			whole.Content = append(whole.Content, key, value)
		case old.Kind == yaml.MappingNode && value.Kind == yaml.MappingNode:
			put(old, value)
		default:
			*old = *value
		}
	}
}

var (
	ofStep = regexp.MustCompile(`steps\.([a-z][a-z0-9_-]*)\.`)
	ofJob  = regexp.MustCompile(`needs\.([a-z][a-z0-9_-]*)\.outputs\.([a-z][a-z0-9_-]*)`)
)

// workflow makes a whole of jobs that stand in for those of a reader: what a
// page leaves out (the runner, an earlier step or job) is put in.
func workflow(jobs *yaml.Node) (Shape, string, error) {
	if jobs.Kind != yaml.MappingNode {
		return 0, "", fmt.Errorf("jobs are no mapping")
	}
	for i := 1; i < len(jobs.Content); i += 2 {
		if jobs.Content[i].Kind != yaml.MappingNode {
			return 0, "", fmt.Errorf("the job %s is no mapping", jobs.Content[i-1].Value)
		}
	}
	text, err := yaml.Marshal(jobs)
	if err != nil {
		return 0, "", fmt.Errorf("writing YAML: %w", err)
	}
	for _, m := range ofJob.FindAllStringSubmatch(string(text), -1) {
		outputs := child(ensure(jobs, m[1], yaml.MappingNode), "outputs")
		if outputs == nil && child(child(jobs, m[1]), "steps") == nil {
			outputs = ensure(child(jobs, m[1]), "outputs", yaml.MappingNode)
		}
		if outputs != nil && child(outputs, m[2]) == nil {
			outputs.Content = append(outputs.Content, scalar(m[2]), scalar("x"))
		}
	}
	for i := 0; i < len(jobs.Content); i += 2 {
		for _, need := range needed(child(jobs.Content[i+1], "needs")) {
			ensure(jobs, need, yaml.MappingNode)
		}
	}
	for i := 0; i < len(jobs.Content); i += 2 {
		if err := complete(jobs.Content[i+1]); err != nil {
			return 0, "", err
		}
	}
	out, err := yaml.Marshal(mapping("on", scalar("push"), "jobs", jobs))
	if err != nil {
		return 0, "", fmt.Errorf("writing YAML: %w", err)
	}
	return Workflow, string(out), nil
}

// complete gives a job its runner, and the steps that others refer to.
func complete(job *yaml.Node) error {
	if child(job, "runs-on") == nil && child(job, "uses") == nil {
		job.Content = append(job.Content, scalar("runs-on"), scalar("ubuntu-latest"))
	}
	steps := ensure(job, "steps", yaml.SequenceNode)
	text, err := yaml.Marshal(job)
	if err != nil {
		return fmt.Errorf("writing YAML: %w", err)
	}
	there := map[string]bool{}
	for _, s := range steps.Content {
		if id := child(s, "id"); id != nil {
			there[id.Value] = true
		}
	}
	var before []*yaml.Node
	for _, m := range ofStep.FindAllStringSubmatch(string(text), -1) {
		if !there[m[1]] {
			there[m[1]] = true
			before = append(before, mapping("id", scalar(m[1]), "run", scalar("true")))
		}
	}
	steps.Content = append(before, steps.Content...)
	if len(steps.Content) == 0 {
		steps.Content = append(steps.Content, mapping("run", scalar("true")))
	}
	return nil
}

func needed(n *yaml.Node) []string {
	switch {
	case n == nil:
		return nil
	case n.Kind == yaml.ScalarNode:
		return []string{n.Value}
	}
	var names []string
	for _, c := range n.Content {
		names = append(names, c.Value)
	}
	return names
}

func keysOf(n *yaml.Node) []string {
	var keys []string
	if n != nil && n.Kind == yaml.MappingNode {
		for i := 0; i < len(n.Content); i += 2 {
			keys = append(keys, n.Content[i].Value)
		}
	}
	return keys
}

func child(n *yaml.Node, key string) *yaml.Node {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}

func ensure(n *yaml.Node, key string, kind yaml.Kind) *yaml.Node {
	if c := child(n, key); c != nil {
		return c
	}
	c := &yaml.Node{Kind: kind}
	n.Content = append(n.Content, scalar(key), c)
	return c
}

func scalar(s string) *yaml.Node { return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s} }

// mapping makes a mapping of keys and nodes in turn.
func mapping(pairs ...any) *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode}
	for _, p := range pairs {
		switch p := p.(type) {
		case string:
			n.Content = append(n.Content, scalar(p))
		case *yaml.Node:
			n.Content = append(n.Content, p)
		}
	}
	return n
}
