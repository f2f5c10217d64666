package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/oidc"
	"github.com/cutover-dev/cutover/internal/adapter/aws/s3"
	"github.com/cutover-dev/cutover/internal/config"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/release/archive"
	"github.com/cutover-dev/cutover/internal/runbook"
	"github.com/cutover-dev/cutover/internal/runner"
	"github.com/cutover-dev/cutover/internal/unit"
)

// run opens the bucket, does what the command says, and tells what came of it.
func (in inputs) run(ctx context.Context, s *runner.Session) error {
	if err := in.check(); err != nil {
		return err
	}
	file, err := config.Optional(*in.config, config.Name)
	if err != nil {
		return err
	}
	s.Runbooks(file.Runbooks())
	ctx, cancel := context.WithTimeoutCause(ctx, *in.timeout, &fault.Fault{
		Kind: fault.Outside, Runbooks: []runbook.Kind{runbook.TimedOut}, Name: "timeout", What: "it took longer than allowed", Got: in.timeout.String(), Next: "Run it again: it goes on where it was.",
	})
	defer cancel()
	region := s.Region(*in.region, "")
	if file != nil {
		region = s.Region(*in.region, string(file.Region))
	}
	leave, err := oidc.Become(ctx, s, *in.role, region)
	if err != nil {
		return runner.Ended(ctx, err)
	}
	defer leave()
	bucket, err := s3.OpenBucket(ctx, *in.bucket, s3.Options{Region: region, Endpoint: *in.endpoint})
	if err != nil {
		return err
	}
	result, err := in.do(ctx, s, file, bucket)
	if err != nil {
		return runner.Ended(ctx, err)
	}
	return tell(s, result)
}

func (in inputs) do(ctx context.Context, s *runner.Session, file *config.File, bucket *s3.Bucket) (archive.Result, error) {
	switch *in.command {
	case cmdVerify:
		return archive.Verify(ctx, in.showing(s, bucket), *in.prefix, *in.stage, *in.release)
	case cmdList:
		return archive.List(ctx, in.showing(s, bucket), *in.prefix, *in.stage, *in.limit)
	case cmdFetch:
		into, err := openFolder(s, *in.into)
		if err != nil {
			return archive.Result{}, err
		}
		defer into.Close()
		return archive.Fetch(ctx, in.showing(s, bucket), *in.prefix, *in.stage, *in.release, into)
	case cmdPrune:
		now := time.Now()
		return archive.Prune(ctx, bucket, archive.Pruning{
			Layout: *in.prefix, Retention: in.retention.Std(), Keep: *in.keep, Apply: *in.apply,
			// A minute more than this run can take.
			Now: now, Until: now.Add(*in.timeout + time.Minute),
		})
	case cmdLifecycle:
		return in.lifecycle(ctx, bucket)
	}
	return in.archive(ctx, s, file, bucket)
}

// showing are the ports of a command that takes its time.
func (in inputs) showing(s *runner.Session, bucket *s3.Bucket) archive.Ports {
	var show func(int64)
	return archive.Ports{
		Store:    bucket,
		Total:    func(total int64) { show = s.Progress(*in.command, total) },
		Progress: func(done int64) { show(done) },
	}
}

func (in inputs) archive(ctx context.Context, s *runner.Session, file *config.File, bucket *s3.Bucket) (archive.Result, error) {
	order, err := in.order(s, file)
	if err != nil {
		return archive.Result{}, err
	}
	files, err := openWorkspace(*in.root)
	if err != nil {
		return archive.Result{}, err
	}
	defer files.Close()
	ports := in.showing(s, bucket)
	ports.Files = files
	return archive.Keep(ctx, ports, order)
}

func (in inputs) lifecycle(ctx context.Context, bucket *s3.Bucket) (archive.Result, error) {
	rule := archive.Lifecycle(*in.prefix, in.undelete.Std())
	if !*in.apply {
		return archive.LifecycleResult(bucket, *in.prefix, rule, false, nil), nil
	}
	expiring, err := bucket.MergeLifecycle(ctx, rule)
	if err != nil {
		return archive.Result{}, err
	}
	return archive.LifecycleResult(bucket, *in.prefix, rule, true, expiring), nil
}

