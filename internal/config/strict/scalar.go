package strict

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/cutover-dev/cutover/internal/unit"
	"github.com/cutover-dev/cutover/internal/unit/pattern"
)

// scalar decodes one text, number or truth value.
func (d *decoder) scalar(n *node, path string, v reflect.Value, f *field) {
	if n.kind == list || n.kind == mapping {
		what := "a text"
		if syntax, ok := syntaxOf(v.Type()); ok {
			what = syntax.Name
		}
		d.report(n, path, Problem{Message: fmt.Sprintf("%s is expected here, not %s", what, n), Allowed: allowedFor(v, f)})
		return
	}
	if len(n.text) > maxText {
		d.report(n, path, Problem{Message: fmt.Sprintf("%s is too long", n), Allowed: fmt.Sprintf("at most %d characters", maxText)})
		return
	}
	problem := read(n, v, f)
	if problem == nil {
		problem = outOfBounds(v, f, n)
	}
	if problem != nil {
		d.report(n, path, *problem)
	}
}

// read parses the text as the type of v. On a problem v stays as it is.
func read(n *node, v reflect.Value, f *field) *Problem {
	switch {
	case texterOf(v) != nil:
		return readTexter(n, v, f)
	case v.Kind() == reflect.Bool:
		return readBool(n, v)
	case v.Kind() == reflect.Int:
		return readInt(n, v)
	}
	return readString(n, v, f)
}

func readTexter(n *node, v reflect.Value, f *field) *Problem {
	fresh := reflect.New(v.Type())
	err := fresh.Interface().(Texter).UnmarshalText([]byte(n.text))
	if err == nil {
		v.Set(fresh.Elem())
		return nil
	}
	var e *unit.Error
	if !errors.As(err, &e) {
		return &Problem{Message: fmt.Sprintf("%s is not allowed: %s", n, err)}
	}
	p := &Problem{Message: fmt.Sprintf("%s %s", n, e.Message), Allowed: e.Allowed, Suggestion: e.Suggestion}
	if len(e.Write) > 0 {
		p.Suggestion = unit.Advice(within(e.Write, v.Type(), f))
	}
	return p
}

// within drops the advice that the bounds of the field would refuse.
func within(texts []string, t reflect.Type, f *field) []string {
	var fits []string
	for _, text := range texts {
		v := reflect.New(t)
		if v.Interface().(Texter).UnmarshalText([]byte(text)) == nil && outOfBounds(v.Elem(), f, &node{}) == nil {
			fits = append(fits, text)
		}
	}
	return fits
}

func readBool(n *node, v reflect.Value) *Problem {
	if n.kind == boolean {
		v.SetBool(strings.EqualFold(n.text, "true"))
		return nil
	}
	p := &Problem{Message: fmt.Sprintf("%s is neither true nor false", n), Allowed: "true, false"}
	switch strings.ToLower(n.text) {
	case "yes", "y", "on", "1", "true":
		p.Suggestion = "write true, without quotes"
	case "no", "n", "off", "0", "false":
		p.Suggestion = "write false, without quotes"
	}
	return p
}

// integerRE leaves out what readers of YAML disagree about, such as 010.
var integerRE = pattern.New(`^(0|-?[1-9][0-9]{0,8})$`)

func readInt(n *node, v reflect.Value) *Problem {
	if !integerRE.MatchString(n.text) {
		return &Problem{Message: fmt.Sprintf("%s is not a whole number", n), Allowed: "a whole number"}
	}
	if n.kind == text {
		return &Problem{Message: fmt.Sprintf("%s is a text, not a number", n), Suggestion: "write " + n.text + " without quotes"}
	}
	number, _ := strconv.Atoi(n.text)
	v.SetInt(int64(number))
	return nil
}

func readString(n *node, v reflect.Value, f *field) *Problem {
	if n.kind != text {
		// Other readers of the file, editors first, would see a number.
		return &Problem{Message: fmt.Sprintf("%s is not a text but a number or truth value", n), Allowed: f.allowed,
			Suggestion: "put it in quotes: " + quote(n.text)}
	}
	if why := hostile(n.text); why != "" {
		return &Problem{Message: fmt.Sprintf("%s %s", n, why), Allowed: f.allowed}
	}
	if f.enum != nil && !slices.Contains(f.enum, n.text) {
		return &Problem{Message: fmt.Sprintf("%s is not allowed", n), Allowed: strings.Join(f.enum, ", "), Suggestion: didYouMean(n.text, f.enum)}
	}
	if f.pattern != "" && !regexp.MustCompile(f.pattern).MatchString(n.text) {
		return &Problem{Message: fmt.Sprintf("%s is not allowed", n), Allowed: f.allowed}
	}
	v.SetString(n.text)
	return nil
}

// hostile says what disqualifies a text from every name and value: it would
// break a log line, be expanded by GitHub, or hide from the reviewer.
func hostile(value string) string {
	switch {
	case value == "":
		return "is empty"
	case strings.TrimSpace(value) != value:
		return "starts or ends with a space or line break"
	case strings.Contains(value, "${{"):
		return "contains ${{, which GitHub expands in workflows only"
	case !utf8.ValidString(value):
		return "is not UTF-8 text"
	}
	for _, r := range value {
		if !unicode.IsPrint(r) {
			return "contains a character that cannot be printed, such as a line break"
		}
	}
	return ""
}

// outOfBounds holds a number or unit to min, max and above.
func outOfBounds(v reflect.Value, f *field, n *node) *Problem {
	if !v.CanInt() {
		return nil
	}
	var why string
	switch {
	case f.above != "" && v.Int() <= bound(v.Type(), f.above):
		why = "must be more than " + f.above
	case f.min != "" && v.Int() < bound(v.Type(), f.min):
		why = "must be at least " + f.min
	case f.max != "" && v.Int() > bound(v.Type(), f.max):
		why = "must be at most " + f.max
	default:
		return nil
	}
	return &Problem{Message: fmt.Sprintf("%s %s", n, why), Allowed: boundsOf(f)}
}

// bound reads a limit in the notation of the type that it limits. A tag that
// is not in this notation reads as 0, which [Verify] finds.
func bound(t reflect.Type, source string) int64 {
	v := reflect.New(t).Elem()
	_ = read(&node{kind: number, text: source}, v, &field{})
	return v.Int()
}

// boundsOf puts the limits in words, "" if there are none.
func boundsOf(f *field) string {
	if f.min != "" && f.min == f.max {
		return f.min
	}
	var parts []string
	if f.above != "" {
		parts = append(parts, "more than "+f.above)
	}
	if f.min != "" {
		parts = append(parts, "at least "+f.min)
	}
	if f.max != "" {
		parts = append(parts, "at most "+f.max)
	}
	return strings.Join(parts, ", ")
}

// allowedFor says in words what may stand in a scalar field.
func allowedFor(v reflect.Value, f *field) string {
	syntax, hasSyntax := syntaxOf(v.Type())
	switch {
	case f.enum != nil:
		return strings.Join(f.enum, ", ")
	case f.allowed != "":
		return f.allowed
	case hasSyntax:
		return syntax.Allowed
	}
	return ""
}
