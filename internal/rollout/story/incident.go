package story

import (
	"time"

	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/rollout"
	"github.com/cutover-dev/cutover/internal/rollout/judge"
)

// incident is the fault that the story is about.
type incident struct {
	began   time.Time // estimate
	decided time.Time
	over    time.Time // blue had the traffic, or the limit was kept again
	rolled  bool
}

// findIncident finds what went wrong: the rollback, or else the last broken
// limit on the way.
func (t *telling) findIncident() {
	if r := t.State.Rollback; r != nil {
		t.focus = objectiveIn(r.Reason)
		t.incident = &incident{began: r.Began, decided: r.Decided, over: r.Confirmed, rolled: true}
		if r.Began.IsZero() || r.Began.After(r.Decided) {
			t.incident.began = r.Decided
		}
	}
	if t.incident != nil {
		return
	}
	for _, e := range t.Events {
		switch {
		case e.Kind == rollout.Held && e.Attribution != "":
			t.focus = objectiveIn(e.Reason)
			began := t.brokenSince(e.At)
			t.incident = &incident{began: began, decided: e.At, over: t.Now}
		case e.Kind == rollout.Recovered && t.incident != nil && t.incident.over.Equal(t.Now):
			t.incident.over = e.At
		}
	}
}

// brokenSince looks back from a hold to where the evidence left its rest.
func (t *telling) brokenSince(at time.Time) time.Time {
	since := at
	for i := len(t.Samples) - 1; i >= 0; i-- {
		s := t.Samples[i]
		if s.At.After(at) {
			continue
		}
		if p := pointOf(s, t.focus); p == nil || !(p.Broken > 0) {
			break
		}
		since = s.At.Add(-time.Minute)
	}
	return since
}

// worthCloseUp says whether the whole story is too long to show the minutes
// around the fault.
func (t *telling) worthCloseUp() bool {
	if t.incident == nil || !t.drawn() {
		return false
	}
	if _, known := t.objective(t.focus); !known {
		return false
	}
	from, to := t.incident.window(t.start, t.end)
	return t.end.Sub(t.start) >= 3*to.Sub(from)
}

// closeUp draws the minutes around the fault.
func (t *telling) closeUp() []report.Block {
	if !t.close {
		return nil
	}
	o, _ := t.objective(t.focus)
	c := t.over("", "%")
	c.Start, c.End = t.incident.window(t.start, t.end)
	c.Marks = t.allMarks()
	c.Caption = capital(labelOf(o.Name)) + " around the decision"
	var blocks []report.Block
	if isGauge(o) {
		blocks = t.level(c, o)
	} else {
		blocks = t.rate(c, o, 1)
		c.Caption = "Evidence that green breaks its limit, around the decision"
		if o.Limit > 0 {
			blocks = append(blocks, t.against(c, []judge.Objective{o})...)
		}
	}
	if len(blocks) == 0 {
		return nil
	}
	return append([]report.Block{report.Section{Title: "Close up"}}, blocks...)
}

// window is the part of the time axis that a close-up shows.
func (i incident) window(start, end time.Time) (from, to time.Time) {
	const most = 3 * time.Hour
	from, to = i.began.Add(-20*time.Minute), i.decided.Add(10*time.Minute)
	if over := i.over.Add(5 * time.Minute); over.After(to) {
		to = over
	}
	if to.Sub(from) > most {
		to = from.Add(most)
	}
	if from.Before(start) {
		from = start
	}
	if to.After(end) {
		to = end
	}
	return from, to
}
