package trial

import (
	"fmt"
	"slices"
	"time"

	"github.com/cutover-dev/cutover/internal/retire"
)

// spoil lets somebody change something at any time: from then on nothing may be
// deleted, until it is taken back or the end.
func (t *trial) spoil(s Spoiler) error {
	steps := []retire.Step{retire.Gate, retire.Detach, retire.Holding, retire.Archived, retire.Deleting}
	step := steps[t.y.rand.IntN(len(steps))]
	passed := func(s retire.State) bool {
		return slices.Contains(retire.Steps(), s.Step) && slices.Index(retire.Steps(), s.Step) >= slices.Index(retire.Steps(), step)
	}
	if err := t.until(string(step), passed); err != nil {
		return err
	}
	t.y.pass(time.Hour) // what AWS has begun to delete is gone by then
	if t.now().Step == retire.Done || !s.Late() && slices.Index(retire.Steps(), t.now().Step) >= slices.Index(retire.Steps(), retire.Lifting) || t.leaving() || !s.Make(t.y) {
		t.remember()
		return t.through()
	}
	gone, calls := len(t.y.Deleted), len(t.y.Calls)
	for range 12 {
		if _, err := t.step(nil); !again(err) {
			return err
		}
	}
	for _, a := range t.y.Calls[calls:] {
		if a.Verb == retire.Delete || a.Verb == retire.DeleteStack {
			return fmt.Errorf("%s of %s, after %s", a.Verb, a.ARN, s)
		}
	}
	if len(t.y.Deleted) > gone {
		return fmt.Errorf("%v went after %s", t.y.Deleted[gone:], s)
	}
	t.out.End = "held"
	t.seen["held by: "+s.Name]++
	if h := t.now().Hold; h == nil {
		if _, err := t.step(nil); err == nil && t.now().Hold == nil && t.now().Step != retire.Gate {
			return fmt.Errorf("%s goes on to %s (%+v)", s, t.now().Step, t.now().Wait)
		}
	}
	return nil
}

// leaving says whether AWS is taking something apart just now.
func (t *trial) leaving() bool {
	for _, one := range t.y.things {
		if !one.until.IsZero() || one.State == "DELETE_FAILED" {
			return true
		}
	}
	return len(t.y.Deleted) > 0 && t.now().Step != retire.Deleting
}

// turn aborts somewhere: before the first deletion everything must be as it was.
func (t *trial) turn() error {
	for range t.y.rand.IntN(25) {
		if _, err := t.step(nil); !again(err) {
			return err
		}
		t.solve()
	}
	step := t.now().Step
	if step == retire.Done || !slices.Contains(retire.Steps(), step) || slices.Index(retire.Steps(), step) > slices.Index(retire.Steps(), retire.Deleting) {
		return t.through()
	}
	t.nested = 0
	for range 100 {
		if _, err := t.step(&retire.Order{Kind: retire.OrderAbort, By: "kim", Reason: "enough"}); !again(err) {
			return err
		}
		s := t.now()
		if s.Step == retire.Aborted || s.Step == retire.Stopped || slices.Index(retire.Steps(), s.Step) > slices.Index(retire.Steps(), retire.Deleting) {
			break
		}
	}
	t.seen["aborted at "+string(step)]++
	t.out.End = string(t.now().Step)
	switch gone := len(t.y.Deleted) > 0; t.now().Step {
	case retire.Aborted:
		if gone {
			return fmt.Errorf("aborted, although %v are gone", t.y.Deleted)
		}
		if is := t.picture(); is != t.snapshot {
			return fmt.Errorf("after the abort it is not as it was: %s", difference(t.snapshot, is))
		}
	case retire.Stopped:
		calls := len(t.y.Calls)
		for range 5 {
			_, _ = t.step(nil)
		}
		if len(t.y.Calls) != calls {
			return fmt.Errorf("after the stop %v", t.y.Calls[calls:])
		}
	case retire.Done, retire.Sweep, retire.Validate, retire.Document:
		return t.through()
	default:
		return fmt.Errorf("an abort at %s leaves it at %s: hold %+v, wait %+v", step, t.now().Step, t.now().Hold, t.now().Wait)
	}
	return nil
}
