package main

import (
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/config/strict"
	"github.com/cutover-dev/cutover/internal/gate"
	"github.com/cutover-dev/cutover/internal/pipeline"
)

// noon is when the worlds of the pictures are looked at.
var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// judged is what the gate says of a commit whose author is its only reviewer,
// while an alarm rings and the budget cannot be read.
func judged() (*gate.Result, error) {
	sha, sum, staged := strings.Repeat("0a", 20), strings.Repeat("1b", 32), noon.Add(-time.Hour)
	p := gate.Policy{
		App: "lego-api", Stage: "production", Environment: "production", Production: true, Stages: []string{"production", "staging"}, Traffic: "production",
		RolloutAt: "s3://lego-api-releases/cutover/rollout/production/state.json", Mode: gate.Required, Commit: sha, Bound: sha, Run: 4242, Attempt: 1,
		Repository: "https://github.com/example/lego-api", Region: "us-east-1",
		Receipt: &gate.Receipt{Version: 1, App: "lego-api", Stage: "staging", Commit: sha, RunID: "4242-1", UpdateID: "u1", Completed: staged.Format(time.RFC3339),
			Lockfile: gate.File{Path: "pnpm-lock.yaml", SHA256: sum}, Bundle: gate.File{Path: "dist", SHA256: sum, Files: 9}},
	}
	if err := strict.Decode("cutover.yaml", []byte("checks: [CodeQL]\nalarms: [LEGO-API-production-unwell]\nbudget: LEGO-API-production"), &p.Settings); err != nil {
		return nil, err
	}
	only := gate.BranchPolicy{Listed: true, Names: []string{"main"}}
	result := gate.Judge(p, gate.Observation{
		Environment: gate.Saw(gate.Environment{Name: "production", Reviewers: []string{"ann"}, PreventSelfReview: true, Branches: only}, nil),
		Rollback:    gate.Saw(gate.Environment{Name: "production-rollback", Branches: only}, nil),
		Protected:   gate.Saw([]string{"main"}, nil),
		Run:         gate.Saw(gate.Run{Event: "push", SHA: sha, Attempt: 1, Actor: "ann", Trigger: "ann"}, nil),
		Reviews:     gate.Saw([]gate.Review{{User: "ann", State: "approved", Environments: []string{"production"}}}, nil),
		Author:      gate.Saw(gate.Author{Login: "ann"}, nil),
		Jobs:        gate.Saw([]gate.Job{{Name: "Integration tests", Status: "completed", Conclusion: "success", Started: noon.Add(-time.Minute)}}, nil),
		Checks:      gate.Saw([]gate.CheckRun{{Name: "CodeQL", Status: "completed", Conclusion: "success"}}, nil),
		Lockfile:    gate.Saw(gate.Digest{Path: "pnpm-lock.yaml", SHA256: sum}, nil),
		Bundle:      gate.Saw(gate.Digest{Path: "dist", SHA256: sum, Files: 9}, nil),
		Staging:     gate.Saw(gate.Stage{Update: &gate.Update{ID: "u1", RunID: "4242-1", Command: "deploy", Completed: staged}}, nil),
		Lock:        gate.Saw[*gate.Lock](nil, nil),
		Alarms:      gate.Saw([]gate.Alarm{{Name: "LEGO-API-production-unwell", State: "ALARM", ActionsEnabled: true}}, nil),
		Rollout:     gate.Saw(gate.Rollout{}, nil),
	}, noon)
	return &result, nil
}

// run is a deployment of the example app, as long as its stages take at GitHub.
func run() pipeline.Observation {
	o := pipeline.Observation{Run: pipeline.Run{ID: 4242, Attempt: 1, Name: "sst-deploy", Branch: "main", Created: noon, Started: noon, Updated: noon.Add(24 * time.Minute), Over: true,
		URL: "https://github.com/example/lego-api/actions/runs/4242"}, Now: noon.Add(24 * time.Minute)}
	for i, stage := range []struct {
		name         string
		from, to     int // seconds
		step         string
		stepFrom, of int
	}{
		{"Lint", 4, 66, "ESLint and tsc", 25, 38},
		{"Unit tests", 4, 84, "Vitest", 28, 49},
		{"Build", 90, 128, "Build", 24, 10},
		{"Staging", 134, 402, "Deploy", 30, 231},
		{"Integration tests", 408, 471, "Integration tests", 26, 31},
		{"Gate", 476, 498, "Deploy gate", 9, 8},
		{"Production", 640, 921, "Deploy", 34, 240},
		{"Bake", 926, 1382, "Bake", 8, 440},
		{"Archive", 926, 961, "Archive", 11, 19},
	} {
		at := func(s int) time.Time { return noon.Add(time.Duration(s) * time.Second) }
		o.Jobs = append(o.Jobs, pipeline.Job{ID: int64(i + 1), Name: stage.name, Conclusion: "success", Runner: "GitHub Actions", Created: at(stage.from - 4), Started: at(stage.from), Ended: at(stage.to),
			Steps: []pipeline.Step{{Name: "Set up", Conclusion: "success", Started: at(stage.from), Ended: at(stage.from + stage.stepFrom)},
				{Name: stage.step, Conclusion: "success", Started: at(stage.from + stage.stepFrom), Ended: at(stage.from + stage.stepFrom + stage.of)}}})
	}
	return o
}
