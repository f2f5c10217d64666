package drill_test

import (
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/adapter/aws/cloudformation"
	"github.com/cutover-dev/cutover/internal/monitoring"
	"github.com/cutover-dev/cutover/internal/monitoring/change"
	"github.com/cutover-dev/cutover/internal/monitoring/drill"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// The stack as it is deployed, its own topic, key and policies, lets every alarm
// of it reach the topic; once its mailboxes have confirmed, the drill passes.
// Shows: 5.2.6
func TestTheDeployedStackPassesItsDrill(t *testing.T) {
	w := start(t)
	w.SetAlarms()
	w.DropTopic(topic)
	inventory := monitoring.Inventory{
		Version: 1, Stage: "production", Region: "us-east-1", Functions: []monitoring.Function{{Name: "api", TimeoutSeconds: 10, LogFormat: "json"}},
		APIs: []monitoring.API{{Type: "http", Name: "abc123"}}, RDS: &monitoring.RDS{Instance: "db", Proxy: "proxy", StorageGB: 50}, OpenSearch: &monitoring.OpenSearch{Domain: "search", Account: "123456789012"},
	}
	plan := monitoring.Plan{Project: project, Inventory: inventory, RunbookBase: "https://example.com/runbooks", Mailboxes: []string{"devops@lego.example.com"}, Failover: &monitoring.Failover{Errors: 100_000, Minutes: 3}}
	s, err := monitoring.Build(plan)
	if err != nil {
		t.Fatal(err)
	}
	stacks, err := cloudformation.Open(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	out, err := change.Deploy(t.Context(), change.Ports{Stacks: stacks, Clock: w.clock}, change.Request{Stack: "watch", Template: s.Template.Text()})
	if err != nil || out.Verdict != verdict.Pass {
		t.Fatalf("%v, %+v", err, out)
	}
	r, err := drill.Run(t.Context(), w.ports, request)
	if err != nil || r.Verdict != verdict.Fail || !strings.Contains(r.Lead, "nobody hears") {
		t.Fatalf("before anybody has confirmed: %v, %s: %s", err, r.Lead, outcomes(r))
	}
	w.Confirm("devops@lego.example.com")
	r, err = drill.Run(t.Context(), w.ports, request)
	if err != nil || r.Verdict != verdict.Pass || len(r.Alarms) != len(s.Alarms)+1 {
		t.Errorf("%v, %s: %s", err, r.Lead, outcomes(r))
	}
	for _, a := range r.Alarms {
		if a.Outcome != drill.Arrived || a.Severity == "" || a.Before != drill.StateUnknown && a.Before != drill.StateOK {
			t.Errorf("%+v", a)
		}
	}
	if last := r.Alarms[len(r.Alarms)-1]; last.Alarm != name("unwell") || !last.Composite {
		t.Errorf("the last is %+v", last)
	}
}
