// Package story tells a rollout to somebody who was not there: one document with
// what happened, why, and everything that it can be checked by.
package story

import (
	"time"

	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/rollout"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// Story is a rollout told: what a report is drawn from.
type Story struct {
	// Title heads the report, Says is a sentence of context or empty.
	Title, Says string
	Policy      rollout.Policy
	State       rollout.State
	Events      []rollout.Event
	Samples     []rollout.Sample
	// Trouble is what did not work on the way.
	Trouble []string
	// Facts are further rows of the summary: name and value.
	Facts [][2]string
	// Now is when the story is told; what is still going on lasts until then.
	Now time.Time
}

// Document tells the story to somebody who was not there: what happened first,
// then why, then everything that it can be checked by.
func (s Story) Document() report.Document {
	t := newTelling(s)
	d := report.Document{Title: s.Title, Verdict: t.verdict(), Lead: t.lead()}
	if d.Title == "" {
		d.Title = "Cutover"
	}
	if s.Says != "" {
		d.Blocks = append(d.Blocks, report.Text{Body: brief(s.Says, 400)})
	}
	for _, part := range []func() []report.Block{
		t.summary, t.traffic, t.closeUp, t.rates, t.evidence, t.stores, t.objectives, t.events, t.trouble, t.policy,
	} {
		d.Blocks = append(d.Blocks, part()...)
	}
	return d
}

// telling is a story on its way to a document: what several parts of it need.
type telling struct {
	Story
	// start and end of what is drawn; equal when there is nothing to draw.
	start, end time.Time
	phases     []span
	holds      []span
	// focus is the objective that the decision was about; "" when there is none.
	focus string
	// incident is what a close-up shows; nil when nothing went wrong.
	incident *incident
	// close says that there is a close-up of it.
	close bool
}

func newTelling(s Story) *telling {
	t := &telling{Story: s}
	if t.Now.IsZero() {
		t.Now = s.State.Clock
	}
	t.reach()
	t.phases, t.holds = t.phaseSpans(), t.holdSpans()
	t.findIncident()
	t.close = t.worthCloseUp()
	return t
}

// reach finds the ends of the time axis.
func (t *telling) reach() {
	extend := func(at time.Time) {
		if at.IsZero() {
			return
		}
		if t.start.IsZero() || at.Before(t.start) {
			t.start = at
		}
		if at.After(t.end) {
			t.end = at
		}
	}
	for _, e := range t.Events {
		extend(e.At)
	}
	for _, s := range t.Samples {
		extend(s.At.Add(-time.Minute))
		extend(s.At)
	}
	if t.State.Active() && !t.start.IsZero() && t.State.Step != rollout.Soaking {
		extend(t.Now)
	}
}

// pointOf returns a sample's figures of one objective, nil when there are none.
func pointOf(s rollout.Sample, objective string) *rollout.Point {
	for i := range s.Objectives {
		if s.Objectives[i].Name == objective {
			return &s.Objectives[i]
		}
	}
	return nil
}

// verdict is the badge: a hold and what is still under way are inconclusive.
func (t *telling) verdict() verdict.Verdict {
	switch step := t.State.Step; {
	case step == rollout.RollingBack || step == rollout.RolledBack:
		return verdict.Fail
	case (step == rollout.Soaking || step == rollout.Complete) && t.State.Hold == nil:
		return verdict.Pass
	}
	return verdict.Inconclusive
}
