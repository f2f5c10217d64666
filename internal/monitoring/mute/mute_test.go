package mute_test

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/cloudwatch"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/monitoring"
	"github.com/cutover-dev/cutover/internal/monitoring/mute"
	"github.com/cutover-dev/cutover/internal/rehearsal/cloud"
	"github.com/cutover-dev/cutover/internal/rehearsal/cloud/cloudtest"
	"github.com/cutover-dev/cutover/internal/schematest"
)

var update = flag.Bool("update", false, "write the schema anew")

// clock is virtual, and shared with the cloud.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return c.now }

func (c *clock) Wait(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	return context.Cause(ctx)
}

var request = mute.Request{Project: "LEGO-API", Stage: "production", Run: "run 42"}

// start makes a cloud with n alarms of the stage, one of another that begins
// with its name, and one of somebody else.
func start(t *testing.T, n int) (*cloud.Cloud, *clock, mute.Ports) {
	t.Helper()
	c, clock := cloud.New("state"), &clock{now: time.Date(2026, 11, 23, 10, 0, 42, 0, time.UTC)}
	c.Time(clock.Now)
	c.SetAlarms(alarms(n)...)
	cloudtest.Serve(t, c)
	w, err := cloudwatch.Open(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	return c, clock, mute.Ports{Alarms: w, Rules: w, Clock: clock}
}

func alarms(n int) []cloud.Alarm {
	to := []string{"arn:aws:sns:us-east-1:123456789012:alerts"}
	all := []cloud.Alarm{{Name: "LEGO-API-production-eu-rds-cpu", State: "OK", Actions: to}, {Name: "other", State: "OK", Actions: to}}
	for i := range n {
		all = append(all, cloud.Alarm{Name: fmt.Sprintf("LEGO-API-production-redis-evictions-%03d", i), State: "OK", Actions: to, Composite: i == 0})
	}
	return all
}

func TestAlarmsKeepQuietAndSpeakAgain(t *testing.T) {
	c, clock, p := start(t, 130)
	arn := c.SetTopic(cloud.Topic{Name: "alerts"})
	r, err := mute.On(t.Context(), p, request)
	if err != nil || !r.Muted || len(r.Alarms) != 130 || !slices.Equal(r.Rules, []string{"LEGO-API-production-deploy-1", "LEGO-API-production-deploy-2"}) {
		t.Fatalf("%v, %+v", err, r)
	}
	rules := c.MuteRules()
	one, two := rules[r.Rules[0]], rules[r.Rules[1]]
	// It began in the minute that had begun, and lasts 30 minutes from now at
	// least; then it ends, whoever began it.
	if one.Expression != "at(2026-11-23T10:00)" || one.Duration != "PT31M" || !one.Expires.Equal(time.Date(2026, 11, 23, 10, 31, 0, 0, time.UTC)) || r.Until != "2026-11-23T10:31:00Z" {
		t.Errorf("%+v, until %s", one, r.Until)
	}
	if len(one.Alarms) != 100 || len(two.Alarms) != 30 || slices.Contains(append(one.Alarms, two.Alarms...), "LEGO-API-production-eu-rds-cpu") || one.Tags["Environment"] != "production" || one.Tags["Project"] != "LEGO-API" {
		t.Errorf("%d and %d alarms, tags %v", len(one.Alarms), len(two.Alarms), one.Tags)
	}
	w, _ := cloudwatch.Open(t.Context(), "")
	if err := w.Set(t.Context(), r.Alarms[3], "ALARM", "full"); err != nil || len(c.Topics()[arn].Messages) != 0 {
		t.Errorf("%v, told %v", err, c.Topics()[arn].Messages)
	}
	// What rings when it ends is told then: nothing is lost.
	off, err := mute.Off(t.Context(), p, request)
	if err != nil || off.Muted || len(off.Rules) != 2 || len(c.MuteRules()) != 0 || len(c.Topics()[arn].Messages) != 1 {
		t.Errorf("%v, %+v, told %v", err, off, c.Topics()[arn].Messages)
	}
	if off, err = mute.Off(t.Context(), p, request); err != nil || len(off.Rules) != 0 {
		t.Errorf("again: %v, %+v", err, off)
	}
	_ = clock
}

// Whoever is killed between On and Off has muted nothing for good.
func TestItEndsByItself(t *testing.T) {
	c, clock, p := start(t, 1)
	arn := c.SetTopic(cloud.Topic{Name: "alerts"})
	if _, err := mute.On(t.Context(), p, mute.Request{Project: "LEGO-API", Stage: "production", For: time.Hour}); err != nil {
		t.Fatal(err)
	}
	w, _ := cloudwatch.Open(t.Context(), "")
	for _, x := range []struct {
		after time.Duration
		told  int
	}{{59 * time.Minute, 0}, {2 * time.Minute, 1}} {
		_ = clock.Wait(t.Context(), x.after)
		for _, state := range []string{"OK", "ALARM"} {
			if err := w.Set(t.Context(), "LEGO-API-production-redis-evictions-000", state, "x"); err != nil {
				t.Fatal(err)
			}
		}
		if told := len(c.Topics()[arn].Messages); told != x.told {
			t.Errorf("after another %s: %d messages", x.after, told)
		}
	}
}

// Done again it begins anew; rules of alarms that are no more are removed, and
// those of others are left alone.
func TestAgainWithFewerAlarms(t *testing.T) {
	c, clock, p := start(t, 101)
	foreign := []string{"LEGO-API-production-deploy-x", "LEGO-API-production-eu-deploy-1", "LEGO-API-production-deploy-0", "night"}
	for _, name := range foreign {
		c.SetMuteRule(cloud.MuteRule{Name: name, Expression: "at(2026-11-23T09:50)", Duration: "PT1H"})
	}
	if _, err := mute.On(t.Context(), p, request); err != nil || len(c.MuteRules()) != 6 {
		t.Fatalf("%v, %v", err, c.MuteRules())
	}
	c.SetAlarms(alarms(7)...)
	_ = clock.Wait(t.Context(), 10*time.Minute)
	r, err := mute.On(t.Context(), p, request)
	want := append([]string{"LEGO-API-production-deploy-1"}, foreign...)
	slices.Sort(want)
	if got := slices.Sorted(maps.Keys(c.MuteRules())); err != nil || !slices.Equal(got, want) || c.MuteRules()[r.Rules[0]].Expression != "at(2026-11-23T10:10)" {
		t.Errorf("%v, %v", err, c.MuteRules())
	}
	if off, err := mute.Off(t.Context(), p, request); err != nil || len(off.Rules) != 1 || len(c.MuteRules()) != 4 {
		t.Errorf("%v, %+v", err, off)
	}
}

// The API reference does not say whether a minute that has begun is taken.
func TestTheNextMinuteWhereThisOneIsRefused(t *testing.T) {
	for _, second := range []int{0, 5, 42, 55} {
		c, clock, p := start(t, 3)
		c.RefusePast(true)
		_ = clock.Wait(t.Context(), time.Duration(second-42)*time.Second)
		began := clock.Now()
		r, err := mute.On(t.Context(), p, request)
		rule := c.MuteRules()["LEGO-API-production-deploy-1"]
		if err != nil || !r.Muted || (len(r.Notes) == 1) != (second > 0) {
			t.Fatalf("at second %d: %v, %+v", second, err, r)
		}
		from, err := time.Parse("at(2006-01-02T15:04)", rule.Expression)
		if err != nil || second > 0 && from.Sub(began) < 10*time.Second || clock.Now().Before(from) {
			t.Errorf("at second %d the window is %s, and it was waited until %s", second, rule.Expression, clock.Now())
		}
		if waited := clock.Now().Sub(began); waited > 70*time.Second || second > 0 && rule.Duration != "PT30M" {
			t.Errorf("at second %d it was waited for %s: %+v", second, waited, rule)
		}
	}
}

func TestNothingToMute(t *testing.T) {
	c, _, p := start(t, 0)
	r, err := mute.On(t.Context(), p, request)
	if err != nil || r.Muted || len(c.MuteRules()) != 0 || !strings.Contains(r.Lead, "No alarm watches production yet") {
		t.Errorf("%v, %+v", err, r)
	}
}

func TestRefusals(t *testing.T) {
	for what, x := range map[string]struct {
		spoil func(c *cloud.Cloud, r *mute.Request)
		kind  fault.Kind
		says  string
	}{
		"too long":                     {func(_ *cloud.Cloud, r *mute.Request) { r.For = 3 * time.Hour }, fault.Input, "1m to 2h"},
		"too short":                    {func(_ *cloud.Cloud, r *mute.Request) { r.For = time.Second }, fault.Input, "1m to 2h"},
		"may not put":                  {refuse("cloudwatch:PutAlarmMuteRule", "AccessDeniedException"), fault.Input, "cloudwatch:PutAlarmMuteRule"},
		"may not read":                 {refuse("cloudwatch:GetAlarmMuteRule", "AccessDeniedException"), fault.Input, "cloudwatch:GetAlarmMuteRule"},
		"may not list":                 {refuse("cloudwatch:ListAlarmMuteRules", "AccessDeniedException"), fault.Input, "cloudwatch:ListAlarmMuteRules"},
		"a validation of another kind": {refuse("cloudwatch:PutAlarmMuteRule", "ValidationException"), fault.Outside, "made to fail"},
	} {
		c, _, p := start(t, 3)
		r := request
		x.spoil(c, &r)
		if _, err := mute.On(t.Context(), p, r); fault.KindOf(err) != x.kind || !strings.Contains(err.Error(), x.says) {
			t.Errorf("%s: %v", what, err)
		}
	}
	c, _, p := start(t, 3)
	if _, err := mute.On(t.Context(), p, request); err != nil {
		t.Fatal(err)
	}
	refuse("cloudwatch:DeleteAlarmMuteRule", "AccessDeniedException")(c, nil)
	if _, err := mute.Off(t.Context(), p, request); fault.KindOf(err) != fault.Input || !strings.Contains(err.Error(), "cloudwatch:DeleteAlarmMuteRule") {
		t.Error(err)
	}
}

func refuse(call, code string) func(c *cloud.Cloud, r *mute.Request) {
	return func(c *cloud.Cloud, _ *mute.Request) {
		c.RefuseWatch(func(x string) (int, string) {
			if x == call {
				return 400, code
			}
			return 0, ""
		})
	}
}

// Every alarm that this stack makes is one of its stage, and of no other.
func TestOursAreAllThatTheStackMakes(t *testing.T) {
	i := monitoring.Inventory{
		Stage: "prod", Functions: []monitoring.Function{{Name: "f", TimeoutSeconds: 3}}, APIs: []monitoring.API{{Type: "rest", Name: "a"}, {Type: "http", Name: "b", Stage: "x"}},
		RDS: &monitoring.RDS{Instance: "i", Proxy: "p", StorageGB: 1}, Redis: &monitoring.Redis{Kind: "node", IDs: []string{"r", "s"}}, OpenSearch: &monitoring.OpenSearch{Domain: "d"},
	}
	plan := monitoring.Plan{Project: "X", Inventory: i, Failover: &monitoring.Failover{API: &i.APIs[0]}}
	all := append(plan.Alarms(), monitoring.Alarm{ID: "unwell"})
	for _, a := range all {
		name := plan.AlarmName(a)
		other := plan
		other.Inventory.Stage = "prod-eu"
		if !mute.Ours("X", "prod", name) || mute.Ours("X", "prod-eu", name) || mute.Ours("X", "prod", other.AlarmName(a)) {
			t.Errorf("%s or %s", name, other.AlarmName(a))
		}
	}
	if len(all) < 12 {
		t.Errorf("%d alarms", len(all))
	}
}

func TestResultFollowsItsSchema(t *testing.T) {
	schema := schematest.Of(t, "../../../schemas/monitoring-mute.schema.json", "Mute", "Which alarms of a stage keep quiet while it is deployed, and until when.", mute.Result{}, *update)
	_, _, p := start(t, 25)
	on, err := mute.On(t.Context(), p, request)
	if err != nil {
		t.Fatal(err)
	}
	off, err := mute.Off(t.Context(), p, request)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []mute.Result{on, off} {
		text, _ := json.Marshal(r)
		if err := schema.Check(string(text)); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
	if d := on.Document(); len(d.Blocks) != 1 || d.Lead != "25 alarms of production keep quiet until 10:31 UTC, and judge on meanwhile." {
		t.Errorf("%+v", d)
	}
}
