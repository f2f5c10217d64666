// Command notify is the action that tells people in Slack what happens.
package main

import (
	"os"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/slack"
	"github.com/cutover-dev/cutover/internal/message"
	"github.com/cutover-dev/cutover/internal/runner"
)

func main() { os.Exit(runner.Main(program())) }

// inputs are the action's inputs, filled in before run is called.
type inputs struct {
	kind                    *message.Kind
	stage, title, text      *string
	fields, links, users    *[]string
	progress                **message.Progress
	actor                   *message.Actor
	channel, token, webhook *string
	thread                  *message.Place
	key, config             *string
	onError                 *policy
	timeout                 *time.Duration
	dryRun                  *bool
}

func program() *runner.Program {
	in := runner.NewInputs()
	values := inputs{
		kind:     runner.Parsed(in, "kind", "", message.KindList(), "What happened.", message.ParseKind, runner.Required()),
		stage:    in.String("stage", "", "SST stage that it is about, such as production."),
		title:    in.String("title", "", "What happened in one line.", runner.Required()),
		text:     in.String("text", "", "What there is to say beyond the title. Plain text: nothing in it acts as markup or mentions anybody."),
		fields:   in.Strings("fields", "A fact, written name: value."),
		links:    in.Strings("link", "A button that opens an address, written label https://address."),
		progress: runner.Parsed(in, "progress", "", message.ProgressSyntax, "How far a cutover is, shown as a bar.", message.ParseProgress),
		actor:    runner.Parsed(in, "actor", "", message.ActorSyntax, "Who set it going; inside Actions github.actor unless set. An address lets Slack look the member up.", message.ParseActor),
		channel:  in.String("channel", "", "Channel by name or ID, for a bot token; overrides slack.channel in cutover.yaml. By ID earlier messages can be found."),
		token:    in.String("token", "", "Bot token (xoxb-…) of a Slack app. Comes before webhook-url if both are given.", runner.Secret()),
		webhook:  in.String("webhook-url", "", "Address of an incoming webhook. It posts anew each time, because it cannot change a message.", runner.Secret()),
		thread:   runner.Parsed(in, "thread", "", message.ThreadSyntax, "The deployment's message, as an earlier step's output thread gave it: it is updated in place, details go into its thread.", message.ParsePlace),
		key:      in.String("key", "", "Name of the deployment, to find its message again where thread is not given; inside Actions repository, run and stage unless set. An alarm or report with a key is updated too."),
		users:    in.Strings("users", "A GitHub login and its Slack member ID, written octocat=U0123456789; goes before slack.users in cutover.yaml."),
		config:   in.String("config", "", "cutover.yaml to take the section slack from; without it ./cutover.yaml is read if there is one."),
		onError:  runner.Parsed(in, "on-error", "", "fail, warn, ignore", "What to do when Slack cannot be told; overrides slack.on_error in cutover.yaml. Without either it is warn.", parsePolicy),
		timeout:  in.Duration("timeout", slack.DefaultBudget, "How long it may take in all, waits and repetitions included."),
		dryRun:   in.Bool("dry-run", false, "Print the message and a link to preview it, and send nothing. Needs no token."),
	}
	return &runner.Program{
		Name:    "notify",
		Summary: "Tells people in Slack what a deployment does: one message each, updated in place, details in its thread.",
		Inputs:  in,
		Outputs: []runner.Output{
			{Name: "thread", Usage: "The message as channel ID:timestamp, for the input thread of later steps; empty after a webhook"},
			{Name: "ts", Usage: "The message's timestamp, which is its name at Slack"},
			{Name: "channel", Usage: "The channel's ID"},
			{Name: "sent", Usage: "true if anything was posted or changed"},
		},
		Run: values.run,
	}
}
