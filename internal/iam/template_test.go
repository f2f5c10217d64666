package iam_test

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/iam"
)

// both are staging and production with everything configured.
func both() []iam.Stage {
	production := iam.Stage{Settings: all(), Guarded: true, Shifts: true, Retires: true}
	staging := iam.Stage{Settings: all()}
	staging.Stage, staging.Environment = "staging", "staging"
	for _, s := range []*iam.Stage{&production, &staging} {
		s.Services, s.Options, s.Baseline, s.Region = nil, nil, "", "us-east-1"
	}
	return []iam.Stage{production, staging}
}

func template(t *testing.T, stages []iam.Stage) map[string]any {
	t.Helper()
	made, err := iam.TemplateOf(stages)
	if err != nil {
		t.Fatal(err)
	}
	var v map[string]any
	if err := json.Unmarshal(iam.Text(made), &v); err != nil {
		t.Fatal(err)
	}
	again, _ := iam.TemplateOf(stages)
	if string(iam.Text(made)) != string(iam.Text(again)) {
		t.Error("made twice it differs")
	}
	return v
}

// Attack: stolen-aws-session
func TestTheTemplateHasOneRoleForEachEnvironment(t *testing.T) {
	v := template(t, both())
	resources := v["Resources"].(map[string]any)
	environments := map[string]string{}
	for id, r := range resources {
		r := r.(map[string]any)
		properties := r["Properties"].(map[string]any)
		switch r["Type"] {
		case "AWS::IAM::Role":
			text := string(iam.Text(properties["AssumeRolePolicyDocument"]))
			m := regexp.MustCompile(`repo:\$\{Repository\}:([a-z:/_-]+)"`).FindAllStringSubmatch(text, -1)
			// What a reviewer has approved goes on without one, under the same role.
			goesOn := len(m) == 2 && m[0][1] == "environment:production-retire" && m[1][1] == "environment:production-retiring"
			if len(m) != 1 && !goesOn || environments[m[0][1]] != "" || strings.Contains(text, "StringLike") || !strings.Contains(text, `"token.actions.githubusercontent.com:aud":["sts.amazonaws.com"]`) && !strings.Contains(text, `"token.actions.githubusercontent.com:aud": ["sts.amazonaws.com"]`) {
				t.Errorf("%s trusts %s", id, text)
				continue
			}
			for _, one := range m {
				environments[one[1]] = id
			}
			if properties["MaxSessionDuration"] != float64(3600) {
				t.Errorf("%s has sessions of %v", id, properties["MaxSessionDuration"])
			}
			if v["Outputs"].(map[string]any)[id] == nil {
				t.Errorf("nobody learns the ARN of %s", id)
			}
		case "AWS::IAM::ManagedPolicy":
			if n := len(iam.Text(properties["PolicyDocument"])); n > 3*iam.MostCharacters {
				t.Errorf("%s has %d characters", id, n)
			}
		case "AWS::IAM::OIDCProvider":
			if r["Condition"] != "MakeProvider" {
				t.Error("the provider is made in an account that has one")
			}
		default:
			t.Errorf("%s is a %v", id, r["Type"])
		}
	}
	var want []string
	for _, e := range []string{"production", "production-archive", "production-decide", "production-monitor", "production-report", "production-retire", "production-retiring", "production-rollback", "production-shift", "production-watch", "staging", "staging-monitor", "staging-report"} {
		want = append(want, "environment:"+e)
	}
	want = append(want, "pull_request", "ref:refs/heads/main")
	if got := slices.Sorted(maps.Keys(environments)); !slices.Equal(got, want) {
		t.Errorf("roles for %q", got)
	}
}

