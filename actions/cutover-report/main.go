// Command cutover-report is the action that compares both sides of a cutover and
// keeps what was decided on it: is green as good as blue, and cheaper?
package main

import (
	"errors"
	"os"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/oidc"
	"github.com/cutover-dev/cutover/internal/comparison"
	"github.com/cutover-dev/cutover/internal/release/archive"
	"github.com/cutover-dev/cutover/internal/runner"
)

func main() { os.Exit(runner.Main(program())) }

// What is done.
const (
	cmdReport   = "report"
	cmdBaseline = "baseline"
	cmdDecide   = "decide"
)

// asReported is the decision that follows from the rows.
const asReported = "as-reported"

// What a comparison that says no does to the job.
const (
	enforceFail = "fail"
	enforceWarn = "warn"
)

// inputs are the action's inputs, filled in before run is called.
type inputs struct {
	command              *string
	blue, green          *[]string
	runBlue, runGreen    *int64
	windowBlue           *window
	windowGreen          *window
	cost, inventory, app *string
	windowCost           *window
	stage, config        *string
	bucket               *string
	prefix               *archive.Layout
	replace              *bool
	report, out, record  *string
	approver             *string
	environment          *string
	dryRun               *bool
	reconcile            *bool
	decision, reason     *string
	enforce              *string
	role, region, token  *string
	timeout              *time.Duration
}

func program() *runner.Program {
	in := runner.NewInputs()
	values := inputs{
		command:     in.Choice("command", "report compares. baseline keeps what blue is before the first shift. decide compares, keeps the decision and opens a pull request with its record.", []string{cmdReport, cmdBaseline, cmdDecide}),
		blue:        in.Strings("blue", "File of a load result of the old side, or several that are shards of one run, with commas between them."),
		green:       in.Strings("green", "The same of the new side."),
		runBlue:     runner.Parsed(in, "run-blue", "", "the number of a run", "Run of load-test.yml that left the load result of the old side: its workflow, repository and branch are asked of GitHub. Inside Actions baseline and decide believe no file without it.", parseRun),
		runGreen:    runner.Parsed(in, "run-green", "", "the number of a run", "The same of the new side.", parseRun),
		windowBlue:  runner.Parsed(in, "window-blue", "", windowSyntax, "Where there is no load result of the old side: the time to read of CloudWatch. Without either it is the baseline that was kept.", parseWindow),
		windowGreen: runner.Parsed(in, "window-green", "", windowSyntax, "Where there is no load result of the new side: the time to read of CloudWatch.", parseWindow),
		windowCost:  runner.Parsed(in, "window-cost", "", windowSyntax, "The time, a week or longer, whose metered usage and traffic both sides' cost is reckoned from, by list prices. Without it cost is open.", parseWindow),
		inventory:   in.String("inventory", "", "File with the deployed app's functions, as monitoring-stack writes it (inventory): what green costs follows from their memory. Without it they are found by their tags."),
		app:         in.String("app", "", "Name of the SST app, as app() of sst.config.ts returns it; without it cutover.yaml's project in lower case."),
		cost:        in.String("cost", "", "File of what both sides cost, as JSON, in the place of window-cost."),
		reconcile:   in.Bool("reconcile", true, "What window-cost reckons is held against what Cost Explorer says of the same days; each call of it costs $0.01, and a week takes one or two. Where the account may not ask it the report says so."),
		stage:       in.String("stage", "", "Stage that is compared; two load results alone need none."),
		config:      in.String("config", "", "cutover.yaml; its section comparison says what green must reach. Without it ./cutover.yaml is read if there is one."),
		bucket:      in.String("bucket", "", "S3 bucket of baseline and decision, such as that of archive-artifacts."),
		prefix:      runner.Parsed(in, "prefix", "cutover", archive.PrefixSyntax, "Beginning of the keys in the bucket.", archive.ParseLayout),
		replace:     in.Bool("replace", false, "baseline puts a new one in the place of one that is there."),
		report:      in.String("report", "", "File to write the report to, as a page of its own."),
		out:         in.String("out", "", "File to write the comparison to, as JSON; its SHA-256 is what a decision names."),
		record:      in.String("record", "", "File to write the decision's record to, as Markdown."),
		approver:    runner.Parsed(in, "approver", "", "an account of GitHub", "For decide: who has decided. It must be who approved this run; without it whoever did.", parseApprover),
		environment: in.String("environment", "", "For decide: GitHub environment of the job, whose reviewers decide; without it the stage's, with -decide behind it."),
		dryRun:      in.Bool("dry-run", false, "decide says what would be decided, and writes a draft of the record: nothing is kept or proposed, and nobody need approve it."),
		decision:    in.Choice("decision", "For decide: as-reported is what the comparison says. return goes back to the old side though it says otherwise, which needs a reason; nobody may decide more than it says.", []string{asReported, string(comparison.Return)}),
		reason:      in.String("reason", "", "For decide: why return was decided, though the comparison says otherwise."),
		enforce:     in.Choice("enforce", "fail ends the job where a row fails. warn only says so. What is open ends no report; decide refuses it.", []string{enforceFail, enforceWarn}),
		role:        in.String("role", "", oidc.RoleUsage),
		region:      in.String("region", "", "AWS region; without it AWS_REGION, then cutover.yaml's."),
		token:       in.String("token", "", "GitHub token. With run-blue or run-green it sees what they are runs of: github.token with actions: read and contents: read. For decide it also sees who approved the run, and opens the pull request: contents: write and pull-requests: write.", runner.Secret()),
		timeout:     in.Duration("timeout", 15*time.Minute, "How long it may take in all."),
	}
	return &runner.Program{
		Name:    "cutover-report",
		Summary: "Compares both sides of a cutover, row by row, and keeps the decision that follows with its record.",
		Inputs:  in,
		Outputs: []runner.Output{
			{Name: "verdict", Usage: "pass, fail or inconclusive"},
			{Name: "decision", Usage: "proceed, return or undecided"},
			{Name: "lead", Usage: "What came of it, in a sentence"},
			{Name: "savings", Usage: "Percent that is saved a month at the median traffic, such as 45.2; empty if that is unknown"},
			{Name: "rows", Usage: "The verdict of each row, name: verdict, one a line"},
			{Name: "hash", Usage: "SHA-256 of the comparison"},
			{Name: "report", Usage: "File of the report; empty if none was asked for"},
			{Name: "record", Usage: "File of the decision's record; empty if none was asked for"},
			{Name: "kept", Usage: "Where baseline or decision is kept: s3://bucket/key"},
			{Name: "pull-request", Usage: "Address of the pull request with the record"},
			{Name: "title", Usage: "What to tell people, for notify's title"},
			{Name: "fields", Usage: "What to tell people, for notify's fields"},
		},
		Run: values.run,
	}
}

// window is a time to read of CloudWatch.
type window struct{ From, To time.Time }

const windowSyntax = "from/to in RFC 3339, such as 2026-11-23T12:00:00Z/2026-11-23T13:00:00Z"

func parseWindow(text string) (window, error) {
	from, to, ok := strings.Cut(text, "/")
	begin, err := time.Parse(time.RFC3339, strings.TrimSpace(from))
	end, endErr := time.Parse(time.RFC3339, strings.TrimSpace(to))
	switch {
	case !ok || err != nil || endErr != nil:
		return window{}, errors.New("is no window")
	case !begin.Before(end):
		return window{}, errors.New("ends before it begins")
	}
	return window{begin.UTC(), end.UTC()}, nil
}
