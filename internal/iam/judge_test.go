package iam_test

import (
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/iam"
)

func policy(t *testing.T, action string, commands ...string) iam.Policy {
	t.Helper()
	d, err := iam.Find(action)
	if err != nil {
		t.Fatal(err)
	}
	needs, err := d.Needs(all(), commands...)
	if err != nil {
		t.Fatal(err)
	}
	return iam.PolicyOf(needs)
}

// The judge says what AWS would say, conditions included.
//
// Attack: stolen-aws-session
func TestTheJudge(t *testing.T) {
	shift, deploy, keep := policy(t, "traffic-shift"), policy(t, "sst-deploy", "deploy"), policy(t, "archive-artifacts")
	record := func(name, kind, action string) map[string][]string {
		return map[string][]string{
			"route53:ChangeResourceRecordSetsNormalizedRecordNames": {name},
			"route53:ChangeResourceRecordSetsRecordTypes":           {"A", kind},
			"route53:ChangeResourceRecordSetsActions":               {action},
		}
	}
	const zone, change = "arn:aws:route53:::hostedzone/Z0123456789ABCDEFGHIJ", "route53:ChangeResourceRecordSets"
	role := "arn:aws:iam::123456789012:role/lego-api-production-ApiRole-useast1"
	boundary := "arn:aws:iam::123456789012:policy/" + all().Boundary()
	for name, c := range map[string]struct {
		policy iam.Policy
		call   iam.Call
		want   bool
	}{
		"our record":                {shift, iam.Call{Action: change, Resource: zone, Context: record("api.lego.example.com", "AAAA", "CREATE")}, true},
		"our record, other letters": {shift, iam.Call{Action: strings.ToLower(change), Resource: zone, Context: record("api.lego.example.com", "A", "CREATE")}, true},
		"our record, another way":   {shift, iam.Call{Action: change, Resource: zone, Context: record("api.lego.example.com", "A", "UPSERT")}, false},
		"another record":            {shift, iam.Call{Action: change, Resource: zone, Context: record("www.lego.example.com", "A", "CREATE")}, false},
		"another type among them":   {shift, iam.Call{Action: change, Resource: zone, Context: record("api.lego.example.com", "MX", "CREATE")}, false},
		"another zone":              {shift, iam.Call{Action: change, Resource: zone + "X", Context: record("api.lego.example.com", "A", "CREATE")}, false},
		"context not recorded":      {shift, iam.Call{Action: change, Resource: zone}, true},
		"our namespace":             {shift, iam.Call{Action: "cloudwatch:PutMetricData", Resource: "*", Context: map[string][]string{"cloudwatch:namespace": {"Cutover"}}}, true},
		"another namespace":         {shift, iam.Call{Action: "cloudwatch:PutMetricData", Resource: "*", Context: map[string][]string{"cloudwatch:namespace": {"AWS/Lambda"}}}, false},
		"no namespace":              {shift, iam.Call{Action: "cloudwatch:PutMetricData", Resource: "*", Context: map[string][]string{}}, false},
		"a list below the prefix":   {keep, iam.Call{Action: "s3:ListBucket", Resource: "arn:aws:s3:::lego-releases", Context: map[string][]string{"s3:prefix": {"cutover/releases/"}}}, true},
		"a list elsewhere":          {keep, iam.Call{Action: "s3:ListBucket", Resource: "arn:aws:s3:::lego-releases", Context: map[string][]string{"s3:prefix": {"private/"}}}, false},
		"a missing object":          {keep, iam.Call{Action: "s3:ListBucket", Resource: "arn:aws:s3:::lego-releases", Context: map[string][]string{}}, true},
		"another stage's release":   {keep, iam.Call{Action: "s3:PutObject", Resource: "arn:aws:s3:::lego-releases/cutover/releases/staging/r.json"}, false},
		"a delete":                  {keep, iam.Call{Action: "s3:DeleteObject", Resource: "arn:aws:s3:::lego-releases/cutover/releases/production/r.json"}, false},
		"a role with the boundary":  {deploy, iam.Call{Action: "iam:CreateRole", Resource: role, Context: map[string][]string{"iam:PermissionsBoundary": {boundary}}}, true},
		"a role without":            {deploy, iam.Call{Action: "iam:CreateRole", Resource: role, Context: map[string][]string{}}, false},
		"another's role":            {deploy, iam.Call{Action: "iam:CreateRole", Resource: "arn:aws:iam::123456789012:role/admin", Context: map[string][]string{"iam:PermissionsBoundary": {boundary}}}, false},
		"its own role":              {deploy, iam.Call{Action: "iam:PutRolePolicy", Resource: "arn:aws:iam::123456789012:role/cutover-lego-api-production-deploy", Context: map[string][]string{"iam:PermissionsBoundary": {boundary}}}, false},
		"the boundary itself":       {deploy, iam.Call{Action: "iam:CreatePolicyVersion", Resource: boundary}, false},
		"a role for Lambda":         {deploy, iam.Call{Action: "iam:PassRole", Resource: role, Context: map[string][]string{"iam:PassedToService": {"lambda.amazonaws.com"}}}, true},
		"a role for EC2":            {deploy, iam.Call{Action: "iam:PassRole", Resource: role, Context: map[string][]string{"iam:PassedToService": {"ec2.amazonaws.com"}}}, false},
		"another stage's state":     {deploy, iam.Call{Action: "s3:PutObject", Resource: "arn:aws:s3:::sst-state-abc/app/lego-api/staging.json"}, false},
		"the stage's state":         {deploy, iam.Call{Action: "s3:PutObject", Resource: "arn:aws:s3:::sst-state-abc/app/lego-api/production.json"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			if got := c.policy.Allows(c.call); got != c.want {
				t.Errorf("%s with %v is %v", c.call, c.call.Context, got)
			}
		})
	}
}

func TestWildcardsAreIAMs(t *testing.T) {
	for _, c := range []struct {
		pattern, text string
		want          bool
	}{
		{"*", "", true}, {"a*", "a", true}, {"a*c", "abbc/:c", true}, {"a*c", "abbcd", false}, {"a?c", "abc", true}, {"a?c", "ac", false}, {"a*b*c", "a-b-b-c", true},
		{"abc", "abcd", false}, {"abc", "ab", false}, {"A*", "abc", false}, {"a**", "a", true}, {"*a", "ba", true}, {"*ab", "aab", true},
	} {
		s := iam.Statement{Action: []string{"s3:GetObject"}, Resource: []string{c.pattern}}
		if got := s.Allows(iam.Call{Action: "s3:GetObject", Resource: c.text}); got != c.want {
			t.Errorf("%q and %q: %v", c.pattern, c.text, got)
		}
	}
	if (iam.Statement{Action: []string{"a:B"}, Resource: []string{"*"}, Condition: iam.Conditions{"NewOperator": {"k": {"v"}}}}).Allows(iam.Call{Action: "a:B", Context: map[string][]string{"k": {"v"}}}) {
		t.Error("an operator that nobody knows allows something")
	}
}
