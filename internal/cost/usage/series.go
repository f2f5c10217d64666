package usage

import (
	"maps"
	"slices"
	"time"
)

// Series are the values of a metric, by the hour in which they were. Services
// tell most counts only while there is something to count: where there is any
// value in the window, an hour without one is an hour without use. A series
// without any value is unknown.
type Series map[time.Time]float64

// Known says whether there is any value.
func (s Series) Known() bool { return len(s) > 0 }

// Sum is the sum of all values.
func (s Series) Sum() (sum float64) {
	// In order: the last bits of a sum depend on it.
	for _, at := range slices.SortedFunc(maps.Keys(s), time.Time.Compare) {
		sum += s[at]
	}
	return sum
}

// Mean is the mean of the hours that have a value, for levels such as a number of
// tasks, which are told as long as there is any.
func (s Series) Mean() float64 {
	if len(s) == 0 {
		return 0
	}
	return s.Sum() / float64(len(s))
}

// hours are those of which any of the series has a value, in order.
func hours(all ...Series) []time.Time {
	seen := map[time.Time]bool{}
	for _, s := range all {
		for at := range s {
			seen[at] = true
		}
	}
	return slices.SortedFunc(maps.Keys(seen), time.Time.Compare)
}

// Hourly are the requests of each whole hour of the window, of all series
// together: what percentiles of traffic are taken of. An hour without any is 0;
// none at all is known where no series is.
func Hourly(from, to time.Time, all ...Series) []int64 {
	if len(hours(all...)) == 0 {
		return nil
	}
	var counts []int64
	first := from.UTC().Truncate(time.Hour)
	if first.Before(from) {
		first = first.Add(time.Hour)
	}
	for at := first; !at.Add(time.Hour).After(to); at = at.Add(time.Hour) {
		var sum float64
		for _, s := range all {
			sum += s[at]
		}
		counts = append(counts, int64(sum+0.5))
	}
	return counts
}
