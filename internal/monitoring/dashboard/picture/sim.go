package picture

import (
	"fmt"
	"hash/fnv"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/monitoring/dashboard"
)

// World is what the data is made up for.
type World struct {
	// Functions are what a SEARCH over functions finds.
	Functions []string
	// End is where the time axes end.
	End time.Time
	// Seed makes other data of the same kind. The same seed gives the same bytes.
	Seed int64
}

// data is made-up data of one time axis.
type data struct {
	World
	times []time.Time
	// load is how much goes on, 1 at the busiest hour; trouble is 1 while
	// something is wrong: it begins with the newest deployment and ends with the
	// rollback after it, or after half an hour.
	load, trouble []float64
	marks         []dashboard.Mark
}

func newData(w World, m dashboard.Metrics, marks []dashboard.Mark) data {
	d := data{World: w, marks: marks}
	span, step := 24*time.Hour, time.Duration(m.Period)*time.Second
	if strings.HasPrefix(m.Start, "-P") && strings.HasSuffix(m.Start, "D") {
		if n, err := strconv.Atoi(m.Start[2 : len(m.Start)-1]); err == nil {
			span = time.Duration(n) * 24 * time.Hour
		}
	}
	step = max(step, span/1440)
	for at := w.End.Add(-span).Truncate(step); at.Before(w.End); at = at.Add(step) {
		d.times = append(d.times, at)
	}
	from, to := d.incident()
	wander := d.noise("load", 0.985)
	for i, at := range d.times {
		hour := float64(at.Hour()) + float64(at.Minute())/60
		day := 0.5 + 0.5*math.Sin((hour-9)/24*2*math.Pi)
		d.load = append(d.load, (0.22+0.78*day)*(1+0.12*wander[i]))
		d.trouble = append(d.trouble, 0)
		if !at.Before(from) && at.Before(to) {
			d.trouble[i] = min(1, float64(at.Sub(from))/float64(4*time.Minute))
		}
	}
	return d
}

func (d data) incident() (from, to time.Time) {
	for _, m := range d.marks {
		switch {
		case strings.HasPrefix(m.Label, "deployment"):
			from = m.At.Add(2 * time.Minute)
			to = m.At.Add(32 * time.Minute)
		case strings.HasPrefix(m.Label, "rollback") && m.At.After(from) && m.At.Before(to):
			to = m.At.Add(2 * time.Minute)
		}
	}
	return from, to
}

// dice give the same numbers each time: SplitMix64, by Steele, Lea and Flood.
type dice struct{ state uint64 }

func (d data) random(key string) *dice {
	h := fnv.New64a()
	fmt.Fprintf(h, "%d %s", d.Seed, key)
	return &dice{h.Sum64()}
}

// Float64 is at random between 0 and 1.
func (r *dice) Float64() float64 {
	r.state += 0x9e3779b97f4a7c15
	z := r.state
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return float64((z^z>>31)>>11) / (1 << 53)
}

// NormFloat64 is about normally distributed: a sum of twelve.
func (r *dice) NormFloat64() float64 {
	sum := -6.0
	for range 12 {
		sum += r.Float64()
	}
	return sum
}

// noise wanders around 0, mostly within 1; inertia is how slowly.
func (d data) noise(key string, inertia float64) []float64 {
	r, x := d.random(key), 0.0
	all := make([]float64, len(d.times))
	for i := range all {
		x = inertia*x + math.Sqrt(1-inertia*inertia)*r.NormFloat64()
		all[i] = x
	}
	return all
}

// each makes one value for each moment.
func (d data) each(value func(i int) float64) []float64 {
	all := make([]float64, len(d.times))
	for i := range all {
		all[i] = value(i)
	}
	return all
}

// around is a level with noise of a share of it, never below zero.
func (d data) around(key string, share float64, level func(i int) float64) []float64 {
	n := d.noise(key, 0.6)
	return d.each(func(i int) float64 { return max(0, level(i)*(1+share*n[i])) })
}

// counted are whole numbers of what happens at random at a rate.
func (d data) counted(key string, rate func(i int) float64) []float64 {
	r := d.random(key)
	return d.each(func(i int) float64 {
		m := max(rate(i), 0)
		if m > 30 {
			return math.Max(0, math.Round(m+math.Sqrt(m)*r.NormFloat64()))
		}
		n, left := 0.0, math.Exp(-m)
		for p := r.Float64(); p > left; p *= r.Float64() {
			n++
		}
		return n
	})
}

// spread is how far a statistic of latencies lies from their median.
func spread(stat string) float64 {
	known := map[string]float64{"Minimum": 0.4, "Average": 1.25, "p50": 1, "p90": 1.9, "p95": 2.4, "p99": 4.2, "Maximum": 7, "SampleCount": 1}
	if f, ok := known[stat]; ok {
		return f
	}
	return 1
}

// weight is the share of the requests that a function gets.
func (d data) weight(function string) float64 {
	sum, own := 0.0, 0.0
	for i, f := range d.Functions {
		w := 1 / (1 + 0.7*float64(i))
		sum += w
		if f == function {
			own = w
		}
	}
	if function == "" || sum == 0 {
		return 1
	}
	return own / sum
}

// requests a minute at the busiest hour.
const requests = 900

var digits = regexp.MustCompile(`[0-9]+`)

// simulate makes the points of one metric, by its name and unit.
func (d data) simulate(s dashboard.Series, stat string) []float64 {
	of := ""
	for _, dim := range s.Dimensions {
		of += dim.Name + "=" + dim.Value + " "
	}
	key := s.Namespace + " " + s.Metric + " " + of
	for _, made := range []func(s dashboard.Series, key, stat string) []float64{d.lambda, d.gateway, d.database, d.others, d.own} {
		if all := made(s, key, stat); all != nil {
			return all
		}
	}
	// A figure of the application's own.
	r := d.random(key)
	rate := 2 + 9*r.Float64()
	return d.counted(key+"points", func(i int) float64 { return rate * d.load[i] * (1 - 0.5*d.trouble[i]) })
}

// steps is the weight by the marks that tell it.
func (d data) steps() []float64 {
	return d.each(func(i int) float64 {
		now := 0.0
		for _, m := range d.marks {
			if m.At.After(d.times[i]) {
				break
			}
			switch {
			case strings.HasPrefix(m.Label, "rollback"):
				now = 0
			case strings.HasPrefix(m.Label, "weight"):
				if n, err := strconv.ParseFloat(digits.FindString(m.Label), 64); err == nil {
					now = n
				}
			}
		}
		if i%5 != 0 {
			return math.NaN() // told at each tick only
		}
		return now
	})
}

// value is the dimension of a name, or "".
func value(s dashboard.Series, name string) string {
	i := slices.IndexFunc(s.Dimensions, func(d dashboard.Dimension) bool { return d.Name == name })
	if i < 0 {
		return ""
	}
	return s.Dimensions[i].Value
}
