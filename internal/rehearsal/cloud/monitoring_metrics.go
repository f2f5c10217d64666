package cloud

import (
	"fmt"
	"net/http"
	"time"
)

// AddMetrics makes metrics that have points. One without Last has one now.
func (c *Cloud) AddMetrics(metrics ...Metric) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, m := range metrics {
		if m.Last.IsZero() {
			m.Last = c.time()
		}
		c.watch.metrics = append(c.watch.metrics, m)
	}
}

// SetMetrics makes these the metrics of the account.
func (c *Cloud) SetMetrics(metrics ...Metric) {
	c.mu.Lock()
	c.watch.metrics = nil
	c.mu.Unlock()
	c.AddMetrics(metrics...)
}

// listMetrics; source: API reference, ListMetrics: two weeks back, or three
// hours, and metrics with further dimensions match too.
func (c *Cloud) listMetrics(r *http.Request, in map[string]any) (map[string]any, *denial) {
	c.note(r, "cloudwatch:ListMetrics", "*")
	reach := 14 * 24 * time.Hour
	switch recent := text(in, "RecentlyActive"); recent {
	case "":
	case "PT3H":
		reach = 3 * time.Hour
	default:
		return nil, &denial{http.StatusBadRequest, "InvalidParameterValue", "RecentlyActive is PT3H or nothing"}
	}
	filters, _ := in["Dimensions"].([]any)
	var found []Metric
	for _, m := range c.watch.metrics {
		fits := m.Namespace == text(in, "Namespace") && (text(in, "MetricName") == "" || m.Name == text(in, "MetricName")) && c.time().Sub(m.Last) <= reach
		for _, f := range filters {
			filter, _ := f.(map[string]any)
			value, has := m.Dimensions[text(filter, "Name")]
			fits = fits && has && (text(filter, "Value") == "" || text(filter, "Value") == value)
		}
		if fits {
			found = append(found, m)
		}
	}
	from := 0
	if token := text(in, "NextToken"); token != "" {
		if _, err := fmt.Sscan(token, &from); err != nil || from > len(found) {
			return nil, &denial{http.StatusBadRequest, "InvalidNextToken", "no such page"}
		}
	}
	out, list := map[string]any{}, []any{}
	for n, m := range found[from:] {
		if n == onePage {
			out["NextToken"] = fmt.Sprint(from + onePage)
			break
		}
		list = append(list, map[string]any{"Namespace": m.Namespace, "MetricName": m.Name, "Dimensions": m.dimensions()})
	}
	out["Metrics"] = list
	return out, nil
}
