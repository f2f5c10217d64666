package judge

import (
	"fmt"
	"math"
	"time"

	"github.com/cutover-dev/cutover/internal/rollout/evidence"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// Situation is what a judgement needs to know beside the evidence.
type Situation struct {
	Now time.Time
	// Risen is when green's weight last rose.
	Risen time.Time
	// BlueIdle says that blue has no traffic of its own to be judged by.
	BlueIdle bool
	// Probes of blue's direct name, the latest last.
	Probes []Probe
	// GreenRate is how many requests a minute green had of late; 0 is unknown.
	GreenRate float64
}

// Probe is what became of a few requests to blue's direct name.
type Probe struct {
	At           time.Time `json:"at"`
	Sent, Failed int
}

// Attribution says whose fault a broken limit is.
type Attribution string

// The attributions. Unclear lasts three minutes at most: blue looks broken
// too, and has not been shown to be.
const (
	None    Attribution = "none"
	Green   Attribution = "green"
	Shared  Attribution = "shared"
	Unclear Attribution = "unclear"
)

// Breach is a limit that green has broken.
type Breach struct {
	Objective   string
	Attribution Attribution
	// Began is the estimate of when; Found is when it was shown.
	Began, Found time.Time
	// Hard says that the limit is far exceeded: nobody needs to be asked.
	Hard bool
	// Reason tells the figures and why it is attributed so.
	Reason string
}

// Assessment is what the ledger says at one moment.
type Assessment struct {
	// Breach is the broken limit that matters most; nil when none is.
	Breach *Breach
	// Recovered says that nothing is left of a broken limit: green is past
	// none in more than one of the last five minutes.
	Recovered bool
	// Guards that are up, Worse: where green is worse than blue within its
	// limits, Missing: required signals without data; each a sentence.
	Guards, Worse, Missing []string
	// Restless objectives have evidence of 10 or more against them.
	Restless []string
}

const (
	// together is how close two breaks must be to be one fault.
	together = 3 * time.Minute
	// rise is how long after a rise of the weight a fault counts as caused by
	// it, also when both sides show it: green may have overloaded a store.
	rise = 30 * time.Minute
	// Patience is how long a signal may stay away before it counts as missing.
	Patience = 10 * time.Minute
	// hardFor is how many minutes past a hard limit it takes.
	hardFor = 2
)

// Assess reads the ledger.
func (l *Ledger) Assess(r Rules, s Situation) Assessment {
	a := Assessment{Recovered: true}
	saturated := l.saturated(r)
	for _, o := range r.Objectives {
		t := l.track(o.Name)
		if b := l.breach(r, o, t, s, saturated); b != nil && (a.Breach == nil || worse(b, a.Breach)) {
			a.Breach = b
		}
		if o.limited() && o.Prove && t.Green.Past.count() > 1 {
			a.Recovered = false
		}
		a.guards(r, l.Epoch, o, t)
		if o.limited() && t.Green.Change.Log() >= calm {
			a.Restless = append(a.Restless, fmt.Sprintf("%s has evidence of %s against it, promotion wants less than 10", o.Name, Odds(t.Green.Change.Log())))
		}
		if o.gauge != nil && l.Through.Sub(l.latest(t)) > Patience {
			a.Missing = append(a.Missing, fmt.Sprintf("%s has had no data since %s", o.Name, clock(l.latest(t))))
		}
	}
	if s.Now.Sub(l.Green) > s.patience() {
		a.Missing = append(a.Missing, fmt.Sprintf("green has had no data since %s", clock(l.Green)))
	}
	return a
}

// patience is how long green may be silent: ten minutes, or as long as chance
// explains where few requests come, up to an hour.
func (s Situation) patience() time.Duration {
	const unlikely = 8 // requests that were to be expected in the silence
	if s.GreenRate <= 0 {
		return Patience
	}
	return min(max(time.Duration(unlikely/s.GreenRate*float64(time.Minute)), Patience), time.Hour)
}

// latest is when a gauge was last seen; one never seen counts from the
// epoch's first minute.
func (l *Ledger) latest(t *Track) time.Time {
	if t.At.IsZero() {
		return l.Opened
	}
	return t.At
}

// worse says whether breach a matters more than b: green's own fault before
// what may be shared.
func worse(a, b *Breach) bool {
	order := map[Attribution]int{Green: 2, Unclear: 1, Shared: 0}
	return order[a.Attribution] > order[b.Attribution]
}

func (l *Ledger) saturated(r Rules) string {
	for _, o := range r.Objectives {
		if o.store() && l.track(o.Name).Past.count() >= r.Agreement {
			return o.Name
		}
	}
	return ""
}

// breach says whether green is past a hard limit, or was shown to have broken
// its limit and is past it at present.
func (l *Ledger) breach(r Rules, o Objective, t *Track, s Situation, saturated string) *Breach {
	var b Breach
	switch {
	case t.Hard >= hardFor:
		since := time.Duration(t.Hard) * time.Minute
		b = Breach{Objective: o.Name, Hard: true, Began: l.Through.Add(-since), Found: l.Through.Add(hardFor*time.Minute - since)}
		b.Reason = fmt.Sprintf("%s is far past its limit, above %s for %d minutes", o.Name, o.amount(o.Hard), t.Hard)
		if broken := t.Green.Broken; !broken.IsZero() && broken.Before(b.Found) {
			b.Began, b.Found = t.Green.began(l.Through), broken // it was known before it got that bad
		}
		if o.compared {
			b.Reason = fmt.Sprintf("%s is more than %s above blue's for %d minutes", o.Name, o.amount(o.Hard), t.Hard)
		}
	case o.limited() && o.Prove && t.Green.broken(r.Agreement):
		b = Breach{Objective: o.Name, Began: t.Green.began(l.Through), Found: t.Green.Broken}
		b.Reason = fmt.Sprintf("%s has broken its limit of %s since about %s (evidence %s, %s needed)", o.Name, o.amount(o.Limit),
			clock(b.Began), Odds(t.Green.Change.Log()), Odds(r.threshold(l.Epoch)))
	default:
		return nil
	}
	if o.gauge != nil || o.compared {
		b.Attribution = Green // nothing of blue's can explain it
		return &b
	}
	var why string
	b.Attribution, why = l.attribute(t, b, s, saturated)
	b.Reason += "; " + why
	return &b
}

// attribute says whose fault a breach is. Only what is shown counts: that
// nothing is seen of blue proves nothing.
func (l *Ledger) attribute(t *Track, b Breach, s Situation, saturated string) (Attribution, string) {
	after := b.Began.Sub(s.Risen)
	switch {
	case s.BlueIdle:
		return probed(s, l.Through)
	case t.Blue.Broken.IsZero():
		// Not longer than that, and not while no figures come that could clear it up.
		if t.Blue.Past.latest(3) >= 2 && l.Through.Sub(b.Found) < together && s.Now.Sub(l.Through) < 2*together {
			return Unclear, "blue is past the limit too and not yet shown to be broken"
		}
		return Green, "blue keeps the limit"
	case b.Found.Sub(t.Blue.Broken).Abs() > together:
		return Green, "blue broke it at another time, " + clock(t.Blue.Broken)
	case after < rise:
		return Green, fmt.Sprintf("blue broke it too, but only %d minutes after green's weight rose", max(int(after.Minutes()), 0))
	case saturated != "":
		return Green, "blue broke it too, but " + saturated + " is saturated, which may be green's doing"
	case t.Blue.Past.count() <= 1 && t.Green.Past.count() == 5:
		return Green, "blue broke it too and has recovered, green has not"
	}
	return Shared, "blue broke it too, at " + clock(t.Blue.Broken)
}

// probed decides by requests to blue's direct name, when blue has no traffic.
func probed(s Situation, through time.Time) (Attribution, string) {
	sent, failed := 0, 0
	for _, p := range s.Probes {
		if through.Sub(p.At) < together+2*time.Minute {
			sent, failed = sent+p.Sent, failed+p.Failed
		}
	}
	switch {
	case sent == 0:
		return Green, "blue has no traffic and was not probed"
	case 2*failed >= sent:
		return Shared, fmt.Sprintf("%d of %d probes of blue fail too", failed, sent)
	}
	return Green, fmt.Sprintf("%d of %d probes of blue succeed", sent-failed, sent)
}

func (a *Assessment) guards(r Rules, epoch int, o Objective, t *Track) {
	switch {
	case o.gauge != nil && t.Past.count() >= r.Agreement:
		a.Guards = append(a.Guards, fmt.Sprintf("%s is at %s, its limit is %s", o.Name, o.amount(t.Level), o.amount(o.Limit)))
	case o.limited() && !o.Prove && !t.Green.Broken.IsZero():
		a.Guards = append(a.Guards, fmt.Sprintf("%s is past its limit of %s", o.Name, o.amount(o.Limit)))
	}
	if o.comparable() && !t.WorseAt.IsZero() {
		a.Worse = append(a.Worse, fmt.Sprintf("%s: green is worse than blue, about %g times (evidence %s, %s needed)", o.Name, t.Worse.Times(), Odds(t.Worse.Log()), Odds(r.threshold(epoch))))
	}
}

// Unproved lists the objectives that promotion still needs proof of, and what
// would prove them; each a sentence.
func (l *Ledger) Unproved(r Rules) []string {
	var open []string
	for _, o := range r.Objectives {
		if t := l.track(o.Name); o.limited() && o.Prove && t.LogPass(o) < r.Proof() {
			open = append(open, fmt.Sprintf("%s is not proved: %s", o.Name, t.change(r, o)))
		}
	}
	return open
}

// Findings shows the figures of every objective.
func (l *Ledger) Findings(r Rules) []verdict.Finding {
	var findings []verdict.Finding
	for _, o := range r.Objectives {
		findings = append(findings, l.finding(r, o, l.track(o.Name)))
	}
	return findings
}

// Over says that the epoch's minutes are used up for some test. One that has
// told what it is for, and is kept for that, does not ask for another.
func (l *Ledger) Over() bool {
	for _, t := range l.Tracks {
		if t.Green.Change.Over() || t.WorseAt.IsZero() && t.Worse.Over() {
			return true
		}
	}
	return false
}

// LogPass is the evidence that the limit is kept, on effective counts.
func (t *Track) LogPass(o Objective) float64 {
	return evidence.Limit(o.Limit).LogPass(t.EffectiveBad, t.EffectiveTotal)
}

// LogFail is the evidence of the pooled counts that it is broken.
func (t *Track) LogFail(o Objective) float64 {
	return evidence.Limit(o.Limit).LogFail(t.EffectiveBad, t.EffectiveTotal)
}

// MoreNeeded is how many more requests at the present rate would prove the
// objective; false when none would.
func (t *Track) MoreNeeded(r Rules, o Objective) (int64, bool) {
	more, ok := evidence.Limit(o.Limit).MoreNeeded(t.EffectiveBad, t.EffectiveTotal, r.Beta)
	if ok && t.EffectiveTotal > 0 {
		more = int64(math.Ceil(float64(more) * float64(t.Total) / t.EffectiveTotal))
	}
	return more, ok
}

func (h history) latest(n int) int { return (h & (1<<n - 1)).count() }
