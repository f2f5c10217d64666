package drill_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/cloudwatch"
	"github.com/cutover-dev/cutover/internal/adapter/aws/sns"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/monitoring/drill"
	"github.com/cutover-dev/cutover/internal/rehearsal/cloud"
	"github.com/cutover-dev/cutover/internal/schematest"
	"github.com/cutover-dev/cutover/internal/verdict"
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

const (
	project = "LEGO-API"
	key     = "11111111-0000-4000-8000-000000000000"
	topic   = "arn:aws:sns:us-east-1:123456789012:lego-api-serverless-alerts-production"
	// The policies as the stack makes them.
	mayUse     = `{"Statement":[{"Effect":"Allow","Principal":{"Service":"cloudwatch.amazonaws.com"},"Action":["kms:Decrypt","kms:GenerateDataKey*"],"Resource":"*","Condition":{"StringEquals":{"aws:SourceAccount":"123456789012"}}}]}`
	mayPublish = `{"Statement":[{"Effect":"Allow","Principal":{"Service":"cloudwatch.amazonaws.com"},"Action":["sns:Publish"],"Resource":"` + topic + `","Condition":{"StringEquals":{"aws:SourceAccount":"123456789012"}}}]}`
	onlyOwner  = `{"Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:root"},"Action":["kms:*","sns:*"],"Resource":"*"}]}`
)

func name(id string) string { return project + "-production-" + id }

// alarms are those of a small stage. Another stage's begin as its do.
func alarms() []cloud.Alarm {
	to := []string{topic}
	return []cloud.Alarm{
		{Name: name("unwell"), State: "OK", Composite: true, Rule: `ALARM("` + name("api-5xx") + `") OR ALARM("` + name("lambda-error-rate-api") + `")`, Description: "CRITICAL: unwell.", Actions: to, OKActions: to},
		{Name: name("api-5xx"), State: "OK", Description: "CRITICAL: errors.", Actions: to, OKActions: to},
		{Name: name("lambda-error-rate-api"), State: "INSUFFICIENT_DATA", Description: "CRITICAL: errors.", Actions: to, OKActions: to},
		{Name: name("rds-cpu"), State: "OK", Description: "WARNING: busy.", Actions: to, OKActions: to},
		{Name: project + "-production-eu-rds-cpu", State: "OK", Actions: to},
		{Name: "another-rds-cpu", State: "ALARM"},
	}
}

type world struct {
	*cloud.Cloud
	*clock
	ports drill.Ports
	asked []string
}

// start makes a cloud in memory; the SDK's real clients speak to it.
func start(t *testing.T) *world {
	t.Helper()
	w := &world{Cloud: cloud.New("state"), clock: &clock{now: time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)}}
	w.Time(w.Now)
	w.SetKey(key, mayUse)
	w.SetTopic(cloud.Topic{Name: topic[strings.LastIndexByte(topic, ':')+1:], Key: key, Policy: mayPublish, Subscriptions: []cloud.Subscription{
		{Protocol: "email", Endpoint: "devops@lego.example.com"}, {Protocol: "email", Endpoint: "late@lego.example.com", Pending: true}, {Protocol: "email", Endpoint: "oncall@lego.example.com"},
	}})
	w.SetAlarms(alarms()...)
	server := httptest.NewServer(w)
	t.Cleanup(server.Close)
	environment(t.Setenv, server.URL)
	t.Cleanup(func() {
		if unknown := w.Unknown(); len(unknown) > 0 {
			t.Errorf("calls that nobody knows: %v", unknown)
		}
	})
	w.ports = open(t)
	w.ports.Clock = w.clock
	w.ports.Busy = func(context.Context) (string, error) { w.asked = append(w.asked, "busy"); return "", nil }
	return w
}

func environment(set func(name, value string), address string) {
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL": address, "AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": "very-secret", "AWS_REGION": "us-east-1",
		"AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
		"AWS_CA_BUNDLE": "", // reading it for each client takes longer than most cases
	} {
		set(name, value)
	}
}

func open(t testing.TB) drill.Ports {
	t.Helper()
	ctx := context.Background()
	w, err := cloudwatch.Open(ctx, "")
	if err != nil {
		t.Fatal(err)
	}
	s, err := sns.Open(ctx, "")
	if err != nil {
		t.Fatal(err)
	}
	return drill.Ports{Alarms: w, Rules: w, Topics: s}
}

