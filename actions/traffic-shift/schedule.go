package main

import (
	"context"

	"github.com/cutover-dev/cutover/internal/rollout"
	"github.com/cutover-dev/cutover/internal/runbook"
)

// schedule switches the watch on and off: nothing is billed while there is
// nothing to watch, and a rollout is never without one. Doing it again changes
// nothing. What cannot be switched is told of; it undoes no decision.
func (w *work) schedule(ctx context.Context, s rollout.State) {
	name := *w.in.workflow
	if name == "" || w.github == nil {
		return
	}
	var err error
	switch {
	case s.Active() || s.Step == rollout.RollingBack:
		// A watch that has enabled itself asks for a successor by itself.
		if *w.in.command == cmdTick {
			return
		}
		err = w.github.EnableWorkflow(ctx, name)
		if err == nil && *w.in.command == cmdStart {
			err = w.succeed(ctx)
		}
	case *w.in.command == cmdTick && !w.over(s):
		return
	default:
		err = w.github.DisableWorkflow(ctx, name)
	}
	if err != nil {
		w.unswitched(err)
	}
}

func (w *work) unswitched(err error) {
	text := "The watch " + *w.in.workflow + " could not be switched: " + err.Error() + " Do it by hand in the Actions tab."
	w.result.Trouble = append(w.result.Trouble, text)
	w.warn(text, runbook.NobodyWatches)
}

// succeed starts a further run of the watch.
func (w *work) succeed(ctx context.Context) error {
	if err := w.github.DispatchWorkflow(ctx, *w.in.workflow, w.branch()); err != nil {
		return err
	}
	w.say("the watch goes on in a new run of " + *w.in.workflow)
	return nil
}

func (w *work) branch() string {
	if *w.in.ref != "" {
		return *w.in.ref
	}
	return w.s.Getenv("GITHUB_REF_NAME")
}
