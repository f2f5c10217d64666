package template

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

func parseYAML(file string, text []byte) (*node, error) {
	var documents []yaml.Node
	if err := yaml.Load(text, &documents, yaml.WithAllDocuments()); err != nil {
		return nil, syntax(file, err)
	}
	if len(documents) == 0 || len(documents[0].Content) == 0 {
		return nil, unreadable(file, 0, 0, "is empty")
	}
	if len(documents) > 1 {
		return nil, unreadable(file, documents[1].Line, documents[1].Column, "has a second document")
	}
	r := yamlReader{file: file}
	return r.value(documents[0].Content[0], 0)
}

var lineOf = regexp.MustCompile(`line (\d+)`)

// syntax is the library's error with its line.
func syntax(file string, err error) error {
	line := 0
	var known *yaml.LoadError
	if errors.As(err, &known) {
		line = known.Mark.Line
	}
	if m := lineOf.FindStringSubmatch(err.Error()); line == 0 && m != nil {
		line, _ = strconv.Atoi(m[1]) // digits only; too many are no line
	}
	message, _, _ := strings.Cut(err.Error(), "\n")
	if known != nil && known.Message != "" {
		message = known.Message
	}
	return unreadable(file, line, 0, "is no YAML: "+strings.TrimPrefix(message, "yaml: "))
}

type yamlReader struct {
	file   string
	budget budget
}

func (r *yamlReader) value(y *yaml.Node, depth int) (*node, error) {
	if err := r.budget.take(depth); err != nil {
		return nil, unreadable(r.file, y.Line, y.Column, err.Error())
	}
	n := &node{line: y.Line, column: y.Column}
	switch y.Kind {
	case yaml.AliasNode:
		if y.Alias == nil {
			return nil, unreadable(r.file, y.Line, y.Column, "has an alias to nothing")
		}
		return r.value(y.Alias, depth+1)
	case yaml.SequenceNode:
		n.kind = nodeList
		for _, item := range y.Content {
			v, err := r.value(item, depth+1)
			if err != nil {
				return nil, err
			}
			n.items = append(n.items, v)
		}
	case yaml.MappingNode:
		n.kind = nodeMap
		if err := r.mapping(n, y, depth); err != nil {
			return nil, err
		}
	default:
		n.kind, n.text = nodeScalar, y.Value
		if y.ShortTag() == "!!null" {
			n.kind = nodeNull
		}
	}
	return short(n, y.Tag), nil
}

func (r *yamlReader) mapping(n *node, y *yaml.Node, depth int) error {
	merged := []entry{}
	for i := 0; i+1 < len(y.Content); i += 2 {
		key := y.Content[i]
		v, err := r.value(y.Content[i+1], depth+1)
		if err != nil {
			return err
		}
		switch {
		case key.Kind == yaml.AliasNode && key.Alias != nil && key.Alias.Kind == yaml.ScalarNode:
			key = key.Alias
		case key.Kind != yaml.ScalarNode:
			return unreadable(r.file, key.Line, key.Column, "has a key that is no text")
		}
		if key.Value == "<<" {
			merged = append(merged, v.entries...)
			continue
		}
		n.entries = append(n.entries, entry{key.Value, key.Line, key.Column, v})
	}
	if err := double(r.file, n.entries); err != nil {
		return err
	}
	for _, e := range merged {
		if n.get(e.key) == nil {
			n.entries = append(n.entries, e)
		}
	}
	return nil
}

// short writes the short form of a function, such as !Sub, as its long one.
func short(n *node, tag string) *node {
	if !strings.HasPrefix(tag, "!") || strings.HasPrefix(tag, "!!") || tag == "!" {
		return n
	}
	name := strings.TrimPrefix(tag, "!")
	if name != "Ref" && name != "Condition" {
		name = "Fn::" + name
	}
	arg := *n
	return &node{kind: nodeMap, line: n.line, column: n.column, entries: []entry{{fmt.Sprint(name), n.line, n.column, &arg}}}
}
