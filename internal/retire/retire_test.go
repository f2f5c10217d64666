package retire_test

import (
	"flag"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/retire"
	"github.com/cutover-dev/cutover/internal/retire/estate"
	"github.com/cutover-dev/cutover/internal/retire/plan"
	"github.com/cutover-dev/cutover/internal/retire/trial"
)

var update = flag.Bool("update", false, "write golden files anew")

const day = 24 * time.Hour

// byHand is an account without a stack, with scaling, two health checks and a
// protected load balancer; soaked is when the seven days are over in it.
func byHand(t *testing.T) *trial.Stage {
	t.Helper()
	s := trial.Like(func(p plan.Plan) bool {
		lb, _ := p.Target(p.Parts.LoadBalancer)
		return p.Parts.Stack == "" && len(p.Parts.Scaling) == 1 && len(p.Parts.Blue) == 2 && lb.Protected
	})
	s.Evidence().Full = s.Now().Add(-8 * day)
	return s
}

// byStack is one whose stack owns all of blue.
func byStack(t *testing.T) *trial.Stage {
	t.Helper()
	s := trial.Like(func(p plan.Plan) bool {
		service, _ := p.Target(p.Parts.Service)
		stack, _ := p.Target(p.Parts.Stack)
		export := slices.ContainsFunc(p.Targets, func(t plan.Target) bool { return t.Kind == estate.Export })
		return service.Way == plan.ByStack && len(p.Parts.Scaling) == 1 && stack.Protected && export
	})
	s.Evidence().Full = s.Now().Add(-8 * day)
	return s
}

func begin(t *testing.T, s *trial.Stage, step retire.Step) {
	t.Helper()
	if err := s.Begin(step); err != nil {
		t.Fatal(err)
	}
}

