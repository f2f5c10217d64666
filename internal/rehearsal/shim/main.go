// Command shim stands before bash on the PATH of a rehearsed run and makes act
// behave like GitHub's runner where the two differ:
//
//   - act hands INPUT_* to the steps of a composite action and GitHub does not,
//     so a missing env: mapping would work in a rehearsal and fail in earnest.
//     The shim takes away what the action's file does not map.
//   - a cancelled run's process gets SIGINT, after 7.5 s SIGTERM, after 2.5 s
//     more it is killed; act kills at once. The shim keeps to GitHub's times.
//   - act can lose the last lines of a failing step; the shim waits for them.
//
// Whoever rehearses finds a file for each running step in the folder that
// CUTOVER_REHEARSAL names, and cancels by SIGINT to the shim.
package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/cutover-dev/cutover/internal/rehearsal/running"
)

const nested = "CUTOVER_REHEARSAL_NESTED"

func main() {
	bash, folder := os.Getenv("CUTOVER_REHEARSAL_BASH"), os.Getenv("CUTOVER_REHEARSAL")
	if bash == "" || folder == "" {
		fmt.Fprintln(os.Stderr, "shim: this program only runs within a rehearsal")
		os.Exit(3)
	}
	if os.Getenv(nested) != "" {
		// A bash within a step is just a bash, in the same process.
		err := syscall.Exec(bash, append([]string{"bash"}, os.Args[1:]...), os.Environ())
		fmt.Fprintln(os.Stderr, "shim:", err)
		os.Exit(3)
	}
	os.Exit(run(bash, folder))
}

func run(bash, folder string) int {
	// The child's parent-death signal is bound to the thread that starts it.
	runtime.LockOSThread()
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, os.Interrupt)
	cmd := exec.Command(bash, os.Args[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Env = append(mapped(os.Environ(), os.Getenv("GITHUB_ACTION_PATH")), nested+"=1")
	cmd.SysProcAttr = dieWithParent()
	if err := cmd.Start(); err != nil {
		fmt.Fprintln(os.Stderr, "shim:", err)
		return 3
	}
	step := running.Step{Job: os.Getenv("GITHUB_JOB"), Step: os.Getenv("GITHUB_ACTION"), PID: os.Getpid()}
	report(step, folder)
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	select {
	case err := <-done:
		_ = step.Remove(folder) // the run may have been cleared away
		code := exitCode(err)
		if code != 0 {
			time.Sleep(200 * time.Millisecond)
		}
		return code
	case <-signals:
	}
	start := time.Now()
	last, err := cancel(cmd.Process, done)
	step.Ended, step.ExitCode, step.LastSignal = true, exitCode(err), last
	step.TookMillis = time.Since(start).Milliseconds()
	report(step, folder)
	// act now cancels the run and kills this process; the bound is for a
	// rehearsal that died meanwhile.
	time.Sleep(20 * time.Second)
	return step.ExitCode
}

// cancel ends the process as GitHub's runner does.
func cancel(p *os.Process, done <-chan error) (string, error) {
	for _, step := range []struct {
		signal os.Signal
		name   string
		wait   time.Duration
	}{
		{os.Interrupt, "SIGINT", 7500 * time.Millisecond},
		{syscall.SIGTERM, "SIGTERM", 2500 * time.Millisecond},
		{os.Kill, "SIGKILL", 10 * time.Second},
	} {
		_ = p.Signal(step.signal) // it may have ended this very moment
		select {
		case err := <-done:
			return step.name, err
		case <-time.After(step.wait):
		}
	}
	return "SIGKILL", errors.New("it could not be killed")
}

// mapped removes the INPUT_ variables that the composite action at actionPath
// does not map in an env: block of its own.
func mapped(environ []string, actionPath string) []string {
	text, err := os.ReadFile(filepath.Join(actionPath, "action.yml"))
	if actionPath == "" || err != nil {
		return environ
	}
	var kept []string
	for _, entry := range environ {
		name, _, _ := strings.Cut(entry, "=")
		if strings.HasPrefix(name, "INPUT_") && !regexp.MustCompile(`(?m)^\s+`+regexp.QuoteMeta(name)+`:`).Match(text) {
			continue
		}
		kept = append(kept, entry)
	}
	return kept
}

func exitCode(err error) int {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit) && exit.ExitCode() >= 0:
		return exit.ExitCode()
	}
	return 137 // ended by a signal
}

// report tells the rehearsal about the step; a rehearsal that is gone is no
// reason to fail it.
func report(s running.Step, folder string) {
	if err := s.Write(folder); err != nil {
		fmt.Fprintln(os.Stderr, "shim:", err)
	}
}
