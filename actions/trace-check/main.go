// Command trace-check is the action that proves that a deployed stage is traced:
// it sends requests of its own, waits for their traces, and holds what was
// recorded to what cutover.yaml expects.
package main

import (
	"errors"
	"os"
	"strconv"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/oidc"
	"github.com/cutover-dev/cutover/internal/release/archive"
	"github.com/cutover-dev/cutover/internal/runner"
)

func main() { os.Exit(runner.Main(program())) }

// What a check that says no does to the job.
const (
	enforceFail = "fail"
	enforceWarn = "warn"
)

// inputs are the action's inputs, filled in before run is called.
type inputs struct {
	stage, url     *string
	config, app    *string
	requests       *int
	wait, timeout  *time.Duration
	bucket         *string
	prefix         *archive.Layout
	report, mapOut *string
	enforce        *string
	role, region   *string
}

func program() *runner.Program {
	in := runner.NewInputs()
	values := inputs{
		stage:    in.String("stage", "", "Stage that is checked.", runner.Required()),
		url:      in.String("url", "", "Address of the deployed API, such as the output url of sst-deploy: one that cutover.yaml names for the stage, or one of API Gateway's own in the region. Without it the stage's url in cutover.yaml."),
		config:   in.String("config", "cutover.yaml", "cutover.yaml; its section tracing says what is sent and expected."),
		app:      in.String("app", "", "Name of the SST app, as app() of sst.config.ts returns it; without it cutover.yaml's project in lower case."),
		requests: runner.Parsed(in, "requests", "", "1 to 500", "How many requests are sent whose traces must be found; without it tracing.count of cutover.yaml.", parseRequests),
		wait:     in.Duration("wait", 0, "How long is waited for the traces; 0 is tracing.wait of cutover.yaml."),
		bucket:   in.String("bucket", "", "S3 bucket where the last good map is kept, such as that of archive-artifacts; without it nothing is compared."),
		prefix:   runner.Parsed(in, "prefix", "cutover", archive.PrefixSyntax, "Beginning of the key in the bucket.", archive.ParseLayout),
		report:   in.String("report", "", "File to write the report to, as a page of its own with the map drawn."),
		mapOut:   in.String("map", "", "File to write the map to, as JSON."),
		enforce:  in.Choice("enforce", "fail ends the job where the check says no. warn only says so. What could not be seen, and bad input, ends it in either case.", []string{enforceFail, enforceWarn}),
		role:     in.String("role", "", oidc.RoleUsage),
		region:   in.String("region", "", "AWS region; without it AWS_REGION, then cutover.yaml's."),
		timeout:  in.Duration("timeout", 20*time.Minute, "How long it may take in all."),
	}
	return &runner.Program{
		Name:    "trace-check",
		Summary: "Sends requests to a deployed stage, finds their traces, and holds functions, service map and segments to what is expected.",
		Inputs:  in,
		Outputs: []runner.Output{
			{Name: "verdict", Usage: "pass, fail or inconclusive"},
			{Name: "lead", Usage: "What came of it, in a sentence"},
			{Name: "found", Usage: "How many of the traces were found"},
			{Name: "missing", Usage: "How many were not"},
			{Name: "edges-new", Usage: "How many calls between nodes the last map had not"},
			{Name: "edges-lost", Usage: "How many calls of the last map are gone"},
			{Name: "map", Usage: "Where the map is kept: s3://bucket/key; empty if it was not"},
			{Name: "report", Usage: "File of the report; empty if none was asked for"},
			{Name: "console-url", Usage: "Address of the stage's service map in the console"},
		},
		Run: values.run,
	}
}

func parseRequests(text string) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > 500 {
		return 0, errors.New("is no number of requests")
	}
	return n, nil
}
