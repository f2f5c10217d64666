//go:build lint

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// zizmor is installed by make lint, which names it here.
func TestZizmorFindsNothingInWhatInitWrites(t *testing.T) {
	program := os.Getenv("CUTOVER_ZIZMOR")
	if program == "" {
		t.Fatal("CUTOVER_ZIZMOR names no zizmor: make lint does")
	}
	shapes, err := filepath.Glob(filepath.Join(apps, "*.golden"))
	if err != nil || len(shapes) < 6 {
		t.Fatalf("%d shapes, %v", len(shapes), err)
	}
	for _, shape := range shapes {
		name := strings.TrimSuffix(filepath.Base(shape), ".golden")
		t.Run(name, func(t *testing.T) {
			dir := repository(t, name)
			// The app's own workflows are not ours to judge.
			if err := os.RemoveAll(filepath.Join(dir, ".github")); err != nil {
				t.Fatal(err)
			}
			setUp(t, dir)
			out, err := exec.Command(program, "--offline", "--no-progress", "--persona", "pedantic", filepath.Join(dir, ".github")).CombinedOutput()
			if err != nil {
				t.Errorf("zizmor: %v\n%s", err, out)
			}
		})
	}
}
