package survey_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/rehearsal/cloud"
	"github.com/cutover-dev/cutover/internal/retire"
	"github.com/cutover-dev/cutover/internal/retire/estate"
	"github.com/cutover-dev/cutover/internal/retire/hands"
	"github.com/cutover-dev/cutover/internal/retire/plan"
	"github.com/cutover-dev/cutover/internal/retire/survey"
)

// site is an old side, a plan for it, and hands for that plan.
type site struct {
	*testing.T
	c      *cloud.Cloud
	plan   plan.Sealed
	hands  *hands.Hands
	shelf  *shelf
	look   func() estate.World
	frozen int
}

func begin(t *testing.T, owned bool) *site {
	t.Helper()
	s := &site{T: t, c: lego(t, owned), look: func() estate.World { return look(t, owned) }}
	_, ports := all(t)
	p, err := plan.Of(s.look(), scope(owned))
	if err != nil {
		t.Fatal(err)
	}
	s.shelf, _ = ports.Kit.(*shelf)
	ports.Own = map[retire.Verb]func(context.Context, retire.Action) error{retire.Freeze: func(context.Context, retire.Action) error { s.frozen++; return nil }}
	s.plan = plan.Seal(p)
	sources, _ := all(t)
	s.look = func() estate.World {
		w, err := survey.New(survey.For(p, cloud.Account, cloud.Region), sources, noon).Look(t.Context())
		if err != nil || len(w.Unread) > 0 {
			t.Fatal(err, w.Unread)
		}
		return w
	}
	s.hands = hands.New(s.plan, ports)
	return s
}

// do does it twice: the second time there is nothing to do.
func (s *site) do(a retire.Action) {
	s.Helper()
	for range 2 {
		if err := s.hands.Do(s.Context(), a); err != nil {
			s.Fatalf("%s %s: %v", a.Verb, a.ARN, err)
		}
	}
}

func (s *site) refused(a retire.Action, says string) {
	s.Helper()
	if err := s.hands.Do(s.Context(), a); err == nil || !strings.Contains(err.Error(), says) {
		s.Errorf("%s %s: %v, and not %q", a.Verb, a.ARN, err, says)
	}
}

// print is what a thing's print is now.
func (s *site) print(arn string) string {
	item, _ := s.look().Graph().Item(arn)
	return item.Print
}

// prepare takes the steps before the first deletion.
func (s *site) prepare() {
	s.Helper()
	parts := s.plan.Plan.Parts
	s.do(retire.Action{Verb: retire.SaveKit, ARN: parts.Service, Args: map[string]string{"plan_sha256": s.plan.PlanSHA256}})
	for _, arn := range parts.Blue {
		s.do(retire.Action{Verb: retire.RemoveRecord, ARN: arn, Print: s.print(arn)})
	}
	for _, arn := range parts.Scaling {
		s.do(retire.Action{Verb: retire.LockScaling, ARN: arn})
	}
	s.do(retire.Action{Verb: retire.Scale, ARN: parts.Service, Args: map[string]string{estate.Desired: "0"}})
	s.do(retire.Action{Verb: retire.MakeSimple, ARN: parts.Green[0], With: parts.Green[1:]})
	for _, t := range s.plan.Plan.Targets {
		if t.Protected {
			s.do(retire.Action{Verb: retire.Lift, ARN: t.ARN})
		}
	}
}

