package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/rehearsal/cloud"
)

// From nothing to a stage that is watched and back, as its engineer does it.
//
// Shows: 5.1.1, 5.1.5, 5.1.6, 5.2.1, 5.2.2, 5.2.5, 5.2.6
func TestFromNothingAndBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)

	r := w.result(0, "diff")
	if !r.Changed || !r.Changes.New {
		t.Errorf("%+v", r.Changes)
	}
	if len(w.cloud.Alarms()) != 0 {
		t.Error("the diff made alarms")
	}

	r = w.result(0, "deploy", "--event", "deployed 1")
	if !r.Changed || r.Outcome.Result != "created" || w.cloud.StackStatus(stackName) != "CREATE_COMPLETE" || !w.cloud.StackProtected(stackName) {
		t.Fatalf("%+v", r.Outcome)
	}
	if !strings.HasSuffix(r.DashboardURL, "#dashboards/dashboard/LEGO-API-Serverless-Production") || !strings.HasSuffix(r.Topic, ":"+topicName) {
		t.Errorf("%s, %s", r.DashboardURL, r.Topic)
	}
	for _, line := range []string{"dashboard-url=" + r.DashboardURL, "topic-arn=" + r.Topic, "changed=true", "stack=" + stackName} {
		name, value, _ := strings.Cut(line, "=")
		if out := w.read("output"); !strings.Contains(out, name+"<<") || !strings.Contains(out, "\n"+value+"\n") {
			t.Errorf("no output %s in %s", line, out)
		}
	}
	// The drill came by itself, and nobody can have confirmed anything yet.
	if r.Drill == nil || len(r.Drill.Alarms) < 10 || r.Verdict != "inconclusive" {
		t.Fatalf("%+v", r.Drill)
	}
	for _, a := range r.Drill.Alarms {
		if a.Outcome != "arrived" {
			t.Errorf("%+v", a)
		}
	}

	w.confirm()
	if r = w.result(0, "drill"); r.Verdict != "pass" {
		t.Errorf("%+v", r.Drill)
	}
	for _, a := range w.cloud.Alarms() {
		if a.State == "ALARM" {
			t.Errorf("%s was left ringing", a.Name)
		}
	}

	if r = w.result(0, "deploy"); r.Changed || r.Outcome.Result != "unchanged" || r.Drill != nil {
		t.Errorf("%+v", r.Outcome)
	}
	if r = w.result(0, "deploy", "--event", "deployed 2"); !r.Changed || r.Outcome.Result != "updated" || r.Drill != nil {
		t.Errorf("%+v", r.Outcome)
	}
	_, board, ok := w.cloud.StackResource(stackName, "Dashboard")
	if body, _ := board["DashboardBody"].(string); !ok || !strings.Contains(body, "deployed 1") || !strings.Contains(body, "deployed 2") {
		t.Errorf("%v: the dashboard marks %v", ok, board)
	}

	w.result(0, "drift")
	if !w.cloud.Drift(stackName, "Rdscpu", "Threshold", 99) && !w.cloud.Drift(stackName, "RdsCpu", "Threshold", 99) {
		t.Fatal("no alarm to change by hand")
	}
	if r = w.result(1, "drift"); len(r.Drift.Drifted) != 1 {
		t.Errorf("%+v", r.Drift)
	}

	w.result(4, "destroy")
	w.result(0, "destroy", "--confirm", stackName)
	if n := len(w.cloud.Alarms()); n != 0 || w.cloud.StackStatus(stackName) != "" && w.cloud.StackStatus(stackName) != "DELETE_COMPLETE" {
		t.Errorf("%d alarms, %s", n, w.cloud.StackStatus(stackName))
	}
	w.result(0, "destroy", "--confirm", stackName)
}

