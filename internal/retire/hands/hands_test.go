package hands_test

import (
	"context"
	"encoding/json"
	"errors"
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

// Each deletion is one call that takes away exactly the target; asked for once more
// it changes nothing, and AWS is not even told to.
//
// Shows: 5.8.4, 5.8.5, 5.8.6
func TestDelete(t *testing.T) {
	s := begin(t)
	s.do(tasks("0"))
	s.do(retire.Action{Verb: retire.Lift, ARN: balancer})
	for _, at := range order {
		stood, a := s.c.Standing(), s.remove(at)
		if got := s.do(a); len(got) != 1 {
			t.Errorf("%s: it called %v", at, got)
		}
		if at == service {
			if got := s.do(a); len(got) > 0 {
				t.Errorf("it drains, and it called %v", got)
			}
			s.c.Old(func(o *cloud.OldSide) { o.Drained() })
		}
		stands := s.c.Standing()
		went := slices.DeleteFunc(stood, func(one string) bool { return slices.Contains(stands, one) })
		alone := []string{at}
		if at == scaling { // AWS takes the alarm of its own policy along
			alone = append(alone, "arn:aws:cloudwatch:us-east-1:"+cloud.Account+":alarm:TargetTracking-web-high")
		}
		if !slices.Equal(went, alone) {
			t.Errorf("told to delete %s, and gone are %v", at, went)
		}
		if got := s.do(a); at != task && len(got) > 0 {
			t.Errorf("%s is gone, and still it called %v", at, got)
		}
	}
}

// liar tells of another thing than it was asked for.
type liar struct {
	hands.Thing
	tells string
}

func (l liar) Read(ctx context.Context, _ string) (survey.Thing, error) {
	return l.Thing.Read(ctx, l.tells)
}

// What is not the plan's, or is not as it was looked at, is not touched.
func TestDeleteRefused(t *testing.T) {
	s := begin(t)
	s.c.Old(func(o *cloud.OldSide) { o.Tag(web, map[string]string{plan.KeepTag: ""}) })
	looked := s.print(plain)
	for name, x := range map[string]struct {
		a    retire.Action
		says string
	}{
		"no target":               {retire.Action{Verb: retire.Delete, ARN: other, Print: looked}, "is not what the plan says of it"},
		"goes with its owner":     {retire.Action{Verb: retire.Delete, ARN: canary, Print: looked}, "is not what the plan says of it"},
		"no stack":                {retire.Action{Verb: retire.DeleteStack, ARN: plain, Print: looked}, "is not what the plan says of it"},
		"another one with it":     {retire.Action{Verb: retire.Delete, ARN: plain, Print: looked, With: []string{secure}}, "is not what the plan says of it"},
		"never looked at":         {retire.Action{Verb: retire.Delete, ARN: plain}, "was changed since"},
		"another print":           {retire.Action{Verb: retire.Delete, ARN: plain, Print: "0"}, "was changed since"},
		"protected":               {s.remove(balancer), "is protected from deletion"},
		"with a tag that keeps":   {s.remove(web), "carries the tag cutover:keep"},
		"AWS refuses it":          {s.remove(cluster), "ClusterContainsServicesException"},
		"a verb that nobody has":  {retire.Action{Verb: "burn", ARN: service}, "asks for what nobody can do"},
		"somebody else's service": {retire.Action{Verb: retire.Freeze, ARN: other}, "is not what the plan says of it"},
	} {
		t.Run(name, func(t *testing.T) {
			s.T = t
			if name != "AWS refuses it" {
				s.refused(x.a, x.says)
			} else if err := s.try(x.a); err == nil || !strings.Contains(err.Error(), x.says) || !slices.Contains(s.c.Standing(), x.a.ARN) {
				t.Errorf("%v", err)
			}
		})
	}
	s.T = t
	whole := s.ports
	for _, tells := range []string{secure, other} {
		listeners := liar{whole.Things[estate.Listener], tells}
		told, err := listeners.Read(t.Context(), plain)
		s.must(err)
		s.ports.Things = map[estate.Kind]hands.Thing{estate.Listener: listeners}
		s.refused(retire.Action{Verb: retire.Delete, ARN: plain, Print: told.Item.Print}, tells+" was told")
	}
	s.refused(retire.Action{Verb: retire.Delete, ARN: rule, Print: looked}, "nobody can delete a elb.rule")
	s.ports = whole
	if s.do(retire.Action{Verb: retire.Freeze, ARN: service}); len(s.own) != 1 {
		t.Errorf("what is the action's own was done %d times", len(s.own))
	}
	s.plan.Plan.Targets[0].ARN = other
	s.refused(retire.Action{Verb: retire.Delete, ARN: other, Print: looked}, "does not have the hash")
}

// Protection is changed where it is another one, of targets alone.
func TestGuard(t *testing.T) {
	s := begin(t)
	lift, protect := retire.Action{Verb: retire.Lift, ARN: balancer}, retire.Action{Verb: retire.Protect, ARN: balancer}
	for _, x := range []struct {
		a    retire.Action
		want int
	}{{protect, 0}, {lift, 1}, {lift, 0}, {protect, 1}, {lift, 1}} {
		if got := s.do(x.a); len(got) != x.want {
			t.Errorf("%s called %v, and not %d times", x.a.Verb, got, x.want)
		}
	}
	s.refused(retire.Action{Verb: retire.Lift, ARN: other}, "is not what the plan says of it")
	s.refused(retire.Action{Verb: retire.Lift, ARN: balancer, With: []string{other}}, "is not what the plan says of it")
	s.refused(retire.Action{Verb: retire.Lift, ARN: cluster}, "nobody can change the protection")
	s.do(s.remove(balancer))
	if got := s.do(lift); len(got) > 0 {
		t.Errorf("it is gone, and its protection was changed: %v", got)
	}
	s.refused(protect, "is not there")
}

// Tasks and bounds are those of the plan's service, to zero and back as the kit has
// them.
//
// Shows: 5.8.2
func TestScaling(t *testing.T) {
	s := begin(t)
	before := *s.c.Scaling("lego-api", "web")
	lock := retire.Action{Verb: retire.LockScaling, ARN: scaling}
	free := func(low, high, suspended string) retire.Action {
		return retire.Action{Verb: retire.FreeScaling, ARN: scaling, Args: map[string]string{estate.Min: low, estate.Max: high, estate.Suspended: suspended}}
	}
	s.refused(free("1", "4", "false"), "there is no kit")
	s.do(s.kit())
	s.do(lock)
	if got := *s.c.Scaling("lego-api", "web"); got != (cloud.Scalable{In: true, Out: true, Clock: true}) {
		t.Errorf("locked: %+v", got)
	}
	if got := s.do(lock); len(got) > 0 {
		t.Errorf("it is locked, and it called %v", got)
	}
	for _, a := range []retire.Action{free("", "4", "false"), free("1", "many", "false"), {Verb: retire.LockScaling, ARN: service}, tasks("-1"), tasks(""), {Verb: retire.Scale, ARN: other, Args: map[string]string{estate.Desired: "0"}}} {
		s.refused(a, "is not what the plan says of it")
	}
	s.do(tasks("0"))
	s.do(tasks("0"))
	if got := s.c.ECS("lego-api", "web"); got.Desired != 0 || got.Running != 0 || got.Status != "ACTIVE" {
		t.Errorf("at zero: %+v", got)
	}
	for range 2 {
		s.do(free("1", "4", "false"))
	}
	if got := *s.c.Scaling("lego-api", "web"); got != before {
		t.Errorf("it scales as %+v, and not as %+v", got, before)
	}
	var kit hands.Content
	s.must(json.Unmarshal(s.shelf.kit, &kit))
	kit.Scaling[0].Out, kit.Scaling[0].Clock = true, true
	s.shelf.kit, _ = json.Marshal(kit)
	s.refused(free("1", "4", "false"), "stands in the kit as suspended")
	s.c.SetScaling("lego-api", "web", nil)
	s.refused(lock, "is not there")
}

// The kit holds what was approved, and nothing that was changed since.
func TestKit(t *testing.T) {
	s := begin(t)
	if got := s.do(s.kit()); len(got) > 0 || s.shelf.saves != 1 {
		t.Errorf("%d saves, and it called %v", s.shelf.saves, got)
	}
	first := string(s.shelf.kit)
	var kit hands.Content
	s.must(json.Unmarshal(s.shelf.kit, &kit))
	if len(kit.Things) != len(s.plan.Plan.Targets) || len(kit.Records) != 4 || len(kit.Scaling) != 1 || kit.Scaling[0].Max != 4 {
		t.Errorf("%s", first)
	}
	if s.do(s.kit()); string(s.shelf.kit) != first {
		t.Error("the same world gives another kit")
	}
	s.refused(retire.Action{Verb: retire.SaveKit, ARN: other, Args: s.kit().Args}, "is not what the plan says of it")
	s.refused(retire.Action{Verb: retire.SaveKit, ARN: service, Args: map[string]string{"plan_sha256": strings.Repeat("0", 64)}}, "is not what the plan says of it")
	s.c.Old(func(o *cloud.OldSide) { o.TargetGroup(cloud.LegoGroup, cloud.TargetGroup{Port: 81}) })
	s.refused(s.kit(), web+" is not what the plan knows")
	s.c.SetScaling("lego-api", "web", nil)
	s.refused(s.kit(), scaling+" is not there any more")
	if s.shelf.saves != 2 {
		t.Errorf("%d kits were saved", s.shelf.saves)
	}
	if err := s.try(retire.Action{Verb: retire.AddRecord, ARN: blue}); err != nil {
		t.Errorf("a record that is there comes back: %v", err)
	}
	for name, text := range map[string]string{"another plan's": strings.Replace(first, s.plan.PlanSHA256, strings.Repeat("0", 64), 1), "another format's": strings.Replace(first, `"format": 1`, `"format": 2`, 1), "no JSON": "kit"} {
		if s.shelf.kit = []byte(text); s.try(retire.Action{Verb: retire.AddRecord, ARN: blue}) == nil {
			t.Errorf("a kit that is %s was taken", name)
		}
	}
	s.shelf.kit = nil
	if err := s.try(retire.Action{Verb: retire.AddRecord, ARN: blue}); err == nil || errors.Is(err, hands.ErrGone) {
		t.Errorf("without a kit: %v", err)
	}
}
