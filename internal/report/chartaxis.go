package report

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// scale maps values onto the value axis.
type scale struct {
	low, high float64
	log       bool
	ticks     []float64
	// below says that values lie under a logarithmic axis, on its floor.
	below bool
}

// mostDecades keeps a vanishing value from squashing the rest of a logarithmic
// axis; what is smaller lies on the floor.
const mostDecades = 12

// extreme ends what an axis fits: sums and powers of it stay finite.
const extreme = 1e300

// newScale fits an axis with about want ticks to the chart's data and limits.
func newScale(c Chart, want int) scale {
	var values []float64
	for _, s := range c.Series {
		for _, p := range s.Points {
			if !math.IsNaN(p.Value) && !math.IsInf(p.Value, 0) {
				values = append(values, min(max(p.Value, -extreme), extreme))
			}
		}
	}
	data := len(values)
	for _, l := range c.Limits {
		values = append(values, min(max(l.Value, -extreme), extreme))
	}
	if c.Log {
		s := logScale(values, c.Max, want)
		for _, v := range values[:data] {
			s.below = s.below || v < s.low
		}
		return s
	}
	return linearScale(values, c.Max, want)
}

// linearScale begins at zero unless values lie below it: a cut axis makes
// small differences look large.
func linearScale(values []float64, most float64, want int) scale {
	s := scale{}
	for _, v := range values {
		s.low, s.high = min(s.low, v), max(s.high, v)
	}
	if most != 0 && most > s.low {
		s.high = min(most, extreme)
	}
	if s.high <= s.low {
		s.high = s.low + max(1, math.Abs(s.low)/10)
	}
	step := niceStep((s.high - s.low) / float64(want))
	s.low = math.Floor(s.low/step+1e-9) * step
	if most == 0 {
		s.high = math.Ceil(s.high/step-1e-9) * step
	}
	for i := math.Ceil(s.low/step - 1e-9); i*step <= s.high+step*1e-9 && len(s.ticks) < 50; i++ {
		s.ticks = append(s.ticks, i*step+0) // + 0 turns a negative zero
	}
	return s
}

func logScale(values []float64, most float64, want int) scale {
	low, high := math.Inf(1), 0.0
	for _, v := range values {
		if v > 0 {
			low, high = min(low, max(v, 1/extreme)), max(high, v, 1/extreme)
		}
	}
	if most > 0 {
		high = min(max(most, 1/extreme), extreme)
		low = min(low, high/10)
	}
	if high == 0 {
		low, high = 1, 10
	}
	from, to := math.Floor(math.Log10(low)+1e-9), math.Ceil(math.Log10(high)-1e-9)
	if to <= from {
		to = from + 1
	}
	from = max(from, to-mostDecades)
	s := scale{log: true, low: math.Pow(10, from), high: math.Pow(10, to)}
	if most > 0 {
		s.high = high
	}
	stride := math.Ceil((to - from) / float64(want))
	for e := from; e <= to; e += stride {
		for _, m := range []float64{1, 2, 5} {
			v := m * math.Pow(10, e)
			if v <= s.high*(1+1e-9) && (m == 1 || to-from <= 2) {
				s.ticks = append(s.ticks, v)
			}
		}
	}
	return s
}

// at says how high on the axis a value lies, from 0 to 1; what is beyond lies
// at the edge.
func (s scale) at(v float64) float64 {
	low, high := s.low, s.high
	if s.log {
		if v <= low {
			return 0
		}
		low, high, v = math.Log10(low), math.Log10(high), math.Log10(v)
	}
	return min(max((v-low)/(high-low), 0), 1)
}

// niceStep returns the next 1, 2 or 5 times a power of ten.
func niceStep(rough float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(rough)))
	for _, m := range []float64{1, 2, 5} {
		if rough <= m*power*(1+1e-9) {
			return m * power
		}
	}
	return 10 * power
}

// figure writes a value with three significant digits, as short as it can be
// read: 0.25, 12 300, 4.2M, 10⁻⁶.
func figure(v float64) string {
	size := math.Abs(v)
	switch {
	case v == 0:
		return "0"
	case math.IsNaN(v):
		return "no data"
	case math.IsInf(v, 0):
		return strings.TrimPrefix(strconv.FormatFloat(v, 'f', 0, 64)[:1], "+") + "∞"
	case size < 1e-4 || size >= 1e15:
		return scientific(v)
	case size >= 999_999.5:
		for i, unit := range []string{"M", "G", "T"} {
			if scaled := v / math.Pow(1000, float64(i+2)); math.Abs(scaled) < 999.5 || unit == "T" {
				return significant(scaled) + unit
			}
		}
	case size >= 999.5:
		return Grouped(int64(math.Round(v)))
	}
	return significant(v)
}

