// Command decommission is the action that takes the old ECS side of a stage out of
// service: it plans by exact ARN, waits for a person's yes and for evidence, goes
// one step after the other, and back as long as nothing is deleted.
package main

import (
	"os"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/oidc"
	"github.com/cutover-dev/cutover/internal/release/archive"
	"github.com/cutover-dev/cutover/internal/retire"
	"github.com/cutover-dev/cutover/internal/retire/plan"
	"github.com/cutover-dev/cutover/internal/runner"
)

func main() { os.Exit(runner.Main(program())) }

// The commands. Those that are orders have the order's name.
const (
	cmdPlan    = "plan"
	cmdApprove = string(retire.OrderApprove)
	cmdApply   = string(retire.OrderApply)
	cmdTick    = "tick"
	cmdAbort   = string(retire.OrderAbort)
	cmdStatus  = "status"
	cmdFrozen  = "frozen"
	cmdArchive = "archive-images"
	cmdVerify  = "verify"
	cmdRestore = "restore"
)

// asConfigured is the choice to leave it to cutover.yaml.
const asConfigured = "config"

// commands in the order in which they are used.
var commands = []string{cmdStatus, cmdFrozen, cmdPlan, cmdApprove, cmdApply, cmdTick, cmdAbort, cmdArchive, cmdVerify, cmdRestore}

// inputs are the action's inputs, filled in before run is called.
type inputs struct {
	command, stage, config *string
	bucket                 *string
	prefix                 *archive.Layout
	account, plan, name    *string
	expires                *time.Duration
	environment            *string
	by, reason             *string
	keep                   *[]string
	logs                   *string
	checks                 *[]string
	inventory, url         *string
	span, every            *time.Duration
	repository             *string
	tags                   *bool
	registry               *string
	shallow                *bool
	kit                    *string
	documents              *[]string
	retrospective          *string
	report, out            *string
	role, region, token    *string
	timeout                *time.Duration
}

