package main

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/cutover-dev/cutover/internal/processtest"
	"github.com/cutover-dev/cutover/internal/rollout"
)

// schedules is how many programs are killed: each of the acts once and once twice;
// CUTOVER_KILLS sets it, as `go run ./bench/shift -schedules 1000` does.
func schedules(t *testing.T) int {
	n, err := strconv.Atoi(os.Getenv("CUTOVER_KILLS"))
	switch {
	case os.Getenv("CUTOVER_KILLS") == "":
		return 2 * len(acts)
	case err != nil || n < 1:
		t.Fatalf("CUTOVER_KILLS is %q, and must be a number of schedules", os.Getenv("CUTOVER_KILLS"))
	}
	return n
}

// act is a command at a place of a cutover that changes something.
type act struct {
	name    string
	place   string
	prepare func(s *stand)
	command string
	args    []string
	// flows says that the command waits for AWS's time to pass.
	flows bool
	// green is its weight in the end, and decided what the log then has of each.
	green   int
	decided map[rollout.Kind]int
}

// acts are those that are killed.
var acts = []act{
	{name: "prepare", place: bare, command: cmdPrepare, args: []string{"--apply", "--terraform", "none"}},
	{name: "start", place: readied, command: cmdStart, flows: true, green: 10, decided: map[rollout.Kind]int{rollout.Started: 1}},
	{name: "tick that shifts", place: decided, command: cmdTick, green: 10, decided: map[rollout.Kind]int{rollout.Started: 1}},
	{
		name: "tick that promotes", place: watching, prepare: func(s *stand) { s.minutes(25, 0) }, command: cmdTick, green: 50,
		decided: map[rollout.Kind]int{rollout.Started: 1, rollout.Promoted: 1},
	},
	{
		name: "tick that rolls back", place: watching, prepare: func(s *stand) { s.minutes(8, 2) }, command: cmdTick,
		decided: map[rollout.Kind]int{rollout.Started: 1, rollout.FellBack: 1},
	},
	{name: "rollback", place: half, command: cmdRollback, flows: true, decided: map[rollout.Kind]int{rollout.Started: 1, rollout.Promoted: 1, rollout.FellBack: 1}},
	{
		name: "finish", place: soaking, command: cmdFinish, green: 100,
		decided: map[rollout.Kind]int{rollout.Started: 1, rollout.Promoted: 3, rollout.Soaked: 1, rollout.Completed: 1},
	},
}

// begin brings a world to where the act is due.
func (a act) begin(t *testing.T) *stand {
	t.Helper()
	s := at(t, a.place)
	if a.prepare != nil {
		a.prepare(s)
	}
	return s
}

// nth is the request of this number.
func nth(number int) func(n int, r *asked) bool {
	return func(n int, _ *asked) bool { return n == number }
}

// killed runs a command and kills it at a request: before it reaches the server,
// or after it was carried out and before its answer. It says whether the program
// lived that long.
func (s *stand) killed(a act, here func(n int, r *asked) bool, after bool) bool {
	s.t.Helper()
	var mu sync.Mutex
	n, dead := 0, false
	cmd, _, stderr := processtest.Command(s.t, binary, s.folder, s.env, s.args(a.command, append([]string{"--every", s.each}, a.args...)...)...)
	started := make(chan struct{})
	s.through(func(out http.ResponseWriter, r *asked, pass http.Handler) {
		mu.Lock()
		n++
		last, gone := !dead && here(n, r), dead
		dead = dead || last
		mu.Unlock()
		switch {
		case gone: // what was on its way beside the last one
			panic(http.ErrAbortHandler)
		case !last:
			pass.ServeHTTP(out, r.Request)
			return
		case after:
			pass.ServeHTTP(httptest.NewRecorder(), r.Request)
		}
		<-started
		_ = cmd.Process.Kill() // it may have ended
		panic(http.ErrAbortHandler)
	})
	defer s.through(nil)
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	close(started)
	err := cmd.Wait()
	how, ok := cmd.ProcessState.Sys().(syscall.WaitStatus)
	if err != nil && (!ok || !how.Signaled()) && cmd.ProcessState.ExitCode() != 1 {
		s.t.Fatalf("%v\n%s", err, stderr)
	}
	return ok && how.Signaled()
}

// whole runs the act to its end and returns how many requests that took.
func (s *stand) whole(a act) int {
	s.t.Helper()
	var mu sync.Mutex
	n := 0
	s.through(func(out http.ResponseWriter, r *asked, pass http.Handler) {
		mu.Lock()
		n++
		mu.Unlock()
		pass.ServeHTTP(out, r.Request)
	})
	defer s.through(nil)
	code := 0
	if a.name == "tick that rolls back" {
		code = 1
	}
	s.must(code, a.command, a.args...)
	return n
}

// settled lets the time pass in which a killed program could still be telling
// people, and a tick look.
func (s *stand) settled(a act) {
	s.t.Helper()
	if a.command == cmdPrepare {
		return
	}
	for range 4 {
		s.minutes(3, 0)
		if _, got := s.shift(cmdTick); got.Code > 1 {
			s.t.Fatalf("%d %s", got.Code, got.Stderr)
		}
		if len(s.state().Outbox) == 0 {
			return
		}
	}
	s.t.Fatalf("still untold: %+v", s.state().Outbox)
}

