package retiring_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/retire"
	"github.com/cutover-dev/cutover/internal/sim/legacy"
	"github.com/cutover-dev/cutover/internal/verdict"
	"github.com/cutover-dev/cutover/internal/virtual/retiring"
)

func scenario(t testing.TB, name string) legacy.Scenario {
	t.Helper()
	s, err := legacy.Find(name)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func rehearsed(t testing.TB, s legacy.Scenario, seed uint64) retiring.Run {
	t.Helper()
	return retiring.Rehearse(t.Context(), retiring.Settings(s), s, seed)
}

// rehearsals are those of scenarios as their files have them. The same seed
// gives the same one (TestRehearsalsRepeat), so that tests share them.
var rehearsals = map[string]retiring.Run{}

func shared(t testing.TB, name string, seed uint64) retiring.Run {
	t.Helper()
	key := fmt.Sprint(name, " ", seed)
	r, known := rehearsals[key]
	if !known {
		r = rehearsed(t, scenario(t, name), seed)
		rehearsals[key] = r
	}
	return r
}

// Every scenario ends as it says a good retirement ends, in its time, with nothing
// that must not happen, for several seeds.
//
// Shows: 5.8.1, 5.8.2, 5.8.3, 5.8.4, 5.8.5, 5.8.6, 5.8.8, 5.8.9, 5.8.10
func TestScenariosEndAsTheyShould(t *testing.T) {
	for _, name := range legacy.Names() {
		t.Run(name, func(t *testing.T) {
			for seed := range uint64(2) {
				r := shared(t, name, seed)
				if got := r.Unexpected(); len(got) > 0 {
					t.Fatalf("seed %d: %s\n%s", seed, strings.Join(got, "\n"), told(r))
				}
			}
		})
	}
}

// told is a run for the eye of whoever reads a failed test.
func told(r retiring.Run) string {
	var b strings.Builder
	for _, s := range r.Steps() {
		b.WriteString("\n  " + s.At.Sub(r.Started).String() + " " + s.Step + " " + s.Action + " " + s.Target + ": " + s.Outcome + " " + s.Detail)
	}
	return b.String() + "\n" + strings.Join(r.Trouble, "\n")
}

// What happens in a hostile scenario is what stops it: without that it is done.
// Many have the same beginning, which is rehearsed once.
func TestWhatHappensIsWhatStopsIt(t *testing.T) {
	known := map[string][]string{}
	for _, name := range legacy.Names() {
		s := scenario(t, name)
		if s.Expect.Outcome == "done" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			s.Changes, s.Orders, s.Unproved, s.Decision, s.Lasts = nil, nil, nil, "proceed", scenario(t, "retire").Lasts
			s.Expect = scenario(t, "retire").Expect
			s.Name, s.Says = "", ""
			bare, err := json.Marshal(s)
			if err != nil {
				t.Fatal(err)
			}
			got, seen := known[string(bare)]
			if !seen {
				got = rehearsed(t, s, 1).Unexpected()
				known[string(bare)] = got
			}
			if len(got) > 0 {
				t.Errorf("without its change: %v", got)
			}
		})
	}
}

// A run that dies anywhere leaves what the next one goes on from: the same things
// go, in the same order, through the same steps.
//
// Shows: 5.8.9
func TestKillsChangeNothing(t *testing.T) {
	whole, broken := shared(t, "retire", 1), shared(t, "retire-killed", 1)
	if !slices.Equal(whole.Deleted, broken.Deleted) {
		t.Errorf("deleted %v\nand with kills %v", whole.Deleted, broken.Deleted)
	}
	steps := func(r retiring.Run) (list []retire.Step) {
		for _, s := range r.State.Spans {
			list = append(list, s.Step)
		}
		return list
	}
	if !slices.Equal(steps(whole), steps(broken)) {
		t.Errorf("steps %v\nand with kills %v", steps(whole), steps(broken))
	}
	// Each verb is killed before and after it was done.
	for _, e := range whole.Events {
		if e.Kind != retire.Requested {
			continue
		}
		for _, side := range []string{"before ", "after "} {
			if !slices.ContainsFunc(broken.Kills, func(k retiring.Kill) bool { return k.Boundary == side+string(e.Verb)+" "+e.ARN }) {
				t.Errorf("no run was killed %s%s of %s", side, e.Verb, e.ARN)
			}
		}
	}
	t.Logf("%d kills in %d runs", len(broken.Kills), broken.Runs)
}

