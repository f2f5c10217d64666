package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/virtual"
)

// The pictures of the runbook; its words are held by internal/manual. -update makes
// them anew.
func TestRunbookPictures(t *testing.T) {
	for scenario, pictures := range map[string]map[string]string{
		"healthy":          {"weights": "Green's share of the traffic", "proof": "Proof that green keeps its limits"},
		"error-regression": {"errors": "Errors, share of each side's requests", "evidence": "Evidence that green breaks a limit"},
	} {
		blocks := storyOf(t, scenario).Blocks
		for name, caption := range pictures {
			path := filepath.Join("../../docs/runbooks/pictures", scenario+"-"+name+".svg")
			picture := draw(blocks, caption)
			if picture == nil {
				t.Errorf("%s has no chart %q", scenario, caption)
				continue
			}
			if *update {
				if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, picture, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if kept, err := os.ReadFile(path); err != nil || !bytes.Equal(kept, picture) {
				t.Errorf("%s is not what is drawn now (%v); run make generate", path, err)
			}
		}
	}
}

func storyOf(t *testing.T, name string) report.Document {
	t.Helper()
	policy, err := virtual.DefaultPolicy()
	if err != nil {
		t.Fatal(err)
	}
	scenario, err := findScenario(name)
	if err != nil {
		t.Fatal(err)
	}
	return virtual.Rehearse(t.Context(), policy, scenario, 7, true).Story(7).Document()
}

func draw(blocks []report.Block, caption string) []byte {
	for _, b := range blocks {
		if c, ok := b.(report.Chart); ok && c.Caption == caption {
			return report.Picture(c)
		}
	}
	return nil
}
