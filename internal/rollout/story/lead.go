package story

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/rollout"
	"github.com/cutover-dev/cutover/internal/rollout/judge"
	"github.com/cutover-dev/cutover/internal/unit"
)

// lead says in one sentence, or two, what happened and why, with figures.
func (t *telling) lead() string {
	s := t.State
	switch {
	case s.Rollback != nil && (s.Step == rollout.RollingBack || s.Step == rollout.RolledBack):
		return t.rolledBack(*s.Rollback)
	case s.Hold != nil && s.Active():
		return t.held(*s.Hold)
	case s.Step == rollout.Soaking, s.Step == rollout.Complete:
		return t.promoted()
	case s.Active():
		return t.underWay()
	}
	return "Nothing has begun: blue has all the traffic."
}

func (t *telling) rolledBack(r rollout.Rollback) string {
	text := fmt.Sprintf("Rolled back from %s", r.From)
	after := r.Decided.Sub(r.Began)
	switch by := t.by(rollout.FellBack); {
	case by != "":
		text += fmt.Sprintf(" by %s: %s", brief(by, 60), stop(brief(r.Reason, 200)))
	case r.Began.IsZero() || after <= 0:
		text += ": " + stop(brief(plainly(r.Reason), 200))
	default:
		text += fmt.Sprintf(", %s after the fault began: %s", lasting(after), stop(t.cause(r)))
	}
	switch left := t.leftByItself(); {
	case left.IsZero():
	case left.After(r.Decided):
		return text + fmt.Sprintf(" The record could not be changed by then, but DNS alone took clients to blue, %s after the decision.", lasting(left.Sub(r.Decided)))
	default:
		return text + fmt.Sprintf(" Nobody was there to decide, so DNS alone took clients to blue, %s after the fault began.", lasting(left.Sub(r.Began)))
	}
	took := r.Confirmed.Sub(r.Decided)
	switch {
	case r.Confirmed.IsZero():
		text += fmt.Sprintf(" Blue does not have the traffic back yet, %s after the decision; the budget is %s.", lasting(t.Now.Sub(r.Decided)), lasting(t.Policy.RollbackBudget))
	case took > t.Policy.RollbackBudget:
		text += fmt.Sprintf(" Blue had the traffic back after another %s, later than the budget of %s.", lasting(took), lasting(t.Policy.RollbackBudget))
	default:
		text += fmt.Sprintf(" Blue had the traffic back after another %s.", lasting(took))
	}
	return text
}

// cause tells the fault by what green really showed, where that is known.
func (t *telling) cause(r rollout.Rollback) string {
	o, known := t.objective(t.focus)
	seen := t.seen(o, r.Began, r.Decided)
	if !known || math.IsNaN(seen) || o.Limit == 0 {
		return clauses(brief(plainly(r.Reason), 200), 2)
	}
	text := fmt.Sprintf("%s at %s against a limit of %s", labelOf(o.Name), amount(o, seen), amount(o, o.Limit))
	if at := strings.LastIndex(r.Reason, "; "); at > 0 && r.Attribution == judge.Green {
		return text + ", green's own fault (" + brief(plainly(r.Reason[at+2:]), 160) + ")"
	}
	return text + map[judge.Attribution]string{judge.Green: ", green's own fault", judge.Shared: ", a fault of both sides"}[r.Attribution]
}

// seen is what green showed of an objective in a span: its bad requests among
// all, or a gauge's highest level.
func (t *telling) seen(o judge.Objective, from, to time.Time) float64 {
	var bad, total float64
	level := math.NaN()
	for _, s := range t.Samples {
		p := pointOf(s, o.Name)
		if p == nil || !s.At.After(from) || s.At.After(to) {
			continue
		}
		if !math.IsNaN(p.Green) {
			bad, total = bad+p.Green*float64(s.Green), total+float64(s.Green)
		}
		if math.IsNaN(level) || p.Level > level {
			level = p.Level
		}
	}
	if total > 0 {
		return bad / total
	}
	return level
}

// objective finds an objective of the policy.
func (t *telling) objective(name string) (judge.Objective, bool) {
	for _, o := range t.Policy.Rules.Objectives {
		if o.Name == name && name != "" {
			return o, true
		}
	}
	return judge.Objective{}, false
}

// by is who gave the order behind the last event of a kind.
func (t *telling) by(kind rollout.Kind) string {
	by := ""
	for _, e := range t.Events {
		if e.Kind == kind {
			by = e.By
		}
	}
	return by
}

// few is the share of the requests below which green has as good as none.
const few = 0.05

