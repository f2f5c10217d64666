package explain

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/cutover-dev/cutover/internal/cost/forecast"
	"github.com/cutover-dev/cutover/internal/cost/spend"
	"github.com/cutover-dev/cutover/internal/unit"
)

// Jump is a day on which a service's spending changed far more than usual. Marks
// are of the same day. That is all that is known: which of them caused it, if any,
// no bill says.
type Jump struct {
	Service string `json:"service"`
	Date    string `json:"date"`
	// Lasting is whether the level changed and stayed; else it was a day alone.
	Lasting bool `json:"lasting"`
	// Before and After are what a day costs, before the jump and since.
	Before float64 `json:"before"`
	After  float64 `json:"after"`
	Marks  []Mark  `json:"marks"`
}

const (
	// lookBack is how many days say what is usual.
	lookBack = 56
	// leastJump is the least share by which a jump differs.
	leastJump = 0.15
	mostJumps = 8
	// leastDays say what is usual, leastWeeks (in days) what is of a weekday.
	leastDays  = 10
	leastWeeks = 21
)

// leastAmount of a day is too little to look at.
const leastAmount = 5 * unit.Dollar / 100

// jumps are those from a day on, by service, the largest first.
func jumps(d spend.Daily, from time.Time, detailed bool, marks []Mark) []Jump {
	d = d.Between(d.Days[len(d.Days)-1].Date.AddDate(0, 0, -lookBack), d.Days[len(d.Days)-1].Date.AddDate(0, 0, 1))
	services := []string{}
	for _, day := range d.Days {
		for _, l := range day.Lines {
			if !slices.Contains(services, l.Service) {
				services = append(services, l.Service)
			}
		}
	}
	slices.Sort(services)
	found := []Jump{}
	for _, s := range services {
		for _, j := range jumpsOf(d, s, from) {
			at, _ := time.Parse(time.DateOnly, j.Date)
			j.Marks = sameDay(marks, at)
			if !detailed {
				j.Service = ""
			}
			found = append(found, j)
		}
	}
	slices.SortStableFunc(found, func(a, b Jump) int {
		return cmp.Or(cmp.Compare(math.Abs(b.After-b.Before), math.Abs(a.After-a.Before)), cmp.Compare(a.Date, b.Date), cmp.Compare(a.Service, b.Service))
	})
	return found[:min(len(found), mostJumps)]
}

// jumpsOf are those of one service. The first of a month has lumps of its own and
// is left out.
func jumpsOf(d spend.Daily, service string, from time.Time) (found []Jump) {
	var dates []time.Time
	var amounts []float64
	for _, day := range d.Days {
		sum := unit.Money(0)
		for _, l := range day.Lines {
			if l.Service == service {
				sum += l.Amount
			}
		}
		if day.Date.Day() != 1 {
			dates, amounts = append(dates, day.Date), append(amounts, sum.Dollars())
		}
	}
	if !steady(amounts) {
		return appears(service, dates, amounts, from)
	}
	values := beside(dates, amounts)
	shifts := forecast.Shifts(values)
	cuts := []int{0}
	for _, s := range shifts {
		cuts = append(cuts, s.At)
	}
	cuts = append(cuts, len(amounts))
	for i := range shifts {
		at := cuts[i+1]
		j := Jump{Service: service, Date: dates[at].Format(time.DateOnly), Lasting: true, Before: middle(amounts[cuts[i]:at]), After: middle(amounts[at:cuts[i+2]])}
		if !dates[at].Before(from) && j.large() {
			found = append(found, j)
		}
	}
	return append(found, alone(service, dates, amounts, values, cuts, from)...)
}

