package legacy_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/sim/legacy"
)

func open(t *testing.T, extra string) *legacy.Account {
	t.Helper()
	s, err := legacy.Parse("retire-x.yaml", []byte("name: retire-x\nsays: x.\nexpect: {outcome: done, reason: done}\n"+extra))
	if err != nil {
		t.Fatal(err)
	}
	return legacy.New(s, 1)
}

// the finds the first thing of a type whose ARN contains part.
func the(t *testing.T, a *legacy.Account, kind, part string) legacy.Thing {
	t.Helper()
	for _, one := range a.Things() {
		if one.Type == kind && strings.Contains(one.ARN, part) {
			return one
		}
	}
	t.Fatalf("there is no %s with %q", kind, part)
	return legacy.Thing{}
}

const byHand = "stack: none\n"

// What AWS refuses, the account refuses: each rule with its source in calls.go.
func TestIllegalDeletionsAreRefused(t *testing.T) {
	for name, c := range map[string]struct{ extra, kind, part, code string }{
		"a service with tasks":             {byHand, legacy.Service, "lego-api", "InvalidParameterException"},
		"a cluster with a service":         {byHand, legacy.Cluster, "lego-api", "ClusterContainsServicesException"},
		"a target group with a listener":   {byHand, legacy.TargetGroup, "targetgroup/lego-api/", "ResourceInUse"},
		"a target group with a rule":       {byHand, legacy.TargetGroup, "lego-api-admin", "ResourceInUse"},
		"a security group with interfaces": {byHand, legacy.SecurityGroup, "sg-0aa", "DependencyViolation"},
		"a security group in a rule":       {byHand, legacy.SecurityGroup, "sg-0bb", "DependencyViolation"},
		"a protected load balancer":        {byHand + "protected: \"yes\"\n", legacy.LoadBalancer, "lego-api", "OperationNotPermitted"},
		"a protected stack":                {"protected: \"yes\"\n", legacy.Stack, "lego-api-ecs", "ValidationError"},
		"an imported export":               {"changes: [{before: plan, what: import}]\n", legacy.Export, "alb-dns", "ValidationError"},
	} {
		t.Run(name, func(t *testing.T) {
			a := open(t, c.extra)
			err := a.Delete(the(t, a, c.kind, c.part).ARN)
			if !errors.Is(err, legacy.ErrRefused) || !strings.Contains(err.Error(), c.code) {
				t.Errorf("%v, want %s", err, c.code)
			}
			if len(a.Deleted()) > 0 || len(a.Wrong()) > 0 {
				t.Errorf("deleted %v, wrong %v", a.Deleted(), a.Wrong())
			}
		})
	}
}

// What AWS lets happen and nobody should do is noted.
func TestTheRefereeSeesWhatAWSAllows(t *testing.T) {
	for name, c := range map[string]struct{ extra, kind, part, want string }{
		"a name to a deleted load balancer":  {byHand, legacy.LoadBalancer, "lego-api", "still referred to it"},
		"a record without its health check":  {byHand, legacy.HealthCheck, "healthcheck/222", "still referred to it"},
		"past the stack":                     {"", legacy.Listener, "", "past its stack"},
		"somebody else's":                    {byHand, legacy.Function, "lego-api", "is not blue's"},
		"a service's task definition":        {byHand, legacy.Definition, ":43", "still referred to it"},
		"with a listener another's new rule": {byHand + "changes: [{before: plan, what: new-service}]\n", legacy.Listener, "6d0ecf", "is not blue's"},
	} {
		t.Run(name, func(t *testing.T) {
			a := open(t, c.extra)
			if err := a.Delete(the(t, a, c.kind, c.part).ARN); err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(a.Wrong(), "\n"); !strings.Contains(got, c.want) {
				t.Errorf("wrong: %q", got)
			}
		})
	}
}

// A stack that something outside hinders is not deleted, and says why.
func TestAStackIsStuck(t *testing.T) {
	for name, extra := range map[string]string{"import": "changes: [{before: plan, what: import}]\n", "rule": "changes: [{before: plan, what: database-rule}]\n"} {
		a := open(t, extra)
		stack := the(t, a, legacy.Stack, "lego-api-ecs").ARN
		if err := a.Delete(stack); err != nil {
			t.Fatal(err)
		}
		a.Advance(30 * time.Minute)
		if got, there := a.Thing(stack); !there || got.Status != "DELETE_FAILED" || len(a.Deleted()) > 0 {
			t.Errorf("%s: %v %s, deleted %v", name, there, got.Status, a.Deleted())
		}
	}
}

