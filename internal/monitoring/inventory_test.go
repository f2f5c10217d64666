package monitoring_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/monitoring"
)

func TestParseInventoryRefuses(t *testing.T) {
	const head = `{"version":1,"stage":"production","region":"us-east-1"`
	for name, c := range map[string]struct{ text, want string }{
		"nothing":               {"", "is no inventory"},
		"a list":                {"[]", "is no inventory"},
		"an unknown key":        {head + `,"function":[]}`, `unknown field "function"`},
		"two documents":         {head + `}{}`, "something follows it"},
		"a newer version":       {`{"version":2}`, "a version that this build does not read"},
		"no stage":              {`{"version":1,"region":"us-east-1"}`, "stage is missing or is none"},
		"no region":             {`{"version":1,"stage":"a","region":"us"}`, "region is missing or is none"},
		"an ARN":                {head + `,"functions":[{"name":"arn:aws:lambda:us-east-1:1:function:f"}]}`, "functions[0].name is missing or is none"},
		"a function twice":      {head + `,"functions":[{"name":"f"},{"name":"f"}]}`, "functions[1].name stands at functions[0].name already"},
		"another architecture":  {head + `,"functions":[{"name":"f","architecture":"x86"}]}`, "allowed: arm64, x86_64"},
		"a timeout in ms":       {head + `,"functions":[{"name":"f","timeout_seconds":20000}]}`, "Lambda allows 1 to 900"},
		"memory in GB":          {head + `,"functions":[{"name":"f","memory_mb":1}]}`, "Lambda allows 128 to 10240"},
		"another API":           {head + `,"apis":[{"type":"websocket","name":"a"}]}`, "allowed: http, rest"},
		"an API twice":          {head + `,"apis":[{"type":"http","name":"a"},{"type":"rest","name":"a"}]}`, "apis[1].name and stage stands"},
		"too many APIs":         {head + `,"apis":[` + manyAPIs(21) + `]}`, "a stage may have 20"},
		"no instance":           {head + `,"rds":{"instance":""}}`, "rds.instance is missing"},
		"storage of no disk":    {head + `,"rds":{"instance":"a","storage_gb":-1}}`, "which no instance has"},
		"a cache without nodes": {head + `,"redis":{"kind":"node","ids":[]}}`, "redis.ids has 0 entries"},
		"two serverless caches": {head + `,"redis":{"kind":"serverless","ids":["a","b"]}}`, "one name"},
		"a node's dimension":    {head + `,"redis":{"kind":"node","ids":["a"],"dimension":"x"}}`, "nodes have CacheClusterId"},
		"a short account":       {head + `,"opensearch":{"domain":"a","account":"12"}}`, "12 digits"},
		"an injected quote":     {head + `,"functions":[{"name":"f\") OR ALARM(\"x"}]}`, "functions[0].name is missing or is none"},
		"a bucket in capitals":  {head + `,"buckets":["Lego"]}`, "buckets[0] is missing or is none"},
		"too large":             {strings.Repeat(" ", 1<<20+1), "is too large"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := monitoring.ParseInventory("inventory.json", []byte(c.text))
			var f *fault.Fault
			if !errors.As(err, &f) || f.Kind != fault.Input || f.Name != "inventory.json" || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
}

func manyAPIs(n int) string {
	var all []string
	for i := range n {
		all = append(all, `{"type":"http","name":"a`+strings.Repeat("b", i)+`"}`)
	}
	return strings.Join(all, ",")
}

func TestFromConfig(t *testing.T) {
	got := monitoring.FromConfig(monitoring.Configured{
		Stage: "dev", Region: "eu-west-1", API: &monitoring.API{Type: "rest", Name: "lego", Stage: "$default"}, RDS: &monitoring.RDS{Instance: "lego-{stage}", Proxy: "{stage}-proxy"},
		Redis: &monitoring.Redis{Kind: "node", IDs: []string{"lego-{stage}-001"}}, OpenSearch: &monitoring.OpenSearch{Domain: "lego-{stage}", Account: "123456789012"}, Buckets: []string{"{stage}-images"},
	})
	want := monitoring.Inventory{
		Version: 1, Stage: "dev", Region: "eu-west-1", APIs: []monitoring.API{{Type: "rest", Name: "lego"}}, RDS: &monitoring.RDS{Instance: "lego-dev", Proxy: "dev-proxy"},
		Redis: &monitoring.Redis{Kind: "node", IDs: []string{"lego-dev-001"}}, OpenSearch: &monitoring.OpenSearch{Domain: "lego-dev", Account: "123456789012"}, Buckets: []string{"dev-images"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v", got)
	}
}

// What a search found stands; what it missed is taken from cutover.yaml.
func TestComplete(t *testing.T) {
	found := monitoring.Inventory{Stage: "p", APIs: []monitoring.API{{Type: "http", Name: "a"}}, RDS: &monitoring.RDS{Instance: "db", StorageGB: 5}, Buckets: []string{"aaa"}}
	known := monitoring.Inventory{
		APIs: []monitoring.API{{Type: "http", Name: "b"}}, RDS: &monitoring.RDS{Instance: "db", Proxy: "db-proxy"},
		Redis: &monitoring.Redis{Kind: "node", IDs: []string{"r"}}, OpenSearch: &monitoring.OpenSearch{Domain: "o"}, Buckets: []string{"aaa", "bbb"},
	}
	got := found.Complete(known)
	if got.APIs[0].Name != "a" || *got.RDS != (monitoring.RDS{Instance: "db", Proxy: "db-proxy", StorageGB: 5}) || got.Redis == nil || got.OpenSearch == nil || len(got.Buckets) != 2 {
		t.Errorf("%+v", got)
	}
	if found.RDS.Proxy != "" {
		t.Error("what was found has changed")
	}
}

// Whatever a parser lets through comes out the same, and builds or says why not.
func FuzzParseInventory(f *testing.F) {
	paths, err := filepath.Glob("testdata/stacks/*.inventory.json")
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		i, err := monitoring.ParseInventory("f", text)
		if err != nil {
			return
		}
		written, err := json.Marshal(i)
		if err != nil {
			t.Fatal(err)
		}
		again, err := monitoring.ParseInventory("f", written)
		if second, _ := json.Marshal(again); err != nil || string(second) != string(written) {
			t.Fatalf("%v: %s becomes %s", err, written, second)
		}
		s, err := monitoring.Build(planFor(i))
		if err != nil {
			return
		}
		if !json.Valid(s.Template.Text()) {
			t.Fatal("no JSON")
		}
	})
}
