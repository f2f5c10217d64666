package traced_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/config"
	"github.com/cutover-dev/cutover/internal/config/traced"
	"github.com/cutover-dev/cutover/internal/unit"
)

const least = "project: shop\nregion: eu-west-1\nstages: { dev: { url: http://localhost:3000 }, production: { url: https://api.example.com, approval: required } }\n"

func plan(t *testing.T, more, stage string) (string, error) {
	t.Helper()
	f, err := config.Parse("cutover.yaml", []byte(least+more))
	if err != nil {
		t.Fatal(err)
	}
	p, err := traced.Plan(f, stage, "run-1234-1")
	if err != nil {
		return "", err
	}
	e := p.Expectation()
	return fmt.Sprintf("%v %d %s %s %d", e.Nodes, len(e.Links), p.Record, p.Index, p.Settings.Count), nil
}

func TestPlan(t *testing.T) {
	for name, c := range map[string]struct{ more, stage, want string }{
		"nothing is written": {"", "dev", "[API Gateway Lambda] 1 100% 100% 20"},
		"stores":             {"datastores: { redis: { id: cache }, buckets: [images] }\n", "dev", "[API Gateway Lambda Redis S3] 3 100% 100% 20"},
		"what requests reach, and nodes of one's own": {"tracing: { count: 3, nodes: [{ name: Payments, match: [{ name: pay }] }, { name: RDS, match: [{ name: db }] }], requests: [{ path: /a, reaches: [Cognito] }] }\n",
			"dev", "[API Gateway Lambda Cognito Payments] 3 100% 100% 3"},
		"what is written wins": {"tracing: { expect: [Lambda, S3], edges: [{ from: Lambda, to: S3 }, { from: S3, to: Lambda }] }\n", "dev", "[Lambda S3] 2 100% 100% 20"},
		"shares":               {"monitoring: { runbook_base: https://example.com/r, tracing: { record: 10%, index: 2% } }\nteams: { devops: [a@example.com] }\n", "dev", "[API Gateway Lambda] 1 10% 2% 20"},
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := plan(t, c.more, c.stage); err != nil || got != c.want {
				t.Errorf("%s, want %s (%v)", got, c.want, err)
			}
		})
	}
	if _, err := plan(t, "", "prodution"); err == nil || !strings.Contains(err.Error(), "Did you mean production?") {
		t.Errorf("a stage that is none: %v", err)
	}
}

// The example's file: every store is expected, and every request of it is traced
// to what it reaches. An HTTP API traces nothing itself, unless the file says so.
func TestExample(t *testing.T) {
	f, err := config.Load("../../../examples/lego-api/cutover.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, stage := range []string{"staging", "production"} {
		p, err := traced.Plan(f, stage, "run-1234-1")
		if err != nil {
			t.Fatal(err)
		}
		e := p.Expectation()
		for _, want := range []string{"API Gateway", "Lambda", "RDS", "Redis", "OpenSearch", "S3", "Cognito"} {
			if !slices.Contains(e.Nodes, want) {
				t.Errorf("%s: %s is not expected", stage, want)
			}
		}
		if e.Record != unit.Full || p.HealthPath != "/health" {
			t.Errorf("%+v", p)
		}
		errors := 0
		for _, r := range p.Settings.Requests {
			if r.Expect >= 400 {
				errors++
			}
		}
		if errors < 3 {
			t.Errorf("%d errors on purpose", errors)
		}
	}
	f.Tracing = nil
	for stage, want := range map[string]bool{"staging": true, "production": f.Traffic.Green.API.Type != "http"} {
		p, err := traced.Plan(f, stage, "run-1234-1")
		if err != nil || p.Gateway != want || slices.Contains(p.Expectation().Nodes, "API Gateway") != want {
			t.Errorf("%s: %t, want %t (%v)", stage, p.Gateway, want, err)
		}
	}
}
