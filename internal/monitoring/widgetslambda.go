package monitoring

import (
	"slices"
	"strings"

	"github.com/cutover-dev/cutover/internal/monitoring/dashboard"
)

// term is what the names of the stage's functions have in common, by which a
// SEARCH finds them, a new one too; "" if they are to be named one by one. SST
// calls functions <app>-<stage>-<name>-<random>.
func (p Plan) term() (term string, all bool) {
	own := strings.ToLower(p.Project) + "-" + p.Inventory.Stage + "-"
	functions := p.Inventory.Functions
	if !slices.ContainsFunc(functions, func(f Function) bool { return !strings.HasPrefix(f.Name, own) }) {
		return strings.TrimSuffix(own, "-"), false
	}
	if len(functions) <= PerFunction {
		return "", false
	}
	common := functions[0].Name
	for _, f := range functions {
		for !strings.HasPrefix(f.Name, common) {
			common = common[:len(common)-1]
		}
	}
	// Only whole words are found.
	if end := strings.LastIndexAny(common, "-_"); end > 0 {
		return common[:end], false
	}
	return "", true
}

// functionNotes say what the search for functions shows too much or too little.
func (p Plan) functionNotes() []string {
	term, all := p.term()
	n := len(p.Inventory.Functions)
	var notes []string
	switch {
	case all:
		notes = append(notes, "The functions' names have nothing in common: the dashboard shows every function of the region, other applications' too.")
	case term == "":
		notes = append(notes, "The functions' names do not begin with "+strings.ToLower(p.Project)+"-"+p.Inventory.Stage+"-: the dashboard names each, and a new one appears with the next deployment of this stack.")
	}
	if n > dashboard.MostFound {
		notes = append(notes, "CloudWatch shows 500 functions in one graph, and leaves out the others without a word.")
	}
	return notes
}

// functions is one figure of each function.
func (b builder) functions(name, stat string) []dashboard.Series {
	known := b.p.Inventory.Functions
	term, all := b.p.term()
	if term != "" || all {
		search := dashboard.Search{Namespace: "AWS/Lambda", Dimensions: []string{"FunctionName"}, Metric: name, Term: term, Stat: stat, Period: minute}
		return []dashboard.Series{{ID: "each", Expression: search.Expression(), Label: "${PROP('Dim.FunctionName')}", Finds: max(len(known), 1)}}
	}
	names := make([]string, 0, len(known))
	for _, f := range known {
		names = append(names, f.Name)
	}
	slices.Sort(names)
	var series []dashboard.Series
	for _, f := range names {
		series = append(series, metric("AWS/Lambda", name, stat, f, dimension("FunctionName", f)))
	}
	return series
}

// counts are invocations, errors and throttles. Where the alarm watches all
// functions together, their sum has a graph of its own, with the alarm's line.
func (b builder) counts() dashboard.Row {
	var together []dashboard.Series
	for _, a := range b.of("lambda-throttles") {
		if s := a.Series[0]; len(s.Dimensions) == 0 {
			together = append(together, metric(s.Namespace, s.Metric, s.Stat, "whole region, as the alarm sees it"))
		}
	}
	width := 8
	if together != nil {
		width = 6
	}
	throttles := graph(width, "Throttles", "a minute", b.functions("Throttles", "Sum")...)
	row := dashboard.Row{
		b.marked(graph(width, "Invocations", "a minute", b.functions("Invocations", "Sum")...)),
		b.marked(graph(width, "Errors", "a minute", b.functions("Errors", "Sum")...)),
	}
	if together == nil {
		return append(row, b.drawn(throttles, Count, "lambda-throttles"))
	}
	return append(row, throttles, b.drawn(graph(width, "Throttles, all functions", "a minute", together...), Count, "lambda-throttles"))
}

// concurrency is that of each function beside the account's, which is limited.
func (b builder) concurrency() dashboard.Metrics {
	series := b.functions("ConcurrentExecutions", "Maximum")
	if len(b.p.Inventory.Functions) < dashboard.MostFound {
		series = append(series, metric("AWS/Lambda", "ConcurrentExecutions", "Maximum", "whole account in this region"))
	}
	return graph(6, "Concurrent executions", "at once", series...)
}

func (b builder) lambda() dashboard.Section {
	duration := func(title, stat string) dashboard.Metrics {
		return b.marked(graph(6, "Duration "+title, Milliseconds, b.functions("Duration", stat)...))
	}
	slowest := metric(b.p.namespace(), coldStartMetric, "p99", "p99")
	many := metric(b.p.namespace(), coldStartMetric, "SampleCount", "how many")
	many.OnRight, many.Color = true, purple
	cold := b.drawn(graph(6, "Cold starts", Milliseconds, slowest, many), Milliseconds, "cold-start")
	cold.Right = dashboard.Axis{Label: "a minute", Min: new(float64)}
	longest := b.drawn(duration("longest", "Maximum"), Milliseconds, "lambda-near-timeout")
	kinds := []string{"lambda-error-rate", "lambda-throttles", "lambda-near-timeout", "cold-start"}
	return b.section("Lambda", b.ringing(kinds), b.counts(),
		dashboard.Row{b.marked(b.judged(6, "Share of invocations that fail", "lambda-error-rate")), b.concurrency(), cold, longest},
		dashboard.Row{duration("average", "Average"), duration("p50", "p50"), duration("p95", "p95"), duration("p99", "p99")})
}

// ringing are the kinds that this stage has alarms of.
func (b builder) ringing(kinds []string) []string {
	return slices.DeleteFunc(slices.Clone(kinds), func(kind string) bool { return len(b.of(kind)) == 0 })
}

// api is one API. REST and HTTP APIs call the same figures differently.
func (b builder) api(api API) dashboard.Section {
	clients, servers := "4XXError", "5XXError"
	if api.Type == apiHTTP {
		clients, servers = "4xx", "5xx"
	}
	of := func(name, stat, label, colour string) dashboard.Series {
		s := api.series("", name, stat)
		m := metric(s.Namespace, name, stat, label, ours(s.Dimensions)...)
		m.Color = colour
		return m
	}
	only := b // the alarms of this API
	only.alarms = slices.DeleteFunc(slices.Clone(b.alarms), func(a Alarm) bool { return a.Subject != "" && a.Subject != api.subject() })
	which := ""
	if len(b.p.Inventory.APIs) > 1 {
		which = ", " + api.subject()
	}
	requests := b.marked(graph(6, "Requests"+which, "a minute", of("Count", "Sum", "requests", "")))
	errors := b.marked(graph(6, "API errors"+which, "a minute", of(clients, "Sum", "4xx", amber), of(servers, "Sum", "5xx", red)))
	share := b.marked(only.judged(6, "Share of requests answered with 5xx"+which, "api-5xx"))
	latency := only.drawn(b.marked(graph(6, "Latency"+which, Milliseconds, of("Latency", "p50", "p50", ""), of("Latency", "p95", "p95", ""), of("Latency", "p99", "p99", ""))), Milliseconds, "api-latency")
	return b.section("API Gateway"+which, []string{"api-5xx", "api-latency"}, dashboard.Row{requests, errors, share, latency})
}
