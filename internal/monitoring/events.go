package monitoring

import (
	"encoding/json"
	"slices"
	"time"
)

// memory is how long an event stays on the dashboards: as long as CloudWatch
// keeps figures of one minute.
const memory = 15 * 24 * time.Hour

// noted is an event in the template's metadata.
type noted struct {
	At    time.Time
	Label string
	Kind  EventKind
}

// metadata is what the template remembers for the next one: nothing else need
// keep the events.
func (p Plan) metadata() map[string]any {
	if len(p.Events) == 0 {
		return nil
	}
	var all []noted
	for _, e := range p.Events {
		all = append(all, noted{e.At.UTC().Truncate(time.Second), e.Label, e.Kind})
	}
	return map[string]any{"CutoverEvents": all}
}

// EventsOf are the events that a template of ours remembers. Anything else
// remembers none.
func EventsOf(template []byte) []Event {
	var t struct {
		Metadata struct{ CutoverEvents []noted }
	}
	if err := json.Unmarshal(template, &t); err != nil {
		return nil
	}
	var all []Event
	for _, e := range t.Metadata.CutoverEvents {
		all = append(all, Event(e))
	}
	return all
}

// Remember is what is left of the events, with those that are new: the newest
// that the dashboards mark, in the order in which they came. An event that is
// told again, as after a run that was killed, stands there once.
func Remember(before []Event, now time.Time, added ...Event) []Event {
	var kept []Event
	for _, e := range slices.Concat(before, added) {
		e.At = e.At.UTC().Truncate(time.Second)
		double := slices.ContainsFunc(kept, func(k Event) bool { return k.Label == e.Label && k.Kind == e.Kind })
		if now.Sub(e.At) < memory && !e.At.After(now.Add(time.Hour)) && !double {
			kept = append(kept, e)
		}
	}
	slices.SortStableFunc(kept, func(a, b Event) int { return a.At.Compare(b.At) })
	return kept[max(0, len(kept)-mostEvents):]
}
