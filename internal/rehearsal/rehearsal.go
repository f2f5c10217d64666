// Package rehearsal runs a workflow of this repository on this machine, from
// its triggers to its last step: act executes it, stand-ins take the place of
// third-party actions, a loopback GitHub holds what the run reports. Nothing
// in it needs credentials, and none of the machine's reach the run.
package rehearsal

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/rehearsal/loopback"
	"github.com/cutover-dev/cutover/internal/rehearsal/running"
)

// Options says what to rehearse.
type Options struct {
	// Repository is the checkout, Workflow a file of it, Event what triggers it.
	Repository, Workflow, Event string
	// Break names a fault to put into the tree; empty for none.
	Break string
	// Overlay, if not nil, holds further files to put into the tree.
	Overlay fs.FS
	// Act and Shim are the binaries to use.
	Act, Shim string
	// Cache outlives the run: package caches, binaries.
	Cache string
	// Watch, if not nil, is told of every job and step as it begins and ends.
	Watch func(Moment)
	// Environ is the machine's environment, of which only what builds need is
	// passed on; Extra is added to it.
	Environ, Extra []string
}

// Moment is a change that somebody who watches wants to see.
type Moment struct {
	Job  *loopback.Job
	Step *loopback.Step
	// Ended is false when Step begins and true when it ends.
	Ended bool
}

// Result is a finished rehearsal.
type Result struct {
	// Workflow is the file that ran.
	Workflow string
	Told     loopback.Told
	Break    *Break
	// Cancelled are the steps that Cancel ended, with how they went.
	Cancelled []running.Step
	// Diagnostics is what act itself had to say.
	Diagnostics string
}

// Rehearsal is one run in progress.
type Rehearsal struct {
	options Options
	server  *loopback.Server
	brk     *Break
	cmd     *exec.Cmd
	folder  string
	flow    workflow
	errors  strings.Builder
	follow  chan error
}

// Start prepares the run and starts it. The caller must call Wait.
func Start(ctx context.Context, o Options) (*Rehearsal, error) {
	r := &Rehearsal{options: o}
	var err error
	if r.brk, err = findBreak(o.Break); err != nil {
		return nil, err
	}
	if r.folder, err = runFolder(o.Cache); err != nil {
		return nil, err
	}
	if err := r.start(ctx); err != nil {
		return nil, errors.Join(err, r.cleanUp())
	}
	return r, nil
}

// runFolder makes a folder for one run beside the cache, so that files can be
// hard-linked between the two.
func runFolder(cache string) (string, error) {
	runs := filepath.Join(cache, "runs")
	if err := os.MkdirAll(runs, 0o755); err != nil {
		return "", fmt.Errorf("making the run's folder: %w", err)
	}
	return os.MkdirTemp(runs, "run-")
}

func (r *Rehearsal) path(parts ...string) string {
	return filepath.Join(append([]string{r.folder}, parts...)...)
}

// start lays out the run's folder, starts the loopback GitHub and act.
func (r *Rehearsal) start(ctx context.Context) error {
	for _, folder := range []string{"tree", "home", "steps", "shims"} {
		if err := os.Mkdir(r.path(folder), 0o755); err != nil {
			return fmt.Errorf("making the run's folder: %w", err)
		}
	}
	if err := writeTree(standInFiles, r.folder); err != nil {
		return fmt.Errorf("writing the stand-ins: %w", err)
	}
	bash, err := exec.LookPath("bash")
	if err != nil {
		return &fault.Fault{Kind: fault.Outside, Name: "bash", What: "is not on PATH", Next: "Install bash; workflows run in it."}
	}
	if err := os.Symlink(r.options.Shim, r.path("shims", "bash")); err != nil {
		return fmt.Errorf("placing the shim: %w", err)
	}
	overlays := []fs.FS{r.options.Overlay}
	if r.brk != nil {
		overlays = append(overlays, r.brk.overlay)
	}
	sha, err := copyTree(ctx, r.options.Repository, r.path("tree"), overlays...)
	if err != nil {
		return err
	}
	if r.flow, err = readWorkflow(r.path("tree", r.options.Workflow)); err != nil {
		return err
	}
	address, err := r.startServer(sha)
	if err != nil {
		return err
	}
	uses, err := r.flow.uses(r.path("tree"))
	if err != nil {
		return err
	}
	mapped, err := standIns(uses, r.path("standins"))
	if err != nil {
		return err
	}
	return r.startAct(ctx, bash, address, mapped)
}

