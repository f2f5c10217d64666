package cloud

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// blueprint is a template as CloudFormation reads it.
type blueprint struct {
	AWSTemplateFormatVersion, Description string
	Metadata                              map[string]any
	Resources                             map[string]struct {
		Type           string
		DependsOn      any
		Properties     map[string]any
		Metadata       map[string]any
		DeletionPolicy string
		// UpdateReplacePolicy is taken and has no effect here.
		UpdateReplacePolicy string
	}
	Outputs map[string]struct {
		Description string
		Value       any
		Export      map[string]any
	}
	text []byte
	// waves are the logical ids, each wave after those that it depends on.
	waves [][]string
}

var logicalID = regexp.MustCompile(`^[A-Za-z0-9]{1,255}$`)

// most are limits of a template; source: CloudFormation User Guide, "Understand
// CloudFormation quotas".
const (
	mostInline    = 51_200
	mostTemplate  = 1 << 20
	mostResources = 500
)

// readTemplate reads a template, and refuses it in CloudFormation's words.
func readTemplate(text []byte) (*blueprint, error) {
	b := &blueprint{text: text}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(b); err != nil {
		if field, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
			return nil, fmt.Errorf("Invalid template property or properties [%s]", strings.Trim(field, `"`)) //nolint:staticcheck // AWS's words
		}
		return nil, fmt.Errorf("Template format error: JSON not well-formed. (%w)", err) //nolint:staticcheck // AWS's words
	}
	if len(b.Resources) == 0 {
		return nil, refused("Template format error: At least one Resources member must be defined.")
	}
	if n := len(b.Resources); n > mostResources {
		return nil, refused("Template format error: Number of resources, %d, is greater than maximum allowed, %d", n, mostResources)
	}
	var strange []string
	for id, r := range b.Resources {
		if _, ok := kinds[r.Type]; !ok {
			strange = append(strange, r.Type)
		}
		if !logicalID.MatchString(id) {
			return nil, refused("Template format error: Resource name %s is non alphanumeric.", id)
		}
	}
	if len(strange) > 0 {
		slices.Sort(strange)
		return nil, refused("Template format error: Unrecognized resource types: [%s]", strings.Join(slices.Compact(strange), ", "))
	}
	return b, b.arrange()
}

func refused(format string, args ...any) error { return fmt.Errorf(format, args...) }

// arrange finds what depends on what.
func (b *blueprint) arrange() error {
	needs := map[string]map[string]bool{}
	var lost []string
	for id, r := range b.Resources {
		needs[id] = map[string]bool{}
		on := append(refers(r.Properties), listed(r.DependsOn)...)
		for _, o := range on {
			if _, ok := b.Resources[o]; ok {
				needs[id][o] = true
			} else if !strings.HasPrefix(o, "AWS::") {
				lost = append(lost, o)
			}
		}
	}
	for _, o := range b.Outputs {
		for _, r := range refers(o.Value) {
			if _, ok := b.Resources[r]; !ok && !strings.HasPrefix(r, "AWS::") {
				return refused("Template format error: Unresolved resource dependencies [%s] in the Outputs block of the template", r)
			}
		}
	}
	if len(lost) > 0 {
		slices.Sort(lost)
		return refused("Template format error: Unresolved resource dependencies [%s] in the Resources block of the template", strings.Join(slices.Compact(lost), ", "))
	}
	for len(needs) > 0 {
		var wave []string
		for id, on := range needs {
			if len(on) == 0 {
				wave = append(wave, id)
			}
		}
		if len(wave) == 0 {
			return refused("Circular dependency between resources: [%s]", strings.Join(slices.Sorted(maps.Keys(needs)), ", "))
		}
		slices.Sort(wave)
		for _, id := range wave {
			delete(needs, id)
			for _, on := range needs {
				delete(on, id)
			}
		}
		b.waves = append(b.waves, wave)
	}
	return nil
}

func listed(v any) []string {
	switch v := v.(type) {
	case string:
		return []string{v}
	case []any:
		var all []string
		for _, e := range v {
			all = append(all, fmt.Sprint(e))
		}
		return all
	}
	return nil
}

// within finds what stands in ${} of Fn::Sub; ${! is a dollar and a brace.
var within = regexp.MustCompile(`\$\{([^!}][^}]*)\}`)

// refers lists what a value refers to.
func refers(v any) []string {
	var all []string
	switch v := v.(type) {
	case map[string]any:
		if len(v) == 1 {
			if id, ok := v["Ref"].(string); ok {
				return []string{id}
			}
			if path := attribute(v["Fn::GetAtt"]); path != nil {
				return path[:1]
			}
			if text, ok := v["Fn::Sub"].(string); ok {
				for _, m := range within.FindAllStringSubmatch(text, -1) {
					id, _, _ := strings.Cut(m[1], ".")
					all = append(all, id)
				}
				return all
			}
		}
		for _, k := range slices.Sorted(maps.Keys(v)) {
			all = append(all, refers(v[k])...)
		}
	case []any:
		for _, e := range v {
			all = append(all, refers(e)...)
		}
	}
	return all
}

// attribute is the resource and the attribute of Fn::GetAtt, nil if v is none.
func attribute(v any) []string {
	switch v := v.(type) {
	case string:
		if id, name, ok := strings.Cut(v, "."); ok {
			return []string{id, name}
		}
	case []any:
		if path := listed(v); len(path) == 2 {
			return path
		}
	}
	return nil
}

// resolve fills in references; unknown functions are refused. Of a resource that
// is not made yet ok is false.
func resolve(v any, value func(id, attribute string) (string, bool)) (any, error) {
	switch v := v.(type) {
	case map[string]any:
		if len(v) == 1 {
			if out, done, err := intrinsic(v, value); done {
				return out, err
			}
		}
		out := map[string]any{}
		for k, e := range v {
			r, err := resolve(e, value)
			if err != nil {
				return nil, err
			}
			out[k] = r
		}
		return out, nil
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			r, err := resolve(e, value)
			if err != nil {
				return nil, err
			}
			out[i] = r
		}
		return out, nil
	}
	return v, nil
}

// intrinsic resolves one of Ref, Fn::GetAtt and Fn::Sub; done says that v is one.
func intrinsic(v map[string]any, value func(id, attribute string) (string, bool)) (out any, done bool, err error) {
	look := func(id, name string) string {
		text, ok := value(id, name)
		if !ok && err == nil {
			err = refused("Template error: instance of %s references undefined resource or attribute %s", id, name)
		}
		return text
	}
	for name, arg := range v {
		path := attribute(arg)
		text, isText := arg.(string)
		switch {
		case name == "Ref" && isText:
			out, done = look(text, ""), true
		case name == "Fn::GetAtt" && path != nil:
			out, done = look(path[0], path[1]), true
		case name == "Fn::Sub" && isText:
			filled := within.ReplaceAllStringFunc(text, func(m string) string {
				id, attr, _ := strings.Cut(m[2:len(m)-1], ".")
				return look(id, attr)
			})
			out, done = strings.ReplaceAll(filled, "${!", "${"), true
		case strings.HasPrefix(name, "Fn::") || name == "Ref":
			return nil, true, refused("Template error: this cloud does not know %s of that form", name)
		}
	}
	return out, done, err
}

// parametersKnown are the expressions of parametersOf, each compiled once.
var parametersKnown sync.Map

func parametersOf(takes string) *regexp.Regexp {
	if known, ok := parametersKnown.Load(takes); ok {
		return known.(*regexp.Regexp)
	}
	compiled := regexp.MustCompile("^(Action|Version|" + takes + ")$")
	parametersKnown.Store(takes, compiled)
	return compiled
}
