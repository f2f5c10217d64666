// Command bake is the action that says whether a deployment is good: it asks the
// deployed API, and watches its alarms for a while.
package main

import (
	"errors"
	"os"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/oidc"
	"github.com/cutover-dev/cutover/internal/bake"
	"github.com/cutover-dev/cutover/internal/runner"
)

func main() { os.Exit(runner.Main(program())) }

// inputs are the action's inputs, filled in before run is called.
type inputs struct {
	stage, url          *string
	checks, alarms      *[]string
	config              *string
	settle, span, every *time.Duration
	timeout             *time.Duration
	misses              *int
	region, role        *string
}

func program() *runner.Program {
	in := runner.NewInputs()
	values := inputs{
		stage:   in.String("stage", "", "Stage that was deployed.", runner.Required()),
		url:     in.String("url", "", "Address of the deployed API, such as the output url of sst-deploy. Without it the stage's url in cutover.yaml."),
		checks:  in.Strings("check", "A request that must be answered rightly: "+bake.CheckSyntax+". Without one, traffic.health_path of cutover.yaml with 200."),
		alarms:  in.Strings("alarm", "Name of a CloudWatch alarm that must be quiet; {stage} is the stage. Without one, gate.alarms of cutover.yaml."),
		config:  in.String("config", "", "cutover.yaml; without it ./cutover.yaml is read if there is one."),
		settle:  in.Duration("settle", 2*time.Minute, "How long the first right answers may take."),
		span:    in.Duration("for", 10*time.Minute, "How long checks and alarms are watched once every check was right."),
		every:   in.Duration("every", 15*time.Second, "Pause between two looks."),
		timeout: in.Duration("timeout", 10*time.Second, "How long one request to the API, and one look at the alarms, may take."),
		misses:  runner.Parsed(in, "misses", "3", "1 to 100", "How many wrong answers to one check in a row end it.", parseMisses),
		role:    in.String("role", "", oidc.RoleUsage),
		region:  in.String("region", "", "AWS region of the alarms. Without it AWS_REGION, then cutover.yaml's."),
	}
	return &runner.Program{
		Name:    "bake",
		Summary: "Asks a deployed API and watches its alarms until the deployment may be called good.",
		Inputs:  in,
		Outputs: []runner.Output{
			{Name: "verdict", Usage: "pass, fail or inconclusive"},
			{Name: "reason", Usage: "The verdict in a word: quiet, smoke, check, alarm, no-alarm, unproven, cancelled"},
			{Name: "lead", Usage: "The verdict in a sentence"},
		},
		Run: values.run,
	}
}

func parseMisses(text string) (int, error) {
	n, err := parseNumber(text)
	if err != nil || n < 1 || n > 100 {
		return 0, errors.New("is no number of answers")
	}
	return n, nil
}
