package main

import (
	"context"

	"github.com/cutover-dev/cutover/internal/config"
	"github.com/cutover-dev/cutover/internal/config/monitored"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/monitoring"
	"github.com/cutover-dev/cutover/internal/monitoring/cfn"
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
	owner := in.Choice("owner", "Who is about to deploy this: whom monitoring.owner of cutover.yaml does not name is refused. any asserts nothing.", []string{"any", "action", "sst"})
	scope := in.Choice("scope", "stage is the stack of one stage. account is the setting that an account has once in a region: Transaction Search of X-Ray.", []string{"stage", "account"})
	return &runner.Program{
		Name: "monitoring template", Summary: "Prints the CloudFormation template of what watches a stage: alarms, topic, cold starts, budget.", Inputs: in,
		Run: func(_ context.Context, s *runner.Session) error {
			file, err := config.Load(*path)
			if err != nil {
				return config.Faults(err)
			}
			plan, err := monitored.Plan(file, *stage)
			if err != nil {
				return err
			}
			if err := owned(file.Monitoring.Owner, *owner); err != nil {
				return err
			}
			if *scope == "account" {
				text := monitoring.Account(plan.Tracing.Index).Text()
				return s.Result(string(text), rawJSON(text))
			}
			if *inventory != "" {
				if plan.Inventory, err = monitored.Inventory(*inventory, plan.Inventory); err != nil {
					return err
				}
			}
			return printStack(s, plan, file.Monitoring.CostLimit, *estimate)
		},
	}
}

// owned refuses whoever is about to deploy a stack that is another's: two who
// deploy one stack undo each other's changes.
func owned(owner, by string) error {
	if by == "any" || by == owner {
		return nil
	}
	next := map[string]string{
		"action": "Let the action monitoring-stack deploy it, or set monitoring.owner to sst and hand the stack over as docs/monitoring-in-sst.md says.",
		"sst":    "Let the SST app deploy it, or set monitoring.owner to action and hand the stack over as docs/monitoring-in-sst.md says.",
	}[owner]
	return &fault.Fault{Kind: fault.Refused, Name: "owner", What: "is not who deploys the monitoring stack by monitoring.owner of cutover.yaml", Got: by, Allowed: owner, Next: next}
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
