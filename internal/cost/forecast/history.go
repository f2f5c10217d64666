package forecast

import (
	"math"
	"time"

	"github.com/cutover-dev/cutover/internal/cost/spend"
)

// amount is what a whole day has cost.
type amount struct {
	date time.Time
	v    float64
}

// history is what is learned from: whole days, the first of each month apart.
type history struct {
	days   []amount
	firsts []amount
}

// historyOf leaves out what is not over.
func historyOf(d spend.Daily, now time.Time) (h history) {
	open := Open(d.Days, now)
	from := d.Days[len(d.Days)-1].Date.AddDate(0, 0, -mostHistory)
	for _, x := range d.Days {
		a := amount{x.Date, x.Total().Dollars()}
		switch {
		case open[x.Date] || x.Date.Before(from):
		case x.Date.Day() == 1:
			h.firsts = append(h.firsts, a)
		default:
			h.days = append(h.days, a)
		}
	}
	return h
}

// Open are the days that are not over or that AWS may not know whole: Cost
// Explorer is about a day behind, and marks what may change as estimated. It marks
// the whole month so; only the last two days can still lack much.
func Open(days []spend.Day, now time.Time) map[time.Time]bool {
	open := map[time.Time]bool{}
	if len(days) == 0 {
		return open
	}
	for _, d := range days {
		if now.IsZero() {
			open[d.Date] = d.Estimated && d.Date.Equal(days[len(days)-1].Date)
			continue
		}
		age := spend.Midnight(now).Sub(d.Date)
		open[d.Date] = age <= 0 || d.Estimated && age <= day
	}
	return open
}

// weekdays are what each weekday costs beside the level, drawn towards 1 as far as
// chance may have made the difference.
func (m *model) weekdays(days []amount, values, levels []float64) {
	var by [7][]float64
	var all []float64
	for i, v := range values {
		by[days[i].date.Weekday()] = append(by[days[i].date.Weekday()], v/levels[i])
	}
	var raw [7]float64
	for w, list := range by {
		raw[w] = median(list)
		for _, v := range list {
			all = append(all, v/raw[w]-1)
		}
	}
	noise := max(deviation(all), 1e-9)
	for w, list := range by {
		raw[w] *= 1 + usual(list, raw[w], noise)
	}
	mean, between := 0.0, 0.0
	for _, f := range raw {
		mean += f / 7
	}
	for w, f := range raw {
		between += ((f/mean-1)*(f/mean-1) - noise*noise/float64(len(by[w]))) / 6
	}
	between = max(0, between)
	sum := 0.0
	for w, f := range raw {
		own := noise * noise / float64(len(by[w]))
		share := between / (between + own)
		m.factor[w] = 1 + (f/mean-1)*share
		m.unsure[w] = math.Sqrt(own * share)
		sum += m.factor[w] / 7
	}
	for w := range m.factor {
		m.factor[w] /= sum
	}
}
