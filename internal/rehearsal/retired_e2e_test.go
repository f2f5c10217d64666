//go:build e2e

package rehearsal_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/cutover-dev/cutover/internal/rehearsal"
	"github.com/cutover-dev/cutover/internal/rehearsal/cloud"
	"github.com/cutover-dev/cutover/internal/rehearsal/loopback"
	"github.com/cutover-dev/cutover/internal/retire"
	"github.com/cutover-dev/cutover/internal/retire/plan"
)

// retiring is the old side in an account, as cutover.yaml names it.
type retiring struct {
	t     *testing.T
	cloud *cloud.Cloud
	// more are further settings of legacy; guide is a document of the repository.
	more, guide string
	// environ is more of the machine's environment.
	environ []string
	// aloud tells people in Slack.
	aloud bool
	// hub is GitHub as the last run left it.
	hub *loopback.Server
}

func (r *retiring) config() string {
	return fmt.Sprintf(`project: LEGO-API
region: us-east-1
stages:
  production: {url: https://api.example.com, approval: required}
traffic:
  record: api.example.com
  hosted_zone: %s
  blue: {target: %s, alias_zone: Z35SXDOTRQ7X7K, direct: https://blue.example.com, load_balancer: %s, target_group: %s}
  green:
    target: d-1.execute-api.us-east-1.amazonaws.com
    alias_zone: Z1UJRXOUMOOFQ8
    direct: https://green.example.com
    api: {type: http, name: a1b2c3d4e5}
legacy:
  cluster: lego-api
  service: web
  load_balancer: %s
  target_groups: [%s, %s]
  repositories: [lego-api]
%s`, cloud.LegoZone, cloud.LegoDNS, cloud.LegoBalancer, cloud.LegoGroup, cloud.LegoBalancer, cloud.LegoGroup, cloud.LegoCanary, r.more)
}

// dispatch starts decommission.yml, by hand or by its schedule.
func (r *retiring) dispatch(event, payload string) rehearsal.Result {
	r.t.Helper()
	o := options(r.t)
	// Nobody waits here until something is due.
	o.Vars = map[string]string{"RETIRE_FOR": "1s", "RETIRE_EVERY": "1s"}
	o.Workflow, o.Event, o.Payload, o.Quiet, o.Watched, o.AWS = ".github/workflows/decommission.yml", event, payload, !r.aloud, "never", r.cloud
	o.Overlay = fstest.MapFS{"examples/lego-api/cutover.yaml": {Data: []byte(r.config())}, "guide.md": {Data: []byte(r.guide)}}
	o.Extra = append(o.Extra, r.environ...)
	o.Prepare = func(hub *loopback.Server, _ *cloud.Cloud) { r.hub = hub }
	began := time.Now()
	result := rehearse(r.t, o)
	r.t.Logf("decommission.yml, %s: %v", payload, time.Since(began).Round(time.Second))
	return result
}

func (r *retiring) command(command, inputs string) rehearsal.Result {
	r.t.Helper()
	return r.dispatch("workflow_dispatch", fmt.Sprintf(`{"inputs": {"command": %q%s}}`, command, inputs))
}

// binds are what approve wants typed.
func binds(hash, name string) string {
	return fmt.Sprintf(`, "plan": %q, "account": %q, "name": %q`, hash, cloud.Account, name)
}

// changes are calls that take something away or change it.
func (r *retiring) changes() (all []string) {
	for _, c := range r.cloud.Calls() {
		_, verb, _ := strings.Cut(c.Action, ":")
		for _, begins := range []string{"Delete", "Update", "Change", "Register", "Deregister", "Modify"} {
			if strings.HasPrefix(verb, begins) {
				all = append(all, c.Action+" on "+c.Resource)
			}
		}
	}
	return all
}

