package retiring

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/cutover-dev/cutover/internal/retire"
	"github.com/cutover-dev/cutover/internal/retire/plan"
	"github.com/cutover-dev/cutover/internal/sim/legacy"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// Result is what a rehearsal comes to: the JSON result of cutover rehearse for a
// retirement.
type Result struct {
	Scenario string `json:"scenario"`
	Says     string `json:"says"`
	Seed     uint64 `json:"seed"`
	// Verdict is pass when it ended as the scenario expects.
	Verdict  verdict.Verdict `json:"verdict" jsonschema:"enum=pass,enum=fail"`
	Outcome  Outcome         `json:"outcome" jsonschema:"enum=done,enum=aborted,enum=stopped,enum=held,enum=waits,enum=refused"`
	Reason   string          `json:"reason"`
	Expected Ending          `json:"expected"`
	// Unexpected is what is not as the scenario expects; empty on a pass.
	Unexpected []string `json:"unexpected"`
	PlanSHA256 string   `json:"plan_sha256"`
	// SavedMonthly is what is saved a month by list price, once it is done.
	SavedMonthly string `json:"saved_monthly"`
	// Steps are everything that happened, in order.
	Steps []Step `json:"steps"`
	// Deleted are ARNs in the order in which they went.
	Deleted  []string `json:"deleted"`
	Requests Requests `json:"requests"`
	// Restored is whether the account is as it was at the start.
	Restored bool `json:"restored"`
	Runs     int  `json:"runs"`
	Kills    int  `json:"kills"`
	// VirtualDays of the retirement; WallSeconds that it took here.
	VirtualDays float64 `json:"virtual_days"`
	WallSeconds float64 `json:"wall_seconds"`
}

// Ending is how a retirement ends.
type Ending struct {
	Outcome Outcome `json:"outcome" jsonschema:"enum=done,enum=aborted,enum=stopped,enum=held,enum=waits,enum=refused"`
	Reason  string  `json:"reason"`
}

// Outcome names how a retirement ended, in the words of a scenario.
type Outcome string

// The outcomes.
const (
	Done    Outcome = "done"
	Aborted Outcome = "aborted"
	Stopped Outcome = "stopped"
	Held    Outcome = "held"
	Waits   Outcome = "waits"
	Refused Outcome = "refused"
)

// Words says an outcome as people do.
func (o Outcome) Words() string {
	return map[Outcome]string{Done: "retires blue", Aborted: "brings blue back", Stopped: "stops halfway", Held: "holds for a person", Waits: "waits until it may go on", Refused: "makes no plan"}[o]
}

// Requests are those of the whole rehearsal.
type Requests struct {
	Green  int64 `json:"green"`
	Failed int64 `json:"failed"`
	// Blue are those that blue's load balancer got, Lost those that nothing answered.
	Blue int64 `json:"blue"`
	Lost int64 `json:"lost"`
}

// Step is one thing that happened.
type Step struct {
	// At is the virtual time, VirtualHours that since the plan.
	At           time.Time `json:"at"`
	VirtualHours float64   `json:"virtual_hours"`
	// Step of the retirement, empty before it began.
	Step   string `json:"step"`
	Action string `json:"action"`
	Target string `json:"target"`
	// Outcome: what came of it.
	Outcome string `json:"outcome" jsonschema:"enum=done,enum=entered,enum=refused,enum=held,enum=released,enum=called,enum=happened,enum=killed,enum=unseen"`
	Detail  string `json:"detail"`
}

// Outcome says how the run ended, and its reason: the kind of a hold, the step that
// waits, the rule that refuses, or the last step.
func (r Run) Outcome() Ending {
	s := r.State
	switch {
	case len(r.Refusals) > 0:
		return Ending{Refused, string(r.Refusals[0].Rule)}
	case s.Step == retire.Done:
		return Ending{Done, string(s.Step)}
	case s.Step == retire.Aborted:
		return Ending{Aborted, string(s.Step)}
	case s.Step == retire.Stopped:
		return Ending{Stopped, string(s.Step)}
	case s.Hold != nil:
		return Ending{Held, string(s.Hold.Kind)}
	}
	return Ending{Waits, string(s.Step)}
}

// Unexpected lists what is not as the scenario expects, and what must never be.
func (r Run) Unexpected() []string {
	e, got := r.Scenario.Expect, r.Outcome()
	found := slices.Clone(r.Wrong)
	say := func(bad bool, format string, args ...any) {
		if bad {
			found = append(found, fmt.Sprintf(format, args...))
		}
	}
	say(string(got.Outcome) != e.Outcome, "it ended %s, not %s", got.Outcome, e.Outcome)
	said := got.Reason == e.Reason || r.Refusals.Has(plan.Rule(e.Reason))
	say(!said, "the reason is %s, not %s", got.Reason, e.Reason)
	took := r.Ended.Sub(r.Started)
	say(e.After != nil && took < e.After.Std(), "it ended after %s, before %s", took, e.After)
	say(e.By != nil && took > e.By.Std(), "it ended after %s, later than %s", took, e.By)
	say(e.Deleted == "nothing" && len(r.Deleted) > 0, "%d things were deleted, and nothing should be", len(r.Deleted))
	say(e.Deleted == "all" && len(r.Left) > 0, "of blue there is still %s", fmt.Sprint(r.Left))
	say(got.Outcome == Aborted && !r.Restored, "the account is not as it was")
	asked := r.requests()
	say(got.Outcome == Done && asked.Lost > 0, "%d requests got no answer", asked.Lost)
	if err := retire.Verify(r.Events); err != nil {
		found = append(found, "the journal: "+err.Error())
	}
	return found
}

