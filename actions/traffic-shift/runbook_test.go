package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/processtest"
	"github.com/cutover-dev/cutover/internal/rollout"
)

// The live half of docs/runbooks/cutover.md is read at night: what it shows is
// what this binary printed, in a world of our own, for the command above it.
// -update makes outputs and pictures anew.

// scenes are what a person typed, and what came of it, by a name that the
// runbook uses.
type scenes map[string]scene

type scene struct {
	command, stdout, stderr, page string
	code                          int
}

// byHand is the environment of somebody at a terminal: no GitHub Actions.
func (w *world) byHand() []string {
	return slices.DeleteFunc(slices.Clone(w.env), func(v string) bool {
		return strings.HasPrefix(v, "GITHUB_") && !strings.HasPrefix(v, "GITHUB_API_URL=") && !strings.HasPrefix(v, "GITHUB_REPOSITORY=")
	})
}

// plays runs a command as a person types it and keeps what was seen. The bucket,
// the pace of a world in which an hour is a second and Slack's token come on top.
func (w *world) plays(all scenes, name string, code int, command string, more ...string) {
	w.t.Helper()
	typed := append([]string{"--command", command}, more...)
	page := filepath.Join(w.folder, name+".html")
	args := append(slices.Clone(typed), "--report", page, "--bucket", "releases", "--every", "1s", "--slack-token", "xoxb-the-slack-token", "--by", "octocat")
	if command == cmdBaseline {
		args = append(args, "--for", "1s")
	}
	began := time.Now()
	got := processtest.Run(w.t, binary, w.folder, w.byHand(), args...)
	w.t.Log(name, time.Since(began))
	if got.Code != code {
		w.t.Fatalf("%s: exit %d, not %d\n%s\n%s", name, got.Code, code, got.Stdout, got.Stderr)
	}
	html, _ := os.ReadFile(page)
	s := scene{command: strings.Join(typed, " "), stdout: got.Stdout, stderr: got.Stderr, page: string(html), code: got.Code}
	all[name] = s
	_ = os.WriteFile("/tmp/helpers/t3out/"+name+".txt", []byte(s.command+"\n"+s.stdout+"\n--- stderr\n"+s.stderr), 0o644)
	_ = os.WriteFile("/tmp/helpers/t3out/"+name+".html", html, 0o644)
}

// promoted is a night on which all goes well.
func promoted(t *testing.T, all scenes) {
	w := newWorld(t)
	for m := range 60 {
		w.measure(noon.Add(time.Duration(m-60)*time.Minute), traffic{blue: 480})
	}
	w.plays(all, "plan", 0, cmdPlan)
	w.plays(all, "prepare", 0, cmdPrepare, "--terraform", "none")
	w.plays(all, "apply", 0, cmdPrepare, "--terraform", "none", "--apply")
	w.plays(all, "start-early", 4, cmdStart)
	w.run(300)
	w.plays(all, "baseline", 0, cmdBaseline)
	w.run(0)
	w.plays(all, "preflight", 0, cmdPreflight)
	w.run(300)
	w.plays(all, "start", 0, cmdStart, "--reason", "release 42")
	w.run(0)
	w.leaps(6, 5, in(rollout.Watching))
	w.leaps(2, 5, nil)
	w.plays(all, "status", 0, cmdStatus)
	w.plays(all, "pause", 0, string(rollout.OrderPause), "--reason", "I look at the database first")
	w.flow(600, nil)
	w.plays(all, "resume", 0, string(rollout.OrderResume), "--reason", "the database is well")
	w.leaps(30, 5, func(r result) bool { return r.Hold != nil && r.Hold.Kind == string(rollout.HoldApproval) })
	w.plays(all, "held", 0, cmdStatus)
	w.plays(all, "approve", 0, string(rollout.OrderApprove), "--reason", "both sides look alike")
	w.leaps(30, 5, in(rollout.Soaking))
	w.plays(all, "soaking", 0, cmdStatus)
	w.plays(all, "finish", 0, cmdFinish, "--reason", "ECS is gone")
}

// leaps lets so many minutes pass at a time, with a tick after them, until done.
func (w *world) leaps(most, minutes int, done func(result) bool) {
	w.t.Helper()
	var r result
	for range most {
		for range minutes {
			w.flow(600, nil)
		}
		if r, _ = w.tick(); done != nil && done(r) {
			return
		}
	}
	if done != nil {
		w.t.Fatalf("nothing came of it: %+v", r)
	}
}

// wentBack is a night on which a person goes back.
func wentBack(t *testing.T, all scenes) {
	w := newWorld(t)
	w.ready()
	w.begin()
	w.leaps(6, 5, in(rollout.Watching))
	w.leaps(1, 5, nil)
	stop := w.users(traffic{blue: 594, green: 6})
	w.plays(all, "rollback", 0, cmdRollback, "--reason", "customers call")
	stop()
	w.plays(all, "back", 0, cmdStatus)
	var b strings.Builder
	for _, m := range w.slack.Messages() {
		fmt.Fprintf(&b, "%s|%s\n%s\n\n", m.ThreadTS, m.Text, m.Blocks)
	}
	_ = os.WriteFile("/tmp/helpers/t3out/slack.txt", []byte(b.String()), 0o644)
}

// users ask on while AWS's time passes, until the stop.
func (w *world) users(f traffic) (stop func()) {
	w.run(60)
	ended := make(chan struct{})
	var busy sync.WaitGroup
	busy.Go(func() {
		for last := w.now(); ; {
			select {
			case <-ended:
				return
			case <-time.After(time.Millisecond):
			}
			if w.now().Sub(last) >= time.Minute {
				w.measure(last, f)
				last = last.Add(time.Minute)
			}
		}
	})
	return func() { close(ended); busy.Wait(); w.run(0) }
}

func TestRunbookShowsTheLiveShift(t *testing.T) {
	all := scenes{}
	promoted(t, all)
	wentBack(t, all)
}
