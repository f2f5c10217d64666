// Command monitoring-stack is the action that deploys what watches a stage, and
// proves that it does: dashboards, alarms, topic, traces and budget as one stack
// of CloudFormation.
package main

import (
	"os"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/oidc"
	"github.com/cutover-dev/cutover/internal/monitoring/mute"
	"github.com/cutover-dev/cutover/internal/release/archive"
	"github.com/cutover-dev/cutover/internal/runner"
)

func main() { os.Exit(runner.Main(program())) }

// The commands.
const (
	cmdDeploy    = "deploy"
	cmdDiff      = "diff"
	cmdTemplate  = "template"
	cmdInventory = "inventory"
	cmdDrift     = "drift"
	cmdDrill     = "drill"
	cmdAudit     = "audit"
	cmdMute      = "mute"
	cmdUnmute    = "unmute"
	cmdDestroy   = "destroy"
)

// When a deployment is followed by a drill.
const (
	drillFirst  = "first"
	drillAlways = "always"
	drillNever  = "never"
)

// What a stack is of.
const (
	scopeStage   = "stage"
	scopeAccount = "account"
)

// inputs are the action's inputs, filled in before run is called.
type inputs struct {
	command, scope, stage *string
	config, app           *string
	inventory, out        *string
	event, drill          *string
	bucket                *string
	prefix                *archive.Layout
	confirm, comment      *string
	quiet                 *time.Duration
	role, region          *string
	token                 *string
	timeout               *time.Duration
}

func program() *runner.Program {
	in := runner.NewInputs()
	values := inputs{
		command: in.Choice("command", "deploy brings the stack to what cutover.yaml says. diff shows what that would change. template and inventory write files. drift finds what was changed by hand, drill lets each alarm ring and proves that its message arrives, audit sees whether everything is really watched. mute keeps the alarms quiet for a deployment, unmute ends that. destroy takes the stack away.",
			[]string{cmdDeploy, cmdDiff, cmdTemplate, cmdInventory, cmdDrift, cmdDrill, cmdAudit, cmdMute, cmdUnmute, cmdDestroy}),
		scope:     in.Choice("scope", "stage is the stack of one stage. account is the setting that an account has once in a region, Transaction Search of X-Ray; deploy, diff, template, drift and destroy take it.", []string{scopeStage, scopeAccount}),
		stage:     in.String("stage", "production", "Stage that is watched."),
		config:    in.String("config", "cutover.yaml", "cutover.yaml with the section monitoring."),
		app:       in.String("app", "", "Name of the SST app, as app() of sst.config.ts returns it; without it cutover.yaml's project in lower case."),
		inventory: in.String("inventory", "", "inventory.json of the deployed stage. Without it the stage's resources are found by their tags."),
		out:       in.String("out", "", "File that template and inventory write to; deploy and diff write the template there too."),
		event:     in.String("event", "", "What was done to the stage just now, such as \"deployed 4711\": deploy marks it on the dashboards."),
		drill:     in.Choice("drill", "Whether deploy is followed by a drill: after the first one that makes the stack, always, or never.", []string{drillFirst, drillAlways, drillNever}),
		bucket:    in.String("bucket", "", "S3 bucket for templates above 51,200 bytes, and where traffic-shift keeps its state: a drill does not disturb a phase."),
		prefix:    runner.Parsed(in, "prefix", "cutover", archive.PrefixSyntax, "Beginning of the keys in the bucket.", archive.ParseLayout),
		confirm:   in.String("confirm", "", "Name of the stack that destroy takes away."),
		comment:   in.String("comment", "", "Key of the one comment on the pull request that diff writes and updates in place; empty writes none. Needs token and pull-requests: write."),
		quiet:     in.Duration("for", mute.Usual, "How long mute keeps the alarms quiet at most; unmute ends it earlier."),
		role:      in.String("role", "", oidc.RoleUsage),
		region:    in.String("region", "", "AWS region; without it AWS_REGION, then cutover.yaml's."),
		token:     in.String("token", "", "GitHub token for the comment.", runner.Secret()),
		timeout:   in.Duration("timeout", 30*time.Minute, "How long it may take in all."),
	}
	return &runner.Program{
		Name:    "monitoring-stack",
		Summary: "Deploys dashboards, alarms, topic, traces and budget of a stage as one CloudFormation stack, and proves that they work.",
		Inputs:  in,
		Outputs: []runner.Output{
			{Name: "stack", Usage: "Name of the stack"},
			{Name: "dashboard-url", Usage: "Address of the stage's dashboard in the console"},
			{Name: "topic-arn", Usage: "ARN of the topic that every alarm tells"},
			{Name: "changed", Usage: "true if the deployment changed something, or diff found that it would"},
			{Name: "verdict", Usage: "pass, fail or inconclusive, of drift, drill and audit"},
			{Name: "lead", Usage: "What came of it, in a sentence"},
		},
		Run: values.run,
	}
}
