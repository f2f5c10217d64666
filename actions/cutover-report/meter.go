package main

import (
	"context"
	"encoding/json"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/cloudwatch"
	"github.com/cutover-dev/cutover/internal/adapter/aws/lambda"
	"github.com/cutover-dev/cutover/internal/adapter/aws/tagging"
	"github.com/cutover-dev/cutover/internal/comparison"
	"github.com/cutover-dev/cutover/internal/config/monitored"
	"github.com/cutover-dev/cutover/internal/cost"
	"github.com/cutover-dev/cutover/internal/cost/price"
	"github.com/cutover-dev/cutover/internal/cost/project"
	"github.com/cutover-dev/cutover/internal/cost/usage"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/monitoring"
	"github.com/cutover-dev/cutover/internal/monitoring/discover"
)

// metered reckons the cost from what both sides used.
func (w *work) metered(ctx context.Context, to *comparison.Input) error {
	at := *w.in.windowCost
	inventory, err := w.deployed(ctx)
	if err != nil {
		return err
	}
	in, err := w.used(ctx, at, inventory)
	if err != nil {
		return err
	}
	in.Saving = to.Policy.Savings.Fraction()
	p, ok := project.Of(in)
	if !ok {
		return &fault.Fault{Kind: fault.Input, Name: "window-cost", What: "holds no traffic of one of the sides that could be projected", Got: said(at), Next: "Take a week in which both had users, and look whether cutover.yaml names load balancer and API."}
	}
	view := viewOf(p, in)
	to.Cost = &view
	text, err := json.Marshal([]usage.Usage{in.Blue, in.Green, in.Shared})
	to.Files = append(to.Files, comparison.File{Name: "usage: CloudWatch " + said(at), SHA256: digest(text)}, comparison.File{Name: "prices", SHA256: digest(in.Prices.Table.Text())})
	if err != nil {
		return err
	}
	return w.billed(ctx, to, in, inventory)
}

// used is what both sides used in a window, with what that costs.
func (w *work) used(ctx context.Context, at window, inventory monitoring.Inventory) (in project.Inputs, err error) {
	blue, green, err := w.meters(ctx, at, inventory)
	if err != nil {
		return in, err
	}
	prices, err := w.prices()
	if err != nil {
		return in, err
	}
	s := w.file.Cost
	shape := usage.GreenShape{Proxy: s.Green.Proxy}
	if api := w.api(inventory); api != nil {
		shape.API = api.Type
	}
	if n := blue.Requests.Sum(); n > 0 {
		shape.BytesEach = blue.Bytes.Sum() / n
	}
	shape.Traced = w.traced(green, shape.API)
	in = project.Inputs{
		Blue: usage.OfBlue(blue, s.Blue.Shape()), Green: usage.OfGreen(green, shape), Shared: usage.OfStores(blue.From, blue.To, s.Shared.Stores()),
		Hourly: usage.Hourly(blue.From, blue.To, blue.Requests, green.Requests), Prices: prices, Scaling: s.Blue.Scaling(),
	}
	in.Memory, in.Architecture = alikeFunctions(green.Functions)
	return in, nil
}

// traced is the share of green's requests whose trace is paid for, at most: what the
// stage's own rules record and the first request of each second, which is recorded
// whatever the share. Where cutover.yaml does not say, it may be all of them.
func (w *work) traced(green usage.GreenMetered, api string) *float64 {
	share := 1.0
	if m := w.file.Monitoring; m != nil && green.Requests.Sum() > 0 {
		roots := 1.0 // whatever traces itself, and a REST API before it
		if api == usage.REST {
			roots++
		}
		share = min(1, m.Tracing.Record.Fraction()+roots*green.To.Sub(green.From).Seconds()/green.Requests.Sum())
	}
	return &share
}

// deployed is what the stage consists of: as the file says, else its functions are
// found by their tags.
func (w *work) deployed(ctx context.Context) (monitoring.Inventory, error) {
	known := monitored.Known(w.file, *w.in.stage)
	if *w.in.inventory != "" {
		return monitored.Inventory(*w.in.inventory, known)
	}
	tags, err := tagging.Open(ctx, w.region)
	if err != nil {
		return known, err
	}
	functions, err := lambda.Open(ctx, w.region, "")
	if err != nil {
		return known, err
	}
	app := w.file.AppName(*w.in.app)
	found, _, err := discover.Find(ctx, discover.Ports{Tags: discover.OnlyFunctions(tags, nil), Functions: functions}, discover.Request{App: app, Project: w.file.Project, Stage: *w.in.stage, Region: w.region})
	known.Functions = found.Functions
	return known, err
}

func said(at window) string {
	return at.From.Format(time.RFC3339) + "/" + at.To.Format(time.RFC3339)
}

// api is green's: cutover.yaml's, or the only one that is deployed.
func (w *work) api(inventory monitoring.Inventory) *cloudwatch.Gateway {
	if t := w.file.Traffic; t != nil && t.Stage == *w.in.stage && t.Green.API != nil {
		return &cloudwatch.Gateway{Type: t.Green.API.Type, Name: t.Green.API.Name, Stage: t.Green.API.Stage}
	}
	if len(inventory.APIs) == 1 {
		return &cloudwatch.Gateway{Type: inventory.APIs[0].Type, Name: inventory.APIs[0].Name, Stage: inventory.APIs[0].Stage}
	}
	return nil
}

