package route53_test

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	sdk "github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"

	"github.com/cutover-dev/cutover/internal/rehearsal/cloud"
	"github.com/cutover-dev/cutover/internal/rollout/prepare"
)

// The strict cloud is held to AWS's rules through the SDK's real client, so that
// the tests of the adapter mean something.

func client(t *testing.T) *sdk.Client {
	t.Helper()
	c, err := config.LoadDefaultConfig(t.Context(), config.WithRetryMaxAttempts(1))
	if err != nil {
		t.Fatal(err)
	}
	return sdk.NewFromConfig(c)
}

func set(name, kind string, edit ...func(*types.ResourceRecordSet)) *types.ResourceRecordSet {
	s := &types.ResourceRecordSet{Name: aws.String(name), Type: types.RRType(kind), TTL: aws.Int64(60), ResourceRecords: []types.ResourceRecord{{Value: aws.String("192.0.2.9")}}}
	if kind == "CNAME" {
		s.ResourceRecords[0].Value = aws.String("other.example.net")
	}
	for _, f := range edit {
		f(s)
	}
	return s
}

func as(id string, weight int64) func(*types.ResourceRecordSet) {
	return func(s *types.ResourceRecordSet) { s.SetIdentifier, s.Weight = aws.String(id), aws.Int64(weight) }
}

func to(target string) func(*types.ResourceRecordSet) {
	return func(s *types.ResourceRecordSet) {
		s.TTL, s.ResourceRecords = nil, nil
		s.AliasTarget = &types.AliasTarget{HostedZoneId: aws.String(blueZone), DNSName: aws.String(target)}
	}
}

func TestTheStandInRefusesWhatRoute53Refuses(t *testing.T) {
	del, create, upsert := types.ChangeActionDelete, types.ChangeActionCreate, types.ChangeActionUpsert
	one := func(action types.ChangeAction, s *types.ResourceRecordSet) []types.Change {
		return []types.Change{{Action: action, ResourceRecordSet: s}}
	}
	const api, fresh = "api.example.com", "new.example.com"
	old := func(edit ...func(*types.ResourceRecordSet)) *types.ResourceRecordSet {
		s := set(api, "A", append([]func(*types.ResourceRecordSet){to("dualstack." + blueName), as("old", 9)}, edit...)...)
		s.AliasTarget.EvaluateTargetHealth = true
		return s
	}
	heavier := as("old", 8)
	tests := map[string]struct {
		changes []types.Change
		want    string // empty: accepted
	}{
		"as it stands":              {one(del, old()), ""},
		"another weight":            {one(del, old(heavier)), "the values provided do not match the current values"},
		"another target":            {one(del, set(api, "A", to("x.example.net"), as("old", 9))), "do not match"},
		"another identifier":        {one(del, old(as("olde", 9))), "but it was not found"},
		"not there":                 {one(del, set(fresh, "A")), "but it was not found"},
		"there already":             {one(create, old()), "but it already exists"},
		"upsert":                    {one(upsert, old(heavier)), ""},
		"simple beside weighted":    {one(create, set(api, "A")), "cannot be created as other RRSets exist"},
		"weighted beside simple":    {one(create, set("a.api.example.com", "A", as("x", 1))), "cannot be created as other RRSets exist"},
		"a CNAME beside others":     {one(create, set(api, "CNAME")), "conflicting RRSet"},
		"another zone's name":       {one(create, set("api.example.org", "A")), "is not permitted in zone example.com."},
		"a likely name":             {one(create, set("api.notexample.com", "A")), "is not permitted in zone"},
		"a CNAME at the apex":       {one(create, set("example.com", "CNAME")), "not permitted"},
		"weight 256":                {one(create, set(fresh, "A", as("x", 256))), "between 0 and 255"},
		"alias with a TTL":          {one(create, set(fresh, "A", to("x.example.net"), func(s *types.ResourceRecordSet) { s.TTL = aws.Int64(60) })), "exactly one of [AliasTarget"},
		"neither alias nor values":  {one(create, set(fresh, "A", func(s *types.ResourceRecordSet) { s.ResourceRecords = nil })), "but found none"},
		"weight without identifier": {one(create, set(fresh, "A", func(s *types.ResourceRecordSet) { s.Weight = aws.Int64(1) })), "SetIdentifier"},
		"a check that is not there": {one(create, set(fresh, "A", func(s *types.ResourceRecordSet) { s.HealthCheckId = aws.String("none") })), "No health check exists"},
		"no changes":                {nil, ""},
		"swapped in one batch": {append(one(del, set("a.api.example.com", "A", func(s *types.ResourceRecordSet) {
			s.TTL, s.ResourceRecords[0].Value = aws.Int64(300), aws.String("192.0.2.1")
		})), one(create, set("a.api.example.com", "A", as("x", 1)))...), ""},
		"half of it is wrong": {append(one(create, set(fresh, "A")), one(create, old())...), "but it already exists"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w := start(t)
			w.stand(9, 1)
			before := asJSON(t, w.Records(zone))
			_, err := client(t).ChangeResourceRecordSets(t.Context(), &sdk.ChangeResourceRecordSetsInput{HostedZoneId: aws.String(zone), ChangeBatch: &types.ChangeBatch{Changes: test.changes}})
			after := asJSON(t, w.Records(zone))
			if name == "no changes" {
				if err == nil || after != before {
					t.Errorf("%v", err)
				}
				return
			}
			if test.want == "" {
				if err != nil || after == before {
					t.Errorf("%v", err)
				}
				return
			}
			var batch *types.InvalidChangeBatch
			said := ""
			if errors.As(err, &batch) {
				said = strings.Join(batch.Messages, "; ")
			} else if err != nil {
				said = err.Error()
			}
			if !strings.Contains(said, test.want) || after != before {
				t.Errorf("%q, want %q; changed %v", said, test.want, after != before)
			}
		})
	}
}

