package cloudwatch

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/cutover-dev/cutover/internal/cost/usage"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/unit"
)

// Metered is where it is told what both sides use. What is empty is not asked
// for, and stays unknown.
type Metered struct {
	// LoadBalancer is blue's, as the end of its ARN; Cluster and Service are those
	// of ECS.
	LoadBalancer, Cluster, Service string
	// NATs are the ids of the NAT gateways that are there for blue alone.
	NATs []string
	// BlueLogs are blue's log groups.
	BlueLogs []string
	API      Gateway
	// ColdStarts is the namespace in which the stage's stack counts cold starts.
	ColdStarts string
	Functions  []MeteredFunction
}

// MeteredFunction is one of the app's, as its configuration says.
type MeteredFunction struct {
	Name string
	// Memory is in MB, 0 for not known; Architecture is x86 or arm.
	Memory       int
	Architecture string
	// LogGroup is /aws/lambda/<name> unless set.
	LogGroup string
}

// Meters read what both sides have used.
type Meters struct {
	traffic *Traffic
	of      Metered
}

// OpenMeters makes a client with the credentials that the AWS SDK finds.
func OpenMeters(ctx context.Context, region string, of Metered) (*Meters, error) {
	c, err := connect(ctx, region)
	if err != nil {
		return nil, err
	}
	return &Meters{&Traffic{client: c}, of}, nil
}

// figure is a query whose values are added up into one series, with others.
type figure struct {
	into string
	Query
}

// The series of both sides.
const (
	meterRequests, meterNew, meterActive, meterBytes = "requests", "new", "active", "bytes"
	meterRules, meterCapacity, meterTasks            = "rules", "capacity", "tasks"
	meterNAT, meterLogs, meterStarts                 = "nat", "logs", "starts"
	meterCalls, meterDuration                        = "calls_", "duration_"
)

// figures gives each query an id of its own.
type figures []figure

func (f *figures) add(into, namespace, metric, stat string, dimensions ...Dimension) {
	*f = append(*f, figure{into, Query{fmt.Sprintf("q%d", len(*f)), namespace, metric, stat, dimensions}})
}

// blue asks for the figures of the load balancer and of the service; sources: ALB
// user guide, CloudWatch metrics; Container Insights metrics; VPC user guide, NAT
// gateway metrics, of which what came in from both ends is what is billed.
func (m Metered) blue() (f figures) {
	const alb, nat = "AWS/ApplicationELB", "AWS/NATGateway"
	if m.LoadBalancer != "" {
		of := Dimension{"LoadBalancer", m.LoadBalancer}
		for _, x := range [][2]string{
			{meterRequests, "RequestCount"}, {meterNew, "NewConnectionCount"}, {meterActive, "ActiveConnectionCount"},
			{meterBytes, "ProcessedBytes"}, {meterRules, "RuleEvaluations"}, {meterCapacity, "ConsumedLCUs"},
		} {
			f.add(x[0], alb, x[1], "Sum", of)
		}
	}
	if m.Cluster != "" && m.Service != "" {
		f.add(meterTasks, "ECS/ContainerInsights", "RunningTaskCount", "Average", Dimension{"ClusterName", m.Cluster}, Dimension{"ServiceName", m.Service})
	}
	for _, id := range m.NATs {
		f.add(meterNAT, nat, "BytesInFromSource", "Sum", Dimension{"NatGatewayId", id})
		f.add(meterNAT, nat, "BytesInFromDestination", "Sum", Dimension{"NatGatewayId", id})
	}
	f.logs(m.BlueLogs...)
	return f
}

func (f *figures) logs(groups ...string) {
	for _, group := range groups {
		f.add(meterLogs, "AWS/Logs", "IncomingBytes", "Sum", Dimension{"LogGroupName", group})
	}
}

// green asks for the figures of the API and of each function; sources: API
// Gateway developer guide, of which HTTP APIs alone tell bytes; Lambda developer
// guide, function metrics; CloudWatch Logs user guide.
func (m Metered) green() (f figures) {
	const gateway, functions = "AWS/ApiGateway", "AWS/Lambda"
	if m.API.Name != "" {
		of := m.API.dimensions()
		f.add(meterRequests, gateway, "Count", "Sum", of...)
		if m.API.Type == HTTP {
			f.add(meterBytes, gateway, "DataProcessed", "Sum", of...)
		}
	}
	if m.ColdStarts != "" {
		f.add(meterStarts, m.ColdStarts, coldStartMetric, "Sum")
	}
	for n, x := range m.Functions {
		of := Dimension{"FunctionName", x.Name}
		f.add(numbered(meterCalls, n), functions, "Invocations", "Sum", of)
		f.add(numbered(meterDuration, n), functions, "Duration", "Sum", of)
		group := x.LogGroup
		if group == "" {
			group = "/aws/lambda/" + x.Name
		}
		f.logs(group)
	}
	return f
}

