package publish

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/cutover-dev/cutover/internal/fault"
)

// What of a tree its users write against.
const (
	schemaPath      = "schemas/cutover.schema.json"
	PermissionsPath = "schemas/permissions.json"
)

// SurfacePaths are the files that [SurfaceOf] reads, as git's patterns.
func SurfacePaths() []string { return []string{schemaPath, PermissionsPath, "actions/*/action.yml"} }

// Surface is what the users of one version write against: by the path of a key,
// by the name of an action. A part is nil where the tree does not have it.
type Surface struct {
	Keys        map[string]Key
	Actions     map[string]Action
	Permissions map[string][]string
}

// Key is a key of cutover.yaml.
type Key struct {
	Type, Default, Limits string
	Enum                  []string
	Required              bool
}

// Action is what a workflow can say to an action and read of it.
type Action struct {
	Inputs  map[string]ActionInput
	Outputs map[string]struct{}
}

// ActionInput is an input.
type ActionInput struct {
	Required bool
	Default  string
}

// SurfaceOf reads a tree's files, by their paths.
func SurfaceOf(files map[string][]byte) (Surface, error) {
	s := Surface{Actions: map[string]Action{}}
	if text, ok := files[schemaPath]; ok {
		var root schema
		if err := json.Unmarshal(text, &root); err != nil {
			return s, unread(schemaPath, err)
		}
		s.Keys = map[string]Key{}
		root.walk("", s.Keys)
	}
	if text, ok := files[PermissionsPath]; ok {
		if err := json.Unmarshal(text, &s.Permissions); err != nil {
			return s, unread(PermissionsPath, err)
		}
	}
	for _, path := range slices.Sorted(maps.Keys(files)) {
		rest, ok := strings.CutPrefix(path, "actions/")
		name, file, _ := strings.Cut(rest, "/")
		if !ok || file != "action.yml" {
			continue
		}
		action, err := parseAction(files[path])
		if err != nil {
			return s, unread(path, err)
		}
		s.Actions[name] = action
	}
	return s, nil
}

func unread(path string, err error) error {
	return &fault.Fault{Kind: fault.Input, Name: path, What: "cannot be read", Err: err}
}

func parseAction(text []byte) (Action, error) {
	var file struct {
		Inputs map[string]struct {
			Required bool
			Default  string
		}
		Outputs map[string]yaml.Node
	}
	a := Action{map[string]ActionInput{}, map[string]struct{}{}}
	if err := yaml.Unmarshal(text, &file); err != nil {
		return a, err
	}
	for name, in := range file.Inputs {
		a.Inputs[name] = ActionInput{in.Required, in.Default}
	}
	for name := range file.Outputs {
		a.Outputs[name] = struct{}{}
	}
	return a, nil
}

// schema is as much of a JSON Schema as cutover's own uses.
type schema struct {
	Type       any               `json:"type"`
	Properties map[string]schema `json:"properties"`
	Additional json.RawMessage   `json:"additionalProperties"`
	Items      *schema           `json:"items"`
	Required   []string          `json:"required"`
	Default    json.RawMessage   `json:"default"`
	Enum       []any             `json:"enum"`
	Pattern    string            `json:"pattern"`
	Minimum    json.RawMessage   `json:"minimum"`
	Maximum    json.RawMessage   `json:"maximum"`
	MinItems   json.RawMessage   `json:"minItems"`
	MaxItems   json.RawMessage   `json:"maxItems"`
	MinLength  json.RawMessage   `json:"minLength"`
	MaxLength  json.RawMessage   `json:"maxLength"`
}

// walk writes down the keys below at. What stands below any name is written <name>.
func (s schema) walk(at string, into map[string]Key) {
	for name, p := range s.Properties {
		path := strings.TrimPrefix(at+"."+name, ".")
		into[path] = p.key(slices.Contains(s.Required, name))
		p.walk(path, into)
	}
	if s.Items != nil {
		s.Items.walk(at+"[]", into)
	}
	var below schema
	if len(s.Additional) > 0 && s.Additional[0] == '{' && json.Unmarshal(s.Additional, &below) == nil {
		path := strings.TrimPrefix(at+".<name>", ".")
		into[path] = below.key(false)
		below.walk(path, into)
	}
}

func (s schema) key(required bool) Key {
	k := Key{Default: string(s.Default), Required: required}
	switch t := s.Type.(type) {
	case string:
		k.Type = t
	case []any:
		var names []string
		for _, n := range t {
			names = append(names, fmt.Sprint(n))
		}
		k.Type = strings.Join(names, " or ")
	}
	of := s
	if s.Items != nil { // a list's values are bounded by what each of them may be
		of = *s.Items
		k.Type += fmt.Sprintf(" of %v", of.Type)
	}
	for _, v := range of.Enum {
		k.Enum = append(k.Enum, fmt.Sprint(v))
	}
	slices.Sort(k.Enum)
	var limits []string
	for _, l := range []struct {
		name  string
		value string
	}{
		{"pattern ", of.Pattern}, {"at least ", string(of.Minimum)}, {"at most ", string(of.Maximum)},
		{"shortest ", string(of.MinLength)}, {"longest ", string(of.MaxLength)}, {"fewest ", string(s.MinItems)}, {"most ", string(s.MaxItems)},
	} {
		if l.value != "" {
			limits = append(limits, l.name+l.value)
		}
	}
	k.Limits = strings.Join(limits, ", ")
	return k
}
