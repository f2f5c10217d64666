package usage

import (
	"math"
	"time"

	"github.com/cutover-dev/cutover/internal/cost/price"
	"github.com/cutover-dev/cutover/internal/unit"
)

const (
	// Trailing is how far back green's use is looked at for what it costs now.
	Trailing = time.Hour
	// Ordinary is how far back traffic is looked at for what is ordinary: a week
	// has its nights and its weekend.
	Ordinary = 7 * 24 * time.Hour
)

// Live is green while traffic moves to it: what it uses, and what both sides
// carry.
type Live struct {
	// Green's series are by the minute.
	Green GreenMetered
	Shape GreenShape
	// Checks is how many of green's requests in a minute are those of health
	// checks: as many at any traffic.
	Checks int64
	// Those of the days before, by the hour: the requests of both sides, and what
	// blue has sent out.
	BlueRequests, BlueBytes, GreenRequests Series
}

// PerMillion is what a million requests of green's users would cost if it carried
// all of the ordinary traffic, judged by the hour up to end. docs/decisions/0026
// says why: a proxy that is paid by the hour and has a tenth of the traffic would
// fail any limit, and the nights of a green that has everything would too.
//
//   - What is billed by the hour is shared by all requests of both sides, as many
//     as come in an hour of the week before.
//   - What is billed by the request costs what each of green's requests has cost;
//     those of the health checks come on top, and do not grow with traffic.
//   - What is billed by use, such as memory over time, is all put down to users: a
//     health check needs little of it, and would make users look cheap.
//
// Minutes in which nobody but health checks came tell nothing of users and are
// left out, and without any others the figure is not known. Neither is it where a
// part of green's use is not: lacks says which.
func (l Live) PerMillion(end time.Time, p Prices) (cost unit.Money, lacks []Unknown, known bool) {
	used, users := l.used(end)
	if users <= 0 {
		return 0, nil, false
	}
	traffic := l.ordinary(end)
	if traffic <= 0 {
		return 0, []Unknown{{price.APIHTTP, Linear, "no traffic of the week before is known"}}, false
	}
	var million float64
	for _, line := range Bill(used, p) {
		if !line.Known {
			lacks = append(lacks, Unknown{line.Item, line.Kind, line.Note})
			continue
		}
		// Not of the amount: of one hour it would be rounded too much.
		rate, _ := price.ParseRate(line.Price)
		spent := rate.Dollars() * line.Quantity.Units()
		switch {
		case line.Kind != Linear:
			million += spent / used.Hours() / traffic
		case byRequest(line.Item):
			million += spent / float64(used.Requests) * (1 + float64(l.Checks)*60/traffic)
		default:
			million += spent / users
		}
	}
	if len(lacks) > 0 {
		return 0, lacks, false
	}
	return unit.Money(math.Round(million * 1e6 * float64(unit.Dollar))), nil, true
}

// byRequest says whether each request is billed, however long it takes.
func byRequest(item price.Item) bool {
	u := item.Unit()
	return u == price.APIHTTP.Unit() || u == price.Trace.Unit()
}

// used is green's use in those minutes of the hour before end in which it had
// users, and how many requests of theirs that was for.
func (l Live) used(end time.Time) (Usage, float64) {
	var minutes []time.Time
	var users float64
	for at := end.Add(-Trailing); at.Before(end); at = at.Add(time.Minute) {
		if more := l.Green.Requests[at] - float64(l.Checks); more > 0 {
			minutes, users = append(minutes, at), users+more
		}
	}
	m := l.Green
	m.From, m.To = end.Add(-time.Duration(len(minutes))*time.Minute), end
	m.Requests, m.Bytes, m.LogBytes, m.Starts = m.Requests.at(minutes), m.Bytes.at(minutes), m.LogBytes.at(minutes), m.Starts.at(minutes)
	m.Functions = make([]Function, len(l.Green.Functions))
	for i, f := range l.Green.Functions {
		f.Invocations, f.Milliseconds = f.Invocations.at(minutes), f.Milliseconds.at(minutes)
		m.Functions[i] = f
	}
	shape := l.Shape
	if n := l.BlueRequests.Sum(); shape.BytesEach == 0 && n > 0 {
		shape.BytesEach = l.BlueBytes.Sum() / n
	}
	return OfGreen(m, shape), users
}

// at are the values of these minutes alone.
func (s Series) at(minutes []time.Time) Series {
	part := Series{}
	for _, m := range minutes {
		if v, ok := s[m]; ok {
			part[m] = v
		}
	}
	return part
}

// ordinary is how many requests of users come in an hour, of both sides together,
// in the week before, or since anything is known.
func (l Live) ordinary(end time.Time) float64 {
	last := end.UTC().Truncate(time.Hour)
	var sum, hours float64
	for at := last.Add(-Ordinary); at.Before(last); at = at.Add(time.Hour) {
		blue, ok := l.BlueRequests[at]
		green, also := l.GreenRequests[at]
		if ok || also || hours > 0 {
			sum, hours = sum+blue+max(green-float64(l.Checks)*60, 0), hours+1
		}
	}
	if hours == 0 {
		return 0
	}
	return sum / hours
}
