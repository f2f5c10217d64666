package adopt

import (
	"fmt"
	"slices"
	"strings"
)

// Step is something that only a person can do, with the commands that do it.
type Step struct {
	What     string   `json:"what"`
	Commands []string `json:"commands,omitempty"`
}

// environment is one of GitHub's, with who uses it.
type environment struct {
	name     string
	reviewed bool
	parts    []Part
}

// environments are all that the workflows name. A job that names one which does
// not exist makes it, without any protection.
var environments = []environment{
	{"production", true, []Part{Deploy}},
	{"production-shift", true, []Part{Traffic}},
	{"production-decide", true, []Part{Traffic}},
	{"staging-decide", true, []Part{Traffic}},
	{"production-load", true, []Part{Load}},
	{"production-retire", true, []Part{Decommission}},
	{"staging", false, []Part{Deploy}},
	{"production-rollback", false, []Part{Deploy}},
	{"production-monitor", false, []Part{Monitoring}},
	{"staging-monitor", false, []Part{Monitoring}},
	{"production-watch", false, []Part{Traffic}},
	{"production-report", false, []Part{Traffic, Load, Cost}},
	{"staging-report", false, []Part{Traffic, Load, Cost}},
	{"staging-load", false, []Part{Load}},
	{"production-retiring", false, []Part{Decommission}},
}

// Toolbox is how the toolbox is called without installing it, at the commit that
// the workflows are pinned to.
func (s Settled) Toolbox() string {
	return "go run github.com/" + ours + "/cmd/cutover@" + s.Asked.Pin
}

// Steps is what only a person can do, in the order in which it is needed.
func (s Settled) Steps() []Step {
	var steps []Step
	add := func(is bool, what string, commands ...string) {
		if is {
			steps = append(steps, Step{what, commands})
		}
	}
	add(s.App.Manager.Lock == "" && (s.Has(Gate) || s.Has(Deploy)), "Install the packages once and commit the lockfile.", "npm install"+within(s.App.Folder))
	add(true, "Fill in what is marked TODO in cutover.yaml, and look whether it is accepted.", s.Toolbox()+" config check --config "+ConfigPath)
	if s.reachesAWS() {
		s.account(add)
	}
	add(true, "Commit what was written, in a pull request.", "git add "+s.added(), "git commit -m 'cutover'")
	add(s.reachesAWS(), "Let doctor look whether the first run has all that it needs.", s.Toolbox()+" doctor --dir .")
	return steps
}

func (s Settled) added() string {
	if slices.Equal(s.Asked.Parts, []Part{Gate}) && !s.checks() {
		return ConfigPath
	}
	return ConfigPath + " .github"
}

// reachesAWS says whether a chosen part has a role there.
func (s Settled) reachesAWS() bool {
	return slices.ContainsFunc(s.Asked.Parts, func(p Part) bool { return p != Gate })
}

// account is what has to be there at GitHub and AWS.
func (s Settled) account(add func(is bool, what string, commands ...string)) {
	repository := either(s.Asked.Repository, "OWNER/NAME")
	if commands := s.making(repository, true, withReviewer); len(commands) > 0 {
		add(true, "Make the environments that a person stands before; LOGIN reviews. A private repository needs GitHub Enterprise for reviewers.", commands...)
	}
	if commands := s.making(repository, false, ""); len(commands) > 0 {
		add(true, "Make those that wait for nobody.", commands...)
	}
	create := "aws s3api create-bucket --bucket BUCKET --region " + s.Asked.Region
	if s.Asked.Region != "us-east-1" {
		create += " --create-bucket-configuration LocationConstraint=" + s.Asked.Region
	}
	add(true, "Make the bucket that releases and results are kept in.", create,
		"aws s3api put-bucket-versioning --bucket BUCKET --versioning-configuration Status=Enabled",
		"aws s3api put-public-access-block --bucket BUCKET --public-access-block-configuration BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true",
		"gh variable set ARCHIVE_BUCKET --repo "+repository+" --body BUCKET")
	add(true, "Make GitHub's OIDC provider and the roles, and tell the workflows of them. "+s.page("docs/oidc.md")+" explains each, and what to do where the account has the provider already.",
		s.Toolbox()+" iam --template --config "+ConfigPath+s.appFlag()+" --repository "+repository+" --archive-bucket BUCKET > cutover-roles.json",
		"aws cloudformation deploy --region "+s.Asked.Region+" --stack-name cutover-roles --template-file cutover-roles.json --s3-bucket BUCKET --capabilities CAPABILITY_NAMED_IAM",
		`aws cloudformation describe-stacks --region `+s.Asked.Region+` --stack-name cutover-roles --output text --query 'Stacks[0].Outputs[].[Description,OutputValue]' | while IFS=$'\t' read -r what arn; do gh variable set "${what%%:*}" --repo `+repository+` --body "$arn"; done`)
	add(s.Has(Deploy) && !s.App.SST.Boundary, "Let each role that SST makes carry the boundary, or AWS refuses to make it. At the beginning of run() in "+configName+":",
		"if (process.env.APP_BOUNDARY) $transform(aws.iam.Role, (args) => { args.permissionsBoundary = process.env.APP_BOUNDARY; });")
	add(s.Has(Traffic) || s.Has(Decommission), "Let workflows open pull requests: decisions and documents arrive as such.",
		"gh api -X PUT repos/"+repository+"/actions/permissions/workflow -f default_workflow_permissions=read -F can_approve_pull_request_reviews=true")
	add(true, "If Slack shall be told: a bot with the scope chat:write, a member of the channel.",
		"gh secret set SLACK_BOT_TOKEN --repo "+repository, "gh variable set SLACK_CHANNEL --repo "+repository+" --body '#deployments'")
}

func (s Settled) appFlag() string {
	if name := s.App.SST.Name; projectRE.MatchString(name) {
		return " --app " + name
	}
	return ""
}

// making is the command that makes the environments of one kind, with what they
// have besides; nothing where no part uses one.
func (s Settled) making(repository string, reviewed bool, with string) []string {
	var names []string
	for _, e := range environments {
		if e.reviewed == reviewed && slices.ContainsFunc(e.parts, s.Has) {
			names = append(names, e.name)
		}
	}
	if len(names) == 0 {
		return nil
	}
	return []string{fmt.Sprintf("for e in %s; do gh api -X PUT repos/%s/environments/$e %s%s; gh api -X POST repos/%s/environments/$e/deployment-branch-policies -f name=%s; done",
		strings.Join(names, " "), repository, with, branchesOnly, repository, s.branch())}
}

const (
	branchesOnly = `-F 'deployment_branch_policy[protected_branches]=false' -F 'deployment_branch_policy[custom_branch_policies]=true'`
	withReviewer = `-F prevent_self_review=true -F 'reviewers[][type]=User' -F "reviewers[][id]=$(gh api users/LOGIN --jq .id)" `
)

// within says where npm works, if not where one stands.
func within(folder string) string {
	if folder == "." || folder == "" {
		return ""
	}
	return " --prefix " + folder
}
