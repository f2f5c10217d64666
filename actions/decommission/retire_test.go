package main

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/rehearsal/cloud"
	"github.com/cutover-dev/cutover/internal/retire"
)

// The plan is printed with its hash, and kept under it; nothing is changed.
//
// Shows: 5.8.3, 5.8.4, 5.8.5, 5.8.6
func TestPlan(t *testing.T) {
	t.Parallel()
	for name, owned := range map[string]bool{"by hand": false, "a stack's": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, owned)
			r := w.must(0, cmdPlan, "--report", "plan.html", "--out", "plan.json")
			if len(r.Plan) != 64 || r.Kept != "s3://"+bucket+"/"+folder+"plan/"+r.Plan+".json" {
				t.Errorf("%+v", r)
			}
			kinds := map[string]int{}
			for _, x := range r.Targets {
				kinds[x.Kind]++
				if x.Restore == "" || (x.Way == "stack") != (x.Owner != "none" && x.Kind != "cloudformation.stack") {
					t.Errorf("%+v", x)
				}
			}
			if kinds["ecs.service"] != 1 || kinds["ecs.cluster"] != 1 || kinds["elb.load-balancer"] != 1 || kinds["elb.target-group"] != 2 || kinds["cloudformation.stack"] == 1 != owned {
				t.Error(kinds)
			}
			if w.cloud.Get(folder+"plan/"+r.Plan+".json") != w.read("plan.json") || !strings.Contains(w.read("plan.html"), "<svg") || w.output("plan-sha256") != r.Plan || !strings.Contains(w.output("fields"), r.Plan) {
				t.Error("it is not kept as it was printed")
			}
			if again := w.must(0, cmdPlan); again.Plan != r.Plan {
				t.Error("the same world gives another plan")
			}
			w.planned(r)
		})
	}
}

// The nine days, from plan to pull request, tick by tick as a schedule makes them.
//
// Shows: 5.8.1, 5.8.2, 5.8.3, 5.8.4, 5.8.5, 5.8.6, 5.8.7, 5.8.8, 5.8.9, 5.8.10, 5.8.11, 5.8.12
func TestNineDays(t *testing.T) {
	t.Parallel()
	for name, owned := range map[string]bool{"by hand": false, "a stack's": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, owned)
			w.pass(2 * time.Hour)
			p := w.approved()
			r := w.must(0, cmdApply, "--reason", "it is time")
			if r.Step != "gate" || r.Wait == nil || !r.Wait.Until.Equal(noon.Add(7*24*time.Hour)) || len(r.Did) > 0 {
				t.Fatalf("%+v", r)
			}
			w.pass(7*24*time.Hour - 3*time.Hour)
			if r = w.must(0, cmdTick); r.Step != "gate" || w.cloud.ECS("lego-api", "web").Desired != 2 {
				t.Fatalf("an hour too early: %+v", r)
			}
			w.pass(time.Hour)
			w.until(retire.Holding)
			if s := w.cloud.ECS("lego-api", "web"); s.Desired != 0 || s.Status != "ACTIVE" || w.led() {
				t.Fatalf("%+v", s)
			}
			held := w.now()
			r = w.until(retire.Done)
			if since := w.now().Sub(noon); since < 9*24*time.Hour || since > 10*24*time.Hour || w.now().Sub(held) < 48*time.Hour {
				t.Errorf("it took %s", since)
			}
			w.gone(p, r)
			calls := len(w.cloud.Calls())
			if again := w.must(0, cmdTick); again.Step != "done" || len(again.Did) > 0 {
				t.Errorf("%+v", again)
			}
			if n := len(w.cloud.Calls()) - calls; n > 8 {
				t.Errorf("a tick with nothing to do asks %d times", n)
			}
		})
	}
}

// gone looks at the servers after a whole retirement.
func (w *world) gone(p, r result) {
	w.t.Helper()
	w.planned(p)
	for _, x := range p.Targets {
		if !slices.Contains(r.Deleted, x.ARN) {
			w.t.Errorf("%s is not known to be gone", x.ARN)
		}
	}
	for _, left := range w.left() {
		if strings.Contains(left, "lego-api/50dc") || strings.Contains(left, "targetgroup/") || strings.HasPrefix(left, "web:") {
			w.t.Errorf("%s is left", left)
		}
	}
	simple := 0
	for _, s := range w.cloud.Records(cloud.LegoZone) {
		if strings.HasPrefix(s.Name, "api.") {
			simple++
			if s.Weight != nil || s.SetIdentifier != "" || !strings.Contains(s.AliasTarget.DNSName, "execute-api") {
				w.t.Errorf("%+v", s)
			}
		}
	}
	if simple != 2 {
		w.t.Errorf("%d records", simple)
	}
	if rules := w.cloud.Rules(bucket); !strings.Contains(rules, "<Days>90</Days>") || !strings.Contains(rules, "<NoncurrentDays>90</NoncurrentDays>") {
		w.t.Error(rules)
	}
	if !strings.Contains(w.cloud.Get("cutover/images/lego-api/index.json"), "v2") {
		w.t.Error("the images are not archived")
	}
	branch := w.github.Branch("cutover/retired-production-" + p.Plan[:12])
	if branch == nil || len(w.github.Pulls()) != 1 || r.PullRequest == "" {
		w.t.Fatalf("%+v, %q", w.github.Pulls(), r.PullRequest)
	}
	if text := branch.Files["docs/architecture.md"]; text != "# How it runs\n\nLambda.\n" {
		w.t.Errorf("%q", text)
	}
	if text := branch.Files["docs/retrospectives/ecs-production.md"]; !strings.Contains(text, "| hold |") || !strings.Contains(text, "Approved by "+ada) || !strings.Contains(text, "What went well") {
		w.t.Error(text)
	}
	var log []retire.Event
	for _, key := range w.cloud.KeysIn(bucket, folder+"events/") {
		var e retire.Event
		if err := json.Unmarshal([]byte(w.cloud.Get(key)), &e); err != nil {
			w.t.Fatal(err)
		}
		log = append(log, e)
	}
	if err := retire.Verify(log); err != nil || log[len(log)-1].Kind != retire.Finished {
		w.t.Error(err, log)
	}
}
