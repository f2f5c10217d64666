package artillery

import (
	"fmt"
	"math"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/cutover-dev/cutover/internal/load"
)

// metrics are those of thresholds that are measured here as well.
var metrics = map[string]string{
	"median": load.MetricP50, "p50": load.MetricP50, "p90": load.MetricP90, "p95": load.MetricP95, "p99": load.MetricP99, "p999": load.MetricP999,
	"max": load.MetricMax, "mean": load.MetricMean,
}

const responseTime = "http.response_time."

// ensure is what Artillery fails a test by. Times must be below their limit, the
// share of errors at most at it.
// source: artillery-plugin-ensure, runChecks
func (r *reader) ensure(n *yaml.Node, path string) {
	known := keys{
		"thresholds": func(n *yaml.Node, path string) {
			r.list(n, path, false, func(n *yaml.Node, path string) {
				first := true
				r.pairs(n, path, func(key string, at, value *yaml.Node) {
					if !first {
						r.note(at, join(path, key), "is not held, as in Artillery: only the first of an entry is; write each as an entry of its own")
						return
					}
					first = false
					r.threshold(key, at, value, join(path, key))
				})
			})
		},
		"maxErrorRate": func(n *yaml.Node, path string) {
			percent, ok := r.number(n, path)
			if !ok {
				return
			}
			if percent > 100 {
				r.wrong(n, path, fmt.Sprintf("%g is more than all", percent), "0 to 100 percent", "")
				return
			}
			r.note(n, path, "is of requests here, of virtual users in Artillery; 5xx and failed checks count as errors")
			r.plan.Goals = append(r.plan.Goals, load.Goal{Metric: load.MetricErrors, AtMost: percent / 100})
		},
	}
	for _, key := range []string{"p95", "p99", "median", "max"} {
		known[key] = func(n *yaml.Node, path string) {
			if f, ok := r.number(n, path); ok {
				r.plan.Goals = append(r.plan.Goals, load.Goal{Metric: metrics[key], AtMost: math.Trunc(f), Below: true}) // by parseInt, there
			}
		}
	}
	r.mapping(n, path, known)
}

func (r *reader) threshold(key string, at, value *yaml.Node, path string) {
	metric, ok := metrics[strings.TrimPrefix(key, responseTime)]
	if !ok || !strings.HasPrefix(key, responseTime) {
		r.wrong(at, path, "is not measured here", responseTime+"median, p50, p90, p95, p99, p999, max, mean", "Remove it, or hold what it means by another threshold.")
		return
	}
	if metric == load.MetricP999 {
		r.note(at, path, "is held here; Artillery 2 takes it for p99 with a 9 behind it, and fails whatever it is")
	}
	r.below(metric, value, path)
}

func (r *reader) below(metric string, n *yaml.Node, path string) {
	if f, ok := r.number(n, path); ok {
		r.plan.Goals = append(r.plan.Goals, load.Goal{Metric: metric, AtMost: f, Below: true})
	}
}