// Tasks drain for the deregistration delay, and an alarm brings them back unless
// scaling is suspended.
func TestScaling(t *testing.T) {
	const alarm = "changes: [{at: 30 m, what: scale-out}]\n"
	for name, c := range map[string]struct {
		suspend bool
		want    string
	}{"free": {false, "2"}, "locked": {true, "0"}} {
		t.Run(name, func(t *testing.T) {
			a := open(t, alarm)
			service, scaling := the(t, a, legacy.Service, "").ARN, the(t, a, legacy.Scaling, "").ARN
			if c.suspend {
				if err := a.Bind(scaling, 0, 0, true); err != nil {
					t.Fatal(err)
				}
			}
			if err := a.SetDesired(service, 0); err != nil {
				t.Fatal(err)
			}
			a.Advance(3 * time.Minute)
			if s, _ := a.Thing(service); s.Counts["running"] != "2" {
				t.Errorf("after 3 minutes %s tasks run; they drain for 5", s.Counts["running"])
			}
			a.Advance(7 * time.Minute)
			if s, _ := a.Thing(service); s.Counts["running"] != "0" {
				t.Errorf("after 10 minutes %s tasks run", s.Counts["running"])
			}
			a.Advance(25 * time.Minute)
			if s, _ := a.Thing(service); s.Counts["running"] != c.want {
				t.Errorf("after the alarm %s tasks run, want %s", s.Counts["running"], c.want)
			}
		})
	}
}

// Route 53 answers with the record of weight 0 once every other one is unhealthy,
// and blue's load balancer falls silent only hours after its weight has.
func TestNames(t *testing.T) {
	a := open(t, "changes: [{at: 6 h, what: green-errors, share: 90%, for: 1 h}]\n")
	asked := func(from, to time.Duration) legacy.Minute {
		return a.Requests(a.Start().Add(from), a.Start().Add(to))
	}
	a.Advance(9 * time.Hour)
	if early, late := asked(0, 10*time.Minute), asked(5*time.Hour, 6*time.Hour); early.Blue < 500 || late.Blue > 10 {
		t.Errorf("blue got %d at first and %d after five hours", early.Blue, late.Blue)
	}
	if ill := asked(6*time.Hour+20*time.Minute, 7*time.Hour); ill.Blue < 9*ill.Green {
		t.Errorf("while green failed: %+v", ill)
	}
	if ok, answer := a.Probe(); !ok || answer != "200" {
		t.Errorf("afterwards: %s", answer)
	}
	rings, last := a.Alarm()
	if rings || last.Before(a.Start().Add(6*time.Hour)) || last.After(a.Start().Add(8*time.Hour)) {
		t.Errorf("the alarm: %v, last at %s", rings, last)
	}
}

// A batch is carried out whole or not at all, and a simple record never stands
// beside weighted ones.
func TestBatches(t *testing.T) {
	a := open(t, "")
	green := the(t, a, legacy.Record, "/A/green")
	simple := green
	simple.ARN = legacy.RecordARN(legacy.Domain, "A", "")
	blue := legacy.RecordARN(legacy.Domain, "A", "blue")
	for name, batch := range map[string][]legacy.RecordChange{
		"a simple one beside blue": {{Delete: green.ARN}, {Create: &simple}},
		"one that is not there":    {{Delete: blue}, {Delete: "record:Z/none/A/"}},
		"one that is there":        {{Delete: blue}, {Create: &green}},
	} {
		if err := a.ChangeRecords(batch); !errors.Is(err, legacy.ErrRefused) {
			t.Errorf("%s: %v", name, err)
		}
		for _, arn := range []string{green.ARN, blue} {
			if _, there := a.Thing(arn); !there {
				t.Fatalf("%s: half a batch was carried out", name)
			}
		}
	}
	if err := a.ChangeRecords([]legacy.RecordChange{{Delete: blue}, {Delete: green.ARN}, {Create: &simple}}); err != nil {
		t.Error(err)
	}
}
