package forecast

import (
	"math"
	"slices"
	"time"
)

const (
	// leastDays is how many whole days it takes to say anything.
	leastDays = 5
	// leastPattern is how many it takes to tell weekdays apart: each one three times.
	leastPattern = 21
	// mostHistory is how far it looks back: thirteen weeks.
	mostHistory = 91
	// halfLife is after how many days a day counts half.
	halfLife = 9
)

// model is how days come about: a level, a factor a weekday, and what is left over.
type model struct {
	level float64
	// plus is whether what is left over is added to the level; else it multiplies.
	plus    bool
	pattern bool
	factor  [7]float64
	// unsure is how far a factor may be off, as a share of it.
	unsure [7]float64
	// rest is what is left over of each usual day beyond what the day before tells:
	// logarithms, or amounts where it is added.
	rest []float64
	// follow is how far a day follows the one before, last what was left over of the
	// last one.
	follow, last float64
	lastDay      time.Time
	// jumps are days that were far off and came back, as factors; learned is how
	// many days were looked at.
	jumps   []float64
	learned int
	// spread is the scale of the rest without its outliers; slack that of the level.
	spread, slack float64
	freedom       float64
	// shifted says that the level changed at since, by the share step.
	shifted bool
	since   time.Time
	step    float64
	// steps are all changes seen, as logarithms; rate is how often one comes a day.
	steps []float64
	rate  float64
	// doubt says that the last tail days are so far off that they may be a new
	// level, which has the probability stay.
	doubt bool
	tail  int
	other float64
	stay  float64
	// lumps are what firsts of a month have cost beyond a usual day.
	lumps []float64
}

// leastJump is by how much a day is off at least to be a jump, on the logarithm.
const leastJump = 0.15

// fit learns the model; ok is false where too little is known.
func fit(h history) (m model, ok bool) {
	for i := range m.factor {
		m.factor[i] = 1
	}
	n := len(h.days)
	if n < leastDays {
		return m, false
	}
	values := make([]float64, n)
	for i, d := range h.days {
		values[i] = d.v
	}
	middle := median(values)
	// Days of nothing or less leave nothing to multiply.
	if slices.Min(values) <= 0.02*middle || middle <= 0 {
		m.additive(h, values)
		return m, true
	}
	m.multiplying(h, values)
	return m, true
}

// additive is the plain model: a level and what is added to it.
func (m *model) additive(h history, values []float64) {
	m.plus = true
	weights := recent(h.days, 0)
	m.level = weighted(values, weights)
	for _, v := range values {
		m.rest = append(m.rest, v-m.level)
	}
	m.spread, m.learned = deviation(m.rest), len(values)
	m.freedom = float64(len(values) - 1)
	m.slack = m.spread / math.Sqrt(effective(weights))
	m.inflate(1)
	for _, f := range h.firsts {
		m.lumps = append(m.lumps, f.v-m.level)
	}
}

// multiplying is the model of spending that follows traffic: twice as much on all
// days makes twice as much of their differences.
func (m *model) multiplying(h history, values []float64) {
	n := len(values)
	m.pattern = n >= leastPattern && everyWeekday(h.days)
	levels := running(values, 3)
	var logs []float64
	var found []Shift
	for range 3 {
		if m.pattern {
			m.weekdays(h.days, values, levels)
		}
		logs = logs[:0]
		for i, v := range values {
			logs = append(logs, math.Log(v/m.factor[h.days[i].date.Weekday()]))
		}
		found = Shifts(logs)
		levels = levelsOf(logs, found)
	}
	start := 0
	for _, s := range found {
		start = s.At
		m.steps = append(m.steps, s.Size)
	}
	if start > 0 {
		m.shifted, m.since, m.step = true, h.days[start].date, math.Exp(found[len(found)-1].Size)-1
	}
	// One change is an event. Several are a habit that may go on.
	m.rate = float64(max(0, len(found)-1)) / float64(n)
	m.settleLevel(h, logs, levels, start)
	m.leftOver(h, values, levels, start)
	m.inflate(float64(1 + len(found)))
	for _, f := range h.firsts {
		i, _ := slices.BinarySearchFunc(h.days, f, func(a, b amount) int { return a.date.Compare(b.date) })
		at := m.level
		if i < start {
			at = levels[min(i, n-1)]
		}
		m.lumps = append(m.lumps, f.v-at*m.factor[f.date.Weekday()])
	}
}

// settleLevel takes the level from the days since the last change, recent ones
// first. The last one or two may be too far off to be of it: a jump, or a new level.
func (m *model) settleLevel(h history, logs, levels []float64, start int) {
	n := len(logs)
	left := make([]float64, n)
	for i := range logs {
		left[i] = logs[i] - math.Log(levels[i])
	}
	m.spread = max(deviation(left), 1e-9)
	far := func(i int) bool { return math.Abs(left[i]) > max(4*m.spread, leastJump) }
	ones := 0
	for i := range n - 2 {
		if far(i) {
			ones++
		}
	}
	for m.tail < 2 && n-1-m.tail > start && far(n-1-m.tail) && left[n-1-m.tail]*left[n-1] > 0 {
		m.tail++
	}
	weights := recent(h.days, start)
	for i := start; i < n; i++ {
		if i >= n-m.tail || far(i) {
			weights[i] = 0
		}
	}
	m.level = levels[n-1] * math.Exp(weighted(left, weights))
	m.freedom = math.Max(3, float64(n-len(m.steps)-2))
	said := effective(weights)
	if start > 0 {
		// Where the level has changed is known to a day or so.
		said = max(1, 0.65*(said-1))
	}
	m.follow = follow(h.days, left, m.spread)
	m.slack = m.spread * math.Sqrt((1+m.follow)/(1-m.follow)/said)
	if m.tail > 0 {
		m.doubt = true
		shifts := float64(len(m.steps))
		m.stay = (shifts + float64(m.tail)) / (shifts + float64(ones) + float64(m.tail) + 1)
		sum := 0.0
		for _, l := range logs[n-m.tail:] {
			sum += l
		}
		m.other = math.Exp(sum / float64(m.tail))
	}
}

// leftOver is what the model does not explain, jumps apart.
func (m *model) leftOver(h history, values, levels []float64, start int) {
	m.learned = len(values)
	before, known := 0.0, false
	for i, v := range values {
		at := levels[i]
		if i >= start {
			at = m.level
		}
		left := math.Log(v / (at * m.factor[h.days[i].date.Weekday()]))
		if math.Abs(left) > max(4*m.spread, leastJump) {
			if i < len(values)-m.tail {
				m.jumps = append(m.jumps, math.Exp(left))
			}
			known = false
			continue
		}
		known = known && h.days[i].date.Sub(h.days[i-1].date) == day
		if known || m.follow == 0 {
			m.rest = append(m.rest, left-m.follow*before)
		} else {
			m.rest = append(m.rest, left*math.Sqrt(1-m.follow*m.follow))
		}
		before, known = left, true
	}
	if known {
		m.last, m.lastDay = before, h.days[len(h.days)-1].date
	}
}

// inflate gives back what the fit has taken from the rest.
func (m *model) inflate(used float64) {
	n := float64(len(m.rest))
	by, middle := math.Sqrt(n/max(1, n-used)), median(m.rest)
	by = min(by, 1.6)
	for i, r := range m.rest {
		m.rest[i] = middle + by*(r-middle)
	}
	m.spread *= by
}