// A plan is made without a reviewer, approved by one for its very hash, and applied:
// a stage whose rollout has proved nothing is held at the gate, and nothing of the
// old side is touched.
//
// Shows: 5.8.1
func TestE2ETheTeardownWaits(t *testing.T) {
	t.Parallel()
	c := cloud.New("sst-state-rehearsal")
	c.Bucket(rehearsal.ArchiveBucket)
	c.Lego(true)
	r := &retiring{t: t, cloud: c, more: "  stack: " + cloud.LegoStack + "\n"}
	made := r.command("plan", "")
	ended(t, made, map[string]loopback.Conclusion{"look": loopback.Success, "decide": loopback.Skipped, "go-on": loopback.Skipped})
	if t.Failed() {
		t.Fatal(failedLog(made))
	}
	hash := step(t, made, "look", "The old side").Outputs["plan-sha256"]
	var plan struct {
		PlanSHA256 string `json:"plan_sha256"`
	}
	if err := json.Unmarshal([]byte(artifact(t, made, "retirement", "plan.json")), &plan); err != nil || len(hash) != 64 || plan.PlanSHA256 != hash {
		t.Fatalf("%v, %q and %q", err, hash, plan.PlanSHA256)
	}
	keepPage(t, "retirement.html", artifact(t, made, "retirement", "retirement.html"))
	// What else an approval must name is tried on the program itself.
	refused := r.command("approve", binds(strings.Repeat("0", 64), cloud.LegoStack))
	if s := step(t, refused, "decide", "The old side"); s.Conclusion != loopback.Failure {
		t.Errorf("another plan was approved: %v", s.Outputs)
	}
	approved := r.command("approve", binds(hash, cloud.LegoStack))
	ended(t, approved, map[string]loopback.Conclusion{"look": loopback.Skipped, "decide": loopback.Success, "go-on": loopback.Skipped})
	applied := r.command("apply", "")
	told := step(t, applied, "decide", "The old side")
	if told.Outputs["step"] != "gate" || told.Outputs["deleted"] != "" || !strings.Contains(told.Outputs["lead"], "green does not have all traffic") {
		t.Errorf("%v\n%s", told.Outputs, strings.Join(told.Log, "\n"))
	}
	if got := r.changes(); len(got) > 0 {
		t.Errorf("nothing was proved, and %v", got)
	}
	for _, call := range c.Calls() {
		if call.Role != "cutover-retire" {
			t.Errorf("%q calls %s", call.Role, call.Action)
		}
	}
}

// tick is the schedule's hour, once time has passed.
func (o *over) tick(d time.Duration, want retire.Step) (rehearsal.Result, *loopback.Step) {
	o.t.Helper()
	o.pass(d)
	r := o.dispatch("schedule", `{"schedule": "17 * * * *"}`)
	ended(o.t, r, map[string]loopback.Conclusion{"go-on": loopback.Success, "look": loopback.Skipped, "decide": loopback.Skipped})
	s := step(o.t, r, "go-on", "The old side")
	if s.Outputs["step"] != string(want) {
		o.t.Fatalf("%v behind the last run it stands at %s, not at %s: %s\n%s", d, s.Outputs["step"], want, s.Outputs["lead"], strings.Join(s.Log, "\n"))
	}
	return r, s
}

// The whole way by the workflow, from the plan to the pull request: what a reviewer
// has approved goes, step by step as time passes, and nothing else does.
//
// Shows: 5.8.1, 5.8.2, 5.8.3, 5.8.4, 5.8.5, 5.8.6, 5.8.7, 5.8.8, 5.8.10, 5.8.11, 5.8.12
func TestE2ETheTeardownEnds(t *testing.T) {
	t.Parallel()
	o := newOver(t)
	stood, names := o.cloud.Standing(), len(o.cloud.Records(cloud.LegoZone))
	made := o.command("plan", "")
	ended(t, made, map[string]loopback.Conclusion{"look": loopback.Success})
	p, err := plan.Parse([]byte(artifact(t, made, "retirement", "plan.json")))
	if err != nil {
		t.Fatal(err)
	}
	ended(t, o.command("approve", binds(p.PlanSHA256, "web")), map[string]loopback.Conclusion{"decide": loopback.Success})
	applied := o.command("apply", `, "reason": "it is time"`)
	ended(t, applied, map[string]loopback.Conclusion{"decide": loopback.Success})
	if got := step(t, applied, "decide", "The old side").Outputs; got["step"] != string(retire.Detach) || got["frozen"] != "true" {
		t.Fatalf("%v\n%s", got, failedLog(applied))
	}
	o.tick(16*time.Minute, retire.Holding)
	if s := o.cloud.ECS("lego-api", "web"); s.Desired != 0 || s.Status != "ACTIVE" || !slices.Equal(o.cloud.Standing(), stood) {
		t.Fatalf("something went before the hold was over: %+v", s)
	}
	o.tick(47*time.Hour, retire.Holding)
	o.tick(62*time.Minute, retire.Deleting)
	o.tick(2*time.Minute, retire.Validate)
	o.aloud = true
	last, s := o.tick(62*time.Minute, retire.Done)
	told := ""
	for _, m := range last.Slack {
		told += m.Text + string(m.Blocks)
	}
	if !strings.Contains(told, "Retirement of ECS: done") || !strings.Contains(told, "reviewer") || !strings.Contains(told, "Saved a month") {
		t.Errorf("people were told: %s", told)
	}
	o.proposed(s.Outputs["pull-request"], p)
	o.gone(stood, names, p)
	shown := step(t, o.command("status", ""), "look", "The old side")
	if got := shown.Outputs; got["step"] != "done" || got["verdict"] != "pass" || !strings.Contains(got["lead"], "Everything that was planned is gone; ") || !strings.Contains(got["lead"], "$") {
		t.Errorf("status says %v", got)
	}
}

