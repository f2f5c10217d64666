package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/oidc"
	"github.com/cutover-dev/cutover/internal/adapter/aws/s3"
	"github.com/cutover-dev/cutover/internal/comparison"
	"github.com/cutover-dev/cutover/internal/config"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/runbook"
	"github.com/cutover-dev/cutover/internal/runner"
)

// work is one run of the action. file is nil without a cutover.yaml.
type work struct {
	in     inputs
	s      *runner.Session
	file   *config.File
	region string
	shelf  shelf
	result result
	// report is nil until both sides were compared.
	report *comparison.Report
	record string
	// approver is who has approved this run at GitHub; empty until that was seen.
	approver string
}

// run does what the command says and tells what came of it.
func (in inputs) run(ctx context.Context, s *runner.Session) error {
	file, err := config.Optional(*in.config, config.Name)
	if err != nil {
		return err
	}
	s.Runbooks(file.Runbooks())
	region := s.Region(*in.region, "")
	if file != nil {
		region = s.Region(*in.region, string(file.Region))
	}
	w := &work{in: in, s: s, file: file, region: region, result: result{Command: *in.command, Stage: *in.stage, Rows: []comparison.Row{}, Facts: []comparison.Fact{}, Advice: []string{}}}
	if file != nil {
		w.result.Project = file.Project
	}
	if err := w.check(); err != nil {
		return err
	}
	w.shelf = shelf{*in.bucket, in.prefix.String(), *in.stage, w.region}
	ctx, cancel := context.WithTimeoutCause(ctx, *in.timeout, &fault.Fault{
		Kind: fault.Outside, Runbooks: []runbook.Kind{runbook.TimedOut}, Name: "timeout", What: "it took longer than allowed", Got: in.timeout.String(), Next: "Run it again, with a longer timeout.",
	})
	defer cancel()
	if w.outside() {
		leave, err := oidc.Become(ctx, s, *in.role, w.region)
		if err != nil {
			return runner.Ended(ctx, err)
		}
		defer leave()
	}
	do := map[string]func(context.Context) error{cmdReport: w.compare, cmdBaseline: w.keepBaseline, cmdDecide: w.decide}[*in.command]
	return w.tell(runner.Ended(ctx, do(ctx)))
}

// outside says whether AWS is asked at all: two load results need nobody.
func (w *work) outside() bool {
	return *w.in.command != cmdReport || !w.given(w.in.blue) || !w.given(w.in.green) || !w.in.windowCost.From.IsZero()
}

func (w *work) given(files *[]string) bool { return len(names(*files)) > 0 }

// check holds the inputs to the command, before anything is read.
func (w *work) check() error {
	in := w.in
	missing := func(name, what, next string) error {
		return &fault.Fault{Kind: fault.Input, Name: name, What: what, Next: next}
	}
	noBlue, noGreen := !w.given(in.blue) && in.windowBlue.From.IsZero(), !w.given(in.green) && in.windowGreen.From.IsZero()
	keeps := *in.command != cmdReport
	switch {
	case *in.command != cmdBaseline && noGreen:
		return missing("green", "is missing", "Name the new side's load result, or give window-green.")
	case noBlue && (*in.command == cmdBaseline || *in.bucket == ""):
		return missing("blue", "is missing", "Name the old side's load result, or give window-blue; report and decide take the baseline that was kept in bucket.")
	case w.outside() && *in.stage == "":
		return missing("stage", "is missing", "Say which stage it is, such as production.")
	case *in.cost != "" && !in.windowCost.From.IsZero():
		return missing("cost", "is given twice, as a file and by window-cost", "Name one of them.")
	case !in.windowCost.From.IsZero() && w.file != nil && w.file.Cost == nil:
		return missing("window-cost", "cannot be reckoned: cutover.yaml has no section cost", "Say there what no metric tells: cost.blue.cpu and cost.blue.memory at least.")
	case keeps && *in.bucket == "":
		return missing("bucket", "is missing", "Name the bucket in which "+*in.command+" keeps what it finds.")
	case w.outside() && w.file == nil:
		return missing("config", "is missing: there is no "+config.Name, "Name the app's cutover.yaml.")
	case *in.dryRun && *in.command != cmdDecide:
		return missing("dry-run", "is for decide alone", "report and baseline decide nothing: leave it away.")
	case *in.command == cmdDecide && !*in.dryRun && *in.token == "":
		return missing("token", "is missing", "Pass ${{ github.token }}: it sees who has approved this run, and opens the pull request with the record.")
	}
	if err := w.checkRuns(); err != nil {
		return err
	}
	return w.checkStage()
}

// checkStage holds the stage to cutover.yaml.
func (w *work) checkStage() error {
	stage := *w.in.stage
	if w.file == nil || stage == "" {
		return nil
	}
	if _, known := w.file.Stages[stage]; !known {
		return &fault.Fault{Kind: fault.Input, Name: "stage", What: "is no stage of cutover.yaml", Got: stage, Allowed: strings.Join(slices.Sorted(maps.Keys(w.file.Stages)), ", ")}
	}
	if t := w.file.Traffic; *w.in.command == cmdDecide && (t == nil || t.Stage != stage) {
		f := &fault.Fault{Kind: fault.Refused, Name: "stage", What: "has no old side that could be retired", Got: stage, Next: "Decide on the stage whose traffic moves (traffic.stage of cutover.yaml)."}
		if t != nil {
			f.Allowed = t.Stage
		}
		return f
	}
	return nil
}

