package cloudwatch

import (
	"context"
	"slices"
	"time"

	"github.com/cutover-dev/cutover/internal/cost/usage"
	"github.com/cutover-dev/cutover/internal/monitoring"
	"github.com/cutover-dev/cutover/internal/unit"
)

// MeteredOf are a stage's functions as they are metered.
func MeteredOf(functions []monitoring.Function) []MeteredFunction {
	var all []MeteredFunction
	for _, f := range functions {
		architecture := usage.X86
		if f.Architecture == "arm64" {
			architecture = usage.ARM
		}
		all = append(all, MeteredFunction{Name: f.Name, Memory: f.MemoryMB, Architecture: architecture, LogGroup: f.LogGroup})
	}
	return all
}

// Live reads what green uses minute by minute, as far back as what it costs in the
// first minute is judged by, and by the hour what both sides carried in the days
// before. What is not complete yet is left out.
func (m *Meters) Live(ctx context.Context, from, to time.Time) (usage.Live, error) {
	first, end := span(from.Add(-usage.Trailing), to)
	if !first.Before(end) {
		return usage.Live{}, nil
	}
	s, err := m.readBy(ctx, m.of.green(), first, end, minutely)
	if err != nil {
		return usage.Live{}, err
	}
	hour := end.Truncate(time.Hour)
	past, err := m.readBy(ctx, m.of.carried(), first.Truncate(time.Hour).Add(-usage.Ordinary), hour, hourly)
	if err != nil {
		return usage.Live{}, err
	}
	return usage.Live{
		Green: m.of.told(s, first, end), BlueRequests: past[meterRequests], BlueBytes: past[meterBytes], GreenRequests: past[meterGreen],
	}, nil
}

// LivePrice is the most that Live costs.
func (m Metered) LivePrice() unit.Money { return unit.Money(m.LiveQueries()) * metricPrice }

// LiveQueries is how many figures Live reads.
func (m Metered) LiveQueries() int { return len(m.green()) + len(m.carried()) }

// meterGreen are green's requests beside blue's.
const meterGreen = "green"

// carried asks for the traffic of both sides.
func (m Metered) carried() (f figures) {
	blue := Metered{LoadBalancer: m.LoadBalancer}.blue()
	f = slices.DeleteFunc(blue, func(x figure) bool { return x.into != meterRequests && x.into != meterBytes })
	if m.API.Name != "" {
		f.add(meterGreen, "AWS/ApiGateway", "Count", "Sum", m.API.dimensions()...)
	}
	for n := range f {
		f[n].ID = numbered("c", n)
	}
	return f
}
