package recommend_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/cost/price"
	"github.com/cutover-dev/cutover/internal/cost/recommend"
	"github.com/cutover-dev/cutover/internal/schematest"
	"github.com/cutover-dev/cutover/internal/unit"
)

var update = flag.Bool("update", false, "write golden files and the schema anew")

// estate reads a case of testdata.
func estate(t testing.TB, path string) recommend.Estate {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(strings.NewReader(string(text)))
	d.DisallowUnknownFields()
	var e recommend.Estate
	if err := d.Decode(&e); err != nil {
		t.Fatal(path, err)
	}
	// Sizes are written as in cutover.yaml, which knows none below zero: what is
	// left out is unknown.
	var said struct {
		Buckets []struct {
			Unfinished *unit.Bytes `json:"unfinished"`
		} `json:"buckets"`
	}
	if err := json.Unmarshal(text, &said); err != nil {
		t.Fatal(path, err)
	}
	for n, b := range said.Buckets {
		if b.Unfinished == nil {
			e.Buckets[n].Unfinished = -1
		}
	}
	return e
}

// A new case is a new estate beside its golden document. Shows: 5.7.7
func TestGolden(t *testing.T) {
	paths, err := filepath.Glob("testdata/*.estate.json")
	if err != nil || len(paths) < 10 {
		t.Fatalf("%d cases, %v", len(paths), err)
	}
	schema := schematest.Of(t, "../../../schemas/cost-recommend.schema.json", "Result of cost-report recommend",
		"What would cost less: each piece of advice with its evidence, what it saves a year, its risk, and the exact change; and what the data do not carry.", recommend.Advice{}, *update)
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".estate.json"), func(t *testing.T) {
			a := recommend.Of(estate(t, path), price.BuiltIn(), recommend.Settings{})
			text, err := json.Marshal(a)
			if err != nil {
				t.Fatal(err)
			}
			if err := schema.Check(string(text)); err != nil {
				t.Error(err)
			}
			golden := strings.TrimSuffix(path, ".estate.json") + ".golden.md"
			got := a.Markdown()
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil || string(want) != got {
				t.Errorf("%v; got\n%s", err, got)
			}
		})
	}
}
