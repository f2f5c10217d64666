package house_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/iam"
)

// A session at AWS that is stolen from a job may what the job's role may, for an
// hour at most. What that is comes from the one table of permissions, and stands in
// docs/SECURITY.md.

// stagesOf are those of a repository with everything that cutover does.
func stagesOf(t *testing.T) []iam.Stage {
	t.Helper()
	t.Helper()
	settings := func(stage string) iam.Settings {
		s, _ := iam.Settings{
			Account: "123456789012", Region: "us-east-1", App: "lego-api", Stage: stage, Earlier: "staging", Environment: stage,
			Repository: "example/lego-api", Archive: "lego-releases", Prefix: "cutover", State: "sst-state-abc", Project: "LEGO-API", Budget: "lego-api",
			Branch: "main", Rollback: "production-rollback", Zone: "Z0123456789ABCDEFGHIJ", Record: "api.lego.example.com", Types: []string{"A"},
			Legacy: iam.Legacy{
				Cluster: "lego-api", Service: "lego-api", Stack: "lego-api-ecs", LoadBalancer: "app/lego-api/50dc6c495c0c9188",
				TargetGroups: []string{"targetgroup/lego-api/73e2d6bc24d8a067"}, Repositories: []string{"lego-api"},
			},
		}.Complete()
		return s
	}
	return []iam.Stage{{Settings: settings("production"), Guarded: true, Shifts: true, Retires: true}, {Settings: settings("staging")}}
}

// prize is something that a thief would like to do.
type prize struct {
	what  string
	calls []iam.Call
	// by are the roles that may, in order; anyone else may not.
	by []string
}

const inArchive = "arn:aws:s3:::lego-releases/cutover/"

var prizes = []prize{
	{"deploy code to production", []iam.Call{{Action: "lambda:UpdateFunctionCode", Resource: "arn:aws:lambda:us-east-1:123456789012:function:lego-api-production-Api"}}, []string{"production deploy", "production rollback"}},
	{"move production's traffic", []iam.Call{{Action: "route53:ChangeResourceRecordSets", Resource: "arn:aws:route53:::hostedzone/Z0123456789ABCDEFGHIJ"}}, []string{"production retire", "production shift", "production watch"}},
	{"say how far the rollout is", []iam.Call{{Action: "s3:PutObject", Resource: inArchive + "rollout/production/state.json"}}, []string{"production shift", "production watch"}},
	{"call something a release of production", []iam.Call{{Action: "s3:PutObject", Resource: inArchive + "releases/production/r.json"}}, []string{"production deploy"}},
	{"delete releases", []iam.Call{{Action: "s3:DeleteObject", Resource: inArchive + "releases/production/r.json"}}, []string{"production archive"}},
	{"decide that ECS may go", []iam.Call{{Action: "s3:PutObject", Resource: inArchive + "decision/production.json"}}, []string{"production decide"}},
	{"approve a teardown", []iam.Call{{Action: "s3:PutObject", Resource: inArchive + "retire/production/state.json"}}, []string{"production retire"}},
	{"delete the ECS service", []iam.Call{{Action: "ecs:DeleteService", Resource: "arn:aws:ecs:us-east-1:123456789012:service/lego-api/lego-api"}}, []string{"production retire"}},
	{"read the secrets of production's state", []iam.Call{{Action: "s3:GetObject", Resource: "arn:aws:s3:::sst-state-abc/app/lego-api/production.json"}, {Action: "ssm:GetParameter", Resource: "arn:aws:ssm:us-east-1:123456789012:parameter/sst/passphrase/lego-api/production"}}, []string{"production deploy", "production rollback"}},
	{"read the secrets of staging's state", []iam.Call{{Action: "s3:GetObject", Resource: "arn:aws:s3:::sst-state-abc/app/lego-api/staging.json"}, {Action: "ssm:GetParameter", Resource: "arn:aws:ssm:us-east-1:123456789012:parameter/sst/passphrase/lego-api/staging"}}, []string{"staging deploy", "staging diff"}},
	{"make a user or a key that stays", []iam.Call{{Action: "iam:CreateUser", Resource: "arn:aws:iam::123456789012:user/x"}}, nil},
	{"make a role without the boundary", []iam.Call{{Action: "iam:CreateRole", Resource: "arn:aws:iam::123456789012:role/lego-api-production-x", Context: map[string][]string{}}}, nil},
	{"change a role of cutover's", []iam.Call{{Action: "iam:PutRolePolicy", Resource: "arn:aws:iam::123456789012:role/cutover-lego-api-production-deploy"}}, nil},
	{"become another role", []iam.Call{{Action: "sts:AssumeRole", Resource: "arn:aws:iam::123456789012:role/cutover-lego-api-production-deploy"}}, nil},
}

// holders are the roles that may do all of a prize's calls.
func holders(t *testing.T, p prize, stages []iam.Stage) (by []string) {
	t.Helper()
	for _, s := range stages {
		for _, r := range s.Roles() {
			needs, err := r.Needs()
			if err != nil {
				t.Fatal(err)
			}
			policy := iam.PolicyOf(needs)
			if !slices.ContainsFunc(p.calls, func(c iam.Call) bool { return !policy.Allows(c) }) {
				by = append(by, s.Stage+" "+r.Kind)
			}
		}
	}
	slices.Sort(by)
	return by
}

// Attack: stolen-aws-session, unreviewed-dispatch
func TestAStolenSessionMayLittle(t *testing.T) {
	stages := stagesOf(t)
	for _, p := range prizes {
		if got := holders(t, p, stages); !slices.Equal(got, p.by) {
			t.Errorf("who may %s: %q, want %q", p.what, got, p.by)
		}
	}
}

// sessionsTable is what docs/SECURITY.md shows of it.
func sessionsTable() string {
	var b strings.Builder
	b.WriteString("| who has stolen a session to | needs that of | whose job runs in |\n| :--- | :--- | :--- |\n")
	for _, p := range prizes {
		names, places := strings.Join(p.by, ", "), []string{}
		for _, r := range p.by {
			stage, kind, _ := strings.Cut(r, " ")
			switch kind {
			case "deploy":
				places = append(places, "`"+stage+"`")
			case "retire":
				places = append(places, "`"+stage+"-retire`, `"+stage+"-retiring` (without reviewers)")
			case "watch", "rollback":
				places = append(places, "`"+stage+"-"+kind+"` (without reviewers)")
			case "diff":
				places = append(places, "a pull request of this repository")
			default:
				places = append(places, "`"+stage+"-"+kind+"`")
			}
		}
		if len(p.by) == 0 {
			names, places = "no role may", []string{""}
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", p.what, names, strings.Join(places, ", "))
	}
	return b.String()
}
