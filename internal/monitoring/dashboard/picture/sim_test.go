package picture

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/monitoring/dashboard"
)

var day = World{Functions: []string{"lego-a", "lego-b", "other"}, End: time.Date(2026, 3, 4, 18, 0, 0, 0, time.UTC), Seed: 7}

func mark(label string, before time.Duration) dashboard.Mark {
	return dashboard.Mark{Label: label, At: day.End.Add(-before)}
}

var broken = []dashboard.Mark{mark("weight: 10%", 12*time.Hour), mark("deployment: x", 6*time.Hour), mark("rollback: y", 330*time.Minute)}

func widget(series ...dashboard.Series) dashboard.Metrics {
	return dashboard.Metrics{Title: "t", View: dashboard.Graph, Period: 60, Stat: "Sum", Series: series}
}

func drawOf(t *testing.T, series ...dashboard.Series) []drawn {
	t.Helper()
	m := widget(series...)
	all, err := newData(day, m, broken).lines(m)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func seriesOf(id, namespace, metric, stat string, dimensions ...string) dashboard.Series {
	s := dashboard.Series{ID: id, Namespace: namespace, Metric: metric, Stat: stat}
	for i := 0; i+1 < len(dimensions); i += 2 {
		s.Dimensions = append(s.Dimensions, dashboard.Dimension{Name: dimensions[i], Value: dimensions[i+1]})
	}
	return s
}

// Idle connections are not made up: they are what the expression comes to.
func TestExpressionsAreWorkedOut(t *testing.T) {
	all := drawOf(t, seriesOf("open", "AWS/RDS", "DatabaseConnections", "Sum", "ProxyName", "p"), seriesOf("active", "AWS/RDS", "DatabaseConnectionsCurrentlyBorrowed", "Sum", "ProxyName", "p"),
		dashboard.Series{Expression: "open-active", Label: "idle"}, dashboard.Series{Expression: "IF(open>active,100*active/open,0)"}, dashboard.Series{Expression: "-2*(open+1)"}, dashboard.Series{Expression: "open/0"}, dashboard.Series{Expression: "open-2*active-1"})
	for i := range all[0].values {
		open, active := all[0].values[i], all[1].values[i]
		if all[2].values[i] != open-active || open < active || math.Abs(all[3].values[i]-100*active/open) > 1e-9 || all[4].values[i] != -2*(open+1) || !math.IsNaN(all[5].values[i]) || all[6].values[i] != open-2*active-1 {
			t.Fatalf("point %d: open %v, active %v, idle %v, share %v, %v, %v", i, open, active, all[2].values[i], all[3].values[i], all[4].values[i], all[5].values[i])
		}
	}
	if len(all[0].values) != 1440 || all[2].label != "idle" {
		t.Errorf("%d points of %q", len(all[0].values), all[2].label)
	}
}

func TestASearchFindsTheFunctionsItWould(t *testing.T) {
	s := dashboard.Search{Namespace: "AWS/Lambda", Dimensions: []string{"FunctionName"}, Metric: "Invocations", Term: "lego", Stat: "Sum", Period: 60}
	all := drawOf(t, dashboard.Series{Expression: s.Expression(), Label: "${PROP('Dim.FunctionName')}"}, seriesOf("", "AWS/Lambda", "Invocations", "Sum", "FunctionName", "lego-b"), dashboard.Series{Expression: "SUM(" + s.Expression() + ")"})
	if len(all) != 4 || all[0].label != "lego-a" || all[1].label != "lego-b" {
		t.Fatalf("%d lines", len(all))
	}
	for i := range all[1].values {
		if all[1].values[i] != all[2].values[i] || all[3].values[i] != all[0].values[i]+all[1].values[i] {
			t.Fatal("a function found is not the function named")
		}
	}
}

func mean(values []float64, from, to int) float64 {
	sum, n := 0.0, 0.0
	for _, v := range values[from:to] {
		if !math.IsNaN(v) {
			sum, n = sum+v, n+1
		}
	}
	return sum / n
}

// The day has a night, the incident lasts from the deployment to the rollback,
// percentiles lie above each other, and a weight holds until the next.
func TestTheDayIsPlausible(t *testing.T) {
	const night, noon, incident, after = 480, 1260, 1090, 1125 // 02:00, 15:00, 12:10, 12:45
	all := drawOf(t, seriesOf("", "AWS/Lambda", "Invocations", "Sum"), seriesOf("", "AWS/Lambda", "Errors", "Sum"), seriesOf("", "AWS/ApiGateway", "Latency", "p50"), seriesOf("", "AWS/ApiGateway", "Latency", "p95"),
		seriesOf("", "AWS/ApiGateway", "Latency", "p99"), seriesOf("", "AWS/RDS", "FreeableMemory", "Minimum"), seriesOf("", "own", "ColdStartDuration", "p99"))
	invocations, failed := all[0].values, all[1].values
	if quiet, busy := mean(invocations, night, night+60), mean(invocations, noon, noon+60); quiet*2 > busy || quiet <= 0 {
		t.Errorf("%v at night, %v at noon", quiet, busy)
	}
	if calm, bad := mean(failed, after, after+15), mean(failed, incident, incident+15); bad < 20*calm {
		t.Errorf("%v errors in the incident, %v after it", bad, calm)
	}
	if a, b, c := mean(all[2].values, 0, 1440), mean(all[3].values, 0, 1440), mean(all[4].values, 0, 1440); a >= b || b >= c {
		t.Errorf("p50 %v, p95 %v, p99 %v", a, b, c)
	}
	if gib := mean(all[5].values, 0, 1440) / (1 << 30); gib < 1 || gib > 8 {
		t.Errorf("%v GiB", gib)
	}
	if ms := mean(all[6].values, 0, 1440); ms < 300 || ms > 3000 {
		t.Errorf("cold starts of %v ms", ms)
	}
	for i, v := range failed {
		if v > invocations[i] || v != math.Trunc(v) {
			t.Fatalf("%v errors of %v invocations", v, invocations[i])
		}
	}
	weights := drawOf(t, seriesOf("told", "own", "GreenWeight", "Maximum"), dashboard.Series{Expression: "FILL(told,REPEAT)"})
	told := ""
	for i, v := range weights[1].values {
		if i == 0 || v != weights[1].values[i-1] {
			told += fmt.Sprintf("%d:%v ", i, v)
		}
	}
	if told != "0:0 720:10 1110:0 " || !math.IsNaN(weights[0].values[1]) {
		t.Errorf("weights %s", told)
	}
}

func TestCostIsOfThirtyDays(t *testing.T) {
	m := widget(seriesOf("", "own", "DailyCost", "Maximum"))
	m.Period, m.Start = 86_400, "-P30D"
	all, err := newData(day, m, nil).lines(m)
	if err != nil || len(all[0].values) < 30 || len(all[0].values) > 31 || mean(all[0].values, 0, 30) < 2 {
		t.Errorf("%v, %v", all, err)
	}
}

// A spike of one minute is what one looks for.
func TestASpikeIsDrawn(t *testing.T) {
	m := widget()
	p := &plot{d: newData(day, m, nil), m: m, left: 50, right: 350, top: 0, bottom: 100}
	p.scales[0] = scale{low: 0, high: 100, used: true}
	values := make([]float64, len(p.d.times))
	values[777], values[20] = 100, math.NaN()
	path, dots := p.path(0, values)
	if y := coordinate(p.x(p.d.times[777])) + " 0"; dots || !contains(path, y) {
		t.Errorf("%v %s", dots, path)
	}
	for i := range values {
		values[i] = math.NaN()
		if i%40 == 0 {
			values[i] = 1
		}
	}
	if path, dots := p.path(0, values); !dots || len(path) == 0 {
		t.Errorf("lone points: %v %s", dots, path)
	}
}

func contains(path, point string) bool {
	for at := 0; at+len(point) <= len(path); at++ {
		if path[at:at+len(point)] == point {
			return true
		}
	}
	return false
}
