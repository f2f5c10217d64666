package trial

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/retire"
	"github.com/cutover-dev/cutover/internal/retire/estate"
	"github.com/cutover-dev/cutover/internal/retire/plan"
)

// Stage is one account on which a test goes step by step, without faults but
// those that it makes itself.
type Stage struct{ t *trial }

// Like opens the first account whose plan is as asked for.
func Like(is func(plan.Plan) bool) *Stage {
	for seed := range uint64(1000) {
		y := New(seed)
		p, err := plan.Of(y.world(), y.scope.Scope(account, region, domain))
		if err != nil || !is(p) {
			continue
		}
		y.stubborn = 0
		return &Stage{&trial{room: &room{y: y, plan: plan.Seal(p), told: map[int]bool{}, seen: map[string]int{}}, before: map[string]string{}}}
	}
	panic("no account of a thousand is like that")
}

// Plan is the plan that was made when the stage was opened; Use gives another.
func (s *Stage) Plan() plan.Sealed { return s.t.plan }

// Use goes on with another plan.
func (s *Stage) Use(p plan.Sealed) { s.t.plan = p }

// Now is the time on the stage.
func (s *Stage) Now() time.Time { return s.t.y.now }

// Approval is one that covers the plan, for 14 days.
func (s *Stage) Approval() plan.Approval {
	return plan.Approval{By: "kim", PlanSHA256: s.t.plan.PlanSHA256, Account: account, Name: s.t.plan.Plan.Scope.Confirm(), At: s.Now(), Expires: s.Now().Add(14 * 24 * time.Hour)}
}

// Order ticks with a person's order.
func (s *Stage) Order(kind retire.OrderKind) (retire.Outcome, error) {
	o := &retire.Order{Kind: kind, By: "kim", Reason: "it is time"}
	if kind == retire.OrderApprove {
		approval := s.Approval()
		o.Approval = &approval
	}
	return s.Give(o)
}

// Give ticks with an order; nil for a plain tick.
func (s *Stage) Give(o *retire.Order) (retire.Outcome, error) { return s.t.tick(o) }

// Pass lets time go by.
func (s *Stage) Pass(d time.Duration) { s.t.y.pass(d) }

// State is what is stored.
func (s *Stage) State() retire.State {
	if s.t.state == nil {
		return retire.New()
	}
	return s.t.now()
}

// Log are the events that were written; Calls what was asked for, Wrong what
// should not have been.
func (s *Stage) Log() []retire.Event { return s.t.log }

// Calls returns what was asked for.
func (s *Stage) Calls() []retire.Action { return s.t.y.Calls }

// Wrong returns what must not have happened.
func (s *Stage) Wrong() []string { return s.t.y.Wrong }

// World is what is there.
func (s *Stage) World() estate.World { return s.t.y.world() }

// Picture is everything that an abort must bring back.
func (s *Stage) Picture() string { return s.t.picture() }

// Evidence is what the witness goes by.
func (s *Stage) Evidence() *retire.Evidence { return &s.t.y.evidence }

// Break lets every call at a port fail from now on, or none.
func (s *Stage) Break(broken bool) {
	s.t.faulty = 0
	if broken {
		s.t.faulty = 1
	}
}

// Fact changes what a thing has.
func (s *Stage) Fact(arn, key, value string) { s.t.y.things[arn].Facts[key] = value }

// Protect protects a thing, or lets go of it.
func (s *Stage) Protect(arn string, protected bool) { s.t.y.things[arn].Protected = protected }

// Return brings a record back that was taken away.
func (s *Stage) Return(record string) { s.t.y.unpark(record) }

// Lose lets somebody else take a thing away, with whatever refers to it.
func (s *Stage) Lose(arn string) {
	delete(s.t.y.things, arn)
	s.t.y.cut(func(l estate.Link) bool { return l.From == arn || l.To == arn })
}

// Claim lets these stacks own a thing.
func (s *Stage) Claim(arn string, stacks ...string) { s.t.y.things[arn].Stacks = stacks }

// Register puts a further revision of the plan's first task definition there.
func (s *Stage) Register(p plan.Plan, name string) {
	for _, t := range p.Targets {
		if t.Kind == estate.Definition {
			arn := t.ARN[:strings.LastIndexByte(t.ARN, '/')+1] + name
			s.t.y.add(false, estate.Definition, arn, name, nil).Facts[estate.Family] = t.Facts[estate.Family]
			return
		}
	}
	panic("the plan has no task definition")
}

// Stubborn lets the deletion of the stack fail once.
func (s *Stage) Stubborn() { s.t.y.stubborn = 1 }

// Spoil makes the change of that name, and says whether it could.
func (s *Stage) Spoil(name string) bool {
	for _, one := range Spoilers {
		if one.Name == name {
			return one.Make(s.t.y)
		}
	}
	panic("no change is called " + name)
}

// Deaf lets the log take nothing from now on, or everything.
func (s *Stage) Deaf(deaf bool) { s.t.deaf = deaf }

// Between runs something once, between the writing of a decision and its
// carrying out.
func (s *Stage) Between(f func()) { s.t.between = f }

// Once ticks once, however much there is to do.
func (s *Stage) Once(o *retire.Order) (retire.Outcome, error) {
	return s.t.shell().Tick(context.Background(), s.Now(), o)
}

// To ticks until a step is reached.
func (s *Stage) To(step retire.Step) error {
	for range 200 {
		if s.State().Step == step {
			return nil
		}
		if _, err := s.Give(nil); err != nil {
			return err
		}
		if s.State().Step == step {
			return nil
		}
		d := 5 * time.Minute
		if w := s.State().Wait; w != nil && w.Until.After(s.Now()) {
			d = w.Until.Sub(s.Now())
		}
		s.Pass(d)
	}
	return fmt.Errorf("stands at %s, not %s: hold %+v, wait %+v", s.State().Step, step, s.State().Hold, s.State().Wait)
}

// Begin approves and applies, and goes on to a step.
func (s *Stage) Begin(step retire.Step) error {
	for _, order := range []retire.OrderKind{retire.OrderApprove, retire.OrderApply} {
		if out, err := s.Order(order); err != nil || out.Refused != "" {
			return fmt.Errorf("%s: %w %s", order, err, out.Refused)
		}
	}
	return s.To(step)
}
