// Command sst-deploy is the action that deploys with SST and tells the truth
// about it.
package main

import (
	"errors"
	"os"
	"strconv"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/oidc"
	"github.com/cutover-dev/cutover/internal/runner"
)

func main() { os.Exit(runner.Main(program())) }

// inputs are the action's inputs, filled in before run is called.
type inputs struct {
	command, stage          *string
	folder, app, config     *string
	sst                     *string
	role, region, bucket    *string
	bundle                  *string
	environment             *string
	env                     *[]string
	retries                 *int
	retryWait               *time.Duration
	retryPartial, longLived *bool
	comment, deployment     *string
	token                   *string
	dryRun                  *bool
	rollback                rollbackInputs
}

// The commands.
const (
	cmdDeploy   = "deploy"
	cmdDiff     = "diff"
	cmdUnlock   = "unlock"
	cmdStatus   = "status"
	cmdRollback = "rollback"
)

// grace leaves GitHub half a second before it kills: outputs and summary are
// written then.
const grace = 9400 * time.Millisecond

func program() *runner.Program {
	in := runner.NewInputs()
	values := inputs{
		command:      in.Choice("command", "What to do: deploy; diff shows what a deployment would change; unlock releases the lock of a run that is over; status shows last update, lock and outputs; rollback brings a good release back.", []string{cmdDeploy, cmdDiff, cmdUnlock, cmdStatus, cmdRollback}),
		stage:        in.String("stage", "", "SST stage, such as staging or production. With a cutover.yaml it must be one of its stages.", runner.Required()),
		folder:       in.String("folder", "", "Folder of the SST app. Without it the one that cutover.yaml names, else the current one."),
		app:          in.String("app", "", "Name of the app, as app() of sst.config.ts returns it. Without it the name is read from there."),
		config:       in.String("config", "", "cutover.yaml to take folder, region, environment and the stages from; without it the one in folder is read if there is one."),
		sst:          in.String("sst", "", "How to call sst: a path, or words such as pnpm exec sst. Without it SST_BIN_PATH, node_modules of the app's folder, then PATH."),
		role:         in.String("role", "", oidc.RoleUsage+" sst is given it too, and renews it by itself."),
		bundle:       in.String("bundle", "", "For deploy: folder of what was built, seen from the app's, such as dist/functions. Its digest and the lockfile's stand in the output receipt."),
		region:       in.String("region", "", "AWS region that sst.config.ts deploys to. Without it AWS_REGION, AWS_DEFAULT_REGION, then cutover.yaml's."),
		bucket:       in.String("state-bucket", "", "SST's state bucket. Without it the SSM parameter /sst/bootstrap names it."),
		environment:  in.String("environment", "", "GitHub environment of the deployment. Without it that of the stage in cutover.yaml, else the stage's name."),
		env:          in.Strings("env", "Variable that sst gets besides the usual ones, by its name or its beginning, such as DATABASE_URL or VITE_*."),
		retries:      runner.Parsed(in, "retries", "2", "0 to 5", "How often a deployment is begun anew after a passing trouble (network, throttling) that came before any resource was changed.", parseRetries),
		retryWait:    in.Duration("retry-wait", 10*time.Second, "Pause before the first new try; it doubles each time, up to two minutes."),
		retryPartial: in.Bool("retry-partial", false, "Try anew also after some resources were changed."),
		comment:      in.String("comment", "", "Key of the one comment on the pull request that diff writes and updates in place; empty writes none. Needs token and pull-requests: write."),
		deployment:   in.Choice("deployment", "auto keeps a deployment on GitHub with its statuses, unless the job has an environment, for which GitHub keeps one by itself; none keeps none. Needs token and deployments: write.", []string{"auto", "none"}),
		longLived:    in.Bool("allow-long-lived-keys", false, "Deploy production also with an access key that does not expire."),
		token:        in.String("token", "", "GitHub token: asks whether the owner of a lock lives (actions: read), keeps the deployment, writes the comment. sst never sees it.", runner.Secret()),
		dryRun:       in.Bool("dry-run", false, "Only show what would be run, where, and with which variables; for rollback, to which release and why."),
		rollback:     declareRollback(in),
	}
	return &runner.Program{
		Name:    "sst-deploy",
		Summary: "Deploys with SST, and judges the deployment by what the state bucket says of it.",
		Inputs:  in,
		Outputs: []runner.Output{
			{Name: "verdict", Usage: "pass, fail or inconclusive"},
			{Name: "reason", Usage: "The verdict in a word, such as deployed, resource-errors, cancelled"},
			{Name: "url", Usage: "The output url of sst.config.ts, only after a deployment that succeeded"},
			{Name: "functions", Usage: "The output functions of sst.config.ts as a JSON list, [] if there is none"},
			{Name: "outputs", Usage: "All outputs of sst.config.ts as one JSON object, without secrets"},
			{Name: "update-id", Usage: "SST's id of the update"},
			{Name: "version", Usage: "Version of SST"},
			{Name: "changes", Usage: "How many resources were changed, or would be; empty if nobody knows"},
			{Name: "touched", Usage: "nothing, some, all or unknown: what a deployment has changed"},
			{Name: "locked", Usage: "true if the stage is locked at the end"},
			{Name: "deployment-id", Usage: "The deployment on GitHub, empty if none was made"},
			{Name: "receipt", Usage: "After a deployment that succeeded, with bundle: what was deployed, as one line of JSON for deploy-gate"},
			{Name: "rolled-back", Usage: "true when the part of the rollback that was asked for is done, now or before"},
			{Name: "release", Usage: "The release that is rolled back to"},
			{Name: "commit", Usage: "Its commit, to be checked out for the part redeploy"},
			{Name: "code-updated", Usage: "How many functions were given the release's code"},
			{Name: "left", Usage: "What of the rollback is still to be done: redeploy, all, or nothing"},
			{Name: "state", Usage: "In what state things are after the rollback, in sentences"},
			{Name: "page", Usage: "What to wake somebody with: why the rollback failed, the state of things, what to type; empty unless it failed"},
		},
		Run:   values.run,
		Grace: grace,
	}
}

func parseRetries(text string) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > 5 {
		return 0, errors.New("is no number of tries")
	}
	return n, nil
}