func significant(v float64) string {
	digits := max(0, 2-int(math.Floor(math.Log10(math.Abs(v)))))
	s := strconv.FormatFloat(v, 'f', digits, 64)
	if strings.Contains(s, ".") {
		s = strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
	}
	return s
}

// scientific writes powers of ten as people do: 2.5×10⁻⁶.
func scientific(v float64) string {
	mantissa, exponent, _ := strings.Cut(strconv.FormatFloat(v, 'e', 1, 64), "e")
	mantissa = strings.TrimSuffix(mantissa, ".0") + "×"
	n, _ := strconv.Atoi(exponent) // FormatFloat wrote it
	raised := strings.Map(func(r rune) rune {
		if r == '-' {
			return '⁻'
		}
		return []rune("⁰¹²³⁴⁵⁶⁷⁸⁹")[r-'0']
	}, itoa(n))
	switch mantissa {
	case "1×":
		mantissa = ""
	case "-1×":
		mantissa = "-"
	}
	return mantissa + "10" + raised
}

const day = 24 * time.Hour

// timeTick is one labelled moment of the time axis; date is set where a day is
// named.
type timeTick struct {
	at          time.Time
	clock, date string
}

// timeTicks returns at most about want round moments of an axis.
func timeTicks(start, end time.Time, want int) []timeTick {
	step := timeStep(end.Sub(start), want)
	layout := "15:04"
	if step < time.Minute {
		layout = "15:04:05"
	}
	if step < time.Second {
		layout = "15:04:05.000"
	}
	var ticks []timeTick
	for t := start.Truncate(step); !t.After(end) && len(ticks) <= want+1; t = t.Add(step) {
		if t.Before(start) {
			continue
		}
		tick := timeTick{at: t, clock: t.Format(layout)}
		first := len(ticks) == 0
		if first || t.YearDay() != ticks[len(ticks)-1].at.YearDay() || step >= day {
			tick.date = t.Format("2 Jan")
		}
		if first || t.Year() != ticks[len(ticks)-1].at.Year() {
			tick.date = t.Format("2 Jan 2006")
		}
		if step >= day {
			tick.clock, tick.date = tick.date, ""
		}
		ticks = append(ticks, tick)
	}
	return ticks
}

func timeStep(span time.Duration, want int) time.Duration {
	for _, s := range []time.Duration{
		time.Millisecond, 10 * time.Millisecond, 100 * time.Millisecond, 500 * time.Millisecond,
		time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 15 * time.Second, 30 * time.Second,
		time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 15 * time.Minute, 30 * time.Minute,
		time.Hour, 2 * time.Hour, 3 * time.Hour, 4 * time.Hour, 6 * time.Hour, 12 * time.Hour, day, 2 * day, 7 * day, 14 * day,
	} {
		if span/s <= time.Duration(want) {
			return s
		}
	}
	// Whole weeks, so that a tick keeps its weekday.
	return (span/time.Duration(want)/(7*day) + 1) * 7 * day
}

// stamp writes a moment of the chart in full, with its day when the axis has
// several, and with seconds when it is short.
func (c Chart) stamp(t time.Time) string {
	layout := "15:04"
	if c.End.Sub(c.Start) < 10*time.Minute {
		layout = "15:04:05"
	}
	if !c.Start.Truncate(day).Equal(c.End.Truncate(day)) {
		layout = "2 Jan " + layout
	}
	return t.UTC().Format(layout)
}

// span writes two moments, the day once when both lie on it.
func (c Chart) span(from, to time.Time) string {
	end := c.stamp(to)
	if from.Truncate(day).Equal(to.Truncate(day)) {
		end = end[strings.LastIndex(end, " ")+1:]
	}
	return c.stamp(from) + " – " + end
}

// value writes a value of the chart with its unit.
func (c Chart) value(v float64) string { return c.figure(v) + c.Unit }

// figure writes a value of the chart; on a logarithmic axis what is large as a
// power of ten, since that is how the axis is read.
func (c Chart) figure(v float64) string {
	if c.Log && math.Abs(v) >= 999_999.5 && !math.IsInf(v, 0) {
		return scientific(v)
	}
	return figure(v)
}

// shortUnit is the unit where there is little room, empty if it takes much.
func (c Chart) shortUnit() string {
	if len([]rune(c.Unit)) <= 3 {
		return c.Unit
	}
	return ""
}
