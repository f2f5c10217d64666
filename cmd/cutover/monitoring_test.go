package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/monitoring"
	"github.com/cutover-dev/cutover/internal/monitoring/cfn"
	"github.com/cutover-dev/cutover/internal/schematest"
)

const stacks = "../../internal/monitoring/testdata/stacks/"

func TestMonitoringPrintsWhatItsSchemasSay(t *testing.T) {
	template := schematest.Of(t, "../../schemas/monitoring-template.schema.json", "Result of cutover monitoring template",
		"What monitoring template prints: a CloudFormation template.", &cfn.Template{}, *update)
	estimate := schematest.Of(t, "../../schemas/monitoring-estimate.schema.json", "Result of cutover monitoring template --estimate",
		"What monitoring template --estimate --format json prints: the cost of the stack a month.", &monitoring.Estimate{}, *update)
	inventory := schematest.Of(t, "../../schemas/inventory.schema.json", "inventory.json",
		"What is known of a deployed stage; monitoring template --inventory reads it.", &monitoring.Inventory{}, *update)
	paths, err := filepath.Glob(stacks + "*.inventory.json")
	if err != nil || len(paths) == 0 {
		t.Fatal(err)
	}
	for _, path := range append(paths, "") {
		args := []string{"monitoring", "template", "--config", example, "--format", "json"}
		if path != "" {
			args = append(args, "--inventory", path)
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := inventory.Check(string(text)); err != nil {
				t.Errorf("%s: %v", path, err)
			}
		}
		code, out, stderr := cutover(args...)
		if err := template.Check(out); code != 0 || err != nil {
			t.Errorf("%q: exit %d, %v, %s", args, code, err, stderr)
		}
		code, out, stderr = cutover(append(args, "--estimate")...)
		if err := estimate.Check(out); code != 0 || err != nil {
			t.Errorf("%q: exit %d, %v, %s", args, code, err, stderr)
		}
	}
}

// What an account has once stands in no stage's template.
func TestMonitoringOfTheAccount(t *testing.T) {
	code, out, stderr := cutover("monitoring", "template", "--config", example, "--scope", "account")
	if code != 0 || stderr != "" || !strings.Contains(out, `"IndexingPercentage": 5`) || !json.Valid([]byte(out)) {
		t.Errorf("exit %d, %s, %s", code, stderr, out)
	}
}

// cutover.yaml alone is enough for every alarm of the story.
func TestMonitoringFromCutoverYAMLAlone(t *testing.T) {
	code, out, stderr := cutover("monitoring", "template", "--stage", "production", "--config", example)
	var v struct {
		Resources map[string]struct {
			Type       string
			Properties map[string]any
		}
	}
	if err := json.Unmarshal([]byte(out), &v); code != 0 || err != nil || len(out) > cfn.MostInline {
		t.Fatalf("exit %d, %v, %d bytes: %s", code, err, len(out), stderr)
	}
	for id, name := range map[string]string{
		"LambdaErrorRate": "lambda-error-rate", "LambdaThrottles": "lambda-throttles", "Api5xx": "api-5xx", "ApiLatency": "api-latency", "RdsCpu": "rds-cpu", "RdsMemory": "rds-memory",
		"RdsProxyConnections": "rds-proxy-connections", "RedisEvictions": "redis-evictions", "OpensearchRed": "opensearch-red", "ColdStart": "cold-start", "Unwell": "unwell",
	} {
		p := v.Resources[id].Properties
		if p["AlarmName"] != "LEGO-API-production-"+name || !strings.HasSuffix(p["AlarmDescription"].(string), "https://github.com/example/lego-api/blob/main/docs/runbooks/"+name+".md") {
			t.Errorf("%s: %v", id, p)
		}
	}
	if v.Resources["Budget"].Type != "AWS::Budgets::Budget" || !strings.Contains(stderr, "No function is known") {
		t.Errorf("%s", stderr)
	}
	if _, again, _ := cutover("monitoring", "template", "--stage", "production", "--config", example); again != out {
		t.Error("the second time it prints something else")
	}
	code, out, stderr = cutover("monitoring", "template", "--stage", "staging", "--config", example)
	if code != 0 || strings.Contains(out, "AWS::Budgets::Budget") || !strings.Contains(out, "lego-api-serverless-alerts-staging") || !strings.Contains(stderr, "No API is known") {
		t.Errorf("exit %d: %s", code, stderr)
	}
}

func TestMonitoringRefusesInWords(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	const bare = "project: lego\nregion: us-east-1\nstages: {production: {url: https://lego.example.com}}\nteams: {devops: [a@example.com]}\n"
	for says, args := range map[string][]string{
		"Did you mean production?":                {"--stage", "prodution", "--config", example},
		"monitoring: is not configured":           {"--config", write("bare.yaml", bare)},
		"absent.yaml":                             {"--config", "absent.yaml"},
		"inventory: cannot be opened":             {"--config", example, "--inventory", "absent.json"},
		"is of another stage or region":           {"--config", example, "--stage", "staging", "--inventory", stacks + "one-http-node.inventory.json"},
		`unknown field "lambdas"`:                 {"--config", example, "--inventory", write("i.json", `{"version":1,"lambdas":[]}`)},
		"monitoring.cost_limit: is passed by":     {"--estimate", "--config", write("dear.yaml", bare+"monitoring: {runbook_base: https://example.com/r, cost_limit: $1}\n")},
		"it has to go through S3":                 {"--config", example, "--inventory", write("large.json", manyFunctions(90))},
		"No deployment would be made of this: mo": {"--config", filepath.Join(dir, "dear.yaml")},
	} {
		code, out, stderr := cutover(append([]string{"monitoring", "template"}, args...)...)
		// A template is a text to look at: only what would be deployed of it is refused.
		told := strings.Contains(says, "S3") || strings.HasPrefix(says, "No deployment")
		refused := code == 2 && out == "" || code == 4 && strings.Contains(out, "above the limit of $1")
		if !strings.Contains(stderr, says) || told != (code == 0) || !told && !refused {
			t.Errorf("%q: exit %d, %s%s", args, code, out, stderr)
		}
	}
}

func manyFunctions(n int) string {
	i := monitoring.Inventory{Version: 1, Stage: "production", Region: "us-east-1"}
	for f := range n {
		i.Functions = append(i.Functions, monitoring.Function{Name: "lego-" + strings.Repeat("a", f%30+1) + strings.Repeat("b", f/30+1)})
	}
	text, err := json.Marshal(i)
	if err != nil {
		panic(err)
	}
	return string(text)
}