// CloudFormation replaces a budget whose alerts change, and AWS takes its name
// only once: the deployment makes room first.
func TestAlertsOfTheBudgetChange(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.result(0, "deploy", "--drill", "never")
	w.configure("alerts: [80%, 100%]", "alerts: [50%, 100%]")
	r := w.result(0, "deploy")
	_, budget, ok := w.cloud.StackResource(stackName, "Budget")
	if text, _ := json.Marshal(budget); !ok || !strings.Contains(string(text), `"Threshold":50`) || r.Outcome.Result != "updated" {
		t.Errorf("%v %s, %+v", ok, text, r.Outcome)
	}
	if !strings.Contains(strings.Join(r.Notes, "\n"), "Budget is taken away first") {
		t.Error(r.Notes)
	}
}

// What failed first is told first, and the stack is as it was before.
func TestAFailedDeploymentGoesBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.result(0, "deploy", "--drill", "never")
	w.cloud.FailResource("RdsStorage", "Resource handler returned message: \"User is not authorized to perform: cloudwatch:PutMetricAlarm\" (HandlerErrorCode: AccessDenied)")
	w.configure("kpis:", "kpis:\n    - { title: Logins, namespace: LegoApi, metric: Logins }")
	inventory := w.write("inventory.json", `{"version":1,"stage":"production","region":"us-east-1","functions":[{"name":"lego-api-production-list"}],"rds":{"instance":"other","storage_gb":10}}`)
	r := w.result(2, "deploy", "--inventory", inventory)
	if r.Outcome.Cause == nil || r.Outcome.Cause.Logical != "RdsStorage" || w.cloud.StackStatus(stackName) != "UPDATE_ROLLBACK_COMPLETE" || r.Verdict != "fail" {
		t.Errorf("%+v, %s", r.Outcome, w.cloud.StackStatus(stackName))
	}
	if summary := w.read("summary"); !strings.Contains(summary, "RdsStorage") || strings.Contains(summary, "the-secret") {
		t.Error(summary)
	}
}

func TestTheActionRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		make func(w *world)
		code int
		args []string
		want string
	}{
		"another owner":                    {func(w *world) { w.configure("owner: action", "owner: sst") }, 4, []string{"deploy"}, "another one deploys this stack"},
		"another owner, to destroy":        {func(w *world) { w.configure("owner: action", "owner: sst") }, 4, []string{"destroy", "--confirm", stackName}, "another one deploys this stack"},
		"a stack above the limit":          {func(w *world) { w.configure("cost_limit: $25", "cost_limit: $2") }, 4, []string{"deploy"}, "Raise the limit, or watch less"},
		"a stage that is none":             {nil, 2, []string{"deploy", "--stage", "prodution"}, "Did you mean production?"},
		"a drill of the account's setting": {nil, 2, []string{"drill", "--scope", "account"}, "has no drill"},
		"a template without a file":        {nil, 2, []string{"template"}, "names the file"},
		"a drill without alarms":           {nil, 2, []string{"drill"}, "has no alarm"},
		"a drill while a phase is judged": {func(w *world) {
			w.cloud.Damage("releases", "cutover/rollout/production/state.json", `{"format":1,"step":"watching","weight":100000}`)
			w.result(0, "deploy", "--drill", "never")
		}, 4, []string{"drill"}, "a phase is being judged"},
		"a drill while alarms are muted": {func(w *world) {
			w.result(0, "deploy", "--drill", "never")
			w.confirm()
			w.result(0, "mute")
		}, 4, []string{"drill"}, "mute"},
		"a drill after a deployment while alarms are muted": {func(w *world) {
			w.result(0, "deploy", "--drill", "never")
			w.result(0, "mute")
		}, 4, []string{"deploy", "--drill", "always"}, "mute"},
		"a long template without a bucket": {func(w *world) { w.bucket = "" }, 2, []string{"deploy"}, "Give the bucket of the archive"},
		"an audit of nothing":              {nil, 1, []string{"audit"}, "nothing watches production"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			if c.make != nil {
				c.make(w)
			}
			before := len(w.cloud.Alarms())
			got := w.run(c.args[0], c.args[1:]...)
			if got.Code != c.code || !strings.Contains(got.Stderr, c.want) {
				t.Errorf("exit %d\n%s", got.Code, got.Stderr)
			}
			if len(w.cloud.Alarms()) != before {
				t.Error("the stack was changed all the same")
			}
		})
	}
}

