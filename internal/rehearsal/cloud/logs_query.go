package cloud

import (
	"fmt"
	"maps"
	"math"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Report is the line in which Lambda says what a run was like: memory in MB, times
// in milliseconds; as JSON where the function logs so.
type Report struct {
	At                     time.Time
	Memory                 int
	Used, Duration, Billed float64
	JSON                   bool
}

type query struct {
	group, text string
	from, to    int64
	asked       int
	stopped     bool
}

// Reports adds lines to a log group; Stored says how many bytes it holds.
func (c *Cloud) Reports(group string, lines ...Report) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.watch.estate.reports == nil {
		c.watch.estate.reports = map[string][]Report{}
	}
	c.watch.estate.reports[group] = append(c.watch.estate.reports[group], lines...)
}

// Stored says how many bytes a log group holds.
func (c *Cloud) Stored(group string, bytes int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.watch.estate.stored == nil {
		c.watch.estate.stored = map[string]int64{}
	}
	c.watch.estate.stored[group] = bytes
}

// SlowQueries are Running for so many looks; 1 unless set, and for ever below 0.
func (c *Cloud) SlowQueries(looks int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.watch.estate.slow = looks
}

// StoppedQueries is how many were stopped.
func (c *Cloud) StoppedQueries() (n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, q := range c.watch.estate.queries {
		if q.stopped {
			n++
		}
	}
	return n
}

func (c *Cloud) startQuery(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Group string `json:"logGroupName"`
		Query string `json:"queryString"`
		From  int64  `json:"startTime"`
		To    int64  `json:"endTime"`
	}
	if !c.json11(w, r, "logs", logsTarget+"StartQuery", &in) {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.note(r, "logs:StartQuery", arn("logs", "log-group:"+in.Group+":*"))
	if _, ok := c.watch.groups[in.Group]; !ok {
		failJSON(w, &denial{http.StatusBadRequest, "ResourceNotFoundException", "Log group '" + in.Group + "' does not exist"})
		return
	}
	if _, err := evaluate(in.Query, nil); err != nil || in.To < in.From || in.From > 1e11 {
		failJSON(w, &denial{http.StatusBadRequest, "MalformedQueryException", fmt.Sprint(err)})
		return
	}
	c.watch.estate.queries = append(c.watch.estate.queries, query{group: in.Group, text: in.Query, from: in.From, to: in.To})
	reply(w, map[string]string{"queryId": strconv.Itoa(len(c.watch.estate.queries))})
}

// asked finds the query of an id. c.mu must be held.
func (c *Cloud) asked(id string) *query {
	n, err := strconv.Atoi(id)
	if err != nil || n < 1 || n > len(c.watch.estate.queries) {
		return nil
	}
	return &c.watch.estate.queries[n-1]
}

type queryID11 struct {
	ID        string `json:"queryId"`
	NextToken string `json:"nextToken"`
}