var request = drill.Request{Project: project, Stage: "production", Run: "run 42"}

// standing are the states of the stage's alarms.
func (w *world) standing() map[string]string {
	states := map[string]string{}
	for _, a := range w.Alarms() {
		states[strings.TrimPrefix(a.Name, name(""))] = a.State
	}
	return states
}

// calm holds that everything is as it was.
func (w *world) calm(t *testing.T) {
	t.Helper()
	before := map[string]string{}
	for _, a := range alarms() {
		before[strings.TrimPrefix(a.Name, name(""))] = a.State
	}
	if got := fmt.Sprint(w.standing()); got != fmt.Sprint(before) {
		t.Errorf("the alarms stand at %s, and stood at %v", got, before)
	}
}

func outcomes(r drill.Result) string {
	var all []string
	for _, a := range r.Alarms {
		all = append(all, strings.TrimPrefix(a.Alarm, name(""))+" "+a.Outcome)
	}
	return strings.Join(all, ", ")
}

// Shows: 5.2.5, 5.2.6
func TestEveryAlarmReachesTheTopic(t *testing.T) {
	w := start(t)
	var told []string
	w.ports.Told = func(r drill.Rung) { told = append(told, r.Alarm) }
	r, err := drill.Run(t.Context(), w.ports, request)
	if err != nil || r.Verdict != verdict.Pass {
		t.Fatalf("%v, %+v", err, r)
	}
	if got, want := outcomes(r), "api-5xx arrived, lambda-error-rate-api arrived, rds-cpu arrived, unwell arrived"; got != want || len(told) != 4 {
		t.Errorf("%s, told %v", got, told)
	}
	w.calm(t)
	for _, a := range r.Alarms {
		if a.Seconds <= 0 || a.Seconds > 5 || a.Before == "ALARM" || (a.Severity == "CRITICAL") == strings.HasSuffix(a.Alarm, "rds-cpu") {
			t.Errorf("%+v", a)
		}
	}
	// Each rang once, and what it told named the drill.
	rang := map[string]int{}
	for _, m := range w.Topics()[topic].Messages {
		var message struct{ AlarmName, NewStateValue, NewStateReason string }
		if err := json.Unmarshal([]byte(m), &message); err != nil {
			t.Fatal(err)
		}
		if message.NewStateValue == "ALARM" && strings.HasPrefix(message.NewStateReason, "cutover drill of LEGO-API in production, run 42") {
			rang[message.AlarmName]++
		}
	}
	if len(rang) != 4 || rang[name("unwell")] != 1 {
		t.Errorf("%v", rang)
	}
	if got := fmt.Sprint(r.Topics); got != "[{"+topic+" 2 [l…@lego.example.com]}]" {
		t.Error(got)
	}
	if len(w.asked) == 0 {
		t.Error("nobody was asked whether something is going on")
	}
}

// No more than three settings a second; source: CloudWatch service quotas.
func TestSettingsAreSpaced(t *testing.T) {
	w := start(t)
	var at []time.Time
	w.RefuseWatch(func(call string) (int, string) {
		if call == "cloudwatch:SetAlarmState" {
			at = append(at, w.Now())
		}
		return 0, ""
	})
	if _, err := drill.Run(t.Context(), w.ports, request); err != nil {
		t.Fatal(err)
	}
	for i := range at[1:] {
		if at[i+1].Sub(at[i]) < time.Second/3 {
			t.Errorf("setting %d came %s after the one before", i+1, at[i+1].Sub(at[i]))
		}
	}
	if len(at) != 8 {
		t.Errorf("%d settings", len(at))
	}
}

