package rollout

import (
	"math"
	"time"

	"github.com/cutover-dev/cutover/internal/rollout/judge"
	"github.com/cutover-dev/cutover/internal/unit"
)

// Sample is what one minute showed and what was known after it, for pictures.
type Sample struct {
	At time.Time
	// Weight that was decided, and Share of the requests that green got, from
	// 0 to 1; NaN when there were none.
	Weight unit.Percent
	Share  float64
	// Requests of each side.
	Green, Blue int64
	Objectives  []Point
}

// Point is one objective in a Sample. What there is no figure of is NaN.
type Point struct {
	Name string
	// Green and Blue are the minute's shares of bad requests, Level a gauge's.
	Green, Blue, Level float64
	// Broken is the evidence that green has broken the limit, Threshold what
	// it takes, Worse that green is worse than blue, Proof that the limit is
	// kept; all as natural logarithms.
	Broken, Threshold, Worse, Proof float64
}

// sample draws the figures of a minute that was just judged.
func (d *decider) sample(m judge.Minute) Sample {
	s := Sample{At: m.End(), Weight: d.s.Weight, Share: math.NaN()}
	if m.Green.Present {
		s.Green = m.Green.Requests
	}
	if m.Blue.Present {
		s.Blue = m.Blue.Requests
	}
	if total := s.Green + s.Blue; total > 0 {
		s.Share = float64(s.Green) / float64(total)
	}
	for _, o := range d.p.Rules.Objectives {
		f := d.s.Ledger.Figures(d.p.Rules, o, m)
		s.Objectives = append(s.Objectives, Point{
			Name: o.Name, Green: f.Green, Blue: f.Blue, Level: f.Level,
			Broken: f.Broken, Threshold: d.s.Ledger.Threshold(d.p.Rules), Worse: f.Worse, Proof: f.Proof,
		})
	}
	return s
}
