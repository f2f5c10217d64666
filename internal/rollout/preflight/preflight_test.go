package preflight

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/config/strict"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/rollout/preflight/accesslog"
	"github.com/cutover-dev/cutover/internal/rollout/preflight/compare"
	"github.com/cutover-dev/cutover/internal/rollout/preflight/migration"
	"github.com/cutover-dev/cutover/internal/unit"
	"github.com/cutover-dev/cutover/internal/verdict"
)

var now = time.Date(2026, 11, 23, 3, 0, 0, 0, time.UTC)

// careful is a policy with everything on.
func careful(t testing.TB, lines ...string) Policy {
	t.Helper()
	p := Policy{Stage: "production", API: "http", Smoke: []string{"/health 200 status=ok", "HEAD /x", "GET /mocs", "GET /mocs 200"}, AppliedKnown: true, Applied: []string{"0001_first"}}
	p.Connections.Below = 80 * unit.Full / 100
	text := strings.Join(append([]string{"migrations: migrations/*.sql", "largest_upload: 1 MB"}, lines...), "\n")
	if err := strict.Decode("c", []byte(text), &p.Settings); err != nil {
		t.Fatal(err)
	}
	return p
}

func heard(status int, size int64) Heard {
	return Heard{Status: status, Largest: size, Took: []time.Duration{90 * time.Millisecond, 20 * time.Millisecond, 30 * time.Millisecond, 22 * time.Millisecond, 24 * time.Millisecond}}
}

// right is a world in which nothing stands in the way.
func right() Observation {
	return Observation{
		Concurrency: Saw(Concurrency{Limit: 1000, Unreserved: 900}, nil),
		Functions:   Saw([]Function{{Name: "api", Timeout: 10 * time.Second, MemoryMB: 512, Reserved: -1}}, nil),
		Load:        Saw(Load{Tasks: 3, PerMinute: 6000, Mean: 100 * time.Millisecond, Longest: 4 * time.Second, Days: 14}, nil),
		Connections: Saw(Connections{Peak: 40, Allowed: 100, Proxied: true}, nil),
		Background:  Saw([]Worker{{Side: Blue, Kind: Schedule, Name: "nightly", Source: "rate(1 day)", Enabled: true}, {Side: Green, Kind: Schedule, Name: "Nightly", Source: "rate(1 day)"}}, nil),
		Migrations: Saw([]migration.File{{Path: "migrations/0001_first.sql", Text: "CREATE TABLE mocs (id bigint); DROP TABLE old;"},
			{Path: "migrations/0002_note.sql", Text: "ALTER TABLE mocs ADD COLUMN note text;"}}, nil),
		Replay: Saw([]Exchange{{Path: "/health", Blue: heard(200, 80), Green: heard(200, 80)}}, nil),
	}
}

func row(r Result, c Check) Row {
	for _, row := range r.Rows {
		if row.Check == c {
			return row
		}
	}
	return Row{}
}

func named(row Row, name string) Finding {
	for _, f := range row.Findings {
		if f.Name == name {
			return f
		}
	}
	return Finding{}
}

// Shows: 5.5.3
func TestRightPasses(t *testing.T) {
	r := Judge(careful(t), right(), now)
	if r.Verdict != verdict.Pass || len(r.Rows) != len(Checks) || r.Err() != nil || !r.At.Equal(now) {
		t.Fatalf("%+v", r)
	}
	for i, row := range r.Rows {
		if row.Check != Checks[i] || row.Verdict != Pass || len(row.Findings) == 0 {
			t.Errorf("%+v", row)
		}
	}
}

