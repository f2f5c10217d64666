package cloudwatch

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/cutover-dev/cutover/internal/doctor"
)

// Presence says whether there are figures at all.
type Presence struct {
	traffic *Traffic
	alarms  *Alarms
}

var _ doctor.Figures = (*Presence)(nil)

// OpenPresence makes a client with the credentials that the AWS SDK finds. region
// is empty for that of the environment.
func OpenPresence(ctx context.Context, region string) (*Presence, error) {
	a, err := Open(ctx, region)
	if err != nil {
		return nil, err
	}
	return &Presence{&Traffic{client: a.client}, a}, nil
}

// Points implements doctor.Figures.
func (p *Presence) Points(ctx context.Context, f doctor.Figure) (int, error) {
	to := time.Now().UTC().Truncate(time.Hour).Add(time.Hour)
	q := Query{ID: "presence", Namespace: f.Namespace, Metric: f.Metric, Stat: "SampleCount"}
	for _, d := range f.Dimensions {
		q.Dimensions = append(q.Dimensions, Dimension(d))
	}
	told, err := p.traffic.read(ctx, []Query{q}, to.Add(-25*time.Hour), to, hourly)
	return len(told[q.ID]), err
}

// Known implements doctor.Figures.
func (p *Presence) Known(ctx context.Context, namespace, metric string, with []doctor.Dimension) ([][]doctor.Dimension, error) {
	filter := map[string]string{}
	for _, d := range with {
		filter[d.Name] = d.Value
	}
	found, err := p.alarms.Metrics(ctx, namespace, metric, filter, false)
	var all [][]doctor.Dimension
	for _, m := range found {
		var one []doctor.Dimension
		for _, name := range slices.Sorted(maps.Keys(m)) {
			one = append(one, doctor.Dimension{Name: name, Value: m[name]})
		}
		all = append(all, one)
	}
	return all, err
}
