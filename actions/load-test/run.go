package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/vegeta"
	"github.com/cutover-dev/cutover/internal/config"
	"github.com/cutover-dev/cutover/internal/config/loaded"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/load"
	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/runbook"
	"github.com/cutover-dev/cutover/internal/runner"
)

// work is one run of the action.
type work struct {
	in   inputs
	s    *runner.Session
	file *config.File
	plan load.Plan
	// region is AWS's.
	region string
}

// run sends the load, or merges what shards have sent, and tells what came of it.
func (in inputs) run(ctx context.Context, s *runner.Session) error {
	file, err := config.Load(*in.config)
	if err != nil {
		return config.Faults(err)
	}
	s.Runbooks(file.Runbooks())
	w := &work{in: in, s: s, file: file, region: s.Region(*in.region, string(file.Region))}
	if err := w.prepare(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, *in.timeout, &fault.Fault{
		Kind: fault.Outside, Runbooks: []runbook.Kind{runbook.TimedOut}, Name: "timeout", What: "it took longer than allowed", Got: in.timeout.String(), Next: "Run it again, with a longer timeout or a shorter profile.",
	})
	defer cancel()
	if len(*in.merge) > 0 {
		whole, err := w.merged()
		if err != nil {
			return err
		}
		return w.judge(ctx, whole)
	}
	if err := w.approved(ctx); err != nil {
		return err
	}
	result, err := w.send(ctx)
	if err != nil {
		return err
	}
	if in.shard.Of > 1 {
		// The whole is judged where it is merged.
		return w.tellPart(result)
	}
	return w.judge(ctx, result)
}

// prepare settles what is sent to where.
func (w *work) prepare() (err error) {
	folder := filepath.Dir(*w.in.config)
	w.plan, err = loaded.Profile(w.file, *w.in.profile, *w.in.url, func(name string) ([]byte, error) {
		root, err := os.OpenRoot(folder)
		if err != nil {
			return nil, err
		}
		defer func() { _ = root.Close() }() // nothing was written
		return root.ReadFile(filepath.FromSlash(name))
	})
	if err != nil {
		return err
	}
	if w.plan.Stage != *w.in.stage {
		return &fault.Fault{
			Kind: fault.Refused, Name: "stage", What: "is not the stage of the profile " + *w.in.profile + ", which is for " + w.plan.Stage, Got: *w.in.stage,
			Next: "Take a profile for that stage, or add one under load.profiles with stage: " + *w.in.stage + ".",
		}
	}
	w.plan.Part = *w.in.shard
	return w.plan.Validate()
}

// send is the load itself.
func (w *work) send(ctx context.Context) (load.Result, error) {
	w.s.Notef("%d arrivals within %s, up to %s requests a second, to %s.", w.plan.Total(), w.plan.Length(), report.Number(w.plan.Peak()), w.plan.Target)
	if wait := time.Until(*w.in.startAt); wait > 0 {
		w.s.Notef("It begins at %s, in %s.", w.in.startAt.UTC().Format(time.RFC3339), wait.Round(time.Second))
	}
	told := 0
	return vegeta.Measure(ctx, w.plan, vegeta.Options{At: *w.in.startAt}, func(l vegeta.Live) {
		// A log of half an hour has no use for 1,800 lines.
		if told++; told <= 10 || told%10 == 0 || l.Errors > 0 && told%2 == 0 {
			w.s.Notef("%s", l)
		}
	})
}

// merged reads the results of all shards, and makes them one.
func (w *work) merged() (load.Result, error) {
	var names []string
	for _, given := range *w.in.merge {
		info, err := os.Stat(given)
		switch {
		case err != nil:
			return load.Result{}, &fault.Fault{Kind: fault.Input, Name: "merge", Got: given, What: "cannot be read", Err: err}
		case !info.IsDir():
			names = append(names, given)
			continue
		}
		// download-artifact makes a folder of each artifact.
		for _, pattern := range []string{"*.json", "*/*.json"} {
			found, _ := filepath.Glob(filepath.Join(given, pattern)) // the pattern is right
			names = append(names, found...)
		}
	}
	var parts []load.Result
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			return load.Result{}, &fault.Fault{Kind: fault.Input, Name: "merge", Got: name, What: "cannot be read", Err: err}
		}
		part, err := load.ParseResult(text)
		if err != nil {
			return load.Result{}, &fault.Fault{Kind: fault.Input, Name: "merge", Got: name, What: "is no result that can be merged", Err: err}
		}
		parts = append(parts, part)
	}
	whole, err := load.Merge(parts)
	if err == nil && (whole.Profile != w.plan.Name || whole.Stage != w.plan.Stage) {
		err = &fault.Fault{Kind: fault.Input, Name: "merge", What: "holds results of " + whole.Profile + " on " + whole.Stage, Allowed: w.plan.Name + " on " + w.plan.Stage}
	}
	return whole, err
}

func parseTime(text string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return t, errors.New("is no time")
	}
	return t, nil
}
