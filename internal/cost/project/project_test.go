package project_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/cost/price"
	"github.com/cutover-dev/cutover/internal/cost/project"
	"github.com/cutover-dev/cutover/internal/cost/usage"
)

var (
	start = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	end   = start.Add(project.MonthHours * time.Hour)
	list  = usage.Prices{Table: price.BuiltIn(), Region: "us-east-1"}
)

// month is the comparison that the project began with: two tasks of 1 vCPU and
// 2 GB behind a load balancer, against 512 MB on arm for 100 ms and RDS Proxy;
// without logs, transfer and traces.
func month(api price.Item, requests float64) project.Inputs {
	meter := func(item price.Item, units float64, kind usage.Kind) usage.Meter {
		return usage.Meter{Item: item, Quantity: price.Of(units), Kind: kind}
	}
	hourly := make([]int64, project.MonthHours)
	for n := range hourly {
		hourly[n] = int64(requests / project.MonthHours)
	}
	const hours = project.MonthHours
	return project.Inputs{
		Blue: usage.Usage{Side: usage.Blue, From: start, To: end, Requests: int64(requests), Counted: true, Tasks: 2, Meters: []usage.Meter{
			meter(price.FargateX86CPU, 2*hours, usage.Stepped), meter(price.FargateX86GB, 4*hours, usage.Stepped), meter(price.ALBHour, hours, usage.Fixed),
		}},
		Green: usage.Usage{Side: usage.Green, From: start, To: end, Requests: int64(requests), Counted: true, Meters: []usage.Meter{
			meter(api, requests, usage.Linear), meter(price.LambdaRequest, requests, usage.Linear), meter(price.LambdaARM, requests*0.05, usage.Linear), meter(price.ProxyCPU, 2*hours, usage.Fixed),
		}},
		Shared: usage.OfStores(start, end, usage.Stores{Databases: []string{"db.t4g.medium"}}),
		Hourly: hourly, Prices: list, Saving: 0.4, Memory: 512, Architecture: usage.ARM,
	}
}

func near(t *testing.T, what string, got, want, within float64) {
	t.Helper()
	if math.Abs(got-want) > within {
		t.Errorf("%s: %g, not %g", what, got, want)
	}
}

// The figures that facts.md gives: $88.5 a month; equal at 35.7 M requests with an
// HTTP API, 40% saved below 16.7 M; 15.3 M and 7.1 M with a REST API.
//
// Shows: 5.6.2
func TestTheFirstComparison(t *testing.T) {
	docs, err := os.ReadFile("../../../docs/cost.md")
	if err != nil {
		t.Fatal(err)
	}
	var told []string
	defer func() {
		if want := strings.Join(told, "; with a REST API "); !strings.Contains(string(docs), want+" |") {
			t.Errorf("docs/cost.md does not say %q", want)
		}
	}()
	for _, x := range []struct {
		api           price.Item
		equal, target float64
	}{{price.APIHTTP, 35.7, 16.7}, {price.APIREST, 15.3, 7.1}} {
		p, ok := project.Of(month(x.api, 7.3e6))
		if !ok || len(p.Equal) != 1 || len(p.Target) != 1 || !p.GreenAtZero || !p.TargetAtZero || p.Equal[0].GreenAbove {
			t.Fatalf("%+v", p)
		}
		near(t, "blue", p.BlueCurve.Monthly(0), 88.5, 0.01)
		near(t, "equal", p.Equal[0].Requests/1e6, x.equal, 0.05)
		near(t, "target", p.Target[0].Requests/1e6, x.target, 0.05)
		near(t, "where we stand", p.Mean, 7.3e6, 1)
		tenths := func(requests float64) string { return strconv.FormatFloat(requests/1e6, 'f', 1, 64) }
		if x.api == price.APIHTTP {
			told = append(told, fmt.Sprintf("$%.2f; equal at %s M requests a month, 40%% saved below %s M", p.BlueCurve.Monthly(0), tenths(p.Equal[0].Requests), tenths(p.Target[0].Requests)))
			continue
		}
		told = append(told, fmt.Sprintf("%s M and %s M", tenths(p.Equal[0].Requests), tenths(p.Target[0].Requests)))
	}
}

// With the shared database both sides cost more, and the share that is saved is less.
func TestTraffic(t *testing.T) {
	in := month(price.APIHTTP, 7.3e6)
	in.Hourly = nil
	for n := range 100 {
		in.Hourly = append(in.Hourly, int64(n+1)*1000)
	}
	p, ok := project.Of(in)
	if !ok || len(p.Traffic) != 4 {
		t.Fatal(p.Traffic)
	}
	for n, want := range map[int]float64{0: 10_000 * 730, 1: 50_000 * 730, 2: 90_000 * 730, 3: 50_500 * 730} {
		row := p.Traffic[n]
		near(t, row.Name, row.Requests, want, 1e-3)
		green := 21.9 + want*(1.2e-6+0.05*0.0000133334)
		near(t, row.Name+" green", row.Green.Monthly.Dollars(), green, 1e-5)
		near(t, row.Name+" saving", row.Saving, 1-green/p.BlueCurve.Monthly(0), 1e-9)
		near(t, row.Name+" per million", row.Green.PerMillion.Dollars(), green/want*1e6, 1e-5)
		near(t, row.Name+" with the database", row.Green.Shared.Dollars(), green+47.45, 1e-5)
		if math.Abs(row.SavingShared) >= math.Abs(row.Saving) {
			t.Errorf("%s: %g with the database, %g without", row.Name, row.SavingShared, row.Saving)
		}
	}
	if p.Window.Blue == nil || p.Window.Green == nil || p.Window.Blue.Dollars() < 12 || p.Window.Blue.Dollars() > 12.3 {
		t.Errorf("%v %v", p.Window.Blue, p.Window.Green)
	}
	if !strings.Contains(strings.Join(p.Notes, " "), "requests_per_task is not set") {
		t.Error(p.Notes)
	}
}

