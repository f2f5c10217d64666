package runner

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/nearest"
)

// Inputs is the one declaration of what a program takes. It serves INPUT_<NAME>,
// --<name>, the help text, the README table and the test that holds action.yml.
type Inputs struct {
	list []*Input
}

// Input is one declared input.
type Input struct {
	Name, Usage string
	// Default is what stands in the table; empty means unset.
	Default string
	// Allowed describes the accepted values, for errors and the table.
	Allowed  string
	Required bool
	// Many inputs may be given several times as flags and one a line in Actions.
	Many bool
	// Secret values are masked everywhere and never printed.
	Secret bool

	set   func(string) error // parses one value into the program's variable
	reset func()             // empties a Many input before its first value
}

// Option changes a declaration.
type Option func(*Input)

// Required makes an empty value an error.
func Required() Option { return func(i *Input) { i.Required = true } }

// Secret masks the value.
func Secret() Option { return func(i *Input) { i.Secret = true } }

// NewInputs starts an empty declaration.
func NewInputs() *Inputs { return &Inputs{} }

// add registers one input; a name declared twice is a programming error.
func (in *Inputs) add(i *Input, options []Option) {
	for _, o := range options {
		o(i)
	}
	if in.find(i.Name) != nil {
		panic("runner: input declared twice: " + i.Name)
	}
	in.list = append(in.list, i)
}

func (in *Inputs) find(name string) *Input {
	for _, i := range in.list {
		if i.Name == name {
			return i
		}
	}
	return nil
}

// String declares a free text.
func (in *Inputs) String(name, fallback, usage string, options ...Option) *string {
	v := fallback
	in.add(&Input{Name: name, Usage: usage, Default: fallback, set: func(s string) error {
		v = s
		return nil
	}}, options)
	return &v
}

// Strings declares a list: repeated flags, or one value a line in Actions.
func (in *Inputs) Strings(name, usage string, options ...Option) *[]string {
	var v []string
	in.add(&Input{Name: name, Usage: usage, Many: true, reset: func() { v = nil }, set: func(s string) error {
		v = append(v, s)
		return nil
	}}, options)
	return &v
}

// Choice declares a text out of a fixed list; the first one is the default.
func (in *Inputs) Choice(name, usage string, choices []string, options ...Option) *string {
	v := choices[0]
	allowed := strings.Join(choices, ", ")
	in.add(&Input{Name: name, Usage: usage, Default: v, Allowed: allowed, set: func(s string) error {
		if !slices.Contains(choices, s) {
			return invalid("is no known value", allowed, nearest.To(s, choices))
		}
		v = s
		return nil
	}}, options)
	return &v
}

// Bool declares a switch: true or false.
func (in *Inputs) Bool(name string, fallback bool, usage string, options ...Option) *bool {
	v := fallback
	const allowed = "true, false"
	in.add(&Input{Name: name, Usage: usage, Default: strconv.FormatBool(fallback), Allowed: allowed, set: func(s string) error {
		switch s {
		case "true":
			v = true
		case "false":
			v = false
		default:
			return invalid("is no truth value", allowed, "")
		}
		return nil
	}}, options)
	return &v
}

// Duration declares a time span such as 30s, 5m or 2h, never negative.
func (in *Inputs) Duration(name string, fallback time.Duration, usage string, options ...Option) *time.Duration {
	v := fallback
	const allowed = "a number with a unit, such as 30s, 5m or 2h"
	in.add(&Input{Name: name, Usage: usage, Default: fallback.String(), Allowed: allowed, set: func(s string) error {
		d, err := time.ParseDuration(s)
		if err != nil || d < 0 {
			return invalid("is no time span", allowed, "")
		}
		v = d
		return nil
	}}, options)
	return &v
}

// Parsed declares an input of any type that a parser of the domain reads. The
// parser's error is shown; allowed says what it takes. The returned pointer is
// nil-valued (the zero of T) until a value or a fallback was given.
func Parsed[T any](in *Inputs, name, fallback, allowed, usage string, parse func(string) (T, error), options ...Option) *T {
	v := new(T)
	i := &Input{Name: name, Usage: usage, Default: fallback, Allowed: allowed, set: func(s string) error {
		t, err := parse(s)
		if err != nil {
			return invalid(err.Error(), allowed, "")
		}
		*v = t
		return nil
	}}
	if fallback != "" {
		if err := i.set(fallback); err != nil {
			panic(fmt.Sprintf("runner: default of %s: %v", name, err))
		}
	}
	in.add(i, options)
	return v
}

// invalid makes the fault that resolve completes with name and value.
func invalid(what, allowed, suggestion string) *fault.Fault {
	f := &fault.Fault{Kind: fault.Input, What: what, Allowed: allowed}
	if suggestion != "" {
		f.Next = fmt.Sprintf("Did you mean %q?", suggestion)
	}
	return f
}

// Env returns the variable an Actions runner or a caller sets for an input:
// "min-lines" is INPUT_MIN_LINES.
func Env(name string) string {
	return "INPUT_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
}
