package live

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// Said is what the action prints, as far as it is looked at here.
type Said struct {
	State   string   `json:"state"`
	Verdict string   `json:"verdict"`
	Lead    string   `json:"lead"`
	Weight  float64  `json:"weight"`
	Trouble []string `json:"trouble"`
}

// Event is an entry of the rollout's log, as far as it is looked at here.
type Event struct {
	Sequence int       `json:"sequence"`
	At       time.Time `json:"at"`
	Kind     string    `json:"kind"`
	Phase    int       `json:"phase"`
	Reason   string    `json:"reason"`
}

// The kinds of events that are waited for.
const (
	settled   = "settled"
	confirmed = "confirmed"
	soaking   = "soaking"
)

// command prepares a run of the action, as a process of its own. It ticks as
// often as it can: by AWS's clock that is a few times a minute.
func (w *World) command(ctx context.Context, name string, more ...string) *exec.Cmd {
	args := append([]string{"--command", name, "--bucket", bucket, "--every", "1s", "--format", "json", "--by", "rehearsal"}, more...)
	cmd := exec.CommandContext(ctx, w.o.Shift, args...)
	cmd.Dir = w.o.Folder
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + w.o.Folder, "AWS_ENDPOINT_URL=" + w.api, "AWS_REGION=us-east-1", "AWS_ACCESS_KEY_ID=ASIAEXAMPLE",
		"AWS_SECRET_ACCESS_KEY=opens-nothing", "AWS_EC2_METADATA_DISABLED=true",
	}
	return cmd
}

// Do runs a command of the action to its end.
func (w *World) Do(ctx context.Context, name string, more ...string) (Said, error) {
	cmd := w.command(ctx, name, more...)
	var out, log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &log
	err := cmd.Run()
	var said Said
	if err == nil {
		err = json.Unmarshal(out.Bytes(), &said)
	}
	if err != nil {
		return said, fmt.Errorf("traffic-shift %s: %w\n%s", name, err, tail(log.String()))
	}
	w.o.Say(name + ": " + said.Lead)
	return said, nil
}

// tail is the end of what a process printed.
func tail(log string) string {
	lines := strings.Split(strings.TrimSpace(log), "\n")
	return strings.Join(lines[max(0, len(lines)-15):], "\n")
}

// Watcher is the process that watches a rollout.
type Watcher struct {
	cmd  *exec.Cmd
	log  bytes.Buffer
	over chan struct{}
}

// Watch starts one. It ends with ctx.
func (w *World) Watch(ctx context.Context) (*Watcher, error) {
	v := &Watcher{cmd: w.command(ctx, "tick", "--for", "12h"), over: make(chan struct{})}
	v.cmd.Stderr = &v.log
	if err := v.cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting the watcher: %w", err)
	}
	go func() {
		_ = v.cmd.Wait() // how it ended is no matter here: the log of events says what it did
		close(v.over)
	}()
	return v, nil
}

// Kill ends it at once, as a runner that dies does, and waits until it is gone.
func (v *Watcher) Kill() {
	_ = v.cmd.Process.Kill() // it may have ended by itself
	<-v.over
}

// Alive says whether it still runs.
func (v *Watcher) Alive() bool {
	select {
	case <-v.over:
		return false
	default:
		return true
	}
}

// Events are the rollout's log so far.
func (w *World) Events() []Event {
	var all []Event
	for _, key := range w.Cloud.KeysIn(bucket, "cutover/rollout/production/events/") {
		var e Event
		if json.Unmarshal([]byte(w.Cloud.In(bucket, key)), &e) == nil {
			all = append(all, e)
		}
	}
	slices.SortFunc(all, func(a, b Event) int { return a.Sequence - b.Sequence })
	return all
}

// logged says whether there is an event of a kind, in a phase (from 1) if it is
// not 0.
func (w *World) logged(kind string, phase int) bool {
	return slices.ContainsFunc(w.Events(), func(e Event) bool { return e.Kind == kind && (phase == 0 || e.Phase == phase) })
}

// decided is when the rollback was decided, by the rollout's state: its event
// follows once the record has been tried.
func (w *World) decided() time.Time {
	var state struct {
		Rollback *struct {
			Decided time.Time `json:"decided"`
		} `json:"rollback"`
	}
	text := w.Cloud.In(bucket, "cutover/rollout/production/state.json")
	if json.Unmarshal([]byte(text), &state) != nil || state.Rollback == nil {
		return time.Time{}
	}
	return state.Rollback.Decided
}
