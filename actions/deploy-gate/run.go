package main

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/oidc"
	"github.com/cutover-dev/cutover/internal/adapter/sst"
	"github.com/cutover-dev/cutover/internal/config"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/gate"
	"github.com/cutover-dev/cutover/internal/nearest"
	"github.com/cutover-dev/cutover/internal/runner"
)

// plan is what follows from the inputs before anything is asked.
type plan struct {
	policy gate.Policy
	folder string
	region string
}

// production is the stage that users see, unless cutover.yaml knows better.
const production = "production"

// run settles what to judge by, looks, judges, and tells.
func (in inputs) run(ctx context.Context, s *runner.Session) error {
	p, err := in.prepare(s)
	if err != nil {
		return err
	}
	leave, err := oidc.Become(ctx, s, *in.role, p.region)
	if err != nil {
		return err
	}
	defer leave()
	ports, err := in.ports(ctx, s, p)
	if err != nil {
		return err
	}
	seen := gate.Observe(ctx, p.policy, ports)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return tell(s, p.policy, gate.Judge(p.policy, seen, time.Now()))
}

// prepare settles all that can be known without asking anybody.
func (in inputs) prepare(s *runner.Session) (plan, error) {
	path := *in.config
	if path == "" {
		path = filepath.Join(*in.folder, config.Name)
	}
	file, err := config.Load(path)
	if errors.Is(err, fs.ErrNotExist) {
		return plan{}, &fault.Fault{Kind: fault.Input, Name: "config", What: "is needed: a gate without cutover.yaml would not know what to hold a deployment to", Got: path, Next: "Name it with config, or its folder with folder."}
	}
	if err != nil {
		return plan{}, config.Faults(err)
	}
	s.Runbooks(file.Runbooks())
	stage, ok := file.Stages[*in.stage]
	if !ok {
		names := slices.Sorted(maps.Keys(file.Stages))
		f := &fault.Fault{Kind: fault.Input, Name: "stage", What: "is no stage of cutover.yaml", Got: *in.stage, Allowed: strings.Join(names, ", ")}
		if near := nearest.To(*in.stage, names); near != "" {
			f.Next = "Did you mean " + near + "?"
		}
		return plan{}, f
	}
	p := plan{folder: *in.folder, region: s.Region(*in.region, string(file.Region))}
	if p.folder == "" {
		p.folder = filepath.Join(filepath.Dir(path), filepath.FromSlash(file.App))
	}
	p.policy = gate.Policy{
		Settings: file.Gate, App: *in.app, Stage: *in.stage, Environment: first(*in.environment, stage.Environment),
		Unguarded: stage.Approval == config.ApprovalNone, Production: *in.stage == production || stage.Approval == config.ApprovalRequired,
		Stages: slices.Sorted(maps.Keys(file.Stages)), Mode: gate.Mode(*in.approval), Commit: first(*in.sha, s.Getenv("GITHUB_SHA")),
		Bound: *in.commit, Receipt: *in.receipt, Reason: strings.Join(strings.Fields(*in.override), " "), AllowLongLived: *in.longLived, Region: p.region,
	}
	if file.Traffic != nil {
		p.policy.Traffic = file.Traffic.Stage
	}
	if *in.rolloutBucket != "" {
		p.policy.RolloutAt = in.rolloutAt().String()
	}
	if p.policy.App == "" {
		if p.policy.App, err = sst.AppName(p.folder); err != nil {
			return plan{}, err
		}
	}
	return p, p.ofRun(s)
}

// ofRun reads which run this is from the runner's variables.
func (p *plan) ofRun(s *runner.Session) error {
	q := &p.policy
	if server, repository := s.Getenv("GITHUB_SERVER_URL"), s.Getenv("GITHUB_REPOSITORY"); server != "" && repository != "" {
		q.Repository = server + "/" + repository
	}
	var problems []error
	if !gate.IsCommit(q.Commit) {
		problems = append(problems, &fault.Fault{Kind: fault.Input, Name: "sha", What: "is no commit", Got: q.Commit, Allowed: "a commit's whole name, 40 hex digits", Next: "Inside Actions GITHUB_SHA names it."})
	}
	id, err := strconv.ParseInt(s.Getenv("GITHUB_RUN_ID"), 10, 64)
	if err != nil || id <= 0 {
		problems = append(problems, &fault.Fault{Kind: fault.Input, Name: "GITHUB_RUN_ID", What: "names no run, and the gate judges a run of a workflow", Got: s.Getenv("GITHUB_RUN_ID"), Next: "Run it in a workflow."})
	}
	q.Run = id
	if q.Attempt, err = strconv.Atoi(s.Getenv("GITHUB_RUN_ATTEMPT")); err != nil || q.Attempt < 1 {
		q.Attempt = 1
	}
	return errors.Join(problems...)
}

// first is the first text that is not empty.
func first(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}
