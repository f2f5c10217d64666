package judge

import (
	"math"
	"math/bits"
	"time"

	"github.com/cutover-dev/cutover/internal/rollout/evidence"
)

// Rules are what a ledger is kept by.
type Rules struct {
	Objectives []Objective
	// Alpha is the chance of rolling back a healthy cutover, Beta that of
	// taking an unkept objective for proved.
	Alpha, Beta float64
	// Agreement is how many of the last five minutes must be past a limit,
	// and how many at least it takes to be convinced.
	Agreement int
	// Tests is how many tests may roll back; they share α.
	Tests int
}

// threshold is the logarithm that evidence must reach in an epoch.
func (r Rules) threshold(epoch int) float64 {
	return evidence.Threshold(evidence.Spend(r.Alpha, epoch, max(r.Tests, 1)))
}

// Ledger is the evidence of one epoch, and what is needed to go on with it. It
// is part of a rollout's state: its size does not grow with time.
type Ledger struct {
	// Epoch counts from 1 over the whole cutover; each gets half the α of the
	// one before.
	Epoch int `json:"epoch"`
	// Length of the epoch in minutes.
	Length int `json:"length"`
	// Opened is when the phase's first epoch began.
	Opened time.Time `json:"opened"`
	// Through is the end of the last minute that was judged; Green and Blue
	// the end of the last one in which that side reported.
	Through time.Time `json:"through"`
	Green   time.Time `json:"green"`
	Blue    time.Time `json:"blue"`
	// Tracks by the objective's name.
	Tracks map[string]*Track `json:"tracks"`
}

// Track is what is known about one objective.
type Track struct {
	// Bad of Total requests since the phase settled, as counted.
	Bad   int64 `json:"bad"`
	Total int64 `json:"total"`
	// EffectiveBad and EffectiveTotal are the same, divided minute by minute by
	// their dispersion.
	EffectiveBad   float64 `json:"effective_bad"`
	EffectiveTotal float64 `json:"effective_total"`

	Green Side           `json:"green"`
	Blue  Side           `json:"blue"`
	Worse evidence.Worse `json:"worse"`
	// WorseAt is when Worse reached its threshold; zero while it has not.
	WorseAt time.Time `json:"worse_at"`

	// Level is the last value of a gauge, At its time; Past its last five
	// values against the limit.
	Level float64   `json:"level"`
	At    time.Time `json:"at"`
	Past  history   `json:"past"`
	// Hard counts the latest minutes past the hard limit, without a break.
	Hard int `json:"hard"`
}

// Side is the watch over a limit on one side.
type Side struct {
	Change evidence.Change `json:"change"`
	// Past is the last five times that there were requests enough to tell,
	// and Bad of Total what has gathered since.
	Past  history `json:"past"`
	Bad   int64   `json:"bad"`
	Total int64   `json:"total"`
	// Broken is when the limit was shown to be broken; zero while it is not.
	Broken time.Time `json:"broken"`
	// Loud is when there was evidence of 10 or more for the last time.
	Loud time.Time `json:"loud"`
}

// history holds whether the last five were past a limit, the latest lowest.
type history uint8

func (h history) with(past bool) history {
	h = h << 1 & 0b11111
	if past {
		h |= 1
	}
	return h
}

func (h history) count() int { return bits.OnesCount8(uint8(h)) }

// Open starts an epoch of so many minutes at a time. What the ledger before
// knows of blue's rates is kept; it is no evidence.
func Open(r Rules, epoch, length int, at time.Time, before *Ledger) Ledger {
	l := Ledger{Epoch: epoch, Length: max(length, 1), Opened: at, Through: at, Green: at, Blue: at, Tracks: map[string]*Track{}}
	if before != nil && before.Through.After(at) {
		l.Through = before.Through
	}
	for _, o := range r.Objectives {
		track := l.track(o.Name)
		if before != nil {
			if known := before.Tracks[o.Name]; known != nil {
				track.Worse = evidence.NewWorse(l.Length, known.Worse)
				track.Level, track.At, track.Past, track.Hard = known.Level, known.At, known.Past, known.Hard
			}
		}
		l.Tracks[o.Name] = track
	}
	return l
}

// track is what is known about an objective: nothing yet of one that cutover.yaml
// did not have when the epoch began.
func (l *Ledger) track(name string) *Track {
	if t := l.Tracks[name]; t != nil {
		return t
	}
	return &Track{Green: newSide(l.Length), Blue: newSide(l.Length), Worse: evidence.NewWorse(l.Length, evidence.Worse{})}
}

func newSide(length int) Side { return Side{Change: evidence.NewChange(length)} }

// longest is the longest epoch in minutes: a week.
const longest = 7 * 24 * 60

