package hands_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/ecs"
	"github.com/cutover-dev/cutover/internal/adapter/aws/elb"
	"github.com/cutover-dev/cutover/internal/adapter/aws/route53"
	"github.com/cutover-dev/cutover/internal/rehearsal/cloud"
	"github.com/cutover-dev/cutover/internal/rehearsal/cloud/cloudtest"
	"github.com/cutover-dev/cutover/internal/retire"
	"github.com/cutover-dev/cutover/internal/retire/estate"
	"github.com/cutover-dev/cutover/internal/retire/hands"
	"github.com/cutover-dev/cutover/internal/retire/plan"
	"github.com/cutover-dev/cutover/internal/retire/survey"
)

// The things of the cloud's old side.
const (
	balancing = "arn:aws:elasticloadbalancing:us-east-1:" + cloud.Account + ":"
	other     = balancing + "loadbalancer/app/other/50dc6c495c0c9199"
	balancer  = balancing + "loadbalancer/" + cloud.LegoBalancer
	plain     = balancing + "listener/" + cloud.LegoBalancer + "/a1"
	secure    = balancing + "listener/" + cloud.LegoBalancer + "/a2"
	rule      = balancing + "listener-rule/" + cloud.LegoBalancer + "/a2/b1"
	web       = balancing + cloud.LegoGroup
	canary    = balancing + cloud.LegoCanary
	service   = "arn:aws:ecs:us-east-1:" + cloud.Account + ":service/lego-api/web"
	cluster   = "arn:aws:ecs:us-east-1:" + cloud.Account + ":cluster/lego-api"
	task      = "arn:aws:ecs:us-east-1:" + cloud.Account + ":task-definition/web:7"
	scaling   = "arn:aws:application-autoscaling:us-east-1:" + cloud.Account + ":scalable-target/lego-api-web"
	blue      = "record:" + cloud.LegoZone + "/api.example.com/A/blue"
	blue6     = "record:" + cloud.LegoZone + "/api.example.com/AAAA/blue"
	green     = "record:" + cloud.LegoZone + "/api.example.com/A/green"
	green6    = "record:" + cloud.LegoZone + "/api.example.com/AAAA/green"
)

// site is an old side, a plan that was made by hand, and hands for it.
type site struct {
	*testing.T
	c     *cloud.Cloud
	ports hands.Ports
	plan  plan.Sealed
	shelf *shelf
	own   []retire.Action
}

// shelf keeps a kit in memory.
type shelf struct {
	kit   []byte
	saves int
}

func (s *shelf) Save(_ context.Context, _ string, kit []byte) error {
	s.kit = kit
	s.saves++
	return nil
}

func (s *shelf) Load(context.Context) ([]byte, error) {
	if s.kit == nil {
		return nil, errors.New("there is no kit")
	}
	return s.kit, nil
}

// order is that in which the targets may go.
var order = []string{scaling, service, plain, rule, secure, balancer, web, task, cluster}

