package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/oidc"
	"github.com/cutover-dev/cutover/internal/adapter/aws/xray"
	"github.com/cutover-dev/cutover/internal/adapter/probe"
	"github.com/cutover-dev/cutover/internal/config"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/monitoring/discover"
	"github.com/cutover-dev/cutover/internal/pause"
	"github.com/cutover-dev/cutover/internal/runner"
	"github.com/cutover-dev/cutover/internal/trace"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// work is one run of the action.
type work struct {
	in     inputs
	s      *runner.Session
	file   *config.File
	plan   trace.Plan
	url    string
	region string
	found  *functions
	result result
	// judged is nil until there is something to judge, before where there was no
	// map to compare with.
	judged *trace.Result
	before *trace.Map
}

// run checks the stage and tells what came of it.
func (in inputs) run(ctx context.Context, s *runner.Session) error {
	file, err := config.Load(*in.config)
	if err != nil {
		return config.Faults(err)
	}
	s.Runbooks(file.Runbooks())
	w := &work{in: in, s: s, file: file, region: s.Region(*in.region, string(file.Region))}
	if w.plan, err = w.planned(); err != nil {
		return err
	}
	if w.url, err = address(file, *in.stage, w.plan.Region, *in.url); err != nil {
		return err
	}
	w.result = result{Project: file.Project, Stage: *in.stage, Region: w.plan.Region, Run: w.plan.Run, URL: w.url, Findings: []trace.Finding{}}
	ctx, cancel := context.WithTimeoutCause(ctx, *in.timeout, &fault.Fault{
		Kind: fault.Outside, Name: "timeout", What: "it took longer than allowed", Got: in.timeout.String(), Next: "Run it again, with a longer timeout or fewer requests.",
	})
	defer cancel()
	leave, err := oidc.Become(ctx, s, *in.role, w.region)
	if err != nil {
		return runner.Ended(ctx, err)
	}
	defer leave()
	return w.tell(runner.Ended(ctx, w.check(ctx)))
}

// check sends, waits, judges and compares.
func (w *work) check(ctx context.Context) error {
	ports, err := w.ports(ctx)
	if err != nil {
		return err
	}
	kept, err := openShelf(ctx, *w.in.bucket, w.in.prefix.String(), *w.in.stage, w.region)
	if err != nil {
		return err
	}
	// What cannot work is told before anything is sent.
	if _, err := ports.Setting.Destination(ctx); err != nil {
		return err
	}
	if tracing, known := w.found.gateway(ctx); known {
		w.plan.Gateway = tracing
	}
	var before *trace.Map
	var version string
	if kept != nil {
		if before, version, err = kept.last(ctx); err != nil {
			return err
		}
	}
	w.s.Notef("Run %s sends its requests to %s.", w.plan.Run, w.url)
	seen, err := trace.Run(ctx, w.plan, ports)
	if err != nil {
		return err
	}
	w.saw(seen, before)
	if kept != nil && seen.Verdict() == verdict.Pass {
		// A map with holes would make the next one look as if something were new.
		if err := kept.keep(ctx, seen.Map, version); err != nil {
			return err
		}
		w.result.Kept = kept.document.String()
	}
	return w.ends()
}

// ports are the ways to the outside.
func (w *work) ports(ctx context.Context) (p trace.Ports, err error) {
	x, err := xray.Open(ctx, w.region, xray.Options{})
	if err != nil {
		return p, err
	}
	w.found, err = openFunctions(ctx, w.region, discover.Request{App: w.file.AppName(*w.in.app), Project: w.file.Project, Stage: *w.in.stage, Region: w.plan.Region})
	if err != nil {
		return p, err
	}
	sender, err := probe.OpenSender(w.url)
	if err != nil {
		return p, err
	}
	return trace.Ports{
		Sender: sender, Traces: early{x}, Spans: x.Search(), Graph: x, Functions: w.found, Setting: x, Clock: pause.Clock{}, Random: rand.Read, Looked: w.progress(),
	}, nil
}

// early searches from a little before: the clocks of AWS need not be this one's,
// and the gateway's segment begins before the handler's.
type early struct{ trace.Traces }

func (e early) Summaries(ctx context.Context, filter string, from, to time.Time) ([]trace.Summary, error) {
	return e.Traces.Summaries(ctx, filter, from.Add(-time.Minute), to)
}

// progress prints how far the waiting is whenever that has changed, and now and
// then so that nobody takes it for dead.
func (w *work) progress() func(trace.Progress) {
	var told trace.Progress
	var at time.Time
	return func(p trace.Progress) {
		same := p.Found == told.Found && p.Whole == told.Whole
		if same && !at.IsZero() && time.Since(at) < 30*time.Second {
			return
		}
		told, at = p, time.Now()
		w.s.Notef("%d traces found of %d requests, %d of them whole, %d are a must; after %s of %s at most", p.Found, p.Sent, p.Whole, p.Wanted, p.Waited.Round(time.Second), p.Most)
	}
}

// name is what the run is called in its traces: the same for a repeat of this
// attempt, so that nothing is made twice.
func (w *work) name() string {
	id := w.s.Getenv("GITHUB_RUN_ID")
	if id == "" {
		var b [6]byte
		_, _ = rand.Read(b[:]) // it never fails; source: package crypto/rand
		return "local-" + hex.EncodeToString(b[:])
	}
	attempt := w.s.Getenv("GITHUB_RUN_ATTEMPT")
	if attempt == "" {
		attempt = "1"
	}
	name := "run-" + id + "-" + attempt + "-" + *w.in.stage
	return name[:min(len(name), 64)]
}