// Everything of the plan goes in its order, each step twice, and nothing else: a
// cloud that refuses what AWS refuses lets all of it happen.
// Shows: 5.8.2, 5.8.3, 5.8.4, 5.8.5, 5.8.6, 5.8.8, 5.8.9
func TestDeletion(t *testing.T) {
	for name, owned := range map[string]bool{"by hand": false, "through the stack": true} {
		t.Run(name, func(t *testing.T) {
			s := begin(t, owned)
			before := s.look()
			s.prepare()
			if got := s.c.Scaling("lego-api", "web"); *got != (cloud.Scalable{In: true, Out: true, Clock: true}) {
				t.Errorf("scaling is not locked: %+v", got)
			}
			for _, x := range s.plan.Plan.Targets {
				if !x.Calls() {
					continue
				}
				verb := retire.Delete
				if x.Way == plan.TheStack {
					verb = retire.DeleteStack
				}
				s.do(retire.Action{Verb: verb, ARN: x.ARN, Print: s.print(x.ARN)})
				s.look()
				s.c.Old(func(o *cloud.OldSide) { o.Drained() })
			}
			after := s.look().Graph()
			for _, x := range s.plan.Plan.Targets {
				// A role is told as long as a definition names it: nobody reads roles.
				if _, there := after.Item(x.ARN); there {
					t.Errorf("%s is still there", x.ARN)
				}
			}
			for _, item := range before.Items {
				_, target := s.plan.Plan.Target(item.ARN)
				_, there := after.Item(item.ARN)
				if stays := !target && !slices.Contains([]estate.Kind{estate.Task, estate.Interface, estate.Record, estate.Discovery, estate.Role, estate.Alarm}, item.Kind); stays && !there && !told(item) {
					t.Errorf("%s %s was not in the plan, and is gone", item.Kind, item.ARN)
				}
			}
			for _, r := range s.c.Records(cloud.LegoZone) {
				if r.Name == "api.example.com." && (r.Weight != nil || r.SetIdentifier != "" || r.AliasTarget.DNSName != "d-1.execute-api.us-east-1.amazonaws.com.") {
					t.Errorf("the record is no simple one of green: %+v", r)
				}
			}
			if got := len(s.c.Records(cloud.LegoZone)); got != 3 {
				t.Errorf("%d records are left", got)
			}
			for _, call := range s.c.Calls() {
				if strings.Contains(call.Resource, "sg-0db0") || strings.Contains(call.Action, "Delete") && strings.Contains(call.Resource, "other") {
					t.Errorf("%+v", call)
				}
			}
		})
	}
}

// told says whether a thing is only told as long as something names it: security
// groups, log groups, health checks and web ACLs.
func told(item estate.Item) bool {
	return item.Kind == estate.SecurityGroup || item.Kind == estate.LogGroup || item.Kind == estate.Firewall
}

// What is not in the plan is not touched, whoever asks.
func TestOutsideThePlan(t *testing.T) {
	s := begin(t, false)
	other := "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/other/50dc6c495c0c9199"
	service := s.plan.Plan.Parts.Service
	calls := len(s.c.Calls())
	for _, a := range []retire.Action{
		{Verb: retire.Delete, ARN: other, Print: s.print(other)}, {Verb: retire.DeleteStack, ARN: service, Print: s.print(service)}, {Verb: retire.Lift, ARN: other},
		{Verb: retire.Scale, ARN: other, Args: map[string]string{estate.Desired: "0"}}, {Verb: retire.Scale, ARN: service, Args: map[string]string{estate.Desired: "-1"}},
		{Verb: retire.LockScaling, ARN: service}, {Verb: retire.RemoveRecord, ARN: "record:Z0OTHER/other.example.org/CNAME/"},
		{Verb: retire.RemoveRecord, ARN: s.plan.Plan.Parts.Green[0]}, {Verb: retire.MakeSimple, ARN: s.plan.Plan.Parts.Blue[0]}, {Verb: retire.Freeze, ARN: other},
		{Verb: retire.SaveKit, ARN: service, Args: map[string]string{"plan_sha256": "another"}},
	} {
		s.refused(a, "is not what the plan says of it")
	}
	s.refused(retire.Action{Verb: "burn", ARN: service}, "nobody can do")
	for _, call := range s.c.Calls()[calls:] {
		if !strings.Contains(call.Action, "Describe") && !strings.Contains(call.Action, "List") && !strings.Contains(call.Action, "Get") {
			t.Errorf("something was done: %+v", call)
		}
	}
	if s.do(retire.Action{Verb: retire.Freeze, ARN: service}); s.frozen != 2 {
		t.Error("what is the action's own was not asked for")
	}
	forged := s.plan
	forged.Plan.Targets = slices.Clone(forged.Plan.Targets)
	forged.Plan.Targets[0].ARN = other
	if err := hands.New(forged, hands.Ports{}).Do(t.Context(), retire.Action{Verb: retire.Delete, ARN: other}); err == nil || !strings.Contains(err.Error(), "hash") {
		t.Errorf("a plan that was changed: %v", err)
	}
}