// One stage with everything fits into one call of aws cloudformation deploy
// without a bucket.
func TestTheTemplateIsShortEnough(t *testing.T) {
	for _, stage := range both() {
		alone, err := iam.TemplateOf([]iam.Stage{stage})
		if n := len(iam.Text(alone)); err != nil || n > iam.MostInline {
			t.Errorf("%s: %v, %d bytes", stage.Stage, err, n)
		}
	}
	made, err := iam.TemplateOf(both())
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]any{"policy": iam.BoundaryOf(all()), "trust": all().Trust("pull_request"), "template": made} {
		var back any
		if err := json.Unmarshal(iam.Text(text), &back); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Even with every service and the longest names no policy is too long for IAM.
func TestPoliciesOfRolesFit(t *testing.T) {
	stages := both()
	for i := range stages {
		stages[i].Services, stages[i].Options = iam.ServiceNames(), iam.OptionNames()
		stages[i].App = strings.Repeat("a", 30)
		stages[i].Prefix = strings.Repeat("p", 40)
	}
	made, err := iam.TemplateOf(stages)
	if err != nil {
		t.Fatal(err)
	}
	filled := strings.NewReplacer("${AWS::AccountId}", "123456789012", "${StateBucket}", strings.Repeat("s", 63), "${ArchiveBucket}", strings.Repeat("b", 63))
	for id, r := range made.Resources {
		if r.Type != "AWS::IAM::ManagedPolicy" {
			continue
		}
		text, _ := json.Marshal(r.Properties["PolicyDocument"])
		plain := regexp.MustCompile(`\{"Fn::Sub":("[^"]*")\}`).ReplaceAllString(filled.Replace(string(text)), "$1")
		if len(plain) > iam.MostCharacters {
			t.Errorf("%s has %d characters once its parameters are filled in", id, len(plain))
		}
	}
	for _, s := range stages {
		for _, r := range s.Roles() {
			if len(r.Name()) > 64 {
				t.Errorf("%s has %d characters", r.Name(), len(r.Name()))
			}
		}
	}
}

func TestStagesThatCannotBeToldApartAreRefused(t *testing.T) {
	for says, change := range map[string]func([]iam.Stage){
		"could change what belongs to production-eu": func(s []iam.Stage) { s[1].Stage, s[1].Environment = "production-eu", "eu" },
		"sst could change its own role":              func(s []iam.Stage) { s[0].App, s[0].Stage = "cutover", "cutover" },
		"would be of two roles":                      func(s []iam.Stage) { s[1].Environment = "production" },
	} {
		stages := both()
		change(stages)
		if _, err := iam.TemplateOf(stages); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", says, err)
		}
	}
}

// Attack: stolen-aws-session
func TestTrustIsBoundToRepositoryAndEnvironment(t *testing.T) {
	s := all()
	s.Repository = "example@1/lego-api@2"
	want := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Federated":"arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"},` +
		`"Action":"sts:AssumeRoleWithWebIdentity","Condition":{"StringEquals":{"token.actions.githubusercontent.com:aud":["sts.amazonaws.com"],` +
		`"token.actions.githubusercontent.com:sub":["repo:example@1/lego-api@2:environment:production"]}}}]}`
	if got, _ := json.Marshal(s.Trust(iam.InEnvironment("production"))); string(got) != want {
		t.Errorf("%s", got)
	}
	if !iam.Immutable(s.Repository) || iam.Immutable("example/lego-api") {
		t.Error("the form is not told apart")
	}
	stage := iam.Stage{Settings: s, Guarded: true}
	for _, c := range []struct{ action, command, bound, variable string }{
		{"sst-deploy", "", "environment:production", "AWS_ROLE_PRODUCTION"}, {"sst-deploy", "diff", "pull_request", "AWS_ROLE_PRODUCTION_DIFF"}, {"sst-deploy", "rollback", "environment:production-rollback", "AWS_ROLE_ROLLBACK"},
		{"deploy-gate", "", "ref:refs/heads/main", "AWS_ROLE_GATE"}, {"traffic-shift", "", "environment:production-shift", "AWS_ROLE_SHIFT"}, {"notify", "", "environment:production", ""},
		{"archive-artifacts", "prune", "environment:production-archive", "AWS_ROLE_ARCHIVE"}, {"archive-artifacts", "archive", "environment:production", "AWS_ROLE_PRODUCTION"},
	} {
		var commands []string
		if c.command != "" {
			commands = []string{c.command}
		}
		if r, err := stage.RoleOf(c.action, commands...); err != nil || r.Bound != c.bound || r.Variable != c.variable {
			t.Errorf("%s %s: %s, %s, %v", c.action, c.command, r.Bound, r.Variable, err)
		}
	}
	if _, err := stage.RoleOf("no-action"); err == nil {
		t.Error("an unknown action has a role")
	}
}