// Whatever single thing was not looked at, or could not be reached, or answered
// with nothing: preflight does not pass, and the check's name alone accepts none
// of that. The fields are found by reflection, so that a new one is held to it too.
func TestNothingMissingPasses(t *testing.T) {
	down := &fault.Fault{Kind: fault.Outside, What: "is down", Next: "Wait."}
	all := "accept: {concurrency: a, connections: a, timeouts: a, bodies: a, background: a, migrations: a, replay: a}"
	fields := reflect.TypeFor[Observation]()
	for i := range fields.NumField() {
		name := fields.Field(i).Name
		for what, edit := range map[string]func(reflect.Value){
			"not asked": func(v reflect.Value) { v.SetZero() },
			"an error": func(v reflect.Value) {
				v.SetZero()
				v.FieldByName("Err").Set(reflect.ValueOf(down))
				v.FieldByName("Asked").SetBool(true)
			},
			"nothing": func(v reflect.Value) { v.FieldByName("Value").SetZero() },
		} {
			if name == "AccessLog" && what != "an error" {
				continue // asked only where somebody has named one
			}
			o := right()
			edit(reflect.ValueOf(&o).Elem().Field(i))
			r := Judge(careful(t), o, now)
			empty := name == "Background" && what == "nothing" || name == "Migrations" && what == "nothing"
			if (r.Verdict == verdict.Pass) != empty || !empty && r.Err() == nil {
				t.Errorf("%s, %s: %s", name, what, r.Lead)
			}
			if r = Judge(careful(t, all), o, now); r.Verdict == verdict.Pass && what != "nothing" {
				t.Errorf("%s, %s: a check's name accepts what was never seen", name, what)
			}
			if what == "an error" && !errors.Is(r.Err(), down) {
				t.Errorf("%s: %v", name, r.Err())
			}
		}
	}
}

type finding struct {
	check Check
	name  string
	want  State
	says  string
}