// dimensions are those of an API's metrics.
func (g Gateway) dimensions() []Dimension {
	of := []Dimension{{"ApiId", g.Name}}
	stage := g.Stage
	if g.Type == REST {
		of[0].Name = "ApiName"
		if stage == "$default" {
			stage = "" // what cutover.yaml assumes is there for HTTP APIs only
		}
	}
	if stage != "" {
		of = append(of, Dimension{"Stage", stage})
	}
	return of
}

// Price is the most that reading both sides costs.
func (m Metered) Price() unit.Money { return unit.Money(len(m.blue())+len(m.green())) * metricPrice }

// Blue reads what blue has used in the whole hours of a window.
func (m *Meters) Blue(ctx context.Context, from, to, now time.Time) (usage.BlueMetered, error) {
	first, end, err := wholeHours(from, to, now)
	if err != nil {
		return usage.BlueMetered{}, err
	}
	s, err := m.read(ctx, m.of.blue(), first, end)
	if err != nil {
		return usage.BlueMetered{}, err
	}
	return usage.BlueMetered{
		From: first, To: end, Requests: s[meterRequests], New: s[meterNew], Active: s[meterActive], Bytes: s[meterBytes],
		Rules: s[meterRules], Capacity: s[meterCapacity], Tasks: s[meterTasks], NATBytes: s[meterNAT], LogBytes: s[meterLogs], Logs: len(m.of.BlueLogs) > 0,
	}, nil
}

// Green reads what green has used in the whole hours of a window.
func (m *Meters) Green(ctx context.Context, from, to, now time.Time) (usage.GreenMetered, error) {
	first, end, err := wholeHours(from, to, now)
	if err != nil {
		return usage.GreenMetered{}, err
	}
	s, err := m.read(ctx, m.of.green(), first, end)
	if err != nil {
		return usage.GreenMetered{}, err
	}
	return m.of.told(s, first, end), nil
}

// told is what green's series say of a time.
func (m Metered) told(s map[string]usage.Series, first, end time.Time) usage.GreenMetered {
	g := usage.GreenMetered{From: first, To: end, Requests: s[meterRequests], Bytes: s[meterBytes], LogBytes: s[meterLogs], Starts: s[meterStarts]}
	for n, f := range m.Functions {
		g.Functions = append(g.Functions, usage.Function{Name: f.Name, Memory: f.Memory, Architecture: f.Architecture, Invocations: s[numbered(meterCalls, n)], Milliseconds: s[numbered(meterDuration, n)]})
	}
	return g
}

// read asks for all figures by the hour.
func (m *Meters) read(ctx context.Context, all figures, from, to time.Time) (map[string]usage.Series, error) {
	return m.readBy(ctx, all, from, to, hourly)
}

// readBy asks for all figures, as many at once as one call takes.
func (m *Meters) readBy(ctx context.Context, all figures, from, to time.Time, period int32) (map[string]usage.Series, error) {
	series := map[string]usage.Series{}
	for part := range slices.Chunk(all, mostQueries) {
		var queries []Query
		for _, f := range part {
			queries = append(queries, f.Query)
		}
		p, err := m.traffic.read(ctx, queries, from, to, period)
		if err != nil {
			return nil, err
		}
		for _, f := range part {
			for _, at := range slices.SortedFunc(maps.Keys(p[f.ID]), time.Time.Compare) {
				if series[f.into] == nil {
					series[f.into] = usage.Series{}
				}
				series[f.into][at] += p[f.ID][at]
			}
		}
	}
	return series, nil
}

// wholeHours are those of the window that are complete.
func wholeHours(from, to, now time.Time) (first, end time.Time, err error) {
	if latest := now.Add(-incomplete); to.After(latest) {
		to = latest
	}
	first, end = from.UTC().Truncate(time.Hour), to.UTC().Truncate(time.Hour)
	if first.Before(from) {
		first = first.Add(time.Hour)
	}
	if !first.Before(end) {
		return first, end, &fault.Fault{Kind: fault.Input, Name: "window", What: "holds no hour that is complete", Got: from.Format(time.RFC3339) + " to " + to.Format(time.RFC3339), Next: "Usage is told by the hour: name a longer window."}
	}
	if end.Sub(first) > mostDays*24*time.Hour || now.Sub(first) > mostDays*24*time.Hour {
		return first, end, &fault.Fault{Kind: fault.Input, Name: "window", What: "goes back further than CloudWatch keeps hours", Got: from.Format(time.RFC3339), Allowed: fmt.Sprintf("%d days", mostDays)}
	}
	return first, end, nil
}
