package spend

import (
	"slices"
	"time"

	"github.com/cutover-dev/cutover/internal/unit"
)

// Midnight is the day of a moment as AWS bills it: in UTC, wherever the moment was
// written down.
func Midnight(t time.Time) time.Time {
	y, m, d := t.UTC().Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

// Between are the days from the first up to the day before the end.
func (d Daily) Between(from, to time.Time) Daily {
	from, to = Midnight(from), Midnight(to)
	rest := d
	rest.Days = nil
	for _, day := range d.Days {
		if !day.Date.Before(from) && day.Date.Before(to) {
			rest.Days = append(rest.Days, day)
		}
	}
	return rest
}

// Without leaves services out, such as Tax, which no deployment changes.
func (d Daily) Without(services ...string) Daily {
	rest := d
	rest.Days = make([]Day, 0, len(d.Days))
	for _, day := range d.Days {
		kept := Day{Date: day.Date, Estimated: day.Estimated, Lines: []Line{}}
		for _, l := range day.Lines {
			if !slices.Contains(services, l.Service) {
				kept.Lines = append(kept.Lines, l)
			}
		}
		rest.Days = append(rest.Days, kept)
	}
	return rest
}

// Total is what all known days have cost together.
func (d Daily) Total() (sum unit.Money) {
	for _, day := range d.Days {
		sum += day.Total()
	}
	return sum
}

// Detailed is whether services are known, not only sums.
func (d Daily) Detailed() bool {
	for _, day := range d.Days {
		for _, l := range day.Lines {
			if l.Service != "" || l.UsageType != "" {
				return true
			}
		}
	}
	return false
}

// Missing are the days from the first up to the day before the end that are not
// known. They are not nothing.
func (d Daily) Missing(from, to time.Time) []time.Time {
	known := map[time.Time]bool{}
	for _, day := range d.Days {
		known[day.Date] = true
	}
	missing := []time.Time{}
	for at := Midnight(from); at.Before(Midnight(to)); at = at.AddDate(0, 0, 1) {
		if !known[at] {
			missing = append(missing, at)
		}
	}
	return missing
}

// Month is a month of a calendar, in UTC.
type Month struct {
	// First is its first midnight, Next that of the month behind it.
	First, Next time.Time
	// Days are those that are known.
	Days []Day
	// Missing are days that are not known although a later one of the month is.
	Missing []time.Time
}

// Month are the known days of a month, with what is missing among them.
func (d Daily) Month(year int, month time.Month) Month {
	first := time.Date(year, month, 1, 0, 0, 0, 0, time.UTC)
	m := Month{First: first, Next: first.AddDate(0, 1, 0)}
	m.Days = d.Between(m.First, m.Next).Days
	m.Missing = []time.Time{}
	if n := len(m.Days); n > 0 {
		m.Missing = d.Missing(m.First, m.Days[n-1].Date)
	}
	return m
}

// Length is how many days the month has.
func (m Month) Length() int { return int(m.Next.Sub(m.First) / (24 * time.Hour)) }

// Total is what its known days have cost.
func (m Month) Total() unit.Money { return Daily{Days: m.Days}.Total() }
