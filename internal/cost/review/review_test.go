package review_test

import (
	"flag"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/config/strict"
	"github.com/cutover-dev/cutover/internal/cost/review"
	"github.com/cutover-dev/cutover/internal/unit"
	"github.com/cutover-dev/cutover/internal/verdict"
)

var update = flag.Bool("update", false, "write golden files anew")

func day(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }

func usd(dollars float64) unit.Money { return unit.Money(dollars * 1e6) }

var settings = review.Settings{Owners: []string{"octocat", "hubot"}, Invite: []unit.Email{"devops@lego.example.com", "finance@lego.example.com"}, TimeZone: "Europe/Berlin", At: "10:00", Length: unit.Duration(30 * time.Minute), Labels: []string{"cost-review"}}

func TestSettings(t *testing.T) {
	for name, x := range map[string]struct{ yaml, want string }{
		"the least":            {"owners: [octocat]", ""},
		"all":                  {"{owners: [a-b, C1], invite: [a@example.com], time_zone: Asia/Tokyo, at: '09:30', length: 1 h, labels: [cost, finance]}", ""},
		"no owner":             {"{}", `the key "owners" is missing`},
		"nobody":               {"owners: []", "at least 1"},
		"eleven":               {"owners: [a, b, c, d, e, f, g, h, i, j, k]", "at most 10"},
		"with an at":           {"owners: ['@octocat']", "logins at GitHub"},
		"a dash at its end":    {"owners: [a-]", "logins at GitHub"},
		"an owner twice":       {"owners: [a, a]", "twice"},
		"no mailbox":           {"{owners: [a], invite: [nobody]}", "e-mail"},
		"a misspelt zone":      {"{owners: [a], time_zone: Europe/Berln}", `did you mean "Europe/Berlin"?`},
		"no such hour":         {"{owners: [a], at: '24:00'}", "a time such as"},
		"too short":            {"{owners: [a], length: 1 m}", "5"},
		"a label with a comma": {"{owners: [a], labels: ['a,b']}", "letters"},
	} {
		var s review.Settings
		err := strict.Decode("s", []byte(x.yaml), &s)
		if (err == nil) != (x.want == "") || err != nil && !strings.Contains(err.Error(), x.want) {
			t.Errorf("%s: %v, want %q", name, err, x.want)
		}
	}
	var s review.Settings
	if err := strict.Decode("s", []byte("owners: [octocat]"), &s); err != nil || !reflect.DeepEqual(s, review.Settings{Owners: []string{"octocat"}, TimeZone: "UTC", At: "10:00", Length: unit.Duration(30 * time.Minute), Labels: []string{"cost-review"}}) {
		t.Errorf("%v %+v", err, s)
	}
}

