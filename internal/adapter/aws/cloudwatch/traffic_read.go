package cloudwatch

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/cutover-dev/cutover/internal/adapter/aws/refusal"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/pause"
)

const (
	// readWithin bounds the reading of all pages, with everything tried again.
	readWithin = 3 * time.Minute
	// readTries is how often figures are asked for while CloudWatch says that it
	// has an internal error; readPause is the first pause, each next one twice it.
	readTries = 4
	readPause = 500 * time.Millisecond
	// minutely and hourly are periods in seconds.
	minutely, hourly = 60, 3600
	// mostPages is more than 15 days of 500 metrics.
	mostPages = 1000
)

// outside is what CloudWatch does wrong, and the next tick may find right.
func outside(what, got string) error {
	return &fault.Fault{Kind: fault.Outside, Name: "CloudWatch", What: what, Got: got, Next: "The next tick asks again; promotion waits."}
}

// read asks for every query's values of the periods from the first up to the end.
// All or nothing: a part of them would look like a side without errors.
func (t *Traffic) read(ctx context.Context, queries []Query, from, to time.Time, period int32) (points, error) {
	ctx, cancel := context.WithTimeout(ctx, readWithin)
	defer cancel()
	for try := 1; ; try++ {
		p, broken, err := t.pages(ctx, queries, from, to, period)
		if err != nil || broken == "" {
			return p, err
		}
		if try == readTries {
			return nil, outside(fmt.Sprintf("has had an internal error %d times in a row", readTries), broken)
		}
		if err := (pause.Backoff{First: readPause}).Wait(ctx, try); err != nil {
			return nil, outside("has an internal error, and the time is up", broken)
		}
	}
}

// pages reads one page after the other. broken names a metric with an internal
// error, after which everything is asked anew.
func (t *Traffic) pages(ctx context.Context, queries []Query, from, to time.Time, period int32) (p points, broken string, err error) {
	in := &cloudwatch.GetMetricDataInput{StartTime: &from, EndTime: &to, ScanBy: types.ScanByTimestampAscending}
	asked := map[string]Query{}
	for _, q := range queries {
		asked[q.ID] = q
		in.MetricDataQueries = append(in.MetricDataQueries, q.ask(period))
	}
	p = points{}
	partial := map[string]bool{}
	for range mostPages {
		out, err := t.page(ctx, in)
		if err != nil {
			return nil, "", refusal.Of("CloudWatch", "the figures of both sides cannot be read", "Allow the role cloudwatch:GetMetricData on *.", err)
		}
		for _, m := range out.Messages {
			return nil, "", outside("has not answered all that was asked: "+aws.ToString(m.Code), aws.ToString(m.Value))
		}
		for _, r := range out.MetricDataResults {
			q, known := asked[aws.ToString(r.Id)]
			if !known || len(r.Timestamps) != len(r.Values) {
				return nil, "", outside("has answered what was not asked, or times without values", aws.ToString(r.Id))
			}
			switch r.StatusCode {
			case types.StatusCodeInternalError:
				return nil, q.Subject(), nil
			case types.StatusCodeForbidden:
				return nil, "", &fault.Fault{Kind: fault.Input, Name: q.Subject(), What: "may not be read", Next: "Allow the role cloudwatch:GetMetricData on *, and look for a policy that denies it."}
			}
			partial[q.ID] = r.StatusCode == types.StatusCodePartialData
			for i, at := range r.Timestamps {
				p.take(q.ID, at, r.Values[i], from, to)
			}
		}
		token := aws.ToString(out.NextToken)
		if token == "" {
			for id, yes := range partial {
				if yes {
					return nil, "", outside("has given a part of a metric's points and no way to the rest", asked[id].Subject())
				}
			}
			return p, "", nil
		}
		if token == aws.ToString(in.NextToken) {
			return nil, "", outside("turns to the same page again", token)
		}
		in.NextToken = &token
	}
	return nil, "", outside("has more pages than there can be", fmt.Sprint(mostPages))
}

func (t *Traffic) page(ctx context.Context, in *cloudwatch.GetMetricDataInput) (*cloudwatch.GetMetricDataOutput, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	return t.client.GetMetricData(ctx, in)
}

// take keeps a value of a minute that was asked for; what is no number is none.
func (p points) take(id string, at time.Time, value float64, from, to time.Time) {
	at = at.UTC().Truncate(time.Minute)
	if math.IsNaN(value) || math.IsInf(value, 0) || at.Before(from) || !at.Before(to) {
		return
	}
	p.add(id, at, value)
}

// ask is the query in the SDK's words: one point a period.
func (q Query) ask(period int32) types.MetricDataQuery {
	m := &types.Metric{Namespace: &q.Namespace, MetricName: &q.Metric}
	for _, d := range q.Dimensions {
		m.Dimensions = append(m.Dimensions, types.Dimension{Name: aws.String(d.Name), Value: aws.String(d.Value)})
	}
	return types.MetricDataQuery{Id: &q.ID, MetricStat: &types.MetricStat{Metric: m, Period: &period, Stat: &q.Stat}}
}
