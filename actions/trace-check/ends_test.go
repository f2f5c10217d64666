package main

import (
	"fmt"
	"net/http/httptest"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/processtest"
	"github.com/cutover-dev/cutover/internal/rehearsal/cloud"
	"github.com/cutover-dev/cutover/internal/trace"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// called counts the calls of a permission so far.
func (w *world) called(action string) (n int) {
	for _, c := range w.cloud.Calls() {
		if c.Action == action {
			n++
		}
	}
	return n
}

// Whoever cancels a run is heard while it waits, whatever it waits for, and
// leaves nothing running at AWS.
func TestCancelled(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		set   func(*world)
		until string // the call after which it is cancelled
		then  string // the call that must come of it
	}{
		"while traces are awaited":   {func(w *world) { w.stage.set(func(s *stage) { s.silent = true }) }, "xray:BatchGetTraces", ""},
		"while a retrieval is under": {func(w *world) { w.cloud.TransactionSearch(5, false, time.Hour) }, "xray:ListRetrievedTraces", "xray:CancelTraceRetrieval"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c.set(w)
			cmd, stdout, stderr := processtest.Command(t, binary, w.folder, w.env, w.args("--wait", "5m", "--bucket", "releases")...)
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			until(t, c.until, func() bool { return w.called(c.until) > 0 })
			begun := time.Now()
			_ = cmd.Process.Signal(syscall.SIGINT)
			_ = cmd.Wait()
			if code := cmd.ProcessState.ExitCode(); code != 3 || time.Since(begun) > 4*time.Second || !strings.Contains(stderr.String(), "interrupt") {
				t.Errorf("%d after %s: %s%s", code, time.Since(begun), stdout, stderr)
			}
			if c.then != "" && w.called(c.then) != 1 {
				t.Errorf("%d times %s", w.called(c.then), c.then)
			}
			if err := schema(t).Check(stdout.String()); err != nil || w.output("verdict") != "" || len(w.cloud.KeysIn("releases", "")) > 0 {
				t.Errorf("%v, verdict %q\n%s", err, w.output("verdict"), stdout)
			}
		})
	}
}

// The bound of the whole holds, whatever is slow.
func TestTimeout(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.stage.set(func(s *stage) { s.silent = true })
	begun := time.Now()
	r, got := w.run("--wait", "5m", "--timeout", "2s")
	if got.Code != 3 || r.Verdict != "" || time.Since(begun) > 6*time.Second || !strings.Contains(got.Stderr, "it took longer than allowed") {
		t.Errorf("%d, %s\n%s", got.Code, r.Verdict, got.Stderr)
	}
}

// killed starts the binary and kills it when told to.
func (w *world) killed(set func(kill func())) {
	w.t.Helper()
	cmd, _, _ := processtest.Command(w.t, binary, w.folder, w.env, w.args("--bucket", "releases")...)
	var once sync.Once
	started := make(chan *exec.Cmd, 1)
	set(func() { once.Do(func() { _ = (<-started).Process.Kill() }) })
	if err := cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	started <- cmd
	if err := cmd.Wait(); err == nil {
		w.t.Error("it was not killed")
	}
}

// A program that is killed anywhere and begun again under its name ends as if
// nothing had been, and has made nothing twice.
func TestKilled(t *testing.T) {
	t.Parallel()
	places := map[string]func(*world) func(kill func()){}
	for _, n := range []int{1, 2, 7, 16} {
		places[fmt.Sprintf("at request %d", n)] = func(w *world) func(func()) {
			return func(kill func()) {
				w.stage.set(func(s *stage) {
					s.asks = func(asked int) {
						if asked == n {
							kill()
						}
					}
				})
			}
		}
	}
	places["before the map is kept"] = func(w *world) func(func()) {
		return func(kill func()) {
			w.cloud.Before(func(method, key string) {
				if method == "PUT" && strings.HasSuffix(key, "map.json") {
					kill()
				}
			})
		}
	}
	places["after the map is kept"] = func(w *world) func(func()) {
		return func(kill func()) {
			go func() {
				for w.cloud.In("releases", kept) == "" {
					time.Sleep(time.Millisecond)
				}
				kill()
			}()
		}
	}
	for name, place := range places {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.killed(place(w))
			w.stage.set(func(s *stage) { s.asks = nil })
			w.cloud.Before(nil)
			r, got := w.run("--bucket", "releases")
			if got.Code != 0 || r.Verdict != verdict.Pass {
				t.Errorf("%d\n%s\n%s", got.Code, got.Stdout, got.Stderr)
			}
			// Of each four requests one makes something.
			if _, made := w.stage.counts(); made != 4 {
				t.Errorf("%d were made", made)
			}
			if m, err := trace.ParseMap("map", []byte(w.cloud.In("releases", kept))); err != nil || m.Run != r.Run {
				t.Errorf("%v: %+v", err, m)
			}
		})
	}
}

// Of two checks that end at once the later one's map stays, and neither fails.
func TestTwoMapsAtOnce(t *testing.T) {
	c := cloud.New("releases")
	server := httptest.NewServer(c)
	t.Cleanup(server.Close)
	for name, value := range map[string]string{"AWS_ENDPOINT_URL": server.URL, "AWS_ACCESS_KEY_ID": "ASIAX", "AWS_SECRET_ACCESS_KEY": "x", "AWS_REGION": "us-east-1"} {
		t.Setenv(name, value)
	}
	ctx := t.Context()
	s, err := openShelf(ctx, "releases", "cutover", "staging", "")
	if err != nil {
		t.Fatal(err)
	}
	drawn := func(run string, minute int) trace.Map {
		m := trace.Draw(nil, nil)
		m.Stage, m.Run, m.At = "staging", run, time.Date(2026, 11, 23, 12, minute, 0, 0, time.UTC)
		return m
	}
	if m, version, err := s.last(ctx); m != nil || version != "" || err != nil {
		t.Fatal(m, version, err)
	}
	// Both have read that there is none.
	for _, m := range []trace.Map{drawn("run-early", 1), drawn("run-late", 2), drawn("run-middle", 1)} {
		if err := s.keep(ctx, m, ""); err != nil {
			t.Error(err)
		}
	}
	m, version, err := s.last(ctx)
	if err != nil || m.Run != "run-late" {
		t.Fatal(m, err)
	}
	if err := s.keep(ctx, drawn("run-next", 3), version); err != nil {
		t.Error(err)
	}
	if m, _, err := s.last(ctx); err != nil || m.Run != "run-next" {
		t.Error(m, err)
	}
	if none, err := openShelf(ctx, "", "cutover", "staging", ""); none != nil || err != nil {
		t.Error(none, err)
	}
}

// A name that is too long is cut, and stays one.
func TestTheRunHasAName(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.env = slices.DeleteFunc(w.env, func(e string) bool { return strings.HasPrefix(e, "GITHUB_RUN") })
	r, got := w.run()
	if got.Code != 0 || !strings.HasPrefix(r.Run, "local-") {
		t.Errorf("%d, %q", got.Code, r.Run)
	}
}
