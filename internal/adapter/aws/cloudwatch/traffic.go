package cloudwatch

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/rollout"
	"github.com/cutover-dev/cutover/internal/rollout/judge"
	"github.com/cutover-dev/cutover/internal/unit"
)

// Traffic is what CloudWatch knows of both sides of one stage. It is the Metrics
// of internal/rollout, and publishes what a rollout tells CloudWatch.
type Traffic struct {
	client         *cloudwatch.Client
	sides          Sides
	project, stage string
}

var _ rollout.Metrics = (*Traffic)(nil)

// OpenTraffic makes a client with the credentials that the AWS SDK finds. region
// is that in which both sides run, empty for that of the environment.
func OpenTraffic(ctx context.Context, region, project, stage string, sides Sides) (*Traffic, error) {
	if err := sides.Check(); err != nil {
		return nil, err
	}
	c, err := connect(ctx, region)
	if err != nil {
		return nil, err
	}
	return &Traffic{c, sides, project, stage}, nil
}

const (
	// incomplete is how long CloudWatch needs to complete a minute.
	incomplete = 2 * time.Minute
	// keptDays is how long it keeps points of one minute; source: API reference,
	// GetMetricData. Whoever asks for older ones gets none at all, so that an hour
	// is left for clocks that differ.
	keptDays = 15
	kept     = keptDays*24*time.Hour - time.Hour
)

// Minutes implements rollout.Metrics. The newest two minutes are left out, since
// they are not complete, and what is older than 15 days, since it is gone. A
// minute of which nothing is known is left out too. A side to which no client goes
// has no points: it is not Present, and that is no error.
func (t *Traffic) Minutes(ctx context.Context, from, to time.Time) ([]judge.Minute, error) {
	from, to = span(from, to)
	if !from.Before(to) {
		return nil, nil
	}
	p, err := t.read(ctx, t.sides.Queries(), from, to, minutely)
	if err != nil {
		return nil, err
	}
	return t.sides.minutes(p), nil
}

// span are the first minute that begins in [from, to) and can be known, and the
// end of the last one that is complete.
func span(from, to time.Time) (first, end time.Time) {
	end = to.UTC().Truncate(time.Minute).Add(-incomplete)
	if oldest := to.Add(-kept); from.Before(oldest) {
		from = oldest
	}
	if first = from.UTC().Truncate(time.Minute); first.Before(from) {
		first = first.Add(time.Minute)
	}
	return first, end
}

// metricPrice is that of one metric in a request: $0.01 for a thousand; source:
// CloudWatch's pricing page.
const metricPrice = unit.Dollar / 100_000

// Cost is the most that one tick's reading costs: each query counts as a metric,
// over however many minutes it goes. AWS may count several statistics of one
// metric as one, and then it is less.
func (s Sides) Cost() unit.Money { return unit.Money(len(s.Queries())) * metricPrice }

// Check says what is missing before anything is asked.
func (s Sides) Check() error {
	wrong := func(name, what, next string) error {
		return &fault.Fault{Kind: fault.Input, Name: name, What: what, Next: next}
	}
	switch {
	case s.Blue.Name == "" || s.Blue.TargetGroup == "":
		return wrong("traffic.blue", "has no load balancer or no target group, so blue cannot be measured", "Write load_balancer and target_group as the ends of their ARNs.")
	case s.Green.Name == "":
		return wrong("traffic.green.api", "is not known, so green cannot be measured", "Write type and name of the API, or let it be found in the deployed app's inventory.")
	case s.Green.Type != HTTP && s.Green.Type != REST:
		return &fault.Fault{Kind: fault.Input, Name: "traffic.green.api.type", What: "is no kind of API", Got: s.Green.Type, Allowed: HTTP + ", " + REST}
	case s.Blue.Slow <= 0 || s.Green.Slow <= 0:
		return wrong("slos.latency.under", "is not known, so nothing can be called slow", "Write how long a request may take, such as 500 ms.")
	case s.ColdStarts != "" && s.SlowStart <= 0:
		return wrong("slos.cold_start.under", "is not known, so no cold start can be called slow", "Write how long a cold start may take, such as 2 s.")
	}
	if n := len(s.Queries()); n > mostQueries {
		return &fault.Fault{Kind: fault.Input, Name: "metrics", What: fmt.Sprintf("%d metrics would have to be read at once", n), Allowed: fmt.Sprintf("at most %d", mostQueries), Next: "Name fewer cache nodes."}
	}
	return nil
}

// mostQueries is how many metrics one call takes; source: API reference,
// GetMetricData.
const mostQueries = 500
