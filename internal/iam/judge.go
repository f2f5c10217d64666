package iam

import (
	"fmt"
	"slices"
	"strings"
)

// Call is a request as IAM judges it.
type Call struct {
	// Action is such as s3:GetObject, Resource an ARN, or * for an action that
	// knows no resources.
	Action, Resource string
	// Context are the values of condition keys. nil means that nobody has
	// recorded them: then conditions are not judged. A key that is not in it was
	// not sent.
	Context map[string][]string
}

func (c Call) String() string { return c.Action + " on " + c.Resource }

// Allows says whether a statement of the policy allows the call, as IAM
// evaluates it; source: IAM User Guide, "Policy evaluation logic" and
// "Condition operators".
func (p Policy) Allows(c Call) bool {
	return slices.ContainsFunc(p.Statement, func(s Statement) bool { return s.Allows(c) })
}

// Allows says whether this statement does.
func (s Statement) Allows(c Call) bool {
	// Actions are compared without case, resources with it.
	action := slices.ContainsFunc(s.Action, func(a string) bool { return matches(strings.ToLower(a), strings.ToLower(c.Action)) })
	resource := slices.ContainsFunc(s.Resource, func(r string) bool { return matches(r, c.Resource) })
	return action && resource && (c.Context == nil || s.Condition.hold(c.Context))
}

// hold evaluates all operators that this package uses; another is a mistake of
// the table, and nothing is allowed by a mistake.
func (c Conditions) hold(context map[string][]string) bool {
	for operator, keys := range c {
		for key, values := range keys {
			sent, there := context[key]
			if !holds(operator, values, sent, there) {
				return false
			}
		}
	}
	return true
}

func holds(operator string, values, sent []string, there bool) bool {
	fits := func(like bool) func(string) bool {
		return func(v string) bool {
			return slices.ContainsFunc(values, func(w string) bool { return w == v || like && matches(w, v) })
		}
	}
	switch operator {
	case "StringEquals":
		return there && slices.ContainsFunc(sent, fits(false))
	case "StringLike", "ArnLike":
		return there && slices.ContainsFunc(sent, fits(true))
	case "StringLikeIfExists":
		return !there || slices.ContainsFunc(sent, fits(true))
	case "ForAnyValue:StringEquals":
		return slices.ContainsFunc(sent, fits(false))
	case "ForAllValues:StringEquals":
		return !slices.ContainsFunc(sent, func(v string) bool { return !fits(false)(v) })
	}
	return false
}

// matches compares a pattern of IAM's: * is any text, also an empty one and with
// slashes and colons, ? one character.
func matches(pattern, text string) bool {
	p, t, star, mark := 0, 0, -1, 0
	for t < len(text) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, t
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == text[t]):
			p, t = p+1, t+1
		case star >= 0:
			mark++
			p, t = star+1, mark
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}

// Denied are the calls that the policy does not allow, each once.
func (p Policy) Denied(calls []Call) []string {
	var denied []string
	for _, c := range calls {
		if !p.Allows(c) {
			denied = append(denied, c.String())
		}
	}
	return ordered(denied)
}

// Grant is one action on one resource, as a need asks for it.
type Grant struct {
	// Key is the same for the same line of the table, whatever names it is for.
	Key string
	// Action and Resource are what is allowed, Why the need's reason.
	Action, Resource, Why string
}

func (g Grant) String() string { return g.Action + " on " + g.Resource + " (" + g.Why + ")" }

// Unused are the grants that no call has used: a permission that nobody needs is
// one too many. What the action does not call itself is left out.
func Unused(needs []Need, calls []Call) []Grant {
	var unused []Grant
	for _, n := range needs {
		if n.By != "" {
			continue
		}
		for _, a := range n.Actions {
			for i, r := range n.Resources {
				one := Statement{Action: []string{a}, Resource: []string{r}, Condition: n.When}
				if !slices.ContainsFunc(calls, one.Allows) {
					unused = append(unused, Grant{fmt.Sprintf("%s %d %s", a, i, n.Why), a, r, n.Why})
				}
			}
		}
	}
	return unused
}
