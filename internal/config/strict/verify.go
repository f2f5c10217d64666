package strict

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
)

// tagKeys are the tags that mean something here.
var tagKeys = []string{"yaml", "doc", "default", "required", "enum", "pattern", "allowed", "min", "max", "above",
	"unique", "minitems", "maxitems", "keypattern", "keyallowed", "example"}

// Verify checks the declaration itself: the tags of the struct that v points
// to and of everything in it. It is for tests; a program that passes it has
// no default, example, pattern or bound that the engine would stumble over.
func Verify(v any) error {
	var errs []error
	verifyStruct(under(reflect.TypeOf(v)), "", &errs)
	return errors.Join(errs...)
}

func verifyStruct(t reflect.Type, path string, errs *[]error) {
	for i := range t.NumField() {
		if tag := t.Field(i).Tag; t.Field(i).IsExported() {
			if tag.Get("yaml") == "" {
				*errs = append(*errs, fmt.Errorf("%s.%s has no yaml tag", t, t.Field(i).Name))
			}
			for _, found := range regexp.MustCompile(`(\w+):"`).FindAllStringSubmatch(outsideQuotes(string(tag)), -1) {
				if !slices.Contains(tagKeys, found[1]) {
					*errs = append(*errs, fmt.Errorf("%s.%s: unknown tag %q", t, t.Field(i).Name, found[1]))
				}
			}
		}
	}
	for _, f := range fieldsOf(t) {
		verifyField(t.Field(f.index).Type, join(path, f.name), &f, errs)
	}
}

// outsideQuotes blanks what stands in the quotes of a tag.
func outsideQuotes(tag string) string {
	return regexp.MustCompile(`"(?:[^"\\]|\\.)*"`).ReplaceAllString(tag, `""`)
}

func verifyField(t reflect.Type, path string, f *field, errs *[]error) {
	wrong := func(format string, args ...any) {
		*errs = append(*errs, fmt.Errorf("%s: %s", path, fmt.Sprintf(format, args...)))
	}
	if f.doc == "" || strings.ContainsAny(f.doc, "\n\r") {
		wrong("needs a doc tag of one line")
	}
	if f.required && f.standin != "" {
		wrong("is required and has a default")
	}
	if (f.pattern != "") != (f.allowed != "") || (f.keyPattern != "") != (f.keyAllowed != "") {
		wrong("has a pattern without words, or words without a pattern")
	}
	for _, pattern := range []string{f.pattern, f.keyPattern} {
		if _, err := regexp.Compile(pattern); err != nil {
			wrong("%v", err)
		}
	}
	for _, source := range []string{f.standin, f.example} {
		if source == "" {
			continue
		}
		if err := trial(t, f, source); err != nil {
			wrong("%q does not decode: %v", source, err)
		}
	}
	verifyType(t, path, f, errs)
}

// trial decodes YAML of a tag as the field's value, without required keys of
// the examples being forgiven.
func trial(t reflect.Type, f *field, source string) error {
	n := parseDefault(source)
	if n == nil {
		return errors.New("it is not YAML")
	}
	d := &decoder{problems: &Problems{file: "tag"}, nodes: map[string]*node{}, root: t}
	d.value(n, "value", reflect.New(t).Elem(), f)
	if d.problems.Len() > 0 {
		return d.problems
	}
	return nil
}

// verifyType checks that the engine knows the type, and goes down.
func verifyType(t reflect.Type, path string, f *field, errs *[]error) {
	wrong := func(text string) { *errs = append(*errs, fmt.Errorf("%s: %s", path, text)) }
	optional := t.Kind() == reflect.Pointer
	t = under(t)
	_, scalar := syntaxOf(t)
	isNumber := t.Kind() == reflect.Int || t.Kind() == reflect.Int64 || t.Kind() == reflect.Bool
	for _, limit := range []string{f.min, f.max, f.above} {
		v := reflect.New(t).Elem()
		if limit != "" && isNumber && read(&node{kind: number, text: limit}, v, &field{}) != nil {
			wrong("the bound " + limit + " does not parse")
		}
	}
	if isNumber && !optional && !f.required && f.standin == "" {
		wrong("needs a default, or required, or a pointer: zero would pass for a value")
	}
	inner := f.element()
	inner.required = true
	switch {
	case scalar, t.Kind() == reflect.String, t.Kind() == reflect.Bool, t.Kind() == reflect.Int:
	case t.Kind() == reflect.Struct:
		verifyStruct(t, path, errs)
	case t.Kind() == reflect.Slice:
		verifyType(t.Elem(), path+"[]", inner, errs)
	case t.Kind() == reflect.Map && t.Key().Kind() == reflect.String:
		verifyType(t.Elem(), path+"[]", inner, errs)
	default:
		wrong("has the type " + t.String() + ", which the engine does not read")
	}
}
