package cloudwatch_test

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"github.com/cutover-dev/cutover/internal/adapter/aws/cloudwatch"
	"github.com/cutover-dev/cutover/internal/fault"
)

var update = flag.Bool("update", false, "write what is asked now as the wanted queries")

// Each file in testdata/sides is one app; beside it stands what is asked of
// CloudWatch for it, or why nothing can be. A new case is a new file.
func TestQueriesAreTheGoldenOnes(t *testing.T) {
	cases, err := filepath.Glob("testdata/sides/*.yaml")
	if err != nil || len(cases) < 9 {
		t.Fatalf("%d cases: %v", len(cases), err)
	}
	for _, path := range cases {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".yaml"), func(t *testing.T) {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			var sides cloudwatch.Sides
			in := yaml.NewDecoder(bytes.NewReader(text))
			in.KnownFields(true)
			if err := in.Decode(&sides); err != nil {
				t.Fatal(err)
			}
			got, golden := queries(sides), strings.TrimSuffix(path, ".yaml")+".queries"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil || got != string(want) {
				t.Errorf("%s is not what is asked now (%v); look at it, then go test ./internal/adapter/aws/cloudwatch -update\n%s", golden, err, got)
			}
		})
	}
}

func queries(sides cloudwatch.Sides) string {
	var b strings.Builder
	if err := sides.Check(); err != nil {
		fmt.Fprintln(&b, fault.KindOf(err), "fault:", err)
		return b.String()
	}
	for _, q := range sides.Queries() {
		fmt.Fprintln(&b, q)
	}
	fmt.Fprintln(&b, "gauges:", strings.Join(sides.Gauges(), ", "))
	fmt.Fprintf(&b, "cost of a tick: $%.5f\n", sides.Cost().Dollars())
	return b.String()
}

// What is wrong is said before anything is asked.
func TestNothingIsAskedOfWrongSides(t *testing.T) {
	sides := both()
	sides.Caches = make([]string, 500)
	for name, s := range map[string]cloudwatch.Sides{"nothing at all": {}, "too many nodes": sides} {
		traffic, err := cloudwatch.OpenTraffic(context.Background(), "eu-west-1", "lego", "production", s)
		if fault.KindOf(err) != fault.Input || traffic != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The order of the queries is the same each time, each has its own ID, and the
// gauges that are named are those that are asked for.
func TestQueriesAreStable(t *testing.T) {
	first := queries(both())
	for range 20 {
		if again := queries(both()); again != first {
			t.Fatal(again)
		}
	}
	seen := map[string]bool{}
	for _, q := range both().Queries() {
		if seen[q.ID] {
			t.Errorf("%s twice", q.ID)
		}
		seen[q.ID] = true
	}
}
