package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/lambda"
	"github.com/cutover-dev/cutover/internal/adapter/aws/s3"
	"github.com/cutover-dev/cutover/internal/adapter/github"
	"github.com/cutover-dev/cutover/internal/deploy"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/pause"
	"github.com/cutover-dev/cutover/internal/release/archive"
	"github.com/cutover-dev/cutover/internal/release/rollback"
	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/runner"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// rollbackInputs are the inputs of the command rollback.
type rollbackInputs struct {
	bucket    *string
	prefix    *archive.Layout
	to, part  *string
	leave     *string
	onlyAfter *string
}

func declareRollback(in *runner.Inputs) rollbackInputs {
	return rollbackInputs{
		bucket:    in.String("archive-bucket", "", "For rollback: S3 bucket of archive-artifacts, in the functions' region."),
		prefix:    runner.Parsed(in, "archive-prefix", "cutover", archive.PrefixSyntax, "For rollback: beginning of the archive's keys.", archive.ParseLayout),
		to:        in.String("to", rollback.LastGood, "For rollback: last-good, a release's name, or a commit (7 digits suffice), whose newest release is taken."),
		part:      in.Choice("part", "For rollback: code puts the archived zips back into the functions, which takes seconds; redeploy deploys the release's commit, which must be checked out; all does both.", []string{rollback.All, rollback.Code, rollback.Redeploy}),
		leave:     runner.Parsed(in, "leave", "", rollback.CommitSyntax, "For rollback: commit that is known to be bad, such as github.sha after its deployment has failed. No release of it is gone back to.", rollback.ParseCommit),
		onlyAfter: runner.Parsed(in, "only-after", "", "a workflow run's number, such as github.run_id", "For rollback: do nothing, and pass, unless this workflow run has touched the stage. A job that runs after a production job that was rejected or never began then does nothing.", parseRun),
	}
}

func parseRun(text string) (string, error) {
	for _, r := range text {
		if r < '0' || r > '9' {
			return "", errors.New("is no number of a run")
		}
	}
	return text, nil
}

// The reasons of a rollback that went well.
const (
	reasonRolledBack = "rolled-back"
	reasonCodeBack   = "code-back"
	reasonLeftOut    = "code-left-out"
	reasonNotNeeded  = "not-needed"
	reasonBefore     = "rolled-back-before"
)

// result is what the action prints: what is known of the deployment, and the
// rollback's part.
type result struct {
	deploy.Result
	Rollback *rollback.Result `json:"rollback" jsonschema:"nullable"`
}

// Document shows both.
func (r result) Document() report.Document {
	d := r.Result.Document()
	if r.Rollback != nil {
		d.Blocks = append(r.Rollback.Blocks(), d.Blocks...)
	}
	return d
}

// Scrub takes secrets out of both.
func (r *result) Scrub(clean func(string) string) {
	r.Result.Scrub(clean)
	if r.Rollback != nil {
		r.Rollback.Scrub(clean)
	}
}

// partWithin bounds each part of a rollback but the deployment itself.
const partWithin = 10 * time.Minute

