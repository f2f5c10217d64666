// Command rehearse runs the pipeline on this machine and shows what happened.
package main

import (
	"context"
	"os"
	"path/filepath"

	"github.com/cutover-dev/cutover/internal/rehearsal"
	"github.com/cutover-dev/cutover/internal/runner"
)

func main() { os.Exit(runner.Main(program())) }

func program() *runner.Program {
	in := runner.NewInputs()
	o := rehearsal.Options{Environ: os.Environ(), Event: "push", Watched: "never"}
	var (
		repository = in.String("repository", ".", "Checkout of cutover.")
		workflow   = in.String("workflow", ".github/workflows/sst-deploy.yml", "Workflow to run, a file of the checkout.")
		brk        = in.String("break", "", "Fault to put into the tree before the run.")
		act        = in.String("act", "", "The act binary.", runner.Required())
		shim       = in.String("shim", "", "The binary of internal/rehearsal/shim.", runner.Required())
		sst        = in.String("sst", "", "The binary of internal/rehearsal/sststand.", runner.Required())
		cache      = in.String("cache", "", "Folder that outlives the run: package caches, binaries.", runner.Required())
		config     = in.String("config", "examples/lego-api/cutover.yaml", "The app's cutover.yaml, seen from the checkout: its policy moves the traffic.")
		page       = in.String("html", "", "File to write the page to.")
		scenarios  = in.String("live", "", "Rehearses the cutover with real traffic instead: 1 for the two that go back, all, or names of scenarios with commas.")
		shift      = in.String("traffic-shift", "", "The binary of actions/traffic-shift, for live.")
		livePage   = in.String("live-html", "", "File to write the page of a live rehearsal to.")
	)
	return &runner.Program{
		Name:    "rehearse",
		Summary: "Runs the pipeline on this machine, then cutovers in virtual time: the real workflow, app, gates and policy; no credentials, nothing leaves.",
		Inputs:  in,
		Run: func(ctx context.Context, s *runner.Session) error {
			if *scenarios != "" {
				return liveRun{*shift, filepath.Join(*repository, filepath.Dir(*config)), *scenarios, *livePage}.run(ctx, s)
			}
			o.Repository, o.Workflow, o.Break = *repository, *workflow, *brk
			o.Act, o.Shim, o.SST, o.Cache = *act, *shim, *sst, *cache
			return run(ctx, s, o, *config, *page)
		},
	}
}
