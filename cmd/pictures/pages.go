package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/cutover-dev/cutover/internal/comparison"
	"github.com/cutover-dev/cutover/internal/cost/forecast"
	"github.com/cutover-dev/cutover/internal/cost/spend"
	"github.com/cutover-dev/cutover/internal/pipeline"
	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/sim"
	"github.com/cutover-dev/cutover/internal/sim/legacy"
	"github.com/cutover-dev/cutover/internal/unit"
	"github.com/cutover-dev/cutover/internal/virtual"
	"github.com/cutover-dev/cutover/internal/virtual/retiring"
)

// seed makes the simulated pages the same every time.
const seed = 7

// pages are the pages that pictures are taken of, as HTML by name: what the
// programs show, of the worlds that stand in this repository.
func pages(ctx context.Context, root string) (map[string][]byte, error) {
	all := map[string][]byte{}
	for name, of := range map[string]func(context.Context, string) ([]byte, error){
		"gate": gatePage, "deploy": deployPage, "rollout": rolloutPage, "comparison": comparisonPage, "cost": costPage, "retire": retirePage,
	} {
		html, err := of(ctx, root)
		if err != nil {
			return nil, fmt.Errorf("the page %s: %w", name, err)
		}
		all[name] = html
	}
	return all, nil
}

func shown(d report.Document) ([]byte, error) { return report.HTML(d.Title, d) }

// gatePage is a deployment that must not be: two checks say no, one cannot tell.
func gatePage(context.Context, string) ([]byte, error) {
	result, err := judged()
	if err != nil {
		return nil, err
	}
	return shown(result.Document("https://github.com/example/lego-api"))
}

func deployPage(context.Context, string) ([]byte, error) {
	return shown(pipeline.Read(run()).Document())
}

func rolloutPage(ctx context.Context, _ string) ([]byte, error) {
	policy, err := virtual.DefaultPolicy()
	if err != nil {
		return nil, err
	}
	scenario, err := sim.Find("error-regression")
	if err != nil {
		return nil, err
	}
	return shown(virtual.Rehearse(ctx, policy, scenario, seed, true).Story(seed).Document())
}

func comparisonPage(_ context.Context, root string) ([]byte, error) {
	name := filepath.Join(root, "internal/comparison/testdata/healthy/report.golden.json")
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	r, err := comparison.ParseReport(name, text)
	if err != nil {
		return nil, err
	}
	return r.HTML()
}

func costPage(_ context.Context, root string) ([]byte, error) {
	text, err := os.ReadFile(filepath.Join(root, "docs/spent.csv"))
	if err != nil {
		return nil, err
	}
	daily, err := spend.ParseCSV("docs/spent.csv", text)
	if err != nil {
		return nil, err
	}
	last := daily.Days[len(daily.Days)-1].Date
	return shown(forecast.Of(daily, last.AddDate(0, 0, 1), 200*unit.Dollar, 0).Document())
}

func retirePage(ctx context.Context, _ string) ([]byte, error) {
	scenario, err := legacy.Find("retire-by-hand")
	if err != nil {
		return nil, err
	}
	run := retiring.Rehearse(ctx, retiring.Settings(scenario), scenario, seed)
	return report.HTML("A retirement, rehearsed", run.Documents(run.Result(seed))...)
}
