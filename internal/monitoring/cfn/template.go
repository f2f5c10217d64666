// Package cfn is what the monitoring stack needs of CloudFormation: a template
// and the few kinds of resources in it, as small typed structs. The same
// template gives the same bytes.
package cfn

import (
	"bytes"
	"encoding/json"
)

// The limits of a template; source: CloudFormation User Guide, quotas.
const (
	// MostInline is the longest template that is taken without a bucket.
	MostInline = 51_200
	// MostResources is how many resources a stack may have.
	MostResources = 500
)

// Template is one CloudFormation template.
type Template struct {
	AWSTemplateFormatVersion string
	Description              string
	// Metadata is kept with the stack and means nothing to CloudFormation.
	Metadata  map[string]any `json:",omitempty"`
	Resources map[string]Resource
	Outputs   map[string]Output
}

// Resource is one resource of a template.
type Resource struct {
	Type       string
	DependsOn  []string `json:",omitempty"`
	Properties Properties
}

// Properties are what a kind of resource takes. Kind is its name at
// CloudFormation.
type Properties interface{ Kind() string }

// Output is what the deployed stack tells.
type Output struct {
	Description string
	Value       any
}

// New is an empty template.
func New(description string) Template {
	return Template{AWSTemplateFormatVersion: "2010-09-09", Description: description, Resources: map[string]Resource{}, Outputs: map[string]Output{}}
}

// Add puts a resource into the template and returns what refers to it.
func (t Template) Add(id string, p Properties, after ...string) Ref {
	if _, double := t.Resources[id]; double {
		panic("internal error: two resources " + id) // ids are ours, and tests hold them apart
	}
	t.Resources[id] = Resource{Type: p.Kind(), DependsOn: after, Properties: p}
	return Ref(id)
}

// Text is the template as JSON, over many lines if CloudFormation takes it so
// directly, and else on one, which may be a third as long.
func (t Template) Text() []byte {
	for _, indent := range []string{"  ", " "} {
		if text := encoded(t, indent); len(text) <= MostInline {
			return text
		}
	}
	return encoded(t, "")
}

func encoded(v any, indent string) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", indent)
	if err := e.Encode(v); err != nil {
		panic(err) // structs of strings and numbers always encode
	}
	return b.Bytes()
}

// Ref refers to a resource, a parameter or a pseudo parameter.
type Ref string

// MarshalJSON writes the function Ref.
func (r Ref) MarshalJSON() ([]byte, error) { return json.Marshal(map[string]string{"Ref": string(r)}) }

// Account is the account that the stack is deployed to.
const Account = Ref("AWS::AccountId")

// Sub is text in which CloudFormation fills in what stands in ${}.
type Sub string

// MarshalJSON writes the function Fn::Sub.
func (s Sub) MarshalJSON() ([]byte, error) {
	return json.Marshal(map[string]string{"Fn::Sub": string(s)})
}

// Tag is a tag of a resource.
type Tag struct{ Key, Value string }