func TestFindings(t *testing.T) {
	for name, c := range map[string]struct {
		edit func(*Policy, *Observation)
		finding
	}{
		// 6000 a minute are 100 a second, times 0.1 s, times 2: 20 at once.
		"exactly enough":      {func(_ *Policy, o *Observation) { o.Concurrency.Value.Unreserved = 20 }, finding{CheckConcurrency, "quota", Pass, "needs 20"}},
		"one too few":         {func(_ *Policy, o *Observation) { o.Concurrency.Value.Unreserved = 19 }, finding{CheckConcurrency, "quota", Fail, "needs 20"}},
		"a part counts whole": {func(_ *Policy, o *Observation) { o.Load.Value.PerMinute = 6001; o.Concurrency.Value.Unreserved = 20 }, finding{CheckConcurrency, "quota", Fail, "needs 21"}},
		"a burst":             {func(_ *Policy, o *Observation) { o.Load.Value.PerMinute = 300001 }, finding{CheckConcurrency, "burst", Inconclusive, "take 1001"}},
		"no burst":            {func(_ *Policy, o *Observation) { o.Load.Value.PerMinute = 300000 }, finding{CheckConcurrency, "burst", Pass, "take 1000"}},
		"switched off":        {func(_ *Policy, o *Observation) { o.Functions.Value[0].Reserved = 0 }, finding{CheckConcurrency, "reserved-api", Fail, "switches it off"}},
		"reserved too little": {func(_ *Policy, o *Observation) { o.Functions.Value[0].Reserved = 19 }, finding{CheckConcurrency, "reserved-api", Fail, "19 at once"}},
		"reserved enough": {func(_ *Policy, o *Observation) {
			o.Functions.Value[0].Reserved = 20
			o.Concurrency.Value.Unreserved = 0
		}, finding{CheckConcurrency, "reserved-api", Pass, ""}},
		"reserved a part": {func(_ *Policy, o *Observation) {
			o.Functions.Value = append(o.Functions.Value, Function{Name: "b", Reserved: 19})
		}, finding{CheckConcurrency, "reserved-b", Inconclusive, "19 at once"}},
		"blue is idle":             {func(_ *Policy, o *Observation) { o.Load.Value.PerMinute = 0 }, finding{CheckConcurrency, "load", Inconclusive, "no requests"}},
		"connections at the limit": {func(_ *Policy, o *Observation) { o.Connections.Value.Peak = 80 }, finding{CheckConnections, "database", Fail, "80% of the 100"}},
		"connections below it":     {func(_ *Policy, o *Observation) { o.Connections.Value.Peak = 79 }, finding{CheckConnections, "database", Pass, ""}},
		"both sides' connections":  {func(_ *Policy, o *Observation) { o.Connections.Value = Connections{Peak: 60, Allowed: 100} }, finding{CheckConnections, "database", Fail, "adds one for each of 20"}},
		"both sides' fit":          {func(_ *Policy, o *Observation) { o.Connections.Value = Connections{Peak: 59, Allowed: 100} }, finding{CheckConnections, "database", Pass, ""}},
		"allowed is not known":     {func(_ *Policy, o *Observation) { o.Connections.Value.Allowed = 0 }, finding{CheckConnections, "database", Inconclusive, "how many"}},
		"an HTTP API waits 30 s":   {func(_ *Policy, o *Observation) { o.Functions.Value[0].Timeout = 30 * time.Second }, finding{CheckTimeouts, "api", Pass, ""}},
		"and no longer":            {func(_ *Policy, o *Observation) { o.Functions.Value[0].Timeout = 31 * time.Second }, finding{CheckTimeouts, "api", Fail, "gives up after 30 s"}},
		"a REST API waits 29 s":    {func(p *Policy, o *Observation) { p.API = "rest"; o.Functions.Value[0].Timeout = 30 * time.Second }, finding{CheckTimeouts, "api", Fail, "gives up after 29 s"}},
		"nobody knows which API":   {func(p *Policy, o *Observation) { p.API = ""; o.Functions.Value[0].Timeout = 30 * time.Second }, finding{CheckTimeouts, "api", Fail, "gives up after 29 s"}},
		"no gateway waits for it": {func(_ *Policy, o *Observation) {
			o.Functions.Value = append(o.Functions.Value, Function{Name: "w", Timeout: 15 * time.Minute, Reserved: -1})
			o.Background.Value = []Worker{{Side: Green, Kind: Queue, Name: "w", Source: "q"}}
		}, finding{CheckTimeouts, "w", "", ""}},
		"blue takes too long":     {func(_ *Policy, o *Observation) { o.Load.Value.Longest = 31 * time.Second }, finding{CheckTimeouts, "longest", Fail, "31 s"}},
		"a function ends earlier": {func(_ *Policy, o *Observation) { o.Load.Value.Longest = 11 * time.Second }, finding{CheckTimeouts, "longest", Inconclusive, "ended after 10 s"}},
		"the log knows it better": {func(_ *Policy, o *Observation) {
			o.AccessLog = Saw(accesslog.Summary{Entries: 1, Slow: accesslog.Extreme{Took: 40 * time.Second, Request: "GET /export"}}, nil)
		}, finding{CheckTimeouts, "longest", Fail, "GET /export, 40 s"}},
		"how long is not known":      {func(_ *Policy, o *Observation) { o.Load.Value.Longest = 0 }, finding{CheckTimeouts, "longest", Inconclusive, "nobody knows"}},
		"an upload of 6 MB":          {func(p *Policy, _ *Observation) { p.LargestUpload = 6 << 20 }, finding{CheckBodies, "upload", Inconclusive, "base64"}},
		"an upload beyond":           {func(p *Policy, _ *Observation) { p.LargestUpload = 6<<20 + 1 }, finding{CheckBodies, "upload", Fail, ""}},
		"an upload that surely fits": {func(p *Policy, _ *Observation) { p.LargestUpload = 6 << 18 * 3 }, finding{CheckBodies, "upload", Pass, ""}},
		"uploads unknown":            {func(p *Policy, _ *Observation) { p.LargestUpload = 0 }, finding{CheckBodies, "upload", Inconclusive, "nobody can tell"}},
		"uploads logged": {func(p *Policy, o *Observation) {
			p.LargestUpload = 0
			o.AccessLog = Saw(accesslog.Summary{Entries: 9, Received: accesslog.Extreme{Bytes: 7 << 20, Request: "POST /mocs"}}, nil)
		}, finding{CheckBodies, "upload", Fail, "POST /mocs, has 7 MiB"}},
		"the larger one counts": {func(_ *Policy, o *Observation) {
			o.AccessLog = Saw(accesslog.Summary{Entries: 9, Received: accesslog.Extreme{Bytes: 7 << 20}}, nil)
		}, finding{CheckBodies, "upload", Fail, ""}},
		"an answer too large": {func(_ *Policy, o *Observation) { o.Replay.Value[0].Blue.Largest = 6<<20 + 1 }, finding{CheckBodies, "answer", Fail, "GET /health"}},
		"an answer logged": {func(_ *Policy, o *Observation) {
			o.AccessLog = Saw(accesslog.Summary{Entries: 9, Sent: accesslog.Extreme{Bytes: 7 << 20, Request: "GET /export"}}, nil)
		}, finding{CheckBodies, "answer", Fail, "GET /export"}},
		"one schedule on both sides": {func(_ *Policy, o *Observation) { o.Background.Value[1].Enabled = true }, finding{CheckBackground, "schedule-Nightly", Fail, "the same work"}},
		"two schedules": {func(_ *Policy, o *Observation) {
			o.Background.Value[1].Enabled, o.Background.Value[1].Name = true, "tidy"
		}, finding{CheckBackground, "schedules", Inconclusive, "blue: nightly; green: tidy"}},
		"one queue on both sides": {func(_ *Policy, o *Observation) {
			o.Background.Value = []Worker{{Blue, Queue, "a", "arn:q", true}, {Green, Queue, "b", "arn:q", true}}
		}, finding{CheckBackground, "queue-b", Fail, "take from arn:q"}},
		"two queues": {func(_ *Policy, o *Observation) {
			o.Background.Value = []Worker{{Blue, Queue, "a", "arn:q", true}, {Green, Queue, "b", "arn:r", true}}
		}, finding{CheckBackground, "queue-b", "", ""}},
		"blue's own consumers":    {func(_ *Policy, o *Observation) { o.Background.Value = []Worker{{Green, Queue, "b", "arn:r", true}} }, finding{CheckBackground, "blue-consumers", Inconclusive, "no API shows"}},
		"green does nothing":      {func(_ *Policy, o *Observation) { o.Background.Value = nil }, finding{CheckBackground, "blue-consumers", "", ""}},
		"a worker of nobody":      {func(_ *Policy, o *Observation) { o.Background.Value = []Worker{{"red", Queue, "b", "arn:r", true}} }, finding{CheckBackground, "b", Inconclusive, "neither side"}},
		"a migration breaks blue": {func(_ *Policy, o *Observation) { o.Migrations.Value[1].Text = "\nDROP TABLE mocs;" }, finding{CheckMigrations, "0002_note.sql:2", Fail, "drops table mocs"}},
		"a migration may":         {func(_ *Policy, o *Observation) { o.Migrations.Value[1].Text = "DROP INDEX i;" }, finding{CheckMigrations, "0002_note.sql:1", Inconclusive, "drops index"}},
		"it may be applied": {func(p *Policy, o *Observation) {
			p.Applied, p.AppliedKnown = nil, false
			o.Migrations.Value[1].Text = "DROP TABLE mocs;"
		}, finding{CheckMigrations, "0002_note.sql:1", Inconclusive, "drops table"}},
		"nobody says where they are": {func(p *Policy, _ *Observation) { p.Migrations = "" }, finding{CheckMigrations, "files", Inconclusive, "nobody has said"}},
		"green fails":                {func(_ *Policy, o *Observation) { o.Replay.Value[0].Green.Failed = "did not answer" }, finding{CheckReplay, "health", Fail, "green did not answer"}},
		"green is down":              {func(_ *Policy, o *Observation) { o.Replay.Value[0].Green.Status = 503 }, finding{CheckReplay, "health", Fail, "green answered 503"}},
		"both are down": {func(_ *Policy, o *Observation) {
			o.Replay.Value[0].Green.Status, o.Replay.Value[0].Blue.Status = 503, 503
		}, finding{CheckReplay, "health", Fail, "green answered 503"}},
		"blue is down": {func(_ *Policy, o *Observation) { o.Replay.Value[0].Blue.Status = 502 }, finding{CheckReplay, "health", Inconclusive, "blue answered 502"}},
		"they differ": {func(_ *Policy, o *Observation) {
			o.Replay.Value[0].Differences = []compare.Difference{{At: "$.a", Blue: "a number", Green: "null"}}
		}, finding{CheckReplay, "health", Fail, "1 difference, the first at $.a"}},
		"they differ as blue does": {func(_ *Policy, o *Observation) {
			o.Replay.Value[0].Differences = []compare.Difference{{At: "$.a[3].t"}}
			o.Replay.Value[0].Unsteady = map[string]bool{"$.a[*].t": true}
		}, finding{CheckReplay, "health", Inconclusive, "blue differs from itself"}},
		"nothing to send": {func(_ *Policy, o *Observation) { o.Replay.Value = nil }, finding{CheckReplay, "requests", Inconclusive, "no request"}},
	} {
		p, o := careful(t), right()
		c.edit(&p, &o)
		r := Judge(p, o, now)
		got := named(row(r, c.check), c.name)
		if State(got.Verdict) != c.want || !strings.Contains(got.Says, c.says) || (got.Change == "") != (c.want == Pass || c.want == "") {
			t.Errorf("%s: %+v", name, got)
		}
		if c.want != Pass && c.want != "" && (r.Verdict == verdict.Pass || r.Err() == nil) {
			t.Errorf("%s passes: %s", name, r.Lead)
		}
	}
}