func tick(t *testing.T, s *trial.Stage, order retire.OrderKind) retire.Outcome {
	t.Helper()
	var out retire.Outcome
	var err error
	if order == "" {
		out, err = s.Give(nil)
	} else {
		out, err = s.Order(order)
	}
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// verbs lists what was asked for, each once in a row.
func verbs(calls []retire.Action) []string {
	var list []string
	for _, a := range calls {
		list = append(list, string(a.Verb))
	}
	return slices.Compact(list)
}

// A retirement that goes well, whole: in the order that is safe, with the waits
// that were asked for, nothing twice.
// Shows: 5.8.1, 5.8.2, 5.8.3, 5.8.4, 5.8.5, 5.8.6, 5.8.7, 5.8.8, 5.8.9, 5.8.10, 5.8.11, 5.8.12
func TestGoesWell(t *testing.T) {
	for name, c := range map[string]struct {
		stage *trial.Stage
		last  []string
	}{
		"by hand":  {byHand(t), []string{"lift", "delete", "write-docs"}},
		"by stack": {byStack(t), []string{"lift", "delete", "delete-stack", "write-docs"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := c.stage
			s.Evidence().Full = s.Now().Add(-time.Hour)
			start := s.Now()
			begin(t, s, retire.Done)
			want := append([]string{"freeze", "save-kit", "remove-record", "lock-scaling", "scale", "make-simple", "mute-verdict", "archive-images"}, c.last...)
			if len(s.Plan().Plan.Parts.Green) == 0 {
				t.Fatal("no green")
			}
			got := verbs(s.Calls())
			if !slices.Equal(slices.DeleteFunc(slices.Clone(got), func(v string) bool { return v == "delete" }), slices.DeleteFunc(want, func(v string) bool { return v == "delete" })) || len(s.Wrong()) > 0 {
				t.Errorf("did %v, want %v; wrong %v", got, want, s.Wrong())
			}
			state := s.State()
			if took := s.Now().Sub(start); took < 9*day-time.Hour || took > 10*day {
				t.Errorf("took %s", took)
			}
			if err := retire.Verify(s.Log()); err != nil || len(state.Deleted) != len(s.Plan().Plan.Targets) {
				t.Errorf("%d of %d deleted, log: %v", len(state.Deleted), len(s.Plan().Plan.Targets), err)
			}
			calls := len(s.Calls())
			for range 3 {
				s.Pass(day)
				tick(t, s, "")
			}
			if len(s.Calls()) != calls {
				t.Errorf("afterwards it did %v", s.Calls()[calls:])
			}
			golden(t, "testdata/"+strings.ReplaceAll(name, " ", "-")+".retrospective.md", retire.Retrospective(s.Plan(), state, s.Log()))
			golden(t, "testdata/"+strings.ReplaceAll(name, " ", "-")+".status.md", report.Markdown(retire.Status(s.Plan(), state, s.Now())))
		})
	}
}

func golden(t *testing.T, path, text string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != text {
		t.Errorf("%s is not what it was; look at the difference, then run with -update:\n%s", path, text)
	}
}

// The gate: each kind of evidence that is missing keeps everything as it is.
// Shows: 5.8.1
func TestGate(t *testing.T) {
	tests := []struct {
		name   string
		change func(*retire.Evidence, time.Time)
		want   string
	}{
		{"green has not all traffic", func(e *retire.Evidence, _ time.Time) { e.Full = time.Time{} }, "does not have all traffic"},
		{"six days", func(e *retire.Evidence, now time.Time) { e.Full = now.Add(-6 * day) }, "without an alarm since"},
		{"an alarm yesterday", func(e *retire.Evidence, now time.Time) { e.Alarmed = now.Add(-day) }, "without an alarm since"},
		{"an alarm now", func(e *retire.Evidence, _ time.Time) { e.Ringing = []string{"5xx"} }, "alarms ring: 5xx"},
		{"hours unwatched", func(e *retire.Evidence, _ time.Time) { e.Missed = 2 * time.Hour }, "not watched"},
		{"no objectives", func(e *retire.Evidence, _ time.Time) { e.Objectives = nil }, "no objective"},
		{"an objective not proved", func(e *retire.Evidence, _ time.Time) { e.Objectives[0].Proved = false }, "has not proved: error rate"},
		{"no decision", func(e *retire.Evidence, _ time.Time) { e.Decision = retire.Decided{} }, `says ""`},
		{"decided to return", func(e *retire.Evidence, _ time.Time) { e.Decision.Decision = "return" }, `says "return"`},
		{"no error rate", func(e *retire.Evidence, _ time.Time) { e.Errors = nil }, "how many requests fail"},
		{"no request", func(e *retire.Evidence, _ time.Time) { e.Errors = &retire.Errors{} }, "how many requests fail"},
		{"no endpoint", func(e *retire.Evidence, _ time.Time) { e.Endpoints = nil }, "no endpoint"},
		{"a broken endpoint", func(e *retire.Evidence, _ time.Time) { e.Endpoints[0].OK = false }, "GET /health: 200"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := byHand(t)
			test.change(s.Evidence(), s.Now())
			begin(t, s, retire.Gate)
			tick(t, s, "")
			if w := s.State().Wait; len(s.Calls()) > 0 || s.State().Step != retire.Gate || w == nil || !strings.Contains(w.What, test.want) {
				t.Errorf("at %s, did %v, waits %+v", s.State().Step, verbs(s.Calls()), w)
			}
		})
	}
}

// Blue's weight must be 0 and green's above it, as the plan was made.
func TestGateWeights(t *testing.T) {
	for side, arn := range map[string]func(plan.Parts) string{"blue": func(p plan.Parts) string { return p.Blue[0] }, "green": func(p plan.Parts) string { return p.Green[0] }} {
		s := byHand(t)
		s.Fact(arn(s.Plan().Plan.Parts), estate.Weight, map[string]string{"blue": "1", "green": "0"}[side])
		p, err := plan.Of(s.World(), s.Plan().Plan.Scope)
		if err != nil {
			t.Fatal(err)
		}
		s.Use(plan.Seal(p))
		begin(t, s, retire.Gate)
		if w := s.State().Wait; w == nil || !strings.Contains(w.What, "has the weight") || len(s.Calls()) > 0 {
			t.Errorf("%s: waits %+v, did %v", side, w, verbs(s.Calls()))
		}
	}
}

