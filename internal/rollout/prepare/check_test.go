package prepare_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/rollout/prepare"
)

var update = flag.Bool("update", false, "write the reports anew")

func wanted() prepare.Wanted {
	return prepare.Wanted{
		Project: "lego", Environment: "production", Host: "green.api.example.com", Path: "/health", Seconds: 10,
		Region: "us-east-1", VerdictAlarm: "lego-verdict", ErrorsAlarm: "lego-errors",
	}
}

func TestTheChecksOfACutover(t *testing.T) {
	made := map[string]bool{}
	by := map[string]prepare.Check{}
	for _, c := range wanted().Checks() {
		for _, child := range c.Children {
			if !made[child] {
				t.Errorf("%s counts %s, which comes later", c.Role, child)
			}
		}
		made[c.Role] = true
		by[c.Role] = c
	}
	if g := by[prepare.RoleGreen]; g.Healthy != 3 || strings.Join(g.Children, " ") != "green-endpoint green-errors green-verdict" {
		t.Errorf("green goes before all three are bad: %+v", g)
	}
	if b := by[prepare.RoleBlue]; b.Healthy != 0 || len(b.Children) != 1 {
		t.Errorf("blue is not always healthy: %+v", b)
	}
	if v := by[prepare.RoleVerdict]; v.Alarm != "lego-verdict" || v.Region != "us-east-1" || by[prepare.RoleErrors].Alarm != "lego-errors" {
		t.Errorf("%+v", v)
	}
	if e := by[prepare.RoleEndpoint]; e.Host != "green.api.example.com" || e.Path != "/health" || e.Seconds != 10 || e.Failures != 3 {
		t.Errorf("%+v", e)
	}
}

// A reference follows from what the check is, and from nothing else.
func TestReferences(t *testing.T) {
	seen := map[string]string{}
	other := wanted()
	other.Path = "/healthz"
	for name, w := range map[string]prepare.Wanted{"one": wanted(), "other": other} {
		for i, c := range w.Checks() {
			for generation := range 3 {
				ref := c.Reference(generation + 1)
				if len(ref) > 64 || ref != w.Checks()[i].Reference(generation+1) {
					t.Errorf("%s: %s", c.Role, ref)
				}
				// The alarms' are the same in both: their settings are.
				if had, ok := seen[ref]; ok && (had != c.Role || c.Role == prepare.RoleEndpoint) {
					t.Errorf("%s of %s has that of %s", c.Role, name, had)
				}
				seen[ref] = c.Role
			}
		}
	}
	if tags := wanted().Checks()[0].Tags(); tags["Project"] != "lego" || tags["Environment"] != "production" || tags["Name"] != "lego-production-green-endpoint" {
		t.Errorf("%v", tags)
	}
}

func TestPricesAndRequests(t *testing.T) {
	w := wanted()
	slow := w
	slow.Seconds = 30
	for name, test := range map[string]struct {
		w                      prepare.Wanted
		first, all, firstCalls int
	}{"every 10 s": {w, 250, 450, 3_888_000}, "every 30 s": {slow, 150, 350, 1_296_000}} {
		all, calls := 0, 0
		checks := test.w.Checks()
		for _, c := range checks {
			all += c.Cents()
			calls += c.Requests()
		}
		if checks[0].Cents() != test.first || all != test.all || calls != test.firstCalls {
			t.Errorf("%s: %d, %d cents, %d requests", name, checks[0].Cents(), all, calls)
		}
	}
}

// What prepare tells, as a job summary shows it. A new case is a new line here
// and a new file, written by go test -update.
func TestReports(t *testing.T) {
	r := record()
	trouble := with(pair("A", 9, 1), weigh(alias("A", greenZone, "other.example.net"), "third", 1))
	for name, sets := range map[string][]prepare.Set{
		"simple": simple(), "pair-without-checks": with(pair("A", 9, 1), pair("AAAA", 9, 1)...), "third": trouble, "nothing": nil,
	} {
		t.Run(name, func(t *testing.T) { golden(t, name, r, sets, prepare.Checks{Blue: "b2", Green: "g2"}) })
	}
	ready := pair("A", 9, 1)
	ready[0].Alias.Evaluate = false
	golden(t, "ready", r, ready, ids)
}

func golden(t *testing.T, name string, r prepare.Record, sets []prepare.Set, c prepare.Checks) {
	t.Helper()
	s := r.Look(sets)
	plan, _ := r.Prepare(s, c, "") // a refusal is in the report
	got := report.Markdown(report.Document{Title: "prepare", Blocks: r.Report(s, plan, wanted().Checks())})
	path := filepath.Join("testdata", "reports", name+".md")
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s is\n%s\nwant\n%s", path, got, want)
	}
}
