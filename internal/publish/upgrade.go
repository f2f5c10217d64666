package publish

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Area is a part of what users write against.
type Area string

// The areas, in the note's order.
const (
	Configuration Area = "cutover.yaml"
	ActionInputs  Area = "Actions"
	Permissions   Area = "Permissions at AWS"
)

// Difference is one thing that is not as it was.
type Difference struct {
	Area Area
	// Name is the key, or action and input.
	Name string
	// What says what happened, in words.
	What string
	// Size is what it means for users: Major ones make a workflow or a file that
	// was right wrong, or act otherwise.
	Size Size
}

// Note is an upgrade note: what differs between two trees.
type Note struct {
	From, To    string
	Differences []Difference
	// Unknown are the areas of which one of the two trees says nothing.
	Unknown []Area
}

// Size is that of the largest difference.
func (n Note) Size() Size {
	size := Patch
	for _, d := range n.Differences {
		size = max(size, d.Size)
	}
	return size
}

// Compare says what differs from one tree to another, by what they themselves
// say: nothing in a note is written by hand.
func Compare(from, to Surface) Note {
	var n Note
	if from.Keys == nil || to.Keys == nil {
		n.Unknown = append(n.Unknown, Configuration)
	} else {
		n.compareKeys(from.Keys, to.Keys)
	}
	n.compareActions(from.Actions, to.Actions)
	if from.Permissions == nil || to.Permissions == nil {
		n.Unknown = append(n.Unknown, Permissions)
	} else {
		n.comparePermissions(from.Permissions, to.Permissions)
	}
	return n
}

func (n *Note) say(area Area, size Size, name, format string, args ...any) {
	n.Differences = append(n.Differences, Difference{area, name, fmt.Sprintf(format, args...), size})
}

// both are the names of either side, in order.
func both[T any](a, b map[string]T) []string {
	names := maps.Clone(a)
	if names == nil {
		names = map[string]T{}
	}
	maps.Copy(names, b)
	return slices.Sorted(maps.Keys(names))
}

func (n *Note) compareKeys(from, to map[string]Key) {
	for _, name := range both(from, to) {
		was, before := from[name]
		is, after := to[name]
		parent := name[:max(strings.LastIndex(name, "."), 0)]
		switch {
		case !after:
			if _, whole := to[parent]; parent == "" || whole {
				n.say(Configuration, Major, name, "is gone: remove it from your file")
			}
		case !before && is.Required && !missing(from, parent):
			n.say(Configuration, Major, name, "is new and must be there")
		case !before:
			if !missing(from, parent) { // the section above it is new as a whole
				n.say(Configuration, Minor, name, "is new%s", defaulted(is.Default))
			}
		default:
			n.compareKey(name, was, is)
		}
	}
}

// missing says that the section above a key is not there.
func missing(keys map[string]Key, parent string) bool {
	_, there := keys[strings.TrimSuffix(parent, "[]")]
	return parent != "" && !there
}

func defaulted(value string) string {
	if value == "" {
		return ""
	}
	return "; unless set it is " + value
}

func (n *Note) compareKey(name string, was, is Key) {
	if was.Type != is.Type {
		n.say(Configuration, Major, name, "was %s and is %s", was.Type, is.Type)
	}
	if is.Required && !was.Required {
		n.say(Configuration, Major, name, "must be there now")
	}
	if was.Default != is.Default {
		n.say(Configuration, Major, name, "unless set, was %s and is %s", orNothing(was.Default), orNothing(is.Default))
	}
	for _, v := range was.Enum {
		if !slices.Contains(is.Enum, v) && len(is.Enum) > 0 {
			n.say(Configuration, Major, name, "no longer takes %s", v)
		}
	}
	for _, v := range is.Enum {
		if !slices.Contains(was.Enum, v) && len(was.Enum) > 0 {
			n.say(Configuration, Minor, name, "takes %s too", v)
		}
	}
	if len(was.Enum) == 0 && len(is.Enum) > 0 {
		n.say(Configuration, Major, name, "takes nothing now but %s", strings.Join(is.Enum, ", "))
	}
	if was.Limits != is.Limits {
		n.say(Configuration, Minor, name, "has other limits: was %s, is %s; cutover config check says whether your value is within them", orNothing(was.Limits), orNothing(is.Limits))
	}
}

func orNothing(value string) string {
	if value == "" {
		return "nothing"
	}
	return value
}

func (n *Note) compareActions(from, to map[string]Action) {
	for _, name := range both(from, to) {
		was, before := from[name]
		is, after := to[name]
		switch {
		case !after:
			n.say(ActionInputs, Major, name, "is gone")
			continue
		case !before:
			n.say(ActionInputs, Minor, name, "is new")
			continue
		}
		n.compareInputs(name, was.Inputs, is.Inputs)
		for _, out := range both(was.Outputs, is.Outputs) {
			_, before := was.Outputs[out]
			_, after := is.Outputs[out]
			switch {
			case !after:
				n.say(ActionInputs, Major, name, "has no output %s any more", out)
			case !before:
				n.say(ActionInputs, Minor, name, "has a new output %s", out)
			}
		}
	}
}

func (n *Note) compareInputs(name string, from, to map[string]ActionInput) {
	for _, in := range both(from, to) {
		was, before := from[in]
		is, after := to[in]
		switch {
		case !after:
			n.say(ActionInputs, Major, name, "takes no input %s any more: remove it, an unknown input is refused", in)
		case is.Required && (!before || !was.Required):
			n.say(ActionInputs, Major, name, "needs the input %s", in)
		case !before:
			n.say(ActionInputs, Minor, name, "takes a new input %s%s", in, defaulted(is.Default))
		case was.Default != is.Default:
			n.say(ActionInputs, Major, name, "takes for %s, unless set, %s in the place of %s", in, orNothing(is.Default), orNothing(was.Default))
		}
	}
}

// comparePermissions tells of calls that an action's role must be allowed: an
// action that is new as a whole is told of by its README.
func (n *Note) comparePermissions(from, to map[string][]string) {
	for _, name := range both(from, to) {
		was, before := from[name]
		is, after := to[name]
		if !before || !after {
			continue
		}
		var more, less []string
		for _, call := range is {
			if !slices.Contains(was, call) {
				more = append(more, call)
			}
		}
		for _, call := range was {
			if !slices.Contains(is, call) {
				less = append(less, call)
			}
		}
		if len(more) > 0 {
			n.say(Permissions, Major, name, "needs %s too: bring the roles up to date before you move the pin", strings.Join(more, ", "))
		}
		if len(less) > 0 {
			n.say(Permissions, Patch, name, "no longer needs %s", strings.Join(less, ", "))
		}
	}
}
