// Command load-test is the action that sends a profile of cutover.yaml to its
// stage, and says what the stage made of it.
package main

import (
	"os"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/oidc"
	"github.com/cutover-dev/cutover/internal/load"
	"github.com/cutover-dev/cutover/internal/runner"
)

func main() { os.Exit(runner.Main(program())) }

// What a test that says no does to the job.
const (
	enforceFail = "fail"
	enforceWarn = "warn"
)

// inputs are the action's inputs, filled in before run is called.
type inputs struct {
	profile, stage, config, url *string
	shard                       *load.Part
	startAt                     *time.Time
	merge                       *[]string
	app                         *string
	settle, timeout             *time.Duration
	out, report                 *string
	enforce                     *string
	environment, token          *string
	role, region                *string
}

func program() *runner.Program {
	in := runner.NewInputs()
	values := inputs{
		profile:     in.String("profile", "", "Name of a profile below load in cutover.yaml.", runner.Required()),
		stage:       in.String("stage", "", "Stage that is loaded; it must be the profile's, so that nobody loads another one by mistake.", runner.Required()),
		config:      in.String("config", "cutover.yaml", "cutover.yaml; its section load holds the profiles."),
		url:         in.String("url", "", "Address that is loaded: one that cutover.yaml names for the stage, such as a side's direct name. Without it the stage's url."),
		shard:       runner.Parsed(in, "shard", "", "i/n such as 1/3", "Send the i-th of n parts of the load.", load.ParsePart),
		startAt:     runner.Parsed(in, "start-at", "", "a time such as 2026-11-23T17:00:00Z", "When to begin, so that several shards begin at once.", parseTime),
		merge:       in.Strings("merge", "File with the result of a shard, or folder of such files. Nothing is sent then; all shards are made one result, which is judged."),
		app:         in.String("app", "", "Name of the SST app, as app() of sst.config.ts returns it; without it cutover.yaml's project in lower case."),
		settle:      in.Duration("settle", 5*time.Minute, "How long is waited at most until CloudWatch knows all of the run; 0 asks it nothing, and needs no credentials."),
		timeout:     in.Duration("timeout", 5*time.Hour, "How long it may take in all."),
		out:         in.String("out", "", "File to write the result to, as JSON: for merge, and for cutover-report."),
		report:      in.String("report", "", "File to write the report to, as a page of its own with plots."),
		enforce:     in.Choice("enforce", "fail ends the job where the stage does not keep its goals. warn only says so. A run that is no measurement, and bad input, ends it in either case.", []string{enforceFail, enforceWarn}),
		environment: in.String("environment", "", "GitHub environment of the job, whose reviewers approve a load on a stage with approval: required; without it the stage's, with -load behind it."),
		token:       in.String("token", "", "Token that may read the run (actions: read); needed where the stage has approval: required.", runner.Secret()),
		role:        in.String("role", "", oidc.RoleUsage),
		region:      in.String("region", "", "AWS region; without it AWS_REGION, then cutover.yaml's."),
	}
	return &runner.Program{
		Name:    "load-test",
		Summary: "Sends a profile's load to its stage in an open loop, and says whether it counts, what the stage answered and how it scaled.",
		Inputs:  in,
		Outputs: []runner.Output{
			{Name: "verdict", Usage: "pass, fail or inconclusive"},
			{Name: "lead", Usage: "What came of it, in a sentence"},
			{Name: "valid", Usage: "true if the run is a measurement"},
			{Name: "achieved-rate", Usage: "Requests a second, over the whole run"},
			{Name: "p95", Usage: "95th percentile of the latency in milliseconds"},
			{Name: "p99", Usage: "99th percentile of the latency in milliseconds"},
			{Name: "errors", Usage: "How many requests failed"},
			{Name: "result", Usage: "File of the result; empty if none was asked for"},
			{Name: "report", Usage: "File of the report; empty if none was asked for"},
		},
		Run: values.run,
	}
}
