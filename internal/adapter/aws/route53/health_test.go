package route53_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/rehearsal/cloud"
	"github.com/cutover-dev/cutover/internal/rollout/prepare"
)

const verdictAlarm, errorsAlarm = "lego-verdict", "lego-errors"

func wanted() prepare.Wanted {
	return prepare.Wanted{
		Project: "lego", Environment: "production", Host: "green.api.example.com", Path: "/health", Seconds: 10,
		Region: "us-east-1", VerdictAlarm: verdictAlarm, ErrorsAlarm: errorsAlarm,
	}
}

// alarms make the two that the checks watch.
func (w *world) alarms() {
	w.SetAlarm(verdictAlarm, cloud.Stream{
		Namespace: "Cutover", Metric: "Verdict", Dimensions: map[string]string{"Stage": "production"},
		Statistic: "Minimum", Period: time.Minute, Periods: 1, Operator: "LessThanThreshold", Threshold: 1,
	})
	w.SetAlarm(errorsAlarm, cloud.Stream{
		Namespace: "AWS/ApiGateway", Metric: "5xx", Dimensions: map[string]string{"ApiId": "a1"},
		Statistic: "Sum", Period: time.Minute, Periods: 2, Operator: "GreaterThanThreshold", Threshold: 10,
	})
}

// simple is the record before a cutover.
func (w *world) simple() {
	set := func(kind string) cloud.RecordSet {
		return cloud.RecordSet{Name: "api.example.com", Type: kind, AliasTarget: &cloud.AliasTarget{HostedZoneID: blueZone, DNSName: "dualstack." + blueName, EvaluateTargetHealth: true}}
	}
	w.SetRecords(zone, append(around(), set("A"), set("AAAA"))...)
}

func nobody(context.Context, prepare.Record, []prepare.Set) (string, error) { return "", nil }

// apply prepares, and keeps what stands as a store does that never writes over.
func (w *world) apply(ctx context.Context, kept *string) (prepare.Outcome, error) {
	return prepare.Apply(ctx, w.open(), nobody, record(), wanted().Checks(), func(_ context.Context, text []byte) error {
		if *kept != "" && *kept != string(text) {
			return errors.New("something else was kept before")
		}
		*kept = string(text)
		return nil
	})
}

// roles are the IDs of the checks by role.
func (w *world) roles() map[string]string {
	all := map[string]string{}
	for id := range w.HealthChecks() {
		all[strings.TrimPrefix(w.CheckTags(id)["Name"], "lego-production-")] = id
	}
	return all
}

