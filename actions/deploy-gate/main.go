// Command deploy-gate is the action that says, in one verdict, whether a commit
// may go to a stage with users.
package main

import (
	"os"

	"github.com/cutover-dev/cutover/internal/adapter/aws/oidc"
	"github.com/cutover-dev/cutover/internal/gate"
	"github.com/cutover-dev/cutover/internal/release/archive"
	"github.com/cutover-dev/cutover/internal/runner"
)

func main() { os.Exit(runner.Main(program())) }

// inputs are the action's inputs, filled in before run is called.
type inputs struct {
	stage, approval      *string
	receipt              **gate.Receipt
	folder, app, config  *string
	lockfile, bundle     *string
	environment          *string
	sha, commit          *string
	override             *string
	role, region, bucket *string
	rolloutBucket        *string
	rolloutPlace         *archive.Layout
	longLived            *bool
	token                *string
}

func program() *runner.Program {
	in := runner.NewInputs()
	values := inputs{
		stage:         in.String("stage", "production", "SST stage that would be deployed; one of cutover.yaml's."),
		approval:      in.Choice("approval", "When the gate is asked. pending: before the job that has the environment, whose reviewers will be asked; required: as the first step of that job, when they must have approved.", []string{string(gate.Pending), string(gate.Required)}),
		receipt:       runner.Parsed(in, "receipt", "", "the output receipt of sst-deploy, unchanged", "The output receipt of the sst-deploy that deployed the stage before.", gate.ParseReceipt),
		folder:        in.String("folder", "", "Folder of the SST app, checked out and built. Without it the one that cutover.yaml names, else the current one."),
		app:           in.String("app", "", "Name of the app, as app() of sst.config.ts returns it. Without it the name is read from there."),
		config:        in.String("config", "", "cutover.yaml; without it the one in folder."),
		lockfile:      in.String("lockfile", "", "Lockfile, seen from folder. Without it the one that the receipt names."),
		bundle:        in.String("bundle", "", "Folder of what was built, seen from folder. Without it the one that the receipt names."),
		environment:   in.String("environment", "", "GitHub environment of the stage. Without it that of the stage in cutover.yaml."),
		sha:           in.String("sha", "", "Commit that would be deployed. Without it GITHUB_SHA."),
		commit:        in.String("commit", "", "Where approval in cutover.yaml is dispatch: the commit that whoever started the run by hand has named, such as inputs.commit of the workflow."),
		override:      in.String("override-freeze", "", "Why a freeze shall be overridden. It counts only if one of gate.override_by has approved the run or started it by hand."),
		role:          in.String("role", "", oidc.RoleUsage),
		region:        in.String("region", "", "AWS region. Without it AWS_REGION, AWS_DEFAULT_REGION, then cutover.yaml's."),
		bucket:        in.String("state-bucket", "", "SST's state bucket. Without it the SSM parameter /sst/bootstrap names it."),
		rolloutBucket: in.String("rollout-bucket", "", "Bucket in which traffic-shift keeps the rollout's state."),
		rolloutPlace:  runner.Parsed(in, "rollout-prefix", "cutover", archive.PrefixSyntax, "What the rollout's key begins with, as traffic-shift's prefix: <prefix>/rollout/<stage>/state.json.", archive.ParseLayout),
		longLived:     in.Bool("allow-long-lived-keys", false, "Let production pass also with an access key that does not expire."),
		token:         in.String("token", "", "GitHub token with actions: read, contents: read and checks: read.", runner.Secret()),
	}
	return &runner.Program{
		Name:    "deploy-gate",
		Summary: "Says in one verdict whether a commit may go to production, with a row for each reason.",
		Inputs:  in,
		Outputs: []runner.Output{
			{Name: "verdict", Usage: "pass, fail or inconclusive"},
			{Name: "approver", Usage: "Who has approved, several with commas; empty as long as nobody has"},
			{Name: "reasons", Usage: "The checks that did not pass, with commas; empty after a pass"},
			{Name: "summary", Usage: "The verdict in a sentence"},
		},
		Run: values.run,
	}
}
