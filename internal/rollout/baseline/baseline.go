// Package baseline is how both sides behaved before the first shift: what a
// phase is compared with, how far errors come in clumps, and whether green may
// be given users at all. A rollout without one does not start.
package baseline

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/rollout"
	"github.com/cutover-dev/cutover/internal/rollout/judge"
	"github.com/cutover-dev/cutover/internal/runbook"
)

// Format is the version of the document.
const Format = 1

const (
	// Least is for how many minutes each side must have been measured: fewer do
	// not show how errors come in clumps.
	Least = 30
	// Oldest is how old a baseline may be when it is used.
	Oldest = 14 * 24 * time.Hour
	// Most bounds the document in bytes: a day of minutes is a tenth of it.
	Most = 4 << 20
)

// Baseline is the document. Times are UTC.
type Baseline struct {
	Format int    `json:"format"`
	Stage  string `json:"stage"`
	// Blue and Green are where the sides' records pointed to: the baseline of
	// another pair says nothing.
	Blue  string `json:"blue"`
	Green string `json:"green"`
	// Taken is when the measurement ended.
	Taken   time.Time `json:"taken"`
	Minutes []Minute  `json:"minutes"`
	Answers []Answer  `json:"answers"`
}

// Minute is one minute of both sides; nil is a side that reported nothing.
type Minute struct {
	Start time.Time `json:"start"`
	Green *Side     `json:"green" jsonschema:"nullable"`
	Blue  *Side     `json:"blue" jsonschema:"nullable"`
}

// Side is what one side counted in a minute.
type Side struct {
	Requests       int64 `json:"requests"`
	Errors         int64 `json:"errors"`
	Slow           int64 `json:"slow"`
	Rejected       int64 `json:"rejected"`
	Invocations    int64 `json:"invocations,omitempty"`
	ColdStarts     int64 `json:"cold_starts,omitempty"`
	SlowColdStarts int64 `json:"slow_cold_starts,omitempty"`
	Throttles      int64 `json:"throttles,omitempty"`
}

// Answer is one request of the smoke test to a side's direct name.
type Answer struct {
	Side    string `json:"side" jsonschema:"enum=blue,enum=green"`
	Request string `json:"request"`
	// Wrong says what was wrong with the answer; empty for a right one.
	Wrong string `json:"wrong"`
}

// New makes the document of what was measured.
func New(stage, blue, green string, taken time.Time, minutes []judge.Minute, answers []Answer) Baseline {
	b := Baseline{Format: Format, Stage: stage, Blue: blue, Green: green, Taken: taken.UTC().Truncate(time.Second), Minutes: []Minute{}, Answers: answers}
	if answers == nil {
		b.Answers = []Answer{}
	}
	for _, m := range minutes {
		b.Minutes = append(b.Minutes, Minute{Start: m.Start.UTC(), Green: side(m.Green), Blue: side(m.Blue)})
	}
	return b
}

func side(c judge.Counts) *Side {
	if !c.Present {
		return nil
	}
	return &Side{c.Requests, c.Errors, c.Slow, c.Rejected, c.Invocations, c.ColdStarts, c.SlowColdStarts, c.Throttles}
}

func (s *Side) counts() judge.Counts {
	if s == nil {
		return judge.Counts{}
	}
	return judge.Counts{
		Present: true, Requests: s.Requests, Errors: s.Errors, Slow: s.Slow, Rejected: s.Rejected,
		Invocations: s.Invocations, ColdStarts: s.ColdStarts, SlowColdStarts: s.SlowColdStarts, Throttles: s.Throttles,
	}
}

// sound says whether no count is negative and none is above what it is part of.
func (s *Side) sound() bool {
	return s == nil || s.Requests >= 0 && s.Errors >= 0 && s.Slow >= 0 && s.Rejected >= 0 && s.Invocations >= 0 && s.ColdStarts >= 0 && s.SlowColdStarts >= 0 && s.Throttles >= 0 &&
		max(s.Errors, s.Slow, s.Rejected) <= s.Requests && s.SlowColdStarts <= s.ColdStarts
}

// Text is the document as it is stored.
func (b Baseline) Text() []byte {
	text, _ := json.Marshal(b) // numbers, strings and times: it cannot fail
	return append(text, '\n')
}

