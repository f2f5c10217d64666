package cloud

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"math"
	"net/http"
	"regexp"
	"slices"
	"time"
)

// Limits of GetMetricData; source: API reference, GetMetricData.
const (
	mostQueries = 500
	mostPoints  = 100_800
	// fewPoints is how many an answer holds here unless told, so that callers
	// must turn pages.
	fewPoints = 500
)

var queryID = regexp.MustCompile(`^[a-z][A-Za-z0-9_]{0,254}$`)

// dataQuery is one query of a metric.
type dataQuery struct {
	id, metric, stat, key string
	period                time.Duration
	how                   aggregate
}

// dataPoint is one point of an answer.
type dataPoint struct {
	query int
	at    time.Time
	value float64
}

func dataInvalid(format string, a ...any) *denial {
	return &denial{http.StatusBadRequest, "ValidationError", fmt.Sprintf(format, a...)}
}

// getMetricData; source: API reference, GetMetricData.
func (c *Cloud) getMetricData(r *http.Request, in map[string]any) (map[string]any, *denial) {
	c.note(r, "cloudwatch:GetMetricData", "*")
	from, okFrom := in["StartTime"].(time.Time)
	to, okTo := in["EndTime"].(time.Time)
	if !okFrom || !okTo || !from.Before(to) {
		return nil, dataInvalid("The parameter StartTime must be less than the parameter EndTime.")
	}
	order := cmp.Or(text(in, "ScanBy"), "TimestampDescending")
	if order != "TimestampDescending" && order != "TimestampAscending" {
		return nil, dataInvalid("ScanBy %s", order)
	}
	most := int64(mostPoints)
	if n, set := in["MaxDatapoints"].(int64); set {
		if most = n; n < 1 || n > mostPoints {
			return nil, dataInvalid("MaxDatapoints %d", n)
		}
	}
	list, _ := in["MetricDataQueries"].([]any)
	if len(list) == 0 || len(list) > mostQueries {
		return nil, dataInvalid("%d queries, 1 to %d are allowed", len(list), mostQueries)
	}
	var queries []dataQuery
	seen := map[string]bool{}
	for _, item := range list {
		query, _ := item.(map[string]any)
		q, f := c.dataAsked(query)
		if f != nil {
			return nil, f
		}
		if seen[q.id] {
			return nil, dataInvalid("the Id %s stands twice", q.id)
		}
		seen[q.id] = true
		queries = append(queries, q)
	}
	c.publishChecks()
	points := c.dataAnswer(queries, from.Truncate(time.Minute), to)
	if order == "TimestampDescending" {
		slices.Reverse(points)
	}
	size := min(int(most), cmp.Or(c.watch.data.page, fewPoints))
	return c.dataPage(queries, points, text(in, "NextToken"), size, fmt.Sprint(list, from, to, order))
}

// dataAsked reads one query. Of expressions this cloud knows none.
func (c *Cloud) dataAsked(query map[string]any) (dataQuery, *denial) {
	for parameter := range query {
		if !slices.Contains([]string{"Id", "Label", "MetricStat", "ReturnData"}, parameter) {
			c.unknown = append(c.unknown, "monitoring: GetMetricData with "+parameter)
			return dataQuery{}, dataInvalid("this cloud does not know %s", parameter)
		}
	}
	stat, _ := query["MetricStat"].(map[string]any)
	metric, _ := stat["Metric"].(map[string]any)
	period, _ := stat["Period"].(int64)
	q := dataQuery{id: text(query, "Id"), metric: text(metric, "MetricName"), stat: text(stat, "Stat"), period: time.Duration(period) * time.Second}
	namespace := text(metric, "Namespace")
	dimensions, f := dimensionsOf(metric)
	how, known := statistic(q.stat)
	switch {
	case f != nil:
		return dataQuery{}, f
	case !queryID.MatchString(q.id):
		return dataQuery{}, dataInvalid("the Id %q must begin with a lower-case letter, then letters, digits, underscores", q.id)
	case namespace == "" || q.metric == "":
		return dataQuery{}, dataInvalid("%s: Namespace and MetricName are required", q.id)
	case period < 1 || period%60 != 0:
		// High resolution has 1, 5, 10, 20 and 30 too; no metric here has it.
		return dataQuery{}, dataInvalid("%s: the period %d is no multiple of 60", q.id, period)
	case !known:
		return dataQuery{}, dataInvalid("%s: the statistic %s is not supported", q.id, q.stat)
	}
	if wrong := unpublished(namespace, q.metric, dimensions); wrong != "" {
		c.unknown = append(c.unknown, wrong) // AWS answers with nothing, for ever
	}
	q.key, q.how = key(namespace, q.metric, dimensions), how
	return q, nil
}

