package cloudwatch

import (
	"context"
	"time"
)

// balancerRequests is a figure beside those of a rollout.
const balancerRequests = "balancer_requests"

// Balancer counts the requests to blue's load balancer as a whole, whichever target
// group or rule they met, in the last complete minutes of a time. It counts those
// for which a target could be chosen (source: Application Load Balancers user
// guide, "CloudWatch metrics", RequestCount): of one without targets it says none.
// A load balancer that got nothing has no points; all or nothing is read, so that
// no points are no requests.
func (t *Traffic) Balancer(ctx context.Context, from, to time.Time) (first, end time.Time, requests int64, err error) {
	first, end = span(from, to)
	if !first.Before(end) {
		return first, end, 0, nil
	}
	q := Query{balancerRequests, "AWS/ApplicationELB", "RequestCount", "Sum", []Dimension{{"LoadBalancer", t.sides.Blue.Name}}}
	p, err := t.read(ctx, []Query{q}, first, end, minutely)
	if err != nil {
		return first, end, 0, err
	}
	return first, end, whole(p.sum(balancerRequests)), nil
}
