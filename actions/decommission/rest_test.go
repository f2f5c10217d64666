package main

import (
	"bytes"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/rehearsal/cloud"
	"github.com/cutover-dev/cutover/internal/retire"
)

// checked gives each of the pair's records a health check of its own, as prepare
// does.
func (w *world) checked() []string {
	w.t.Helper()
	var ids []string
	records := w.cloud.Records(cloud.LegoZone)
	for i, s := range records {
		if s.Weight == nil {
			continue
		}
		id := "b0a1c2d3-0000-4000-8000-00000000000" + string(rune('0'+len(ids)))
		w.cloud.Check(id, cloud.CheckConfig{Type: "HTTPS", FullyQualifiedDomainName: s.SetIdentifier + ".example.com", ResourcePath: "/health", Port: 443, RequestInterval: 10, FailureThreshold: 2, EnableSNI: true})
		records[i].HealthCheckID = id
		ids = append(ids, id)
	}
	w.cloud.SetRecords(cloud.LegoZone, records...)
	return ids
}

// What the usual account does not have: nothing scales the service, the records have
// health checks, a security group is blue's alone, its logs may go, and a function
// runs an image of somebody else's repository.
//
// Shows: 5.8.4, 5.8.5, 5.8.6, 5.8.8
func TestTheRestGoesToo(t *testing.T) {
	t.Parallel()
	w := shortWorld(t, false)
	w.logs = true
	w.write("cutover.yaml", strings.Replace(w.config(), "  soak:", "  logs: delete\n  soak:", 1))
	w.cloud.SetScaling("lego-api", "web", nil)
	checks := w.checked()
	w.cloud.Function("shop", cloud.Lambda{})
	w.cloud.Old(func(o *cloud.OldSide) {
		o.ImageFunction("shop", cloud.Account+".dkr.ecr.us-east-1.amazonaws.com/shop:v2")
		o.SecurityGroup("sg-0db0", cloud.SecurityGroup{Name: "lego-database"})
	})
	p := w.begun()
	kinds := map[string]int{}
	for _, x := range p.Targets {
		kinds[x.Kind]++
	}
	if kinds["scaling.target"] != 0 || kinds["route53.health-check"] != len(checks) || kinds["ec2.security-group"] != 2 || kinds["logs.group"] != 1 {
		t.Fatal(kinds)
	}
	w.until(retire.Holding)
	if s := w.cloud.ECS("lego-api", "web"); s.Desired != 0 || len(s.Wished) == 0 || s.Wished[len(s.Wished)-1] != 0 {
		t.Errorf("wished for %v", s.Wished)
	}
	w.gone(p, w.until(retire.Done))
	if left := w.cloud.HealthChecks(); len(left) > 0 {
		t.Errorf("%v", left)
	}
}

// abandoned is every request that takes something away for good: a record set that
// goes comes back, and is none.
func abandoned(server string, r *http.Request, body string) bool {
	return destructive(server, r, body) && !strings.HasSuffix(r.URL.Path, "/rrset")
}

// An abort in the last moment before the first deletion, which was decided and never
// carried out, brings everything back: protections and weighted records too.
//
// Shows: 5.8.3
func TestAbortInTheLastMoment(t *testing.T) {
	t.Parallel()
	for name, owned := range map[string]bool{"by hand": false, "a stack's": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := shortWorld(t, owned)
			w.checked()
			w.cloud.Function("shop", cloud.Lambda{})
			w.cloud.Old(func(o *cloud.OldSide) {
				o.ImageFunction("shop", cloud.Account+".dkr.ecr.us-east-1.amazonaws.com/shop:v2")
				if owned {
					o.Grow("ACL", cloud.OldResource{Type: "AWS::WAFv2::WebACL", Physical: "lego|a1b2c3d4|REGIONAL"})
				}
			})
			records, service := w.cloud.Records(cloud.LegoZone), w.cloud.ECS("lego-api", "web")
			w.begun()
			w.until(retire.Holding)
			w.pass(61 * time.Minute)
			if !w.killed(1, killBefore, abandoned) || w.state().Step != retire.Deleting {
				t.Fatalf("it stands at %s", w.state().Step)
			}
			r := w.must(0, cmdAbort, "--for", "1s")
			for range 8 {
				if r.Step == string(retire.Aborted) {
					break
				}
				w.pass(time.Minute)
				r = w.must(0, cmdAbort)
			}
			now := w.cloud.ECS("lego-api", "web")
			if r.Step != string(retire.Aborted) || now.Desired != service.Desired || len(w.cloud.Records(cloud.LegoZone)) != len(records) || !w.led() || owned && !w.cloud.StackProtected(cloud.LegoStack) {
				t.Errorf("%+v\n%+v", r, now)
			}
			if marks := w.cloud.Get(folder + "marks.json"); strings.Contains(marks, "frozen") || strings.Contains(marks, "verdict_off") {
				t.Error(marks)
			}
		})
	}
}

// An approval that has expired in the hold is given anew: that is noted, and nothing
// else is done by it.
func TestApprovedAnew(t *testing.T) {
	t.Parallel()
	w, p := holdingWorld(t, false)
	s := w.state()
	s.Approval.Expires = w.now()
	text := new(bytes.Buffer)
	if err := encode(text, s); err != nil {
		t.Fatal(err)
	}
	w.cloud.Put(folder+"state.json", text.String())
	w.pass(2 * time.Hour)
	if r, got := w.do(cmdTick); got.Code != 1 || r.Hold == nil || r.Hold.Kind != "approval" {
		t.Fatalf("%d %+v", got.Code, r)
	}
	r := w.must(0, cmdApprove, "--plan", p.Plan, "--account", cloud.Account, "--name", "web")
	if r.Hold != nil || len(r.Did) > 0 || r.Step != "hold" {
		t.Errorf("%+v", r)
	}
	w.gone(p, w.until(retire.Done))
}