// Whoever reads it is told what is missing.
func TestAppliedIsAskedFor(t *testing.T) {
	p, o := careful(t), right()
	p.Applied, p.AppliedKnown, o.Migrations.Value[1].Text = nil, false, "DROP TABLE mocs"
	if f := named(row(Judge(p, o, now), CheckMigrations), "0002_note.sql:1"); !strings.Contains(f.Change, "Say which migrations the database has") {
		t.Errorf("%+v", f)
	}
}

// What is open is accepted by the check's name, what fails by its own alone; what
// names nothing is told of.
func TestAccept(t *testing.T) {
	for name, c := range map[string]struct {
		accept  string
		edit    func(*Policy, *Observation)
		want    verdict.Verdict
		row     State
		warning string
	}{
		"open, by the check":        {"bodies: asked them", func(p *Policy, _ *Observation) { p.LargestUpload = 0 }, verdict.Pass, Pass, ""},
		"open, by its name":         {"bodies/upload: asked them", func(p *Policy, _ *Observation) { p.LargestUpload = 0 }, verdict.Pass, Pass, ""},
		"failing, by the check":     {"bodies: asked them", func(p *Policy, _ *Observation) { p.LargestUpload = 7 << 20 }, verdict.Fail, Fail, "nothing of that name"},
		"failing, by its name":      {"bodies/upload: asked them", func(p *Policy, _ *Observation) { p.LargestUpload = 7 << 20 }, verdict.Pass, Pass, ""},
		"another one fails":         {"bodies/answer: asked them", func(p *Policy, _ *Observation) { p.LargestUpload = 7 << 20 }, verdict.Fail, Fail, "bodies/answer"},
		"nothing is open":           {"bodies: asked them", func(*Policy, *Observation) {}, verdict.Pass, Pass, "take it out"},
		"an error, by the check":    {"bodies: asked them", func(_ *Policy, o *Observation) { o.AccessLog = Saw(accesslog.Summary{}, errors.New("gone")) }, verdict.Inconclusive, Inconclusive, ""},
		"an error, by its own name": {"bodies/unseen-access-log: asked them", func(_ *Policy, o *Observation) { o.AccessLog = Saw(accesslog.Summary{}, errors.New("gone")) }, verdict.Pass, Pass, ""},
	} {
		p, o := careful(t, "accept: {"+c.accept+"}"), right()
		c.edit(&p, &o)
		r := Judge(p, o, now)
		got := row(r, CheckBodies)
		if r.Verdict != c.want || got.Verdict != c.row || !strings.Contains(strings.Join(got.Warnings, " "), c.warning) {
			t.Errorf("%s: %s, %+v", name, r.Lead, got)
		}
	}
	// Where every finding of a row is accepted the row is, and where every row is
	// nothing was judged.
	p, o := careful(t, "accept: {migrations: the schema stays}"), right()
	p.Migrations = ""
	if r := Judge(p, o, now); row(r, CheckMigrations).Verdict != Accepted || r.Verdict != verdict.Pass || !strings.Contains(r.Lead, "1 finding accepted") {
		t.Errorf("%s", r.Lead)
	}
	r := Result{Rows: []Row{{Verdict: Accepted}}}
	if r.conclude(); r.Verdict != verdict.Inconclusive || r.Err() == nil {
		t.Errorf("nothing judged passes: %+v", r)
	}
}

