package costexplorer

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/costexplorer/types"

	"github.com/cutover-dev/cutover/internal/cost/spend"
	"github.com/cutover-dev/cutover/internal/fault"
)

var _ spend.Source = (*Costs)(nil)

// today is what one day adds up to while its pages are read.
type today struct {
	costs, quantities amounts
	estimated         bool
}

// Daily asks as Spend does, and keeps the days apart, with how much was used. A
// day of which nothing is told is left out: Cost Explorer answers for each day
// that was asked for, with no group where it has no line, be it that the day is
// not metered yet, that the tag did not count then, or that nothing ran; source:
// Cost Explorer API reference, ResultByTime. Which of them it was cannot be told,
// so such a day is not known, rather than free.
func (c *Costs) Daily(ctx context.Context, from, to time.Time, tags map[string]string, said func(string)) (spend.Daily, error) {
	all := map[time.Time]*today{}
	b, err := c.ask(ctx, from, to, tags, []string{costMetric, quantityMetric}, said, func(r types.ResultByTime) error {
		at, err := dateOf(r.TimePeriod, day(from), day(to))
		if err != nil {
			return err
		}
		d := all[at]
		if d == nil {
			d = &today{costs: amounts{}, quantities: amounts{}}
			all[at] = d
		}
		d.estimated = d.estimated || r.Estimated
		if err := d.costs.add(r.Groups, costMetric); err != nil {
			return err
		}
		return d.quantities.add(r.Groups, quantityMetric)
	})
	told := spend.Daily{Days: []spend.Day{}, Source: "AWS Cost Explorer, amortised, without credits, refunds and tax", Calls: b.calls, Fee: b.fee}
	if err != nil {
		return told, err
	}
	for at, d := range all {
		if len(d.costs) > 0 {
			told.Days = append(told.Days, d.told(at))
		}
	}
	slices.SortFunc(told.Days, func(a, b spend.Day) int { return a.Date.Compare(b.Date) })
	return told, nil
}

func (d *today) told(at time.Time) spend.Day {
	x := spend.Day{Date: at, Lines: []spend.Line{}, Estimated: d.estimated}
	for _, key := range d.costs.keys() {
		l := spend.Line{Service: key[0], UsageType: key[1], Amount: money(d.costs[key])}
		if q := d.quantities[key]; q != nil {
			l.Quantity, _ = q.Float64()
		}
		x.Lines = append(x.Lines, l)
	}
	return x
}

// dateOf reads the one day that a result is about.
func dateOf(p *types.DateInterval, from, to time.Time) (time.Time, error) {
	if p == nil {
		p = &types.DateInterval{}
	}
	begins, e1 := time.Parse(time.DateOnly, aws.ToString(p.Start))
	ends, e2 := time.Parse(time.DateOnly, aws.ToString(p.End))
	if e1 != nil || e2 != nil || !ends.Equal(begins.AddDate(0, 0, 1)) || begins.Before(from) || ends.After(to) {
		return begins, &fault.Fault{Kind: fault.Outside, Name: "Cost Explorer", What: "has told of what is no day of the window", Got: fmt.Sprintf("%s to %s", aws.ToString(p.Start), aws.ToString(p.End))}
	}
	return begins, nil
}
