package gate

import (
	"encoding/json"
	"strings"
	"testing"
)

const goodReceipt = `{"schema_version":1,"app":"lego-api","stage":"staging","commit":"0123456789abcdef0123456789abcdef01234567","run_id":"123-1","update_id":"fe60e5f7a1b2c3d4e5f60718","version":"4.17.1","completed":"2026-11-23T07:00:00Z","lockfile":{"path":"pnpm-lock.yaml","sha256":"` + hex64 + `"},"bundle":{"path":"dist/functions","sha256":"` + hex64 + `","files":12}}`

const hex64 = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

// Attack: replayed-receipt
func TestReceipt(t *testing.T) {
	if r, err := ParseReceipt(goodReceipt); err != nil || r.Bundle.Files != 12 || r.completed().IsZero() {
		t.Fatal(r, err)
	}
	for name, c := range map[string]struct{ from, to, want string }{
		"another version":    {`"schema_version":1`, `"schema_version":2`, "of version 2"},
		"no version":         {`"schema_version":1,`, ``, "of version 0"},
		"an unknown field":   {`"app"`, `"ap"`, "unknown field"},
		"something behind":   {`"files":12}}`, `"files":12}} {}`, "something follows"},
		"a list":             {goodReceipt, "[" + goodReceipt + "]", "is no receipt"},
		"nothing":            {goodReceipt, "", "is no receipt"},
		"half of it":         {`"files":12}}`, ``, "is no receipt"},
		"a short commit":     {"0123456789abcdef0123456789abcdef01234567", "0123456", "commit is missing"},
		"a run without try":  {"123-1", "123", "run_id is missing"},
		"no update":          {"fe60e5f7a1b2c3d4e5f60718", "", "update_id is missing"},
		"a path for an id":   {"fe60e5f7a1b2c3d4e5f60718", "../x", "update_id is missing"},
		"no digest":          {`"sha256":"` + hex64 + `","files"`, `"sha256":"","files"`, "bundle.sha256 is missing"},
		"no lockfile":        {`"lockfile":{"path":"pnpm-lock.yaml","sha256":"` + hex64 + `"},`, ``, "lockfile.sha256 is missing"},
		"no files":           {`"files":12`, `"files":0`, "no files"},
		"no time":            {"2026-11-23T07:00:00Z", "yesterday", "completed is no time"},
		"a name with a path": {`"lego-api"`, `"lego/api"`, "app is missing"},
	} {
		text := strings.Replace(goodReceipt, c.from, c.to, 1)
		if r, err := ParseReceipt(text); err == nil || r != nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, %v", name, r, err)
		}
	}
	if _, err := ParseReceipt(strings.Repeat(" ", mostReceipt) + goodReceipt); err == nil {
		t.Error("one without end was read")
	}
}

// FuzzReceipt: no text panics, and what is read lacks nothing.
func FuzzReceipt(f *testing.F) {
	f.Add(goodReceipt)
	f.Add(strings.ReplaceAll(goodReceipt, "1", "2"))
	f.Fuzz(func(t *testing.T, text string) {
		r, err := ParseReceipt(text)
		if err != nil {
			return
		}
		if r.completed().IsZero() || !IsCommit(r.Commit) || r.Bundle.Files < 1 || r.Lockfile.SHA256 == "" || r.UpdateID == "" {
			t.Errorf("%+v", r)
		}
		again, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		if same, err := ParseReceipt(string(again)); err != nil || *same != *r {
			t.Errorf("written and read again: %+v, %v", same, err)
		}
	})
}
