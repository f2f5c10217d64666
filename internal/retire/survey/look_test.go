package survey_test

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"testing"

	"github.com/cutover-dev/cutover/internal/rehearsal/cloud"
	"github.com/cutover-dev/cutover/internal/retire/estate"
	"github.com/cutover-dev/cutover/internal/retire/plan"
	"github.com/cutover-dev/cutover/internal/retire/survey"
)

// Throttled calls are made again.
func TestThrottling(t *testing.T) {
	c := lego(t, true)
	var met sync.Map
	c.RefuseWatch(func(call string) (int, string) {
		if _, again := met.LoadOrStore(call, true); !again {
			return http.StatusBadRequest, "ThrottlingException"
		}
		return 0, ""
	})
	if w := look(t, true); len(w.Unread) > 0 {
		t.Errorf("%v", w.Unread)
	}
}

// Nobody to ask is no empty answer, and a look that is given up is told so.
func TestNobodyToAsk(t *testing.T) {
	w, err := survey.New(survey.Asked{Account: "1", Region: "r"}, survey.Sources{}, noon).Look(t.Context())
	if err != nil || len(w.Unread) != 14 {
		t.Errorf("%d of 14 services are unread: %v", len(w.Unread), err)
	}
	lego(t, false)
	sources, _ := all(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := survey.New(survey.Of(scope(false), cloud.Account, cloud.Region), sources, noon).Look(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

// What lies on a later page is seen like the first: many load balancers, target
// groups and stacks of others change nothing.
func TestLaterPages(t *testing.T) {
	c := lego(t, true)
	want, err := plan.Of(look(t, true), scope(true))
	if err != nil {
		t.Fatal(err)
	}
	c.Old(func(o *cloud.OldSide) {
		for _, id := range []string{"a", "b", "c", "d", "e"} {
			o.Balancer("app/"+id+"/1", cloud.Balancer{DNS: id + ".elb.amazonaws.com"})
			o.TargetGroup("targetgroup/"+id+"/1", cloud.TargetGroup{Port: 80})
			o.Stack("app-"+id, cloud.OldStack{})
		}
	})
	got, err := plan.Of(look(t, true), scope(true))
	if err != nil || len(got.Targets) != len(want.Targets) {
		t.Errorf("%d targets, and %d without the others: %v", len(got.Targets), len(want.Targets), err)
	}
	c.Old(func(o *cloud.OldSide) {
		o.Stack("network", cloud.OldStack{Resources: map[string]cloud.OldResource{"C": {Type: "AWS::ECS::Cluster", Physical: "lego-api"}}})
	})
	var refused plan.Refusals
	if _, err := plan.Of(look(t, true), scope(true)); !errors.As(err, &refused) || !refused.Has(plan.Contradicts) {
		t.Errorf("the last stack was not asked: %v", err)
	}
}

// What a plan is about is told as long as it is there, even if nothing that was
// named leads to it any more.
func TestSought(t *testing.T) {
	s := begin(t, false)
	s.c.ForgetECS("lego-api", "web")
	s.c.Old(func(o *cloud.OldSide) { o.Cluster("lego-api") })
	g := s.look().Graph()
	for _, x := range s.plan.Plan.Targets {
		if _, there := g.Item(x.ARN); !there && x.Kind != estate.Service {
			t.Errorf("%s %s seems to be gone with the service", x.Kind, x.Name)
		}
	}
}
