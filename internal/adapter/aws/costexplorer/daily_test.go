package costexplorer_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/costexplorer"
	"github.com/cutover-dev/cutover/internal/adapter/aws/s3"
	"github.com/cutover-dev/cutover/internal/cost/spend"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/monitoring/audit"
	"github.com/cutover-dev/cutover/internal/rehearsal/cloud"
	"github.com/cutover-dev/cutover/internal/rehearsal/cloud/cloudtest"
	"github.com/cutover-dev/cutover/internal/unit"
)

var lego = map[string]string{"Project": "LEGO-API", "Environment": "production"}

// world is a cloud whose clock stands at now.
func world(t *testing.T, now time.Time) (*cloud.Cloud, *costexplorer.Costs) {
	t.Helper()
	c := cloud.New("state")
	c.Time(func() time.Time { return now })
	cloudtest.Serve(t, c)
	t.Setenv("AWS_REGION", "eu-west-1")
	costs, err := costexplorer.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return c, costs
}

func date(text string) time.Time {
	at, err := time.Parse(time.DateOnly, text)
	if err != nil {
		panic(err)
	}
	return at
}

func asked(c *cloud.Cloud) (n int) {
	for _, call := range c.Calls() {
		if call.Action == "ce:GetCostAndUsage" {
			n++
		}
	}
	return n
}

func quiet(string) {}

// Days are kept apart over pages, a leap day and a month's end among them; a day
// of which nothing is told is not there, and one that may change says so.
func TestDaily(t *testing.T) {
	c, costs := world(t, date("2028-03-03").Add(5*time.Hour))
	c.SpendPage(2)
	for _, day := range []string{"2028-02-28", "2028-02-29", "2028-03-02"} {
		c.Spent(date(day), lego, "AWS Lambda", "Request-ARM", 0.1, 500_000)
		c.Spent(date(day), lego, "AWS Lambda", "Lambda-GB-Second-ARM", 1.25, 93_750)
		c.Spent(date(day), lego, "Amazon RDS", "InstanceUsage:db.t4g.medium", -0.5, 24)
		c.Spent(date(day), map[string]string{"Project": "OTHER", "Environment": "production"}, "AWS Lambda", "Request-ARM", 99, 1)
	}
	var said []string
	// The window is named in the times of a zone far from UTC.
	east := time.FixedZone("UTC+13", 13*3600)
	d, err := costs.Daily(t.Context(), date("2028-02-28").In(east), date("2028-03-03").Add(4*time.Hour).In(east), lego, func(s string) { said = append(said, s) })
	if err != nil || len(d.Days) != 3 || d.Calls != 5 || d.Fee != 5*unit.Dollar/100 || len(said) != 5 {
		t.Fatalf("%+v %v %v", d, said, err)
	}
	for i, want := range []string{"2028-02-28", "2028-02-29", "2028-03-02"} {
		x := d.Days[i]
		if x.Date.Format(time.DateOnly) != want || x.Total() != 850_000 || len(x.Lines) != 3 || x.Estimated != (i == 2) {
			t.Errorf("%+v", x)
		}
		if l := x.Lines[1]; l.UsageType != "Request-ARM" || l.Quantity != 500_000 || l.Amount != 100_000 {
			t.Errorf("%+v", l)
		}
	}
}

func TestDailyRefuses(t *testing.T) {
	now := date("2026-11-20")
	c, costs := world(t, now)
	c.Spent(date("2026-11-10"), lego, "AWS Lambda", "Request", 1, 1)
	ask := func() error {
		_, err := costs.Daily(t.Context(), date("2026-11-10"), date("2026-11-12"), lego, quiet)
		return err
	}
	c.Currency("EUR")
	if err := ask(); fault.KindOf(err) != fault.Input || !strings.Contains(err.Error(), `"EUR"`) {
		t.Error(err)
	}
	c.Currency("")
	c.Linked(true)
	if err := ask(); fault.KindOf(err) != fault.Input || !strings.Contains(err.Error(), "payer") {
		t.Error(err)
	}
	c.Linked(false)
	// What is throttled is asked again, with waits, and paid once.
	var left atomic.Int32
	left.Store(2)
	c.RefuseWatch(func(call string) (int, string) {
		if call == "ce:GetCostAndUsage" && left.Add(-1) >= 0 {
			return http.StatusBadRequest, "LimitExceededException"
		}
		return 0, ""
	})
	d, err := costs.Daily(t.Context(), date("2026-11-10"), date("2026-11-12"), lego, quiet)
	if err != nil || d.Calls != 1 || len(d.Days) != 1 || left.Load() >= 0 {
		t.Errorf("%+v %v", d, err)
	}
	// The wait ends when the caller's time does.
	left.Store(1000)
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	begun := time.Now()
	if _, err := costs.Daily(ctx, date("2026-11-10"), date("2026-11-12"), lego, quiet); err == nil || time.Since(begun) > 5*time.Second {
		t.Error(err, time.Since(begun))
	}
}