// gone holds what stands against what stood and the plan: exactly its targets went.
func (o *over) gone(stood []string, names int, p plan.Sealed) {
	o.t.Helper()
	var planned []string
	for _, x := range p.Plan.Targets {
		planned = append(planned, x.ARN)
	}
	slices.Sort(planned)
	stands := o.cloud.Standing()
	went := slices.DeleteFunc(slices.Clone(stood), func(at string) bool { return slices.Contains(stands, at) })
	came := slices.DeleteFunc(stands, func(at string) bool { return slices.Contains(stood, at) })
	if !slices.Equal(went, planned) || len(came) > 0 {
		o.t.Errorf("planned were\n%s\nand gone are\n%s\nand new are %v", strings.Join(planned, "\n"), strings.Join(went, "\n"), came)
	}
	simple, records := 0, o.cloud.Records(cloud.LegoZone)
	for _, s := range records {
		if s.Name == "api.example.com." && s.Weight == nil && s.SetIdentifier == "" && strings.Contains(s.AliasTarget.DNSName, "execute-api") {
			simple++
		}
	}
	if simple != 2 || len(records) != names-2 || len(o.cloud.Records("Z0OTHER")) != 1 {
		o.t.Errorf("%d records lead to green: %+v", simple, records)
	}
	if rules := o.cloud.Rules(rehearsal.ArchiveBucket); !strings.Contains(rules, "<Days>90</Days>") || !strings.Contains(o.cloud.Get("cutover/images/lego-api/index.json"), `"v2"`) {
		o.t.Errorf("the images are not archived: %s", rules)
	}
	if o.asked.Load() == 0 {
		o.t.Error("nobody has asked green's endpoints")
	}
	var log []retire.Event
	for _, key := range o.cloud.Keys("cutover/retire/production/events/") {
		var e retire.Event
		if err := json.Unmarshal([]byte(o.cloud.Get(key)), &e); err != nil {
			o.t.Fatal(err)
		}
		log = append(log, e)
	}
	if err := retire.Verify(log); err != nil || len(log) == 0 || log[len(log)-1].Kind != retire.Finished {
		o.t.Errorf("%v\n%+v", err, log)
	}
	for _, call := range o.cloud.Calls() {
		if call.Role != "cutover-retire" {
			o.t.Errorf("%q calls %s", call.Role, call.Action)
		}
	}
}

// proposed holds the one pull request of the last run.
func (o *over) proposed(address string, p plan.Sealed) {
	o.t.Helper()
	branch := o.hub.Branch("cutover/retired-production-" + p.PlanSHA256[:12])
	if pulls := o.hub.Pulls(); branch == nil || len(pulls) != 1 || pulls[0].State != "open" || address == "" {
		o.t.Fatalf("%q, %+v", address, pulls)
	}
	if text := branch.Files["guide.md"]; text != "# How it runs\n\nLambda.\n" {
		o.t.Errorf("%q", text)
	}
	if text := branch.Files["docs/retrospectives/ecs-production.md"]; !strings.Contains(text, "Approved by reviewer") || !strings.Contains(text, "| hold |") || len(branch.Files) != 2 {
		o.t.Errorf("%d files, of which\n%s", len(branch.Files), text)
	}
}
