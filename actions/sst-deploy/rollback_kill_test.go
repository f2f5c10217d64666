package main

import (
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/processtest"
)

// kills is at how many points a rollback is killed; CUTOVER_KILLS sets it, as
// `go run ./bench/rollback -kills 1000` does.
func kills(t *testing.T) int {
	n, err := strconv.Atoi(os.Getenv("CUTOVER_KILLS"))
	switch {
	case os.Getenv("CUTOVER_KILLS") == "":
		return 25
	case err != nil || n < 1:
		t.Fatalf("CUTOVER_KILLS is %q, and must be a number of kills", os.Getenv("CUTOVER_KILLS"))
	}
	return n
}

// A rollback that is killed anywhere is run again and ends right. The points are
// spread evenly over the requests of a whole rollback, those of sst included:
// before a request has any effect, after its effect and before its answer, and
// some while after the answer. Every second one is killed a second time.
func TestRollbackKilledAnywhereItEndsRight(t *testing.T) {
	total := countRequests(t)
	n := kills(t)
	found := map[string]int{}
	for i := range n {
		at := float64(total) * (float64(i) + 0.5) / float64(n)
		t.Run(fmt.Sprintf("at %.2f of %d", at, total), func(t *testing.T) {
			w := ready(t)
			stood := w.killed(at)
			found[stood]++
			attempt := 2
			if i%2 == 1 {
				w.next(attempt)
				w.killed(math.Mod(at*7.3, float64(total)))
				attempt++
			}
			w.next(attempt)
			w.ends(attempt)
		})
		if t.Failed() {
			return
		}
	}
	t.Logf("%d requests, %d kills, %d of them twice; after the first the rollback stood so: %v", total, n, n/2, found)
}

// ready is a stage whose deployment has failed, in a checkout of the good commit.
func ready(t *testing.T) *past {
	w := newPast(t)
	w.broken()
	w.git("checkout", "-q", w.commits[1])
	w.rebuilds(built)
	w.github.has(ourRun, 1, "in_progress", time.Now())
	return w
}

var built = codes{"Api": zip("api two, built anew"), "Images": zip("images two, built anew"), "Same": zip("same")}

func countRequests(t *testing.T) int {
	w := ready(t)
	var n atomic.Int64
	g := barrier(func(rw http.ResponseWriter, r *http.Request) {
		n.Add(1)
		w.cloud.ServeHTTP(rw, r)
	})
	w.barrier.Store(&g)
	w.ends(1)
	if n.Load() < 30 {
		t.Fatalf("a whole rollback made %d requests only", n.Load())
	}
	return int(n.Load())
}

// killed runs a rollback and kills it at a point, counted in requests. It
// returns how far the rollback had come.
func (w *past) killed(at float64) string {
	w.t.Helper()
	k, part := math.Modf(at)
	var n atomic.Int64
	var once sync.Once
	started := make(chan struct{})
	cmd, _, stderr := processtest.Command(w.t, binary, w.folder, w.env, w.args("rollback", "--archive-bucket", "archive", "--only-after", strconv.Itoa(ourRun))...)
	kill := func() {
		once.Do(func() {
			<-started
			_ = cmd.Process.Kill() // it may have ended
		})
	}
	g := barrier(func(rw http.ResponseWriter, r *http.Request) {
		if n.Add(1) != int64(k)+1 {
			w.cloud.ServeHTTP(rw, r)
			return
		}
		switch {
		case part < 1.0/3:
			kill()
			panic(http.ErrAbortHandler)
		case part < 2.0/3:
			w.cloud.ServeHTTP(httptest.NewRecorder(), r)
			kill()
			panic(http.ErrAbortHandler)
		}
		w.cloud.ServeHTTP(rw, r)
		time.AfterFunc(time.Duration((part-2.0/3)*float64(9*time.Millisecond)), kill)
	})
	w.barrier.Store(&g)
	if err := cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	close(started)
	err := cmd.Wait()
	w.barrier.Store(nil)
	// A resumed rollback makes fewer requests, and so may end before; then well.
	if how, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); err != nil && (!ok || !how.Signaled()) {
		w.t.Fatalf("%v\n%s", err, stderr)
	}
	// The job's end ends all its processes; here sst is interrupted by the kernel
	// and ends by itself.
	for _, c := range w.calls() {
		w.until("sst to be gone", func() bool { return errors.Is(syscall.Kill(c.PID, 0), syscall.ESRCH) || zombie(c.PID) })
	}
	if w.journal() == "" {
		return "nothing written"
	}
	return w.journal()
}

// next makes this a further attempt of the run.
func (w *past) next(attempt int) {
	w.github.has(ourRun, attempt, "in_progress", time.Now())
	w.as(fmt.Sprintf("%d-%d", ourRun, attempt))
}

// ends runs it to its end and holds what the servers then have.
func (w *past) ends(attempt int) {
	w.t.Helper()
	r, got := w.roll("--only-after", strconv.Itoa(ourRun))
	if got.Code != 0 || r.Reason != "rolled-back" && r.Reason != "rolled-back-before" || r.Rollback.Release != w.releases()[1] {
		w.t.Fatalf("exit %d %s %+v\n%s", got.Code, r.Reason, r.Rollback, got.Stderr)
	}
	if runs := w.runs("Api", "Images", "Same"); runs != "api two, built anew, images two, built anew, same" {
		w.t.Errorf("the functions run %s", runs)
	}
	for name, want := range map[string][]string{"Api": {"api one", "api two", "api three"}, "Images": {"images one", "images two"}} {
		for _, ran := range w.cloud.Ran(physical(name)) {
			text := strings.TrimPrefix(ran, "PK\x03\x04")
			if !strings.Contains(strings.Join(want, "|")+"|"+strings.TrimPrefix(built[name], "PK\x03\x04"), text) {
				w.t.Errorf("%s has run %q", name, text)
			}
		}
	}
	plans, done := 0, 0
	for _, key := range w.cloud.KeysIn("archive", "cutover/rollbacks/") {
		if strings.HasSuffix(key, "/plan.json") {
			plans++
		}
		if strings.HasSuffix(key, "/done.json") {
			done++
		}
	}
	if plans != 1 || done != 1 || w.cloud.Get(lockKey) != "" {
		w.t.Errorf("%d plans, %d done, lock %q", plans, done, w.cloud.Get(lockKey))
	}
	if r.Update == nil || r.Update.Completed == "" || len(r.Update.Errors) > 0 || r.Update.RunID > fmt.Sprintf("%d-%d", ourRun, attempt) {
		w.t.Errorf("the last update is %+v", r.Update)
	}
}