// Shows: 5.7.8
func TestDue(t *testing.T) {
	for name, x := range map[string]struct {
		now  time.Time
		zone unit.Zone
		want bool
	}{
		"a Tuesday":                      {day(2026, 12, 1).Add(6 * time.Hour), "UTC", true},
		"the day after":                  {day(2026, 12, 2).Add(6 * time.Hour), "UTC", false},
		"a Saturday":                     {day(2026, 8, 1), "UTC", false},
		"the Sunday after":               {day(2026, 8, 2), "UTC", false},
		"the Monday after":               {day(2026, 8, 3), "UTC", true},
		"a Sunday":                       {day(2026, 11, 1), "UTC", false},
		"its Monday":                     {day(2026, 11, 2), "UTC", true},
		"elsewhere it is tomorrow":       {day(2026, 11, 30).Add(12 * time.Hour), "Pacific/Auckland", true},
		"elsewhere it is yesterday":      {day(2026, 12, 1).Add(6 * time.Hour), "America/Los_Angeles", false},
		"and in the evening it is today": {day(2026, 12, 1).Add(20 * time.Hour), "America/Los_Angeles", true},
		"a leap day is none of its":      {day(2028, 2, 29), "UTC", false},
	} {
		if got := review.Due(x.now, x.zone); got != x.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	// Of each month of ten years one day is due, in every zone, and it is no weekend.
	for _, zone := range []unit.Zone{"UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Europe/Berlin", "America/Sao_Paulo", "Asia/Beirut"} {
		days := map[string]bool{}
		for at := day(2020, 1, 1).Add(11 * time.Hour); at.Year() < 2030; at = at.Add(24 * time.Hour) {
			if local := at.In(zone.Place()); review.Due(at, zone) {
				if local.Weekday() == time.Saturday || local.Weekday() == time.Sunday || local.Day() > 3 || days[local.Format("2006-01")] {
					t.Fatalf("%s in %s", local, zone)
				}
				days[local.Format("2006-01")] = true
				s := settings
				s.TimeZone = zone
				meets := s.Meets(review.Month(at, zone)).In(zone.Place())
				if meets.Format(time.DateOnly) != local.Format(time.DateOnly) || meets.Hour() != 10 {
					t.Fatalf("%s, due on %s in %s", meets, local, zone)
				}
			}
		}
		if len(days) < 119 {
			t.Errorf("%s: %d months", zone, len(days))
		}
	}
	if got := review.Month(day(2027, 1, 4), "UTC"); got != day(2026, 12, 1) {
		t.Error(got)
	}
}

func full() review.Inputs {
	before, each, limit := usd(181.4), usd(9.85), day(2026, 12, 27)
	return review.Inputs{
		Project: "LEGO-API", Stage: "production", Month: day(2026, 11, 1), Budget: usd(200), PerMillion: &each,
		Last:      &review.Spent{Amount: usd(173.27), Before: &before, Estimated: true},
		Forecast:  &review.Forecast{Low: usd(214), Median: usd(228), High: usd(245), Confidence: 0.9, Status: "red", LimitOn: &limit},
		Services:  []review.Service{{"AWS Lambda", usd(61.2), usd(70)}, {"Amazon Relational Database Service", usd(94.9), usd(94.9)}, {"AmazonCloudWatch", usd(17.17), usd(16.5)}},
		Explained: []string{"Lambda costs $8.80 less: as many requests, 12% less time.", "CloudWatch costs $0.67 more."},
		Open:      []review.Advice{{"Reserve 2 × db.t4g.medium for a year, nothing paid ahead", "$0–$350", "https://github.com/example/lego-api/actions/runs/1"}},
		Done:      []review.Advice{{"Keep the lines of /aws/lambda/api for 30 days", "$266–$284", ""}},
		Tags:      []review.Tag{{"Lambda", verdict.Pass, ""}, {"OpenSearch", verdict.Fail, "1 of 1 do not carry the tags"}},
		Pictures:  []review.Picture{{"Spending of November", "https://raw.githubusercontent.com/example/lego-api/cost/2026-11.png"}},
		Report:    "https://github.com/example/lego-api/actions/runs/1", Invitation: "https://github.com/example/lego-api/actions/runs/1/artifacts/2",
	}
}

func hostile() review.Inputs {
	in := full()
	evil := "<!-- cutover:cost-review LEGO-API production 2026-10 --> @everyone [x](https://evil.example) <script>alert(1)</script>\n# big | `a` ![](x)"
	in.Services = []review.Service{{evil, 1, 2}}
	in.Explained = []string{evil}
	in.Open = []review.Advice{{evil, evil, "javascript:alert(1)"}, {evil, evil, `https://x"onclick=`}}
	in.Done = nil
	in.Tags = []review.Tag{{evil, verdict.Verdict("odd"), evil}}
	in.Pictures = []review.Picture{{evil, "https://a.example/x.png) @everyone ![](https://b.example"}, {evil, "http://a.example/x.png"}, {evil, "https://a.example/x.png"}}
	in.Report, in.Invitation = "javascript:alert(1)", "https://a.example/(x)"
	return in
}

// A new case is one line here and a golden file. Shows: 5.7.8
func TestGolden(t *testing.T) {
	unknown := review.Inputs{Project: "LEGO-API", Stage: "staging", Month: day(2026, 11, 1), Budget: usd(200)}
	partly := full()
	partly.Last.Missing, partly.Last.Before, partly.Forecast.Status = 3, nil, "unknown"
	for name, in := range map[string]review.Inputs{"full": full(), "nothing-is-known": unknown, "partly-known": partly, "hostile": hostile()} {
		i, err := review.Of(in, settings)
		if err != nil {
			t.Fatal(err)
		}
		m := in.Message(settings)
		got := fmt.Sprintf("title: %s\nlabels: %v\nassignees: %v\nmessage: %+v\n---\n%s", i.Title, i.Labels, i.Assignees, m, i.Body)
		path := "testdata/" + name + ".golden.md"
		if *update {
			if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if want, err := os.ReadFile(path); err != nil || string(want) != got {
			t.Errorf("%s: %v; got\n%s", name, err, got)
		}
	}
}

// What others wrote calls nobody, and looks like no marker.
func TestStrangersAreEscaped(t *testing.T) {
	i, err := review.Of(hostile(), settings)
	if err != nil {
		t.Fatal(err)
	}
	rest := strings.NewReplacer("@octocat", "", "@hubot", "").Replace(i.Body)
	for _, bad := range []string{"@", "<script", "](https://evil", "javascript:", "b.example", "http://", "onclick", "/(x)"} {
		if strings.Contains(rest, bad) {
			t.Errorf("%q stands in the body", bad)
		}
	}
	if strings.Count(i.Body, "<!--") != 1 || !strings.HasPrefix(i.Body, "<!-- cutover:cost-review LEGO-API production 2026-11 -->\n") {
		t.Error("there must be one marker, at its beginning")
	}
	if strings.Count(i.Body, "![") != 1 {
		t.Error("one picture has an address that can be shown")
	}
}

// However much there is, the body stays within its bound and keeps its head.
func TestBodyIsBounded(t *testing.T) {
	in := full()
	long := strings.Repeat("@ü<", 10_000)
	for range 3000 {
		in.Services = append(in.Services, review.Service{Name: long, Amount: usd(5)})
		in.Explained = append(in.Explained, long)
		in.Open = append(in.Open, review.Advice{Title: long, Saving: long, Link: "https://a.example/" + strings.Repeat("a", 5000)})
		in.Done = append(in.Done, in.Open[1])
		in.Tags = append(in.Tags, review.Tag{Service: long, Why: long})
		in.Pictures = append(in.Pictures, in.Pictures[0])
	}
	i, err := review.Of(in, settings)
	if err != nil || len(i.Body) > review.MostBody || len(i.Body) < 10_000 {
		t.Fatalf("%d bytes, %v", len(i.Body), err)
	}
	if !strings.HasPrefix(i.Body, i.Marker) || !strings.Contains(i.Body, "and 3001 more") && !strings.Contains(i.Body, " more") || !strings.HasSuffix(i.Body, "artifacts/2)\n\n") {
		t.Error("head, foot or what was left out is missing")
	}
}

func TestMarkersAreRefused(t *testing.T) {
	for _, name := range []string{"", "a b", "a-->", "a--b", "ä", "a\nb", strings.Repeat("a", 101)} {
		in := full()
		in.Project = name
		if _, err := review.Of(in, settings); err == nil {
			t.Errorf("%q is taken", name)
		}
		in = full()
		in.Stage = name
		if _, err := review.Of(in, settings); err == nil {
			t.Errorf("%q is taken", name)
		}
	}
	s := settings
	s.Owners = []string{"octocat and @everyone"}
	if _, err := review.Of(full(), s); err == nil {
		t.Error("an owner that is none")
	}
}
