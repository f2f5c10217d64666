package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/monitoring/dashboard"
	"github.com/cutover-dev/cutover/internal/schematest"
)

func TestMonitoringDashboardPrintsWhatItsSchemaSays(t *testing.T) {
	schema := schematest.Of(t, "../../schemas/monitoring-dashboard.schema.json", "Result of cutover monitoring dashboard",
		"What monitoring dashboard prints: the dashboards of a stage, each body as PutDashboard takes it.", &dashboards{}, *update)
	for _, inventory := range []string{"", stacks + "ten-rest-serverless.inventory.json", stacks + "fifty-http-serverless.inventory.json"} {
		args := []string{"monitoring", "dashboard", "--config", example, "--format", "json"}
		if inventory != "" {
			args = append(args, "--inventory", inventory)
		}
		code, out, stderr := cutover(args...)
		if err := schema.Check(out); code != 0 || err != nil {
			t.Fatalf("%q: exit %d, %v, %s", args, code, err, stderr)
		}
		var v struct {
			Dashboards []struct {
				Name, URL string
				Body      json.RawMessage
			}
		}
		if err := json.Unmarshal([]byte(out), &v); err != nil {
			t.Fatal(err)
		}
		if first := v.Dashboards[0]; first.Name != "LEGO-API-Serverless-Production" || first.URL != "https://console.aws.amazon.com/cloudwatch/home?region=us-east-1#dashboards/dashboard/LEGO-API-Serverless-Production" {
			t.Errorf("%s %s", first.Name, first.URL)
		}
		for _, d := range v.Dashboards {
			if problems := dashboard.Check(d.Body); len(problems) > 0 {
				t.Errorf("%s: %v", d.Name, problems)
			}
			// The business figures are those of the example, for this stage.
			if !strings.Contains(strings.Join(strings.Fields(string(d.Body)), ""), `"LegoApi","MocsCreated","stage","production"`) {
				t.Errorf("%s has no business figures", d.Name)
			}
		}
	}
}

func TestMonitoringDashboardIsDrawn(t *testing.T) {
	dir := t.TempDir()
	page, picture := filepath.Join(dir, "a.html"), filepath.Join(dir, "a.svg")
	draw := func(args ...string) (string, string) {
		t.Helper()
		code, _, stderr := cutover(append([]string{"monitoring", "dashboard", "--config", example, "--html", page, "--svg", picture}, args...)...)
		if code != 0 {
			t.Fatalf("exit %d: %s", code, stderr)
		}
		one, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		two, err := os.ReadFile(picture)
		if err != nil {
			t.Fatal(err)
		}
		return string(one), string(two)
	}
	html, svg := draw()
	for _, want := range []string{"Simulated data", "LEGO-API-Serverless-Production", "MOCs created", "release 42 (simulated)", "50% to Lambda"} {
		if !strings.Contains(html, want) || !strings.Contains(svg, want) && want != "LEGO-API-Serverless-Production" {
			t.Errorf("the picture lacks %q", want)
		}
	}
	if again, _ := draw("--seed", "1"); again != html {
		t.Error("the same seed gives another picture")
	}
	if again, _ := draw("--seed", "2"); again == html {
		t.Error("another seed gives the same picture")
	}
	if staging, _ := draw("--stage", "staging"); strings.Contains(staging, "to Lambda") || !strings.Contains(staging, "LEGO-API-Serverless-Staging") {
		t.Error("staging has no traffic to shift")
	}
}

func TestMonitoringDashboardRefusesInWords(t *testing.T) {
	for says, args := range map[string][]string{
		"Did you mean production?":    {"--stage", "prodution"},
		"inventory: cannot be opened": {"--inventory", "absent.json"},
		"seed: ":                      {"--seed", "x"},
	} {
		code, out, stderr := cutover(append([]string{"monitoring", "dashboard", "--config", example}, args...)...)
		if code != 2 || out != "" || !strings.Contains(stderr, says) {
			t.Errorf("%q: exit %d, %s%s", args, code, out, stderr)
		}
	}
}