func TestWhatDoesNotReachAnybodyFails(t *testing.T) {
	for what, c := range map[string]struct {
		spoil    func(w *world)
		verdict  verdict.Verdict
		outcomes string
		says     string
	}{
		"the key does not know CloudWatch": {func(w *world) { w.SetKey(key, onlyOwner) }, verdict.Fail, "rds-cpu failed", "kms:GenerateDataKey*"},
		"the key is AWS's own":             {func(w *world) { w.topic(func(x *cloud.Topic) { x.Key = "alias/aws/sns" }) }, verdict.Fail, "rds-cpu failed", "alias/aws/sns cannot"},
		"the policy does not know it":      {func(w *world) { w.topic(func(x *cloud.Topic) { x.Policy = onlyOwner }) }, verdict.Fail, "rds-cpu failed", "sns:Publish"},
		"the policy is for another account": {func(w *world) {
			w.topic(func(x *cloud.Topic) {
				x.Policy = strings.ReplaceAll(mayPublish, `"aws:SourceAccount":"1`, `"aws:SourceAccount":"9`)
			})
		}, verdict.Fail, "rds-cpu failed", "sns:Publish"},
		"nothing shows in the history": {func(w *world) { w.Deaf(topic) }, verdict.Fail, "rds-cpu silent", "no message within 1m30s"},
		"one of two topics hears nothing": {func(w *world) {
			w.alarm("rds-cpu", func(a *cloud.Alarm) {
				a.Actions = append(a.Actions, w.SetTopic(cloud.Topic{Name: "more", Subscriptions: []cloud.Subscription{{Endpoint: "x"}}}))
			})
			w.Deaf("arn:aws:sns:us-east-1:123456789012:more")
		}, verdict.Fail, "rds-cpu silent", "no message within 1m30s"},
		"nobody has confirmed":           {func(w *world) { w.topic(func(x *cloud.Topic) { x.Subscriptions = x.Subscriptions[1:2] }) }, verdict.Fail, "rds-cpu arrived", "nobody hears"},
		"nobody is subscribed":           {func(w *world) { w.topic(func(x *cloud.Topic) { x.Subscriptions = nil }) }, verdict.Fail, "rds-cpu arrived", "nobody hears"},
		"an alarm without an action":     {func(w *world) { w.alarm("rds-cpu", func(a *cloud.Alarm) { a.Actions, a.OKActions = nil, nil }) }, verdict.Fail, "rds-cpu nobody", "tells no topic"},
		"an alarm whose actions are off": {func(w *world) { w.alarm("rds-cpu", func(a *cloud.Alarm) { a.Mute = true }) }, verdict.Fail, "rds-cpu off", "switched off"},
		"one of two topics is gone":      {func(w *world) { w.alarm("rds-cpu", func(a *cloud.Alarm) { a.Actions = append(a.Actions, gone(w)) }) }, verdict.Fail, "rds-cpu failed", "is gone"},
		"it rings by itself, without a word": {func(w *world) {
			w.alarm("rds-cpu", func(a *cloud.Alarm) { a.State, a.Reason = "ALARM", "80% of the CPU" })
		}, verdict.Inconclusive, "rds-cpu ringing", "See to what it rings for"},
	} {
		t.Run(what, func(t *testing.T) {
			w := start(t)
			c.spoil(w)
			before := fmt.Sprint(w.standing())
			r, err := drill.Run(t.Context(), w.ports, request)
			text, _ := json.Marshal(r)
			if err != nil || r.Verdict != c.verdict || !strings.Contains(outcomes(r), c.outcomes) || !strings.Contains(string(text), c.says) {
				t.Errorf("%v, %s: %s", err, outcomes(r), text)
			}
			for _, a := range r.Alarms {
				if a.Outcome == "silent" && a.Seconds < 90 {
					t.Errorf("it gave up after %v s", a.Seconds)
				}
			}
			if after := fmt.Sprint(w.standing()); after != before {
				t.Errorf("%s became %s", before, after)
			}
		})
	}
}

// gone is a topic that is deleted once its subscriptions were read.
func gone(w *world) string {
	arn := w.SetTopic(cloud.Topic{Name: "other", Subscriptions: []cloud.Subscription{{Endpoint: "x@example.com"}}})
	w.RefuseWatch(func(call string) (int, string) {
		if call == "cloudwatch:SetAlarmState" {
			w.DropTopic(arn)
		}
		return 0, ""
	})
	return arn
}

func (w *world) topic(f func(*cloud.Topic)) {
	x := w.Topics()[topic]
	f(&x)
	w.SetTopic(x)
}

func (w *world) alarm(id string, f func(*cloud.Alarm)) {
	all := w.Alarms()
	f(&all[slices.IndexFunc(all, func(a cloud.Alarm) bool { return a.Name == name(id) })])
	w.SetAlarms(all...)
}

