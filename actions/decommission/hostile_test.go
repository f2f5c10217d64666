package main

import (
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/monitoring"
	"github.com/cutover-dev/cutover/internal/rehearsal/cloud"
	"github.com/cutover-dev/cutover/internal/rehearsal/loopback"
)

const elbARN = "arn:aws:elasticloadbalancing:us-east-1:" + cloud.Account + ":"

// What changes between plan and apply stops it, each time, and nothing is deleted.
//
// Shows: 5.8.4, 5.8.5, 5.8.6, 5.8.9
func TestTheWorldChanges(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		owned  bool
		change func(w *world)
		says   string
	}{
		"a new rule": {false, func(w *world) {
			w.cloud.Old(func(o *cloud.OldSide) {
				o.Rule("listener-rule/"+cloud.LegoBalancer+"/a2/b2", cloud.ListenerRule{Listener: "listener/" + cloud.LegoBalancer + "/a2", Priority: 20, Forwards: []string{cloud.LegoCanary}})
			})
		}, "which it did not when the plan was made"},
		"another service on the target group": {false, func(w *world) {
			w.cloud.SetECS(cloud.ECSService{Cluster: "lego-api", Name: "second", Desired: 1, Running: 1, Definition: "web-other:1", TargetGroups: []string{cloud.LegoGroup}})
		}, "which it did not when the plan was made"},
		"another name": {false, func(w *world) {
			ttl := 60
			w.cloud.SetRecords("Z0OTHER", cloud.RecordSet{Name: "shop.example.org.", Type: "CNAME", TTL: &ttl, Values: []string{cloud.LegoDNS}})
		}, "which it did not when the plan was made"},
		"an import": {true, func(w *world) {
			w.cloud.Old(func(o *cloud.OldSide) {
				o.Stack("shop", cloud.OldStack{})
				o.Import("lego-url", "shop")
			})
		}, "which it did not when the plan was made"},
		"images tagged anew": {false, func(w *world) {
			w.cloud.SetECR("lego-api", cloud.ECRImage{Digest: "sha256:" + strings.Repeat("4", 64), Tags: []string{"v1", "v2"}})
		}, "gone"},
		"a tag that keeps": {false, func(w *world) {
			w.cloud.Old(func(o *cloud.OldSide) {
				o.Tag(elbARN+"loadbalancer/"+cloud.LegoBalancer, map[string]string{"cutover:keep": "audit"})
			})
		}, "cutover:keep"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, p := holdingWorld(t, c.owned)
			c.change(w)
			w.pass(2 * time.Hour)
			r, got := w.do(cmdTick)
			if got.Code != 1 || r.Hold == nil || r.Hold.Kind != "drift" || !strings.Contains(got.Stdout, c.says) || len(r.Did) > 0 || r.Hold.Next == "" {
				t.Fatalf("%d %+v\n%s", got.Code, r, got.Stderr)
			}
			if !strings.Contains(w.output("fields"), "Way out: ") {
				t.Error(w.output("fields"))
			}
			w.planned(p)
			if len(r.Deleted) > 0 {
				t.Error(r.Deleted)
			}
		})
	}
}

// What must not go is refused before anybody is asked, with the reason and the way
// out.
//
// Attack: tampered-approval, tampered-plan
func TestRefusals(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		owned  bool
		change func(w *world)
		more   []string
		rule   string
	}{
		"a function's image": {false, func(w *world) {
			w.cloud.Function("shop", cloud.Lambda{})
			w.cloud.Old(func(o *cloud.OldSide) {
				o.ImageFunction("shop", cloud.Account+".dkr.ecr.us-east-1.amazonaws.com/lego-api:v2")
			})
		}, nil, "image"},
		"a database in the stack": {true, func(w *world) {
			w.cloud.Old(func(o *cloud.OldSide) {
				o.Grow("Database", cloud.OldResource{Type: "AWS::RDS::DBInstance", Physical: "lego"})
			})
		}, nil, "stack"},
		"an export that is used": {true, func(w *world) {
			w.cloud.Old(func(o *cloud.OldSide) {
				o.Stack("shop", cloud.OldStack{})
				o.Import("lego-url", "shop")
			})
		}, nil, "export"},
		"a tag": {false, func(w *world) {
			w.cloud.Old(func(o *cloud.OldSide) {
				o.Tag(elbARN+"loadbalancer/"+cloud.LegoBalancer, map[string]string{"owner": "audit"})
			})
		}, []string{"--keep", "owner"}, "tag"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, c.owned)
			c.change(w)
			r, got := w.do(cmdPlan, append([]string{"--report", "plan.html"}, c.more...)...)
			if got.Code != 4 || r.Plan != "" || len(r.Refusals) == 0 || r.Verdict != "fail" || len(w.cloud.KeysIn(bucket, folder)) > 0 {
				t.Fatalf("%d %+v\n%s", got.Code, r, got.Stderr)
			}
			for _, x := range r.Refusals {
				if x.What == "" || x.Next == "" || x.Rule == "" {
					t.Errorf("%+v", x)
				}
			}
			t.Logf("%+v", r.Refusals)
		})
	}
}

