package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/iam"
	"github.com/cutover-dev/cutover/internal/schematest"
)

func TestIAMPrintsWhatItsSchemasSay(t *testing.T) {
	for path, c := range map[string]struct {
		title, says string
		value       any
		args        []string
	}{
		"iam":          {"Result of cutover iam", "What iam --format json prints: an IAM policy document.", &iam.Policy{}, nil},
		"iam-trust":    {"Result of cutover iam --trust", "What iam --trust --format json prints: a trust policy document.", &iam.Trust{}, []string{"--trust"}},
		"iam-template": {"Result of cutover iam --template", "What iam --template --format json prints: a CloudFormation template.", &iam.Template{}, nil},
	} {
		s := schematest.Of(t, "../../schemas/"+path+".schema.json", c.title, c.says, c.value, *update)
		var calls [][]string
		if path == "iam-template" {
			calls = [][]string{{"iam", "--template"}, {"iam", "--template", "--config", example}, {"iam", "--template", "--stage", "production", "--service", "dynamodb, sqs", "--with", "bootstrap"}}
		} else {
			for _, action := range iam.ActionNames() {
				calls = append(calls, append([]string{"iam", "--action", action}, c.args...), append([]string{"iam", "--action", action, "--config", example, "--account", "123456789012"}, c.args...))
			}
		}
		for _, args := range calls {
			code, out, stderr := cutover(append(args, "--format", "json")...)
			if code != 0 {
				t.Errorf("%q: exit %d, %s", args, code, stderr)
			}
			if err := s.Check(out); err != nil {
				t.Errorf("%q: %v\n%s", args, err, out)
			}
		}
	}
}

func TestIAMWithoutAnyInput(t *testing.T) {
	code, out, stderr := cutover("iam", "--action", "traffic-shift", "--stage", "production", "--format", "json")
	var p struct {
		Version   string
		Statement []struct{ Action, Resource []string }
	}
	if err := json.Unmarshal([]byte(out), &p); code != 0 || err != nil || p.Version != "2012-10-17" || len(p.Statement) == 0 {
		t.Fatalf("exit %d, %v: %s", code, err, out)
	}
	for _, says := range []string{"--account was not given: * stands for the account", "--config with traffic.hosted_zone was not given"} {
		if !strings.Contains(stderr, says) {
			t.Errorf("%q is not in %s", says, stderr)
		}
	}
	if _, _, stderr := cutover("iam", "--action", "notify"); strings.Contains(stderr, "not given") {
		t.Errorf("what does not matter is told: %s", stderr)
	}
}

func TestIAMTakesNamesFromCutoverYAML(t *testing.T) {
	args := []string{"iam", "--action", "traffic-shift", "--stage", "production", "--config", example, "--account", "123456789012", "--archive-bucket", "lego-releases", "--state-bucket", "sst-state-abc"}
	code, out, stderr := cutover(append(args, "--format", "json")...)
	for _, says := range []string{"hostedzone/Z0123456789ABCDEFGHIJ", `"api.lego.example.com"`, "arn:aws:s3:::lego-releases/cutover/rollout/production/*"} {
		if code != 0 || !strings.Contains(out, says) {
			t.Errorf("exit %d, %q is not in %s", code, says, out)
		}
	}
	if strings.Contains(stderr, "was not given") {
		t.Errorf("everything was given: %s", stderr)
	}
	code, out, _ = cutover(args...)
	for _, says := range []string{"why", "action", "resource", "only if", "changes this record's weights, and nothing else in the zone", "route53:changeresourcerecordsets"} {
		if code != 0 || !strings.Contains(strings.ToLower(out), strings.ToLower(says)) {
			t.Errorf("exit %d, %q is not in %s", code, says, out)
		}
	}
	_, out, _ = cutover("iam", "--action", "decommission", "--config", example, "--format", "json")
	if !strings.Contains(out, "service/lego-api/lego-api") || strings.Contains(out, "EXAMPLE-LEGACY") {
		t.Error(out)
	}
}

