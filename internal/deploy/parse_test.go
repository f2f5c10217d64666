package deploy_test

import (
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/deploy"
	"github.com/cutover-dev/cutover/internal/fault"
)

// The files below testdata were written by npm's sst 4.17.1 itself, with a
// stand-in for Pulumi (see actions/sst-deploy, TestE2ERealSST).
func file(t testing.TB, name string) []byte {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestParseUpdate(t *testing.T) {
	u, err := deploy.ParseUpdate(file(t, "update.json"))
	if err != nil || u.RunID != "101-1" || u.Version != "4.17.1" || u.Command != "deploy" || !u.Completed() || len(u.Errors) != 1 || u.Errors[0].Message != "creating Two: AccessDenied" {
		t.Errorf("%+v, %v", u, err)
	}
	at, ok := deploy.IDTime(u.ID)
	if !ok || at.Sub(u.TimeStarted).Abs() > 2*time.Second {
		t.Errorf("the id says %s, the record %s", at, u.TimeStarted)
	}
	if u, err = deploy.ParseUpdate(file(t, "update-unlocked.json")); err != nil || !u.Completed() || u.Took() != 0 || len(u.Errors) != 1 {
		t.Errorf("one that was unlocked by force: %+v, %v", u, err)
	}
	if u, err = deploy.ParseUpdate(file(t, "update-open.json")); err != nil || u.Completed() {
		t.Errorf("an open one: %+v, %v", u, err)
	}
	for _, bad := range []string{"", "null", "[]", `""`, "{", "{}", `{"id":"a","timeStarted":"yesterday"}`, `{"id":"a","timeCompleted":"1"}`, `{"id":7}`, `{"id":"a"}{"id":"b"}`} {
		if u, err := deploy.ParseUpdate([]byte(bad)); err == nil {
			t.Errorf("%q was read as %+v", bad, u)
		}
	}
}

func TestParseLock(t *testing.T) {
	l, held, err := deploy.ParseLock(file(t, "lock.json"))
	if err != nil || !held || l.RunID != "105-1" || l.Command != "deploy" || len(l.UpdateID) != 24 {
		t.Errorf("%+v %v %v", l, held, err)
	}
	if _, held, err := deploy.ParseLock([]byte("{}")); held || err != nil {
		t.Errorf("SST takes it for none: %v %v", held, err)
	}
	for _, bad := range []string{"", "null", "x", `{"created":"x"}`, `[{}]`} {
		if l, _, err := deploy.ParseLock([]byte(bad)); err == nil {
			t.Errorf("%q was read as %+v", bad, l)
		}
	}
}

func TestParseDiff(t *testing.T) {
	good := deploy.Exit{Engine: deploy.EngineDone}
	got, err := deploy.ParseDiff(file(t, "diff.json"), good)
	if err != nil || len(got) != 1 || got[0].Name != "One" || got[0].Op != "create" || got[0].Type != "aws:s3/bucket:Bucket" {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err = deploy.ParseDiff([]byte("[]\n"), good); err != nil || len(got) != 0 || got == nil {
		t.Errorf("%+v, %v", got, err)
	}
	replaced := `[{"op":"replace","urn":"urn:pulumi:p::a::t::X","type":"t","detailedDiff":{"b":{},"a":{}}},{"op":"create-replacement","urn":"urn:pulumi:p::a::t::X"},{"op":"delete-replaced","urn":"urn:pulumi:p::a::t::X"},{"op":"create-replacement","urn":"urn:pulumi:p::a::t::Y"},{"op":"invented","urn":"urn:pulumi:p::a::t::Z"},{"op":"update","urn":"u","type":"sst:sst:LinkRef"}]`
	got, err = deploy.ParseDiff([]byte(replaced), good)
	if err != nil || len(got) != 3 || got[0].Op != "replace" || !reflect.DeepEqual(got[0].Properties, []string{"a", "b"}) || got[1].Op != "replace" || got[2].Op != "invented" {
		t.Errorf("%+v, %v", got, err)
	}
	for name, c := range map[string]struct {
		text string
		exit deploy.Exit
	}{
		"an empty list and exit 1":   {"[]", deploy.Exit{Code: 1, Engine: deploy.EngineDone}},
		"a list and exit 1":          {replaced, deploy.Exit{Code: 1}},
		"an empty list, killed":      {"[]", deploy.Exit{Code: -1, Signal: "killed"}},
		"Pulumi killed":              {"[]", deploy.Exit{Engine: "signal: killed"}},
		"nobody knows about Pulumi":  {"[]", deploy.Exit{}},
		"nothing":                    {"", good},
		"null":                       {"null", good},
		"an object":                  {"{}", good},
		"words":                      {"No changes", good},
		"two lists":                  {"[][]", good},
		"one that breaks off":        {`[{"op":"create"`, good},
		"a change without a name":    {`[{"op":"create"}]`, good},
		"a change without a purpose": {`[{"urn":"x"}]`, good},
	} {
		if got, err := deploy.ParseDiff([]byte(c.text), c.exit); err == nil || fault.KindOf(err) != fault.Outside {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

func TestParseEvents(t *testing.T) {
	e, err := deploy.ParseEvents(file(t, "eventlog.json"))
	if err != nil || !e.Finished || e.Done() != 1 || e.Failures() != 1 || e.Changes[0].Op != "created" || e.Changes[0].Name != "One" {
		t.Errorf("%+v, %v", e, err)
	}
	if e, err = deploy.ParseEvents(file(t, "eventlog-killed.json")); err != nil || e.Finished || e.Done() != 1 {
		t.Errorf("of a Pulumi that was killed: %+v, %v", e, err)
	}
	whole := file(t, "eventlog.json")
	if e, err = deploy.ParseEvents(whole[:len(whole)-40]); err != nil || e.Finished {
		t.Errorf("one that breaks off: %+v, %v", e, err)
	}
	for _, bad := range []string{"x", "[]\n", `{"timestamp":"x"}`} {
		if e, err := deploy.ParseEvents([]byte(bad)); err == nil {
			t.Errorf("%q was read as %+v", bad, e)
		}
	}
	planned := strings.ReplaceAll(string(whole), `"planning":false`, `"planning":true`)
	if e, err = deploy.ParseEvents([]byte(planned)); err != nil || e.Done() != 0 {
		t.Errorf("a preview changes nothing: %+v, %v", e, err)
	}
	preview := strings.ReplaceAll(string(whole), `"isPreview":false`, `"isPreview":true`)
	if e, err = deploy.ParseEvents([]byte(preview)); err != nil || e.Finished {
		t.Errorf("a preview's end is no update's: %+v, %v", e, err)
	}
}

func TestParseState(t *testing.T) {
	outputs, n, err := deploy.ParseState(file(t, "state.json"))
	if err != nil || n != 0 || outputs["url"] != "https://x.example.com" {
		t.Errorf("%v %d %v", outputs, n, err)
	}
	sealed := `{"version":3,"checkpoint":{"latest":{"resources":[{"type":"pulumi:pulumi:Stack","outputs":{"_x":1,"a":{"4dabf18193072939515e22adb298388d":"1b","ciphertext":"v1"},"b":["1",{"c":{"4dabf18193072939515e22adb298388d":"1b"}}]}},{"type":"aws:x"}]}}}`
	outputs, n, err = deploy.ParseState([]byte(sealed))
	text, _ := json.Marshal(outputs)
	if err != nil || n != 1 || string(text) != `{"a":"[secret]","b":["1",{"c":"[secret]"}]}` {
		t.Errorf("%s %d %v", text, n, err)
	}
	open := map[string]any{"a": "hunter2", "b": []any{"1", map[string]any{"c": "hunter3"}}, "new": "hunter4"}
	shown, hidden := deploy.WithoutSecrets(open, outputs)
	text, _ = json.Marshal(shown)
	if string(text) != `{"a":"[secret]","b":["1",{"c":"[secret]"}]}` || len(hidden) != 3 {
		t.Errorf("%s %v", text, hidden)
	}
	if shown, hidden = deploy.WithoutSecrets(map[string]any{"a": map[string]any{"x": "hunter5"}}, map[string]any{"a": "other"}); shown["a"] != "[secret]" || len(hidden) != 1 {
		t.Errorf("another shape: %v %v", shown, hidden)
	}
	for _, bad := range []string{"", "{}", `{"version":2}`, `{"version":3}`, "null"} {
		if _, _, err := deploy.ParseState([]byte(bad)); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
}

func TestRunID(t *testing.T) {
	for text, ok := range map[string]bool{"7-1": true, "12345678901-12": true, "": false, "7": false, "7-": false, "-1": false, "0-1": false, "7-0": false, "07-1": false, "7-1-1": false, "x-1": false, "7-+1": false} {
		id, got := deploy.ParseRunID(text)
		if got != ok || ok && id.String() != text {
			t.Errorf("%q: %v %v", text, id, got)
		}
	}
}

// The lines were printed by npm's sst 4.17.1.
func TestTranscript(t *testing.T) {
	var tr deploy.Transcript
	for _, line := range []string{
		"SST 4.17.1 ready!\n", "\n", "➜  App:        lego-api\n", "   Stage:      production\n", "\x1b[1m~\x1b[0m  Deploy\n", "|  Created     One aws:s3:Bucket\n", "\x1b[32m|  \x1b[0mUpdated     Two aws:s3:Bucket (1.2s)\r\n",
		"|  Locked      A concurrent update was detected on the app. Run `sst unlock` to remove the lock and try again.\n",
		"operation error SSM: GetParameter, https response error StatusCode: 429\n",
	} {
		tr.Line(line)
	}
	h := tr.Heard()
	if h.App != "lego-api" || h.Stage != "production" || h.Version != "4.17.1" || !h.Locked || h.Changed != 2 || h.Passing != "AWS throttled the calls" || len(h.Tail) != 8 {
		t.Errorf("%+v", h)
	}
	var app deploy.Transcript
	app.Line("Locked A concurrent update was detected on the app.") // the app's own words: no bar before them
	app.Line("Created nothing")
	if h := app.Heard(); h.Locked || h.Changed != 0 {
		t.Errorf("%+v", h)
	}
}

func FuzzParseUpdate(f *testing.F) {
	f.Add(file(f, "update.json"))
	f.Add(file(f, "update-open.json"))
	f.Add([]byte(`{"id":"a"}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		u, err := deploy.ParseUpdate(text)
		if err != nil {
			return
		}
		if u.ID == "" || u.Took() < 0 {
			t.Errorf("%+v", u)
		}
		deploy.IDTime(u.ID)
		_ = deploy.Seen(u)
		e := deploy.Evidence{Record: &u}
		if o := deploy.Judge(e); o.Verdict == "pass" || o.Lead == "" {
			t.Errorf("a record alone passed: %+v", o)
		}
	})
}

func FuzzParseLock(f *testing.F) {
	f.Add(file(f, "lock.json"))
	f.Add([]byte(`{}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		l, held, err := deploy.ParseLock(text)
		if err != nil || !held {
			return
		}
		id, known := deploy.ParseRunID(l.RunID)
		d := deploy.Unlock(l, deploy.RunID{Run: 1, Attempt: 1}, deploy.Owner{Run: id}, deploy.Target{App: "a", Stage: "s"})
		if d.Life == deploy.Dead {
			t.Errorf("an owner that nobody asked about is dead: %+v %v", l, known)
		}
	})
}

func FuzzParseDiff(f *testing.F) {
	f.Add(file(f, "diff.json"), 0)
	f.Add([]byte("[]"), 1)
	f.Fuzz(func(t *testing.T, text []byte, code int) {
		got, err := deploy.ParseDiff(text, deploy.Exit{Code: code, Engine: deploy.EngineDone})
		if err == nil && (code != 0 || got == nil) {
			t.Errorf("%q with %d is %v", text, code, got)
		}
		for _, c := range got {
			if c.URN == "" || c.Op == "" {
				t.Errorf("%+v", c)
			}
		}
	})
}

func FuzzParseEvents(f *testing.F) {
	f.Add(file(f, "eventlog.json"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if e, err := deploy.ParseEvents(text); err == nil && (e.Done() < 0 || e.Changes == nil) {
			t.Errorf("%+v", e)
		}
	})
}
