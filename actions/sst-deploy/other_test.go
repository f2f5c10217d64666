package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/deploy"
	"github.com/cutover-dev/cutover/internal/processtest"
)

type lockSeen = deploy.LockSeen

// run calls the action with just these arguments.
func run(w *world, args ...string) processtest.Outcome {
	w.t.Helper()
	got := runRaw(w, args...)
	w.quiet(got.Stdout, got.Stderr)
	return got
}

func runRaw(w *world, args ...string) processtest.Outcome {
	w.t.Helper()
	return processtest.Run(w.t, binary, w.folder, w.env, args...)
}

func TestDiff(t *testing.T) {
	for name, c := range map[string]struct {
		scenario string
		deployed bool
		code     int
		want     string
		total    int
	}{
		"a new stage":                        {"", false, 0, "3 created", 3},
		"a change":                           {"", true, 0, "1 updated", 1},
		"a list and exit 1":                  {`{"Mode":"fail"}`, true, 3, "nobody knows what would change", 0},
		"an empty list of a preview, killed": {`{"Mode":"killed"}`, true, 3, "Pulumi did not come to its end (signal: killed)", 0},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "").inActions()
			w.env = append(w.env, "GITHUB_REF=refs/pull/5/merge")
			if c.deployed {
				w.result("deploy")
			}
			w.write("sst.stand.json", c.scenario+"\n")
			if c.scenario == "" {
				w.write("sst.stand.json", "{}")
			}
			r, got := w.result("diff", "--comment", "app")
			if got.Code != c.code || !strings.Contains(r.Lead, c.want) || r.Counts.Total() != c.total {
				t.Fatalf("exit %d, %d: %s\n%s", got.Code, r.Counts.Total(), r.Lead, got.Stderr)
			}
			if n := len(w.github.comments); n != 1 || !strings.Contains(w.github.comments[0], "sst-deploy app lego-api/production") {
				t.Fatalf("%d comments: %v", n, w.github.comments)
			}
			if strings.Contains(w.github.comments[0], "Nothing would change") || strings.Contains(w.read("summary"), "Nothing would change") {
				t.Error("it says that nothing would change")
			}
			// The next one takes its place.
			w.write("sst.stand.json", "{}")
			w.result("diff", "--comment", "app")
			if n := len(w.github.comments); n != 1 || !strings.Contains(w.github.comments[0], "What would change") {
				t.Errorf("%d comments: %v", n, w.github.comments)
			}
		})
	}
}

func TestStatus(t *testing.T) {
	w := newWorld(t, "")
	r, got := w.result("status")
	if got.Code != 0 || r.Update != nil || !strings.Contains(r.Lead, "never deployed") {
		t.Fatalf("%d %+v", got.Code, r)
	}
	w.result("deploy")
	w.locked("7-1")
	w.github.has(7, 1, "in_progress", time.Now())
	r, got = w.result("status")
	if got.Code != 0 || r.Update == nil || r.Lock == nil || r.Lock.Life != "living" || r.Outputs["url"] != "https://production.example.com" || !strings.Contains(r.Lead, "deploy of run 100-1) succeeded. It is locked.") {
		t.Errorf("%d %+v\n%s", got.Code, r, got.Stderr)
	}
	if w.cloud.Get(lockKey) == "" {
		t.Error("a look has released the lock")
	}
}

func TestDryRun(t *testing.T) {
	for _, command := range []string{"deploy", "diff", "unlock", "status"} {
		w := newWorld(t, "")
		r, got := w.result(command, "--dry-run")
		if got.Code != 0 || r.Reason != "dry-run" || len(w.calls()) > 0 || len(w.cloud.Calls()) > 0 || len(w.github.states()) > 0 {
			t.Errorf("%s: %d %+v, %v", command, got.Code, r, w.cloud.Calls())
		}
		if command == "deploy" && !strings.HasSuffix(r.SST, "/sst deploy --stage production") {
			t.Error(r.SST)
		}
	}
}

// A cancelled run: SIGINT reaches sst, which ends in order; the lock is gone,
// and the result says what state things are in.
func TestCancel(t *testing.T) {
	w := newWorld(t, `{"Mode":"hang","Step":"200ms"}`).inActions()
	cmd, stdout, stderr := w.start("deploy", "--format", "json")
	w.until("the deployment to be under way", func() bool { return len(w.cloud.Keys(updates)) > 0 })
	time.Sleep(500 * time.Millisecond)
	begun := time.Now()
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	err := cmd.Wait()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 3 || time.Since(begun) > 6*time.Second {
		t.Fatalf("%v after %s\n%s", err, time.Since(begun), stderr)
	}
	r := w.parse(stdout.String())
	if r.Reason != "cancelled" || r.Touched != "some" || r.Lock != nil || w.cloud.Get(lockKey) != "" {
		t.Errorf("%+v\n%s", r, stderr)
	}
	if !strings.Contains(stderr.String(), "Interrupted") || !strings.Contains(w.read("summary"), "Run it again") {
		t.Errorf("%s\n%s", stderr, w.read("summary"))
	}
	if s := fmt.Sprint(w.github.states()); s != "[in_progress failure]" {
		t.Error(s)
	}
}

