package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/doctor"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// The offline half of the doctor: exit codes, rows, and nothing that needs a
// credential.
func TestDoctor(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("../../internal/doctor/testdata/repository")); err != nil {
		t.Fatal(err)
	}
	look := func() (doctor.Result, int) {
		code, out, stderr := cutover("doctor", "--dir", dir, "--format", "json")
		var r doctor.Result
		if err := json.Unmarshal([]byte(out), &r); err != nil {
			t.Fatalf("%v\n%s%s", err, out, stderr)
		}
		return r, code
	}
	if r, code := look(); code != 0 || r.Verdict != verdict.Pass || len(r.Rows) != 10 {
		t.Errorf("%d, %+v", code, r)
	}
	if err := os.Remove(filepath.Join(dir, "cutover.yaml")); err != nil {
		t.Fatal(err)
	}
	r, code := look()
	if code != 1 || r.Verdict != verdict.Fail || r.Rows[0].Mend[0] != "cutover init --dir "+dir {
		t.Errorf("%d, %+v", code, r.Rows[0])
	}
	if code, _, stderr := cutover("doctor", "--dir", filepath.Join(dir, "nowhere")); code != 2 || !strings.Contains(stderr, "dir") {
		t.Errorf("%d, %s", code, stderr)
	}
	_, text, _ := cutover("doctor", "--dir", dir)
	if !strings.Contains(text, "not looked at, because offline.config fails") || !strings.Contains(text, "cutover init --dir") {
		t.Errorf("%s", text)
	}
}
