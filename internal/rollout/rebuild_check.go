package rollout

import (
	"errors"
	"fmt"
	"slices"
)

// VerifyTail checks the end of a log as [Verify] checks all of it: each hash,
// and each link within.
func VerifyTail(tail []Event) error {
	for i, e := range tail {
		switch {
		case e.Sequence < 1 || e.Sequence == 1 && e.Previous != "":
			return fmt.Errorf("event %d cannot be: events count from 1, and the first has no link", e.Sequence)
		case e.seal(e.Previous).Hash != e.Hash:
			return fmt.Errorf("event %d was changed: its content has another hash than %.12s", e.Sequence, e.Hash)
		case i > 0 && e.Sequence != tail[i-1].Sequence+1:
			return fmt.Errorf("event %d stands where %d belongs: one is missing or out of place", e.Sequence, tail[i-1].Sequence+1)
		case i > 0 && e.Previous != tail[i-1].Hash:
			return fmt.Errorf("event %d does not follow the one before: its link is %.12s, not %.12s", e.Sequence, e.Previous, tail[i-1].Hash)
		}
	}
	return nil
}

// Agrees says whether a state is the one that the log leads to; tail is the end
// of the log, none when it is empty. Every change of weight, phase or step is an
// event, so that a state that was changed by hand, or an older one that was put
// back, shows. What waits in the outbox counts as logged.
func Agrees(s State, tail []Event) error {
	if err := VerifyTail(s.Outbox); err != nil {
		return fmt.Errorf("its outbox does not hold together: %w", err)
	}
	known := slices.Clone(tail)
	for _, e := range s.Outbox {
		switch n := len(known); {
		case n == 0 || e.Sequence == known[n-1].Sequence+1:
			known = append(known, e)
		case e.Sequence > known[n-1].Sequence:
			return fmt.Errorf("events %d to %d are neither logged nor waiting", known[n-1].Sequence+1, e.Sequence-1)
		}
	}
	if err := VerifyTail(known); err != nil {
		return err
	}
	if len(known) == 0 {
		if s.Sequence != 0 || s.Last != "" || s.Weight != 0 || s.Step != Ready {
			return errors.New("it says that something happened, and nothing was logged")
		}
		return nil
	}
	end := known[len(known)-1]
	switch {
	case s.Sequence != end.Sequence:
		return fmt.Errorf("it ends with event %d, the log with %d", s.Sequence, end.Sequence)
	case s.Last != end.Hash:
		return fmt.Errorf("its last event has the hash %.12s, the log's %.12s", s.Last, end.Hash)
	case s.Weight != end.Weight:
		return fmt.Errorf("it gives green %s, the log %s", s.Weight, end.Weight)
	case s.Phase != end.Phase-1:
		return fmt.Errorf("it is in phase %d, the log in %d", s.Phase+1, end.Phase)
	}
	return s.stepAgrees(end)
}

// stepAgrees holds the step against what can follow an event.
func (s State) stepAgrees(end Event) error {
	var possible []Step
	switch {
	case end.Kind == Completed:
		possible = []Step{Complete}
	case end.Kind == Rebuilt && s.Step == Complete:
		return nil // it may have been the state of a rollout that was complete
	case end.Weight == 0:
		possible = []Step{RollingBack, RolledBack}
	case end.Kind == Started:
		possible = []Step{Shifting}
	case end.Kind == Soaked:
		possible = []Step{Soaking}
	default:
		possible = []Step{Shifting, Settling, Watching, Soaking}
	}
	if !slices.Contains(possible, s.Step) {
		return fmt.Errorf("it is %s, and after the event %q it can be %v", s.Step, end.Kind, possible)
	}
	return nil
}
