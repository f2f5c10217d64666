package cloud

import (
	"math"
	"regexp"
	"slices"
	"strconv"
)

// aggregate makes one figure of a period's raw values, in any order; ok is false
// where there is none to tell.
type aggregate func(raw []float64) (value float64, ok bool)

var (
	percentile = regexp.MustCompile(`^p(\d{1,2}(?:\.\d{1,10})?|100)$`)
	ranged     = regexp.MustCompile(`^(TC|PR)\((\d+(?:\.\d+)?)?:(\d+(?:\.\d+)?)?\)$`)
)

// statistic reads the name of a statistic; source: CloudWatch User Guide,
// statistics definitions. TM, WM, TS and boundaries in percent are not here:
// nobody in this project asks for them.
func statistic(name string) (aggregate, bool) {
	simple := map[string]func(raw []float64) float64{
		"SampleCount": func(raw []float64) float64 { return float64(len(raw)) },
		"Sum":         sum,
		"Average":     func(raw []float64) float64 { return sum(raw) / float64(len(raw)) },
		"Minimum":     slices.Min[[]float64],
		"Maximum":     slices.Max[[]float64],
	}
	if f, ok := simple[name]; ok {
		return func(raw []float64) (float64, bool) {
			if len(raw) == 0 {
				return 0, false
			}
			return f(raw), true
		}, true
	}
	if m := percentile.FindStringSubmatch(name); m != nil {
		p, _ := strconv.ParseFloat(m[1], 64) // it is a number
		return fromRaw(func(raw []float64) float64 { return rank(raw, p) }), true
	}
	m := ranged.FindStringSubmatch(name)
	if m == nil || m[2] == "" && m[3] == "" {
		return nil, false
	}
	low, high := math.Inf(-1), math.Inf(1)
	if m[2] != "" {
		low, _ = strconv.ParseFloat(m[2], 64)
	}
	if m[3] != "" {
		high, _ = strconv.ParseFloat(m[3], 64)
	}
	if low >= high {
		return nil, false
	}
	return fromRaw(func(raw []float64) float64 {
		inside := 0
		for _, v := range raw {
			// The lower boundary is outside, the upper one inside.
			if low < v && v <= high {
				inside++
			}
		}
		if m[1] == "PR" {
			return 100 * float64(inside) / float64(len(raw))
		}
		return float64(inside)
	}), true
}

// fromRaw is for statistics that need raw values. Where one is negative there
// are none; source: as above.
func fromRaw(f func(raw []float64) float64) aggregate {
	return func(raw []float64) (float64, bool) {
		if len(raw) == 0 || slices.Min(raw) < 0 {
			return 0, false
		}
		return f(raw), true
	}
}

func sum(raw []float64) (total float64) {
	for _, v := range raw {
		total += v
	}
	return total
}

// rank is the nearest-rank percentile.
func rank(raw []float64, p float64) float64 {
	sorted := slices.Sorted(slices.Values(raw))
	return sorted[max(0, int(math.Ceil(p/100*float64(len(sorted))))-1)]
}