// A long template goes through the bucket.
func TestALongTemplateGoesThroughTheBucket(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.result(0, "deploy", "--drill", "never")
	if keys := w.cloud.KeysIn("releases", "cutover/monitoring/production/"); len(keys) != 1 || w.cloud.StackStatus(stackName) != "CREATE_COMPLETE" {
		t.Errorf("%v, %s", keys, w.cloud.StackStatus(stackName))
	}
}

func TestNotConfigured(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	text := w.read("cutover.yaml")
	from, to := strings.Index(text, "\nmonitoring:"), strings.Index(text, "\nbudget:")
	w.write("cutover.yaml", text[:from]+text[to:])
	if r := w.result(0, "deploy"); !strings.HasPrefix(r.Lead, "Not configured") || r.Changed {
		t.Errorf("%+v", r)
	}
}

// Shows: 5.2.5
func TestADeploymentMutesAndUnmutes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if r := w.result(0, "mute"); r.Mute.Muted {
		t.Errorf("nothing to mute: %+v", r.Mute)
	}
	w.result(0, "deploy", "--drill", "never")
	if r := w.result(0, "mute"); !r.Mute.Muted || len(w.cloud.MuteRules()) != 1 {
		t.Errorf("%+v, %v", r.Mute, w.cloud.MuteRules())
	}
	// A rule that an earlier deployment with more alarms has left.
	w.cloud.SetMuteRule(cloud.MuteRule{Name: "LEGO-API-production-deploy-2", Alarms: []string{"LEGO-API-production-gone"}})
	if w.result(0, "mute"); len(w.cloud.MuteRules()) != 1 {
		t.Errorf("%v", w.cloud.MuteRules())
	}
	w.result(0, "unmute")
	if rules := w.cloud.MuteRules(); len(rules) != 0 {
		t.Errorf("%v", rules)
	}
	w.result(0, "unmute")
}

// What is found can be saved and given, and gives the same stack.
func TestInventoryAndTemplateAreFiles(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.result(0, "inventory", "--out", "inventory.json")
	w.result(0, "template", "--out", "found.json")
	w.result(0, "template", "--out", "given.json", "--inventory", "inventory.json")
	if found := w.read("found.json"); found != w.read("given.json") || !strings.Contains(found, "lego-api-production-list") {
		t.Error("the inventory that was saved gives another template")
	}
}

// What an account has once is a stack of its own.
func TestTheAccountsStack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if r := w.result(0, "deploy", "--scope", "account"); r.Outcome.Result != "created" || w.cloud.StackStatus("cutover-transaction-search") != "CREATE_COMPLETE" {
		t.Errorf("%+v", r)
	}
	if _, p, ok := w.cloud.StackResource("cutover-transaction-search", "TransactionSearch"); !ok || p["IndexingPercentage"] != 5.0 {
		t.Errorf("%v", p)
	}
}

// A function that the application lost its tracing on is found.
func TestAudit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.result(0, "deploy", "--drill", "never")
	r := w.result(1, "audit")
	failed := map[string]bool{}
	for _, f := range r.Audit.Findings {
		failed[f.Name] = f.Verdict == "fail"
	}
	if failed["tracing"] || failed["tags"] || failed["log_retention"] || !failed["subscriptions"] {
		t.Errorf("%+v", failed)
	}
	w.confirm()
	w.cloud.Function("lego-api-production-list", cloud.Lambda{LogFormat: "JSON"})
	r = w.result(1, "audit")
	for _, f := range r.Audit.Findings {
		failed[f.Name] = f.Verdict == "fail"
	}
	if !failed["tracing"] || failed["subscriptions"] {
		t.Errorf("%+v", failed)
	}
}