// Who may begin, with what.
//
// Attack: tampered-approval
func TestApprovals(t *testing.T) {
	tests := []struct {
		name   string
		change func(*plan.Approval)
		want   string
	}{
		{"nobody", func(a *plan.Approval) { a.By = " " }, "names nobody"},
		{"another plan", func(a *plan.Approval) { a.PlanSHA256 = strings.Repeat("0", 64) }, "is not the plan's hash"},
		{"another account", func(a *plan.Approval) { a.Account = "999999999999" }, "account"},
		{"another name", func(a *plan.Approval) { a.Name = "lego" }, "Type lego-api"},
		{"expired", func(a *plan.Approval) { a.Expires = a.At }, "has expired"},
		{"for ever", func(a *plan.Approval) { a.Expires = a.At.Add(365 * day) }, "30 days"},
		{"before the plan", func(a *plan.Approval) { a.At = a.At.Add(-time.Hour) }, "between the making"},
		{"from the future", func(a *plan.Approval) { a.At = a.At.Add(time.Hour) }, "between the making"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := byHand(t)
			a := s.Approval()
			test.change(&a)
			out, err := s.Give(&retire.Order{Kind: retire.OrderApprove, By: "kim", Approval: &a})
			if err != nil || !strings.Contains(out.Refused, test.want) || s.State().Approval != nil {
				t.Errorf("%v, %q", err, out.Refused)
			}
			if out := tick(t, s, retire.OrderApply); !strings.Contains(out.Refused, "nobody has approved") {
				t.Errorf("applies: %q", out.Refused)
			}
		})
	}
	s := byHand(t)
	s.Pass(15 * day)
	if out := tick(t, s, retire.OrderApprove); !strings.Contains(out.Refused, "was valid until") {
		t.Errorf("an old plan: %q", out.Refused)
	}
}

// An approval that expires, or a plan that grows old, stops before the first
// deletion, and no longer once things are gone.
//
// Attack: tampered-approval
func TestExpiry(t *testing.T) {
	s := byHand(t)
	begin(t, s, retire.Holding)
	s.Pass(15 * day)
	tick(t, s, "")
	if h := s.State().Hold; h == nil || h.Kind != retire.HoldApproval {
		t.Errorf("hold %+v", h)
	}
	s = byStack(t)
	s.Stubborn()
	begin(t, s, retire.Deleting)
	s.Pass(15 * day)
	tick(t, s, "")
	if h := s.State().Hold; h != nil && h.Kind == retire.HoldApproval {
		t.Errorf("hold %+v", h)
	}
}

// The hostile rehearsal: the world changes between plan and apply. Whatever it
// is, nothing is done any more, before the first step as before the first deletion.
func TestEveryChangeStops(t *testing.T) {
	for _, spoiler := range trial.Spoilers {
		steps := []retire.Step{retire.Ready, retire.Holding, retire.Deleting}
		if !spoiler.Late() {
			steps = steps[:2] // the images are safe once things are deleted
		}
		for _, step := range steps {
			t.Run(spoiler.Name+" at "+string(step), func(t *testing.T) {
				s := byHand(t)
				if spoiler.Rule == "holds_data" || strings.Contains(spoiler.Name, "stack") {
					s = byStack(t)
				}
				if step != retire.Ready {
					begin(t, s, retire.Holding)
				}
				if step == retire.Deleting {
					if err := s.To(retire.Holding); err != nil {
						t.Fatal(err)
					}
					s.Pass(3 * day)
				}
				if !s.Spoil(spoiler.Name) {
					t.Fatal("the account does not lend itself")
				}
				calls := len(s.Calls())
				if step == retire.Ready {
					for _, order := range []retire.OrderKind{retire.OrderApprove, retire.OrderApply} {
						tick(t, s, order)
					}
				}
				for range 4 {
					tick(t, s, "")
					s.Pass(day / 2)
				}
				if h := s.State().Hold; h == nil || h.Kind != retire.HoldDrift && h.Kind != retire.HoldUndone || h.Next == "" || len(s.Calls()) != calls {
					t.Errorf("at %s, hold %+v, did %v", s.State().Step, h, verbs(s.Calls()[calls:]))
				}
			})
		}
	}
}

