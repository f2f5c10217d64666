package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"

	"github.com/cutover-dev/cutover/internal/config"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/monitoring"
	"github.com/cutover-dev/cutover/internal/monitoring/cfn"
	"github.com/cutover-dev/cutover/internal/nearest"
	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/runner"
	"github.com/cutover-dev/cutover/internal/unit"
)

func monitoringTemplate() *runner.Program {
	in := runner.NewInputs()
	path := in.String("config", config.Name, configUsage)
	stage := in.String("stage", "production", "Stage that the stack watches.")
	inventory := in.String("inventory", "", "inventory.json of the deployed stage; without it cutover.yaml alone tells what is there, and no function is known.")
	estimate := in.Bool("estimate", false, "Print what the stack costs a month, line by line, instead; refuses above monitoring.cost_limit.")
	return &runner.Program{
		Name: "monitoring template", Summary: "Prints the CloudFormation template of what watches a stage: alarms, topic, cold starts, budget.", Inputs: in,
		Run: func(_ context.Context, s *runner.Session) error {
			file, err := config.Load(*path)
			if err != nil {
				return config.Faults(err)
			}
			plan, err := planOf(file, *stage)
			if err != nil {
				return err
			}
			if *inventory != "" {
				if plan.Inventory, err = deployed(*inventory, plan.Inventory); err != nil {
					return err
				}
			}
			return printStack(s, plan, file.Monitoring.CostLimit, *estimate)
		},
	}
}

// printStack prints the template or what it costs, and what is not watched.
func printStack(s *runner.Session, plan monitoring.Plan, limit unit.Money, estimate bool) error {
	stack, err := monitoring.Build(plan)
	if err != nil {
		return err
	}
	for _, note := range stack.Notes {
		s.Notef("%s", note)
	}
	cost := monitoring.EstimateOf(stack, plan.Inventory.Stage, limit)
	if estimate {
		if err := s.Result(report.Terminal(cost.View(), s.Colour()), cost); err != nil {
			return err
		}
		return cost.Err()
	}
	if err := cost.Err(); err != nil {
		s.Notef("No deployment would be made of this: %v", err)
	}
	text := stack.Template.Text()
	if len(text) > cfn.MostInline {
		s.Notef("The template has %d bytes, and CloudFormation takes %d directly: it has to go through S3 (aws cloudformation deploy --s3-bucket).", len(text), cfn.MostInline)
	}
	return s.Result(string(text), rawJSON(text))
}

// planOf says in plain values what cutover.yaml knows of the stage.
func planOf(file *config.File, stage string) (monitoring.Plan, error) {
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
		Project: file.Project, Inventory: monitoring.FromConfig(configured(file, stage)),
		RunbookBase: string(m.RunbookBase), Mailboxes: mailboxes(file, m.Teams),
	}
	if b := file.Budget; b != nil && stage == budgetStage(file) {
		p.Budget = &monitoring.Budget{Monthly: b.Monthly, Alerts: b.Alerts, Mailboxes: mailboxes(file, b.Teams)}
	}
	return p, nil
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

// deployed reads the inventory of the same stage, and fills it up with what
// cutover.yaml knows.
func deployed(path string, known monitoring.Inventory) (monitoring.Inventory, error) {
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
