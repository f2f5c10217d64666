package forecast

import (
	"encoding/binary"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"time"

	"github.com/cutover-dev/cutover/internal/cost/spend"
)

// runs is how many ways the month is played to its end.
const runs = 2000

// seedOf makes a seed of the days, so that the same ones give the same forecast.
func seedOf(d spend.Daily) uint64 {
	h := fnv.New64a()
	for _, x := range d.Days {
		var b [16]byte
		binary.LittleEndian.PutUint64(b[:8], uint64(x.Date.Unix())) //nolint:gosec // a seed may wrap around
		binary.LittleEndian.PutUint64(b[8:], uint64(x.Total()))     //nolint:gosec // a seed may wrap around
		h.Write(b[:])
	}
	return h.Sum64()
}

// simulate plays the month to its end many times. Each path has what the month has
// cost up to the end of each of its days.
func (m model) simulate(month spend.Month, open map[time.Time]bool, seed uint64) [][]float64 {
	r := rand.New(rand.NewPCG(seed, 0x666f7265)) //nolint:gosec // drawn again from the same seed; no secret
	known := map[time.Time]float64{}
	for _, d := range month.Days {
		known[d.Date] = d.Total().Dollars()
	}
	plan := make([]planned, 0, month.Length())
	for at := month.First; at.Before(month.Next); at = at.AddDate(0, 0, 1) {
		amount, ok := known[at]
		plan = append(plan, planned{at.Weekday(), at.Day() == 1, m.follow > 0 && at.AddDate(0, 0, -1).Equal(m.lastDay), amount, ok && !open[at]})
	}
	paths, sums := make([][]float64, runs), make([]float64, runs*len(plan))
	for i := range paths {
		w := m.draw(r)
		sum, path := 0.0, sums[i*len(plan):(i+1)*len(plan)]
		for k, d := range plan {
			if d.whole {
				sum += d.amount
			} else {
				sum += w.day(d)
			}
			path[k] = sum
		}
		paths[i] = path
	}
	return paths
}

// planned is a day of the month as all paths know it.
type planned struct {
	weekday time.Weekday
	first   bool
	// next is whether it is the day behind the last one that is known whole.
	next bool
	// amount is what it has cost, so far if it is not whole.
	amount float64
	whole  bool
}

// way is one way in which the days may go on.
type way struct {
	m      model
	r      *rand.Rand
	level  float64
	factor [7]float64
	// before is what was left over of the day before, jump how often a day is one,
	// beside how far a day may be off what was seen.
	before float64
	jump   float64
	beside float64
}

// draw draws what is not known of the model itself: level, weekdays, how often
// days jump.
func (m model) draw(r *rand.Rand) *way {
	w := &way{m: m, r: r, level: m.level, factor: m.factor, beside: 0.25 * m.spread * math.Pow(float64(len(m.rest)), -0.2)}
	off := m.slack * student(r, m.freedom)
	if m.doubt && r.Float64() < m.stay {
		w.level, off = m.other, m.spread*student(r, m.freedom)/math.Sqrt(float64(m.tail))
	}
	if m.plus {
		w.level += off
		return w
	}
	w.level *= math.Exp(off)
	sum := 0.0
	for i := range w.factor {
		w.factor[i] *= math.Exp(m.unsure[i] * r.NormFloat64())
		sum += w.factor[i] / 7
	}
	// What one weekday has too much the others have too little.
	for i := range w.factor {
		w.factor[i] /= sum
	}
	if n := len(m.jumps); n > 0 {
		w.jump = gamma(r, n) / float64(m.learned)
	}
	return w
}

// day draws what a day costs.
func (w *way) day(d planned) float64 {
	m, lump := &w.m, 0.0
	if d.first && len(m.lumps) > 0 {
		lump = m.lumps[w.r.IntN(len(m.lumps))]
	}
	if m.rate > 0 && w.r.Float64() < m.rate {
		w.level *= math.Exp(m.steps[w.r.IntN(len(m.steps))])
	}
	if d.next {
		w.before = m.last
	}
	// A day as one once was, and a little beside it, since what was seen is not all
	// there is.
	left := m.follow*w.before + m.rest[w.r.IntN(len(m.rest))] + w.beside*w.r.NormFloat64()
	w.before = left
	if m.plus {
		return w.notLess(d, w.level+left+lump)
	}
	v := w.level * w.factor[d.weekday] * math.Exp(left)
	if w.jump > 0 && w.r.Float64() < w.jump {
		v *= w.size()
	}
	return w.notLess(d, v+lump)
}

// notLess keeps what a day that is not over has cost already: it becomes no less.
func (w *way) notLess(d planned, v float64) float64 {
	if d.amount == 0 {
		return v
	}
	return max(v, d.amount)
}

// size draws a jump: one that was seen, somewhat smaller or larger.
func (w *way) size() float64 {
	seen := w.m.jumps[w.r.IntN(len(w.m.jumps))]
	return math.Pow(seen, 0.6+0.8*w.r.Float64())
}

// gamma draws how often something may well happen that happened n times in as
// many days: from the gamma distribution of shape n + 1, which is what is known
// where nothing was known before.
func gamma(r *rand.Rand, n int) float64 {
	sum := r.ExpFloat64()
	for range n {
		sum += r.ExpFloat64()
	}
	return sum
}

// student draws from Student's distribution.
func student(r *rand.Rand, freedom float64) float64 {
	n := int(min(max(freedom, 3), 60))
	chi := 0.0
	for range n {
		x := r.NormFloat64()
		chi += x * x
	}
	return r.NormFloat64() / math.Sqrt(chi/float64(n))
}