func TestWarnings(t *testing.T) {
	p, o := careful(t), right()
	o.Migrations.Value = append([]migration.File{{Path: "migrations/0000_late.sql", Text: "SELECT 1;"}}, o.Migrations.Value...)
	o.AccessLog = Saw(accesslog.Summary{Entries: 9, Sockets: 2, RPCs: 1, Received: accesslog.Extreme{Bytes: 2 << 20, Request: "POST /mocs"}}, nil)
	o.Replay.Value[0].Blue.Status, o.Replay.Value[0].Green.Status = 401, 401
	r := Judge(p, o, now)
	for check, want := range map[Check]string{CheckMigrations: "0000_late.sql is not applied", CheckBodies: "2 entries of web sockets and 1 of gRPC", CheckReplay: "both sides answered 401"} {
		if got := strings.Join(row(r, check).Warnings, " "); !strings.Contains(got, want) {
			t.Errorf("%s: %q", check, got)
		}
	}
	if got := row(r, CheckBodies).Warnings; len(got) != 2 || !strings.Contains(got[0], "more than traffic.preflight.largest_upload") {
		t.Errorf("%q", got)
	}
}

func TestManyFindings(t *testing.T) {
	p, o := careful(t), right()
	o.Migrations.Value[1].Text = strings.Repeat("DROP INDEX i;\n", 150) + "DROP TABLE mocs;"
	got := row(Judge(p, o, now), CheckMigrations)
	if len(got.Findings) != 100 || got.More != 51 || got.Verdict != Fail || State(got.Findings[0].Verdict) != Fail {
		t.Errorf("%d findings and %d, %s first", len(got.Findings), got.More, got.Findings[0].Verdict)
	}
}

func TestSettings(t *testing.T) {
	for text, want := range map[string]string{
		"{}": "", "ignore: [\"$..id\", header vary]": "", "ignore: [\"$.*\"]": "names no member", "ignore: [header date]": "not compared anyway", "ignore: [id]": "header <name>",
		"requests: [health]": "starts with /", "requests: [/a, /a]": "twice", "migrations: \"../x/*.sql\"": "below the app", "migrations: \"[/a.sql\"": "pattern",
		"migrations: a.txt": ".sql", "accept: {speed: no}": "concurrency, connections", "accept: {bodies: \"\"}": "reason", "largest_upload: 5": "no unit", "requests: [\"/a b\"]": "path",
	} {
		var s Settings
		err := strict.Decode("s", []byte(text), &s)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
	p := careful(t)
	if got := p.paths(p.Smoke); !reflect.DeepEqual(got, []string{"/health", "/mocs"}) {
		t.Errorf("%q", got)
	}
	if got := careful(t, "requests: [/a]").paths(p.Smoke); !reflect.DeepEqual(got, []string{"/a"}) {
		t.Errorf("%q", got)
	}
}
