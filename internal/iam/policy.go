// Package iam knows what each action may do at AWS: which calls it makes, on
// which resources, and why. Policies, trust policies, the CloudFormation
// template of the roles and the tests that hold "called = allowed" all come
// from one table, so that none of them can say something else.
//
// Nothing here calls AWS. Names and limits are AWS's; each says its source.
package iam

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// Version is the only version of the policy language that is not history;
// source: IAM User Guide, "Version".
const Version = "2012-10-17"

// MostCharacters is how long a managed policy may be, white space not counted;
// source: IAM User Guide, "IAM and AWS STS quotas".
const MostCharacters = 6144

// Policy is a policy document. The same permissions give the same bytes.
type Policy struct {
	Version   string
	Statement []Statement
}

// Statement allows its actions on its resources if all conditions hold. There
// is no other kind: what is not allowed is denied.
type Statement struct {
	Effect    string `jsonschema:"enum=Allow"`
	Action    []string
	Resource  []string
	Condition Conditions `json:",omitempty"`
}

// Conditions are values by operator and key, such as StringLike and s3:prefix.
type Conditions map[string]map[string][]string

// only makes conditions of one operator and key.
func only(operator, key string, values ...string) Conditions {
	return Conditions{operator: {key: values}}
}

// text is the same for the same conditions: maps are encoded in order.
func (c Conditions) text() string { return compact(c) }

// compact writes v without white space; nothing in this package can fail to
// encode. IAM takes <, > and & as they are.
func compact(v any) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// Characters is the policy's length as IAM counts it.
func (p Policy) Characters() int { return len(compact(p)) }

// PolicyOf puts needs together: what differs only in actions or only in
// resources becomes one statement, and everything stands in order. Merging is
// exact: nothing is allowed that no need asks for.
func PolicyOf(needs []Need) Policy {
	var all []Statement
	for _, n := range needs {
		all = append(all, Statement{Effect: "Allow", Action: n.Actions, Resource: n.Resources, Condition: n.When})
	}
	all = merge(all, func(s Statement) string { return strings.Join(s.Resource, "\n") + s.Condition.text() }, func(to *Statement, s Statement) { to.Action = append(to.Action, s.Action...) })
	all = merge(all, func(s Statement) string { return strings.Join(s.Action, "\n") + s.Condition.text() }, func(to *Statement, s Statement) { to.Resource = append(to.Resource, s.Resource...) })
	slices.SortFunc(all, func(a, b Statement) int {
		return cmp.Or(slices.Compare(a.Action, b.Action), slices.Compare(a.Resource, b.Resource), strings.Compare(a.Condition.text(), b.Condition.text()))
	})
	return Policy{Version, append([]Statement{}, all...)} // a list also when it is empty
}

// merge joins the statements that have the same key, and orders what is within.
func merge(all []Statement, key func(Statement) string, into func(*Statement, Statement)) []Statement {
	byKey := map[string]*Statement{}
	for _, s := range all {
		s.Action, s.Resource = ordered(s.Action), ordered(s.Resource)
		if to := byKey[key(s)]; to != nil {
			into(to, s)
			continue
		}
		byKey[key(s)] = &s
	}
	var merged []Statement
	for _, k := range slices.Sorted(maps.Keys(byKey)) {
		s := *byKey[k]
		s.Action, s.Resource = ordered(s.Action), ordered(s.Resource)
		merged = append(merged, s)
	}
	return merged
}

// ordered sorts a copy and drops what stands there twice.
func ordered(list []string) []string { return slices.Compact(slices.Sorted(slices.Values(list))) }

// Split cuts a policy into ones that IAM takes, statement by statement. most is
// the longest one allowed; a single statement that is longer stays whole.
func (p Policy) Split(most int) []Policy {
	var parts []Policy
	part := Policy{Version: p.Version}
	for _, s := range p.Statement {
		grown := Policy{p.Version, append(slices.Clone(part.Statement), s)}
		if len(part.Statement) > 0 && grown.Characters() > most {
			parts = append(parts, part)
			grown = Policy{p.Version, []Statement{s}}
		}
		part = grown
	}
	if len(part.Statement) > 0 {
		parts = append(parts, part)
	}
	return parts
}
