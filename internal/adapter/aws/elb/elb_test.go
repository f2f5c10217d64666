package elb_test

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/adapter/aws/elb"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/rehearsal/cloud"
	"github.com/cutover-dev/cutover/internal/rehearsal/cloud/cloudtest"
	"github.com/cutover-dev/cutover/internal/retire/estate"
	"github.com/cutover-dev/cutover/internal/retire/hands"
	"github.com/cutover-dev/cutover/internal/retire/survey"
)

// The things of the cloud's old side.
const (
	region   = "arn:aws:elasticloadbalancing:us-east-1:" + cloud.Account + ":"
	balancer = region + "loadbalancer/" + cloud.LegoBalancer
	plain    = region + "listener/" + cloud.LegoBalancer + "/a1"
	secure   = region + "listener/" + cloud.LegoBalancer + "/a2"
	rule     = region + "listener-rule/" + cloud.LegoBalancer + "/a2/b1"
	web      = region + cloud.LegoGroup
	spare    = region + "targetgroup/spare/73e2d6bc24d8a069"
)

func lego(t *testing.T) (*cloud.Cloud, *elb.Legacy) {
	t.Helper()
	c := cloudtest.Serve(t, cloud.New("state"))
	c.Lego(false)
	c.Old(func(o *cloud.OldSide) {
		o.TargetGroup("targetgroup/spare/73e2d6bc24d8a069", cloud.TargetGroup{Port: 8080})
	})
	l, err := elb.Open(t.Context(), "us-east-1")
	if err != nil {
		t.Fatal(err)
	}
	return c, l
}

// changes are the calls behind the first ones that do more than look.
func changes(c *cloud.Cloud, from int) (all []string) {
	for _, call := range c.Calls()[from:] {
		if !strings.Contains(call.Action, ":Describe") {
			all = append(all, call.Action+" "+call.Resource)
		}
	}
	return all
}

// gone is what stood and stands no more.
func gone(stood, stands []string) []string {
	return slices.DeleteFunc(slices.Clone(stood), func(at string) bool { return slices.Contains(stands, at) })
}

// One call takes away what it is told, and what AWS takes along; the same once more
// is no error and takes nothing.
//
// Shows: 5.8.4, 5.8.6
func TestDelete(t *testing.T) {
	for name, x := range map[string]struct {
		at, call string
		kind     estate.Kind
		along    []string
	}{
		"a rule":                     {rule, "DeleteRule", estate.Rule, nil},
		"a listener":                 {plain, "DeleteListener", estate.Listener, nil},
		"a listener with its rule":   {secure, "DeleteListener", estate.Listener, []string{rule}},
		"a target group":             {spare, "DeleteTargetGroup", estate.TargetGroup, nil},
		"a load balancer with all":   {balancer, "DeleteLoadBalancer", estate.LoadBalancer, []string{plain, secure, rule}},
		"a load balancer of another": {region + "loadbalancer/app/other/50dc6c495c0c9199", "DeleteLoadBalancer", estate.LoadBalancer, nil},
	} {
		t.Run(name, func(t *testing.T) {
			c, l := lego(t)
			if err := l.Protect(t.Context(), balancer, false); err != nil {
				t.Fatal(err)
			}
			if thing, err := l.Read(t.Context(), x.at); err != nil || thing.Item.ARN != x.at || thing.Item.Kind != x.kind || thing.Item.Print == "" || len(thing.Config) == 0 {
				t.Fatalf("%+v, %v", thing, err)
			}
			stood, calls := c.Standing(), len(c.Calls())
			for n := range 2 {
				if err := l.Delete(t.Context(), x.at); err != nil {
					t.Fatalf("time %d: %v", n+1, err)
				}
				want := slices.Sorted(slices.Values(append(slices.Clone(x.along), x.at)))
				if got := gone(stood, c.Standing()); !slices.Equal(got, want) {
					t.Errorf("time %d: %v are gone, and not %v", n+1, got, want)
				}
			}
			call := "elasticloadbalancing:" + x.call + " " + x.at
			if got := changes(c, calls); !slices.Equal(got, []string{call, call}) {
				t.Errorf("it called %v", got)
			}
			for _, at := range append(slices.Clone(x.along), x.at) {
				if _, err := l.Read(t.Context(), at); !errors.Is(err, hands.ErrGone) {
					t.Errorf("%s reads as %v", at, err)
				}
			}
		})
	}
}

