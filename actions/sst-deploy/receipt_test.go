package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/bundle"
	"github.com/cutover-dev/cutover/internal/gate"
)

// What a deployment leaves for the steps after it: the receipt for the gate, the
// state for the archive.
//
// Shows: 5.4.3, 5.4.5
func TestDeployLeavesReceiptAndState(t *testing.T) {
	w := newWorld(t, "").inActions()
	w.write("pnpm-lock.yaml", "lockfileVersion: '9.0'\n")
	for _, f := range []string{"a/index.mjs", "b/index.mjs", "b/resource.enc"} {
		path := filepath.Join(w.folder, "dist", "functions", f)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(f), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	got := w.run("deploy", "--bundle", "dist/functions")
	if got.Code != 0 {
		t.Fatalf("%d %s", got.Code, got.Stderr)
	}
	_, text, _ := strings.Cut(w.read("output"), "receipt<<")
	_, text, _ = strings.Cut(text, "\n")
	text, _, _ = strings.Cut(text, "\n")
	r, err := gate.ParseReceipt(text)
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	updates := w.cloud.Keys("update/lego-api/production/")
	sum, files, err := bundle.Digest(os.DirFS(filepath.Join(w.folder, "dist", "functions")))
	if err != nil || r.Bundle.SHA256 != sum || r.Bundle.Files != files || files != 2 || r.Lockfile.Path != "pnpm-lock.yaml" || len(updates) != 1 || !strings.HasSuffix(updates[0], "/"+r.UpdateID+".json") || r.RunID != "100-1" || r.Commit != sha {
		t.Errorf("%v, %+v", err, r)
	}
	state := filepath.Join(w.folder, ".sst", "cutover", "state.json")
	if info, err := os.Stat(state); err != nil || info.Mode().Perm() != 0o600 || w.read(".sst/cutover/state.json") != w.cloud.Get("app/lego-api/production.json") {
		t.Errorf("the state: %v", err)
	}
}

// A bundle that cannot be hashed stops the deployment before it begins, and a
// deployment that failed leaves no receipt.
func TestNoReceiptWithoutProof(t *testing.T) {
	for name, c := range map[string]struct {
		scenario string
		bundle   string
		lockfile bool
		code     int
		says     string
	}{
		"no such folder":   {"", "dist/nothing", true, 2, "cannot be hashed"},
		"outside":          {"", "../elsewhere", true, 2, "bundle:"},
		"no lockfile":      {"", "dist", false, 2, "no lockfile"},
		"it failed":        {`{"Mode":"fail"}`, "dist", true, 1, "failed"},
		"without a bundle": {"", "", true, 0, ""},
	} {
		w := newWorld(t, c.scenario).inActions()
		if c.lockfile {
			w.write("pnpm-lock.yaml", "x")
		}
		if err := errors.Join(os.Mkdir(filepath.Join(w.folder, "dist"), 0o755), os.WriteFile(filepath.Join(w.folder, "dist", "a"), nil, 0o644)); err != nil {
			t.Fatal(err)
		}
		var args []string
		if c.bundle != "" {
			args = []string{"--bundle", c.bundle}
		}
		got := w.run("deploy", args...)
		if got.Code != c.code || !strings.Contains(got.Stderr+got.Stdout, c.says) || strings.Contains(w.read("output"), "schema_version") {
			t.Errorf("%s: %d %s\n%s", name, got.Code, got.Stderr, w.read("output"))
		}
		if c.code == 2 && len(w.calls()) > 0 {
			t.Errorf("%s: sst was called: %v", name, w.calls())
		}
	}
}
