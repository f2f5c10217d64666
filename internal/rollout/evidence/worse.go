package evidence

import "math"

// Worse is test B: is green's share of bad requests above blue's, from any
// minute on? It needs neither a limit nor a known split of the traffic, and
// the common rate may drift: each minute compares the two sides with what both
// would have been together.
type Worse struct {
	climb
	// PastBad and PastTotal are blue's counts so far, the older the less.
	PastBad   float64 `json:"past_bad"`
	PastTotal float64 `json:"past_total"`
}

// times are the alternatives: how many times blue's share green's may be.
var times = []float64{1.5, 2, 3, 5, 10}

const (
	// memory is the half-life of blue's past in minutes: long enough to know
	// a small rate, short enough to follow the hour of the day.
	memory = 120
	// enough is how many of blue's requests must be known before the test
	// begins to compare.
	enough = 200
)

// NewWorse starts an epoch of so many minutes and keeps what past knows of
// blue's rate, which is no evidence; the zero Worse knows nothing.
func NewWorse(minutes int, past Worse) Worse {
	return Worse{climb: climb{Length: minutes}, PastBad: past.PastBad, PastTotal: past.PastTotal}
}

// Learn takes a minute of blue's into what is known of its rate.
func (w *Worse) Learn(bad, total float64) {
	keep := math.Exp2(-1.0 / memory)
	w.PastBad, w.PastTotal = keep*w.PastBad+bad, keep*w.PastTotal+total
}

// Add takes one complete minute of both sides; most bounds what is believed of
// it, as for [Change.Add].
func (w *Worse) Add(greenBad, greenTotal, blueBad, blueTotal, most float64) {
	ratios := make([]float64, len(times))
	if w.PastTotal >= enough && greenTotal > 0 && blueTotal > 0 {
		blue := (w.PastBad + 0.5) / (w.PastTotal + 1)
		for i, r := range times {
			green := r * blue
			if green >= 1 {
				continue // no share is that high: this alternative says nothing
			}
			both := (blueTotal*blue + greenTotal*green) / (blueTotal + greenTotal)
			ratios[i] = likelier(greenBad, greenTotal, green, both) + likelier(blueBad, blueTotal, blue, both)
		}
	}
	w.add(ratios, most)
	w.Learn(blueBad, blueTotal)
}

// likelier is the log likelihood ratio of share p against q.
func likelier(bad, total, p, q float64) float64 {
	return bad*math.Log(p/q) + (total-bad)*(math.Log1p(-p)-math.Log1p(-q))
}

// Times is how many times worse green most likely is: the alternative that
// fits best since whatever is going on began; 1 when nothing is.
func (w *Worse) Times() float64 {
	best, highest := 1.0, 0.0
	for i, sum := range w.Sums {
		if sum > highest {
			best, highest = times[i], sum
		}
	}
	return best
}

// Log is the evidence that green is worse than blue.
func (w *Worse) Log() float64 { return w.log() }

// Over says whether the epoch's length is used up.
func (w *Worse) Over() bool { return w.over() }

// Clone returns a copy that shares nothing with w.
func (w Worse) Clone() Worse {
	w.climb = w.clone()
	return w
}
