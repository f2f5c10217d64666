package story

import (
	"slices"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/rollout"
)

// span is a stretch of the story: a phase or a hold.
type span struct {
	label    string
	from, to time.Time
	open     bool // it goes on
	// Of a phase: its number, when the traffic had followed, how it ended.
	phase   int
	settled time.Time
	ended   rollout.Kind
}

// phaseSpans reads from the log when each phase lasted.
func (t *telling) phaseSpans() []span {
	var all []span
	end := func(at time.Time, how rollout.Kind) {
		if n := len(all); n > 0 && all[n-1].open {
			all[n-1].to, all[n-1].open, all[n-1].ended = at, false, how
		}
	}
	done := false
	for _, e := range t.Events {
		switch {
		case e.Kind == rollout.Started, e.Kind == rollout.Promoted && !done:
			end(e.At, rollout.Promoted)
			all = append(all, span{label: e.Weight.String(), from: e.At, to: t.end, open: true, phase: e.Phase})
			// The promotion past the last phase has the last one's number.
			if n := len(all); e.Kind == rollout.Promoted && n > 1 && all[n-2].phase == e.Phase {
				all, done = all[:n-1], true
			}
		case e.Kind == rollout.Settled && len(all) > 0 && all[len(all)-1].settled.IsZero():
			all[len(all)-1].settled = e.At
		case e.Kind == rollout.FellBack:
			end(e.At, rollout.FellBack)
		case e.Kind == rollout.Soaked, e.Kind == rollout.Completed:
			end(e.At, rollout.Promoted)
		}
		done = done && e.Kind != rollout.Started
	}
	return all
}

// holdSpans reads from the log when promotion was frozen. Holds that followed
// each other without a break are one.
func (t *telling) holdSpans() []span {
	var all []span
	var open *span
	var kind rollout.HoldKind
	end := func(at time.Time) {
		if open != nil {
			open.to, open.open = at, false
			all, open = append(all, *open), nil
		}
	}
	for _, e := range t.Events {
		switch e.Kind {
		case rollout.Held:
			kind = rollout.HoldKind(before(e.Reason, ": "))
			label := holdWords[kind].label
			if label == "" {
				label = "held"
			}
			if open == nil {
				open = &span{label: label, from: e.At, to: t.end, open: true}
			} else if !slices.Contains(strings.Split(open.label, ", "), label) {
				open.label += ", " + label
			}
		case rollout.Ordered:
			// Resuming lifts this hold without a further word.
			if kind == rollout.HoldBroken && strings.HasPrefix(e.Reason, "resumed: ") {
				end(e.At)
			}
		case rollout.Released, rollout.Promoted, rollout.FellBack, rollout.Completed, rollout.Started:
			end(e.At)
		}
	}
	if open != nil {
		all = append(all, *open)
	}
	return all
}

func before(s, sep string) string {
	head, _, _ := strings.Cut(s, sep)
	return head
}

// mostHolds bounds the holds that a chart shows; the longest stay.
const mostHolds = 8

// bands are the phases and holds as charts show them.
func (t *telling) bands() []report.Band {
	var all []report.Band
	for _, p := range t.phases {
		all = append(all, report.Band{Label: p.label, Start: p.from, End: p.to})
		if r := t.State.Rollback; p.ended == rollout.FellBack && r != nil && p.to.Equal(r.Decided) {
			end := r.Confirmed
			if end.IsZero() {
				end = t.end
			}
			all = append(all, report.Band{Start: p.to, End: end, Tone: report.Bad})
		}
	}
	holds := slices.Clone(t.holds)
	slices.SortStableFunc(holds, func(a, b span) int { return int(b.to.Sub(b.from) - a.to.Sub(a.from)) })
	for _, h := range holds[:min(len(holds), mostHolds)] {
		all = append(all, report.Band{Label: "held: " + h.label, Start: h.from, End: h.to, Tone: report.Doubt})
	}
	return all
}

// marks are the moments that every chart over time needs to be read by.
func (t *telling) marks() []report.Event {
	i := t.incident
	if i == nil {
		return nil
	}
	if t.close {
		// A close-up shows the others; here they would lie on each other.
		all := []report.Event{{Label: "held", At: i.decided, Tone: report.Doubt}}
		if i.rolled {
			all = []report.Event{{Label: "rolled back", At: i.decided, Tone: report.Bad}}
		}
		return all
	}
	return t.allMarks()
}

// allMarks are the moments of the incident.
func (t *telling) allMarks() []report.Event {
	i := t.incident
	all := []report.Event{{Label: "fault began", At: i.began, Tone: report.Bad}}
	if !i.rolled {
		return append(all, report.Event{Label: "held", At: i.decided, Tone: report.Doubt})
	}
	if r := t.State.Rollback; r.Began.IsZero() || !r.Began.Before(r.Decided) {
		all = nil
	}
	all = append(all, report.Event{Label: "rolled back", At: i.decided, Tone: report.Bad})
	left := t.leftByItself()
	if !left.IsZero() {
		all = append(all, report.Event{Label: "off green by DNS alone", At: left, Tone: report.Good})
	}
	if !i.over.IsZero() && !left.After(i.decided) {
		all = append(all, report.Event{Label: "back on blue", At: i.over, Tone: report.Good})
	}
	return all
}

// happenings are the marks of the first chart: also what people did.
func (t *telling) happenings() []report.Event {
	all := t.marks()
	for _, e := range t.Events {
		switch e.Kind {
		case rollout.Ordered:
			all = append(all, report.Event{Label: brief(e.By, 20) + ": " + brief(before(e.Reason, ":"), 24), At: e.At})
		case rollout.Paged:
			all = append(all, report.Event{Label: "person called", At: e.At, Tone: report.Doubt})
		case rollout.Recovered, rollout.Completed:
			all = append(all, report.Event{Label: kindWords[e.Kind].label, At: e.At, Tone: report.Good})
		case rollout.Corrected:
			all = append(all, report.Event{Label: "weights taken back", At: e.At, Tone: report.Doubt})
		}
	}
	return all
}
