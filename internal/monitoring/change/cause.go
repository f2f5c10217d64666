package change

import (
	"regexp"
	"strings"

	"github.com/cutover-dev/cutover/internal/fault"
)

// Cause is what made an operation fail, and not what failed because of it.
type Cause struct {
	Logical string `json:"logical_id"`
	Type    string `json:"type"`
	Status  string `json:"status"`
	Reason  string `json:"reason"`
	// Meaning is what that is in our words, empty if the reason is not a known
	// one; Next is what to do.
	Meaning string `json:"meaning"`
	Next    string `json:"next"`
	kind    fault.Kind
}

const typeStack = "AWS::CloudFormation::Stack"

// consequences are the reasons of failures that another failure brought about.
var consequences = []string{"Resource creation cancelled", "Resource update cancelled", "Resource deletion cancelled"}

// FirstCause finds the earliest failure among the events of one operation, which
// are in the order in which they happened. What was given up because of another
// failure is none, nor what a stack says of its resources. nil if nothing
// failed.
func FirstCause(events []Event) *Cause {
	var symptom *Event
	for i, e := range events {
		if !strings.HasSuffix(e.Status, "_FAILED") && (e.Type != typeStack || !strings.Contains(e.Status, "ROLLBACK_IN_PROGRESS")) {
			continue
		}
		if e.Type == typeStack || consequence(e.Reason) {
			if symptom == nil {
				symptom = &events[i]
			}
			continue
		}
		return because(e)
	}
	if symptom == nil {
		return nil
	}
	return because(*symptom)
}

func consequence(reason string) bool {
	for _, c := range consequences {
		if strings.HasPrefix(strings.TrimSpace(reason), c) {
			return true
		}
	}
	return false
}

// explanation is a reason that is met often.
type explanation struct {
	says    *regexp.Regexp
	meaning string // $1 is what the reason names
	next    string
	kind    fault.Kind
}

// explanations are tried in this order. The texts are AWS's; sources: the
// handlers' messages as CloudFormation shows them in public issues, and the
// error pages of the services' API references.
var explanations = []explanation{
	{
		regexp.MustCompile(`is not authorized to perform: ([A-Za-z0-9-]+:[A-Za-z*]+)`),
		"CloudFormation acts with the rights of the role that deploys, and that role lacks $1.",
		"Give the role $1 on what the reason names; cutover iam prints the policy of the role.", fault.Input,
	},
	{
		regexp.MustCompile(`(?i)AccessDenied|HandlerErrorCode: AccessDenied|not authorized`),
		"CloudFormation acts with the rights of the role that deploys, and that role may not do this.",
		"Give the role what the reason asks for; cutover iam prints the policy of the role.", fault.Input,
	},
	{
		regexp.MustCompile(`custom-named resource requires replacing. Rename (\S+)`),
		"The change needs another resource, and AWS does not make a second one of the name $1.",
		"Remove the resource in one deployment and add it in the next, or undo the change.", fault.Input,
	},
	{
		regexp.MustCompile(`Error creating budget: (.+) - the budget already exists`),
		"There is a budget $1 already: of another stack, or of this one. AWS makes a budget anew to change who is told, and cannot under the same name.",
		"Delete that budget, or leave it out of one deployment, and deploy again. The account's spending is not lost by it.", fault.Input,
	},
	{
		regexp.MustCompile(`(?i)with identifier '?([^' ]+)'? already exists|HandlerErrorCode: AlreadyExists|already exists`),
		"Something of that name exists and is not of this stack: made by hand, or kept from a stack before.",
		"Delete it, or import it into the stack; then deploy again.", fault.Input,
	},
	{
		regexp.MustCompile(`(?i)invalid principal|principal.{0,40}(not valid|invalid)|MalformedPolicyDocument`),
		"A policy names somebody who does not exist in this partition or account.",
		"Compare the principals of the policy with AWS's service names; a role or user in it must exist.", fault.Input,
	},
	{
		regexp.MustCompile(`(?i)Properties validation failed|extraneous key|required key|EarlyValidation|HandlerErrorCode: InvalidRequest|Invalid parameter|ValidationError`),
		"AWS does not take a property of the resource as it is in the template.",
		"Look at the property that the reason names; cfn-lint finds most of these before a deployment.", fault.Input,
	},
	{
		regexp.MustCompile(`(?i)LimitExceeded|ServiceLimitExceeded|limit .{0,30}(exceeded|reached)|exceeds? .{0,30}(quota|limit)|maximum number of`),
		"The account has as many of these as AWS lets it.",
		"Remove some that nobody needs, or ask for more at Service Quotas.", fault.Outside,
	},
	{
		regexp.MustCompile(`(?i)Throttl|Rate exceeded|Too ?Many ?Requests|separate request to update this alarm is in progress|ServiceInternalError|InternalFailure|NotStabilized|NetworkFailure`),
		"AWS was too busy, or failed itself.",
		"Deploy again: nothing of the template is wrong by this.", fault.Outside,
	},
	{
		regexp.MustCompile(`(?i)HandlerErrorCode: NotFound|does not exist|was not found|could not be found`),
		"The resource needs something that is not there: a log group before its filter, a key before its topic.",
		"Deploy the application first, or look whether somebody deleted it by hand; cutover's drift tells.", fault.Input,
	},
}

func because(e Event) *Cause {
	c := &Cause{
		Logical: e.Logical, Type: e.Type, Status: e.Status, Reason: e.Reason, kind: fault.Outside,
		Next: "Read the reason; CloudFormation has undone what it had begun.",
	}
	if c.Reason == "" {
		c.Reason = "CloudFormation gives no reason"
	}
	for _, x := range explanations {
		m := x.says.FindStringSubmatchIndex(e.Reason)
		if m == nil {
			continue
		}
		fill := func(text string) string { return string(x.says.ExpandString(nil, text, e.Reason, m)) }
		c.Meaning, c.Next, c.kind = fill(x.meaning), fill(x.next), x.kind
		break
	}
	return c
}