// dimensionsOf reads dimensions; source: API reference, Dimension.
func dimensionsOf(of map[string]any) (map[string]string, *denial) {
	list, _ := of["Dimensions"].([]any)
	if len(list) > 30 {
		return nil, dataInvalid("%d dimensions, 30 are allowed", len(list))
	}
	all := map[string]string{}
	for _, item := range list {
		d, _ := item.(map[string]any)
		name, value := text(d, "Name"), text(d, "Value")
		if _, twice := all[name]; name == "" || value == "" || len(name) > 255 || len(value) > 1024 || name[0] == ':' || twice {
			return nil, dataInvalid("the dimension %q with the value %q", name, value)
		}
		all[name] = value
	}
	return all, nil
}

// dataAnswer is every point there is, the oldest first.
func (c *Cloud) dataAnswer(queries []dataQuery, from, to time.Time) []dataPoint {
	var points []dataPoint
	now := c.time()
	for n, q := range queries {
		if status := c.dataStatus(q.metric); status != "" && status != "Complete" && status != "PartialData" {
			continue
		}
		if !retained(now.Sub(from), q.period) {
			continue
		}
		all := c.within(q.key, from.Truncate(q.period), to)
		for len(all) > 0 {
			start := all[0].At.Truncate(q.period)
			end := 0
			for end < len(all) && all[end].At.Before(start.Add(q.period)) {
				end++
			}
			raw := c.arrived(all[:end], now)
			all = all[end:]
			if value, ok := q.how(raw); ok {
				if c.watch.data.blur != nil {
					value = c.watch.data.blur(q.stat, value)
				}
				if !math.IsNaN(value) {
					points = append(points, dataPoint{n, start, value})
				}
			}
		}
	}
	// A query has one point of a time, so that no two are equal.
	slices.SortFunc(points, func(a, b dataPoint) int {
		if c := a.at.Compare(b.at); c != 0 {
			return c
		}
		return a.query - b.query
	})
	return points
}

// retained says whether points of this period are still there when the oldest one
// that is asked for is so old; otherwise none is told, not even a newer one. Source:
// as above.
func retained(age, period time.Duration) bool {
	const day = 24 * time.Hour
	switch {
	case age > 455*day:
		return false
	case age > 63*day:
		return period%time.Hour == 0
	case age > 15*day:
		return period%(5*time.Minute) == 0
	}
	return true
}

// arrived are the samples that are known by now.
func (c *Cloud) arrived(all []Point, now time.Time) []float64 {
	// Mostly all of them are: the last one's minute is over for long enough.
	if last := all[len(all)-1].At; now.Sub(last) >= c.watch.data.late+time.Minute {
		return values(all)
	}
	var raw []float64
	for n, p := range all {
		complete := p.At.Truncate(time.Minute).Add(time.Minute)
		if now.Sub(complete) >= c.watch.data.late || n%2 == 1 {
			raw = append(raw, p.Value)
		}
	}
	return raw
}

func (c *Cloud) dataStatus(metric string) string {
	if c.watch.data.status == nil {
		return ""
	}
	return c.watch.data.status(metric)
}

// dataPage is a part of the points. Each metric is told of on each page, as
// PartialData while more of it follows. A token belongs to its request.
func (c *Cloud) dataPage(queries []dataQuery, points []dataPoint, token string, size int, request string) (map[string]any, *denial) {
	mark := fnv.New32a()
	_, _ = mark.Write([]byte(request)) // it cannot fail
	from := 0
	if token != "" {
		var of uint32
		if _, err := fmt.Sscanf(token, "%d-%d", &from, &of); err != nil || of != mark.Sum32() || from > len(points) || from < 0 {
			return nil, &denial{http.StatusBadRequest, "InvalidNextToken", "this token is of another request"}
		}
	}
	to := min(from+size, len(points))
	results := make([]map[string]any, len(queries))
	for n, q := range queries {
		results[n] = map[string]any{"Id": q.id, "Label": q.metric, "StatusCode": cmp.Or(c.dataStatus(q.metric), "Complete"), "Timestamps": []any{}, "Values": []any{}}
	}
	for _, p := range points[from:to] {
		r := results[p.query]
		r["Timestamps"], r["Values"] = append(r["Timestamps"].([]any), p.at), append(r["Values"].([]any), p.value)
	}
	for _, p := range points[to:] {
		results[p.query]["StatusCode"] = "PartialData"
	}
	out, all := map[string]any{}, []any{}
	for _, r := range results {
		all = append(all, r)
	}
	if out["MetricDataResults"] = all; to < len(points) {
		out["NextToken"] = fmt.Sprintf("%d-%d", to, mark.Sum32())
	}
	if c.watch.data.message != "" {
		out["Messages"] = []any{map[string]any{"Code": "MaxMetricsExceeded", "Value": c.watch.data.message}}
	}
	return out, nil
}
