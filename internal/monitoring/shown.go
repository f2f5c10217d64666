package monitoring

import (
	"github.com/cutover-dev/cutover/internal/monitoring/cfn"
	"github.com/cutover-dev/cutover/internal/monitoring/dashboard"
)

// Shown are the metrics that the dashboards show by name. What a SEARCH finds is
// left out: it shows what is there, and promises nothing.
func (s Stack) Shown() []Series {
	var all []Series
	for _, board := range s.Boards {
		for _, placed := range board.Widgets {
			m, ok := placed.Widget.(dashboard.Metrics)
			if !ok {
				continue
			}
			for _, series := range m.Series {
				if series.Metric == "" {
					continue
				}
				shown := Series{Namespace: series.Namespace, Metric: series.Metric, Stat: series.Stat}
				if shown.Stat == "" {
					shown.Stat = m.Stat
				}
				for _, d := range series.Dimensions {
					shown.Dimensions = append(shown.Dimensions, cfn.Dimension(d))
				}
				all = append(all, shown)
			}
		}
	}
	return all
}
