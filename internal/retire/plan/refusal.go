package plan

import (
	"cmp"
	"slices"
	"strings"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/runbook"
)

// Rule names why a plan is refused.
type Rule string

// The rules.
const (
	OtherAccount Rule = "other_account"      // account or region is not the one that was named
	NotRead      Rule = "not_read"           // something could not be looked at
	Contradicts  Rule = "contradicts"        // one ARN twice, or two owners claim it
	NotThere     Rule = "not_there"          // what was named is not there, or there twice
	OtherOwner   Rule = "other_owner"        // a stack that was not named owns it
	Kept         Rule = "kept"               // a tag protects it
	HoldsData    Rule = "holds_data"         // the stack owns what must outlive ECS
	UsedExport   Rule = "used_export"        // another stack imports it
	UsedImage    Rule = "used_image"         // a Lambda function runs it
	InUse        Rule = "in_use"             // something that stays cannot do without it
	OtherName    Rule = "other_name"         // another record points to the load balancer
	ServesOthers Rule = "serves_others"      // the load balancer forwards to others
	Busy         Rule = "busy"               // a schedule starts it, or the stack is being changed
	Unknown      Rule = "unknown_dependency" // nobody knows what refers to it
	NoOrder      Rule = "no_order"           // they hold each other
	NoGreen      Rule = "no_green"           // nothing would answer the name
	Expired      Rule = "expired"            // older than its validity
)

// Refusal is one reason why there is no plan, and the way out.
type Refusal struct {
	Rule Rule
	// ARN that it is about, empty for none.
	ARN  string
	What string
	Next string
}

// Fault puts the refusal into the words of an error.
func (r Refusal) Fault() *fault.Fault {
	return &fault.Fault{Kind: fault.Refused, Runbooks: []runbook.Kind{runbook.Row("retire", string(r.Rule))}, Name: cmp.Or(r.ARN, "retirement"), What: r.What, Next: r.Next}
}

// Refusals are all reasons, as one error.
type Refusals []Refusal

// Error tells them one by one.
func (r Refusals) Error() string {
	lines := make([]string, len(r))
	for i, one := range r {
		lines[i] = one.Fault().Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap returns them as faults.
func (r Refusals) Unwrap() []error {
	list := make([]error, len(r))
	for i, one := range r {
		list[i] = one.Fault()
	}
	return list
}

// Has says whether the rule is among the reasons.
func (r Refusals) Has(rule Rule) bool {
	return slices.ContainsFunc(r, func(one Refusal) bool { return one.Rule == rule })
}

// settled orders them, each once.
func (r Refusals) settled() Refusals {
	r = slices.Clone(r)
	slices.SortFunc(r, func(a, b Refusal) int {
		return cmp.Or(cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.ARN, b.ARN), cmp.Compare(a.What, b.What))
	})
	return slices.Compact(r)
}
