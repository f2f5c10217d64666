package trial

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/retire"
	"github.com/cutover-dev/cutover/internal/retire/plan"
)

// Outcome is how a trial ended.
type Outcome struct {
	// End is where the retirement stood: done, aborted, stopped, or "refused" if
	// there was no plan, "held" if a change stopped it.
	End   string
	Days  float64
	Ticks int
	Seen  map[string]int
}

// patience is how long a retirement may take, holds by faults included.
const patience = 40 * 24 * time.Hour

// trial is one in the making.
type trial struct {
	*room
	out      Outcome
	before   map[string]string // what must still be there in the end
	kept     bool
	snapshot string
}

// Run tries one retirement out: it is killed, disturbed, changed or aborted as
// the seed says. The error is what must not have happened.
func Run(seed uint64) (out Outcome, err error) {
	y := New(seed)
	t := &trial{room: &room{y: y, told: map[int]bool{}, seen: map[string]int{}}}
	defer func() {
		t.out.Seen = t.seen
		out = t.out
		if len(y.Wrong) > 0 {
			err = errors.Join(err, fmt.Errorf("%s", strings.Join(y.Wrong, "; ")))
		}
		if err != nil {
			err = fmt.Errorf("seed %d: %w", seed, err)
		}
	}()
	before := y.chance(.25)
	var spoiler *Spoiler
	if y.chance(.5) {
		spoiler = &Spoilers[y.rand.IntN(len(Spoilers))]
	}
	if before && spoiler != nil && spoiler.Rule != "" && spoiler.Make(y) {
		return t.out, t.refused(*spoiler)
	}
	t.snapshot = t.picture()
	if err := t.approve(); err != nil || t.out.End == "refused" {
		return t.out, err
	}
	t.remember()
	switch {
	case spoiler != nil:
		return t.out, t.spoil(*spoiler)
	case y.chance(.3):
		return t.out, t.turn()
	}
	return t.out, t.through()
}

// refused wants a plan to be refused, with the reason that was brought about.
func (t *trial) refused(s Spoiler) error {
	t.out.End = "refused"
	t.seen["refused: "+s.Rule]++
	_, err := plan.Of(t.y.world(), t.y.scope.Scope(account, region, domain))
	var refusals plan.Refusals
	if !errors.As(err, &refusals) || !refusals.Has(plan.Rule(s.Rule)) {
		return fmt.Errorf("with %s, the plan says: %w", s, err)
	}
	return nil
}

// approve makes the plan and has it approved.
func (t *trial) approve() error {
	p, err := plan.Of(t.y.world(), t.y.scope.Scope(account, region, domain))
	var refusals plan.Refusals
	if errors.As(err, &refusals) && len(refusals) == 1 && refusals.Has(plan.NoOrder) {
		// A stack that owns half of what holds each other.
		t.out.End = "refused"
		t.seen["refused: no order"]++
		return nil
	}
	if err != nil {
		return fmt.Errorf("no plan of an account that is well: %w", err)
	}
	if t.plan, err = plan.Parse(plan.Seal(p).JSON()); err != nil {
		return err
	}
	for _, target := range p.Targets {
		if one := t.y.things[target.ARN]; one == nil || !one.mine {
			return fmt.Errorf("%s is in the plan, and is not blue's", target.ARN)
		}
	}
	approval := plan.Approval{By: "kim", PlanSHA256: t.plan.PlanSHA256, Account: account, Name: p.Scope.Confirm(), At: t.y.now, Expires: t.y.now.Add(14 * 24 * time.Hour)}
	for _, order := range []*retire.Order{{Kind: retire.OrderApprove, By: "kim", Approval: &approval}, {Kind: retire.OrderApply, By: "kim", Reason: "it is time"}} {
		if out, err := t.tick(order); err != nil || out.Refused != "" {
			return fmt.Errorf("%s: %w %s", order.Kind, err, out.Refused)
		}
	}
	return nil
}

// remember notes what is not blue's.
func (t *trial) remember() {
	t.before = map[string]string{}
	for arn, one := range t.y.things {
		if !one.mine && !one.Kind.Passing() && !strings.HasPrefix(arn, "record:") {
			t.before[arn] = one.print()
		}
	}
	if t.y.chance(.7) {
		t.faulty = t.y.rand.Float64() * .08
	}
	if t.y.chance(.5) {
		t.nested = t.y.rand.Float64() * .05
	}
	t.kept = t.y.chance(.6)
}

