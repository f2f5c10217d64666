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
			for sort, of := range map[string]func(string, *http.Request, string) bool{"a deletion": destructive, "a write": writes} {
				for _, how := range []int{killBefore, killAfter} {
					t.Run(fmt.Sprintf("%s %d", sort, how), func(t *testing.T) {
						t.Parallel()
						w := shortWorld(t, owned)
						p := w.begun()
						w.until(retire.Holding)
						w.pass(61 * time.Minute)
						// Every other tick is killed one request later than the one before, so
						// that each deletion is met, however often it is begun anew.
						kills := 0
						for n := range 40 {
							if w.killed(1+n%2, how, of) {
								kills++
							}
							w.planned(p)
							if s := w.state().Step; s == retire.Validate || s == retire.Done {
								break
							}
							w.pass(time.Minute)
						}
						if kills < 2 {
							t.Errorf("killed only %d times", kills)
						}
						t.Logf("killed %d times", kills)
						w.gone(p, w.until(retire.Done))
					})
				}
			}
		})
	}
}