// An alarm that rings by itself is its own proof, and is not touched.
func TestARingingAlarmIsNotTouched(t *testing.T) {
	w := start(t)
	if err := w.ports.Alarms.Set(t.Context(), name("rds-cpu"), "ALARM", "80% of the CPU"); err != nil {
		t.Fatal(err)
	}
	r, err := drill.Run(t.Context(), w.ports, request)
	if err != nil || r.Verdict != verdict.Pass || !strings.Contains(outcomes(r), "rds-cpu told") || w.standing()["rds-cpu"] != "ALARM" {
		t.Errorf("%v, %s, %v", err, outcomes(r), w.standing())
	}
	for _, a := range w.Alarms() {
		if a.Name == name("rds-cpu") && a.Reason != "80% of the CPU" {
			t.Errorf("its reason is now %q", a.Reason)
		}
	}
}

// An alarm that begins to ring for a reason of its own while it is tried is not
// silenced.
func TestARealAlarmInBetweenIsLeftAlone(t *testing.T) {
	w := start(t)
	other, err := cloudwatch.Open(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	once := false
	w.RefuseWatch(func(call string) (int, string) {
		if call == "cloudwatch:DescribeAlarmHistory" && w.standing()["rds-cpu"] == "ALARM" && !once {
			once = true
			if err := other.Set(context.Background(), name("rds-cpu"), "ALARM", "80% of the CPU"); err != nil {
				t.Error(err)
			}
		}
		return 0, ""
	})
	r, err := drill.Run(t.Context(), w.ports, request)
	if err != nil || r.Verdict != verdict.Pass || w.standing()["rds-cpu"] != "ALARM" || !once {
		t.Errorf("%v, %s, %v", err, outcomes(r), w.standing())
	}
}

// Metric alarms go back by themselves, maybe before anybody has looked. Then
// they are not set once more: that would be a change of its own.
func TestAlarmsThatGoBackByThemselves(t *testing.T) {
	w := start(t)
	w.Reevaluate(500 * time.Millisecond)
	sets := 0
	w.RefuseWatch(func(call string) (int, string) {
		if call == "cloudwatch:SetAlarmState" {
			sets++
		}
		return 0, ""
	})
	r, err := drill.Run(t.Context(), w.ports, request)
	if err != nil || r.Verdict != verdict.Pass {
		t.Errorf("%v, %+v", err, r)
	}
	w.calm(t)
	if sets != 5 {
		t.Errorf("%d settings: three metric alarms once, the composite one there and back", sets)
	}
}

func TestRefusals(t *testing.T) {
	for what, c := range map[string]struct {
		spoil func(w *world)
		kind  fault.Kind
		says  string
	}{
		"a bake runs": {func(w *world) {
			w.ports.Busy = func(context.Context) (string, error) { return "a bake of run 41", nil }
		}, fault.Refused, "a bake of run 41"},
		"it cannot be told whether one runs": {func(w *world) {
			w.ports.Busy = func(context.Context) (string, error) {
				return "", &fault.Fault{Kind: fault.Outside, What: "GitHub is away"}
			}
		}, fault.Outside, "GitHub is away"},
		"an alarm reboots a machine": {func(w *world) {
			w.alarm("rds-cpu", func(a *cloud.Alarm) { a.Actions = append(a.Actions, "arn:aws:automate:us-east-1:ec2:reboot") })
		}, fault.Refused, "ec2:reboot"},
		"an alarm scales when it is well": {func(w *world) {
			w.alarm("rds-cpu", func(a *cloud.Alarm) {
				a.OKActions = []string{"arn:aws:autoscaling:us-east-1:123456789012:scalingPolicy:x"}
			})
		}, fault.Refused, "scalingPolicy"},
		"an alarm is muted": {func(w *world) {
			w.SetMuteRule(cloud.MuteRule{Name: "night", Expression: "at(2026-11-23T09:50)", Duration: "PT1H", Alarms: []string{name("rds-cpu")}, Expires: w.Now().Add(time.Hour)})
		}, fault.Refused, `got "night"`},
		"no alarm is there":        {func(w *world) { w.SetAlarms(alarms()[4:]...) }, fault.Input, "Deploy the monitoring stack first"},
		"it may not list":          {func(w *world) { w.RefuseMonitoring(403, "AccessDenied") }, fault.Input, "cloudwatch:DescribeAlarms"},
		"it may not set":           {refuse("cloudwatch:SetAlarmState", 403, "AccessDenied"), fault.Input, "cloudwatch:SetAlarmState"},
		"it may not look":          {refuse("cloudwatch:DescribeAlarmHistory", 403, "AccessDenied"), fault.Input, "cloudwatch:DescribeAlarmHistory"},
		"it may not ask who hears": {refuse("sns:ListSubscriptionsByTopic", 403, "AuthorizationError"), fault.Outside, "subscriptions cannot be listed"},
		"the rules are not told":   {refuse("cloudwatch:ListAlarmMuteRules", 403, "AccessDenied"), fault.Input, "cloudwatch:ListAlarmMuteRules"},
	} {
		t.Run(what, func(t *testing.T) {
			w := start(t)
			c.spoil(w)
			r, err := drill.Run(t.Context(), w.ports, request)
			if fault.KindOf(err) != c.kind || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "very-secret") || r.Verdict != verdict.Inconclusive {
				t.Errorf("%v, %+v", err, r)
			}
			for _, a := range w.Alarms() {
				if strings.HasPrefix(a.Reason, "cutover drill") && a.State == "ALARM" {
					t.Errorf("%s is left ringing", a.Name)
				}
			}
		})
	}
}