// Reopen starts a new epoch within the same phase: the proof stays, the watch
// begins anew.
func (l *Ledger) Reopen(r Rules, length int) {
	next := Open(r, l.Epoch+1, min(length, longest), l.Through, l)
	next.Opened, next.Green, next.Blue = l.Opened, l.Green, l.Blue
	for name, track := range next.Tracks {
		if old := l.Tracks[name]; old != nil {
			track.Bad, track.Total, track.EffectiveBad, track.EffectiveTotal = old.Bad, old.Total, old.EffectiveBad, old.EffectiveTotal
			if !old.WorseAt.IsZero() {
				// What is known to be worse stays known: a hold for it must not lift
				// because time went by.
				track.Worse, track.WorseAt = old.Worse, old.WorseAt
			}
		}
	}
	*l = next
}

// Forget drops the proof gathered so far and what was found worse, after a
// time that proves nothing.
func (l *Ledger) Forget() {
	for _, t := range l.Tracks {
		t.Bad, t.Total, t.EffectiveBad, t.EffectiveTotal = 0, 0, 0, 0
		t.Worse, t.WorseAt = evidence.NewWorse(l.Length, t.Worse), time.Time{}
	}
}

// Rest lets go of what was past a limit at the end of an attempt: the next one
// is of another green, and nothing was judged in between.
func (l *Ledger) Rest() {
	if l == nil {
		return
	}
	for _, t := range l.Tracks {
		t.Level, t.At, t.Past, t.Hard = 0, time.Time{}, 0, 0
	}
}

// Take judges one complete minute. proves says whether it counts as proof:
// not while a shift is still on its way to the clients.
func (l *Ledger) Take(r Rules, m Minute, proves bool) {
	if !m.End().After(l.Through) {
		return // judged already: every minute counts once
	}
	l.Through = m.End()
	g, b := green(m), blue(m)
	if g.Present {
		l.Green = m.End()
	}
	if b.Present {
		l.Blue = m.End()
	}
	threshold := r.threshold(l.Epoch)
	for _, o := range r.Objectives {
		t := l.track(o.Name)
		l.Tracks[o.Name] = t
		switch {
		case o.gauge != nil:
			t.takeLevel(o, m)
		case o.share != nil:
			t.takeShare(o, g, b, proves, func(total int64) float64 {
				return evidence.Agreement(threshold, l.Length, r.Agreement+further(o, total))
			})
			t.latch(m.End(), threshold, r.Agreement)
		}
	}
}

func (t *Track) takeLevel(o Objective, m Minute) {
	level := o.gauge(m.Gauges)
	if math.IsNaN(level) {
		return
	}
	t.Level, t.At = level, m.End()
	t.Past = t.Past.with(level > o.Limit)
	t.hard(o.Hard > 0 && level >= o.Hard)
}

func (t *Track) hard(past bool) {
	if !past {
		t.Hard = 0
		return
	}
	t.Hard++
}

// few is how many bad requests a minute needs before it can be called far past
// a limit: fewer are chance.
const few = 5

// further is how many minutes more than usual must agree where the clumps seen
// in the baseline widen a minute's counts fourfold, sixteenfold, and so on: with
// many requests a single clump looks like proof.
func further(o Objective, total int64) int {
	widened := evidence.Dispersion(float64(total), o.Correlation)
	return min(int(math.Log(widened)/math.Log(4)), 3)
}

// takeShare adds the counts of a minute. most says how much is believed of one
// with so many requests.
func (t *Track) takeShare(o Objective, g, b Counts, proves bool, most func(total int64) float64) {
	greenBad, greenTotal := o.share(g)
	blueBad, blueTotal := o.share(b)
	if !g.Present {
		greenBad, greenTotal = 0, 0
	}
	if !b.Present {
		blueBad, blueTotal = 0, 0
	}
	if o.limited() {
		t.Green.take(o, greenBad, greenTotal, most(greenTotal))
		t.Blue.take(o, blueBad, blueTotal, most(blueTotal))
	}
	if greenTotal > 0 && o.Hard > 0 {
		allowed := o.Hard
		if o.compared {
			allowed += t.blueShare(blueBad, blueTotal)
		}
		t.hard(greenBad >= few && float64(greenBad) >= allowed*float64(greenTotal))
	}
	if o.comparable() {
		// Two clumps side by side look like a difference; divided by their
		// dispersion they weigh what they are worth.
		gd, bd := evidence.Dispersion(float64(greenTotal), o.Correlation), evidence.Dispersion(float64(blueTotal), o.Correlation)
		t.Worse.Add(float64(greenBad)/gd, float64(greenTotal)/gd, float64(blueBad)/bd, float64(blueTotal)/bd, most(greenTotal))
	}
	if proves && greenTotal > 0 {
		widened := evidence.Dispersion(float64(greenTotal), o.Correlation)
		t.Bad, t.Total = t.Bad+greenBad, t.Total+greenTotal
		t.EffectiveBad, t.EffectiveTotal = t.EffectiveBad+float64(greenBad)/widened, t.EffectiveTotal+float64(greenTotal)/widened
	}
}

// blueShare is blue's share now, or as it was when blue last had traffic.
func (t *Track) blueShare(bad, total int64) float64 {
	if total > 0 {
		return float64(bad) / float64(total)
	}
	return t.Worse.PastBad / max(t.Worse.PastTotal, 1)
}