// ledger keeps days in a bucket of the cloud.
func ledger(t *testing.T, c *cloud.Cloud, costs *costexplorer.Costs) spend.Ledger {
	t.Helper()
	c.Bucket("kept")
	days, err := s3.OpenDays(t.Context(), "kept", "lego", s3.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return spend.Ledger{Store: days, Costs: costs, Stage: "production", Tags: lego}
}

// No day is paid for twice: a second run asks for nothing, and the days that
// follow are one call each, however many are known.
func TestLedgerPaysOnce(t *testing.T) {
	now := date("2026-11-20").Add(9 * time.Hour)
	c, costs := world(t, now)
	c.SpendPage(1000)
	for day := date("2026-10-25"); day.Before(date("2026-12-01")); day = day.AddDate(0, 0, 1) {
		c.Spent(day, lego, "AWS Lambda", "Request", 1.5, 10)
	}
	l := ledger(t, c, costs)
	run := func(now time.Time, want, calls int) spend.Daily {
		t.Helper()
		c.Time(func() time.Time { return now })
		before := asked(c)
		d, err := l.Daily(t.Context(), date("2026-10-28"), date("2026-12-15"), now, quiet)
		if err != nil || len(d.Days) != want || asked(c)-before != calls || d.Calls != calls || d.Fee != unit.Money(calls)*costexplorer.CallPrice {
			t.Fatalf("%d days, %d calls, %v", len(d.Days), asked(c)-before, err)
		}
		if d.Days[0].Total() != 1_500_000 || d.Days[0].Lines[0].Quantity != 10 || d.Source == "" || d.Days[want-1].Date.Sub(d.Days[0].Date) != time.Duration(want-1)*24*time.Hour {
			t.Fatalf("%+v", d.Days[0])
		}
		return d
	}
	d := run(now, 23, 1)
	if d.Days[0].Estimated || !d.Days[22].Estimated {
		t.Error("which days may change is lost")
	}
	run(now, 23, 0)
	run(now.Add(7*time.Hour), 23, 0)
	run(now.Add(24*time.Hour), 24, 1)
	// The young ones again, and once they are old no more.
	run(now.Add(6*24*time.Hour), 29, 1)
	// A final day is never asked for, whatever it costs now.
	c.Spent(date("2026-11-01"), lego, "AWS Lambda", "Request", 50, 1)
	if d := run(now.Add(10*24*time.Hour), 33, 1); d.Total() != 33*1_500_000 {
		t.Error(d.Total())
	}
	if keys := c.KeysIn("kept", "lego/cost/production/"); len(keys) != 33 || keys[0] != "lego/cost/production/2026-10-28.json" {
		t.Error(keys)
	}
}

// What is damaged or of another question is refused by name, and stays as it is.
func TestLedgerRefuses(t *testing.T) {
	now := date("2026-11-20")
	const key = "lego/cost/production/2026-11-10.json"
	for name, x := range map[string]struct {
		spoil func(text string) string
		want  string
	}{
		"half":            {func(s string) string { return s[:len(s)/2] }, "is no day"},
		"another day":     {func(s string) string { return strings.ReplaceAll(s, "2026-11-10", "2026-11-11") }, "another day"},
		"an unknown word": {func(s string) string { return strings.Replace(s, `"tags"`, `"more": 1, "tags"`, 1) }, "unknown field"},
		"two documents":   {func(s string) string { return s + s }, "goes on"},
		"another version": {func(s string) string { return strings.Replace(s, `"version": 1`, `"version": 2`, 1) }, "another version"},
		"other tags":      {func(s string) string { return strings.Replace(s, "LEGO-API", "DUPLO-API", 1) }, "other tags"},
		"no line": {func(s string) string {
			a, b := strings.Index(s, `"lines": [`), strings.LastIndex(s, "]")
			return s[:a+10] + s[b:]
		}, "or none"},
	} {
		t.Run(name, func(t *testing.T) {
			c, costs := world(t, now)
			c.Spent(date("2026-11-10"), lego, "AWS Lambda", "Request", 1, 1)
			l := ledger(t, c, costs)
			ask := func() error {
				_, err := l.Daily(t.Context(), date("2026-11-10"), date("2026-11-11"), now, quiet)
				return err
			}
			if err := ask(); err != nil {
				t.Fatal(err)
			}
			spoilt := x.spoil(c.In("kept", key))
			c.Damage("kept", key, spoilt)
			before := asked(c)
			err := ask()
			if fault.KindOf(err) != fault.Refused || !strings.Contains(err.Error(), x.want) || !strings.Contains(err.Error(), "2026-11-10.json") {
				t.Error(err)
			}
			if c.In("kept", key) != spoilt || asked(c) != before {
				t.Error("it is written over, or paid for")
			}
		})
	}
}

// Two at once know the same in the end, and neither fails.
func TestLedgerAtOnce(t *testing.T) {
	now := date("2026-11-20")
	c, costs := world(t, now)
	for day := date("2026-11-01"); day.Before(now); day = day.AddDate(0, 0, 1) {
		c.Spent(day, lego, "AWS Lambda", "Request", 1, 1)
	}
	l := ledger(t, c, costs)
	// Each says when it asked, so what they write differs.
	done := make(chan error)
	for i := range 3 {
		go func() {
			at := now.Add(time.Duration(i) * time.Second)
			d, err := l.Daily(t.Context(), date("2026-11-01"), now, at, quiet)
			if err == nil && len(d.Days) != 19 {
				err = errors.New("days are missing")
			}
			done <- err
		}()
	}
	for range 3 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

// Of which nothing was told is not known, is not kept for ever, and not asked for
// each time.
func TestLedgerUnknownDays(t *testing.T) {
	now := date("2026-11-20")
	c, costs := world(t, now)
	l := ledger(t, c, costs)
	run := func(now time.Time) (int, int) {
		before := asked(c)
		d, err := l.Daily(t.Context(), date("2026-11-01"), date("2026-11-04"), now, quiet)
		if err != nil {
			t.Fatal(err)
		}
		return len(d.Days), asked(c) - before
	}
	for _, x := range []struct {
		now         time.Time
		days, calls int
	}{{now, 0, 1}, {now.Add(48 * time.Hour), 0, 0}, {now.Add(8 * 24 * time.Hour), 3, 1}, {now.Add(100 * 24 * time.Hour), 3, 0}} {
		if x.days > 0 && x.calls > 0 {
			for i := range 3 { // a backfill
				c.Spent(date("2026-11-01").AddDate(0, 0, i), lego, "AWS Lambda", "Request", 1, 1)
			}
		}
		c.Time(func() time.Time { return x.now })
		if days, calls := run(x.now); days != x.days || calls != x.calls {
			t.Errorf("%s: %d days, %d calls", x.now, days, calls)
		}
	}
}

// Shows: 5.7.2
func TestActivate(t *testing.T) {
	now := date("2026-11-20")
	c, costs := world(t, now)
	var keys []string
	for i := range 45 {
		key := "Key" + string(rune('A'+i/26)) + string(rune('a'+i%26))
		keys = append(keys, key)
		c.CostTag(key, "Inactive")
	}
	c.CostTag(keys[0], "Active")
	if err := costs.Activate(t.Context(), keys); err != nil {
		t.Fatal(err)
	}
	for _, key := range keys {
		if c.CostTags()[key] != "Active" {
			t.Error(key)
		}
	}
	// The answer is 200, and one was refused all the same.
	if err := costs.Activate(t.Context(), []string{"Nobody", keys[0]}); fault.KindOf(err) != fault.Outside || !strings.Contains(err.Error(), "Nobody (TagKeysNotFoundException") || strings.Contains(err.Error(), keys[0]) {
		t.Error(err)
	}
	c.Linked(true)
	_, e1 := costs.Backfills(t.Context())
	for _, err := range []error{costs.Activate(t.Context(), keys), costs.Backfill(t.Context(), date("2026-10-01")), e1} {
		if !errors.Is(err, audit.ErrLinked) {
			t.Error(err)
		}
	}
	c.Linked(false)
	c.RefuseWatch(func(call string) (int, string) { return http.StatusBadRequest, "AccessDeniedException" })
	if err := costs.Activate(t.Context(), keys); fault.KindOf(err) != fault.Input || !strings.Contains(err.Error(), "ce:UpdateCostAllocationTagsStatus") {
		t.Error(err)
	}
}

func TestBackfill(t *testing.T) {
	now := date("2026-11-20").Add(time.Hour)
	c, costs := world(t, now)
	if all, err := costs.Backfills(t.Context()); err != nil || len(all) != 0 {
		t.Errorf("%v %v", all, err)
	}
	if err := costs.Backfill(t.Context(), date("2026-10-02")); fault.KindOf(err) != fault.Input || !strings.Contains(err.Error(), "first of a month") {
		t.Error(err)
	}
	if err := costs.Backfill(t.Context(), date("2025-10-01")); err == nil || errors.Is(err, costexplorer.ErrAsked) {
		t.Error(err)
	}
	c.SetBackfills(cloud.BackfillRequest{From: date("2026-01-01"), Requested: date("2026-08-01"), Status: "SUCCEEDED"}, cloud.BackfillRequest{From: date("2026-02-01"), Requested: date("2026-09-01"), Status: "FAILED"})
	if err := costs.Backfill(t.Context(), date("2026-10-01")); err != nil {
		t.Fatal(err)
	}
	if err := costs.Backfill(t.Context(), date("2026-10-01")); !errors.Is(err, costexplorer.ErrAsked) {
		t.Error(err)
	}
	all, err := costs.Backfills(t.Context())
	if err != nil || len(all) != 3 || all[0].Status != "PROCESSING" || !all[0].From.Equal(date("2026-10-01")) || !all[0].Requested.Equal(now) || !all[0].Completed.IsZero() || all[2].Completed.IsZero() || all[1].Status != "FAILED" {
		t.Errorf("%+v %v", all, err)
	}
}
