package comparison

import (
	"math"
	"slices"
	"time"
)

// perDecade is how many bins of a distribution a factor of ten has.
const perDecade = 20

// shown is what the faces need of a side.
func shown(s Side) Shown {
	w := Window{From: s.Window.From.UTC().Truncate(time.Second), To: s.Window.To.UTC().Truncate(time.Second)}
	out := Shown{Name: s.Name, Source: s.Source, Window: w, Invalid: append([]string{}, s.Invalid...), Stopped: s.Stopped,
		Requests: s.Requests, Errors5xx: s.Errors5xx, Distribution: [][2]int64{}}
	if len(s.Latencies) == 0 {
		return out
	}
	out.Unanswered = max(0, s.Requests-s.answered())
	bins := map[int64]int64{}
	for _, p := range s.Latencies {
		if p[1] > 0 {
			bins[binOf(p[0])] += p[1]
		}
	}
	for b, n := range bins {
		out.Distribution = append(out.Distribution, [2]int64{b, n})
	}
	slices.SortFunc(out.Distribution, func(a, b [2]int64) int { return int(a[0] - b[0]) })
	return out
}

// binOf is the bin of a time in microseconds.
func binOf(us int64) int64 {
	if us < 1 {
		return 0
	}
	// A hair above the border is the border: logarithms are not exact.
	return int64(math.Floor(perDecade*math.Log10(float64(us)) + 1e-9))
}

// binStart is where a bin begins, in milliseconds.
func binStart(bin float64) float64 { return math.Pow(10, bin/perDecade) / 1000 }
