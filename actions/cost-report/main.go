// Command cost-report is the action that watches what the app costs: are all its
// parts told apart by tags, what was spent, where the month ends, what changed, and
// what would cost less.
package main

import (
	"errors"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/oidc"
	"github.com/cutover-dev/cutover/internal/release/archive"
	"github.com/cutover-dev/cutover/internal/runner"
	"github.com/cutover-dev/cutover/internal/unit"
)

func main() { os.Exit(runner.Main(program())) }

// What is done.
const (
	cmdCollect   = "collect"
	cmdTags      = "tags"
	cmdForecast  = "forecast"
	cmdExplain   = "explain"
	cmdRecommend = "recommend"
	cmdReview    = "review"
)

// What a bad verdict does to the job.
const (
	enforceFail = "fail"
	enforceWarn = "warn"
)

// inputs are the action's inputs, filled in before run is called.
type inputs struct {
	command, stage, config *string
	app, data              *string
	budget                 *unit.Money
	days                   *int
	bucket                 *string
	prefix                 *archive.Layout
	publish                *bool
	activate               *bool
	estate                 *string
	kept                   *string
	advice, tagsFile       *string
	force                  *bool
	out, report, invite    *string
	enforce                *string
	role, region, token    *string
	timeout                *time.Duration
}

func program() *runner.Program {
	in := runner.NewInputs()
	values := inputs{
		command: in.Choice("command", "collect reads what was spent, publishes it for the dashboard and says all of it in one report. tags holds that every resource carries the cost tags and lets billing know them. forecast says where the month ends, explain what changed in a week. recommend says what would cost less. review opens or updates the month's review.",
			[]string{cmdCollect, cmdTags, cmdForecast, cmdExplain, cmdRecommend, cmdReview}),
		stage:    in.String("stage", "production", "Stage whose costs are looked at."),
		config:   in.String("config", "", "cutover.yaml with the section budget. Without it ./cutover.yaml is read if there is one; forecast and explain of a file need none."),
		app:      in.String("app", "", "Name of the SST app, as app() of sst.config.ts returns it; without it cutover.yaml's project in lower case."),
		data:     in.String("data", "", "File with what was spent: CSV with the columns date and usd, or the JSON that collect writes. Without it Cost Explorer is asked for what the bucket does not keep yet."),
		budget:   runner.Parsed(in, "budget", "", "dollars a month, such as 200 or $200", "What the app may cost a month, in the place of cutover.yaml's.", parseBudget),
		days:     runner.Parsed(in, "days", "63", "15 to 366", "How many days back are looked at; each is paid for once.", parseDays),
		bucket:   in.String("bucket", "", "S3 bucket that keeps each day's costs, such as that of archive-artifacts."),
		prefix:   runner.Parsed(in, "prefix", "cutover", archive.PrefixSyntax, "Beginning of the keys in the bucket.", archive.ParseLayout),
		publish:  in.Bool("publish", true, "collect publishes the cost of each day as a metric, which the dashboard shows."),
		activate: in.Bool("activate", true, "tags lets billing tell costs apart by the tags, and asks once that it does so for the past. Only the account that pays can."),
		estate:   in.String("estate", "", "File of what runs and how it was used, as estate-out has it; without it AWS is asked."),
		kept:     in.String("estate-out", "", "File to which recommend writes what runs and how it was used: what its advice stands on."),
		advice:   in.String("advice", "", "File of the advice that recommend has written, for review."),
		tagsFile: in.String("tags", "", "File of what tags has found, for review."),
		force:    in.Bool("force", false, "review opens the month's review on any day."),
		out:      in.String("out", "", "File to write the result to, as JSON: for collect what was spent by day, for all others what is printed."),
		report:   in.String("report", "", "File to write the report to, as a page of its own."),
		invite:   in.String("invite", "", "File to write the review's invitation to (.ics)."),
		enforce:  in.Choice("enforce", "warn only says what is red or untagged. fail ends the job.", []string{enforceWarn, enforceFail}),
		role:     in.String("role", "", oidc.RoleUsage),
		region:   in.String("region", "", "AWS region; without it AWS_REGION, then cutover.yaml's."),
		token:    in.String("token", "", "GitHub token: github.token with issues: write for review, with deployments: read for explain, which names the deployments of a day.", runner.Secret()),
		timeout:  in.Duration("timeout", 15*time.Minute, "How long it may take in all."),
	}
	return &runner.Program{
		Name:    "cost-report",
		Summary: "Watches what an app costs: tags, daily cost, forecast against the budget, what changed, what would cost less, the monthly review.",
		Inputs:  in,
		Outputs: []runner.Output{
			{Name: "verdict", Usage: "pass, fail or inconclusive, of tags"},
			{Name: "status", Usage: "green, amber, red or unknown: where the month ends beside the budget"},
			{Name: "lead", Usage: "What came of it, in a sentence"},
			{Name: "yesterday", Usage: "Dollars of the newest day that is known, such as 6.42"},
			{Name: "month-end", Usage: "Dollars at which the month is likely to end"},
			{Name: "limit-reached-on", Usage: "Day on which the budget is likely to be used up; empty if it lasts"},
			{Name: "saving", Usage: "Dollars a year that recommend finds, at least"},
			{Name: "out", Usage: "File of the result; empty if none was asked for"},
			{Name: "report", Usage: "File of the report; empty if none was asked for"},
			{Name: "invite", Usage: "File of the invitation; empty if none was written"},
			{Name: "issue", Usage: "Address of the review's issue"},
			{Name: "title", Usage: "What to tell people, for notify's title; empty if there is nothing to tell"},
			{Name: "fields", Usage: "What to tell people, for notify's fields"},
		},
		Run: values.run,
	}
}

var bare = regexp.MustCompile(`^[0-9]+(\.[0-9]+)?$`)

// parseBudget takes dollars with or without their sign.
func parseBudget(text string) (unit.Money, error) {
	text = strings.TrimSpace(text)
	if bare.MatchString(text) {
		text = "$" + text
	}
	m, err := unit.ParseMoney(text)
	if err == nil && m <= 0 {
		return 0, errors.New("is nothing to spend")
	}
	return m, err
}

func parseDays(text string) (int, error) {
	n := 0
	for _, c := range strings.TrimSpace(text) {
		if c < '0' || c > '9' || n > 366 {
			return 0, errors.New("is no number of days")
		}
		n = 10*n + int(c-'0')
	}
	if n < 15 || n > 366 {
		return 0, errors.New("are too few or too many days")
	}
	return n, nil
}
