package monitoring_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/monitoring"
	"github.com/cutover-dev/cutover/internal/monitoring/cfn"
	"github.com/cutover-dev/cutover/internal/unit"
)

// tracedPlan is LEGO-API's with traces.
func tracedPlan(record unit.Percent, apis ...monitoring.API) monitoring.Plan {
	p := planFor(monitoring.Inventory{Stage: "production", APIs: apis})
	p.Tracing = &monitoring.Tracing{Record: record, Index: 50_000, HealthPath: "/health", Slow: 500 * time.Millisecond}
	return p
}

// rules writes a stack's sampling rules, the first asked first.
func rules(s monitoring.Stack) []string {
	var all []string
	for _, r := range s.Template.Resources {
		if rule, ok := r.Properties.(cfn.SamplingRule); ok {
			s := rule.SamplingRule
			all = append(all, fmt.Sprintf("%d %s %s %s: %g and %d a second", s.Priority, s.ServiceType, s.ServiceName, s.URLPath, s.FixedRate, s.ReservoirSize))
		}
	}
	slices.Sort(all)
	return all
}

// Shows: 5.3.9
func TestWhatIsRecorded(t *testing.T) {
	rest := monitoring.API{Type: "rest", Name: "lego", Stage: "live"}
	for name, c := range map[string]struct {
		record unit.Percent
		apis   []monitoring.API
		want   []string
		note   string
	}{
		"every request, so that every error is kept": {unit.Full, []monitoring.API{rest}, []string{
			"100 * lego-api-production* /health: 0.01 and 0 a second", "100 AWS::ApiGateway::Stage lego/live /health: 0.01 and 0 a second",
			"200 * lego-api-production* *: 1 and 1 a second", "200 AWS::ApiGateway::Stage lego/live *: 1 and 1 a second",
		}, ""},
		"a share, and so a share of the errors": {50_000, nil, []string{
			"100 * lego-api-production* /health: 0.01 and 0 a second", "200 * lego-api-production* *: 0.05 and 1 a second",
		}, "5% of the errors"},
		"an HTTP API asks no rule": {unit.Full, []monitoring.API{{Type: "http", Name: "a1"}}, []string{
			"100 * lego-api-production* /health: 0.01 and 0 a second", "200 * lego-api-production* *: 1 and 1 a second",
		}, "An HTTP API has no traces"},
	} {
		s := build(t, tracedPlan(c.record, c.apis...))
		if got := rules(s); !slices.Equal(got, c.want) {
			t.Errorf("%s:\n%s", name, strings.Join(got, "\n"))
		}
		notes := strings.Join(s.Notes, "\n")
		if c.note == "" && strings.Contains(notes, "trace") || !strings.Contains(notes, c.note) {
			t.Errorf("%s: %s", name, notes)
		}
	}
}

// A million requests, all recorded, cost $4.50; a share of them less, and none
// when it is free.
func TestWhatTracesCost(t *testing.T) {
	for record, want := range map[unit.Percent]float64{unit.Full: 4.5, 50_000: 0, 500_000: 2, 0: 0} {
		p := tracedPlan(record)
		p.Tracing.Millions = 1
		lines := monitoring.EstimateOf(build(t, p), "production", 25*unit.Dollar).Lines
		if got := lines[len(lines)-1]; got.Monthly != want {
			t.Errorf("%s: %+v, want %v", record, got, want)
		}
	}
}

func TestGroupsOfTraces(t *testing.T) {
	var groups []string
	for _, r := range build(t, tracedPlan(unit.Full)).Template.Resources {
		if g, ok := r.Properties.(cfn.TraceGroup); ok {
			groups = append(groups, g.GroupName+": "+g.FilterExpression)
			if g.InsightsConfiguration.InsightsEnabled {
				t.Error("insights cost by the trace, and nobody asked for them")
			}
		}
	}
	slices.Sort(groups)
	const ours = `annotation.project = "LEGO-API" AND annotation.stage = "production"`
	want := []string{"LEGO-API-production-failed: " + ours + " AND fault = true", "LEGO-API-production-slow: " + ours + " AND responsetime > 0.5", "LEGO-API-production: " + ours}
	if !slices.Equal(groups, want) {
		t.Errorf("%s", strings.Join(groups, "\n"))
	}
}

// X-Ray refuses longer names, and two of one name.
func TestNamesOfRulesAndGroupsFit(t *testing.T) {
	p := tracedPlan(unit.Full, monitoring.API{Type: "rest", Name: "one", Stage: "live"}, monitoring.API{Type: "rest", Name: "two", Stage: "live"})
	p.Project, p.Inventory.Stage = "A-Project-With-A-Rather-Long-Name-Of-40-c", "a-stage-with-a-long-name"
	seen := map[string]bool{}
	for id, r := range build(t, p).Template.Resources {
		var name string
		switch x := r.Properties.(type) {
		case cfn.TraceGroup:
			name = "group " + x.GroupName
		case cfn.SamplingRule:
			name = "rule " + x.SamplingRule.RuleName
		default:
			continue
		}
		if len(name) > len("group ")+32 || seen[name] {
			t.Errorf("%s: %s", id, name)
		}
		seen[name] = true
	}
	if len(seen) != 9 {
		t.Errorf("%d names", len(seen))
	}
}

// The setting is the account's: no stack of a stage may hold it, or the second
// one could not be deployed.
func TestTransactionSearchIsTheAccounts(t *testing.T) {
	for id, r := range build(t, tracedPlan(unit.Full)).Template.Resources {
		if kind := r.Properties.Kind(); kind == "AWS::XRay::TransactionSearchConfig" || kind == "AWS::Logs::ResourcePolicy" {
			t.Errorf("%s is %s", id, kind)
		}
	}
	account := monitoring.Account(50_000)
	if s := account.Resources["TransactionSearch"]; s.Properties.(cfn.TransactionSearch).IndexingPercentage != 5 || !slices.Equal(s.DependsOn, []string{"SpansPolicy"}) {
		t.Errorf("%+v", s)
	}
	if text := string(account.Text()); !strings.Contains(text, "xray.amazonaws.com") || !strings.Contains(text, "log-group:aws/spans:*") {
		t.Error(text)
	}
}

func TestBudgetWithoutTheTagCountsEverything(t *testing.T) {
	p := planFor(monitoring.Inventory{Stage: "production"})
	p.Budget.Unfiltered = true
	s := build(t, p)
	if b := s.Template.Resources["Budget"].Properties.(cfn.Budget); b.Budget.CostFilters != nil || b.Budget.BudgetName != "LEGO-API-Serverless-Monthly" {
		t.Errorf("%+v", b)
	}
	if !strings.Contains(strings.Join(s.Notes, "\n"), "everything in the account") || strings.Contains(string(s.Template.Text()), "CostFilters") {
		t.Error(s.Notes)
	}
}
