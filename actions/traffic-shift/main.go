// Command traffic-shift is the action that moves a stage's traffic from ECS to
// Lambda, phase by phase, on evidence, and back.
package main

import (
	"os"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/oidc"
	"github.com/cutover-dev/cutover/internal/release/archive"
	"github.com/cutover-dev/cutover/internal/rollout"
	"github.com/cutover-dev/cutover/internal/runner"
)

func main() { os.Exit(runner.Main(program())) }

// The commands. Those that are orders have the order's name.
const (
	cmdStatus    = "status"
	cmdPlan      = "plan"
	cmdPrepare   = "prepare"
	cmdBaseline  = "baseline"
	cmdPreflight = "preflight"
	cmdDrill     = "drill"
	cmdTick      = "tick"
	cmdStart     = string(rollout.OrderStart)
	cmdRollback  = string(rollout.OrderRollback)
	cmdFinish    = string(rollout.OrderFinish)
)

// commands in the order of a cutover.
var commands = []string{
	cmdStatus, cmdPlan, cmdPrepare, cmdBaseline, cmdPreflight, cmdDrill, cmdStart, cmdTick,
	string(rollout.OrderApprove), string(rollout.OrderPromote), string(rollout.OrderPause), string(rollout.OrderResume), cmdRollback, cmdFinish,
}

// inputs are the action's inputs, filled in before run is called.
type inputs struct {
	command, stage, config *string
	by, reason             *string
	apply                  *bool
	terraform, stateBucket *string
	app                    *string
	bucket                 *string
	prefix                 *archive.Layout
	inventory, accessLog   *string
	migrated               *string
	span, every            *time.Duration
	confirm, url           *string
	workflow, ref          *string
	report                 *string
	channel                *string
	role, region           *string
	token, slackToken      *string
	timeout                *time.Duration
}

func program() *runner.Program {
	in := runner.NewInputs()
	values := inputs{
		command: in.Choice("command", "status shows how it stands, plan what would happen; both change nothing. prepare looks whether everything is there, and with apply makes the weighted pair. baseline measures both sides, preflight looks for what would break. drill goes back on purpose, on a stage without users. start begins, tick looks and decides once, or for as long as for says. approve lets the next phase begin once this one is proved, promote goes on without proof, pause and resume freeze and lift, rollback gives blue everything, finish ends it once ECS is retired.",
			commands),
		stage:       in.String("stage", "", "Stage whose traffic moves; without it cutover.yaml's traffic.stage, and never another one."),
		config:      in.String("config", "cutover.yaml", "cutover.yaml with the section traffic."),
		by:          in.String("by", "", "Who orders it; without it GITHUB_ACTOR. Stands in the log."),
		reason:      in.String("reason", "", "Why, in a sentence. Stands in the log."),
		apply:       in.Bool("apply", false, "prepare changes what it has shown. Without it nothing is changed."),
		terraform:   in.String("terraform", "", "What Terraform owns, for prepare: a file with the output of terraform state pull, or none where nobody uses it. AWS cannot be asked."),
		stateBucket: in.String("sst-state-bucket", "", "Bucket of SST's state, for prepare; without it the one that SST's bootstrap names."),
		app:         in.String("app", "", "Name of the SST app, as app() of sst.config.ts returns it; without it cutover.yaml's project in lower case."),
		bucket:      in.String("bucket", "", "S3 bucket of the rollout's state and log, the archive's.", runner.Required()),
		prefix:      runner.Parsed(in, "prefix", "cutover", archive.PrefixSyntax, "Beginning of the keys in the bucket.", archive.ParseLayout),
		inventory:   in.String("inventory", "", "inventory.json of the deployed stage, from monitoring-stack: names the functions and, where cutover.yaml does not, the API."),
		accessLog:   in.String("access-log", "", "File with access logs of blue's load balancer, plain or gzip, for preflight: the largest bodies and the longest answers."),
		migrated:    in.String("migrated", "", "File with the names of the migrations that have run already, one a line, for preflight."),
		span:        in.Duration("for", 0, "How long baseline sends requests (30m unless set), and how long tick goes on ticking; 0 ticks once."),
		every:       in.Duration("every", time.Minute, "Pause between two ticks."),
		confirm:     in.String("confirm", "", "The record's name once more, for drill: everything that reaches it goes to green for some minutes."),
		url:         in.String("url", "", "Address that drill sends its requests to; without it the record, by https."),
		workflow:    in.String("workflow", "", "File name of the workflow that watches, such as traffic-watch.yml: start enables and dispatches it, a tick that ends before its work dispatches it anew, and the end disables it. Needs token and actions: write."),
		ref:         in.String("ref", "", "Branch on which the workflow is dispatched; without it GITHUB_REF_NAME."),
		report:      in.String("report", "", "File that the report is written to, as one page of HTML."),
		channel:     in.String("channel", "", "Slack channel; without it cutover.yaml's slack.channel. Needs slack-token."),
		role:        in.String("role", "", oidc.RoleUsage),
		region:      in.String("region", "", "AWS region; without it AWS_REGION, then cutover.yaml's."),
		token:       in.String("token", "", "GitHub token: writes the deployments of the environment <stage>-traffic, and starts the watch.", runner.Secret()),
		slackToken:  in.String("slack-token", "", "Slack bot token. Without it Slack hears nothing.", runner.Secret()),
		timeout:     in.Duration("timeout", 20*time.Minute, "How long it may take besides for."),
	}
	return &runner.Program{
		Name:    "traffic-shift",
		Summary: "Moves a stage's traffic from ECS to Lambda by weighted records of Route 53, phase by phase, on evidence, and back within minutes.",
		Inputs:  in,
		Outputs: []runner.Output{
			{Name: "state", Usage: "ready, shifting, settling, watching, rolling_back, rolled_back, soaking or complete"},
			{Name: "phase", Usage: "The phase, from 1; 0 before the first"},
			{Name: "weight", Usage: "Green's share of the traffic as decided, in percent"},
			{Name: "action", Usage: "What the last tick did: wait, hold, promote or rollback"},
			{Name: "verdict", Usage: "pass, fail or inconclusive"},
			{Name: "watching", Usage: "true while somebody must go on watching"},
			{Name: "lead", Usage: "What came of it, in a sentence"},
		},
		Run: values.run,
	}
}
