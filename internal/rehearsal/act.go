package rehearsal

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/rehearsal/loopback"
)

func (r *Rehearsal) startAct(ctx context.Context, bash, address string, mapped []string) error {
	args := []string{
		r.options.Event, "--json", "--workflows", filepath.Join(r.path("tree"), r.options.Workflow),
		"--directory", r.path("tree"), "--platform", "ubuntu-latest=-self-hosted", "--no-cache-server",
		"--actor", "engineer", "--defaultbranch", "main", "--secret", "GITHUB_TOKEN=" + token,
		"--env", "SLACK_API_URL=" + r.slack.address, "--secret", "SLACK_BOT_TOKEN=" + slackToken,
		"--env", "GITHUB_REPOSITORY=" + r.repositoryName(), "--env", "GITHUB_API_URL=" + address,
		"--env", "ACTIONS_RUNTIME_URL=" + address, "--env", "ACTIONS_RUNTIME_TOKEN=" + token,
		"--env", "ACTIONS_ID_TOKEN_REQUEST_URL=" + address + "/_runtime/token?v=1", "--env", "ACTIONS_ID_TOKEN_REQUEST_TOKEN=" + token,
		"--env", "SST_BIN_PATH=" + r.options.SST, "--env", "RUNNER_NAME=" + loopback.RunnerName, "--env", fmt.Sprintf("GITHUB_RUN_ID=%d", r.id),
	}
	args = append(args, r.aws.args()...)
	if r.options.Payload != "" {
		if err := os.WriteFile(r.path("event.json"), []byte(r.options.Payload), 0o600); err != nil {
			return fmt.Errorf("writing the event: %w", err)
		}
		args = append(args, "--eventpath", r.path("event.json"))
	}
	if !r.options.Quiet {
		args = append(args, "--var", "SLACK_CHANNEL="+slackChannel)
	}
	for _, name := range slices.Sorted(maps.Keys(r.options.Vars)) {
		args = append(args, "--var", name+"="+r.options.Vars[name])
	}
	for _, m := range mapped {
		args = append(args, "--local-repository", m)
	}
	r.cmd = exec.CommandContext(ctx, r.options.Act, args...)
	r.cmd.Env = append(passedOn(r.options.Environ),
		"XDG_CACHE_HOME="+r.path("home", "cache"), "XDG_CONFIG_HOME="+r.path("home", "config"),
		"COREPACK_HOME="+filepath.Join(r.options.Cache, "corepack"),
		"PATH="+r.path("shims")+string(os.PathListSeparator)+pathOf(r.options.Environ),
		"CUTOVER_REHEARSAL="+r.path("steps"), "CUTOVER_REHEARSAL_BASH="+bash, "CUTOVER_STANDINS="+r.path("standins"), "CUTOVER_TREE="+r.path("tree"),
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
	r.server.Follow(e.JobID, func(run *loopback.Run) {
		apply(run, e, time.Now())
		j := jobOf(run, e)
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
