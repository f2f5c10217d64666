// Package owned reads from what SST and Terraform write down whether a DNS record
// is in their care: their next deployment would undo whatever else changes it.
package owned

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Most bounds a state in bytes.
const Most = 64 << 20

// Terraform says whether a Terraform state has a Route 53 record of this name: the
// output of `terraform state pull` or of `terraform show -json`.
func Terraform(text []byte, name string) (bool, error) {
	return find(text, name, "aws_route53_record", "a state of Terraform", "terraform_version")
}

// SST says whether a state of SST has one: what lies at app/<app>/<stage>.json in
// its bucket, which is Pulumi's checkpoint, or its export.
func SST(text []byte, name string) (bool, error) {
	return find(text, name, "aws:route53/record:Record", "a state of SST", "checkpoint", "deployment")
}

// find looks through a document for resources of a type, wherever they stand, and
// in each for the record's name. A document without any of the marks is none of
// its kind: it must not count as one that has nothing.
func find(text []byte, name, kind, what string, marks ...string) (bool, error) {
	var root map[string]any
	if err := json.Unmarshal(text, &root); err != nil {
		return false, fmt.Errorf("is not %s: %w", what, err)
	}
	known := false
	for _, mark := range marks {
		_, has := root[mark]
		known = known || has
	}
	if !known {
		return false, fmt.Errorf("is not %s: it has none of %s", what, strings.Join(marks, ", "))
	}
	s := search{kind: kind, name: canonical(name)}
	s.resources(root, 0)
	return s.found, nil
}

type search struct {
	kind, name string
	found      bool
}

// deepest is how deep documents are looked into; those of SST and Terraform are
// a tenth as deep.
const deepest = 100

func (s *search) resources(v any, depth int) {
	if depth > deepest || s.found {
		return
	}
	switch v := v.(type) {
	case map[string]any:
		if v["type"] == s.kind {
			s.names(v, depth)
		}
		for _, child := range v {
			s.resources(child, depth+1)
		}
	case []any:
		for _, child := range v {
			s.resources(child, depth+1)
		}
	}
}

// names looks for the record's name among what a resource is called: its name in
// the zone, and its full name.
func (s *search) names(v any, depth int) {
	if depth > deepest {
		return
	}
	switch v := v.(type) {
	case map[string]any:
		for key, child := range v {
			if text, ok := child.(string); ok && (key == "fqdn" || key == "name") && canonical(text) == s.name {
				s.found = true
			}
			s.names(child, depth+1)
		}
	case []any:
		for _, child := range v {
			s.names(child, depth+1)
		}
	}
}

// canonical is a name as names are compared.
func canonical(name string) string { return strings.ToLower(strings.TrimSuffix(name, ".")) }
