package cloud

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"strings"
)

// shelf keeps the properties of resources that no service of this cloud shows.
type shelf struct{ kind string }

// kept is a resource on the shelf.
type kept struct {
	kind       string
	properties map[string]any
}

func (s shelf) create(c *Cloud, d declared) (made, error) {
	m := s.identify(c, d)
	if old, ok := c.shelf[m.id]; ok && old.kind == s.kind {
		return made{}, &handlerError{handlerExists, "Resource of type '" + s.kind + "' with identifier '" + m.id + "' already exists."}
	}
	if c.shelf == nil {
		c.shelf = map[string]kept{}
	}
	c.shelf[m.id] = kept{s.kind, copied(d.properties)}
	return m, nil
}

func (s shelf) update(c *Cloud, id string, d declared) error {
	if _, ok := c.shelf[id]; !ok {
		return s.gone(id)
	}
	c.shelf[id] = kept{s.kind, copied(d.properties)}
	return nil
}

func (s shelf) remove(c *Cloud, id string) error {
	if _, ok := c.shelf[id]; !ok {
		return s.gone(id)
	}
	delete(c.shelf, id)
	return nil
}

func (s shelf) read(c *Cloud, id string) (map[string]any, bool) {
	k, ok := c.shelf[id]
	return copied(k.properties), ok
}

func (s shelf) gone(id string) error {
	return &handlerError{handlerMissing, "Resource of type '" + s.kind + "' with identifier '" + id + "' was not found."}
}

// identify names a resource: by the names that it declares, or by one that
// CloudFormation makes up.
func (s shelf) identify(c *Cloud, d declared) made {
	k := kinds[s.kind]
	var names []string
	for _, path := range k.names {
		if name, ok := at(d.properties, path).(string); ok {
			names = append(names, name)
		}
	}
	id := strings.Join(names, "|")
	if len(names) < len(k.names) || id == "" {
		c.serial++
		id = fmt.Sprintf("%s-%s-%012d", d.stack, d.logical, c.serial)
	}
	service := strings.ToLower(strings.Split(s.kind, "::")[1])
	m := made{id: id, attributes: map[string]string{}}
	switch s.kind {
	// What Ref gives is an ARN, a number or a name; source: each type's page of
	// the Template Reference, "Return values".
	case "AWS::SNS::Topic":
		m.id = arn("sns", id)
	case "AWS::SNS::Subscription", "AWS::CE::AnomalyMonitor", "AWS::CE::AnomalySubscription", "AWS::XRay::SamplingRule", "AWS::XRay::Group":
		m.id = arn(service, id)
	case "AWS::KMS::Key":
		m.id = fmt.Sprintf("%08d-0000-4000-8000-000000000000", c.serial)
	}
	for _, name := range k.attributes {
		m.attributes[name] = m.id
		if name == "Arn" && !strings.HasPrefix(m.id, "arn:") {
			m.attributes[name] = arn(service, strings.ToLower(s.kind[strings.LastIndexByte(s.kind, ':')+1:])+"/"+m.id)
		}
		if name == "TopicName" {
			m.attributes[name] = id
		}
	}
	return m
}

// copied is a deep copy, numbers as JSON reads them.
func copied(m map[string]any) map[string]any {
	if m == nil {
		return nil
	}
	text, err := json.Marshal(m)
	if err != nil {
		return maps.Clone(m)
	}
	var out map[string]any
	if json.Unmarshal(text, &out) != nil {
		return maps.Clone(m)
	}
	return out
}

// same compares values as CloudFormation does: a number may stand as text.
func same(a, b any) bool {
	switch x := a.(type) {
	case map[string]any:
		y, ok := b.(map[string]any)
		if !ok || len(x) != len(y) {
			return false
		}
		for k, v := range x {
			if w, ok := y[k]; !ok || !same(v, w) {
				return false
			}
		}
		return true
	case []any:
		y, ok := b.([]any)
		if !ok || len(x) != len(y) {
			return false
		}
		for i := range x {
			if !same(x[i], y[i]) {
				return false
			}
		}
		return true
	case nil:
		return b == nil
	}
	return reflect.DeepEqual(a, b) || (b != nil && fmt.Sprint(a) == fmt.Sprint(b))
}