// sst that does not end is not killed, and the result says so within GitHub's
// ten seconds.
func TestCancelOfOneThatDoesNotEnd(t *testing.T) {
	w := newWorld(t, `{"Mode":"ok","Step":"3500ms"}`).inActions()
	cmd, stdout, stderr := w.start("deploy", "--format", "json")
	w.until("the deployment to be under way", func() bool { return len(w.cloud.Keys(updates)) > 0 })
	begun := time.Now()
	_ = cmd.Process.Signal(os.Interrupt)
	time.Sleep(7500 * time.Millisecond)
	_ = cmd.Process.Signal(syscall.SIGTERM) // as GitHub does
	_ = cmd.Wait()
	if took := time.Since(begun); took > 9900*time.Millisecond || cmd.ProcessState.ExitCode() != 3 {
		t.Errorf("%s, %d\n%s", took, cmd.ProcessState.ExitCode(), stderr)
	}
	r := w.parse(stdout.String())
	if r.Reason != "still-running" || r.Verdict != "inconclusive" || r.Lock == nil || w.cloud.Get(lockKey) == "" {
		t.Errorf("%+v\n%s", r, stderr)
	}
	w.until("sst to end by itself", func() bool { return w.cloud.Get(lockKey) == "" })
}

// Killed in mid-deployment: the next run finds the lock of a run that is over,
// releases it and deploys.
func TestKill(t *testing.T) {
	w := newWorld(t, `{"Mode":"die","Step":"400ms","Times":1}`)
	cmd, _, stderr := w.start("deploy")
	w.until("the deployment to be under way", func() bool { return w.cloud.Get(lockKey) != "" })
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	pid := w.calls()[0].PID
	w.until("sst to be gone", func() bool { return errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) || zombie(pid) })
	if w.cloud.Get(lockKey) == "" {
		t.Fatalf("there is no lock to be found\n%s", stderr)
	}
	// The run that died is over; this is its second attempt.
	w.github.has(ourRun, 2, "in_progress", time.Now())
	w.env = append(w.env, "GITHUB_RUN_ATTEMPT=2")
	r, got := w.result("deploy")
	if got.Code != 0 || len(r.Locks) != 1 || !r.Locks[0].Released || r.Locks[0].RunID != "100-1" || r.RunID != "100-2" {
		t.Errorf("%d %+v\n%s", got.Code, r, got.Stderr)
	}
}

// Killed while sst works: sst is interrupted by the kernel and ends in order,
// although nobody reads what it prints.
func TestSSTOutlivesAKill(t *testing.T) {
	w := newWorld(t, `{"Mode":"hang","Step":"100ms"}`)
	cmd, _, _ := w.start("deploy")
	w.until("the deployment to be under way", func() bool { return len(w.cloud.Keys(updates)) > 0 })
	time.Sleep(300 * time.Millisecond)
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	w.until("sst to release its lock", func() bool { return w.cloud.Get(lockKey) == "" })
}

func zombie(pid int) bool {
	text, err := os.ReadFile(filepath.Join("/proc", fmt.Sprint(pid), "stat"))
	return err == nil && strings.Contains(string(text), ") Z ")
}

// What sst prints is seen while it works.
func TestOutputIsLive(t *testing.T) {
	w := newWorld(t, `{"Step":"700ms"}`)
	cmd, _, stderr := w.start("deploy")
	w.until("the first resource", func() bool { return len(w.cloud.Keys(updates)) > 0 })
	time.Sleep(1200 * time.Millisecond)
	pid := w.calls()[0].PID
	alive := syscall.Kill(pid, 0) == nil
	_ = cmd.Process.Signal(syscall.Signal(0))
	seen := stderr.String()
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	if !alive || !strings.Contains(seen, "Created") {
		t.Errorf("alive %v, seen so far:\n%s", alive, seen)
	}
}

func TestGzippedState(t *testing.T) {
	w := newWorld(t, "")
	w.result("deploy")
	for _, key := range w.cloud.Keys("") {
		w.cloud.Put(key, gzipped(t, w.cloud.Get(key)))
	}
	r, got := w.result("status")
	if got.Code != 0 || r.Update == nil || r.Counts.Created != 3 {
		t.Errorf("%d %s", got.Code, got.Stderr)
	}
}