func refuse(call string, status int, code string) func(w *world) {
	return func(w *world) {
		w.RefuseWatch(func(c string) (int, string) {
			if c == call {
				return status, code
			}
			return 0, ""
		})
	}
}

// A mute rule whose time is over, or yet to come, or of other alarms, is none.
func TestOtherRulesDoNotMatter(t *testing.T) {
	w := start(t)
	w.SetMuteRule(cloud.MuteRule{Name: "past", Expression: "at(2026-11-22T09:50)", Duration: "PT1H", Alarms: []string{name("rds-cpu")}})
	w.SetMuteRule(cloud.MuteRule{Name: "later", Expression: "at(2026-11-24T09:50)", Duration: "PT1H", Alarms: []string{name("rds-cpu")}})
	w.SetMuteRule(cloud.MuteRule{Name: "others", Expression: "at(2026-11-23T09:50)", Duration: "PT1H", Alarms: []string{"another-rds-cpu"}})
	if r, err := drill.Run(t.Context(), w.ports, request); err != nil || r.Verdict != verdict.Pass {
		t.Errorf("%v, %+v", err, r)
	}
}

// Whenever it is broken off, no alarm stays ringing; whenever it is killed, the
// next drill puts back what was left, and passes.
func TestBrokenOffAnywhere(t *testing.T) {
	calls := 0
	{
		w := start(t)
		w.RefuseWatch(func(string) (int, string) { calls++; return 0, "" })
		if _, err := drill.Run(t.Context(), w.ports, request); err != nil {
			t.Fatal(err)
		}
	}
	if calls < 30 {
		t.Fatalf("%d calls: this test shows little", calls)
	}
	stop := errors.New("the run was cancelled")
	leftRinging := 0
	for n := 1; n <= calls; n++ {
		for _, killed := range []bool{false, true} {
			w := start(t)
			ctx, cancel := context.WithCancelCause(t.Context())
			seen := 0
			w.RefuseWatch(func(string) (int, string) {
				if seen++; seen == n {
					cancel(stop)
				}
				if killed && seen > n {
					// Nothing of a killed one arrives.
					return 400, "Killed"
				}
				return 0, ""
			})
			r, err := drill.Run(ctx, w.ports, request)
			cancel(nil)
			if err == nil && n < calls || err == nil && r.Verdict != verdict.Pass {
				t.Errorf("stopped at call %d: %v, %s", n, err, outcomes(r))
			}
			if !killed {
				w.calm(t)
				continue
			}
			if fmt.Sprint(w.standing()) != fmt.Sprint(func() map[string]string { f := start(t); return f.standing() }()) {
				leftRinging++
			}
			w.RefuseWatch(nil)
			r, err = drill.Run(t.Context(), w.ports, request)
			if err != nil || r.Verdict != verdict.Pass {
				t.Errorf("killed at call %d, then: %v, %s %s", n, err, outcomes(r), r.Lead)
			}
			for _, a := range w.Alarms() {
				if a.State == "ALARM" && a.Name != "another-rds-cpu" {
					t.Errorf("killed at call %d: %s rings after the next drill: %s", n, a.Name, a.Reason)
				}
			}
		}
	}
	if leftRinging < 4 {
		t.Errorf("only %d kills left an alarm ringing: this test shows little", leftRinging)
	}
	t.Logf("%d calls, each a point at which it was stopped and killed; %d kills left an alarm ringing", calls, leftRinging)
}

