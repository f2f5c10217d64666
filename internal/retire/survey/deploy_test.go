package survey_test

import (
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/retire/survey"
)

const (
	service = "arn:aws:ecs:us-east-1:123456789012:service/lego-api/web"
	byWeb   = `{"Statement":[{"Effect":"Allow","Principal":{"Federated":"x"},"Action":["sts:AssumeRoleWithWebIdentity"]}]}`
)

func allows(action, resource string) string {
	return `{"Statement":{"Effect":"Allow","Action":` + action + `,"Resource":"` + resource + `"}}`
}

// A role of a pipeline is proposed only where it can do nothing else: in doubt it
// is not.
func TestOnlyDeploysTo(t *testing.T) {
	deploys := allows(`["ecs:UpdateService","ecs:RegisterTaskDefinition"]`, "*")
	for name, x := range map[string]struct {
		d    survey.Deployer
		want bool
	}{
		"it deploys":                        {survey.Deployer{Trust: byWeb, Policies: []string{deploys}}, true},
		"and passes roles and pushes":       {survey.Deployer{Trust: byWeb, Policies: []string{deploys, allows(`"iam:passrole"`, "*"), allows(`["ecr:*","logs:Get*"]`, "*")}}, true},
		"by a pattern":                      {survey.Deployer{Trust: byWeb, Policies: []string{allows(`"ECS:Upd*Serv?ce"`, "arn:aws:ecs:*:*:service/lego-api/*")}}, true},
		"it deploys both sides":             {survey.Deployer{Trust: byWeb, Policies: []string{deploys, allows(`"lambda:UpdateFunctionCode"`, "*")}}, false},
		"it may do everything":              {survey.Deployer{Trust: byWeb, Policies: []string{allows(`"*"`, "*")}}, false},
		"it changes IAM":                    {survey.Deployer{Trust: byWeb, Policies: []string{deploys, allows(`"iam:*"`, "*")}}, false},
		"all but something":                 {survey.Deployer{Trust: byWeb, Policies: []string{deploys, `{"Statement":{"Effect":"Allow","NotAction":"iam:*","Resource":"*"}}`}}, false},
		"everywhere but somewhere":          {survey.Deployer{Trust: byWeb, Policies: []string{`{"Statement":{"Effect":"Allow","Action":"ecs:*","NotResource":"x"}}`}}, false},
		"what is denied allows nothing":     {survey.Deployer{Trust: byWeb, Policies: []string{`{"Statement":[{"Effect":"Deny","Action":"ecs:*","Resource":"*"}]}`}}, false},
		"what is denied is no other duty":   {survey.Deployer{Trust: byWeb, Policies: []string{deploys, `{"Statement":[{"Effect":"Deny","Action":"s3:*","Resource":"*"}]}`}}, true},
		"another service":                   {survey.Deployer{Trust: byWeb, Policies: []string{allows(`"ecs:UpdateService"`, service+"-2")}}, false},
		"it only looks":                     {survey.Deployer{Trust: byWeb, Policies: []string{allows(`"ecs:Describe*"`, "*")}}, false},
		"people assume it":                  {survey.Deployer{Trust: strings.Replace(byWeb, "WithWebIdentity", "", 1), Policies: []string{deploys}}, false},
		"one more policy that nobody knows": {survey.Deployer{Trust: byWeb, Policies: []string{deploys}, Unknown: true}, false},
		"a document that cannot be read":    {survey.Deployer{Trust: byWeb, Policies: []string{deploys, "{"}}, false},
		"nobody knows whom it trusts":       {survey.Deployer{Policies: []string{deploys}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := x.d.OnlyDeploysTo(service); got != x.want {
				t.Errorf("%v", got)
			}
		})
	}
}

// Whatever a document says, a role that may do anything at all is none.
func FuzzOnlyDeploysTo(f *testing.F) {
	f.Add(allows(`"ecs:*"`, "*"))
	f.Add(`{"Statement":[{"Effect":"Allow","Action":["ecs:UpdateService","a*b?c"],"Resource":["*"]}]}`)
	f.Fuzz(func(t *testing.T, document string) {
		d := survey.Deployer{Trust: byWeb, Policies: []string{document}}
		d.OnlyDeploysTo(service)
		d.Policies = append(d.Policies, allows(`"*"`, "*"))
		if d.OnlyDeploysTo(service) {
			t.Error("it may do everything")
		}
	})
}