func begin(t *testing.T) *site {
	t.Helper()
	s := &site{T: t, c: cloudtest.Serve(t, cloud.New("state")), shelf: &shelf{}}
	s.c.Lego(false)
	containers, err := ecs.OpenLegacy(t.Context(), "us-east-1")
	s.must(err)
	balancers, err := elb.Open(t.Context(), "us-east-1")
	s.must(err)
	names, err := route53.OpenLegacy(t.Context(), route53.Options{Pace: time.Millisecond, Poll: time.Millisecond, Backoff: time.Millisecond})
	s.must(err)
	s.ports = hands.Ports{
		Things: map[estate.Kind]hands.Thing{
			estate.Service: containers, estate.Cluster: containers, estate.Definition: containers, estate.Scaling: containers,
			estate.LoadBalancer: balancers, estate.Listener: balancers, estate.Rule: balancers, estate.TargetGroup: balancers,
		},
		Guards: map[estate.Kind]hands.Guard{estate.LoadBalancer: balancers}, Services: containers, Records: names, Kit: s.shelf,
		Own: map[retire.Verb]func(context.Context, retire.Action) error{retire.Freeze: func(_ context.Context, a retire.Action) error {
			s.own = append(s.own, a)
			return nil
		}},
		Now: func() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) },
	}
	kinds := map[string]estate.Kind{scaling: estate.Scaling, service: estate.Service, plain: estate.Listener, rule: estate.Rule, secure: estate.Listener,
		balancer: estate.LoadBalancer, web: estate.TargetGroup, task: estate.Definition, cluster: estate.Cluster}
	p := plan.Plan{
		Scope: plan.Scope{Account: cloud.Account, Region: cloud.Region, Keep: []string{plan.KeepTag}},
		Parts: plan.Parts{Service: service, Cluster: cluster, LoadBalancer: balancer, Scaling: []string{scaling}, Blue: []string{blue, blue6}, Green: []string{green, green6}, Repositories: []string{"repository"}},
	}
	for _, at := range order {
		thing, err := s.ports.Things[kinds[at]].Read(t.Context(), at)
		s.must(err)
		p.Targets = append(p.Targets, plan.Target{ARN: at, Kind: kinds[at], Way: plan.ByHand, Print: thing.Item.Print, Protected: thing.Item.Protected})
	}
	// The canary's group goes with its owner, in this plan.
	along, err := balancers.Read(t.Context(), canary)
	s.must(err)
	p.Targets = append(p.Targets, plan.Target{ARN: canary, Kind: estate.TargetGroup, Way: plan.WithOwn, Through: balancer, Print: along.Item.Print})
	s.plan = plan.Seal(p)
	return s
}

func (s *site) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

func (s *site) try(a retire.Action) error {
	return hands.New(s.plan, s.ports).Do(s.Context(), a)
}

// do does it, and says what that changed at AWS.
func (s *site) do(a retire.Action) (calls []string) {
	s.Helper()
	from := len(s.c.Calls())
	if err := s.try(a); err != nil {
		s.Fatalf("%s %s: %v", a.Verb, a.ARN, err)
	}
	return s.changes(from)
}

// changes are the names of the calls behind the first ones that do more than look.
func (s *site) changes(from int) (all []string) {
	for _, call := range s.c.Calls()[from:] {
		_, verb, _ := strings.Cut(call.Action, ":")
		if !strings.HasPrefix(verb, "Describe") && !strings.HasPrefix(verb, "List") && !strings.HasPrefix(verb, "Get") {
			all = append(all, verb)
		}
	}
	return all
}

// refused holds that it is refused with these words, and that nothing was changed.
func (s *site) refused(a retire.Action, says string) {
	s.Helper()
	from, stood := len(s.c.Calls()), s.c.Standing()
	err := s.try(a)
	if err == nil || !strings.Contains(err.Error(), says) {
		s.Errorf("%s %s: %v, and not %q", a.Verb, a.ARN, err, says)
	}
	if got := s.changes(from); len(got) > 0 || !slices.Equal(stood, s.c.Standing()) {
		s.Errorf("%s %s was refused, and still %v", a.Verb, a.ARN, got)
	}
}

// print is a target's print as it is now.
func (s *site) print(at string) string {
	s.Helper()
	t, _ := s.plan.Plan.Target(at)
	now, err := s.ports.Things[t.Kind].Read(s.Context(), at)
	s.must(err)
	return now.Item.Print
}

// record is a record's print as it is now.
func (s *site) record(at string) string {
	s.Helper()
	now, err := s.ports.Records.Set(s.Context(), at)
	s.must(err)
	return survey.Print(now)
}

func (s *site) remove(at string) retire.Action {
	s.Helper()
	return retire.Action{Verb: retire.Delete, ARN: at, Print: s.print(at)}
}

func (s *site) kit() retire.Action {
	return retire.Action{Verb: retire.SaveKit, ARN: service, Args: map[string]string{"plan_sha256": s.plan.PlanSHA256}}
}

func tasks(n string) retire.Action {
	return retire.Action{Verb: retire.Scale, ARN: service, Args: map[string]string{estate.Desired: n}}
}