// Orders that are not possible say why, and nothing is done.
//
// Shows: 5.8.1
func TestOrders(t *testing.T) {
	t.Parallel()
	w := shortWorld(t, false)
	p := w.must(0, cmdPlan)
	approve := []string{"--plan", p.Plan, "--account", cloud.Account, "--name", "web"}
	refused := func(says, command string, more ...string) {
		t.Helper()
		if r, got := w.do(command, more...); got.Code != 4 || !strings.Contains(got.Stderr, says) || len(r.Did) > 0 {
			t.Errorf("%s %v: %d, want %q\n%s", command, more, got.Code, says, got.Stderr)
		}
	}
	refused("nobody has approved one", cmdApply)
	refused("has not been approved in this run", cmdApprove, approve...)
	w.github.Approve(loopback.Approval{Environment: "production-report", User: ada, State: "approved"})
	refused("has not been approved in this run", cmdApprove, approve...)
	w.github.Approve(loopback.Approval{Environment: "production-retire", User: ada, State: "approved"})
	refused("is not what is to be deleted", cmdApprove, "--plan", p.Plan, "--account", cloud.Account, "--name", "webb")
	refused("is not the one whose credentials these are", cmdApprove, "--plan", p.Plan, "--account", "210987654321", "--name", "web")
	refused("more than 30 days", cmdApprove, append(approve, "--expires", "800h")...)
	if _, got := w.do(cmdApprove, "--plan", strings.Repeat("a", 64), "--account", cloud.Account, "--name", "web"); got.Code != 2 || !strings.Contains(got.Stderr, "is not kept in") {
		t.Errorf("%d\n%s", got.Code, got.Stderr)
	}
	r := w.must(0, cmdApprove, append(approve, "--expires", "1h")...)
	if r.Approval == nil || r.Approval.By != ada {
		t.Errorf("%+v", r)
	}
	refused("nothing is under way", cmdAbort)
	w.pass(2 * time.Hour)
	refused("has expired", cmdApply)
	w.must(0, cmdApprove, approve...)
	w.pass(15 * 24 * time.Hour)
	refused("was valid until", cmdApply)
	// A plan that somebody has edited is none.
	key := folder + "plan/" + p.Plan + ".json"
	w.cloud.Put(key, strings.Replace(w.cloud.Get(key), `"logs": "keep"`, `"logs": "delete"`, 1))
	refused("was changed", cmdApply)
	w.planned(p)
}

// ring lets the stage's alarm on green's errors ring.
func ring(w *world) {
	all := w.cloud.Alarms()
	for i := range all {
		if all[i].Name == monitoring.ErrorsAlarm("LEGO-API", "production") {
			all[i].State, all[i].Since = "ALARM", w.now()
		}
	}
	w.cloud.SetAlarms(all...)
}

// The gate waits for each piece of evidence, and says which.
//
// Shows: 5.8.1, 5.8.10
func TestTheGateWaits(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(w *world)
		says   string
	}{
		"the decision says return":  {func(w *world) { w.decide("return") }, "the decision record says"},
		"nobody has decided":        {func(w *world) { w.cloud.Delete("cutover/decision/production.json") }, "nothing yet"},
		"endpoints do not answer":   {func(w *world) { w.mu.Lock(); defer w.mu.Unlock(); w.sick = true }, "endpoints do not answer"},
		"an alarm rings":            {ring, "alarms ring"},
		"nobody knows of a rollout": {func(w *world) { w.cloud.Delete("cutover/rollout/production/state.json") }, "does not have all traffic"},
		"nobody watches": {func(w *world) {
			w.quiet = true
			w.pass(time.Hour)
		}, "nobody has watched green since"},
		"blue has a share": {func(w *world) {
			for _, kind := range []string{"A", "AAAA"} {
				w.cloud.Reweigh(cloud.LegoZone, "blue", kind, 1)
			}
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, _ := approvedWorld(t)
			c.change(w)
			r, got := w.do(cmdApply)
			if r.Step != "gate" || len(r.Did) > 0 || !strings.Contains(r.Lead, c.says) || c.says != "" && got.Code != 0 {
				t.Errorf("%d %+v\n%s", got.Code, r, got.Stderr)
			}
		})
	}
	t.Run("a record that was changed", func(t *testing.T) {
		t.Parallel()
		w, _ := approvedWorld(t)
		for _, key := range w.cloud.KeysIn(bucket, "cutover/decision/production/") {
			if strings.HasSuffix(key, ".md") {
				w.cloud.Put(key, "# Another decision\n")
			}
		}
		if r, got := w.do(cmdApply); len(r.Did) > 0 || r.Hold == nil || !strings.Contains(got.Stdout, "another hash than the decision names") {
			t.Errorf("%d %+v", got.Code, r)
		}
	})
}