// What our own steps have changed is no drift, and what others take back of it
// is said, and not fought.
func TestUndone(t *testing.T) {
	tests := []struct {
		name   string
		change func(*trial.Stage, plan.Parts)
		want   string
	}{
		{"the service is scaled up", func(s *trial.Stage, p plan.Parts) { s.Fact(p.Service, estate.Desired, "3") }, "3 tasks again"},
		{"scaling is freed", func(s *trial.Stage, p plan.Parts) { s.Fact(p.Scaling[0], estate.Max, "8") }, ""},
		{"blue's record is back", func(s *trial.Stage, p plan.Parts) { s.Return(p.Blue[0]) }, ""},
		{"deployments are thawed", func(s *trial.Stage, _ plan.Parts) { s.Evidence().Frozen = false }, "no longer frozen"},
		{"the kit is lost", func(s *trial.Stage, _ plan.Parts) { s.Evidence().Kit = "" }, "restore kit"},
		{"an alarm rings", func(s *trial.Stage, _ plan.Parts) { s.Evidence().Ringing = []string{"5xx"} }, "alarms ring"},
		{"more requests fail", func(s *trial.Stage, _ plan.Parts) { s.Evidence().Errors.Failed = 200 }, "200 of 120000"},
		{"nobody knows what fails", func(s *trial.Stage, _ plan.Parts) { s.Evidence().Errors = nil }, "nobody knows"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := byHand(t)
			begin(t, s, retire.Holding)
			before := *s.Evidence()
			s.Evidence().Errors = &retire.Errors{Requests: before.Errors.Requests, Failed: before.Errors.Failed}
			test.change(s, s.Plan().Plan.Parts)
			s.Pass(3 * day)
			calls := len(s.Calls())
			tick(t, s, "")
			if h := s.State().Hold; h == nil || !strings.Contains(h.Reason, test.want) || len(s.Calls()) != calls || s.State().Step != retire.Holding {
				t.Errorf("at %s, hold %+v, did %v", s.State().Step, h, verbs(s.Calls()[calls:]))
			}
		})
	}
}

// The hold: 48 hours at zero tasks, which begin anew after trouble; then, and
// not a minute before, it goes on.
// Shows: 5.8.3
func TestHold(t *testing.T) {
	s := byHand(t)
	begin(t, s, retire.Holding)
	empty := s.State().Empty
	s.Pass(empty.Add(48*time.Hour - time.Minute).Sub(s.Now()))
	tick(t, s, "")
	if s.State().Step != retire.Holding {
		t.Fatalf("left after %s", s.Now().Sub(empty))
	}
	s.Evidence().Ringing = []string{"5xx"}
	tick(t, s, "")
	s.Evidence().Ringing = nil
	s.Pass(47 * time.Hour)
	tick(t, s, "")
	if s.State().Step != retire.Holding || s.State().Hold != nil {
		t.Fatalf("at %s, hold %+v", s.State().Step, s.State().Hold)
	}
	s.Evidence().Alarmed = s.Now().Add(-time.Hour) // nobody ticked while it rang
	s.Pass(2 * time.Hour)
	tick(t, s, "")
	if s.State().Step != retire.Holding {
		t.Fatalf("left an hour after an alarm")
	}
	s.Pass(48 * time.Hour)
	tick(t, s, "")
	if s.State().Step == retire.Holding {
		t.Fatalf("still there: %+v", s.State().Wait)
	}
}