// From the simple record to the pair with its checks, in one batch, and back.
//
// Shows: 5.5.1
// Shows: 5.5.2
func TestPrepareAndBack(t *testing.T) {
	w := start(t)
	w.alarms()
	w.simple()
	before := asJSON(t, w.Records(zone))
	var kept string
	out, err := w.apply(t.Context(), &kept)
	if err != nil || len(out.Steps) != 2 || len(out.IDs) != 5 || w.times("ChangeResourceRecordSets") != 1 {
		t.Fatalf("%+v, %v", out, err)
	}
	if got, err := w.open().Weights(t.Context()); err != nil || got != split(0, 100) {
		t.Errorf("%v, %v", got, err)
	}
	checks, ids := w.HealthChecks(), w.roles()
	for role, want := range map[string]string{
		prepare.RoleEndpoint: "HTTPS green.api.example.com:443/health SNI every 10, 3 in a row",
		prepare.RoleErrors:   "CLOUDWATCH_METRIC lego-errors in us-east-1 else LastKnownStatus", prepare.RoleVerdict: "CLOUDWATCH_METRIC lego-verdict in us-east-1 else LastKnownStatus",
		prepare.RoleGreen: "CALCULATED 3 of 3", prepare.RoleBlue: "CALCULATED 0 of 1",
	} {
		if got := told(checks[ids[role]]); got != want {
			t.Errorf("%s: %s, want %s", role, got, want)
		}
		if tags := w.CheckTags(ids[role]); tags["Project"] != "lego" || tags["Environment"] != "production" {
			t.Errorf("%s: %v", role, tags)
		}
	}
	for _, s := range w.Records(zone) {
		if want := map[string]string{"lego-blue": ids[prepare.RoleBlue], "lego-green": ids[prepare.RoleGreen]}[s.SetIdentifier]; s.HealthCheckID != want {
			t.Errorf("%s %s has the check %q, want %q", s.Type, s.SetIdentifier, s.HealthCheckID, want)
		}
	}
	again, err := w.apply(t.Context(), &kept)
	if err != nil || len(again.Changes) != 0 || !maps.Equal(again.IDs, out.IDs) || w.times("ChangeResourceRecordSets") != 1 || len(w.HealthChecks()) != 5 {
		t.Errorf("once more: %+v, %v", again, err)
	}
	z := w.open()
	sets, err := z.Sets(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	back, err := record().Undo(record().Look(sets), []byte(kept))
	if err != nil {
		t.Fatal(err)
	}
	if err := z.Change(t.Context(), back); err != nil || asJSON(t, w.Records(zone)) != before {
		t.Errorf("%v: %s\nwant\n%s", err, asJSON(t, w.Records(zone)), before)
	}
}

func told(c cloud.CheckConfig) string {
	switch c.Type {
	case "CALCULATED":
		return fmt.Sprintf("%s %d of %d", c.Type, *c.HealthThreshold, len(c.Children))
	case "CLOUDWATCH_METRIC":
		return fmt.Sprintf("%s %s in %s else %s", c.Type, c.AlarmIdentifier.Name, c.AlarmIdentifier.Region, c.InsufficientDataHealthStatus)
	}
	sni := ""
	if c.EnableSNI {
		sni = " SNI"
	}
	return fmt.Sprintf("%s %s:%d%s%s every %d, %d in a row", c.Type, c.FullyQualifiedDomainName, c.Port, c.ResourcePath, sni, c.RequestInterval, c.FailureThreshold)
}

// Wherever a preparation is killed, clients are led to blue and the next one ends
// it, with the same checks and the same way back.
func TestAKilledPreparation(t *testing.T) {
	for _, after := range []bool{false, true} {
		for n := int64(1); ; n++ {
			w := start(t)
			w.alarms()
			w.simple()
			var kept string
			ctx, cancel := context.WithCancel(t.Context())
			seen := w.cut(n, after, cancel)
			_, _ = w.apply(ctx, &kept) // killed
			whole := seen.Load() < n
			cancel()
			if got := w.Resolve("api.example.com", "A"); len(got) != 1 || got["dualstack."+blueName+"."] != 1 {
				t.Errorf("killed at %d (after: %v): %v", n, after, got)
			}
			w.FailRoute53(nil)
			w.LoseRoute53(nil)
			if _, err := w.apply(t.Context(), &kept); err != nil || len(w.HealthChecks()) != 5 || kept == "" {
				t.Errorf("killed at %d (after: %v), then again: %v, %d checks", n, after, err, len(w.HealthChecks()))
			}
			if got, err := w.open().Weights(t.Context()); err != nil || got != split(0, 100) || len(w.roles()) != 5 {
				t.Errorf("killed at %d (after: %v): %v, %v, %v", n, after, got, err, w.roles())
			}
			if whole {
				if n < 14 {
					t.Fatalf("only %d requests were cut", n-1)
				}
				break
			}
		}
	}
}

func TestPreparationStopsBeforeItMakesAnything(t *testing.T) {
	w := start(t)
	w.alarms()
	w.simple()
	keep := func(context.Context, []byte) error { return nil }
	owned := func(_ context.Context, r prepare.Record, sets []prepare.Set) (string, error) {
		return fmt.Sprintf("CloudFormation stack %s of %d", r.Name, len(sets)), nil
	}
	_, err := prepare.Apply(t.Context(), w.open(), owned, record(), wanted().Checks(), keep)
	says(t, err, fault.Refused, "belongs to CloudFormation stack api.example.com of 3")
	unknown := func(context.Context, prepare.Record, []prepare.Set) (string, error) {
		return "", errors.New("no answer")
	}
	_, err = prepare.Apply(t.Context(), w.open(), unknown, record(), wanted().Checks(), keep)
	says(t, err, fault.Outside, "Nothing was changed")
	if len(w.HealthChecks()) != 0 || w.times("ChangeResourceRecordSets") != 0 {
		t.Errorf("%v", w.HealthChecks())
	}
	full := func(context.Context, []byte) error { return errors.New("no space") }
	_, err = prepare.Apply(t.Context(), w.open(), nobody, record(), wanted().Checks(), full)
	says(t, err, fault.Outside, "could not be kept")
	if w.times("ChangeResourceRecordSets") != 0 {
		t.Error("changed without a way back")
	}
	w.SetRecords(zone)
	_, err = prepare.Apply(t.Context(), w.open(), nobody, record(), wanted().Checks(), keep)
	says(t, err, fault.Refused, "does not stand")
}

// A check that somebody has deleted or edited is made anew beside it.
func TestChecksThatWereTouched(t *testing.T) {
	for name, hand := range map[string]func(w *world, id string){
		"deleted":         func(w *world, id string) { w.DropCheck(id) },
		"disabled":        func(w *world, id string) { w.EditCheck(id, func(c *cloud.CheckConfig) { c.Disabled = true }) },
		"turned round":    func(w *world, id string) { w.EditCheck(id, func(c *cloud.CheckConfig) { c.Inverted = true }) },
		"another path":    func(w *world, id string) { w.EditCheck(id, func(c *cloud.CheckConfig) { c.ResourcePath = "/" }) },
		"less to turn it": func(w *world, id string) { w.EditCheck(id, func(c *cloud.CheckConfig) { c.FailureThreshold = 1 }) },
	} {
		t.Run(name, func(t *testing.T) {
			w := start(t)
			c := wanted().Checks()[0]
			first, err := w.open().Ensure(t.Context(), c)
			if err != nil {
				t.Fatal(err)
			}
			if again, err := w.open().Ensure(t.Context(), c); err != nil || again != first {
				t.Fatalf("%s, %v", again, err)
			}
			hand(w, first)
			second, err := w.open().Ensure(t.Context(), c)
			if err != nil || second == first || told(w.HealthChecks()[second]) != "HTTPS green.api.example.com:443/health SNI every 10, 3 in a row" {
				t.Errorf("%s after %s, %v", second, first, err)
			}
		})
	}
	t.Run("again and again", func(t *testing.T) {
		w := start(t)
		for range 5 {
			id, err := w.open().Ensure(t.Context(), wanted().Checks()[0])
			if err != nil {
				t.Fatal(err)
			}
			w.DropCheck(id)
		}
		_, err := w.open().Ensure(t.Context(), wanted().Checks()[0])
		says(t, err, fault.Refused, "was deleted or changed by hand 5 times")
	})
	t.Run("an alarm that is not there", func(t *testing.T) {
		w := start(t)
		_, err := w.open().Ensure(t.Context(), wanted().Checks()[1])
		says(t, err, fault.Outside, "the alarm lego-errors does not exist")
	})
}

// Shows: 5.5.3
func TestGreenUp(t *testing.T) {
	now := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC) // far from this machine's
	ids := func(w *world, role string) string { return w.roles()[role] }
	endpoint := prepare.RoleEndpoint
	tests := map[string]struct {
		set  func(w *world)
		up   bool
		kind fault.Kind
		want string
	}{
		"all":             {func(w *world) { w.SetCheckers(ids(w, endpoint), 15, 15, now) }, true, 0, ""},
		"3 of 15 are 20%": {func(w *world) { w.SetCheckers(ids(w, endpoint), 3, 15, now) }, true, 0, ""},
		"2 of 15 are 13%": {func(w *world) { w.SetCheckers(ids(w, endpoint), 2, 15, now) }, false, 0, ""},
		"9 of 50 are 18%": {func(w *world) { w.SetCheckers(ids(w, endpoint), 9, 50, now) }, false, 0, ""},
		"none":            {func(w *world) { w.SetCheckers(ids(w, endpoint), 0, 15, now) }, false, 0, ""},
		"not yet":         {func(w *world) { w.SetCheckers(ids(w, endpoint), 0, 0, now) }, false, fault.Outside, "not been carried out"},
		"9 minutes ago":   {func(w *world) { w.SetCheckers(ids(w, endpoint), 15, 15, now.Add(-9*time.Minute)) }, true, 0, ""},
		"11 minutes ago":  {func(w *world) { w.SetCheckers(ids(w, endpoint), 15, 15, now.Add(-11*time.Minute)) }, false, fault.Outside, "not been carried out"},
		"disabled":        {func(w *world) { w.EditCheck(ids(w, endpoint), func(c *cloud.CheckConfig) { c.Disabled = true }) }, false, fault.Refused, "is disabled"},
		"green's disabled": {func(w *world) {
			w.EditCheck(ids(w, prepare.RoleGreen), func(c *cloud.CheckConfig) { c.Disabled = true })
		}, false, fault.Refused, "is disabled"},
		"turned round":    {func(w *world) { w.EditCheck(ids(w, endpoint), func(c *cloud.CheckConfig) { c.Inverted = true }) }, false, 0, ""},
		"deleted":         {func(w *world) { w.DropCheck(ids(w, endpoint)) }, false, fault.Refused, "It was deleted"},
		"green's deleted": {func(w *world) { w.DropCheck(ids(w, prepare.RoleGreen)) }, false, fault.Refused, "It was deleted"},
		"no endpoint in it": {func(w *world) {
			w.EditCheck(ids(w, prepare.RoleGreen), func(c *cloud.CheckConfig) { c.Children = c.Children[1:] })
		}, false, fault.Refused, "looks at no endpoint"},
		"no check at all": {func(w *world) { w.stand(9, 1) }, false, fault.Refused, "has no health check on green's record"},
		"a simple record": {func(w *world) { w.simple() }, false, fault.Refused, "is not weighted"},
		"expired":         {func(w *world) { w.fails("GetHealthCheckStatus", 99, 403, "ExpiredToken", "x") }, false, fault.Input, "session with AWS has ended"},
		"not allowed":     {func(w *world) { w.fails("GetHealthCheckStatus", 99, 403, "AccessDenied", "x") }, false, fault.Input, "Allow the role route53:GetHealthCheckStatus on health checks"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w := start(t)
			w.Time(func() time.Time { return now })
			w.alarms()
			w.simple()
			var kept string
			if _, err := w.apply(t.Context(), &kept); err != nil {
				t.Fatal(err)
			}
			test.set(w)
			up, err := w.open().GreenUp(t.Context())
			if test.want != "" {
				says(t, err, test.kind, test.want)
			} else if err != nil {
				t.Error(err)
			}
			if up != test.up {
				t.Errorf("up %v", up)
			}
		})
	}
}