// What is not known is said; without traffic nothing is projected.
func TestUnknown(t *testing.T) {
	in := month(price.APIHTTP, 7.3e6)
	in.Green.Unknown = []usage.Unknown{{Item: price.LogsGB, Kind: usage.Linear, Why: "nobody told"}}
	p, ok := project.Of(in)
	if !ok || len(p.Unknown) != 1 || !strings.Contains(strings.Join(p.Notes, " "), "costs more than is said") {
		t.Errorf("%v %+v", p.Notes, p.Unknown)
	}
	for name, change := range map[string]func(*project.Inputs){
		"no hours":            func(in *project.Inputs) { in.Hourly = nil },
		"no request of green": func(in *project.Inputs) { in.Green.Requests = 0 },
		"no window":           func(in *project.Inputs) { in.Blue.To = in.Blue.From },
	} {
		in := month(price.APIHTTP, 7.3e6)
		change(&in)
		if p, ok := project.Of(in); ok || len(p.Traffic) != 0 || len(p.Notes) == 0 {
			t.Errorf("%s: %+v", name, p)
		}
	}
}

// Sensitivity holds the duration: what is there now costs what is measured, twice
// the memory costs twice the compute, and x86 more than arm.
func TestSensitivity(t *testing.T) {
	p, _ := project.Of(month(price.APIHTTP, 7.3e6))
	if len(p.Sensitivity) != 2*len(project.Memories) {
		t.Fatalf("%+v", p.Sensitivity)
	}
	at := func(memory int, architecture string) project.Sensitivity {
		n := slices.IndexFunc(p.Sensitivity, func(s project.Sensitivity) bool { return s.Memory == memory && s.Architecture == architecture })
		return p.Sensitivity[n]
	}
	now := at(512, usage.ARM)
	if !now.Now || now.Monthly != p.Traffic[1].Green.Monthly || len(now.Equal) != 1 || math.Abs(now.Equal[0].Requests-p.Equal[0].Requests) > 1 {
		t.Errorf("%+v, %+v", now, p.Traffic[1])
	}
	near(t, "twice the memory", at(1024, usage.ARM).Monthly.Dollars()-now.Monthly.Dollars(), 7.3e6*0.05*0.0000133334, 1e-5)
	near(t, "x86", at(512, usage.X86).Monthly.Dollars()-now.Monthly.Dollars(), 7.3e6*0.05*(0.0000166667-0.0000133334), 1e-5)
	in := month(price.APIHTTP, 7.3e6)
	in.Memory = 0
	if p, _ := project.Of(in); len(p.Sensitivity) != 0 {
		t.Error("functions of several sizes have a sensitivity")
	}
}

// Autoscaling adds a task at its edge, no earlier, and never more than the most.
func TestSteps(t *testing.T) {
	s := project.Steps{Each: 10, Least: 2, Most: 4, PerTask: 100}
	for requests, want := range map[float64]int{0: 2, 200: 2, 200.1: 3, 300: 3, 301: 4, 400: 4, 401: 4, 1e12: 4} {
		if got := s.Tasks(requests); got != want {
			t.Errorf("%g: %d, not %d", requests, got, want)
		}
	}
	in := month(price.APIHTTP, 7.3e6)
	in.Scaling = project.Scaling{Least: 1, Most: 5, PerTask: 10}
	p, ok := project.Of(in)
	if !ok || p.BlueCurve.Steps == nil || math.Abs(p.BlueCurve.Steps.Each-36.04) > 0.01 || math.Abs(p.BlueCurve.Steps.PerTask-26_280_000) > 1 {
		t.Fatalf("%+v", p.BlueCurve.Steps)
	}
	near(t, "one task", p.BlueCurve.Monthly(1), 16.425+36.04, 0.01)
}

// Crossings are all there are: where one is, the sign differs on both sides, and
// bisection between two of them finds no further one.
func TestCrossings(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	found := 0
	for range 3000 {
		blue := project.Curve{Fixed: r.Float64() * 100, PerRequest: r.Float64() * 1e-6}
		if r.IntN(2) == 0 {
			blue.Steps = &project.Steps{Each: r.Float64() * 80, Least: 1 + r.IntN(3), Most: 3 + r.IntN(8), PerTask: 1e6 + r.Float64()*2e7}
		}
		green := project.Curve{Fixed: r.Float64() * 120, PerRequest: r.Float64() * 4e-6}
		saving := []float64{0, 0.4}[r.IntN(2)]
		all := project.Crossings(blue, green, saving)
		found += len(all)
		cheap := project.Cheaper(blue, green, saving, 1)
		at := 0
		for probe := 5000.0; probe < 1e10; probe *= 1.01 {
			for at < len(all) && all[at].Requests < probe {
				if all[at].GreenAbove == cheap {
					t.Fatalf("no change at %+v of %+v", all[at], all)
				}
				cheap = all[at].GreenAbove
				at++
			}
			distant := !slices.ContainsFunc(all, func(c project.Crossing) bool { return math.Abs(c.Requests-probe) < 2 })
			if distant && project.Cheaper(blue, green, saving, probe) != cheap {
				t.Fatalf("at %g: cheaper is not %v: %+v %+v %+v %g: %+v", probe, cheap, blue, blue.Steps, green, saving, all)
			}
		}
	}
	if found < 1000 {
		t.Errorf("%d crossings: this holds little", found)
	}
	same := project.Curve{Fixed: 1, PerRequest: 1}
	if all := project.Crossings(same, same, 0); len(all) != 0 {
		t.Errorf("%+v", all)
	}
}
