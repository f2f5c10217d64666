package main

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/cutover-dev/cutover/internal/processtest"
	"github.com/cutover-dev/cutover/internal/rollout"
)

// together runs commands at the same time. Each waits before its first write of
// what they contend for until all have come so far, so that all decide on the same
// state.
func (s *stand) together(words []string, commands ...[]string) []processtest.Outcome {
	s.t.Helper()
	var mu sync.Mutex
	came, open := 0, make(chan struct{})
	s.through(func(out http.ResponseWriter, r *asked, pass http.Handler) {
		if r.is("aws", words...) {
			mu.Lock()
			if came++; came == len(commands) {
				close(open)
			}
			mu.Unlock()
			select {
			case <-open:
			case <-s.t.Context().Done():
			}
		}
		pass.ServeHTTP(out, r.Request)
	})
	defer s.through(nil)
	all := make([]processtest.Outcome, len(commands))
	var running sync.WaitGroup
	for i, c := range commands {
		env := append(append([]string{}, s.env...), fmt.Sprintf("GITHUB_RUN_ID=%d", 5000+i), "GITHUB_OUTPUT=", "GITHUB_STEP_SUMMARY=")
		running.Go(func() {
			all[i] = processtest.Run(s.t, binary, s.folder, env, s.args(c[0], append([]string{"--every", s.each}, c[1:]...)...)...)
		})
	}
	running.Wait()
	if came < len(commands) {
		s.t.Errorf("%d of %d came to the barrier", came, len(commands))
	}
	return all
}

// Two programs that decide on the same state at the same time: one decides, the
// other one finds that it has, and what comes of it is what one alone would do.
func TestNeverTwoDecide(t *testing.T) {
	t.Parallel()
	way.once.Do(func() { goTheWay(t) })
	state := []string{"PUT", "/state.json"}
	for _, c := range []struct {
		act
		words []string
		both  [][]string
	}{
		{acts[0], []string{"POST", "/rrset"}, [][]string{{cmdPrepare, "--apply", "--terraform", "none"}, {cmdPrepare, "--apply", "--terraform", "none"}}},
		{acts[1], state, [][]string{{cmdStart}, {cmdStart}}},
		{acts[3], state, [][]string{{cmdTick}, {cmdTick}}},
		{acts[4], state, [][]string{{cmdTick}, {cmdTick}}},
		{acts[5], state, [][]string{{cmdRollback}, {cmdRollback}}},
		{acts[6], state, [][]string{{cmdFinish}, {cmdFinish}}},
		{act{name: "promotion and rollback", place: watching, prepare: acts[3].prepare, flows: true, decided: map[rollout.Kind]int{rollout.Started: 1, rollout.FellBack: 1}}, state, [][]string{{cmdTick}, {cmdRollback}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := c.begin(t)
			stop := func() {}
			if c.flows {
				stop = s.flow(600)
			}
			all := s.together(c.words, c.both...)
			stop()
			for _, got := range all {
				// Whoever comes second may be told that it is done already.
				if got.Code > 1 && got.Code != 4 && !strings.Contains(got.Stderr, "was changed by somebody else after it was read") {
					t.Errorf("%d %s", got.Code, got.Stderr)
				}
			}
			if all[0].Code > 1 && all[1].Code > 1 {
				t.Errorf("neither has done it: %s %s", all[0].Stderr, all[1].Stderr)
			}
			s.settled(c.act)
			if c.name == "promotion and rollback" {
				// Whichever was first, the way back is the last word.
				for _, e := range s.log() {
					if e.Kind == rollout.Promoted {
						c.decided[rollout.Promoted]++
					}
				}
			}
			s.right(c.act)
		})
	}
}
