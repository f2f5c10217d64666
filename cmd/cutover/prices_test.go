package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/schematest"
)

const lists = "../../internal/cost/price/testdata/list/"

// The table begins as the built-in one, is written once, and a second look at the
// same lists changes nothing.
func TestPrices(t *testing.T) {
	schema := schematest.Of(t, "../../schemas/prices.schema.json", "Result of cutover prices", "What prices --format json prints; for a failure see failure.schema.json.", &refreshed{}, *update)
	table := filepath.Join(t.TempDir(), "ops", "prices.json")
	run := func(args ...string) (r refreshed, stdout string) {
		t.Helper()
		args = append([]string{"prices", "--from", lists + "lambda-offer.json", "--from", lists + "get-products.json", "--format", "json"}, args...)
		code, out, stderr := cutover(args...)
		if code != 0 {
			t.Fatalf("exit %d: %s", code, stderr)
		}
		if err := schema.Check(out); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
		if err := json.Unmarshal([]byte(out), &r); err != nil {
			t.Fatal(err)
		}
		return r, out
	}
	if r, _ := run(); r.Written || r.Read != 7 || len(r.Changes) != 3 {
		t.Errorf("%+v", r)
	}
	r, _ := run("--table", table)
	if !r.Written || len(r.Changes) != 3 {
		t.Errorf("%+v", r)
	}
	text, err := os.ReadFile(table)
	if err != nil || !strings.Contains(string(text), `"usd":"0.00000021"`) {
		t.Errorf("%v\n%s", err, text)
	}
	if r, _ := run("--table", table); r.Written || len(r.Changes) != 0 {
		t.Errorf("%+v", r)
	}
	code, out, _ := cutover("prices", "--from", lists+"lambda-offer.json")
	if code != 0 || !strings.Contains(out, "0.00000021") || !strings.Contains(out, "Nothing is written") {
		t.Errorf("exit %d: %s", code, out)
	}
}

func TestPricesRefuse(t *testing.T) {
	broken := filepath.Join(t.TempDir(), "prices.json")
	if err := os.WriteFile(broken, []byte("{}"), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"no list":       {nil, "from"},
		"none there":    {[]string{"--from", "none.json"}, "cannot be opened"},
		"no price list": {[]string{"--from", lists + "another-document.json"}, "docs/cost.md"},
		"two prices":    {[]string{"--from", lists + "two-prices.json"}, "two prices"},
		"a bad table":   {[]string{"--from", lists + "lambda-offer.json", "--table", broken}, "version"},
	} {
		t.Run(name, func(t *testing.T) {
			code, out, stderr := cutover(append([]string{"prices"}, c.args...)...)
			if code != 2 || out != "" || !strings.Contains(stderr, c.want) {
				t.Errorf("exit %d: %s%s", code, out, stderr)
			}
		})
	}
	if text, err := os.ReadFile(broken); err != nil || string(text) != "{}" {
		t.Errorf("the table was changed: %s %v", text, err)
	}
}

// The table that is built in is what AWS's lists of us-east-1 say, with all of what
// stands beside it in them: tiers, other load balancers, Windows, other engines.
//
// Shows: 5.6.2
func TestPricesOfUsEast1AreBuiltIn(t *testing.T) {
	args := []string{"prices", "--format", "json"}
	all, err := filepath.Glob(lists + "us-east-1-*.json")
	if err != nil || len(all) != 5 {
		t.Fatal(all, err)
	}
	for _, name := range all {
		args = append(args, "--from", name)
	}
	code, out, stderr := cutover(args...)
	var r refreshed
	if err := json.Unmarshal([]byte(out), &r); err != nil || code != 0 {
		t.Fatalf("exit %d: %v %s", code, err, stderr)
	}
	if r.Read != 13 || len(r.Changes) != 0 {
		t.Errorf("%+v", r)
	}
}