// Throttled and slow it takes longer, and comes out the same.
func TestThrottled(t *testing.T) {
	w := start(t)
	n := 0
	w.RefuseWatch(func(string) (int, string) {
		if n++; n == 3 || n == 4 || n == 17 {
			return 400, "Throttling"
		}
		return 0, ""
	})
	if r, err := drill.Run(t.Context(), w.ports, request); err != nil || r.Verdict != verdict.Pass {
		t.Errorf("%v, %+v", err, r)
	}
	w.calm(t)
}

func TestResultFollowsItsSchema(t *testing.T) {
	schema := schematest.Of(t, "../../../schemas/monitoring-drill.schema.json", "Drill", "What became of each alarm of a stage when it rang for an exercise.", drill.Result{}, *update)
	w := start(t)
	w.SetKey(key, onlyOwner)
	r, err := drill.Run(t.Context(), w.ports, request)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Check(string(text)); err != nil {
		t.Error(err)
	}
	empty, _ := drill.Run(t.Context(), w.ports, drill.Request{Project: "x", Stage: "y"})
	if text, _ = json.Marshal(empty); schema.Check(string(text)) != nil {
		t.Errorf("%s: %v", text, schema.Check(string(text)))
	}
	if d := r.Document(); d.Verdict != verdict.Fail || len(d.Blocks) < 4 || bytes.Contains(text, []byte("devops@")) {
		t.Errorf("%+v", d)
	}
}

// TestMain is also the drill as a process of its own, for being killed.
func TestMain(m *testing.M) {
	if os.Getenv("CUTOVER_DRILL") == "" {
		os.Exit(m.Run())
	}
	ctx := context.Background()
	alarms, err := cloudwatch.Open(ctx, "")
	if err != nil {
		panic(err)
	}
	topics, err := sns.Open(ctx, "")
	if err != nil {
		panic(err)
	}
	_, err = drill.Run(ctx, drill.Ports{Alarms: alarms, Rules: alarms, Topics: topics, Clock: wallClock{}}, request)
	fmt.Println(err)
	os.Exit(0)
}

type wallClock struct{}

func (wallClock) Now() time.Time { return time.Now() }

func (wallClock) Wait(_ context.Context, d time.Duration) error { time.Sleep(d / 20); return nil }

// A process that is killed while an alarm rings leaves it ringing; the next
// drill puts it back, says so, and passes.
func TestSIGKILL(t *testing.T) {
	w := start(t)
	w.Time(time.Now)
	address := os.Getenv("AWS_ENDPOINT_URL")
	child := exec.CommandContext(t.Context(), os.Args[0])
	child.Env = append(os.Environ(), "CUTOVER_DRILL=1", "AWS_ENDPOINT_URL="+address)
	var said bytes.Buffer
	child.Stdout, child.Stderr = &said, &said
	looks, started := 0, make(chan struct{})
	w.RefuseWatch(func(call string) (int, string) {
		if call == "cloudwatch:DescribeAlarmHistory" {
			if looks++; looks == 2 {
				<-started
				_ = child.Process.Kill()
				return 400, "Killed"
			}
		}
		return 0, ""
	})
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	close(started)
	if err := child.Wait(); err == nil {
		t.Fatalf("it was not killed: %s", said.String())
	}
	if got := w.standing()["lambda-error-rate-api"]; got != "ALARM" {
		t.Fatalf("the alarm is %s: this test shows nothing", got)
	}
	w.RefuseWatch(nil)
	w.ports.Clock = wallClock{}
	r, err := drill.Run(t.Context(), w.ports, request)
	if err != nil || r.Verdict != verdict.Pass || len(r.Notes) != 1 || !strings.Contains(r.Notes[0], "lambda-error-rate-api") {
		t.Errorf("%v, %+v", err, r)
	}
	w.calm(t)
}
