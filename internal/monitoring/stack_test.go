package monitoring_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/monitoring"
	"github.com/cutover-dev/cutover/internal/monitoring/cfn"
	"github.com/cutover-dev/cutover/internal/unit"
)

var update = flag.Bool("update", false, "write the golden templates anew")

// planFor is LEGO-API's plan for an inventory.
func planFor(i monitoring.Inventory) monitoring.Plan {
	return monitoring.Plan{
		Project: "LEGO-API", Inventory: i, RunbookBase: "https://example.com/runbooks/", Mailboxes: []string{"oncall@lego.example.com", "devops@lego.example.com", "oncall@lego.example.com"},
		Budget: &monitoring.Budget{Monthly: 200 * unit.Dollar, Alerts: []unit.Percent{800_000, unit.Full}, Mailboxes: []string{"devops@lego.example.com", "finance@lego.example.com"}},
		KPIs: []monitoring.KPI{
			{Title: "MOCs created", Namespace: "LegoApi", Metric: "MocsCreated", Statistic: "Sum", Dimensions: map[string]string{"stage": "{stage}"}},
			{Title: "Images uploaded", Namespace: "LegoApi", Metric: "ImagesUploaded", Statistic: "Sum", Dimensions: map[string]string{"stage": "{stage}"}},
			{Title: "Searches performed", Namespace: "LegoApi", Metric: "SearchesPerformed", Statistic: "Sum", Dimensions: map[string]string{"stage": "{stage}"}},
		},
		Traffic: true, Failover: &monitoring.Failover{Errors: 100_000, Minutes: 3},
	}
}

func build(t *testing.T, p monitoring.Plan) monitoring.Stack {
	t.Helper()
	s, err := monitoring.Build(p)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// stacks are the inventories of testdata/stacks: a new case is a new file.
func stacks(t *testing.T) map[string]monitoring.Inventory {
	t.Helper()
	paths, err := filepath.Glob("testdata/stacks/*.inventory.json")
	if err != nil || len(paths) < 5 {
		t.Fatalf("%d inventories, %v", len(paths), err)
	}
	all := map[string]monitoring.Inventory{}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		i, err := monitoring.ParseInventory(path, text)
		if err != nil {
			t.Fatal(err)
		}
		all[strings.TrimSuffix(path, ".inventory.json")] = i
	}
	return all
}

