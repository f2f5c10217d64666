package report

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// mostEvents bounds the marks and the bands of one chart, so that a noisy
// source cannot make a page unreadable or large.
const mostEvents = 60

// tidy returns the chart as every face reads it: in UTC, in order, cut to its
// axis. Of too many marks the bad ones stay; lost says how many went.
func (c Chart) tidy() (tidied Chart, lost int) {
	c.Start, c.End = c.axis()
	series := make([]Series, len(c.Series))
	for i, s := range c.Series {
		s.Points = within(s.Points, s.Step, c.Start, c.End)
		series[i] = s
	}
	c.Series = series
	c.Limits = slices.DeleteFunc(slices.Clone(c.Limits), func(l Limit) bool { return math.IsNaN(l.Value) || math.IsInf(l.Value, 0) })
	var bands []Band
	for _, b := range c.Bands {
		if b.End.IsZero() || b.End.After(c.End) {
			b.End = c.End
		}
		if b.Start.Before(c.Start) {
			b.Start = c.Start
		}
		if b.End.After(b.Start) {
			bands = append(bands, b)
		}
	}
	slices.SortStableFunc(bands, func(a, b Band) int { return a.Start.Compare(b.Start) })
	c.Bands = bands[:min(len(bands), mostEvents)]
	marks := slices.DeleteFunc(slices.Clone(c.Marks), func(m Event) bool { return m.At.Before(c.Start) || m.At.After(c.End) })
	if len(marks) > mostEvents {
		lost = len(marks) - mostEvents
		slices.SortStableFunc(marks, func(a, b Event) int { return cmp.Compare(importance(b), importance(a)) })
		marks = marks[:mostEvents]
	}
	slices.SortStableFunc(marks, func(a, b Event) int { return a.At.Compare(b.At) })
	c.Marks = marks
	return c, lost
}

func importance(e Event) int {
	return map[Tone]int{Bad: 3, Doubt: 2, Good: 1, Plain: 1}[e.Tone]
}

// axis returns the ends of the time axis. Without usable ends it fits the
// points, and it always has a length.
func (c Chart) axis() (start, end time.Time) {
	start, end = c.Start.UTC(), c.End.UTC()
	if end.After(start) {
		return start, end
	}
	fitted := !start.IsZero()
	for _, s := range c.Series {
		for _, p := range s.Points {
			if !fitted {
				start, end, fitted = p.At.UTC(), p.At.UTC(), true
			}
			if p.At.Before(start) {
				start = p.At.UTC()
			}
			if p.At.After(end) {
				end = p.At.UTC()
			}
		}
	}
	if !end.After(start) {
		end = start.Add(time.Minute)
	}
	return start, end
}

// within sorts points and cuts them to the axis. A step that began before the
// axis holds into it, and the last one holds to the axis's end.
func within(points []Point, step bool, start, end time.Time) []Point {
	points = slices.Clone(points)
	slices.SortStableFunc(points, func(a, b Point) int { return a.At.Compare(b.At) })
	first, _ := slices.BinarySearchFunc(points, start, func(p Point, t time.Time) int { return p.At.Compare(t) })
	after := first
	for after < len(points) && !points[after].At.After(end) {
		after++
	}
	inside := points[first:after]
	if !step {
		return inside
	}
	if first > 0 && (len(inside) == 0 || inside[0].At.After(start)) {
		inside = append([]Point{{At: start, Value: points[first-1].Value}}, inside...)
	}
	if len(inside) > 0 && inside[len(inside)-1].At.Before(end) {
		inside = append(slices.Clip(inside), Point{At: end, Value: inside[len(inside)-1].Value})
	}
	return inside
}

// facts are the figures of a series that every face tells.
type facts struct {
	any                    bool
	first, low, high, last float64
}

func factsOf(points []Point) facts {
	var f facts
	for _, p := range points {
		if math.IsNaN(p.Value) {
			continue
		}
		if !f.any {
			f = facts{any: true, first: p.Value, low: p.Value, high: p.Value}
		}
		f.low, f.high, f.last = min(f.low, p.Value), max(f.high, p.Value), p.Value
	}
	return f
}