// picture is everything that an abort must bring back.
func (t *trial) picture() string {
	var b strings.Builder
	w := t.y.world()
	for _, item := range w.Items {
		if !item.Kind.Passing() {
			fmt.Fprintln(&b, item.ARN, item.Print, item.Protected, item.Facts, item.Stacks)
		}
	}
	for _, l := range w.Links {
		if from := t.y.things[l.From]; from == nil || !from.Kind.Passing() {
			fmt.Fprintln(&b, l)
		}
	}
	fmt.Fprint(&b, t.y.evidence.Frozen, t.y.evidence.VerdictOff)
	return b.String()
}

// step ticks once and lets time go by: until what is waited for, or a while.
func (t *trial) step(order *retire.Order) (retire.Outcome, error) {
	if t.kept && t.y.chance(.7) {
		t.kills = 1 + t.y.rand.IntN(40)
	}
	out, err := t.tick(order)
	t.kills = 0
	t.out.Ticks++
	d := time.Duration(1+t.y.rand.IntN(120)) * time.Minute
	if w := t.now().Wait; w != nil && w.Until.After(t.y.now.Add(d)) && t.y.chance(.8) {
		d = w.Until.Sub(t.y.now) + time.Duration(t.y.rand.IntN(300))*time.Second
	}
	t.y.pass(d)
	t.out.Days = t.y.now.Sub(begin).Hours() / 24
	return out, err
}

// until ticks until is says so; it is an error if that takes too long.
func (t *trial) until(what string, is func(retire.State) bool) error {
	for !is(t.now()) {
		if t.y.now.After(begin.Add(patience)) {
			s := t.now()
			return fmt.Errorf("not %s after %s: %s, hold %+v, wait %+v", what, patience, s.Step, s.Hold, s.Wait)
		}
		if _, err := t.step(nil); !again(err) {
			return err
		}
		if t.now().Hold != nil {
			t.seen["held: "+string(t.now().Hold.Kind)]++
			t.solve()
		}
	}
	return nil
}

// solve is a person who deletes by hand what CloudFormation could not.
func (t *trial) solve() {
	for _, one := range t.y.things {
		if one.State == "DELETE_FAILED" {
			one.State, one.until = "DELETE_IN_PROGRESS", t.y.now.Add(time.Minute)
			t.seen["stack stuck"]++
		}
	}
}

func is(step retire.Step) func(retire.State) bool {
	return func(s retire.State) bool { return s.Step == step }
}

// through goes on to the end, and looks at what is left.
func (t *trial) through() error {
	if err := t.until("done", is(retire.Done)); err != nil {
		return err
	}
	t.out.End = "done"
	return t.finished()
}

func (t *trial) finished() error {
	t.faulty, t.nested, t.kept = 0, 0, false
	for arn, one := range t.y.things {
		if one.mine && !strings.HasPrefix(arn, "record:") {
			return fmt.Errorf("%s is left", arn)
		}
	}
	for arn, was := range t.before {
		if one := t.y.things[arn]; one == nil || one.print() != was {
			return fmt.Errorf("%s was not blue's, and is gone or changed", arn)
		}
	}
	if t.y.things["record:Z1/"+domain+"/A/"] == nil {
		return fmt.Errorf("nothing answers %s", domain)
	}
	calls, events := len(t.y.Calls), len(t.log)
	for _, order := range []*retire.Order{nil, {Kind: retire.OrderApply, By: "kim"}, nil} {
		if _, err := t.step(order); err != nil {
			return err
		}
	}
	s := t.now()
	switch {
	case len(t.y.Calls) != calls:
		return fmt.Errorf("a second run did %v", t.y.Calls[calls:])
	case events > 0 && len(t.log)-events > len(s.Outbox)+events:
		return fmt.Errorf("a second run told %d events", len(t.log)-events)
	}
	return retire.Verify(t.log)
}

// difference lists the lines that only one of two texts has.
func difference(a, b string) string {
	var out []string
	for line := range strings.Lines(a) {
		if !strings.Contains(b, line) {
			out = append(out, "- "+line)
		}
	}
	for line := range strings.Lines(b) {
		if !strings.Contains(a, line) {
			out = append(out, "+ "+line)
		}
	}
	return strings.Join(out, "")
}

// again says whether an error leaves everything to the next tick.
func again(err error) bool { return err == nil || fault.KindOf(err) == fault.Outside }

// Tally adds what was seen.
func Tally(into, from map[string]int) {
	for _, key := range slices.Sorted(maps.Keys(from)) {
		into[key] += from[key]
	}
}