func (c *Cloud) stopQuery(w http.ResponseWriter, r *http.Request) {
	var in queryID11
	if !c.json11(w, r, "logs", logsTarget+"StopQuery", &in) {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.note(r, "logs:StopQuery", "*")
	q := c.asked(in.ID)
	if q != nil {
		q.stopped = true
	}
	reply(w, map[string]bool{"success": q != nil})
}

func (c *Cloud) queryResults(w http.ResponseWriter, r *http.Request) {
	var in queryID11
	if !c.json11(w, r, "logs", logsTarget+"GetQueryResults", &in) {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.note(r, "logs:GetQueryResults", "*")
	q := c.asked(in.ID)
	if q == nil {
		failJSON(w, &denial{http.StatusBadRequest, "ResourceNotFoundException", "no such query"})
		return
	}
	q.asked++
	scanned := map[string]float64{"bytesScanned": float64(c.watch.estate.stored[q.group])}
	slow := c.watch.estate.slow
	if slow == 0 {
		slow = 1
	}
	if slow < 0 || q.asked <= slow {
		reply(w, map[string]any{"status": "Running", "results": []any{}, "statistics": scanned})
		return
	}
	var lines []map[string]float64
	for _, l := range c.watch.estate.reports[q.group] {
		if at := l.At.Unix(); at >= q.from && at <= q.to {
			lines = append(lines, l.fields())
		}
	}
	rows, _ := evaluate(q.text, lines) // it was held when it began
	reply(w, map[string]any{"status": "Complete", "results": rows, "statistics": scanned})
}

// fields are those that Logs Insights finds in a line. Of text it reads sizes in
// bytes, of which an MB has a million; source: CloudWatch Logs user guide,
// supported logs and discovered fields, and answers that people show.
func (l Report) fields() map[string]float64 {
	if l.JSON {
		return map[string]float64{"record.metrics.memorySizeMB": float64(l.Memory), "record.metrics.maxMemoryUsedMB": l.Used, "record.metrics.durationMs": l.Duration, "record.metrics.billedDurationMs": l.Billed}
	}
	return map[string]float64{"@memorySize": 1e6 * float64(l.Memory), "@maxMemoryUsed": 1e6 * l.Used, "@duration": l.Duration, "@billedDuration": l.Billed}
}

var (
	coalesced  = regexp.MustCompile(`^coalesce\(([a-zA-Z.@]+), (@[a-zA-Z]+)(?: / ([0-9]+))?\) as (\w+)$`)
	statistic2 = regexp.MustCompile(`^(count|sum|max|pct)\((\*|\w+)(?:, ([0-9]+))?\) as (\w+)$`)
	commas     = regexp.MustCompile(`, ([a-z]+\()`)
)

// evaluate answers as much of Logs Insights' language as this project writes:
// reports by field, with statistics.
func evaluate(text string, lines []map[string]float64) ([][]map[string]string, error) {
	steps := strings.Split(text, "\n| ")
	if len(steps) != 5 || steps[0] != `filter @type = "REPORT" or type = "platform.report"` || steps[3] != "sort size asc" || !strings.HasPrefix(steps[4], "limit ") {
		return nil, fmt.Errorf("this cloud does not know the query %q", text)
	}
	split := func(s string) []string { return strings.Split(commas.ReplaceAllString(s, "\n$1"), "\n") }
	groups := map[float64][]map[string]float64{}
	stats, by, ok := strings.Cut(strings.TrimPrefix(steps[2], "stats "), " by ")
	if !ok {
		return nil, fmt.Errorf("by what?")
	}
	for i, l := range append(lines, nil) { // one line of nothing, so that a wrong word is found without any
		v := map[string]float64{}
		for _, f := range split(strings.TrimPrefix(steps[1], "fields ")) {
			m := coalesced.FindStringSubmatch(f)
			if m == nil {
				return nil, fmt.Errorf("the field %q", f)
			}
			if x, has := l[m[1]]; has {
				v[m[4]] = x
			} else if x, has := l[m[2]]; has {
				divisor, err := strconv.ParseFloat(m[3], 64)
				if err != nil {
					divisor = 1
				}
				v[m[4]] = x / divisor
			}
		}
		if i < len(lines) {
			groups[v[by]] = append(groups[v[by]], v)
		}
	}
	rows := [][]map[string]string{}
	for _, size := range append(slices.Sorted(maps.Keys(groups)), math.NaN()) {
		row := []map[string]string{{"field": by, "value": strconv.FormatFloat(size, 'E', -1, 64)}}
		for _, s := range split(stats) {
			m := statistic2.FindStringSubmatch(s)
			if m == nil {
				return nil, fmt.Errorf("the statistic %q", s)
			}
			row = append(row, map[string]string{"field": m[4], "value": strconv.FormatFloat(stat(m[1], m[2], m[3], groups[size]), 'f', -1, 64)})
		}
		if !math.IsNaN(size) {
			rows = append(rows, row)
		}
	}
	return rows, nil
}

func stat(name, field, p string, lines []map[string]float64) float64 {
	var all []float64
	for _, l := range lines {
		all = append(all, l[field])
	}
	switch {
	case len(all) == 0:
		return 0
	case name == "count":
		return float64(len(all))
	case name == "sum":
		return sum(all)
	case name == "max":
		return slices.Max(all)
	}
	share, _ := strconv.ParseFloat(p, 64) // it is digits
	return rank(all, share)
}
