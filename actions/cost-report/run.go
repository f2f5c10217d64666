package main

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/oidc"
	"github.com/cutover-dev/cutover/internal/config"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/runbook"
	"github.com/cutover-dev/cutover/internal/runner"
	"github.com/cutover-dev/cutover/internal/unit"
)

// work is one run of the action. file is nil without a cutover.yaml.
type work struct {
	in     inputs
	s      *runner.Session
	file   *config.File
	region string
	now    time.Time
	told   told
	notes  []string
}

// run does what the command says and tells what came of it.
func (in inputs) run(ctx context.Context, s *runner.Session) error {
	file, err := config.Optional(*in.config, config.Name)
	if err != nil {
		return err
	}
	s.Runbooks(file.Runbooks())
	configured := ""
	if file != nil {
		configured = string(file.Region)
	}
	w := &work{in: in, s: s, file: file, region: s.Region(*in.region, configured), now: time.Now().UTC()}
	if err := w.check(); err != nil {
		return err
	}
	if w.file != nil && w.file.Budget == nil && *in.budget == 0 && *in.command != cmdTags && *in.command != cmdRecommend {
		return w.notConfigured()
	}
	ctx, cancel := context.WithTimeoutCause(ctx, *in.timeout, &fault.Fault{
		Kind: fault.Outside, Runbooks: []runbook.Kind{runbook.TimedOut}, Name: "timeout", What: "it took longer than allowed", Got: in.timeout.String(), Next: "Run it again: no day is paid for twice.",
	})
	defer cancel()
	if w.outside() {
		leave, err := oidc.Become(ctx, s, *in.role, w.region)
		if err != nil {
			return runner.Ended(ctx, err)
		}
		defer leave()
	}
	do := map[string]func(context.Context) error{
		cmdCollect: w.collect, cmdTags: w.tags, cmdForecast: w.forecast, cmdExplain: w.explain, cmdRecommend: w.recommend, cmdReview: w.review,
	}[*in.command]
	return w.tell(runner.Ended(ctx, do(ctx)))
}

// outside says whether AWS is asked at all: a file of what was spent needs nobody.
func (w *work) outside() bool {
	switch *w.in.command {
	case cmdForecast, cmdExplain, cmdReview:
		return *w.in.data == ""
	case cmdRecommend:
		return *w.in.estate == ""
	}
	return true
}

// check holds the inputs to the command, before anything is read.
func (w *work) check() error {
	in := w.in
	missing := func(name, what, next string) error {
		return &fault.Fault{Kind: fault.Input, Name: name, What: what, Next: next}
	}
	switch {
	case (w.outside() || *in.command == cmdReview) && w.file == nil:
		return missing("config", "is missing: there is no "+config.Name, "Name the app's cutover.yaml.")
	case *in.command == cmdForecast && *in.budget == 0 && w.file == nil:
		return missing("budget", "is missing, and there is no "+config.Name, "Say what a month may cost, such as --budget 200.")
	case *in.command == cmdCollect && *in.bucket == "":
		return missing("bucket", "is missing", "Name the bucket that keeps what was told: without it each day would be paid for at each run.")
	case *in.command == cmdReview && *in.token == "" && *in.out == "":
		return missing("token", "is missing", "Pass ${{ github.token }} with issues: write; or give out, to only write the review to a file.")
	}
	if w.file == nil {
		return nil
	}
	if _, known := w.file.Stages[*in.stage]; !known {
		return &fault.Fault{Kind: fault.Input, Name: "stage", What: "is no stage of cutover.yaml", Got: *in.stage, Allowed: strings.Join(slices.Sorted(maps.Keys(w.file.Stages)), ", ")}
	}
	return nil
}

// notConfigured is what an app without a budget is told.
func (w *work) notConfigured() error {
	w.told.lead = "Not configured: cutover.yaml has no section budget, so nobody said what " + w.file.Project + " may cost."
	return w.tell(nil)
}

// budget is what a month may cost, and the share of it at which people want to be
// told first.
func (w *work) budget() (monthly unit.Money, alert float64) {
	if w.file != nil && w.file.Budget != nil {
		monthly = w.file.Budget.Monthly
		if len(w.file.Budget.Alerts) > 0 {
			alert = w.file.Budget.Alerts[0].Fraction()
		}
	}
	if *w.in.budget != 0 {
		monthly = *w.in.budget
	}
	return monthly, alert
}

// wanted are the tags by which the stage's costs are told apart.
func (w *work) wanted() map[string]string {
	return map[string]string{"Project": w.file.Project, "Environment": *w.in.stage}
}

func (w *work) note(text string) {
	w.s.Notef("%s", text)
	w.notes = append(w.notes, text)
}
