package main

import (
	"fmt"
	"net/http"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/processtest"
	"github.com/cutover-dev/cutover/internal/retire"
)

// destructive says whether a request of the program takes something away.
func destructive(server string, r *http.Request, body string) bool {
	said := r.Header.Get("X-Amz-Target") + " " + body
	return server == "aws" && (strings.Contains(said, "Action=Delete") || strings.Contains(said, ".Delete") || strings.Contains(said, ".Deregister") || strings.Contains(body, ">DELETE<") || r.Method == http.MethodDelete)
}

// writes says whether a request keeps state, log or marks.
func writes(server string, r *http.Request, _ string) bool {
	return server == "aws" && r.Method == http.MethodPut && strings.Contains(r.URL.Path, "/retire/")
}

// wrote is what a request that keeps something keeps: state.json, marks.json, or one
// of the events.
func wrote(r *http.Request) string {
	_, kind, _ := strings.Cut(r.URL.Path, "/"+folder)
	kind, _, _ = strings.Cut(kind, "/")
	return kind
}

// killed runs a tick and kills it with SIGKILL at its n-th request of a sort, before
// or after that was carried out. It returns false where there were fewer.
func (w *world) killed(n, how int, of func(string, *http.Request, string) bool) bool {
	w.t.Helper()
	var cmd *exec.Cmd
	var mu sync.Mutex
	seen, done := 0, false
	w.mu.Lock()
	w.gate = func(server string, r *http.Request, body string) int {
		mu.Lock()
		defer mu.Unlock()
		if done {
			return killBefore // it is dead: what it had sent besides does not arrive
		}
		if !of(server, r, body) {
			return pass
		}
		if seen++; seen != n {
			return pass
		}
		done = true
		_ = cmd.Process.Kill()
		return how
	}
	w.mu.Unlock()
	mu.Lock()
	cmd, _, _ = processtest.Command(w.t, binary, w.folder, w.env, w.args(cmdTick)...)
	if err := cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	mu.Unlock()
	_ = cmd.Wait() // killed, as was meant
	w.mu.Lock()
	defer w.mu.Unlock()
	w.gate = nil
	return done
}

// Killed before or after any deletion, and at any write of its state and log: what
// the servers have then was planned, and the next ticks end the same.
//
// Shows: 5.8.3, 5.8.4, 5.8.5, 5.8.6, 5.8.9
func TestKilledAtEachDeletion(t *testing.T) {
	t.Parallel()
	for name, owned := range map[string]bool{"by hand": false, "a stack's": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, sort := range []string{"a deletion", "a write"} {
				for _, how := range []int{killBefore, killAfter} {
					t.Run(fmt.Sprintf("%s %d", sort, how), func(t *testing.T) {
						t.Parallel()
						w, p := holdingWorld(t, owned)
						w.pass(61 * time.Minute)
						if sort == "a write" {
							w.killedAtWrites(p, how)
						} else {
							w.killedAtDeletions(p, how)
						}
						w.gone(p, w.until(retire.Done))
					})
				}
			}
		})
	}
}

// killedAtDeletions kills every other tick one deletion later than the one before, so
// that each is met, however often it is begun anew.
func (w *world) killedAtDeletions(p result, how int) {
	w.t.Helper()
	kills := 0
	for n := range 40 {
		if w.killed(1+n%2, how, destructive) {
			kills++
		}
		w.planned(p)
		if s := w.state().Step; s == retire.Validate || s == retire.Done {
			break
		}
		w.pass(time.Minute)
	}
	if kills < 2 {
		w.t.Errorf("killed only %d times", kills)
	}
	w.t.Logf("killed %d times", kills)
}

// killedAtWrites kills ticks at their first to sixth write: a tick makes a handful,
// and goes on from where the one before was killed. One is killed at the marks, which
// are rarely written, so that what is kept in any of the places is among them.
func (w *world) killedAtWrites(p result, how int) {
	w.t.Helper()
	kills := map[string]int{}
	for n := range 12 {
		const marks = 4
		at, last := 1+n%6, ""
		if n == marks {
			at = 1
		}
		if w.killed(at, how, func(server string, r *http.Request, body string) bool {
			is := writes(server, r, body) && (n != marks || wrote(r) == "marks.json")
			if is {
				last = wrote(r)
			}
			return is
		}) {
			kills[last]++
		}
		w.planned(p)
		w.pass(time.Minute)
	}
	for _, kept := range []string{"state.json", "events", "marks.json"} {
		if kills[kept] == 0 {
			w.t.Errorf("no tick was killed at a write of %s, only at %v", kept, kills)
		}
	}
	w.t.Logf("killed at %v", kills)
}
