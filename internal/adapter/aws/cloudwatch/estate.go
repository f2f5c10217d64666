package cloudwatch

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/cutover-dev/cutover/internal/cost/recommend"
	"github.com/cutover-dev/cutover/internal/unit"
)

// Estate reads how what runs was used.
type Estate struct{ traffic *Traffic }

// OpenEstate makes a client with the credentials that the AWS SDK finds.
func OpenEstate(ctx context.Context, region string) (*Estate, error) {
	c, err := connect(ctx, region)
	if err != nil {
		return nil, err
	}
	return &Estate{&Traffic{client: c}}, nil
}

// storages are the classes whose bytes are told, and each for a bucket by itself;
// source: S3 user guide, metrics and dimensions.
var storages = []string{
	"StandardStorage", "StandardIAStorage", "OneZoneIAStorage", "ReducedRedundancyStorage", "IntelligentTieringFAStorage", "IntelligentTieringIAStorage",
	"IntelligentTieringAIAStorage", "GlacierInstantRetrievalStorage", "GlacierStorage", "DeepArchiveStorage",
}

// measuredHours are those of one metric.
type measuredHours map[time.Time]float64

// wanted is a figure and what is done with its hours.
type wanted struct {
	Query
	take func(hours measuredHours)
}

// Fill reads the figures of everything in the estate in its window, and puts them
// there. What could not be read is named in Unread: it stays as it was, and what
// is not known is not nothing.
func (x *Estate) Fill(ctx context.Context, e *recommend.Estate) {
	for _, part := range []struct {
		what string
		all  []wanted
	}{
		{"functions", functionFigures(e.Functions)}, {"databases", databaseFigures(e.Databases)}, {"caches", cacheFigures(e.Caches)},
		{"buckets", bucketFigures(e.Buckets)}, {"log groups", groupFigures(e.LogGroups)}, {"gateways", gatewayFigures(e.Gateways)},
	} {
		if err := x.read(ctx, part.all, e.From, e.To); err != nil {
			e.Unread = append(e.Unread, recommend.Unread{What: part.what, Why: err.Error()})
		}
	}
}

// read asks for all figures before any is taken, so that a part of them is none.
func (x *Estate) read(ctx context.Context, all []wanted, from, to time.Time) error {
	from, to = from.UTC().Truncate(time.Hour), to.UTC().Truncate(time.Hour)
	told := make([]measuredHours, len(all))
	for begin := 0; begin < len(all); begin += mostQueries {
		var queries []Query
		for i, w := range all[begin:min(begin+mostQueries, len(all))] {
			w.ID = fmt.Sprintf("q%d", begin+i)
			queries = append(queries, w.Query)
		}
		p, err := x.traffic.read(ctx, queries, from, to, hourly)
		if err != nil {
			return err
		}
		for i, q := range queries {
			told[begin+i] = measuredHours(p[q.ID])
		}
	}
	for i, w := range all {
		w.take(told[i])
	}
	return nil
}

func (h measuredHours) sum() (sum float64) {
	for _, at := range slices.SortedFunc(maps.Keys(h), time.Time.Compare) {
		sum += h[at]
	}
	return sum
}

// most is the highest hour, -1 where there is none.
func (h measuredHours) most() float64 {
	if len(h) == 0 {
		return -1
	}
	return slices.Max(slices.Collect(maps.Values(h)))
}

// ends are the values of the first hour and of the last.
func (h measuredHours) ends() (first, last float64, ok bool) {
	if len(h) == 0 {
		return 0, 0, false
	}
	times := slices.SortedFunc(maps.Keys(h), time.Time.Compare)
	return h[times[0]], h[times[len(times)-1]], true
}

func functionFigures(all []recommend.Function) (w []wanted) {
	for i := range all {
		f := &all[i]
		if f.Provisioned == 0 {
			continue // Lambda tells the share of those that have some alone
		}
		q := Query{Namespace: "AWS/Lambda", Metric: "ProvisionedConcurrencyUtilization", Stat: "Maximum", Dimensions: []Dimension{{"FunctionName", f.Name}}}
		w = append(w, wanted{q, func(h measuredHours) { f.ProvisionedUse = h.most() }})
	}
	return w
}

func databaseFigures(all []recommend.Database) (w []wanted) {
	for i := range all {
		d := &all[i]
		q := Query{Namespace: "AWS/RDS", Metric: "CPUUtilization", Stat: "Average", Dimensions: []Dimension{{"DBInstanceIdentifier", d.ID}}}
		w = append(w, wanted{q, func(h measuredHours) {
			d.Hours, d.CPU, d.CPUMost = len(h), -1, h.most()
			if len(h) > 0 {
				d.CPU = h.sum() / float64(len(h))
			}
		}})
	}
	return w
}

// The engine's own share tells of Redis, which works on one core.
func cacheFigures(all []recommend.Cache) (w []wanted) {
	for i := range all {
		c := &all[i]
		of := []Dimension{{"CacheClusterId", c.ID}}
		w = append(w,
			wanted{Query{Namespace: "AWS/ElastiCache", Metric: "EngineCPUUtilization", Stat: "Average", Dimensions: of}, func(h measuredHours) { c.Hours, c.CPUMost = len(h), h.most() }},
			wanted{Query{Namespace: "AWS/ElastiCache", Metric: "DatabaseMemoryUsagePercentage", Stat: "Maximum", Dimensions: of}, func(h measuredHours) { c.MemoryMost = h.most() }})
	}
	return w
}

func bucketFigures(all []recommend.Bucket) (w []wanted) {
	for i := range all {
		b := &all[i]
		if b.Bytes == nil {
			b.Bytes = map[string]unit.Bytes{}
		}
		of := func(class string) []Dimension { return []Dimension{{"BucketName", b.Name}, {"StorageType", class}} }
		for _, class := range storages {
			w = append(w, wanted{Query{Namespace: "AWS/S3", Metric: "BucketSizeBytes", Stat: "Average", Dimensions: of(class)}, func(h measuredHours) {
				if first, last, ok := h.ends(); ok {
					b.Bytes[class] = unit.Bytes(last)
					b.Grown += unit.Bytes(last) - unit.Bytes(first)
				}
			}})
		}
		w = append(w, wanted{Query{Namespace: "AWS/S3", Metric: "NumberOfObjects", Stat: "Average", Dimensions: of("AllStorageTypes")}, func(h measuredHours) {
			if _, last, ok := h.ends(); ok {
				b.Objects = int64(last)
			}
		}})
	}
	return w
}

func groupFigures(all []recommend.LogGroup) (w []wanted) {
	for i := range all {
		g := &all[i]
		q := Query{Namespace: "AWS/Logs", Metric: "IncomingBytes", Stat: "Sum", Dimensions: []Dimension{{"LogGroupName", g.Name}}}
		w = append(w, wanted{q, func(h measuredHours) { g.Arrived = unit.Bytes(h.sum()) }})
	}
	return w
}

func gatewayFigures(all []recommend.Gateway) (w []wanted) {
	for i := range all {
		g := &all[i]
		of := []Dimension{{"NatGatewayId", g.ID}}
		w = append(w,
			wanted{Query{Namespace: "AWS/NATGateway", Metric: "BytesOutToDestination", Stat: "Sum", Dimensions: of}, func(h measuredHours) { g.Hours, g.Out = len(h), unit.Bytes(h.sum()) }},
			wanted{Query{Namespace: "AWS/NATGateway", Metric: "BytesInFromDestination", Stat: "Sum", Dimensions: of}, func(h measuredHours) { g.In = unit.Bytes(h.sum()) }})
	}
	return w
}