// runs returns a series as unbroken runs of at most about most points together.
// Of each bucket of time the lowest and the highest value stay, so that a spike
// of one second is seen in a day; of steps the last one too, because it holds.
func runs(s Series, start, end time.Time, most int) [][]Point {
	points := s.Points
	if s.Step {
		points = changes(points)
	}
	keep := reduced(points, s.Step, start, end, most)
	var all [][]Point
	before := -1
	for _, i := range keep {
		// Also a gap whose edges were not kept must break the line.
		if before < 0 || slices.ContainsFunc(points[before:i], func(p Point) bool { return math.IsNaN(p.Value) }) {
			all = append(all, nil)
		}
		all[len(all)-1] = append(all[len(all)-1], points[i])
		before = i
	}
	if s.Step {
		holdToGaps(all, points)
	}
	return all
}

// holdToGaps lengthens each run of steps to where the data ends: a step holds
// until the moment for which there is no data.
func holdToGaps(all [][]Point, points []Point) {
	for i, run := range all {
		last := run[len(run)-1]
		for _, p := range points {
			if math.IsNaN(p.Value) && p.At.After(last.At) {
				if i+1 == len(all) || !p.At.After(all[i+1][0].At) {
					all[i] = append(run, Point{At: p.At, Value: last.Value})
				}
				break
			}
		}
	}
}

// changes drops what repeats the value before it, but for the last point.
func changes(points []Point) []Point {
	var kept []Point
	for i, p := range points {
		if i > 0 && i < len(points)-1 {
			v := points[i-1].Value
			if v == p.Value || math.IsNaN(v) && math.IsNaN(p.Value) {
				continue
			}
		}
		kept = append(kept, p)
	}
	return kept
}

// reduced returns the indices of the points to draw, in order.
func reduced(points []Point, step bool, start, end time.Time, most int) []int {
	var valid []int
	for i, p := range points {
		if !math.IsNaN(p.Value) {
			valid = append(valid, i)
		}
	}
	if len(valid) <= most {
		return valid
	}
	each := 2
	if step {
		each = 3
	}
	buckets := max(1, (most-2)/each)
	var keep []int
	flush := func(bucket []int) {
		if len(bucket) == 0 {
			return
		}
		byValue := func(a, b int) int { return cmp.Compare(points[a].Value, points[b].Value) }
		chosen := []int{slices.MinFunc(bucket, byValue), slices.MaxFunc(bucket, byValue)}
		if step {
			chosen = append(chosen, bucket[len(bucket)-1])
		}
		keep = append(keep, chosen...)
	}
	from, current := 0, -1
	for n, i := range valid {
		if b := min(int(fraction(points[i].At, start, end)*float64(buckets)), buckets-1); b != current {
			flush(valid[from:n])
			from, current = n, b
		}
	}
	flush(valid[from:])
	keep = append(keep, valid[0], valid[len(valid)-1])
	slices.Sort(keep)
	return slices.Compact(keep)
}

// gap is a span without data in one or several series.
type gap struct {
	start, end time.Time
	names      []string
}

// gaps lists where data is missing, from the last value before it to the first
// one after it. Series that lack the same span, to within slack, share a gap.
func (c Chart) gaps(slack time.Duration) []gap {
	var all []gap
	for _, s := range c.Series {
		for _, g := range gapsOf(s) {
			same := slices.IndexFunc(all, func(o gap) bool {
				return o.start.Sub(g.start).Abs() <= slack && o.end.Sub(g.end).Abs() <= slack && !slices.Contains(o.names, s.Name)
			})
			if same < 0 {
				all = append(all, g)
				continue
			}
			all[same].names = append(all[same].names, s.Name)
		}
	}
	return all
}

func gapsOf(s Series) []gap {
	var all []gap
	open := false
	for i, p := range s.Points {
		missing := math.IsNaN(p.Value) && !p.Idle
		switch {
		case missing && !open:
			g := gap{start: p.At, end: p.At, names: []string{s.Name}}
			if i > 0 && !s.Step {
				g.start = s.Points[i-1].At
			}
			all, open = append(all, g), true
		case open:
			all[len(all)-1].end = p.At
			open = missing
		}
	}
	return all
}

// fraction says where on the axis a moment lies, from 0 to 1.
func fraction(t, start, end time.Time) float64 {
	// The double of a nanosecond count overflows nothing; Sub itself saturates.
	return min(max(float64(t.Sub(start))/float64(end.Sub(start)), 0), 1)
}
