package cloudwatch

import (
	"context"
	"time"
)

// Scaled is how a stage's functions stood in one minute of a load.
type Scaled struct {
	Start time.Time
	// Concurrent is how many ran at once at most, of several functions the sum of
	// each one's most.
	Concurrent             float64
	Invocations, Throttles int64
	// Known is false where no function published anything: none ran, or CloudWatch
	// does not know it yet.
	Known bool
	// ColdStarts are those that the stage's stack counted.
	ColdStarts int64
}

// Scaling reads how functions scaled.
type Scaling struct{ *Traffic }

// OpenScaling makes a client with the credentials that the AWS SDK finds. Without
// functions the region's sums are read, as they are of more than twenty. cold is
// the namespace in which the stage's stack counts cold starts.
func OpenScaling(ctx context.Context, region string, functions []string, cold string) (*Scaling, error) {
	c, err := connect(ctx, region)
	if err != nil {
		return nil, err
	}
	return &Scaling{&Traffic{client: c, sides: Sides{Functions: functions, ColdStarts: cold}}}, nil
}

// Complete is from when on CloudWatch knows all of a time.
func Complete(until time.Time) time.Time {
	return until.Truncate(time.Minute).Add(time.Minute + incomplete)
}

// concurrent is a figure beside those of a rollout.
const concurrent = "concurrent_"

// Minutes are those in which the load began to those in which it ended.
func (s *Scaling) Minutes(ctx context.Context, from, to time.Time) ([]Scaled, error) {
	from, to = from.UTC().Truncate(time.Minute), to.UTC().Truncate(time.Minute).Add(time.Minute)
	cold := s.sides.ColdStarts
	var queries []Query
	if cold != "" {
		queries = append(queries, Query{coldStarts, cold, coldStartMetric, "SampleCount", nil})
	}
	functions := s.sides.functions()
	for n, d := range functions {
		queries = append(queries,
			Query{numbered(concurrent, n), "AWS/Lambda", "ConcurrentExecutions", "Maximum", d},
			Query{numbered(invocations, n), "AWS/Lambda", "Invocations", "Sum", d},
			Query{numbered(throttles, n), "AWS/Lambda", "Throttles", "Sum", d})
	}
	p, err := s.read(ctx, queries, from, to, minutely)
	if err != nil {
		return nil, err
	}
	var all []Scaled
	for start := from; start.Before(to); start = start.Add(time.Minute) {
		m := at{p, start}
		one := Scaled{Start: start, ColdStarts: m.count(coldStarts)}
		for n := range functions {
			level, known := m.level(numbered(concurrent, n))
			one.Known = one.Known || known
			one.Concurrent += max(level, 0)
			one.Invocations += m.count(numbered(invocations, n))
			one.Throttles += m.count(numbered(throttles, n))
		}
		all = append(all, one)
	}
	return all, nil
}
