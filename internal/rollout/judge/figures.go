package judge

import "math"

// Figures are one objective's values in one minute and the evidence after it;
// NaN where there is none.
type Figures struct {
	Green, Blue, Level   float64
	Broken, Worse, Proof float64
}

// Figures reads the ledger for a minute that was just taken.
func (l *Ledger) Figures(r Rules, o Objective, m Minute) Figures {
	nan := math.NaN()
	f := Figures{nan, nan, nan, nan, nan, nan}
	t := l.track(o.Name)
	if o.gauge != nil {
		f.Level = o.gauge(m.Gauges)
		return f
	}
	f.Green, f.Blue = o.of(green(m)), o.of(blue(m))
	if o.limited() {
		f.Broken = t.Green.Change.Log()
	}
	if o.limited() && o.Prove {
		f.Proof = t.LogPass(o)
	}
	if o.comparable() {
		f.Worse = t.Worse.Log()
	}
	return f
}

// of is the share of bad requests.
func (o Objective) of(c Counts) float64 {
	bad, total := o.share(c)
	if !c.Present || total == 0 {
		return math.NaN()
	}
	return float64(bad) / float64(total)
}