// The seven days, the two days and the order of things, read off the steps.
//
// Shows: 5.8.1, 5.8.2, 5.8.3, 5.8.7, 5.8.8, 5.8.10, 5.8.11, 5.8.12
func TestTheNineDays(t *testing.T) {
	r := shared(t, "retire-by-hand", 1)
	res := r.Result(1)
	if res.Verdict != verdict.Pass {
		t.Fatalf("%v", res.Unexpected)
	}
	at := func(action, target string) int {
		i := slices.IndexFunc(res.Steps, func(s retiring.Step) bool { return s.Action == action && strings.Contains(s.Target, target) })
		if i < 0 {
			t.Fatalf("no step %s of %s in%s", action, target, told(r))
		}
		if s := res.Steps[i]; s.Outcome != "done" {
			t.Errorf("%s of %s: %s", action, target, s.Outcome)
		}
		return i
	}
	order := [][2]string{{"plan", ""}, {"approve", ""}, {"apply", ""}, {"freeze", ""}, {"save-kit", ""}, {"remove-record", "/A/blue"}, {"lock-scaling", ""}, {"scale", "service/"},
		{"make-simple", "/A/green"}, {"archive-images", ""}, {"delete", "scalable-target/"}, {"delete", "service/lego-api"}, {"delete", "listener/"}, {"delete", "loadbalancer/"}, {"delete", "targetgroup/"}, {"delete", "cluster/"}, {"delete", "task-definition/"}, {"delete", "security-group/"}, {"write-docs", ""}, {"end", ""}}
	for i := 1; i < len(order); i++ {
		a, b := at(order[i-1][0], order[i-1][1]), at(order[i][0], order[i][1])
		if a >= b {
			t.Errorf("%v comes at %d, after %v at %d", order[i-1], a, order[i], b)
		}
	}
	hours := func(action, target string) float64 { return res.Steps[at(action, target)].VirtualHours }
	if h := hours("freeze", ""); h < 168 || h > 169 {
		t.Errorf("the first step is at %g h, not after seven days", h)
	}
	if zero, gone := hours("scale", "service/"), hours("delete", "service/lego-api"); gone-zero < 48 {
		t.Errorf("the service was at zero tasks for %g h before it was deleted", gone-zero)
	}
	if res.SavedMonthly != "$88.50" || res.Requests.Lost != 0 || r.State.After == nil || r.State.PullRequest == "" {
		t.Errorf("%+v", res.Requests)
	}
	if !sortedByTime(res.Steps) {
		t.Error("the steps are not in order")
	}
}

func sortedByTime(steps []retiring.Step) bool {
	return slices.IsSortedFunc(steps, func(a, b retiring.Step) int { return a.At.Compare(b.At) })
}

// One command, and clients that green failed are answered by blue.
func TestAbortInHoldBringsBlueBack(t *testing.T) {
	r := shared(t, "retire-abort-in-hold", 1)
	hour := func(from time.Duration) (sum legacy.Minute) {
		for _, m := range r.Minutes {
			if since := m.Start.Sub(r.Started); since >= from && since < from+10*time.Minute {
				sum.Green, sum.Failed, sum.Blue = sum.Green+m.Green, sum.Failed+m.Failed, sum.Blue+m.Blue
			}
		}
		return sum
	}
	ill, well := hour(190*time.Hour+30*time.Minute), hour(r.Ended.Sub(r.Started)+15*time.Minute)
	if ill.Failed < ill.Green/2 || ill.Blue > 0 {
		t.Errorf("before: %+v", ill)
	}
	if well.Blue < 20*well.Green || 20*well.Failed > well.Blue {
		t.Errorf("afterwards: %+v", well)
	}
	if r.State.Hold != nil || !r.Restored || len(r.Deleted) > 0 {
		t.Errorf("%+v, deleted %v", r.State.Hold, r.Deleted)
	}
	if i := slices.IndexFunc(r.Events, func(e retire.Event) bool { return e.Kind == retire.Held && strings.HasPrefix(e.Reason, "trouble") }); i < 0 {
		t.Error("nobody was told of the trouble")
	}
}

// The same seed gives the same retirement.
func TestRehearsalsRepeat(t *testing.T) {
	a, b := shared(t, "retire-killed", 1), rehearsed(t, scenario(t, "retire-killed"), 1)
	if told(a) != told(b) || a.Plan.PlanSHA256 != b.Plan.PlanSHA256 {
		t.Error("the same seed tells another story")
	}
}

// A result is red when the world did not end as the scenario says. What is expected
// changes nothing of what happens, so that one rehearsal is held to all of it.
func TestAResultCanBeRed(t *testing.T) {
	for name, change := range map[string]func(*legacy.Scenario){
		"another outcome": func(s *legacy.Scenario) { s.Expect.Outcome = "aborted" },
		"another reason":  func(s *legacy.Scenario) { s.Expect.Reason = "drift" },
		"too early":       func(s *legacy.Scenario) { *s.Expect.After += 1e15 },
		"too late":        func(s *legacy.Scenario) { *s.Expect.By /= 9 },
		"deleted":         func(s *legacy.Scenario) { s.Expect.Deleted = "nothing" },
	} {
		t.Run(name, func(t *testing.T) {
			r := shared(t, "retire", 1)
			r.Scenario = scenario(t, "retire") // not the shared one's bounds
			change(&r.Scenario)
			red(t, r)
		})
	}
	t.Run("cut short", func(t *testing.T) {
		s := scenario(t, "retire")
		s.Lasts /= 2
		red(t, rehearsed(t, s, 1))
	})
}

func red(t *testing.T, r retiring.Run) {
	t.Helper()
	if res := r.Result(1); res.Verdict != verdict.Fail || len(res.Unexpected) == 0 {
		t.Errorf("%s: %v", res.Verdict, res.Unexpected)
	}
}

// Nothing is wrong with green, and chance alone holds nothing up: an hour of few
// errors before, and later one of more, is no trouble.
func TestNoFalseTrouble(t *testing.T) {
	held, runs := 0, 12
	for seed := range uint64(runs) {
		for _, e := range rehearsed(t, scenario(t, "retire"), 100+seed).Events {
			if e.Kind == retire.Held {
				held++
			}
		}
	}
	if held > 1 {
		t.Errorf("%d healthy retirements were held %d times", runs, held)
	}
}
