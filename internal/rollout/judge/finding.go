package judge

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/rollout/evidence"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// finding shows the figures behind one objective.
func (l *Ledger) finding(r Rules, o Objective, t *Track) verdict.Finding {
	f := verdict.Finding{
		Name: o.Name, Verdict: verdict.Pass, Unit: o.Unit,
		Window: fmt.Sprintf("epoch %d, through %s", l.Epoch, l.Through.UTC().Format("2006-01-02 15:04")),
	}
	if o.Limit > 0 {
		f.Limit = scaled(o, o.Limit)
	}
	if o.gauge != nil {
		return l.levelFinding(r, o, t, f)
	}
	f.Sample, f.SampleOf, f.Source = t.Total, "requests to green", "one-minute counts of green since the phase settled"
	if o.Name == ColdStart {
		f.SampleOf = "cold starts"
	}
	if t.Total > 0 {
		f.Observed = scaled(o, float64(t.Bad)/float64(t.Total))
	}
	switch {
	case t.Hard >= hardFor || o.limited() && t.Green.broken(r.Agreement):
		f.Verdict, f.Change = verdict.Fail, "Mend green, or roll back."
	case o.comparable() && !t.WorseAt.IsZero():
		f.Verdict, f.Change = verdict.Inconclusive, fmt.Sprintf("Green is about %g times worse than blue: find out why, then promote or roll back.", t.Worse.Times())
	case o.Prove && t.LogPass(o) < evidence.Threshold(r.Beta):
		f.Verdict, f.Change = verdict.Inconclusive, sentence(t.change(r, o))
	}
	return f
}

func (l *Ledger) levelFinding(r Rules, o Objective, t *Track, f verdict.Finding) verdict.Finding {
	f.Sample, f.SampleOf, f.Source = 1, "level", "the latest minute's level"
	switch {
	case t.At.IsZero():
		f.Verdict, f.Sample, f.Change = verdict.Inconclusive, 0, "Wait for data, or take the objective out of slos."
		return f
	case t.Hard >= hardFor:
		f.Verdict, f.Change = verdict.Fail, "Roll back: the store is saturated."
	case t.Past.count() >= r.Agreement:
		f.Verdict, f.Change = verdict.Fail, "Bring the level below its limit before more traffic moves."
	}
	f.Observed = scaled(o, t.Level)
	return f
}

// change says what would settle an open proof.
func (t *Track) change(r Rules, o Objective) string {
	switch more, ok := t.MoreNeeded(r, o); {
	case t.Total == 0 && ok:
		return fmt.Sprintf("%d requests without a bad one would prove it", more)
	case ok:
		return fmt.Sprintf("%d more requests at the present %s would prove it", more, o.amount(float64(t.Bad)/float64(t.Total)))
	}
	return fmt.Sprintf("at the present %s no number of requests would; the limit is %s", o.amount(float64(t.Bad)/float64(t.Total)), o.amount(o.Limit))
}

func sentence(s string) string { return strings.ToUpper(s[:1]) + s[1:] + "." }

// scaled is a value in the unit that is shown: percent for shares.
func scaled(o Objective, v float64) *float64 {
	if o.Unit == "%" {
		v *= 100
	}
	return &v
}

// amount writes a value with its unit.
func (o Objective) amount(v float64) string {
	if o.Unit == "$" {
		return "$" + strconv.FormatFloat(v, 'f', 2, 64)
	}
	return strconv.FormatFloat(math.Round(v*1e4)/100, 'f', -1, 64) + "%"
}

// Odds writes an e-value, given as its logarithm, as people read it: "3.2",
// "12,000", "10^9".
func Odds(log float64) string {
	switch {
	case log > math.Log(1e6):
		return fmt.Sprintf("10^%d", int(log/math.Ln10))
	case log > math.Log(100):
		return fmt.Sprintf("%.0f", math.Exp(log))
	}
	return strconv.FormatFloat(math.Exp(log), 'g', 2, 64)
}

func clock(t time.Time) string { return t.UTC().Format("15:04") }
