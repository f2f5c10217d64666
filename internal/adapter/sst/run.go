package sst

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"

	"github.com/cutover-dev/cutover/internal/deploy"
	"github.com/cutover-dev/cutover/internal/fault"
)

// Tool calls sst in an app's folder. It implements deploy.Tool.
type Tool struct {
	Command Command
	Folder  string
	// Env is all of the child's environment but SST_RUN_ID.
	Env []string
	// Insist, when it is closed, asks a second time.
	Insist <-chan struct{}
	// Times of a stop; zero takes the defaults.
	Times Times
}

// Times are how long sst is given after it was asked to stop. GitHub sends
// SIGINT, after 7.5 s SIGTERM, and kills 2.5 s later.
type Times struct {
	// Second is when it is asked a second time. At the first time SST asks Pulumi
	// to end what it has begun, at the second to let go of it (run.go).
	Second time.Duration
	// GiveUp is when nobody waits for it any longer.
	GiveUp time.Duration
}

// GitHubTimes leave a second for the lock to be looked at before GitHub kills.
var GitHubTimes = Times{Second: 6 * time.Second, GiveUp: 8600 * time.Millisecond}

// Run implements deploy.Tool. The child gets a process group of its own, so that
// a signal reaches a package manager, a launcher and sst alike and nobody gets
// it twice. It is never killed: sst that is left running may still release its
// lock. If this process is killed, the kernel interrupts the child (Linux), and
// what it then prints goes to a file: into a pipe that nobody reads, it would die
// of SIGPIPE with the lock in its hands.
func (t Tool) Run(ctx context.Context, runID string, stdout, stderr io.Writer, args ...string) (deploy.Exit, error) {
	if err := ctx.Err(); err != nil {
		return deploy.Exit{}, context.Cause(ctx)
	}
	times := t.Times
	if times == (Times{}) {
		times = GitHubTimes
	}
	cmd := exec.Command(t.Command.Words[0], append(t.Command.Words[1:len(t.Command.Words):len(t.Command.Words)], args...)...)
	cmd.Dir, cmd.Env = t.Folder, t.Env
	if runID != "" {
		cmd.Env = append(cmd.Env[:len(cmd.Env):len(cmd.Env)], "SST_RUN_ID="+runID)
	}
	cmd.SysProcAttr = ownGroup()
	streams, err := connect(cmd, stdout, stderr)
	if err != nil {
		return deploy.Exit{}, &fault.Fault{Kind: fault.Outside, Name: "sst", What: "could be given nowhere to print to", Err: err}
	}
	defer streams.end()
	began := time.Now()
	started, done := make(chan error, 1), make(chan error, 1)
	go func() {
		// The death signal is bound to the thread that starts the child.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			done <- cmd.Wait()
		}
	}()
	if err := <-started; err != nil {
		return deploy.Exit{}, &fault.Fault{Kind: fault.Input, Name: "sst", What: "cannot be started", Got: t.Command.String(), Err: err}
	}
	if ended, err := t.follow(ctx, cmd.Process.Pid, done, times); ended {
		exit := exitOf(cmd.ProcessState, err)
		exit.Engine = engine(t.Folder, began)
		return exit, nil
	}
	return deploy.Exit{Running: true}, nil
}

// follow waits for the end and passes requests to stop on. It returns false
// when somebody of the group is still there after all that: a launcher may be
// gone before sst is.
func (t Tool) follow(ctx context.Context, group int, done <-chan error, times Times) (ended bool, err error) {
	select {
	case err := <-done:
		// What may be left of the group was meant to stay: a build's daemon.
		return true, err
	case <-ctx.Done():
	}
	signal(group, syscall.SIGINT)
	second, giveUp, insist := time.After(times.Second), time.After(times.GiveUp), t.Insist
	var look <-chan time.Time // nil while the child itself is there
	for {
		select {
		case err = <-done:
			if gone(group) {
				return true, err
			}
			ticker := time.NewTicker(20 * time.Millisecond)
			defer ticker.Stop()
			look = ticker.C
		case <-look:
			if gone(group) {
				return true, err
			}
		case <-second:
			second, insist = nil, nil
			signal(group, syscall.SIGTERM)
		case <-insist:
			second, insist = nil, nil
			signal(group, syscall.SIGTERM)
		case <-giveUp:
			return false, err
		}
	}
}

// signal reaches every process of the group; one that is gone needs none.
func signal(group int, s syscall.Signal) { _ = syscall.Kill(-group, s) }

// gone says whether no process of the group is left.
func gone(group int) bool {
	return errors.Is(syscall.Kill(-group, 0), syscall.ESRCH) || zombies(group)
}

func exitOf(state *os.ProcessState, err error) deploy.Exit {
	if state == nil {
		return deploy.Exit{Code: -1, Signal: "an unknown cause: " + err.Error()}
	}
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return deploy.Exit{Code: -1, Signal: status.Signal().String()}
	}
	return deploy.Exit{Code: state.ExitCode()}
}
