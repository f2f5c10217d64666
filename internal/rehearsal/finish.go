package rehearsal

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/rehearsal/loopback"
	"github.com/cutover-dev/cutover/internal/rehearsal/running"
)

// Wait waits for the run's end, clears its folder away and returns what it
// told. A failed run is a result, not an error; an error means that the
// rehearsal itself did not work.
func (r *Rehearsal) Wait(ctx context.Context) (Result, error) {
	followed := <-r.follow
	err := r.cmd.Wait()
	stopped, cleared := r.cancelledSteps()
	r.server.Update(func(run *loopback.Run) { conclude(run, time.Now(), len(stopped) > 0) })
	result := Result{Workflow: r.options.Workflow, Told: r.server.Told(), Slack: r.slack.Messages(), AWS: r.aws.Cloud, Break: r.brk, Cancelled: stopped, Diagnostics: r.errors.String()}
	problems := []error{followed, cleared, r.server.Remember(), r.keep(ctx), r.cleanUp()}
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		problems = append(problems, fmt.Errorf("running act: %w", err))
	}
	if result.Told.Run.Conclusion == "" || !anyStarted(result.Told.Run) {
		problems = append(problems, &fault.Fault{
			Kind: fault.Outside, Name: "act", What: "ran no job",
			Err: errors.New(strings.TrimSpace(result.Diagnostics)),
		})
	}
	return result, errors.Join(problems...)
}

func anyStarted(run loopback.Run) bool {
	return slices.ContainsFunc(run.Jobs, func(j *loopback.Job) bool { return !j.Started.IsZero() })
}

// conclude settles what the log left open: jobs that never began were skipped,
// or cancelled with the run.
func conclude(run *loopback.Run, now time.Time, cancelled bool) {
	run.Ended, run.Conclusion = now, loopback.Success
	for _, j := range run.Jobs {
		switch {
		case j.Started.IsZero() && cancelled:
			j.Conclusion = loopback.Cancelled
		case j.Started.IsZero():
			j.Conclusion = loopback.Skipped
		case cancelled && j.Conclusion != loopback.Success:
			j.Conclusion = loopback.Cancelled
		case j.Conclusion == "":
			j.Conclusion = loopback.Failure // act died within it
		}
		for _, s := range j.Steps {
			if s.Ended.IsZero() {
				s.Ended, s.Conclusion = now, j.Conclusion
			}
		}
		if j.Ended.IsZero() && !j.Started.IsZero() {
			j.Ended = now
		}
		switch {
		case j.Conclusion == loopback.Failure:
			run.Conclusion = loopback.Failure
		case j.Conclusion == loopback.Cancelled && run.Conclusion == loopback.Success:
			run.Conclusion = loopback.Cancelled
		}
	}
}

// Cancel ends the run as GitHub does: SIGINT to each running step, 7.5 s later
// SIGTERM, 2.5 s later SIGKILL, then the steps that run always.
func (r *Rehearsal) Cancel(ctx context.Context) error {
	steps, err := running.All(r.path("steps"))
	if err != nil {
		return err
	}
	for _, s := range steps {
		_ = syscall.Kill(s.PID, syscall.SIGINT) // it may have ended this moment
	}
	deadline := time.Now().Add(15 * time.Second)
	for time.Now().Before(deadline) && ctx.Err() == nil {
		steps, err := running.All(r.path("steps"))
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(steps, func(s running.Step) bool { return !s.Ended }) {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	return r.cmd.Process.Signal(os.Interrupt)
}

// keep leaves the tree's history for a later rehearsal.
func (r *Rehearsal) keep(ctx context.Context) error {
	if r.options.Keep == "" {
		return nil
	}
	// A rehearsal that was called off is kept too.
	_, err := git(context.WithoutCancel(ctx), r.folder, "clone", "--quiet", "--bare", r.path("tree"), r.options.Keep)
	return err
}

func (r *Rehearsal) cancelledSteps() ([]running.Step, error) {
	steps, err := running.All(r.path("steps"))
	return slices.DeleteFunc(steps, func(s running.Step) bool { return !s.Ended }), err
}

// cleanUp removes the run's folder and closes the server.
func (r *Rehearsal) cleanUp() error {
	var problems []error
	if r.server != nil {
		problems = append(problems, r.server.Close())
	}
	if r.slack != nil {
		problems = append(problems, r.slack.http.Close())
	}
	if r.aws != nil {
		problems = append(problems, r.aws.close())
	}
	if err := removed(r.folder); err != nil {
		problems = append(problems, fmt.Errorf("clearing %s away: %w", r.folder, err))
	}
	return errors.Join(problems...)
}

// removed removes a folder. What a cancelled job had started may write into it
// for a moment more.
func removed(folder string) error {
	var err error
	for range 20 {
		if err = os.RemoveAll(folder); err == nil {
			return nil
		}
		time.Sleep(250 * time.Millisecond)
	}
	return err
}
