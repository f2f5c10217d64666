// Package rehearsal runs a workflow of this repository on this machine, from
// its triggers to its last step: act executes it, stand-ins take the place of
// third-party actions, a loopback GitHub holds what the run reports. Nothing
// in it needs credentials, and none of the machine's reach the run.
package rehearsal

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/slack/slacktest"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/rehearsal/cloud"
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
	// Consumer, if not nil, is somebody else's repository, which runs instead of
	// the checkout and uses the checkout's actions by cutover-dev/cutover/…@ref.
	Consumer fs.FS
	// Payload is the event's JSON; empty for none. A pull request's needs one.
	Payload string
	// SlackFaults are failures that Slack plays, in order.
	SlackFaults []slacktest.Fault
	// Quiet leaves Slack out: the jobs that tell it are skipped, as without the
	// variable SLACK_CHANNEL.
	Quiet bool
	// Fork makes the token one that may read and not write.
	Fork bool
	// Onto, if not empty, is a bare repository (one that Keep left) on whose main
	// the tree is committed; Keep is where this run leaves its own.
	Onto, Keep string
	// AWS, if not nil, is the cloud that an earlier rehearsal left.
	AWS *cloud.Cloud
	// Watched sets the monitoring up, and says when its deployment is followed by
	// a drill: first, always or never. Empty leaves it out, as without its roles.
	Watched string
	// Given are jobs that are taken for done.
	Given map[string]Given
	// Stages say how SST behaves in a stage; one that is not named goes well.
	Stages map[string]Stage
	// Prepare, if not nil, changes what GitHub and AWS hold before the run.
	Prepare func(*loopback.Server, *cloud.Cloud)
	// Act, Shim and SST are the binaries to use.
	Act, Shim, SST string
	// Cache outlives the run: package caches, binaries.
	Cache string
	// Scratch is where the run is laid out, some ten thousand small files; empty is
	// the machine's folder for temporary ones. On the cache's file system files are
	// linked between the two, elsewhere they are copied.
	Scratch string
	// Vars are further variables of the repository.
	Vars map[string]string
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
	// Slack holds the messages that were sent.
	Slack []slacktest.Message
	// AWS is the cloud as it was left.
	AWS   *cloud.Cloud
	Break *Break
	// Cancelled are the steps that Cancel ended, with how they went.
	Cancelled []running.Step
	// Diagnostics is what act itself had to say.
	Diagnostics string
}

// Rehearsal is one run in progress.
type Rehearsal struct {
	options Options
	// id is the run's: no two rehearsals share one.
	id     int64
	server *loopback.Server
	slack  *slackServer
	aws    *awsServer
	brk    *Break
	cmd    *exec.Cmd
	folder string
	flow   workflow
	errors strings.Builder
	follow chan error
}

// Start prepares the run and starts it. The caller must call Wait.
func Start(ctx context.Context, o Options) (*Rehearsal, error) {
	r := &Rehearsal{options: o, id: time.Now().UnixMilli()}
	var err error
	if o.Break != "" {
		if r.brk, err = findBreak(o.Break); err != nil {
			return nil, err
		}
	}
	if r.folder, err = runFolder(o.Scratch); err != nil {
		return nil, err
	}
	if err := r.start(ctx); err != nil {
		return nil, errors.Join(err, r.cleanUp())
	}
	return r, nil
}

// runFolder makes a folder for one run.
func runFolder(scratch string) (string, error) {
	folder, err := os.MkdirTemp(scratch, "rehearsal-")
	if err != nil {
		return "", fmt.Errorf("making the run's folder: %w", err)
	}
	// Where the way there leads over a link, act would see two names of one folder.
	return filepath.EvalSymlinks(folder)
}

func (r *Rehearsal) path(parts ...string) string {
	return filepath.Join(append([]string{r.folder}, parts...)...)
}