func TestTemplatesAreTheGoldenOnes(t *testing.T) {
	for path, i := range stacks(t) {
		text := build(t, planFor(i)).Template.Text()
		if again := build(t, planFor(i)).Template.Text(); !bytes.Equal(text, again) {
			t.Errorf("%s: two builds differ", path)
		}
		// Ten functions have 30 alarms, and fifty as many log groups: with their
		// dashboard they are too large for CloudFormation to take directly.
		if len(text) > cfn.MostInline && len(i.Functions) < 10 {
			t.Errorf("%s: %d bytes need S3", path, len(text))
		}
		golden := path + ".template.json"
		if *update {
			if err := os.WriteFile(golden, text, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil || !bytes.Equal(text, want) {
			t.Errorf("%s is not what is built now (%v); look at it, then go test ./internal/monitoring -update", golden, err)
		}
	}
}

// The order in which things were found changes nothing, nor does a new function
// move the resources of others.
func TestOrderDoesNotMatter(t *testing.T) {
	i := stacks(t)["testdata/stacks/ten-rest-serverless"]
	turned := i
	turned.Functions = slices.Clone(i.Functions)
	slices.Reverse(turned.Functions)
	one, other := build(t, planFor(i)), build(t, planFor(turned))
	if !bytes.Equal(one.Template.Text(), other.Template.Text()) {
		t.Error("turned functions give another template")
	}
	turned.Functions = i.Functions[1:]
	fewer := build(t, planFor(turned))
	for id := range fewer.Template.Resources {
		if _, ok := one.Template.Resources[id]; !ok {
			t.Errorf("%s is called otherwise with one function more", id)
		}
	}
}

// Shows: 5.2.1, 5.2.2
func TestTopicOfTheStageReachesTheTeam(t *testing.T) {
	for path, i := range stacks(t) {
		s := build(t, planFor(i)).Template
		topic := s.Resources["Alerts"].Properties.(cfn.Topic)
		if topic.TopicName != "lego-api-serverless-alerts-production" || topic.KmsMasterKeyID != cfn.Ref("AlertsKey") {
			t.Errorf("%s: %+v", path, topic)
		}
		var boxes []string
		for _, r := range s.Resources {
			if sub, ok := r.Properties.(cfn.Subscription); ok && sub.Protocol == "email" && sub.TopicArn == cfn.Ref("Alerts") {
				boxes = append(boxes, sub.Endpoint)
			}
		}
		slices.Sort(boxes)
		if !slices.Equal(boxes, []string{"devops@lego.example.com", "oncall@lego.example.com"}) {
			t.Errorf("%s: %v", path, boxes)
		}
	}
}

// Without a key each publisher's messages are lost in silence, and a publisher
// too many may send false alarms.
func TestExactlyThePublishersMayPublishAndEncrypt(t *testing.T) {
	s := build(t, planFor(monitoring.Inventory{Stage: "production"})).Template
	want := []string{"budgets.amazonaws.com", "cloudwatch.amazonaws.com", "costalerts.amazonaws.com"}
	check := func(name string, statements []cfn.Statement, actions ...string) {
		var services []string
		for _, st := range statements {
			if st.Principal.Service == "" {
				continue
			}
			services = append(services, st.Principal.Service)
			if !slices.Equal(st.Action, actions) || st.Condition["StringEquals"]["aws:SourceAccount"] != cfn.Account {
				t.Errorf("%s: %+v", name, st)
			}
		}
		slices.Sort(services)
		if !slices.Equal(services, want) {
			t.Errorf("%s: %v", name, services)
		}
	}
	check("key", s.Resources["AlertsKey"].Properties.(cfn.Key).KeyPolicy.Statement, "kms:Decrypt", "kms:GenerateDataKey*")
	check("topic", s.Resources["AlertsPolicy"].Properties.(cfn.TopicPolicy).PolicyDocument.Statement, "sns:Publish")
}

// Shows: 5.7.3, 5.7.4, 5.7.5
func TestBudgetTellsAtItsShares(t *testing.T) {
	p := planFor(monitoring.Inventory{Stage: "production"})
	s := build(t, p).Template
	told := 0
	for _, r := range s.Resources {
		if x, ok := r.Properties.(cfn.Subscription); ok && slices.Contains(p.Mailboxes, x.Endpoint) {
			told++
		}
	}
	if told != 2 {
		t.Errorf("the topic tells %d of devops' two mailboxes", told)
	}
	b := s.Resources["Budget"].Properties.(cfn.Budget)
	if b.Budget.BudgetName != "LEGO-API-Serverless-Monthly" || b.Budget.BudgetLimit != (cfn.Spend{Amount: 200, Unit: "USD"}) || b.Budget.CostFilters["TagKeyValue"][0] != "user:Project$LEGO-API" {
		t.Errorf("%+v", b.Budget)
	}
	var at []float64
	for _, n := range b.NotificationsWithSubscribers {
		at = append(at, n.Notification.Threshold)
		if len(n.Subscribers) != 2 || n.Subscribers[0].SubscriptionType != "SNS" || n.Subscribers[1].Address != "finance@lego.example.com" {
			t.Errorf("%+v: the topic tells devops, AWS tells finance", n.Subscribers)
		}
	}
	if !slices.Equal(at, []float64{80, 100}) {
		t.Errorf("%v", at)
	}
}

func TestBuildRefuses(t *testing.T) {
	p := planFor(monitoring.Inventory{Stage: "production"})
	for n := range 11 {
		p.Budget.Mailboxes = append(p.Budget.Mailboxes, string(rune('a'+n))+"@lego.example.com")
	}
	if _, err := monitoring.Build(p); err == nil || !strings.Contains(err.Error(), "budget.teams: has more mailboxes") {
		t.Error(err)
	}
}

// A stage of any size has a stack: what does not fit is left out and said.
func TestManyFunctionsFit(t *testing.T) {
	for n, c := range map[int]struct {
		format string
		left   bool
	}{200: {"", false}, 201: {"", true}, 400: {"json", false}, 401: {"json", true}, 1000: {"text", true}} {
		var functions []monitoring.Function
		for i := range n {
			functions = append(functions, monitoring.Function{Name: fmt.Sprintf("f%04d", i), LogFormat: c.format})
		}
		s := build(t, planFor(monitoring.Inventory{Stage: "production", Functions: functions}))
		if said := strings.Contains(strings.Join(s.Notes, "\n"), "the last one read is /aws/lambda/f0"); said != c.left {
			t.Errorf("%d functions: %v", n, s.Notes)
		}
		if len(s.Template.Resources) > cfn.MostResources || len(s.Template.Text()) > 1<<20 {
			t.Errorf("%d functions: %d resources, %d bytes", n, len(s.Template.Resources), len(s.Template.Text()))
		}
	}
}