// What each call needs to be allowed; conditions are the caller's.
func TestCallsOfAPreparation(t *testing.T) {
	w := start(t)
	w.alarms()
	w.simple()
	var kept string
	if _, err := w.apply(t.Context(), &kept); err != nil {
		t.Fatal(err)
	}
	if _, err := w.open().GreenUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	got := map[string]bool{}
	for _, c := range w.Calls() {
		got[c.Action+" "+strings.Join(strings.SplitAfter(c.Resource, "/")[:1], "")] = true
	}
	want := []string{
		"route53:ChangeResourceRecordSets arn:aws:route53:::hostedzone/", "route53:ChangeTagsForResource arn:aws:route53:::healthcheck/", "route53:CreateHealthCheck *",
		"route53:GetChange arn:aws:route53:::change/", "route53:GetHealthCheck arn:aws:route53:::healthcheck/", "route53:GetHealthCheckStatus arn:aws:route53:::healthcheck/",
		"route53:ListResourceRecordSets arn:aws:route53:::hostedzone/",
	}
	if all := slices.Sorted(maps.Keys(got)); !slices.Equal(all, want) {
		t.Errorf("%q\nwant\n%q", all, want)
	}
}

// Each of Route 53's checkers asks once in the check's interval.
func TestCheckersRequests(t *testing.T) {
	w := start(t)
	w.alarms()
	w.simple()
	if n, err := w.open().CheckersRequests(t.Context()); n != 0 || err != nil {
		t.Errorf("before there is a check: %d, %v", n, err)
	}
	var kept string
	if _, err := w.apply(t.Context(), &kept); err != nil {
		t.Fatal(err)
	}
	for total, want := range map[int]int64{15: 90, 16: 96, 1: 6} {
		w.SetCheckers(w.roles()[prepare.RoleEndpoint], total, total, time.Time{})
		if n, err := w.open().CheckersRequests(t.Context()); n != want || err != nil {
			t.Errorf("%d checkers every 10 s: %d requests, %v", total, n, err)
		}
	}
}