// Blue's load balancer must fall silent before anything follows.
func TestSilence(t *testing.T) {
	for name, c := range map[string]struct {
		traffic func(now time.Time) *retire.Traffic
		want    string
	}{
		"requests": {func(now time.Time) *retire.Traffic {
			return &retire.Traffic{From: now.Add(-20 * time.Minute), Through: now, Requests: 3}
		}, "still got 3"},
		"old": {func(now time.Time) *retire.Traffic {
			return &retire.Traffic{From: now.Add(-4 * time.Hour), Through: now.Add(-3 * time.Hour)}
		}, "are of"},
		"too short": {func(now time.Time) *retire.Traffic { return &retire.Traffic{From: now.Add(-time.Minute), Through: now} }, "is looked at"},
		"of earlier": {func(now time.Time) *retire.Traffic {
			return &retire.Traffic{From: now.Add(-20 * day), Through: now, Requests: 9}
		}, "is looked at"},
	} {
		t.Run(name, func(t *testing.T) {
			s := byHand(t)
			begin(t, s, retire.Detach)
			s.Pass(5 * time.Hour)
			s.Evidence().Traffic = c.traffic(s.Now())
			tick(t, s, "")
			if w := s.State().Wait; s.State().Step != retire.Detach || w == nil || !strings.Contains(w.What, c.want) {
				t.Errorf("at %s, waits %+v", s.State().Step, w)
			}
		})
	}
}

// One command brings everything back, from every step before the first deletion.
func TestAbort(t *testing.T) {
	for _, step := range []retire.Step{retire.Gate, retire.Detach, retire.Zero, retire.Holding} {
		t.Run(string(step), func(t *testing.T) {
			s := byHand(t)
			if step == retire.Gate {
				s.Evidence().Full = s.Now()
			}
			before := s.Picture()
			begin(t, s, step)
			tick(t, s, retire.OrderAbort)
			if err := s.To(retire.Aborted); err != nil {
				t.Fatal(err)
			}
			if s.Picture() != before || len(s.Wrong()) > 0 {
				t.Errorf("it is not as it was: %v\n%s\n%s", s.Wrong(), before, s.Picture())
			}
			if out := tick(t, s, retire.OrderApply); !strings.Contains(out.Refused, "nobody has approved") {
				t.Errorf("what was approved once is not approved for ever: %q", out.Refused)
			}
		})
	}
}

// Also from the steps that follow each other in one breath.
func TestAbortLate(t *testing.T) {
	for _, step := range []retire.Step{retire.Freezing, retire.Lock, retire.Simple, retire.Archived, retire.Lifting} {
		t.Run(string(step), func(t *testing.T) {
			s := byHand(t)
			before := s.Picture()
			for _, order := range []retire.OrderKind{retire.OrderApprove, retire.OrderApply} {
				o := &retire.Order{Kind: order, By: "kim"}
				if a := s.Approval(); order == retire.OrderApprove {
					o.Approval = &a
				}
				if _, err := s.Once(o); err != nil {
					t.Fatal(err)
				}
			}
			for range 500 {
				if s.State().Step == step {
					break
				}
				if _, err := s.Once(nil); err != nil {
					t.Fatal(err)
				}
				s.Pass(time.Minute)
				if w := s.State().Wait; w != nil && w.Until.After(s.Now().Add(time.Hour)) {
					s.Pass(w.Until.Sub(s.Now()))
				}
			}
			if s.State().Step != step {
				t.Fatalf("at %s", s.State().Step)
			}
			tick(t, s, retire.OrderAbort)
			if err := s.To(retire.Aborted); err != nil {
				t.Fatal(err)
			}
			if s.Picture() != before || len(s.Wrong()) > 0 {
				t.Errorf("it is not as it was: %v\n%s\n%s", s.Wrong(), before, s.Picture())
			}
		})
	}
}

// What was looked at before something was asked for proves nothing.
func TestStaleLook(t *testing.T) {
	s := byHand(t)
	begin(t, s, retire.Holding)
	s.Pass(3 * day)
	stale := s.World()
	e := *s.Evidence()
	if _, err := s.Once(nil); err != nil {
		t.Fatal(err)
	}
	acted := s.State()
	stale.At = acted.Acted.Add(-time.Minute)
	e.At, e.VerdictOff = acted.Acted, true
	d := retire.Decide(s.Plan(), acted, retire.Look{World: &stale, Evidence: &e}, s.Now().Add(time.Minute))
	if len(d.Actions) > 0 || d.State.Step != acted.Step || d.State.Wait == nil || !strings.Contains(d.State.Wait.What, "proves nothing") {
		t.Errorf("at %s, does %v, waits %+v", d.State.Step, d.Actions, d.State.Wait)
	}
	// Nor does what was looked at long ago.
	e.At = s.Now().Add(time.Hour)
	d = retire.Decide(s.Plan(), acted, retire.Look{World: &stale, Evidence: &e}, s.Now().Add(time.Hour))
	if h := d.State.Hold; h == nil || h.Kind != retire.HoldUnread {
		t.Errorf("hold %+v", h)
	}
}

