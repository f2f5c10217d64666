package load

import (
	"maps"
	"math"
	"slices"
)

// histogram counts values in microseconds, each as it is.
type histogram map[int64]int64

func (h histogram) pairs() [][2]int64 {
	pairs := make([][2]int64, 0, len(h))
	for _, value := range slices.Sorted(maps.Keys(h)) {
		pairs = append(pairs, [2]int64{value, h[value]})
	}
	return pairs
}

func (h histogram) add(pairs [][2]int64) {
	for _, p := range pairs {
		h[p[0]] += p[1]
	}
}

// joined are pairs of several lists as one.
func joined(lists ...[][2]int64) [][2]int64 {
	h := histogram{}
	for _, l := range lists {
		h.add(l)
	}
	return h.pairs()
}

// count of all values.
func count(pairs [][2]int64) (n int64) {
	for _, p := range pairs {
		n += p[1]
	}
	return n
}

// Rank is the value at a share of pairs by the nearest rank, in microseconds; 0
// if there are none.
func Rank(pairs [][2]int64, perMille int64) int64 {
	// Whole numbers: a share such as 0.95 is no binary fraction, and would miss
	// ranks that fall on a whole number.
	rank := max((count(pairs)*perMille+999)/1000, 1)
	for _, p := range pairs {
		if rank -= p[1]; rank <= 0 {
			return p[0]
		}
	}
	return 0
}

// PercentilesOf are those of pairs, which rise.
func PercentilesOf(pairs [][2]int64) (p Percentiles) {
	n := count(pairs)
	if n == 0 {
		return p
	}
	var sum float64
	for _, pair := range pairs {
		sum += float64(pair[0]) * float64(pair[1])
	}
	return Percentiles{
		P50: milli(Rank(pairs, 500)), P90: milli(Rank(pairs, 900)), P95: milli(Rank(pairs, 950)),
		P99: milli(Rank(pairs, 990)), P999: milli(Rank(pairs, 999)),
		Max: milli(pairs[len(pairs)-1][0]), Mean: thousandth(sum / float64(n) / 1000),
	}
}

func milli(us int64) float64 { return float64(us) / 1000 }

// thousandth rounds to three digits, as figures are shown and kept.
func thousandth(f float64) float64 { return math.Round(f*1000) / 1000 }