func TestIAMTrust(t *testing.T) {
	code, out, stderr := cutover("iam", "--action", "sst-deploy", "--trust", "--repository", "example/lego-api")
	if code != 0 || !strings.Contains(out, `"repo:example/lego-api:environment:production"`) || !strings.Contains(stderr, "owner@id/name@id") || !strings.Contains(stderr, "ACCOUNT") {
		t.Errorf("exit %d: %s%s", code, out, stderr)
	}
	code, out, stderr = cutover("iam", "--action", "sst-deploy", "--command", "diff", "--trust", "--repository", "example@1/lego-api@2", "--account", "123456789012", "--stage", "staging", "--config", example)
	if code != 0 || !strings.Contains(out, `"repo:example@1/lego-api@2:pull_request"`) || stderr != "" {
		t.Errorf("exit %d: %s%s", code, out, stderr)
	}
	_, out, _ = cutover("iam", "--action", "sst-deploy", "--trust", "--repository", "o/r", "--environment", "live")
	if !strings.Contains(out, `"repo:o/r:environment:live"`) {
		t.Error(out)
	}
}

func TestIAMTemplate(t *testing.T) {
	code, out, stderr := cutover("iam", "--template", "--config", example, "--repository", "example/lego-api", "--archive-bucket", "lego-releases")
	var v struct {
		Parameters map[string]struct{ Default *string }
		Resources  map[string]struct{ Type string }
	}
	if err := json.Unmarshal([]byte(out), &v); code != 0 || err != nil || !strings.HasPrefix(stderr, "The template has ") || strings.Count(stderr, "\n") != 1 {
		t.Fatalf("exit %d, %v: %s", code, err, stderr)
	}
	if d := v.Parameters["Repository"].Default; d == nil || *d != "example/lego-api" {
		t.Errorf("%v", d)
	}
	if v.Resources["ProductionShift"].Type != "AWS::IAM::Role" || v.Resources["StagingShift"].Type != "" {
		t.Errorf("%v", v.Resources)
	}
	if _, out, stderr = cutover("iam", "--template"); !strings.Contains(stderr, "no roles for traffic-shift") || !strings.Contains(out, "cutover-EXAMPLE-APP-production-deploy") {
		t.Errorf("%s", stderr)
	}
}

func TestIAMRefusesInWords(t *testing.T) {
	for says, args := range map[string][]string{
		"action: was not given; allowed: coverage-gate, notify":  {},
		`is not known (got "trafic-shift")`:                      {"--action", "trafic-shift"},
		`Did you mean "traffic-shift"?`:                          {"--action", "trafic-shift"},
		"allowed: production, staging. Did you mean production?": {"--action", "notify", "--stage", "prodution", "--config", example},
		`command: is not known (got "deploi")`:                   {"--action", "sst-deploy", "--command", "deploi"},
		"lower-case letters, digits and -":                       {"--action", "notify", "--stage", "Prod*"},
		"account: is no such name":                               {"--action", "notify", "--account", "12"},
		`service: is not known (got "dynamo")`:                   {"--action", "sst-deploy", "--service", "dynamo"},
		"with: is not known":                                     {"--action", "sst-deploy", "--with", "admin"},
		"baseline: is no place in S3":                            {"--action", "coverage-gate", "--baseline", "b/k"},
		"absent.yaml":                                            {"--action", "notify", "--config", "absent.yaml"},
		"cannot be given together":                               {"--trust", "--template"},
		"has the roles of all actions":                           {"--template", "--action", "notify"},
		"repository: is no such name":                            {"--action", "notify", "--trust", "--repository", "o/*"},
		"the role of prod could change what belongs to prod-eu":  {"--template", "--config", "testdata/prefix.yaml"},
	} {
		if code, out, stderr := cutover(append([]string{"iam"}, args...)...); code != 2 && code != 4 || out != "" || !strings.Contains(stderr, says) {
			t.Errorf("%q: exit %d, %s%s", args, code, out, stderr)
		}
	}
}