// A lock that took hold by half is not taken for what was there before.
func TestOldIsKeptOnce(t *testing.T) {
	s := byHand(t)
	arn := s.Plan().Plan.Parts.Scaling[0]
	begin(t, s, retire.Holding)
	old := s.State().Old[arn]
	s.Fact(arn, estate.Suspended, "false")
	state, world, e := s.State(), s.World(), *s.Evidence()
	state.Step, state.Changed[arn], e.At = retire.Lock, "", s.Now()
	d := retire.Decide(s.Plan(), state, retire.Look{World: &world, Evidence: &e}, s.Now())
	if got := d.State.Old[arn]; len(d.Actions) != 1 || got[estate.Min] != "1" || got[estate.Max] != "8" || got[estate.Suspended] != old[estate.Suspended] {
		t.Errorf("does %v, remembers %v", d.Actions, got)
	}
}

// An abort that comes between a decision and its deletion is not met by it.
func TestAbortBeforeTheDeletion(t *testing.T) {
	s := byHand(t)
	before := s.Picture()
	begin(t, s, retire.Holding)
	s.Pass(3 * day)
	for range 100 {
		s.Between(func() {
			if strings.Contains(string(s.State().Step), string(retire.Deleting)) {
				if _, err := s.Once(&retire.Order{Kind: retire.OrderAbort, By: "kim", Reason: "no"}); err != nil {
					t.Error(err)
				}
			}
		})
		if _, err := s.Once(nil); err != nil {
			t.Fatal(err)
		}
		s.Pass(time.Minute)
		if s.State().Step == retire.Aborted {
			break
		}
	}
	if slices.Contains(verbs(s.Calls()), string(retire.Delete)) || s.State().Step != retire.Aborted || s.Picture() != before {
		t.Errorf("at %s, did %v", s.State().Step, verbs(s.Calls()))
	}
}

// While the log takes nothing, nothing is deleted; what has a way back goes on.
func TestDeafLog(t *testing.T) {
	s := byHand(t)
	begin(t, s, retire.Holding)
	s.Pass(3 * day)
	s.Deaf(true)
	for range 20 {
		if _, err := s.Once(nil); err != nil {
			t.Fatal(err)
		}
		s.Pass(time.Hour)
	}
	if s.State().Step != retire.Deleting || slices.Contains(verbs(s.Calls()), string(retire.Delete)) {
		t.Errorf("at %s, did %v", s.State().Step, verbs(s.Calls()))
	}
	s.Deaf(false)
	if err := s.To(retire.Done); err != nil {
		t.Fatal(err)
	}
}

// After the first deletion an abort stops, and says how each thing is restored.
func TestAbortTooLate(t *testing.T) {
	s := byStack(t)
	s.Stubborn()
	begin(t, s, retire.Deleting)
	for range 3 {
		s.Pass(time.Hour)
		tick(t, s, "")
	}
	if h := s.State().Hold; h == nil || h.Kind != retire.HoldFailed || !strings.Contains(h.Next, "never with FORCE_DELETE") {
		t.Fatalf("hold %+v", h)
	}
	tick(t, s, retire.OrderAbort)
	calls := len(s.Calls())
	s.Pass(day)
	tick(t, s, "")
	text := report.Markdown(retire.Status(s.Plan(), s.State(), s.Now()))
	turned := slices.ContainsFunc(s.State().Spans, func(one retire.Span) bool { return one.Step == retire.Aborting })
	if s.State().Step != retire.Stopped || turned || len(s.Calls()) != calls || !strings.Contains(text, "aws cloudformation create-stack") {
		t.Errorf("at %s: %s", s.State().Step, text)
	}
}