// leftByItself is when clients were back on blue by DNS alone, before anybody
// had decided it or could change the record; zero when they were not.
func (t *telling) leftByItself() time.Time {
	r := t.State.Rollback
	if r == nil || r.Began.IsZero() || r.From.Fraction() <= few {
		return time.Time{}
	}
	for _, s := range t.Samples {
		// A changed record needs a minute and more to show.
		if s.At.After(r.Began) && s.Share <= few && (s.At.Before(r.Decided) || r.Shifted.IsZero() || s.At.Before(r.Shifted)) {
			return s.At
		}
	}
	return time.Time{}
}

func (t *telling) promoted() string {
	text := fmt.Sprintf("All %d phases promoted in %s", len(t.Policy.Phases), lasting(t.end.Sub(t.start)))
	if len(t.Policy.Phases) == 1 {
		text = "The one phase was promoted in " + lasting(t.end.Sub(t.start))
	}
	if t.State.Step == rollout.Complete {
		text += ", and the old side is retired"
	}
	since := t.State.Settled
	if since.IsZero() {
		since = t.State.Risen
	}
	if on := t.Now.Sub(since); !since.IsZero() && on > 0 {
		text += fmt.Sprintf("; green has carried %s for %s", t.State.Weight, lasting(on))
	}
	return text + ". " + t.onTheWay() + t.served()
}

// onTheWay says what a promoted cutover went through.
func (t *telling) onTheWay() string {
	held, shared := time.Duration(0), false
	for _, h := range t.holds {
		held += h.to.Sub(h.from)
	}
	for _, e := range t.Events {
		shared = shared || e.Kind == rollout.Held && e.Attribution == judge.Shared
	}
	switch {
	case shared:
		return fmt.Sprintf("On the way it was held for %s, when both sides broke a limit together: no reason to roll back. ", lasting(held))
	case held > 0:
		return fmt.Sprintf("On the way it was held for %s in all. ", lasting(held))
	}
	return "No limit was broken on the way. "
}

// served says how green answered over the whole cutover.
func (t *telling) served() string {
	errors, total := t.answered()
	if total == 0 {
		return ""
	}
	return fmt.Sprintf("Of the %s requests that green answered, %s failed.", report.Grouped(total), rate(errors/float64(total)))
}

// answered counts green's requests and of them the errors.
func (t *telling) answered() (errors float64, total int64) {
	for _, s := range t.Samples {
		if p := pointOf(s, judge.ErrorRate); p != nil && !math.IsNaN(p.Green) {
			errors += p.Green * float64(s.Green)
			total += s.Green
		}
	}
	return errors, total
}

func (t *telling) held(h rollout.Hold) string {
	since := h.Since
	if n := len(t.holds); n > 0 && !t.holds[n-1].from.After(since) {
		since = t.holds[n-1].from // kinds of holds that followed each other are one wait
	}
	words, known := holdWords[h.Kind]
	if !known {
		words = holdWord{label: string(h.Kind)}
	}
	text := fmt.Sprintf("Held at %s since %s (%s): ", t.State.Weight, t.clock(since), lasting(t.Now.Sub(since)))
	switch reason := clauses(brief(plainly(greenFirst(h.Reason)), 240), 2); {
	case reason == "", h.Kind == rollout.HoldPaused:
		text += words.label
	case strings.Contains(reason, words.label):
		text += reason
	default:
		text += words.label + ": " + reason
	}
	return strings.TrimSpace(stop(text) + " " + words.ends)
}

// greenFirst puts what green itself lacks before what else is missing.
func greenFirst(reason string) string {
	all := strings.Split(reason, "; ")
	slices.SortStableFunc(all, func(a, b string) int {
		return strings.Compare(strconv.FormatBool(!strings.HasPrefix(a, "green ")), strconv.FormatBool(!strings.HasPrefix(b, "green ")))
	})
	return strings.Join(all, "; ")
}

func (t *telling) underWay() string {
	s := t.State
	text := fmt.Sprintf("Under way: phase %d of %d, %s of the traffic for green", s.Phase+1, len(t.Policy.Phases), s.Weight)
	switch {
	case s.Step == rollout.Shifting:
		text += "; the record is being changed"
	case s.Step == rollout.Settling:
		text += "; clients still follow the record"
	case s.Phase >= 0 && s.Phase < len(t.Policy.Phases):
		text += fmt.Sprintf(", watched for %s of %s", lasting(t.Now.Sub(s.Settled)), lasting(t.Policy.Phases[s.Phase].Hold.Std()))
	}
	return text + ". No limit is broken."
}

// weightOf is a weight in percent.
func weightOf(p unit.Percent) float64 { return 100 * p.Fraction() }
