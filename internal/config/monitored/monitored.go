// Package monitored says what cutover.yaml knows of watching a stage in the
// words of the monitoring stack: for the toolbox, which prints the template, and
// the action, which deploys it.
package monitored

import (
	"fmt"
	"io"
	"maps"
	"os"
	"slices"

	"github.com/cutover-dev/cutover/internal/config"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/monitoring"
	"github.com/cutover-dev/cutover/internal/nearest"
)

// Plan is the plan of a stage, as far as cutover.yaml knows it.
func Plan(file *config.File, stage string) (monitoring.Plan, error) {
	if _, ok := file.Stages[stage]; !ok {
		names := slices.Sorted(maps.Keys(file.Stages))
		f := &fault.Fault{Kind: fault.Input, Name: "stage", What: "is no stage of cutover.yaml", Got: stage, Allowed: fmt.Sprint(names)}
		if near := nearest.To(stage, names); near != "" {
			f.Next = "Did you mean " + near + "?"
		}
		return monitoring.Plan{}, f
	}
	m := file.Monitoring
	if m == nil {
		return monitoring.Plan{}, &fault.Fault{Kind: fault.Input, Name: "monitoring", What: "is not configured", Next: "Add the section monitoring with runbook_base to cutover.yaml."}
	}
	p := monitoring.Plan{
		Project: file.Project, Inventory: Known(file, stage),
		RunbookBase: string(m.RunbookBase), Mailboxes: mailboxes(file, m.Teams), Tracing: tracing(file, stage),
		KPIs: m.KPIs, Traffic: file.Traffic != nil && file.Traffic.Stage == stage,
	}
	p.Failover = failover(file, p)
	if b := file.Budget; b != nil && stage == budgetStage(file) {
		p.Budget = &monitoring.Budget{Monthly: b.Monthly, Alerts: b.Alerts, Mailboxes: mailboxes(file, b.Teams)}
	}
	return p, nil
}

// failover is what green's health check watches, for the stage whose traffic is
// shifted.
func failover(file *config.File, p monitoring.Plan) *monitoring.Failover {
	if !p.Traffic {
		return nil
	}
	f := &monitoring.Failover{Errors: file.Traffic.Failover.Errors, Minutes: file.Traffic.Failover.Minutes}
	if file.Traffic.Green.API != nil {
		f.API = &p.Inventory.APIs[0]
	}
	return f
}

// tracing is how much of a stage is traced. Slow is what the objective calls so.
func tracing(file *config.File, stage string) *monitoring.Tracing {
	t := file.Monitoring.Tracing
	x := &monitoring.Tracing{Record: t.Record, Index: t.Index, Millions: t.Millions, Slow: file.SLOs.Latency.Under.Std()}
	if file.Traffic != nil && file.Traffic.Stage == stage {
		x.HealthPath = file.Traffic.HealthPath
	}
	return x
}

// budgetStage is the stage whose stack has the project's budget: the one that
// takes the traffic, else production, else the first.
func budgetStage(file *config.File) string {
	if file.Traffic != nil {
		return file.Traffic.Stage
	}
	if _, ok := file.Stages["production"]; ok {
		return "production"
	}
	return slices.Min(slices.Collect(maps.Keys(file.Stages)))
}

func mailboxes(file *config.File, teams []string) []string {
	var boxes []string
	for _, team := range teams {
		for _, box := range file.Teams[team] {
			boxes = append(boxes, string(box))
		}
	}
	return boxes
}

// Known is the inventory of a stage as far as cutover.yaml tells it.
func Known(file *config.File, stage string) monitoring.Inventory {
	return monitoring.FromConfig(configured(file, stage))
}

func configured(file *config.File, stage string) monitoring.Configured {
	c := monitoring.Configured{Stage: stage, Region: string(file.Region)}
	if t := file.Traffic; t != nil && t.Stage == stage && t.Green.API != nil {
		c.API = &monitoring.API{Type: t.Green.API.Type, Name: t.Green.API.Name, Stage: t.Green.API.Stage}
	}
	d := file.Datastores
	if d == nil {
		return c
	}
	if d.RDS != nil {
		c.RDS = &monitoring.RDS{Instance: d.RDS.Instance, Proxy: d.RDS.Proxy}
	}
	if d.Redis != nil {
		c.Redis = &monitoring.Redis{Kind: d.Redis.Kind, IDs: []string{d.Redis.ID}}
	}
	if d.OpenSearch != nil {
		c.OpenSearch = &monitoring.OpenSearch{Domain: d.OpenSearch.Domain, Account: d.OpenSearch.Account}
	}
	c.Buckets = d.Buckets
	return c
}

// Inventory reads the inventory of the same stage, and fills it up with what
// cutover.yaml knows.
func Inventory(path string, known monitoring.Inventory) (monitoring.Inventory, error) {
	f, err := os.Open(path)
	if err != nil {
		return known, &fault.Fault{Kind: fault.Input, Name: "inventory", What: "cannot be opened", Err: err}
	}
	defer func() { _ = f.Close() }() // nothing was written
	text, err := io.ReadAll(io.LimitReader(f, 2<<20))
	if err != nil {
		return known, &fault.Fault{Kind: fault.Input, Name: "inventory", What: "cannot be read", Err: err}
	}
	i, err := monitoring.ParseInventory(path, text)
	if err != nil {
		return known, err
	}
	if i.Stage != known.Stage || i.Region != known.Region {
		return known, &fault.Fault{
			Kind: fault.Input, Name: path, What: "is of another stage or region", Got: i.Stage + " in " + i.Region, Allowed: known.Stage + " in " + known.Region,
			Next: "Give the inventory of the stage that --stage names.",
		}
	}
	return i.Complete(known), nil
}