// right holds what the servers have in the end.
func (s *stand) right(a act) {
	s.t.Helper()
	if len(s.bent) > 0 {
		s.t.Errorf("weights that nobody decided: %v", s.bent)
	}
	share := map[string]bool{fmt.Sprintf("blue %d green %d ", 100-a.green, a.green): true, fmt.Sprintf("green %d blue %d ", a.green, 100-a.green): true}
	if got := s.weights(); !share[got["A"]] || got["A"] != got["AAAA"] {
		s.t.Errorf("%v", got)
	}
	if n := s.checks(); n != 5 {
		s.t.Errorf("%d health checks", n)
	}
	if !strings.Contains(s.cloud.In("releases", folderKey+"record-before.json"), blueHost) {
		s.t.Error("what stood before is not kept")
	}
	tasks := 4
	if a.command == cmdPrepare {
		tasks = 2
	}
	if blue, bounds := s.cloud.ECS("lego-api", "lego-api"), s.cloud.Scaling("lego-api", "lego-api"); blue.Desired != tasks || tasks == 4 && bounds.Min != 4 {
		s.t.Errorf("blue has %d tasks, bounds %+v", blue.Desired, bounds)
	}
	if a.command == cmdPrepare {
		return
	}
	for target, part := range s.cloud.Resolve(record, "AAAA") {
		if strings.Contains(target, "execute-api") && int(100*part+0.5) != a.green {
			s.t.Errorf("DNS gives green %v", part)
		}
	}
	log, state := s.log(), s.state()
	if err := rollout.Agrees(state, log); err != nil || len(log) != state.Sequence || len(state.Outbox) > 0 {
		s.t.Errorf("%d events of %d, %d wait: %v", len(log), state.Sequence, len(state.Outbox), err)
	}
	kinds := map[rollout.Kind]int{}
	for _, e := range log {
		kinds[e.Kind]++
	}
	for _, kind := range []rollout.Kind{rollout.Started, rollout.Promoted, rollout.FellBack, rollout.Soaked, rollout.Completed, rollout.Rebuilt, rollout.Corrected} {
		if kinds[kind] != a.decided[kind] {
			s.t.Errorf("%s %d times, not %d: %v", kind, kinds[kind], a.decided[kind], kinds)
		}
	}
	s.toldOnce(log)
}

// toldOnce counts what GitHub and Slack show of each event.
func (s *stand) toldOnce(log []rollout.Event) {
	s.t.Helper()
	for _, e := range log {
		number, deployments, statuses, entries, shown := fmt.Sprintf("#%d ", e.Sequence), 0, 0, 0, 0
		for _, d := range s.github.Told().Deployments {
			here := 0
			for _, st := range d.Statuses {
				if strings.HasPrefix(st.Description, number) {
					here++
				}
			}
			deployments, statuses = deployments+min(here, 1), statuses+here
		}
		for _, m := range s.slack.Messages() {
			if strings.Contains(m.Text, "– "+number) {
				shown++
				if m.ThreadTS != "" {
					entries++
				}
			}
			for _, before := range m.Before {
				if strings.Contains(before.Text, "– "+number) {
					shown++
				}
			}
		}
		if deployments == 0 || statuses != deployments || shown == 0 || entries > 1 {
			s.t.Errorf("event %d (%s): %d times at GitHub, in %d deployments; at Slack in %d places, %d entries", e.Sequence, e.Kind, statuses, deployments, shown, entries)
		}
	}
	heads := 0
	for _, m := range s.slack.Messages() {
		if m.ThreadTS == "" {
			heads++
		}
	}
	if heads != 1 {
		s.t.Errorf("%d messages in Slack's channel", heads)
	}
}

// The real program is killed at a random request of a random command, every
// second time once more, and run again: nothing is lost, nothing is done or told
// twice, and the record never has weights that nobody decided.
func TestKilledAnywhereItEndsRight(t *testing.T) {
	t.Parallel()
	requests := map[string]int{}
	for _, a := range acts {
		s := a.begin(t)
		if a.flows {
			stop := s.flow(600)
			requests[a.name] = s.whole(a)
			stop()
		} else {
			requests[a.name] = s.whole(a)
		}
		s.settled(a)
		s.right(a)
	}
	t.Log("requests", requests)
	if t.Failed() {
		return
	}
	var mu sync.Mutex
	kills := map[string]int{}
	n := schedules(t)
	t.Run("all", func(t *testing.T) {
		for seed := range uint64(n) {
			random := rand.New(rand.NewPCG(seed, 11))
			a := acts[int(seed)%len(acts)]
			points := []int{1 + random.IntN(requests[a.name])}
			if seed%2 == 1 {
				points = append(points, 1+random.IntN(requests[a.name]))
			}
			t.Run(fmt.Sprintf("%d %s at %v of %d", seed, a.name, points, requests[a.name]), func(t *testing.T) {
				t.Parallel()
				s := a.begin(t)
				stop := func() {}
				if a.flows {
					stop = s.flow(600)
				}
				for _, at := range points {
					if s.killed(a, nth(at), random.IntN(2) == 0) {
						mu.Lock()
						kills[a.name]++
						mu.Unlock()
					}
				}
				// A tick that was killed once it had gone back finds nothing more to do.
				if _, got := s.shift(a.command, a.args...); got.Code > 1 {
					t.Fatalf("%d %s", got.Code, got.Stderr)
				}
				stop()
				s.settled(a)
				s.right(a)
			})
		}
	})
	all := 0
	for k := range maps.Values(kills) {
		all += k
	}
	t.Logf("%d schedules, %d kills: %v", n, all, kills)
	if all < n || len(kills) < min(n, len(acts)) {
		t.Errorf("%d kills in %d schedules: %v", all, n, kills)
	}
}