// Parse reads a document strictly: one that was changed by hand or cut off is
// none.
func Parse(text []byte) (Baseline, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	var b Baseline
	if err := d.Decode(&b); err != nil {
		return Baseline{}, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return Baseline{}, errors.New("something follows the document")
	}
	if b.Format != Format {
		return Baseline{}, fmt.Errorf("its format is %d, not %d", b.Format, Format)
	}
	var previous time.Time
	for i, m := range b.Minutes {
		if !m.Green.sound() || !m.Blue.sound() {
			return Baseline{}, fmt.Errorf("minute %d counts what cannot be", i+1)
		}
		if !m.Start.After(previous) || m.Start.Second() != 0 || m.Start.Nanosecond() != 0 {
			return Baseline{}, fmt.Errorf("minute %d is no minute after the one before", i+1)
		}
		previous = m.Start
	}
	return b, nil
}

// Judged are the minutes in the judge's words. Levels of shared stores are not
// kept: they say nothing about clumps.
func (b Baseline) Judged() []judge.Minute {
	var all []judge.Minute
	for _, m := range b.Minutes {
		all = append(all, judge.Minute{Start: m.Start, Green: m.Green.counts(), Blue: m.Blue.counts(), Gauges: judge.NoGauges()})
	}
	return all
}

// Pair is what a rollout is about to move.
type Pair struct{ Stage, Blue, Green string }

// Fit refuses a baseline that a rollout of this pair may not begin with, and
// says everything that is wrong with it at once.
func (b Baseline) Fit(p rollout.Policy, pair Pair, now time.Time) error {
	var wrong []string
	say := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	if b.Stage != pair.Stage || b.Blue != pair.Blue || b.Green != pair.Green {
		say("it is of %s, from %s to %s, and traffic is to move in %s from %s to %s", b.Stage, b.Blue, b.Green, pair.Stage, pair.Blue, pair.Green)
	}
	switch age := now.Sub(b.Taken); {
	case age > Oldest:
		say("it is %d days old, and at most %d are good", int(age.Hours()/24), int(Oldest.Hours()/24))
	case age < -time.Hour:
		say("it was taken at %s, which is still to come", b.Taken.Format(time.RFC3339))
	}
	green, blue := b.measured()
	for _, side := range []struct {
		name    string
		minutes int
	}{{"blue", blue}, {"green", green}} {
		if side.minutes < Least {
			say("%s was measured for %d minutes, and %d are needed", side.name, side.minutes, Least)
		}
	}
	wrong = append(wrong, b.answers()...)
	wrong = append(wrong, b.broken(p)...)
	if len(wrong) == 0 {
		return nil
	}
	return &fault.Fault{Kind: fault.Refused, Runbooks: []runbook.Kind{runbook.NoBaseline}, Name: "baseline", What: "cannot be begun with: " + strings.Join(wrong, "; "), Next: "Run traffic-shift with command: baseline."}
}

func (b Baseline) measured() (green, blue int) {
	for _, m := range b.Judged() {
		if m.Green.Present && m.Green.Requests > 0 {
			green++
		}
		if m.Blue.Present && m.Blue.Requests > 0 {
			blue++
		}
	}
	return green, blue
}

func (b Baseline) answers() (wrong []string) {
	right := map[string]bool{}
	for _, a := range b.Answers {
		if a.Wrong != "" {
			wrong = append(wrong, fmt.Sprintf("%s answered %s wrongly: %s", a.Side, a.Request, a.Wrong))
		}
		right[a.Side] = true
	}
	for _, side := range []string{"blue", "green"} {
		if !right[side] {
			wrong = append(wrong, side+" was not asked anything by its direct name")
		}
	}
	return wrong
}

// broken says which limits green already breaks: nobody is moved onto that. A
// limit that blue breaks too is no reason, since the users have it already.
func (b Baseline) broken(p rollout.Policy) (wrong []string) {
	for _, o := range p.Rules.Objectives {
		if !o.Counted() || !o.Prove {
			continue
		}
		bad, all, blueBad, blueAll := o.Sum(b.Judged())
		if all == 0 || float64(bad) < o.Limit*float64(all) {
			continue
		}
		if blueAll > 0 && float64(blueBad) >= o.Limit*float64(blueAll) {
			continue
		}
		wrong = append(wrong, fmt.Sprintf("green breaks %s already: %d of %d requests, and the limit is %.3g%%", o.Name, bad, all, 100*o.Limit))
	}
	return wrong
}