// token stands for GITHUB_TOKEN; it opens nothing but the loopback server.
const token = "rehearsal-token-opens-nothing"

// repositoryName is how the run sees its repository.
const repositoryName = "cutover-dev/cutover"

func (r *Rehearsal) startServer(sha string) (address string, err error) {
	if r.server, err = loopback.New(token, filepath.Join(r.options.Cache, "caches")); err != nil {
		return "", err
	}
	if address, err = r.server.Start(); err != nil {
		return "", err
	}
	r.server.Update(func(run *loopback.Run) {
		*run = loopback.Run{ID: 1, Workflow: r.flow.Name, Event: r.options.Event, SHA: sha, Repository: repositoryName, Started: time.Now()}
		for _, j := range r.flow.jobs {
			name := j.Name
			if name == "" {
				name = j.id
			}
			run.Jobs = append(run.Jobs, &loopback.Job{ID: j.id, Name: name, Needs: j.Needs})
		}
	})
	return address, nil
}

func (r *Rehearsal) startAct(ctx context.Context, bash, address string, mapped []string) error {
	args := []string{
		r.options.Event, "--json", "--workflows", filepath.Join(r.path("tree"), r.options.Workflow),
		"--directory", r.path("tree"), "--platform", "ubuntu-latest=-self-hosted", "--no-cache-server",
		"--actor", "engineer", "--defaultbranch", "main", "--secret", "GITHUB_TOKEN=" + token,
		"--env", "GITHUB_REPOSITORY=" + repositoryName, "--env", "GITHUB_API_URL=" + address,
		"--env", "ACTIONS_RUNTIME_URL=" + address, "--env", "ACTIONS_RUNTIME_TOKEN=" + token,
	}
	for _, m := range mapped {
		args = append(args, "--local-repository", m)
	}
	r.cmd = exec.CommandContext(ctx, r.options.Act, args...)
	r.cmd.Env = append(passedOn(r.options.Environ),
		"XDG_CACHE_HOME="+r.path("home", "cache"), "XDG_CONFIG_HOME="+r.path("home", "config"),
		"COREPACK_HOME="+filepath.Join(r.options.Cache, "corepack"),
		"PATH="+r.path("shims")+string(os.PathListSeparator)+pathOf(r.options.Environ),
		"CUTOVER_REHEARSAL="+r.path("steps"), "CUTOVER_REHEARSAL_BASH="+bash, "CUTOVER_STANDINS="+r.path("standins"),
		"GIT_CONFIG_GLOBAL=/dev/null", "CI=true", "NO_COLOR=1",
	)
	r.cmd.Env = append(r.cmd.Env, r.options.Extra...)
	r.cmd.Stderr = &r.errors
	// A process group of its own: Ctrl-C reaches the rehearsal, which cancels
	// in GitHub's way, and not every process at once.
	r.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	r.cmd.Cancel = func() error { return syscall.Kill(-r.cmd.Process.Pid, syscall.SIGKILL) }
	out, err := r.cmd.StdoutPipe()
	if err != nil {
		return fmt.Errorf("starting act: %w", err)
	}
	if err := r.cmd.Start(); err != nil {
		return &fault.Fault{Kind: fault.Outside, Name: "act", What: "cannot be started", Got: r.options.Act, Err: err, Next: "Run make rehearse, which builds it."}
	}
	r.follow = make(chan error, 1)
	go func() { r.follow <- r.read(out) }()
	return nil
}

// read applies act's log to the loopback GitHub, line by line.
func (r *Rehearsal) read(out io.Reader) error {
	in := bufio.NewReaderSize(out, 1<<20)
	for {
		line, err := in.ReadBytes('\n')
		if e, ok := parseEvent(line); ok {
			r.tell(e)
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("reading act's log: %w", err)
		}
	}
}

func (r *Rehearsal) tell(e event) {
	var moment *Moment
	r.server.Update(func(run *loopback.Run) {
		apply(run, e, time.Now())
		j := run.Job(e.JobID)
		if j == nil || !e.top() {
			return
		}
		if s := openStep(j, e); s != nil && (e.begins() || e.StepResult != "") {
			moment = &Moment{Job: j, Step: s, Ended: e.StepResult != ""}
		}
	})
	if moment != nil && r.options.Watch != nil {
		r.options.Watch(*moment)
	}
}