func program() *runner.Program {
	in := runner.NewInputs()
	values := inputs{
		command: in.Choice("command", "status shows how it stands, plan what would go; both change nothing but keep the plan. frozen is for a pipeline that deploys to ECS, as its first step: it exits with 4 while nobody may. approve notes a reviewer's yes to one plan. apply begins, or goes on after a stop; tick goes on. abort brings everything back as long as nothing is deleted, and stops afterwards. archive-images brings the images to S3, verify proves that they are there, restore brings images or the restore kit back.",
			commands),
		stage:         in.String("stage", "", "Stage whose old side goes; without it cutover.yaml's traffic.stage, and never another one."),
		config:        in.String("config", "cutover.yaml", "cutover.yaml with the sections traffic and legacy."),
		bucket:        in.String("bucket", "", "S3 bucket of plan, state, log, restore kit and images, the archive's.", runner.Required()),
		prefix:        runner.Parsed(in, "prefix", "cutover", archive.PrefixSyntax, "Beginning of the keys in the bucket.", archive.ParseLayout),
		account:       in.String("account", "", "Number of the AWS account in which something is deleted. approve needs it typed; plan holds the credentials against it."),
		plan:          in.String("plan", "", "SHA-256 of the plan, as plan prints it: of the one to approve or to apply. Without it the one that is under way."),
		name:          in.String("name", "", "For approve: the name of the stack that goes, else of the service, typed once more."),
		expires:       in.Duration("expires", 14*24*time.Hour, "For approve: for how long it holds until the first deletion."),
		environment:   in.String("environment", "", "For approve: GitHub environment of the job, whose reviewers approve; without it the stage's, with -retire behind it."),
		by:            in.String("by", "", "Who orders it; without it GITHUB_ACTOR. Stands in the log."),
		reason:        in.String("reason", "", "Why, in a sentence. Stands in the log."),
		keep:          in.Strings("keep", "For plan: key of a tag that protects whatever carries it, beside "+plan.KeepTag+"."),
		logs:          in.Choice("logs", "For plan: what becomes of log groups that only ECS wrote; config is what cutover.yaml says.", []string{asConfigured, string(plan.KeepLogs), string(plan.DeleteLogs)}),
		checks:        in.Strings("check", "Request that must be answered before and afterwards, such as /health 200 status=ok, beside the health path and what cutover.yaml's tracing and preflight ask by GET."),
		inventory:     in.String("inventory", "", "inventory.json of the deployed stage, from monitoring-stack; where cutover.yaml does not name the API."),
		url:           in.String("url", "", "Address at which every endpoint is asked; without it the stage's url of cutover.yaml."),
		span:          in.Duration("for", 0, "How long apply, tick and abort wait for what is soon; 0 waits for nothing, and the next tick goes on."),
		every:         in.Duration("every", 30*time.Second, "Pause between two looks while something is waited for."),
		repository:    in.String("repository", "", "For archive-images, verify and restore: one ECR repository; without it all of cutover.yaml's legacy.repositories. restore brings images back only of the one that is named."),
		tags:          in.Bool("move-tags", false, "restore lets tags that the registry has on other images move."),
		registry:      in.String("registry", "", "Address of the registry that images are read from or restored to; without it the account's own ECR."),
		shallow:       in.Bool("shallow", false, "verify believes the SHA-256 that S3 keeps, and reads manifests alone instead of every byte."),
		kit:           in.String("kit", "", "For restore: folder to write the restore kit to, as the commands that status shows expect it."),
		documents:     in.Strings("document", "File with blocks between <!-- cutover:ecs --> and <!-- end --> that go with ECS; without it every Markdown file below this folder that has one."),
		retrospective: in.String("retrospective", "", "Path of the retrospective in the pull request; without it docs/retrospectives/ecs-<stage>.md."),
		report:        in.String("report", "", "File to write the report to, as a page of its own."),
		out:           in.String("out", "", "For plan: file to write the plan to, as JSON."),
		role:          in.String("role", "", oidc.RoleUsage),
		region:        in.String("region", "", "AWS region; without it AWS_REGION, then cutover.yaml's."),
		token:         in.String("token", "", "GitHub token: for approve, to see who approved the run (actions: read); for apply and tick, to open the pull request (contents: write and pull-requests: write).", runner.Secret()),
		timeout:       in.Duration("timeout", 30*time.Minute, "How long it may take besides for."),
	}
	return &runner.Program{
		Name:    "decommission",
		Summary: "Takes the old ECS side of a stage out of service: a plan by exact ARN, a person's yes, evidence, one reversible step after the other, and deletion last.",
		Inputs:  in,
		Outputs: []runner.Output{
			{Name: "plan-sha256", Usage: "SHA-256 of the plan: what is approved"},
			{Name: "step", Usage: "Where it stands: ready, gate, freeze, detach, lock, zero, hold, simple, archive, lift, delete, sweep, validate, document, done, aborting, aborted or stopped"},
			{Name: "verdict", Usage: "pass, fail or inconclusive"},
			{Name: "lead", Usage: "What came of it, in a sentence"},
			{Name: "held", Usage: "Why it goes on no further; empty if nothing holds it"},
			{Name: "until", Usage: "When it goes on by itself; empty if nobody knows"},
			{Name: "frozen", Usage: "true while nobody may deploy to ECS"},
			{Name: "deleted", Usage: "ARNs of what is gone, one a line"},
			{Name: "monthly", Usage: "What is saved a month by list price, such as $88.50"},
			{Name: "kept", Usage: "Where the plan is kept: s3://bucket/key"},
			{Name: "report", Usage: "File of the report; empty if none was asked for"},
			{Name: "pull-request", Usage: "Address of the pull request with documents and retrospective"},
			{Name: "title", Usage: "What to tell people, for notify's title; empty if there is nothing new"},
			{Name: "fields", Usage: "What to tell people, for notify's fields"},
		},
		Run: values.run,
	}
}