// compare reads both sides and judges them.
func (w *work) compare(ctx context.Context) error {
	blue, err := w.blue(ctx)
	if err != nil {
		return err
	}
	green, err := w.side(ctx, "green", nameGreen, *w.in.green, *w.in.windowGreen)
	if err != nil {
		return err
	}
	w.warn(&blue, &green)
	input := comparison.Input{
		Project: w.result.Project, Stage: *w.in.stage, Blue: blue.side, Green: green.side, Policy: policyOf(w.file), Files: append(blue.files, green.files...),
	}
	if err := w.priced(ctx, &input); err != nil {
		return err
	}
	if err := w.judge(input); err != nil {
		return err
	}
	if *w.in.command == cmdDecide {
		return nil
	}
	return w.ends()
}

// blue is the old side, as it was measured now or before the first shift.
func (w *work) blue(ctx context.Context) (measured, error) {
	if w.given(w.in.blue) || !w.in.windowBlue.From.IsZero() {
		return w.side(ctx, "blue", nameBlue, *w.in.blue, *w.in.windowBlue)
	}
	b, _, err := w.shelf.baseline(ctx)
	if err != nil {
		return measured{}, err
	}
	if b == nil {
		return measured{}, &fault.Fault{
			Kind: fault.Input, Name: "blue", What: "is missing, and no baseline was kept", Got: "s3://" + w.shelf.bucket + "/" + w.shelf.prefix + "/" + w.shelf.baselineKey(),
			Next: "Name a load result or window-blue; the next time run baseline before the first shift.",
		}
	}
	side := b.Side
	side.Source = "baseline of " + b.At.Format(time.DateOnly) + ": " + side.Source
	return measured{side: side, files: b.Files, rate: b.Rate}, nil
}

// side is one side from its load results, or from CloudWatch.
func (w *work) side(ctx context.Context, input, name string, files []string, at window) (measured, error) {
	if len(names(files)) > 0 {
		if err := w.came(ctx, input); err != nil {
			return measured{}, err
		}
		m, err := readLoad(input, name, files)
		return m.of(w.runOf(input)), err
	}
	return w.fromCloudWatch(ctx, input, name, at)
}

// warn says what makes a comparison weaker than it looks.
func (w *work) warn(blue, green *measured) {
	say := func(text string) {
		w.s.Annotate(runner.Annotation{Level: runner.Warning, Title: "cutover-report", Message: text})
	}
	if why := alike(blue, green); why != "" {
		say("This is no comparison: " + why + ".")
	}
	if blue.profile != green.profile && blue.rate > 0 && green.rate > 0 {
		say("The sides were loaded by different profiles, " + orNone(blue.profile) + " and " + orNone(green.profile) + ": their requests may differ.")
	}
	for _, m := range []*measured{blue, green} {
		if m.stage != "" && *w.in.stage != "" && m.stage != *w.in.stage {
			say("The load on " + m.side.Name + " went to the stage " + m.stage + ", not to " + *w.in.stage + ".")
		}
	}
}

func orNone(name string) string {
	if name == "" {
		return "none"
	}
	return name
}

// keepBaseline keeps what blue is. What is there stays, unless it is replaced on
// purpose: nobody can measure the past again.
func (w *work) keepBaseline(ctx context.Context) error {
	there, version, err := w.shelf.baseline(ctx)
	if err != nil {
		return err
	}
	m, err := w.side(ctx, "blue", nameBlue, *w.in.blue, *w.in.windowBlue)
	if err != nil {
		return err
	}
	if len(m.side.Invalid) > 0 {
		return &fault.Fault{Kind: fault.Refused, Name: "blue", What: "is no measurement, and so no baseline: " + strings.Join(m.side.Invalid, "; "), Next: "Run the load test again."}
	}
	fresh := baseline{keptVersion, w.result.Project, *w.in.stage, time.Now().UTC().Truncate(time.Second), m.rate, m.side, m.files}
	address := "s3://" + w.shelf.bucket + "/" + w.shelf.prefix + "/" + w.shelf.baselineKey()
	if there != nil {
		if same := *there; same.at(fresh.At).equal(fresh) {
			w.keptBaseline(address, *there, "was kept already")
			return nil
		}
		if !*w.in.replace {
			return &fault.Fault{Kind: fault.Refused, Name: address, What: "is there already, and nobody can measure the past again", Got: "kept at " + there.At.Format(time.RFC3339), Next: "Give replace: true to put this one in its place."}
		}
	}
	moved, err := w.shelf.moved(ctx)
	if err != nil {
		return err
	}
	if moved {
		return &fault.Fault{Kind: fault.Refused, Name: "baseline", What: "is taken before the first shift, and a rollout of " + *w.in.stage + " has begun", Next: "Name blue's load result to report instead."}
	}
	if address, err = w.shelf.write(ctx, w.shelf.baselineKey(), fresh, version); err != nil {
		return somebodyElse(err)
	}
	w.keptBaseline(address, fresh, "is kept")
	return nil
}

func (b baseline) at(t time.Time) baseline { b.At = t; return b }

func (b baseline) equal(other baseline) bool {
	mine, err := json.Marshal(b)
	theirs, also := json.Marshal(other)
	return err == nil && also == nil && bytes.Equal(mine, theirs)
}

// somebodyElse says what a lost race means.
func somebodyElse(err error) error {
	if errors.Is(err, s3.ErrChanged) {
		return &fault.Fault{Kind: fault.Refused, What: "somebody else kept another one meanwhile", Next: "Look at it, and run it again.", Err: err}
	}
	return err
}