// check holds the inputs against the command.
func (in inputs) check() error {
	var problems []error
	need := func(name, value string) {
		if value == "" {
			problems = append(problems, &fault.Fault{
				Kind: fault.Input, Name: name, What: "is required by the command " + *in.command + " and was not given",
				Next: fmt.Sprintf("Set --%s, or %s inside Actions.", name, runner.Env(name)),
			})
		}
	}
	switch *in.command {
	case cmdArchive:
		need("stage", *in.stage)
	case cmdVerify:
		need("release", *in.release)
	case cmdFetch:
		need("release", *in.release)
		need("into", *in.into)
	}
	return errors.Join(problems...)
}

// order puts together what to archive from inputs and the runner's variables.
func (in inputs) order(s *runner.Session, file *config.File) (archive.Order, error) {
	o := archive.Order{
		Layout: *in.prefix, Stage: *in.stage, Release: *in.release, Commit: *in.commit, Ref: s.Getenv("GITHUB_REF"),
		Require: *in.require, Now: time.Now(), Hold: *in.legalHold, Project: *in.project,
		Run: archive.Run{ID: s.Getenv("GITHUB_RUN_ID"), Workflow: s.Getenv("GITHUB_WORKFLOW"), Actor: s.Getenv("GITHUB_ACTOR")},
	}
	if o.Commit == "" {
		o.Commit, _ = archive.ParseCommit(s.Getenv("GITHUB_SHA"))
	}
	o.Run.Attempt, _ = strconv.Atoi(s.Getenv("GITHUB_RUN_ATTEMPT"))
	repository := s.Getenv("GITHUB_REPOSITORY")
	if server := s.Getenv("GITHUB_SERVER_URL"); server != "" && repository != "" && o.Run.ID != "" {
		o.Run.URL = fmt.Sprintf("%s/%s/actions/runs/%s/attempts/%d", server, repository, o.Run.ID, max(1, o.Run.Attempt))
	}
	if o.Project == "" && file != nil {
		o.Project = file.Project
	}
	if o.Project == "" {
		_, o.Project, _ = strings.Cut(repository, "/")
	}
	return o, errors.Join(missing(o), in.rules(&o))
}

// missing says what a release cannot do without.
func missing(o archive.Order) error {
	var problems []error
	if o.Commit == "" {
		problems = append(problems, &fault.Fault{Kind: fault.Input, Name: "commit", What: "is not known", Allowed: "a full SHA", Next: "Set --commit to what git rev-parse HEAD says; inside Actions GITHUB_SHA is taken."})
	}
	if _, err := archive.ParseName("x-" + o.Run.ID); o.Release == "" && (o.Run.ID == "" || err != nil) {
		problems = append(problems, &fault.Fault{Kind: fault.Input, Name: "release", What: "cannot be derived outside of a workflow run", Got: o.Run.ID, Next: "Set --release: a run that is repeated with the same name goes on with the same release."})
	}
	return errors.Join(problems...)
}

func (in inputs) rules(o *archive.Order) error {
	var problems []error
	for _, one := range []struct{ input, role, path string }{{"state", "state", *in.state}, {"diff", "diff", *in.diff}, {"monitoring", "monitoring", *in.monitoring}} {
		if one.path == "" {
			continue
		}
		rule, err := archive.ParseRule(one.role + "=" + one.path)
		rule.Origin = "input " + one.input
		o.Rules = append(o.Rules, rule)
		problems = append(problems, err)
	}
	for _, text := range *in.files {
		rule, err := archive.ParseRule(text)
		o.Rules = append(o.Rules, rule)
		problems = append(problems, err)
	}
	if *in.standard {
		o.Rules = append(o.Rules, archive.Standard()...)
	}
	return errors.Join(problems...)
}

func parseCount(text string) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil || n < archive.LeastKeep || n > 1000 {
		return 0, errors.New("is no number of releases")
	}
	return n, nil
}

func parseRetention(text string) (unit.Duration, error) {
	d, err := unit.ParseDuration(text)
	if err != nil {
		return 0, errors.New("is no duration")
	}
	if d.Std() < archive.LeastRetention {
		return 0, errors.New("is too short")
	}
	return d, nil
}

func parseEndpoint(text string) (string, error) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.User != nil {
		return "", errors.New("is no address of a server")
	}
	return text, nil
}
