package monitoring

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/cutover-dev/cutover/internal/monitoring/cfn"
)

// The lines in which Lambda tells how long a cold start took. Fields of a text
// line are separated by white space, tabs too: the 20th to the 22nd are Init,
// Duration: and the figure, and no other line has them there. A restore from a
// snapshot tells Restore Duration instead and is no cold start.
const jsonPattern = `{ $.type = "platform.report" && $.record.metrics.initDurationMs = * }`

func textPattern() string {
	fields := []string{"report=REPORT"}
	for n := 2; n <= 19; n++ {
		fields = append(fields, fmt.Sprintf("f%d", n))
	}
	return "[" + strings.Join(append(fields, "label=Init", `of="Duration:"`, "init", "unit=ms", "..."), ", ") + "]"
}

// mostFilters is how many log groups and formats are read: a stack may have
// 500 resources, and everything else needs fewer than the rest.
const mostFilters = 400

// filtered is one format of one log group.
type filtered struct{ group, format, pattern, value string }

// addColdStarts puts a filter for each log group and format into the template,
// and says what did not fit.
func (p Plan) addColdStarts(t cfn.Template) []string {
	all := p.coldStartLogs()
	var notes []string
	if n := len(all); n > mostFilters {
		all = all[:mostFilters]
		notes = append(notes, fmt.Sprintf("%d log groups and formats would have to be read for cold starts, and %d fit into a stack: the last one read is %s. Say log_format of each function, which halves its filters, or let functions share log groups.", n, mostFilters, all[mostFilters-1].group))
	}
	for _, f := range all {
		t.Add("ColdStart"+camel(f.format)+mark(f.group), cfn.MetricFilter{
			LogGroupName: f.group, FilterName: p.name("cold-start", f.format), FilterPattern: f.pattern,
			MetricTransformations: []cfn.Transformation{{MetricNamespace: p.namespace(), MetricName: coldStartMetric, MetricValue: f.value, Unit: "Milliseconds"}},
		})
	}
	return notes
}

// coldStartLogs is what has to be read, by log group. Which format a function
// writes may be unknown; then both are read.
func (p Plan) coldStartLogs() []filtered {
	groups := map[string]map[string]bool{}
	for _, f := range p.Inventory.Functions {
		formats := groups[f.logs()]
		if formats == nil {
			formats = map[string]bool{}
			groups[f.logs()] = formats
		}
		formats[logText] = formats[logText] || f.LogFormat != logJSON
		formats[logJSON] = formats[logJSON] || f.LogFormat != logText
	}
	var all []filtered
	for _, group := range slices.Sorted(maps.Keys(groups)) {
		for _, f := range []filtered{{group, logJSON, jsonPattern, "$.record.metrics.initDurationMs"}, {group, logText, textPattern(), "$init"}} {
			if groups[group][f.format] {
				all = append(all, f)
			}
		}
	}
	return all
}