// Nothing that could not be written down before is deleted.
func TestNoDeletionWithoutItsEvent(t *testing.T) {
	s := byHand(t)
	begin(t, s, retire.Done)
	deleted := 0
	for _, a := range s.Calls() {
		if a.Verb == retire.Delete {
			deleted++
			if !slices.ContainsFunc(s.Log(), func(e retire.Event) bool {
				return e.Kind == retire.Requested && e.ARN == a.ARN && e.Plan == s.Plan().PlanSHA256
			}) {
				t.Errorf("%s is not in the log", a.ARN)
			}
		}
	}
	if deleted == 0 {
		t.Error("nothing was deleted")
	}
	log := slices.Clone(s.Log())
	log[3].Reason = "another"
	if retire.Verify(log) == nil || retire.Verify(s.Log()[1:]) == nil {
		t.Error("a log that was changed is believed")
	}
}

// A world that is out of order deletes nothing, whatever is approved.
//
// Attack: tampered-plan
func TestAnotherPlanStops(t *testing.T) {
	s := byHand(t)
	begin(t, s, retire.Holding)
	s.Pass(3 * day)
	p := s.Plan()
	p.Plan.Scope.Hold = 1
	for name, other := range map[string]plan.Sealed{"with its own hash": plan.Seal(p.Plan), "with the other's hash": p} {
		s.Use(other)
		calls := len(s.Calls())
		tick(t, s, "")
		if h := s.State().Hold; h == nil || h.Kind != retire.HoldPlan || len(s.Calls()) != calls {
			t.Errorf("%s: hold %+v, did %v", name, h, verbs(s.Calls()[calls:]))
		}
	}
}

// After everything is gone each endpoint answers, and no more fail than before.
// Shows: 5.8.10
func TestValidate(t *testing.T) {
	for name, change := range map[string]func(*retire.Evidence){
		"an endpoint":       func(e *retire.Evidence) { e.Endpoints[1].OK = false },
		"no endpoint asked": func(e *retire.Evidence) { e.Endpoints = nil },
		"errors":            func(e *retire.Evidence) { e.Errors = &retire.Errors{Requests: 120_000, Failed: 80} },
		"no requests":       func(e *retire.Evidence) { e.Errors = &retire.Errors{} },
		"an alarm":          func(e *retire.Evidence) { e.Ringing = []string{"5xx"} },
	} {
		t.Run(name, func(t *testing.T) {
			s := byHand(t)
			begin(t, s, retire.Validate)
			change(s.Evidence())
			s.Pass(2 * time.Hour)
			tick(t, s, "")
			if s.State().Step != retire.Validate || s.State().Wait == nil {
				t.Errorf("at %s", s.State().Step)
			}
		})
	}
}

// Images are archived, all of them, after the plan was made.
// Shows: 5.8.7
func TestArchiveIsWhole(t *testing.T) {
	for name, change := range map[string]func(*retire.Archive, time.Time){
		"an image is missing": func(a *retire.Archive, _ time.Time) { a.Images = a.Images[1:] },
		"no index":            func(a *retire.Archive, _ time.Time) { a.IndexSHA256 = "" },
		"verified long ago":   func(a *retire.Archive, now time.Time) { a.Verified = now.Add(-30 * day) },
	} {
		t.Run(name, func(t *testing.T) {
			s := byHand(t)
			begin(t, s, retire.Holding)
			repository := s.Plan().Plan.Parts.Repositories[0]
			var a retire.Archive
			for _, w := range s.Plan().Plan.Watched {
				if digest, ok := strings.CutPrefix(w.ARN, repository+"@"); ok {
					a.Images = append(a.Images, digest)
				}
			}
			a.IndexSHA256, a.Verified = "x", s.Now()
			change(&a, s.Now())
			s.Evidence().Archives = map[string]retire.Archive{repository: a}
			s.Pass(3 * day)
			tick(t, s, "")
			if !slices.Contains(verbs(s.Calls()), string(retire.ArchiveImage)) {
				t.Errorf("not archived: %v", verbs(s.Calls()))
			}
		})
	}
}
