package logs_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/logs"
	"github.com/cutover-dev/cutover/internal/cost/recommend"
	"github.com/cutover-dev/cutover/internal/rehearsal/cloud"
	"github.com/cutover-dev/cutover/internal/rehearsal/cloud/cloudtest"
	"github.com/cutover-dev/cutover/internal/unit"
)

var (
	from = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	to   = from.AddDate(0, 0, 14)
)

func world(t *testing.T) *cloud.Cloud {
	t.Helper()
	return cloudtest.Serve(t, cloud.New("state"))
}

func open(t *testing.T) *logs.Groups {
	t.Helper()
	g, err := logs.Open(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func group(name string, stored unit.Bytes) recommend.LogGroup {
	return recommend.LogGroup{Name: name, Stored: stored}
}

func quiet(string) {}

// Reports as text and as JSON come to the same, by the memory that the function
// had; what is outside of the window does not count.
//
// Shows: 5.7.7
func TestReports(t *testing.T) {
	for name, asJSON := range map[string]bool{"text": false, "JSON": true} {
		t.Run(name, func(t *testing.T) {
			c := world(t)
			c.LogGroup("/aws/lambda/api", 30)
			c.Stored("/aws/lambda/api", 3_000_000_000)
			line := func(at time.Time, memory int, used, took float64) {
				c.Reports("/aws/lambda/api", cloud.Report{At: at, Memory: memory, Used: used, Duration: took, Billed: took + 1, JSON: asJSON})
			}
			for i := range 100 {
				line(from.Add(time.Duration(i)*time.Minute), 512, 90+float64(i%3), float64(i+1))
			}
			line(from.Add(time.Hour), 1024, 120, 33.5)
			line(to, 512, 4000, 9999)
			line(from.Add(-time.Second), 512, 4000, 9999)
			var said []string
			runs, fee, unread := open(t).Reports(t.Context(), map[string]recommend.LogGroup{"api": group("/aws/lambda/api", 3_000_000_000)}, from, to, unit.Dollar, func(s string) { said = append(said, s) })
			want := []recommend.Runs{{Memory: 512, Count: 100, Billed: 5150, P50: 50, P95: 95, P99: 99, Used: 92}, {Memory: 1024, Count: 1, Billed: 35, P50: 33.5, P95: 33.5, P99: 33.5, Used: 120}}
			if got := runs["api"]; len(unread) != 0 || len(got) != 2 || got[0] != want[0] || got[1].Count != 1 || got[1].Used != 120 || got[1].Memory != 1024 || got[1].P50 != 33.5 {
				t.Errorf("%+v %v", got, unread)
			}
			if fee != 15_000 || len(said) != 1 || !strings.Contains(said[0], "$0.015") {
				t.Errorf("%s %v", fee, said)
			}
		})
	}
}

// What cannot be read, is shared or too dear is named, and what did not run has no
// runs, which is something else.
func TestReportsUnread(t *testing.T) {
	c := world(t)
	for _, name := range []string{"idle", "shared", "large", "more"} {
		c.LogGroup(name, 0)
		c.Stored(name, 1_000_000_000)
	}
	g := open(t)
	runs, fee, unread := g.Reports(t.Context(), map[string]recommend.LogGroup{
		"idle": group("idle", 1_000_000_000), "one": group("shared", 1), "two": group("shared", 1), "gone": group("gone", 1),
		"large": {Name: "large", Stored: 1, Arrived: 900_000_000_000}, "more": group("more", 1_000_000_000),
	}, from, to, 12_000, quiet)
	if len(runs) != 2 || runs["idle"] == nil || len(runs["idle"]) != 0 || fee != 10_000 {
		t.Errorf("%v %s", runs, fee)
	}
	why := ""
	for _, u := range unread {
		why += u.What + " " + u.Why + "\n"
	}
	for _, want := range []string{"runs one: its log group shared is that of other functions too", "runs two: ", "runs gone: ", "does not exist", "runs large: reading", "may cost $4.50"} {
		if !strings.Contains(why, want) {
			t.Errorf("%q is not in\n%s", want, why)
		}
	}
	if got := logs.ScanPrice(map[string]recommend.LogGroup{"a": group("a", 1_000_000_000), "b": {Arrived: 2_000_000_000}}); got != 15_000 {
		t.Error(got)
	}
	c.RefuseWatch(func(call string) (int, string) { return http.StatusBadRequest, "AccessDeniedException" })
	_, _, unread = g.Reports(t.Context(), map[string]recommend.LogGroup{"idle": group("idle", 1)}, from, to, unit.Dollar, quiet)
	if len(unread) != 1 || !strings.Contains(unread[0].Why, "logs:StartQuery") {
		t.Error(unread)
	}
	kept, unread := g.Kept(t.Context(), []string{"idle"})
	if len(kept) != 0 || len(unread) != 1 || unread[0].What != "log groups" || !strings.Contains(unread[0].Why, "logs:DescribeLogGroups") {
		t.Error(kept, unread)
	}
}

// A query that nobody waits for any more is stopped: it costs what it reads.
func TestReportsStopped(t *testing.T) {
	c := world(t)
	c.LogGroup("slow", 0)
	c.SlowQueries(-1)
	ctx, cancel := context.WithTimeout(t.Context(), 600*time.Millisecond)
	defer cancel()
	_, _, unread := open(t).Reports(ctx, map[string]recommend.LogGroup{"f": group("slow", 1)}, from, to, unit.Dollar, quiet)
	if len(unread) != 1 || c.StoppedQueries() != 1 {
		t.Errorf("%v, %d stopped", unread, c.StoppedQueries())
	}
}

func TestKept(t *testing.T) {
	c := world(t)
	c.LogGroup("/aws/lambda/api", 0)
	c.LogGroup("/aws/lambda/api-more", 30)
	c.Stored("/aws/lambda/api", 12)
	c.Stored("/aws/lambda/api-more", 34)
	kept, unread := open(t).Kept(t.Context(), []string{"/aws/lambda/api", "/aws/lambda/api-more", "/aws/lambda/ap"})
	if len(kept) != 2 || kept[0].Days != 0 || kept[0].Stored != 12 || kept[1].Days != 30 || kept[1].Stored != 34 || len(unread) != 1 || !strings.HasPrefix(unread[0].Why, "/aws/lambda/ap: ") {
		t.Errorf("%+v %v", kept, unread)
	}
}
