// Command doctor is the action that says whether everything is there that a first
// run needs: in the repository, at GitHub, at AWS, at Slack.
package main

import (
	"encoding/json"
	"errors"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/oidc"
	"github.com/cutover-dev/cutover/internal/doctor"
	"github.com/cutover-dev/cutover/internal/release/archive"
	"github.com/cutover-dev/cutover/internal/runner"
)

func main() { os.Exit(runner.Main(program())) }

// inputs are the action's inputs, filled in before run is called.
type inputs struct {
	dir, config, app  *string
	only              *[]doctor.Part
	repository, token *string
	variables         *names
	bucket            *string
	prefix            *archive.Layout
	account           *string
	slack, channel    *string
	probe, simulate   *bool
	enforce           *string
	report            *string
	role, region      *string
	timeout           *time.Duration
}

// What ends the job.
const (
	enforceAll      = "all"
	enforceFailures = "failures"
)

func program() *runner.Program {
	in := runner.NewInputs()
	values := inputs{
		dir:        in.String("dir", ".", "Folder of the repository, as it was checked out."),
		config:     in.String("config", "cutover.yaml", "cutover.yaml, seen from the folder."),
		app:        in.String("app", "", "Name of the SST app, as app() of sst.config.ts returns it; without it cutover.yaml's project in lower case."),
		only:       runner.Parsed(in, "only", "offline,github,aws,slack", "offline, github, aws and slack, with commas between", "Which parts are looked at.", parseParts),
		repository: in.String("repository", "", "GitHub repository, owner/name; without it GITHUB_REPOSITORY."),
		token:      in.String("token", "", "GitHub token: github.token with actions: read and contents: read sees environments and workflows; a person's token sees variables, the names of secrets, and settings too.", runner.Secret()),
		variables:  runner.Parsed(in, "variables", "", "a JSON object", "The workflow's variables as toJSON(vars) gives them, since no job's token may list them. Names are looked at, and the accounts of roles.", parseNames),
		bucket:     in.String("bucket", "", "S3 bucket of archive-artifacts; without it the variable ARCHIVE_BUCKET of variables."),
		prefix:     runner.Parsed(in, "prefix", "cutover", archive.PrefixSyntax, "Prefix of archive-artifacts.", archive.ParseLayout),
		account:    in.String("account", "", "Number of the AWS account in which everything shall be; without it that of the roles in variables."),
		slack:      in.String("slack-token", "", "Bot token (xoxb-…) of the Slack app.", runner.Secret()),
		channel:    in.String("channel", "", "Slack channel; without it slack.channel of cutover.yaml."),
		probe:      in.Bool("probe", false, "Write an object below doctor/ into the bucket and remove it, to see that conditional writes are kept. Nothing else is ever written."),
		simulate:   in.Bool("simulate", false, "Ask IAM's simulation what each role would be allowed."),
		enforce:    in.Choice("enforce", "all ends the job where a check fails and where one could not be made. failures leaves what could not be made to the report: no job's token sees everything.", []string{enforceAll, enforceFailures}),
		report:     in.String("report", "", "File to write the report to, as a page of its own."),
		role:       in.String("role", "", oidc.RoleUsage),
		region:     in.String("region", "", "AWS region; without it AWS_REGION, then cutover.yaml's."),
		timeout:    in.Duration("timeout", 3*time.Minute, "How long it may take in all. What was not asked by then is inconclusive."),
	}
	return &runner.Program{
		Name:    "doctor",
		Summary: "Looks whether everything is there that a first run needs, in the order of what breaks first, and says which command mends what is not.",
		Inputs:  in,
		Outputs: []runner.Output{
			{Name: "verdict", Usage: "pass, fail or inconclusive"},
			{Name: "lead", Usage: "What came of it, in a sentence"},
			{Name: "passed", Usage: "How many checks pass"},
			{Name: "failed", Usage: "How many fail"},
			{Name: "open", Usage: "How many could not be made"},
			{Name: "report", Usage: "File of the report; empty if none was asked for"},
		},
		Run: values.run,
	}
}

// parseParts reads which parts are looked at.
func parseParts(text string) ([]doctor.Part, error) {
	var parts []doctor.Part
	for word := range strings.SplitSeq(text, ",") {
		p := doctor.Part(strings.TrimSpace(word))
		if !slices.Contains(doctor.Parts(), p) {
			return nil, errors.New("is no part")
		}
		parts = append(parts, p)
	}
	return parts, nil
}

// names are variables with their values, nil if none were handed over.
type names map[string]string

func parseNames(text string) (names, error) {
	if strings.TrimSpace(text) == "" {
		return nil, nil
	}
	n := names{}
	if err := json.Unmarshal([]byte(text), &n); err != nil {
		return nil, errors.New("is no JSON object of texts")
	}
	return n, nil
}

// keys are the names, nil if none were handed over.
func (n names) keys() []string {
	if n == nil {
		return nil
	}
	return append([]string{}, slices.Sorted(maps.Keys(n))...)
}

// account is that of the roles, empty if they have none or several.
func (n names) account() string {
	found := ""
	for name, value := range n {
		if !strings.HasPrefix(name, "AWS_ROLE_") {
			continue
		}
		parts := strings.Split(value, ":") // arn:aws:iam::123456789012:role/…
		if len(parts) != 6 || parts[4] == "" || found != "" && found != parts[4] {
			return ""
		}
		found = parts[4]
	}
	return found
}