// What was changed since it was looked at is not deleted, nor what is protected or
// in use.
func TestChangedMeanwhile(t *testing.T) {
	s := begin(t, false)
	s.prepare()
	arn := func(kind estate.Kind, name string) string {
		for _, x := range s.plan.Plan.Targets {
			if x.Kind == kind && x.Name == name {
				return x.ARN
			}
		}
		t.Fatalf("no %s %s", kind, name)
		return ""
	}
	group, balancer, cluster := arn(estate.TargetGroup, "lego-api"), arn(estate.LoadBalancer, "lego-api"), arn(estate.Cluster, "lego-api")
	prints := map[string]string{group: s.print(group), balancer: s.print(balancer), cluster: s.print(cluster)}
	s.refused(retire.Action{Verb: retire.Delete, ARN: group}, "was changed since")
	s.refused(retire.Action{Verb: retire.Delete, ARN: group, Print: prints[group]}, "ResourceInUse")
	s.refused(retire.Action{Verb: retire.Delete, ARN: cluster, Print: prints[cluster]}, "ClusterContainsServicesException")
	s.c.Old(func(o *cloud.OldSide) { o.TargetGroup(cloud.LegoGroup, cloud.TargetGroup{Port: 81}) })
	s.refused(retire.Action{Verb: retire.Delete, ARN: group, Print: prints[group]}, "was changed since")
	s.do(retire.Action{Verb: retire.Protect, ARN: balancer})
	s.refused(retire.Action{Verb: retire.Delete, ARN: balancer, Print: prints[balancer]}, "is protected")
	s.c.Old(func(o *cloud.OldSide) { o.Tag(cluster, map[string]string{"cutover:keep": ""}) })
	s.refused(retire.Action{Verb: retire.Delete, ARN: cluster, Print: s.print(cluster)}, "carries the tag")
	zero := 7
	s.c.SetRecords(cloud.LegoZone, cloud.RecordSet{Name: "api.example.com.", Type: "A", SetIdentifier: "blue", Weight: &zero, AliasTarget: &cloud.AliasTarget{HostedZoneID: "Z3", DNSName: cloud.LegoDNS + "."}})
	blue := s.plan.Plan.Parts.Blue[0]
	s.refused(retire.Action{Verb: retire.RemoveRecord, ARN: blue, Print: "before"}, "was changed since")
	s.refused(retire.Action{Verb: retire.RemoveRecord, ARN: blue, Print: s.print(blue)}, "still gets traffic")
}

// Before the first deletion everything comes back as it was.
func TestTheWayBack(t *testing.T) {
	s := begin(t, true)
	before := s.look()
	s.prepare()
	parts := s.plan.Plan.Parts
	for _, x := range s.plan.Plan.Targets {
		if x.Protected {
			s.do(retire.Action{Verb: retire.Protect, ARN: x.ARN})
		}
	}
	s.do(retire.Action{Verb: retire.MakeWeighted, ARN: parts.Green[0], With: parts.Green[1:]})
	s.do(retire.Action{Verb: retire.FreeScaling, ARN: parts.Scaling[0], Args: map[string]string{estate.Min: "1", estate.Max: "4", estate.Suspended: "false"}})
	s.do(retire.Action{Verb: retire.Scale, ARN: parts.Service, Args: map[string]string{estate.Desired: "2"}})
	for _, arn := range parts.Blue {
		s.do(retire.Action{Verb: retire.AddRecord, ARN: arn})
	}
	if after := s.look(); !same(before, after) {
		t.Errorf("the world is another one than before:\n%v", plan.Compare(s.plan.Plan, after, plan.Own{}))
	}
	if got := s.c.Scaling("lego-api", "web"); *got != (cloud.Scalable{Min: 1, Max: 4, In: true}) {
		t.Errorf("what was suspended before is so no more: %+v", got)
	}
	s.shelf.kit = []byte(strings.Replace(string(s.shelf.kit), s.plan.PlanSHA256, strings.Repeat("0", 64), 1))
	s.refused(retire.Action{Verb: retire.AddRecord, ARN: parts.Blue[0]}, "is not the one of this plan")
}

// A kit of something else than what was approved is not saved.
func TestKitOfWhatWasPlanned(t *testing.T) {
	s := begin(t, false)
	s.c.Old(func(o *cloud.OldSide) { o.TargetGroup(cloud.LegoGroup, cloud.TargetGroup{Port: 81}) })
	s.refused(retire.Action{Verb: retire.SaveKit, ARN: s.plan.Plan.Parts.Service, Args: map[string]string{"plan_sha256": s.plan.PlanSHA256}}, "is not what the plan knows")
	if s.shelf.kit != nil {
		t.Error("a kit was saved")
	}
}

// A stack whose export came into use meanwhile fails, and nothing is forced.
func TestStackThatFails(t *testing.T) {
	s := begin(t, true)
	s.prepare()
	s.c.Old(func(o *cloud.OldSide) { o.Stack("user", cloud.OldStack{}); o.Import("lego-url", "user") })
	stack := s.plan.Plan.Parts.Stack
	s.do(retire.Action{Verb: retire.DeleteStack, ARN: stack, Print: s.print(stack)})
	if item, _ := s.look().Graph().Item(stack); item.State != "DELETE_FAILED" {
		t.Errorf("the stack is %q", item.State)
	}
}
