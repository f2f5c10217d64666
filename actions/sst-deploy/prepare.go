package main

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	awskeys "github.com/cutover-dev/cutover/internal/adapter/aws/keys"
	"github.com/cutover-dev/cutover/internal/adapter/aws/ssm"
	"github.com/cutover-dev/cutover/internal/adapter/aws/ssts3"
	"github.com/cutover-dev/cutover/internal/adapter/github"
	"github.com/cutover-dev/cutover/internal/adapter/sst"
	"github.com/cutover-dev/cutover/internal/config"
	"github.com/cutover-dev/cutover/internal/deploy"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/nearest"
	"github.com/cutover-dev/cutover/internal/pause"
	"github.com/cutover-dev/cutover/internal/runbook"
	"github.com/cutover-dev/cutover/internal/runner"
)

// plan is what follows from the inputs before anything is called.
type plan struct {
	target      deploy.Target
	caller      deploy.Caller
	folder      string
	region      string
	environment string
	// url is where the stage answers by cutover.yaml, empty if it does not say.
	url        string
	production bool
}

// production is the stage that users see, unless cutover.yaml knows better.
const production = "production"

// prepare settles all that can be known without asking anybody.
func (in inputs) prepare(s *runner.Session) (plan, error) {
	p := plan{target: deploy.Target{Stage: *in.stage}, environment: *in.environment, region: *in.region}
	file, base, err := in.file()
	if err != nil {
		return p, err
	}
	s.Runbooks(file.Runbooks())
	p.folder = *in.folder
	if p.folder == "" {
		p.folder = "."
		if file != nil {
			p.folder = filepath.Join(base, filepath.FromSlash(file.App))
		}
	}
	p.production = *in.stage == production
	if file != nil {
		if err := p.fromFile(file); err != nil {
			return p, err
		}
	}
	if p.environment == "" {
		p.environment = *in.stage
	}
	p.region = s.Region(*in.region, p.region)
	if p.folder, err = filepath.Abs(p.folder); err != nil {
		return p, err
	}
	p.target.App = *in.app
	if p.target.App == "" {
		if p.target.App, err = sst.AppName(p.folder); err != nil {
			return p, err
		}
	} else if !sst.Exists(p.folder) {
		return p, &fault.Fault{Kind: fault.Input, Name: "folder", What: "holds no " + sst.ConfigName, Got: p.folder, Next: "Name the folder of the SST app."}
	}
	p.caller = callerOf(s)
	return p, errors.Join(p.target.Check(), sst.CheckNames(*in.env))
}

// file is the cutover.yaml that the inputs name or that lies in the app's
// folder; nil if there is none.
func (in inputs) file() (file *config.File, base string, err error) {
	fallback := filepath.Join(*in.folder, config.Name)
	file, err = config.Optional(*in.config, fallback)
	return file, filepath.Dir(cmp.Or(*in.config, fallback)), err
}

func (p *plan) fromFile(file *config.File) error {
	stage, ok := file.Stages[p.target.Stage]
	if !ok {
		names := slices.Sorted(maps.Keys(file.Stages))
		f := &fault.Fault{Kind: fault.Input, Name: "stage", What: "is no stage of cutover.yaml", Got: p.target.Stage, Allowed: strings.Join(names, ", ")}
		if near := nearest.To(p.target.Stage, names); near != "" {
			f.Next = "Did you mean " + near + "?"
		}
		return f
	}
	if p.environment == "" {
		p.environment = stage.Environment
	}
	if p.region == "" {
		p.region = string(file.Region)
	}
	p.url = stage.URL.String()
	p.production = p.production || stage.Approval == config.ApprovalRequired
	return nil
}

// callerOf reads which run this is from the runner's variables.
func callerOf(s *runner.Session) deploy.Caller {
	c := deploy.Caller{Runner: s.Getenv("RUNNER_NAME")}
	run, err := strconv.ParseInt(s.Getenv("GITHUB_RUN_ID"), 10, 64)
	if err != nil || run <= 0 {
		return c
	}
	attempt, err := strconv.Atoi(s.Getenv("GITHUB_RUN_ATTEMPT"))
	if err != nil || attempt <= 0 {
		attempt = 1
	}
	c.Run = deploy.RunID{Run: run, Attempt: attempt}
	return c
}

// keys warns of access keys that do not expire, and refuses the one in use where
// users would pay for its loss.
func (in inputs) keys(s *runner.Session, p *plan) error {
	const what = "is a long-lived access key, which whoever reads it once can use for ever"
	const next = "Let the step take a role by OIDC (input role, permissions: id-token: write; docs/oidc.md sets it up), and delete the key."
	for _, k := range awskeys.Find(environ(), os.ReadFile) {
		if k.Used && p.production && !*in.longLived {
			return &fault.Fault{Kind: fault.Refused, Runbooks: []runbook.Kind{runbook.LongLivedKeys}, Name: k.Where, What: what, Next: next + " Until then allow-long-lived-keys: true deploys with it."}
		}
		s.Annotate(runner.Annotation{Level: runner.Warning, Title: "sst-deploy", Message: k.Where + " " + what + ". " + next})
	}
	return nil
}

// ports opens the ways to the outside.
func (in inputs) ports(ctx context.Context, s *runner.Session, p plan, command sst.Command, env []string) (deploy.Ports, *github.Client, error) {
	ports := deploy.Ports{Tool: in.tool(s, p, command, env), Clock: pause.Clock{}, Note: s.Notef}
	var client *github.Client
	if *in.token != "" && s.Getenv("GITHUB_REPOSITORY") != "" {
		var err error
		if client, err = github.Open(s.Getenv("GITHUB_API_URL"), s.Getenv("GITHUB_REPOSITORY"), *in.token); err != nil {
			return ports, nil, err
		}
		ports.Runs = client
	}
	if *in.command == cmdDiff {
		return ports, client, nil // it asks the state bucket nothing
	}
	bucket := *in.bucket
	if bucket == "" {
		name, err := ssm.StateBucket(ctx, p.region)
		if errors.Is(err, ssm.ErrNoBootstrap) {
			ports.Store = &later{open: func(ctx context.Context) (deploy.Store, error) { return open(ctx, p.region, "") }}
			return ports, client, nil
		}
		if err != nil {
			return ports, client, err
		}
		bucket = name
	}
	var err error
	ports.Store, err = open(ctx, p.region, bucket)
	return ports, client, err
}

func (in inputs) tool(s *runner.Session, p plan, command sst.Command, env []string) sst.Tool {
	return sst.Tool{Command: command, Folder: p.folder, Env: env, Insist: s.Insisted()}
}

// open opens the bucket, or the one that SST has made by now.
func open(ctx context.Context, region, bucket string) (deploy.Store, error) {
	if bucket == "" {
		name, err := ssm.StateBucket(ctx, region)
		if err != nil {
			return nil, err
		}
		bucket = name
	}
	return ssts3.Open(ctx, region, bucket)
}

// environ is the process's environment; a session gives out single variables.
func environ() []string { return os.Environ() }