// rollback brings the stage back to a good release.
func (w *work) rollback(ctx context.Context) error {
	in, target := w.in.rollback, w.plan.target
	if *in.bucket == "" {
		return &fault.Fault{Kind: fault.Input, Name: "archive-bucket", What: "is required by the command rollback and was not given", Next: "Name the bucket that archive-artifacts writes to."}
	}
	if _, err := archive.ParseStage(target.Stage); err != nil {
		return &fault.Fault{Kind: fault.Input, Name: "stage", What: err.Error() + " of the archive", Got: target.Stage, Allowed: archive.StageSyntax}
	}
	bucket, err := s3.OpenBucket(ctx, *in.bucket, s3.Options{Region: w.plan.region})
	if err != nil {
		return err
	}
	functions, err := lambda.Open(ctx, w.plan.region, *in.bucket)
	if err != nil {
		return err
	}
	shown := &showing{work: w}
	res, err := rollback.Run(ctx, rollback.Ports{
		Store: bucket, Functions: functions, SST: &stage{work: w}, Clock: pause.Clock{}, Note: w.s.Notef,
		Began: func(release, commit string) { shown.begin(ctx, release, commit) },
	}, rollback.Order{
		Ask: rollback.Ask{To: cmp.Or(*in.to, rollback.LastGood), Leave: *in.leave, OnlyAfter: *in.onlyAfter, RunID: w.plan.caller.Run.String()},
		App: target.App, Stage: target.Stage, Part: *in.part, Layout: *in.prefix, DryRun: *w.in.dryRun, Within: partWithin, Settle: settle, Again: w.again(),
	})
	w.result.Rollback = &res
	w.judge(res, err)
	shown.end(ctx)
	if err != nil && res.Page != "" {
		w.s.Annotate(runner.Annotation{Level: runner.Error, Title: "Rollback of " + target.Stage + " failed", Message: w.scrub(res.Page)})
	}
	if ctx.Err() != nil {
		err = errors.Join(context.Cause(ctx), err)
	}
	return w.tell(err)
}

// again is the command that goes on, but for its target and part.
func (w *work) again() string {
	in := w.in.rollback
	text := fmt.Sprintf("sst-deploy --command rollback --stage %s --archive-bucket %s", w.plan.target.Stage, *in.bucket)
	if prefix := in.prefix.String(); prefix != "cutover" {
		text += " --archive-prefix " + prefix
	}
	if *in.leave != "" {
		text += " --leave " + *in.leave
	}
	return text
}

// judge puts the rollback's end into the result.
func (w *work) judge(res rollback.Result, err error) {
	r := &w.result
	deployed := r.Reason // of a deployment that was judged
	judged := r.Verdict == verdict.Fail || deployed == string(deploy.StillRunning)
	if err != nil {
		lead := r.Lead
		w.refused(err)
		if judged {
			r.Verdict, r.Reason, r.Lead = verdict.Fail, deployed, "The rollback to "+res.Release+" failed in its deployment: "+lead
		}
		return
	}
	r.Verdict, r.Lead, r.Next = res.Verdict, res.Lead(), ""
	switch {
	case res.Action == rollback.Idle:
		r.Reason = reasonNotNeeded
	case res.Action == rollback.Over:
		r.Reason = reasonBefore
	case *w.in.dryRun:
		r.Reason = deploy.ReasonDryRun
	case res.Redeploy == rollback.Done:
		r.Reason = reasonRolledBack
	case res.Code == rollback.LeftOut:
		r.Reason = reasonLeftOut
	default:
		r.Reason = reasonCodeBack
	}
}

// showing keeps GitHub told beside the rollback: a slow answer of GitHub's must
// not hold up what brings production back.
type showing struct {
	work    *work
	begun   chan struct{}
	release string
}

func (s *showing) begin(ctx context.Context, release, commit string) {
	s.begun, s.release = make(chan struct{}), release
	go func() {
		defer close(s.begun)
		if err := s.work.begin(ctx, commit, "rollback to "+release); err != nil {
			s.work.warn("The rollback cannot be shown on GitHub: " + err.Error())
		}
	}()
}

// end waits for the beginning and tells how it ended. A rollback whose
// deployment is left is still under way.
func (s *showing) end(ctx context.Context) {
	if s.begun == nil {
		return
	}
	select {
	case <-s.begun:
	case <-ctx.Done():
		select {
		case <-s.begun:
		case <-time.After(settle):
			return
		}
	}
	w := s.work
	r := &w.result
	if r.Verdict == verdict.Pass && r.Rollback.Left != "" {
		if w.deployment.Load() != 0 {
			bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), showWithin)
			defer cancel()
			w.state(bounded, github.InProgress, "rollback to "+s.release+": the code is back, its deployment is left", "")
		}
		return
	}
	w.end(ctx)
}