// start lays out the run's folder, starts the loopback GitHub and act.
func (r *Rehearsal) start(ctx context.Context) error {
	for _, folder := range []string{"tree", "cutover", "home", "steps", "shims", "stands"} {
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
	sha, err := r.layTrees(ctx)
	if err != nil {
		return err
	}
	if err := give(r.path("tree", r.options.Workflow), r.options.Given); err != nil {
		return err
	}
	if r.flow, err = readWorkflow(r.path("tree", r.options.Workflow), r.path("tree")); err != nil {
		return err
	}
	address, err := r.startServer(sha)
	if err != nil {
		return err
	}
	if r.slack, err = startSlack(); err != nil {
		return err
	}
	r.slack.Fail(r.options.SlackFaults...)
	if r.aws, err = startAWS(r.options.AWS, r.repositoryName(), r.path("stands"), r.options.Watched, r.options.Stages); err != nil {
		return err
	}
	if r.options.Prepare != nil {
		r.options.Prepare(r.server, r.aws.Cloud)
	}
	uses, err := r.flow.uses(r.path("tree"))
	if err != nil {
		return err
	}
	mapped, err := standIns(uses, r.path("standins"), r.path("cutover"))
	if err != nil {
		return err
	}
	return r.startAct(ctx, bash, address, mapped)
}

// layTrees lays out the tree that runs and, for a consumer's, ours beside it.
func (r *Rehearsal) layTrees(ctx context.Context) (sha string, err error) {
	overlays := []fs.FS{r.options.Overlay}
	if r.brk != nil {
		overlays = append(overlays, r.brk.overlay)
	}
	if r.options.Onto != "" {
		if _, err := git(ctx, r.folder, "clone", "--quiet", "--no-checkout", r.options.Onto, r.path("tree")); err != nil {
			return "", err
		}
	}
	if r.options.Consumer == nil {
		return copyTree(ctx, r.options.Repository, r.path("tree"), overlays...)
	}
	if _, err := copyTree(ctx, r.options.Repository, r.path("cutover"), overlays...); err != nil {
		return "", err
	}
	return commitTree(ctx, r.path("tree"), r.options.Consumer)
}

// token stands for GITHUB_TOKEN; it opens nothing but the loopback server.
const token = "rehearsal-token-opens-nothing"

// What the run sees as its repository: ours, or the consumer's.
const (
	repositoryName = "cutover-dev/cutover"
	consumerName   = "acme/shop"
)

func (r *Rehearsal) repositoryName() string {
	if r.options.Consumer != nil {
		return consumerName
	}
	return repositoryName
}

// environments are protected as the documentation asks for.
var environments = []loopback.Environment{
	{Name: "staging", Branches: []string{"main"}},
	{Name: "production", Reviewers: []string{reviewer}, Branches: []string{"main"}},
	{Name: "production-rollback", Branches: []string{"main"}},
	{Name: "production-shift", Reviewers: []string{reviewer}, Branches: []string{"main"}},
	{Name: "production-watch", Branches: []string{"main"}},
	{Name: "staging-monitor", Branches: []string{"main"}},
	{Name: "production-monitor", Branches: []string{"main"}},
	{Name: "staging-load", Branches: []string{"main"}},
	{Name: "staging-report", Branches: []string{"main"}},
	{Name: "production-load", Reviewers: []string{reviewer}, Branches: []string{"main"}},
	{Name: "production-report", Branches: []string{"main"}},
	{Name: "production-decide", Reviewers: []string{reviewer}, Branches: []string{"main"}},
	{Name: "production-retire", Reviewers: []string{reviewer}, Branches: []string{"main"}},
	{Name: "production-retiring", Branches: []string{"main"}},
	{Name: "release", Reviewers: []string{reviewer}, Branches: []string{"main", "v*"}},
}

// reviewer approves what waits for production, as soon as it waits.
const reviewer = "reviewer"

func (r *Rehearsal) startServer(sha string) (address string, err error) {
	if r.server, err = loopback.New(token, filepath.Join(r.options.Cache, "caches")); err != nil {
		return "", err
	}
	r.server.HostGit(r.path("tree"))
	if r.options.Fork {
		r.server.ReadOnly()
	}
	for _, e := range environments {
		r.server.SetEnvironment(e)
	}
	for _, g := range r.options.Given {
		for name, files := range g.Artifacts {
			r.server.Seed(name, files)
		}
	}
	if address, err = r.server.Start(); err != nil {
		return "", err
	}
	r.server.Update(func(run *loopback.Run) {
		*run = loopback.Run{ID: r.id, Workflow: r.flow.Name, Event: r.options.Event, SHA: sha, Repository: r.repositoryName(), Started: time.Now()}
		for _, j := range r.flow.jobs {
			name := j.Name
			if name == "" {
				name = j.id
			}
			run.Jobs = append(run.Jobs, &loopback.Job{ID: j.id, Name: name, Needs: j.Needs, Environment: asked(r.options.Payload, string(j.Environment))})
		}
	})
	return address, nil
}