func TestTheStandInRefusesUnfitChecks(t *testing.T) {
	w := start(t)
	w.alarms()
	stream := cloud.Stream{Namespace: "N", Metric: "M", Statistic: "Sum", Period: time.Minute, Periods: 1, Operator: "GreaterThanThreshold"}
	for name, edit := range map[string]func(*cloud.Stream){
		"percentile": func(s *cloud.Stream) { s.Statistic = "p99" }, "fast": func(s *cloud.Stream) { s.Period = 10 * time.Second }, "maths": func(s *cloud.Stream) { s.Metric = "" },
		"band": func(s *cloud.Stream) { s.Operator = "GreaterThanUpperThreshold" }, "no-periods": func(s *cloud.Stream) { s.Periods = 0 },
	} {
		unfit := stream
		edit(&unfit)
		w.SetAlarm(name, unfit)
	}
	c := client(t)
	make53 := func(reference string, h *types.HealthCheckConfig) (string, error) {
		out, err := c.CreateHealthCheck(t.Context(), &sdk.CreateHealthCheckInput{CallerReference: &reference, HealthCheckConfig: h})
		if err != nil {
			return "", err
		}
		return aws.ToString(out.HealthCheck.Id), nil
	}
	alarm := func(name string) *types.HealthCheckConfig {
		return &types.HealthCheckConfig{Type: types.HealthCheckTypeCloudwatchMetric, AlarmIdentifier: &types.AlarmIdentifier{Name: &name, Region: "us-east-1"}}
	}
	counted, err := make53("counted", &types.HealthCheckConfig{Type: types.HealthCheckTypeCalculated, HealthThreshold: aws.Int32(0), ChildHealthChecks: []string{mustMake(t, make53, alarm(verdictAlarm))}})
	if err != nil {
		t.Fatal(err)
	}
	endpoint := func(edit func(*types.HealthCheckConfig)) *types.HealthCheckConfig {
		h := &types.HealthCheckConfig{Type: types.HealthCheckTypeHttps, FullyQualifiedDomainName: aws.String("x.example.com"), RequestInterval: aws.Int32(30), FailureThreshold: aws.Int32(3)}
		edit(h)
		return h
	}
	for name, h := range map[string]*types.HealthCheckConfig{
		"no alarm": alarm("none"), "a percentile": alarm("percentile"), "high resolution": alarm("fast"), "metric math": alarm("maths"), "anomaly band": alarm("band"), "no periods": alarm("no-periods"),
		"every 20 s":       endpoint(func(h *types.HealthCheckConfig) { h.RequestInterval = aws.Int32(20) }),
		"11 in a row":      endpoint(func(h *types.HealthCheckConfig) { h.FailureThreshold = aws.Int32(11) }),
		"no host":          endpoint(func(h *types.HealthCheckConfig) { h.FullyQualifiedDomainName = nil }),
		"endpoint, alarm":  endpoint(func(h *types.HealthCheckConfig) { h.AlarmIdentifier = alarm(verdictAlarm).AlarmIdentifier }),
		"no children":      {Type: types.HealthCheckTypeCalculated, HealthThreshold: aws.Int32(1)},
		"no threshold":     {Type: types.HealthCheckTypeCalculated, ChildHealthChecks: []string{counted}},
		"calculated child": {Type: types.HealthCheckTypeCalculated, HealthThreshold: aws.Int32(1), ChildHealthChecks: []string{counted}},
	} {
		if _, err := make53("of "+name, h); err == nil || !strings.Contains(err.Error(), "InvalidInput") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := c.GetHealthCheckStatus(t.Context(), &sdk.GetHealthCheckStatusInput{HealthCheckId: &counted}); err == nil {
		t.Error("a calculated check has a status to read")
	}
	if _, err := c.UpdateHealthCheck(t.Context(), &sdk.UpdateHealthCheckInput{HealthCheckId: &counted, HealthCheckVersion: aws.Int64(7), HealthThreshold: aws.Int32(1)}); err == nil || !strings.Contains(err.Error(), "HealthCheckVersionMismatch") {
		t.Errorf("%v", err)
	}
	if _, err := make53("counted", alarm(verdictAlarm)); err == nil || !strings.Contains(err.Error(), "HealthCheckAlreadyExists") {
		t.Errorf("another check under the same reference: %v", err)
	}
}

func mustMake(t *testing.T, f func(string, *types.HealthCheckConfig) (string, error), h *types.HealthCheckConfig) string {
	t.Helper()
	id, err := f("first", h)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// standing is a prepared cutover with green at one tenth, at a time of its own.
func standing(t *testing.T) (*world, *time.Time) {
	t.Helper()
	w := start(t)
	now := time.Date(2026, 11, 23, 10, 0, 30, 0, time.UTC)
	w.Time(func() time.Time { return now })
	w.alarms()
	w.simple()
	var kept string
	if _, err := w.apply(t.Context(), &kept); err != nil {
		t.Fatal(err)
	}
	if err := w.open().Shift(t.Context(), split(1, 9)); err != nil {
		t.Fatal(err)
	}
	return w, &now
}

// answers holds green's share of the answers.
func (w *world) answers(what string, want float64) {
	w.t.Helper()
	got := w.Resolve("api.example.com", "AAAA")
	blue := got["dualstack."+blueName+"."]
	if green := got[greenName+"."]; math.Abs(green-want) > 1e-9 || math.Abs(green+blue-1) > 1e-9 {
		w.t.Errorf("%s: %v, want %v for green", what, got, want)
	}
}

// The data plane takes users from a green that goes bad, by each of the three
// checks, without any call of the API; and a sick blue never gets them onto green.
//
// Shows: 5.5.8
func TestAnswersFollowWeightsAndHealth(t *testing.T) {
	w, _ := standing(t)
	ids := w.roles()
	w.answers("all are well", 0.1)
	calls := len(w.Calls())
	yes, no := true, false
	for _, alarm := range []string{verdictAlarm, errorsAlarm} {
		w.SetStream(alarm, &no)
		w.answers(alarm+" is bad", 0)
		w.SetStream(alarm, nil)
		w.answers(alarm+" has no data any more", 0)
		w.SetStream(alarm, &yes)
		w.answers(alarm+" is well", 0.1)
		w.SetStream(alarm, nil)
		w.answers(alarm+" has no data any more", 0.1)
	}
	w.SetCheckers(ids[prepare.RoleEndpoint], 2, 15, time.Time{})
	w.answers("green does not answer", 0)
	w.Reweigh(zone, "lego-blue", "", 0)
	w.answers("green has all the weight, and does not answer", 0)
	w.SetCheckers(ids[prepare.RoleEndpoint], 15, 15, time.Time{})
	w.answers("green has all the weight", 1)
	w.Reweigh(zone, "lego-green", "", 0)
	w.answers("both weights are 0", 0.5)
	w.Reweigh(zone, "lego-blue", "", 1)
	// Blue's check counts green's endpoint, and decides nothing by it.
	w.SetTarget("dualstack."+blueName, false)
	w.answers("blue's load balancer is sick", 0)
	if len(w.Calls()) != calls {
		t.Error("something was called")
	}
	// Were blue's check one that can fail, a sick blue would put users onto green.
	w.EditCheck(ids[prepare.RoleBlue], func(c *cloud.CheckConfig) { one := 1; c.HealthThreshold = &one; c.Inverted = true })
	w.answers("blue's check could fail", 1)
}

// The verdict moves users by its own data: the last word stands without more.
func TestTheVerdictsDataMoveUsers(t *testing.T) {
	w, now := standing(t)
	stage := map[string]string{"Stage": "production"}
	say := func(v float64) { w.Observe("Cutover", "Verdict", stage, *now, v) }
	w.answers("no data ever", 0.1)
	say(1)
	w.answers("the minute is not over", 0.1)
	*now = now.Add(time.Minute)
	say(0)
	w.answers("the bad minute is not over", 0.1)
	*now = now.Add(time.Minute)
	w.answers("the verdict is bad", 0)
	*now = now.Add(24 * time.Hour)
	w.answers("the watcher is dead for a day", 0)
	say(1)
	*now = now.Add(time.Minute)
	w.answers("the verdict is good", 0.1)
	*now = now.Add(24 * time.Hour)
	w.answers("the watcher is dead for another day", 0.1)
}

// Two minutes in a row of an alarm of two periods.
func TestTheNativeAlarmMovesUsers(t *testing.T) {
	w, now := standing(t)
	api := map[string]string{"ApiId": "a1"}
	minute := func(errors ...float64) {
		w.Observe("AWS/ApiGateway", "5xx", api, *now, errors...)
		*now = now.Add(time.Minute)
	}
	minute(20)
	w.answers("one bad minute is all there ever was: too few to tell", 0.1)
	*now = now.Add(time.Hour)
	minute(5, 5)
	w.answers("10 errors are not past 10", 0.1)
	minute(6, 5)
	w.answers("one minute of 11", 0.1)
	minute(20)
	w.answers("two minutes in a row", 0)
	*now = now.Add(2 * time.Hour)
	w.answers("green has no traffic, so no data", 0)
	minute(1)
	w.answers("a good minute", 0.1)
}

func TestMissingDataAsTheAlarmTreatsThem(t *testing.T) {
	for missing, want := range map[string]float64{"": 0.1, "missing": 0.1, "notBreaching": 0.1, "breaching": 0} {
		w := start(t)
		w.alarms()
		w.SetAlarm(errorsAlarm, cloud.Stream{Namespace: "N", Metric: "M", Statistic: "Sum", Period: time.Minute, Periods: 2, Operator: "GreaterThanThreshold", Missing: missing})
		w.simple()
		var kept string
		if _, err := w.apply(t.Context(), &kept); err != nil {
			t.Fatal(err)
		}
		if err := w.open().Shift(t.Context(), split(1, 9)); err != nil {
			t.Fatal(err)
		}
		w.answers("missing data are "+missing, want)
	}
}

// Checkers ask at their interval of the cloud's clock, and turn after three.
func TestEndpointsAreProbed(t *testing.T) {
	w, now := standing(t)
	up, asked := true, 0
	w.ProbeEndpoints(func(host, path string) bool {
		if asked++; host != "green.api.example.com" || path != "/health" {
			t.Errorf("%s%s", host, path)
		}
		return up
	})
	w.answers("it answers", 0.1)
	w.answers("asked at once again", 0.1)
	if asked != 1 {
		t.Errorf("asked %d times within an interval", asked)
	}
	up = false
	for n, want := range []float64{0.1, 0.1, 0} {
		*now = now.Add(5 * time.Second)
		w.Resolve("api.example.com", "A") // half an interval later nobody is asked
		*now = now.Add(5 * time.Second)
		w.answers("bad in a row: "+string(rune('1'+n)), want)
	}
	up = true
	*now = now.Add(time.Hour)
	w.answers("nobody looked for an hour", 0.1)
	if asked != 1+3+3 {
		t.Errorf("asked %d times", asked)
	}
	if up, err := w.open().GreenUp(t.Context()); err != nil || !up {
		t.Errorf("%v, %v", up, err)
	}
}
