package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/config"
	"github.com/cutover-dev/cutover/internal/config/monitored"
	"github.com/cutover-dev/cutover/internal/monitoring"
	"github.com/cutover-dev/cutover/internal/monitoring/dashboard/picture"
	"github.com/cutover-dev/cutover/internal/runner"
)

// dashboardInputs are what monitoring dashboard takes.
type dashboardInputs struct {
	config, stage, inventory, html, svg *string
	seed                                *int
}

// dashboards is the JSON result (schemas/monitoring-dashboard.schema.json).
type dashboards struct {
	Dashboards []shownBoard `json:"dashboards"`
}

// shownBoard is one dashboard. Body is what PutDashboard takes, as an object.
type shownBoard struct {
	Name string         `json:"name"`
	URL  string         `json:"url"`
	Body map[string]any `json:"body"`
}

// nobody stands for the account as long as nobody says which one it is.
const nobody = "000000000000"

func monitoringDashboard() *runner.Program {
	in := runner.NewInputs()
	i := dashboardInputs{
		config:    in.String("config", config.Name, configUsage),
		stage:     in.String("stage", "production", "Stage that the dashboard is of."),
		inventory: in.String("inventory", "", "inventory.json of the deployed stage; without it cutover.yaml alone tells what is there."),
		html:      in.String("html", "", "File to draw the dashboard to with simulated data, as one self-contained page."),
		svg:       in.String("svg", "", "File to draw the first dashboard to with simulated data, as one picture."),
		seed:      runner.Parsed(in, "seed", "1", "whole numbers", "Another number gives other simulated data.", parseSeed),
	}
	return &runner.Program{
		Name: "monitoring dashboard", Summary: "Prints the dashboards of a stage as CloudWatch takes them, and draws them with simulated data.", Inputs: in,
		Run: func(_ context.Context, s *runner.Session) error { return i.run(s) },
	}
}

func parseSeed(text string) (int, error) { return strconv.Atoi(text) }

func (i dashboardInputs) run(s *runner.Session) error {
	file, err := config.Load(*i.config)
	if err != nil {
		return config.Faults(err)
	}
	plan, err := monitored.Plan(file, *i.stage)
	if err != nil {
		return err
	}
	if *i.inventory != "" {
		if plan.Inventory, err = monitored.Inventory(*i.inventory, plan.Inventory); err != nil {
			return err
		}
	}
	account := nobody
	if o := plan.Inventory.OpenSearch; o != nil && o.Account != "" {
		account = o.Account
	} else {
		s.Notef("The account is not known: in ARNs of alarms %s stands for it.", nobody)
	}
	result := dashboards{}
	for _, b := range monitoring.Boards(plan, account) {
		shown := shownBoard{Name: b.Name, URL: monitoring.DashboardURL(plan.Inventory.Region, b.Name)}
		if err := json.Unmarshal(b.Body, &shown.Body); err != nil {
			return err
		}
		result.Dashboards = append(result.Dashboards, shown)
	}
	text, err := json.MarshalIndent(result, "", "  ")
	if err != nil {
		return err
	}
	return errors.Join(s.Result(string(text), result), i.draw(s, plan, account))
}

// draw writes the pictures that were asked for.
func (i dashboardInputs) draw(s *runner.Session, plan monitoring.Plan, account string) error {
	if *i.html == "" && *i.svg == "" {
		return nil
	}
	world := picture.World{End: time.Date(2026, 3, 4, 18, 0, 0, 0, time.UTC), Seed: int64(*i.seed)}
	for _, f := range plan.Inventory.Functions {
		world.Functions = append(world.Functions, f.Name)
	}
	if world.Functions == nil {
		own := strings.ToLower(plan.Project) + "-" + plan.Inventory.Stage
		world.Functions = []string{own + "-Api", own + "-Images", own + "-Search"}
		s.Notef("No function is known: the picture makes up three.")
	}
	plan.Events = madeUp(world.End, plan.Traffic)
	var boards []picture.Board
	for _, b := range monitoring.Boards(plan, account) {
		boards = append(boards, picture.Board(b))
	}
	var problems []error
	write := func(input, path string, text []byte, err error) {
		switch {
		case err != nil:
			problems = append(problems, fmt.Errorf("internal error: %s cannot be drawn: %w", input, err))
		default:
			problems = append(problems, s.WriteFile(input, path, text))
		}
	}
	if *i.html != "" {
		page, err := picture.HTML(plan.Project+" · "+plan.Inventory.Stage, boards, world)
		write("html", *i.html, page, err)
	}
	if *i.svg != "" {
		drawn, err := picture.SVG(boards[0], world)
		write("svg", *i.svg, drawn, err)
	}
	return errors.Join(problems...)
}

// madeUp is a day on which a deployment goes wrong and is rolled back.
func madeUp(end time.Time, traffic bool) []monitoring.Event {
	before := func(d time.Duration) time.Time { return end.Add(-d) }
	events := []monitoring.Event{
		{At: before(8 * time.Hour), Kind: monitoring.EventDeployment, Label: "release 42 (simulated)"},
		{At: before(7*time.Hour + 36*time.Minute), Kind: monitoring.EventRollback, Label: "back to release 41 (simulated)"},
	}
	if traffic {
		events = append(events,
			monitoring.Event{At: before(15 * time.Hour), Kind: monitoring.EventWeight, Label: "10% to Lambda (simulated)"},
			monitoring.Event{At: before(6 * time.Hour), Kind: monitoring.EventWeight, Label: "10% to Lambda again (simulated)"},
			monitoring.Event{At: before(3 * time.Hour), Kind: monitoring.EventWeight, Label: "50% to Lambda (simulated)"})
	}
	return events
}