// alone are days that stand out of their level by far.
func alone(service string, dates []time.Time, amounts, values []float64, cuts []int, from time.Time) (found []Jump) {
	for i := range len(cuts) - 1 {
		part := values[cuts[i]:cuts[i+1]]
		if len(values) < leastDays || len(part) < 2 {
			continue
		}
		usual := middle(part)
		far := make([]float64, 0, len(values))
		for k := range len(cuts) - 1 {
			level := middle(values[cuts[k]:cuts[k+1]])
			for _, v := range values[cuts[k]:cuts[k+1]] {
				far = append(far, math.Abs(v-level))
			}
		}
		noise := 1.4826 * middle(far)
		for k := range part {
			at := cuts[i] + k
			j := Jump{Service: service, Date: dates[at].Format(time.DateOnly), Before: middle(amounts[cuts[i]:cuts[i+1]]), After: amounts[at]}
			if !dates[at].Before(from) && math.Abs(values[at]-usual) > 6*noise && j.large() && unlikeLastWeek(dates, amounts, at) {
				found = append(found, j)
			}
		}
	}
	return found
}

// unlikeLastWeek is whether a day differs from the one a week earlier, too, where
// too few weeks are known to tell weekdays apart.
func unlikeLastWeek(dates []time.Time, amounts []float64, at int) bool {
	if len(dates) >= leastWeeks {
		return true
	}
	i := slices.IndexFunc(dates, func(d time.Time) bool { return d.Equal(dates[at].AddDate(0, 0, -7)) })
	return i >= 0 && Jump{Before: amounts[i], After: amounts[at]}.large()
}

// steady is whether there is spending on most days, so that days can be compared.
func steady(amounts []float64) bool {
	n := 0
	for _, v := range amounts {
		if v > 0 {
			n++
		}
	}
	return n >= min(leastWeeks, len(amounts))
}

// appears is the day on which a service is first or last seen, where it is seen on
// too few to say more.
func appears(service string, dates []time.Time, amounts []float64, from time.Time) (found []Jump) {
	spent := func(v float64) bool { return v > 0 }
	first := slices.IndexFunc(amounts, spent)
	if first < 0 {
		return nil
	}
	last := first
	for i, v := range amounts {
		if v > 0 {
			last = i
		}
	}
	level := middle(amounts[first : last+1])
	// What is seen on hardly any day between is no level.
	lasting := middle(amounts[first:last+1]) > 0 && last-first >= 2
	if !lasting {
		level = slices.Max(amounts[first : last+1])
	}
	add := func(at int, before, after float64) {
		j := Jump{Service: service, Date: dates[at].Format(time.DateOnly), Lasting: lasting, Before: before, After: after}
		if !dates[at].Before(from) && j.large() {
			found = append(found, j)
		}
	}
	if first > 0 {
		add(first, 0, level)
	}
	if last+1 < len(amounts) && lasting {
		add(last+1, level, 0)
	}
	return found
}

// large is whether a jump is worth a word.
func (j Jump) large() bool {
	by := math.Abs(j.After - j.Before)
	return by >= leastAmount.Dollars() && by >= leastJump*math.Max(math.Abs(j.Before), math.Abs(j.After))
}

// beside are amounts without what their weekday usually has, on the logarithm
// where all are above nothing.
func beside(dates []time.Time, amounts []float64) []float64 {
	values := slices.Clone(amounts)
	if len(values) == 0 {
		return values
	}
	if slices.Min(values) > 0 {
		for i, v := range values {
			values[i] = math.Log(v)
		}
	}
	if len(values) < leastWeeks {
		return values
	}
	// Against the week around it, a change of level tells nothing of weekdays.
	var by [7][]float64
	for i, v := range values {
		from := min(max(0, i-3), len(values)-7)
		w := dates[i].Weekday()
		by[w] = append(by[w], v-middle(values[from:from+7]))
	}
	for i := range values {
		values[i] -= middle(by[dates[i].Weekday()])
	}
	return values
}

// sameDay are the marks of a day, in UTC as AWS bills it.
func sameDay(marks []Mark, date time.Time) []Mark {
	found := []Mark{}
	for _, m := range marks {
		if spend.Midnight(m.At).Equal(date) {
			found = append(found, m)
		}
	}
	slices.SortStableFunc(found, func(a, b Mark) int { return a.At.Compare(b.At) })
	return found
}

func middle(values []float64) float64 {
	s := slices.Sorted(slices.Values(values))
	n := len(s)
	if n == 0 {
		return 0
	}
	return (s[(n-1)/2] + s[n/2]) / 2
}