func (r Run) requests() (sum Requests) {
	for _, m := range r.Minutes {
		sum.Green, sum.Failed, sum.Blue, sum.Lost = sum.Green+m.Green, sum.Failed+m.Failed, sum.Blue+m.Blue, sum.Lost+m.Lost
	}
	return sum
}

// saved is what is saved a month, once it is.
func (r Run) saved() string {
	if r.State.Step != retire.Done {
		return "$0"
	}
	return r.Plan.Plan.Monthly.String()
}

// Result summarises the run. The wall time is the caller's to fill in.
func (r Run) Result(seed uint64) Result {
	got := r.Outcome()
	res := Result{Scenario: r.Scenario.Name, Says: r.Scenario.Says, Seed: seed, Verdict: verdict.Pass, Outcome: got.Outcome, Reason: got.Reason,
		Expected: Ending{Outcome(r.Scenario.Expect.Outcome), r.Scenario.Expect.Reason}, Unexpected: append([]string{}, r.Unexpected()...), PlanSHA256: r.Plan.PlanSHA256,
		SavedMonthly: r.saved(), Steps: append([]Step{}, r.Steps()...), Deleted: append([]string{}, r.Deleted...), Requests: r.requests(), Restored: r.Restored,
		Runs: r.Runs, Kills: len(r.Kills), VirtualDays: r.Ended.Sub(r.Started).Hours() / 24}
	if len(res.Unexpected) > 0 {
		res.Verdict = verdict.Fail
	}
	return res
}

// Steps tells everything in its order.
func (r Run) Steps() []Step {
	all := slices.Concat(r.others(), r.own())
	slices.SortStableFunc(all, func(a, b Step) int { return a.At.Compare(b.At) })
	return all
}

// tell makes a step.
func (r Run) tell(at time.Time, step retire.Step, action, target, outcome, detail string) Step {
	return Step{At: at.UTC(), VirtualHours: at.Sub(r.Started).Hours(), Step: string(step), Action: action, Target: target, Outcome: outcome, Detail: detail}
}

// name is what a person types to approve.
func (r Run) name() string {
	return r.Settings.Scope(legacy.Number, legacy.Region, legacy.Domain).Confirm()
}

// along begins what is said of a thing that goes with another.
const along = "went with "

// others are the steps of people, of AWS and of whoever ends a run.
func (r Run) others() []Step {
	var all []Step
	for _, h := range r.Happened {
		all = append(all, r.tell(h.At, "", "change", h.Target, "happened", h.What))
	}
	for _, o := range r.Orders {
		outcome, detail := "done", o.By+": "+o.Reason
		if o.Refused != "" {
			outcome, detail = "refused", o.Refused
		}
		all = append(all, r.tell(o.At, "", o.Kind, r.name(), outcome, detail))
	}
	for _, k := range r.Kills {
		all = append(all, r.tell(k.At, "", "kill", "the run", "killed", k.Boundary))
	}
	asked := map[string]bool{}
	for _, e := range r.Events {
		if e.Kind == retire.Requested && (e.Verb == retire.Delete || e.Verb == retire.DeleteStack) {
			asked[e.ARN] = true
		}
	}
	for _, d := range r.State.Deleted {
		if t, ok := r.Plan.Plan.Target(d.ARN); ok && !asked[d.ARN] {
			all = append(all, r.tell(d.Seen, retire.Deleting, "go along", d.ARN, "done", along+t.Through))
		}
	}
	return all
}

// own are the steps of the retirement, as its journal has them.
func (r Run) own() []Step {
	var all []Step
	for i, e := range r.Events {
		add := func(action, outcome, detail string) {
			all = append(all, r.tell(e.At, e.Step, action, cmp.Or(e.ARN, r.name()), outcome, detail))
		}
		switch e.Kind {
		case retire.Requested:
			outcome, detail := "unseen", "the world never showed it"
			if later := seen(r.Events[i+1:], e); later != nil {
				outcome, detail = "done", "seen "+later.At.UTC().Format("2006-01-02 15:04:05 UTC")
			}
			add(string(e.Verb), outcome, detail)
		case retire.Entered:
			add("begin "+string(e.Step), "entered", e.Reason)
		case retire.Held:
			add("hold", "held", e.Reason)
		case retire.Released:
			add("go on", "released", e.Reason)
		case retire.Paged:
			add("call a person", "called", e.Reason)
		case retire.Finished, retire.Reverted, retire.Halted:
			add("end", "done", e.Reason)
		}
	}
	return all
}

// seen finds the event that says that a request is seen to be done.
func seen(events []retire.Event, asked retire.Event) *retire.Event {
	for i, e := range events {
		if e.Kind == retire.Seen && e.Verb == asked.Verb && e.ARN == asked.ARN {
			return &events[i]
		}
	}
	return nil
}
