package xray

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/xray"
	"github.com/aws/aws-sdk-go-v2/service/xray/types"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/trace"
)

// longest is the longest window that X-Ray answers for at once; source: X-Ray
// Developer Guide, "Getting data from X-Ray": six hours.
const longest = 6 * time.Hour

// windows cuts a time into what X-Ray takes.
func windows(from, to time.Time, ask func(from, to time.Time) error) error {
	for from.Before(to) {
		end := from.Add(longest)
		if end.After(to) {
			end = to
		}
		if err := ask(from, end); err != nil {
			return err
		}
		from = end
	}
	return nil
}

// Edges implements trace.Graph. group is empty for all traces of the account.
func (x *XRay) Edges(ctx context.Context, from, to time.Time, group string) ([]trace.Edge, error) {
	ctx, cancel := x.bounded(ctx)
	defer cancel()
	all := sums{}
	err := windows(from, to, func(from, to time.Time) error {
		services, err := x.services(ctx, from, to, group)
		if err != nil {
			return err
		}
		return all.add(services)
	})
	if err != nil {
		return nil, err
	}
	return all.edges(), nil
}

func (x *XRay) services(ctx context.Context, from, to time.Time, group string) (all []types.Service, err error) {
	in := xray.GetServiceGraphInput{StartTime: &from, EndTime: &to}
	if group != "" {
		in.GroupName = &group
	}
	err = pages("the service graph", func(token *string) (*string, error) {
		in.NextToken = token
		out, err := x.client.GetServiceGraph(ctx, &in)
		if err != nil {
			return nil, failed(ctx, "the service graph cannot be read", "GetServiceGraph", err)
		}
		all = append(all, out.Services...)
		return out.NextToken, nil
	})
	return all, err
}

// sums are edges by their two ends.
type sums map[[2]trace.Service]*sum

type sum struct {
	trace.Edge
	seconds   float64
	histogram map[float64]int
}

// add puts the edges of one graph to those before. An edge names its other end
// by a number that holds within that graph, on whatever page it stands.
func (s sums) add(services []types.Service) error {
	at := map[int32]trace.Service{}
	for _, v := range services {
		if v.ReferenceId != nil {
			at[*v.ReferenceId] = trace.Service{Name: aws.ToString(v.Name), Type: aws.ToString(v.Type)}
		}
	}
	for _, v := range services {
		from := trace.Service{Name: aws.ToString(v.Name), Type: aws.ToString(v.Type)}
		for _, e := range v.Edges {
			to, ok := at[aws.ToInt32(e.ReferenceId)]
			if !ok || e.ReferenceId == nil {
				return &fault.Fault{Kind: fault.Outside, Name: "X-Ray", What: fmt.Sprintf("the service graph has an edge from %s to a service %d that it does not tell of", from.Name, aws.ToInt32(e.ReferenceId)), Next: "Run it again."}
			}
			s.one(from, to, e)
		}
	}
	return nil
}

func (s sums) one(from, to trace.Service, e types.Edge) {
	key := [2]trace.Service{from, to}
	x := s[key]
	if x == nil {
		x = &sum{Edge: trace.Edge{From: from, To: to}, histogram: map[float64]int{}}
		s[key] = x
	}
	if n := e.SummaryStatistics; n != nil {
		x.Requests += int(aws.ToInt64(n.TotalCount))
		x.seconds += aws.ToFloat64(n.TotalResponseTime)
		if n.FaultStatistics != nil {
			x.Faults += int(aws.ToInt64(n.FaultStatistics.TotalCount))
		}
		if n.ErrorStatistics != nil {
			x.Errors += int(aws.ToInt64(n.ErrorStatistics.TotalCount))
			x.Throttles += int(aws.ToInt64(n.ErrorStatistics.ThrottleCount))
		}
	}
	for _, h := range e.ResponseTimeHistogram {
		x.histogram[h.Value] += int(h.Count)
	}
	if e.StartTime != nil && (x.FirstSeen.IsZero() || e.StartTime.Before(x.FirstSeen)) {
		x.FirstSeen = *e.StartTime
	}
	if e.EndTime != nil && e.EndTime.After(x.LastHad) {
		x.LastHad = *e.EndTime
	}
}

// edges are all of them, by name.
func (s sums) edges() []trace.Edge {
	var all []trace.Edge
	for _, x := range s {
		if x.Requests > 0 {
			x.Mean = duration(x.seconds / float64(x.Requests))
		}
		x.P50, x.P95 = x.percentile(0.50), x.percentile(0.95)
		all = append(all, x.Edge)
	}
	slices.SortFunc(all, func(a, b trace.Edge) int {
		return strings.Compare(a.From.Name+"\x00"+a.From.Type+"\x00"+a.To.Name+"\x00"+a.To.Type, b.From.Name+"\x00"+b.From.Type+"\x00"+b.To.Name+"\x00"+b.To.Type)
	})
	return all
}

// percentile is the least response time that this share of the requests did not
// exceed.
func (x *sum) percentile(share float64) time.Duration {
	total := 0
	for _, n := range x.histogram {
		total += n
	}
	rank, seen := int(math.Ceil(share*float64(total))), 0
	for _, value := range slices.Sorted(maps.Keys(x.histogram)) {
		if seen += x.histogram[value]; seen >= rank {
			return duration(value)
		}
	}
	return 0
}
