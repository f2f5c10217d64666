//go:build rules

package rollout_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Every safety rule has a test that turns red when the rule is switched off.
// Each case compiles the package with its change and runs the named tests:
//
//	go test -tags rules -count=1 -parallel 2 -run '^TestRulesTurnRed$' ./internal/rollout
func TestRulesTurnRed(t *testing.T) {
	dir, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rules(t) {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			if n := strings.Count(r.original, r.old); n != 1 {
				t.Fatalf("its text occurs %d times in %s", n, r.file)
			}
			out, err := r.switchedOff(t, dir)
			switch {
			case strings.Contains(out, "[build failed]") || strings.Contains(out, "[setup failed]"):
				t.Errorf("does not compile:\n%s", out)
			case strings.Contains(out, "no tests to run"):
				t.Errorf("no test is called %s", r.run)
			case err == nil || !strings.Contains(out, "--- FAIL: ") && !strings.Contains(out, "panic: "):
				t.Errorf("%s\nNo test turned red without it; ran %s: %v\n%s", r.says, r.run, err, out)
			}
		})
	}
}

// switchedOff runs the rule's tests without the rule.
func (r rule) switchedOff(t *testing.T, dir string) (string, error) {
	temp := t.TempDir()
	changed := filepath.Join(temp, "changed.go")
	if err := os.WriteFile(changed, []byte(strings.Replace(r.original, r.old, r.new, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	overlay, err := json.Marshal(map[string]map[string]string{"Replace": {filepath.Join(dir, r.file): changed}})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(temp, "overlay.json")
	if err := os.WriteFile(path, overlay, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "go", "test", "-overlay", path, "-vet=off", "-count=1", "-timeout", "60s", "-run", r.run, r.pkg)
	cmd.Dir = dir
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err = cmd.Run()
	return out.String(), err
}
