package story

import (
	"math"
	"slices"
	"time"

	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/rollout"
	"github.com/cutover-dev/cutover/internal/rollout/judge"
	"github.com/cutover-dev/cutover/internal/unit"
)

// The share of bad requests of a single minute is noise: of 60 requests one
// error is 1.7%. So pictures pool minutes, as the judge does.
const (
	poolRequests = 50             // at least so many requests make a point
	poolMost     = 60             // minutes at most
	pool         = 5              // minutes at least, in a story of hours
	poolLong     = 15             // in one of a day
	quietFor     = judge.Patience // without a request, where requests are rare
	frequent     = 3              // requests a minute that make each minute count
)

// pooled is how many minutes a point of a long or a short picture pools.
func pooled(length time.Duration) int {
	switch {
	case length > 12*time.Hour:
		return poolLong
	case length > time.Hour/2:
		return pool
	}
	return 1
}

// ratio is one minute of a ratio: so much of so many.
type ratio struct {
	at        time.Time
	part, all float64
	idle      bool // there was nothing to measure
}

// smooth pools trailing minutes. A minute without data is a gap, and so is one
// that was not sampled; where requests are rare it takes ten minutes.
func (t *telling) smooth(minutes []ratio, window int) []report.Point {
	var points []report.Point
	for i, m := range minutes {
		if i > 0 {
			points = append(points, t.unsampled(minutes[i-1].at, m.at)...)
		}
		points = append(points, report.Point{At: m.at, Value: 100 * pooledShare(minutes[:i+1], window), Idle: m.idle})
	}
	return points
}

// unsampled breaks a line where minutes were not sampled. Around the beginning
// of a phase a few are not judged; they are not missing.
func (t *telling) unsampled(from, to time.Time) []report.Point {
	if to.Sub(from) < 2*time.Minute {
		return nil
	}
	begins := slices.ContainsFunc(t.phases, func(p span) bool { return !p.from.Before(from) && !p.from.After(to) })
	return []report.Point{{At: from.Add(time.Minute), Value: math.NaN(), Idle: begins && to.Sub(from) < 8*time.Minute}}
}

// pooledShare is the pooled share at the last of some minutes.
func pooledShare(minutes []ratio, window int) float64 {
	now := minutes[len(minutes)-1]
	if now.idle {
		return math.NaN()
	}
	var part, all float64
	for n := 1; n <= min(len(minutes), poolMost); n++ {
		m := minutes[len(minutes)-n]
		if now.at.Sub(m.at) >= poolMost*time.Minute || n > window && all >= poolRequests || m.idle {
			break
		}
		part, all = part+m.part, all+m.all
	}
	if all == 0 || now.all == 0 && silent(minutes) {
		return math.NaN()
	}
	return part / all
}

// silent says whether the last minute, which had no request, is a gap.
func silent(minutes []ratio) bool {
	now := minutes[len(minutes)-1]
	var all, latest float64
	spanned := 0.0
	for n := 1; n <= len(minutes); n++ {
		m := minutes[len(minutes)-n]
		if now.at.Sub(m.at) >= poolMost*time.Minute {
			break
		}
		if now.at.Sub(m.at) < quietFor {
			latest += m.all
		}
		all, spanned = all+m.all, spanned+1
	}
	return latest == 0 || all/spanned >= frequent
}

// sideRatios are an objective's bad requests of one side, minute by minute.
func (t *telling) sideRatios(objective string, side report.Side) []ratio {
	var list []ratio
	for _, s := range t.Samples {
		total, value := s.Green, math.NaN()
		p := pointOf(s, objective)
		if side == report.Blue {
			total = s.Blue
		}
		if p != nil && side == report.Blue {
			value = p.Blue
		} else if p != nil {
			value = p.Green
		}
		r := ratio{at: s.At}
		if !math.IsNaN(value) {
			r.part, r.all = value*float64(total), float64(total)
		}
		// A side that is to have no requests, and has but stragglers, says
		// nothing; that is no missing data.
		r.idle = side == report.Blue && (s.Weight == unit.Full || r.all == 0) && s.Share > 1-few/2 || side == report.Green && s.Weight == 0 && s.Share < few/2
		list = append(list, r)
	}
	return list
}

// shareRatios are green's requests among all.
func (t *telling) shareRatios() []ratio {
	list := make([]ratio, len(t.Samples))
	for i, s := range t.Samples {
		list[i] = ratio{at: s.At, part: float64(s.Green), all: float64(s.Green + s.Blue)}
	}
	return list
}

// values draws one figure of each sample, without pooling.
func (t *telling) values(of func(rollout.Sample) float64) []report.Point {
	var points []report.Point
	for i, s := range t.Samples {
		if i > 0 {
			points = append(points, t.unsampled(t.Samples[i-1].At, s.At)...)
		}
		points = append(points, report.Point{At: s.At, Value: of(s)})
	}
	return points
}

// planned are the weights that were decided, from the log.
func (t *telling) planned() []report.Point {
	var points []report.Point
	for _, e := range t.Events {
		points = append(points, report.Point{At: e.At, Value: weightOf(e.Weight)})
	}
	if len(points) == 0 {
		for _, s := range t.Samples {
			points = append(points, report.Point{At: s.At, Value: weightOf(s.Weight)})
		}
	}
	return points
}

// worst is the worst single minute of one side; NaN when there is none.
func worst(minutes []ratio) (share float64, at time.Time, of float64) {
	share = math.NaN()
	for _, m := range minutes {
		// A minute of a few requests is bad by chance.
		if m.all < poolRequests/2 {
			continue
		}
		if v := m.part / m.all; math.IsNaN(share) || v > share {
			share, at, of = v, m.at, m.all
		}
	}
	return share, at, of
}

// highest is the greatest value drawn, and whether there is any.
func highest(series ...report.Series) (float64, bool) {
	most, found := math.Inf(-1), false
	for _, s := range series {
		for _, p := range s.Points {
			if !math.IsNaN(p.Value) {
				most, found = max(most, p.Value), true
			}
		}
	}
	return most, found
}