// What AWS refuses is an error that names the permission or AWS's own word, and
// nothing goes.
func TestDeleteRefused(t *testing.T) {
	for name, x := range map[string]struct {
		at   string
		deny bool
		says string
		kind fault.Kind
	}{
		"protected":               {balancer, false, "deletion protection is enabled", fault.Outside},
		"in use":                  {web, false, "ResourceInUse", fault.Outside},
		"no right to a balancer":  {balancer, true, "elasticloadbalancing:DeleteLoadBalancer on this", fault.Input},
		"no right to a listener":  {plain, true, "elasticloadbalancing:DeleteListener on this", fault.Input},
		"no right to a rule":      {rule, true, "elasticloadbalancing:DeleteRule on this", fault.Input},
		"no right to a group":     {spare, true, "elasticloadbalancing:DeleteTargetGroup on this", fault.Input},
		"another service's thing": {"arn:aws:ecs:us-east-1:" + cloud.Account + ":cluster/lego-api", false, "is none of the things", fault.Refused},
		"another service's group": {"arn:aws:vpc-lattice:us-east-1:" + cloud.Account + ":targetgroup/tg-0123456789abcdef0", false, "is none of the things", fault.Refused},
		"another kind":            {region + "truststore/lego/73e2d6bc24d8a067", false, "is none of the things", fault.Refused},
		"no ARN":                  {"loadbalancer/" + cloud.LegoBalancer, false, "is none of the things", fault.Refused},
	} {
		t.Run(name, func(t *testing.T) {
			c, l := lego(t)
			c.RefuseWatch(func(call string) (int, string) {
				if x.deny && strings.HasPrefix(call, "elasticloadbalancing:Delete") {
					return http.StatusForbidden, "AccessDenied"
				}
				return 0, ""
			})
			stood := c.Standing()
			err := l.Delete(t.Context(), x.at)
			if err == nil || fault.KindOf(err) != x.kind || !strings.Contains(err.Error(), x.says) || strings.Contains(err.Error(), "very-secret") {
				t.Errorf("%v", err)
			}
			if x.kind == fault.Refused {
				if _, err := l.Read(t.Context(), x.at); fault.KindOf(err) != fault.Refused {
					t.Errorf("it can be read: %v", err)
				}
				if got := c.Calls(); len(got) > 0 {
					t.Errorf("AWS was asked: %v", got)
				}
			}
			if got := gone(stood, c.Standing()); len(got) > 0 {
				t.Errorf("%v are gone", got)
			}
		})
	}
}

// Protection comes and goes, once or twice, and is no change of the thing: its print
// stays, by which the next step knows it.
func TestProtect(t *testing.T) {
	c, l := lego(t)
	read := func() survey.Thing {
		t.Helper()
		thing, err := l.Read(t.Context(), balancer)
		if err != nil {
			t.Fatal(err)
		}
		return thing
	}
	before := read()
	if !before.Item.Protected {
		t.Fatal("it is not protected")
	}
	for _, on := range []bool{false, false, true, true} {
		if err := l.Protect(t.Context(), balancer, on); err != nil {
			t.Fatal(err)
		}
		if now := read(); now.Item.Protected != on || now.Item.Print != before.Item.Print {
			t.Errorf("told %v, it is %v, with the print %s", on, now.Item.Protected, now.Item.Print)
		}
	}
	if err := l.Protect(t.Context(), region+"loadbalancer/app/none/50dc6c495c0c9100", true); err == nil || !strings.Contains(err.Error(), "LoadBalancerNotFound") {
		t.Errorf("one that is not there: %v", err)
	}
	c.RefuseWatch(func(string) (int, string) { return http.StatusForbidden, "AccessDenied" })
	if err := l.Protect(t.Context(), balancer, false); fault.KindOf(err) != fault.Input || !strings.Contains(err.Error(), "elasticloadbalancing:ModifyLoadBalancerAttributes") {
		t.Errorf("without the right: %v", err)
	}
}

// What somebody has registered by hand is told, of the named groups alone; tasks and
// what drains are not.
func TestRegistered(t *testing.T) {
	c, l := lego(t)
	c.Old(func(o *cloud.OldSide) {
		o.Register(cloud.LegoGroup, "10.9.9.9", "-10.9.9.8")
		o.Register("targetgroup/spare/73e2d6bc24d8a069", "10.9.9.7")
	})
	known := estate.World{Items: []estate.Item{
		{ARN: web, Kind: estate.TargetGroup}, {ARN: spare, Kind: estate.TargetGroup}, {ARN: region + "targetgroup/left/73e2d6bc24d8a070", Kind: estate.TargetGroup},
		{ARN: "task", Kind: estate.Task, Facts: map[string]string{estate.Address: "10.0.12.10"}},
	}}
	asked := survey.Asked{Account: cloud.Account, Region: cloud.Region, TargetGroups: []string{cloud.LegoGroup, "targetgroup/left/73e2d6bc24d8a070"}}
	p, err := elb.Registered{Legacy: l}.Tell(t.Context(), survey.Focus{Asked: asked, Known: known.Graph()})
	if err != nil {
		t.Fatal(err)
	}
	var told []string
	for _, i := range p.Items {
		told = append(told, i.Name)
	}
	// The service has two tasks, and one of them is known.
	if !slices.Equal(told, []string{"10.0.12.11:80", "10.9.9.9:80"}) || len(p.Links) != 2 || p.Links[1].To != web || !p.Links[1].Holds {
		t.Errorf("%v, %+v", told, p.Links)
	}
}
