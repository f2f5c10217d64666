package change_test

import (
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/monitoring/change"
	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/schematest"
)

var update = flag.Bool("update", false, "write golden files anew")

func diffSchema(t *testing.T) schematest.Schema {
	return schematest.Of(t, "../../../schemas/monitoring-diff.schema.json", "Difference of a monitoring stack", "What monitoring-stack diff prints: what a deployment would change.", change.Changes{}, *update)
}

func check(t *testing.T, s schematest.Schema, v any) {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Check(string(b)); err != nil {
		t.Errorf("%v\n%s", err, b)
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// A new case is a new folder of testdata/diffs with old.json (none for a new
// stack) and new.json.
func TestDiffGolden(t *testing.T) {
	schema := diffSchema(t)
	folders, err := filepath.Glob("testdata/diffs/*")
	if err != nil || len(folders) < 8 {
		t.Fatalf("%d cases, %v", len(folders), err)
	}
	for _, folder := range folders {
		t.Run(filepath.Base(folder), func(t *testing.T) {
			old, updated := read(t, folder+"/old.json"), read(t, folder+"/new.json")
			c, err := change.Diff(old, updated)
			if err != nil {
				t.Fatal(err)
			}
			check(t, schema, c)
			got := report.Markdown(c.Document())
			if *update {
				if err := os.WriteFile(folder+"/want.md", []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if want := string(read(t, folder+"/want.md")); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
			again, err := change.Diff(old, updated)
			if err != nil || report.Markdown(again.Document()) != got {
				t.Error("the second time it is told in another order")
			}
			// Nothing changes from a template to itself.
			if same, err := change.Diff(updated, updated); err != nil || !same.None || len(same.Resources)+len(same.Other)+len(same.Warnings) != 0 {
				t.Errorf("%v %+v", err, same)
			}
		})
	}
}

// The templates of real stages against each other: what is told is bounded.
func TestDiffOfRealStagesIsShort(t *testing.T) {
	files, err := filepath.Glob("../testdata/stacks/*.template.json")
	if err != nil || len(files) < 3 {
		t.Fatal(files, err)
	}
	for _, a := range files {
		for _, b := range files {
			c, err := change.Diff(read(t, a), read(t, b))
			if err != nil || c.None != (a == b) || c.Added+c.Removed+c.Changed != len(c.Resources) {
				t.Errorf("%s → %s: %v", a, b, err)
			}
			if n := len(report.Markdown(c.Document())); n > 60_000 {
				t.Errorf("%s → %s: %d bytes are no comment", a, b, n)
			}
		}
	}
}

func TestDiffRefusesWhatIsNoTemplate(t *testing.T) {
	for name, c := range map[string]struct{ old, updated string }{
		"YAML": {"Resources:\n  A:\n", `{"Resources":{}}`}, "new is none": {`{"Resources":{}}`, ""}, "no object": {`{"Resources":{"A":1}}`, `{"Resources":{}}`},
	} {
		if _, err := change.Diff([]byte(c.old), []byte(c.updated)); fault.KindOf(err) != fault.Input {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzDiff(f *testing.F) {
	for _, s := range []string{`{}`, `{"Resources":{"A":{"Type":"AWS::CloudWatch::Dashboard","Properties":{"DashboardBody":"{\"widgets\":[1]}"}}}}`, `{"Resources":{"A":{"Properties":[1]}}}`} {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		c, err := change.Diff([]byte(a), []byte(b))
		if err == nil {
			_ = report.Markdown(c.Document())
		}
		if same, err := change.Diff([]byte(b), []byte(b)); err == nil && strings.TrimSpace(b) != "" && !same.None {
			t.Errorf("%q differs from itself: %+v", b, same)
		}
	})
}

// A new case is a new file of testdata/events: events, the oldest first, and
// what the first cause is.
func TestFirstCause(t *testing.T) {
	files, err := filepath.Glob("testdata/events/*.json")
	if err != nil || len(files) < 8 {
		t.Fatalf("%d cases, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			var c struct {
				Events []struct{ Logical, Type, Status, Reason string }
				Want   *struct{ Logical, Kind, Meaning, Next string }
			}
			if err := json.Unmarshal(read(t, file), &c); err != nil {
				t.Fatal(err)
			}
			var events []change.Event
			for i, e := range c.Events {
				events = append(events, change.Event{ID: string(rune('a' + i)), Time: time.Unix(int64(i), 0), Logical: e.Logical, Type: e.Type, Status: e.Status, Reason: e.Reason})
			}
			got := change.FirstCause(events)
			if c.Want == nil {
				if got != nil {
					t.Errorf("%+v", got)
				}
				return
			}
			if got == nil || got.Logical != c.Want.Logical || !strings.Contains(got.Meaning, c.Want.Meaning) || !strings.Contains(got.Next, c.Want.Next) || (c.Want.Meaning == "") != (got.Meaning == "") {
				t.Errorf("%+v, want %+v", got, c.Want)
			}
		})
	}
}

func TestOutcomeAndDriftBySchema(t *testing.T) {
	deploy := schematest.Of(t, "../../../schemas/monitoring-deploy.schema.json", "Deployment of a monitoring stack", "What monitoring-stack deploy and destroy print: what came of it, and what failed first.", change.Outcome{}, *update)
	drift := schematest.Of(t, "../../../schemas/monitoring-drift.schema.json", "Drift of a monitoring stack", "What monitoring-stack drift prints: what was changed by hand.", change.DriftReport{}, *update)
	ports := change.Ports{Stacks: none{}, Clock: still{}}
	out, err := change.Deploy(t.Context(), ports, change.Request{Stack: "s", Template: []byte("no")})
	if fault.KindOf(err) != fault.Input {
		t.Error(err)
	}
	check(t, deploy, out)
	out.Cause, out.Events = &change.Cause{Logical: "A"}, []change.Event{{ID: "1", Time: time.Unix(0, 0)}}
	check(t, deploy, out)
	r, err := change.Drift(t.Context(), ports, "s")
	if fault.KindOf(err) != fault.Input {
		t.Error(err)
	}
	check(t, drift, r)
	if err := drift.Check(`{}`); err == nil {
		t.Error("the schema takes everything")
	}
}

func TestDocuments(t *testing.T) {
	out := change.Outcome{Action: "deploy", Stack: "s", Verdict: "fail", Lead: "it failed", Next: "mend it", Cause: &change.Cause{Logical: "A", Reason: "<no>"}, Outputs: map[string]string{"DashboardUrl": "https://x"}, Notes: []string{"a note"}}
	for range 300 {
		out.Events = append(out.Events, change.Event{Logical: "A", Status: "CREATE_FAILED", Reason: "why", Type: "T"})
	}
	text := report.Markdown(out.Document())
	for _, want := range []string{"mend it", "What failed first", "&lt;no&gt;", "300 events", `href="https://x"`, "a note", "CREATE_FAILED A (T): why"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%.2000s", want, text)
		}
	}
	if n := strings.Count(text, "CREATE_FAILED"); n > 201 {
		t.Errorf("%d events are shown", n)
	}
	r := change.DriftReport{Stack: "s", Verdict: "fail", Drifted: []change.Drifted{{ID: "Topic", Type: "AWS::SNS::Topic", Status: "DELETED"}}, Unknown: []change.Drifted{{ID: "U", Reason: "denied"}},
		Unchecked: []change.Unchecked{{"A", "AWS::X"}, {"B", "AWS::X"}, {"C", "AWS::Y"}}}
	for range 100 {
		r.Drifted = append(r.Drifted, change.Drifted{ID: "Alarm", Differences: []change.Difference{{Path: "/Threshold", Expected: "5", Actual: "500"}}})
	}
	text = report.Markdown(r.Document())
	for _, want := range []string{"deleted", "/Threshold", "500", "denied", "2 of AWS::X, 1 of AWS::Y", "and 61 more"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%.2000s", want, text)
		}
	}
}

func TestWithAddsWhatCloudFormationKnows(t *testing.T) {
	c, err := change.Diff([]byte(`{"Resources":{"T":{"Type":"AWS::SNS::Topic","Properties":{"DisplayName":"a"}}}}`), []byte(`{"Resources":{"T":{"Type":"AWS::SNS::Topic","Properties":{"DisplayName":"b"}}}}`))
	if err != nil || len(c.Warnings) != 0 {
		t.Fatal(err, c.Warnings)
	}
	for _, p := range []change.Proposed{{ID: "T", Replacement: "False"}, {ID: "T"}} {
		if w := c.With([]change.Proposed{p}); len(w.Warnings) != 0 {
			t.Errorf("%+v: %v", p, w.Warnings)
		}
	}
	with := c.With([]change.Proposed{{ID: "T", Type: "AWS::SNS::Topic", Replacement: "Conditional"}, {ID: "K", Type: "AWS::KMS::Key", Replacement: "True"}})
	if len(with.Warnings) != 2 || !strings.Contains(with.Warnings[0], "may be replaced") || !strings.Contains(with.Warnings[1], "30 days") || with.Changed != 2 || len(c.Warnings) != 0 {
		t.Errorf("%+v", with)
	}
	if !slices.ContainsFunc(with.Resources, func(r change.ResourceChange) bool { return r.ID == "T" && r.Replaced == "maybe" }) {
		t.Errorf("%+v", with.Resources)
	}
}
