package evidence

import (
	"math"
	"slices"
)

// climb averages, over all minutes at which something may have begun and over
// a fixed grid of alternatives, the likelihood ratio of what came since:
// S ← (S + 1/T)·LR at each minute. It is the part that [Change] and [Worse]
// share. Its fields are exported to outlive the process as JSON.
type climb struct {
	// Length is T, the epoch's length in minutes: what is not begun by then
	// is not looked for.
	Length int `json:"length"`
	// Minutes is how many were added.
	Minutes int `json:"minutes"`
	// LogS is log S for each alternative; empty before the first minute.
	LogS []float64 `json:"log_s,omitempty"`
	// Sums and Begun are, for each alternative, the likelihood ratio of the
	// most likely beginning and how many minutes ago that was (Page's CUSUM).
	// They decide nothing; they tell since when.
	Sums  []float64 `json:"sums,omitempty"`
	Begun []int     `json:"begun,omitempty"`
}

// add takes one minute: its log likelihood ratio under each alternative, of
// which no more than most is believed.
//
// A minute's requests are not independent: errors come in clumps. A cap on
// what a single minute may say makes several minutes agree before anything
// happens. It only ever lowers the evidence, so the promise of α stands.
func (c *climb) add(ratios []float64, most float64) {
	if c.LogS == nil {
		c.LogS, c.Sums, c.Begun = make([]float64, len(ratios)), make([]float64, len(ratios)), make([]int, len(ratios))
		for i := range c.LogS {
			c.LogS[i] = math.Inf(-1)
		}
	}
	start := math.Inf(-1)
	if c.Minutes < c.Length {
		start = -math.Log(float64(c.Length))
	}
	for i, ratio := range ratios {
		c.LogS[i] = max(logAdd(c.LogS[i], start)+min(ratio, most), lowest)
		if c.Sums[i] <= 0 {
			c.Sums[i], c.Begun[i] = 0, 0
		}
		c.Sums[i] += min(ratio, most)
		c.Begun[i]++
	}
	c.Minutes++
}

// Since returns how many minutes ago, the last one included, whatever is going
// on most likely began; 0 when nothing seems to be.
func (c *climb) Since() int {
	since, highest := 0, 0.0
	for i, sum := range c.Sums {
		if sum > highest {
			since, highest = c.Begun[i], sum
		}
	}
	return since
}

// lowest keeps a sum that has died out representable in JSON. A later minute
// adds 1/T to it, against which this is nothing.
const lowest = -1e6

// log is the evidence by now: the mean over the alternatives, and the starts
// still to come at their prior weight.
func (c *climb) log() float64 {
	rest := math.Inf(-1)
	if c.Minutes < c.Length {
		rest = math.Log(float64(c.Length-c.Minutes) / float64(c.Length))
	}
	if len(c.LogS) == 0 {
		return rest
	}
	return max(logAdd(logMean(c.LogS), rest), lowest)
}

// over says that the epoch's minutes are used up and another has passed.
func (c *climb) over() bool { return c.Minutes > c.Length }

func (c climb) clone() climb {
	c.LogS, c.Sums, c.Begun = slices.Clone(c.LogS), slices.Clone(c.Sums), slices.Clone(c.Begun)
	return c
}