// meters reads what both sides used in the window.
func (w *work) meters(ctx context.Context, at window, inventory monitoring.Inventory) (blue usage.BlueMetered, green usage.GreenMetered, err error) {
	of := cloudwatch.Metered{}
	if t := w.file.Traffic; t != nil && t.Stage == *w.in.stage {
		of.LoadBalancer = t.Blue.LoadBalancer
	}
	if l := w.file.Legacy; l != nil {
		of.Cluster, of.Service = l.Cluster, l.Service
	}
	if api := w.api(inventory); api != nil {
		of.API = *api
	}
	if w.file.Monitoring != nil {
		of.ColdStarts = monitoring.Namespace(w.file.Project, *w.in.stage)
	}
	for _, f := range inventory.Functions {
		architecture := usage.X86
		if f.Architecture == "arm64" {
			architecture = usage.ARM
		}
		of.Functions = append(of.Functions, cloudwatch.MeteredFunction{Name: f.Name, Memory: f.MemoryMB, Architecture: architecture, LogGroup: f.LogGroup})
	}
	m, err := cloudwatch.OpenMeters(ctx, w.region, of)
	if err != nil {
		return blue, green, err
	}
	now := time.Now()
	if blue, err = m.Blue(ctx, at.From, at.To, now); err != nil {
		return blue, green, in("window-cost", said(at), err)
	}
	green, err = m.Green(ctx, at.From, at.To, now)
	return blue, green, err
}

// prices are those that cutover.yaml names, else the ones that are built in.
func (w *work) prices() (usage.Prices, error) {
	table := price.BuiltIn()
	if name := w.file.Cost.Prices; name != "" {
		path := filepath.Join(filepath.Dir(*w.in.config), filepath.FromSlash(name))
		text, err := readFile("cost.prices", path)
		if err != nil {
			return usage.Prices{}, err
		}
		if table, err = price.Parse(path, text); err != nil {
			return usage.Prices{}, err
		}
	}
	return usage.Prices{Table: table, Region: string(w.file.Region)}, nil
}

// alikeFunctions is the memory of all functions, if it is one.
func alikeFunctions(all []usage.Function) (memory int, architecture string) {
	for i, f := range all {
		if i > 0 && (f.Memory != memory || f.Architecture != architecture) {
			return 0, ""
		}
		memory, architecture = f.Memory, f.Architecture
	}
	return memory, architecture
}

// points is how many places the curve of both costs has.
const points = 40

// viewOf says a projection in the comparison's words.
func viewOf(p project.Projection, in project.Inputs) comparison.CostView {
	v := comparison.CostView{Days: in.Blue.Hours() / 24, Shared: p.Shared.Dollars(), Notes: p.Notes, BreakEven: ceases(p.Equal), TargetAt: ceases(p.Target)}
	v.Prices, _ = cost.Dated(in.Prices.Table, in.Prices.Region)
	for _, t := range p.Traffic {
		switch t.Name {
		case "low":
			v.Traffic.Low, v.Blue.Low, v.Green.Low = t.Requests, t.Blue.Monthly.Dollars(), t.Green.Monthly.Dollars()
		case "median":
			v.Traffic.Median, v.Blue.Median, v.Green.Median = t.Requests, t.Blue.Monthly.Dollars(), t.Green.Monthly.Dollars()
		case "high":
			v.Traffic.High, v.Blue.High, v.Green.High = t.Requests, t.Blue.Monthly.Dollars(), t.Green.Monthly.Dollars()
		}
	}
	if m := p.Window.Blue; m != nil {
		v.Blue.PerMillion = m.Dollars()
	}
	if m := p.Window.Green; m != nil {
		v.Green.PerMillion = m.Dollars()
	}
	v.Blue.Parts, v.Green.Parts = parts(in.Blue, in.Prices, v.Traffic.Median), parts(in.Green, in.Prices, v.Traffic.Median)
	for _, l := range p.Unknown {
		what := string(l.Item)
		if l.Note != "" {
			what += ": " + l.Note
		}
		switch l.Side {
		case usage.Blue:
			v.Blue.Unknown = append(v.Blue.Unknown, what)
		case usage.Green:
			v.Green.Unknown = append(v.Green.Unknown, what)
		}
	}
	for i := range points + 1 {
		at := 2 * v.Traffic.High * float64(i) / points
		v.Curve = append(v.Curve, comparison.CostPoint{Requests: at, Blue: p.BlueCurve.Monthly(at), Green: p.GreenCurve.Monthly(at)})
	}
	for _, s := range p.Sensitivity {
		v.Variants = append(v.Variants, comparison.Variant{Name: strconv.Itoa(s.Memory) + " MB, " + s.Architecture, Monthly: s.Monthly.Dollars(), Current: s.Now})
	}
	return v
}

// ceases is the first traffic above which green is not cheap enough any more.
func ceases(all []project.Crossing) *float64 {
	for _, c := range all {
		if !c.GreenAbove {
			return &c.Requests
		}
	}
	return nil
}

// parts are a side's lines in a month of that traffic: what follows traffic by the
// request, the rest by the hour.
func parts(u usage.Usage, prices usage.Prices, requests float64) (all []comparison.CostPart) {
	for _, l := range usage.Bill(u, prices) {
		if !l.Known || u.Hours() <= 0 {
			continue
		}
		monthly := l.Amount.Dollars() * project.MonthHours / u.Hours()
		if l.Kind == usage.Linear && u.Requests > 0 {
			monthly = l.Amount.Dollars() / float64(u.Requests) * requests
		}
		all = append(all, comparison.CostPart{Name: string(l.Item), Monthly: monthly})
	}
	slices.SortStableFunc(all, func(a, b comparison.CostPart) int { return int(1e6 * (b.Monthly - a.Monthly)) })
	return all
}
