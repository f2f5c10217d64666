package datastore_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/config/strict"
	"github.com/cutover-dev/cutover/internal/datastore"
)

func TestFor(t *testing.T) {
	var s datastore.Settings
	if err := strict.Decode("s", []byte(`rds: { instance: "lego-{stage}", proxy: "lego-{stage}-proxy" }
redis: { id: "lego-{stage}-001" }
opensearch: { domain: "{stage}-search", account: "123456789012" }
buckets: ["{stage}-images", shared-images]
`), &s); err != nil {
		t.Fatal(err)
	}
	want := datastore.Settings{
		RDS:        &datastore.RDS{Instance: "lego-dev", Proxy: "lego-dev-proxy"},
		Redis:      &datastore.Redis{Kind: "node", ID: "lego-dev-001"},
		OpenSearch: &datastore.OpenSearch{Domain: "dev-search", Account: "123456789012"},
		Buckets:    []string{"dev-images", "shared-images"},
	}
	if got := s.For("dev"); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v", got)
	}
	if s.RDS.Instance != "lego-{stage}" || s.Buckets[0] != "{stage}-images" {
		t.Errorf("the original has changed: %+v", s)
	}
	if got := (datastore.Settings{}).For("dev"); !reflect.DeepEqual(got, datastore.Settings{}) {
		t.Errorf("nothing becomes %+v", got)
	}
}

func TestCheck(t *testing.T) {
	tests := []struct{ name, yaml, want string }{
		{"nothing named", "{}", "names no datastore"},
		{"two dots", "buckets: [a..b]", "buckets[0]: S3 allows neither"},
		{"an address", "buckets: [10.0.0.1]", "buckets[0]: S3 allows neither"},
		{"another placeholder", `buckets: ["lego-{region}"]`, "is not allowed"},
		{"account as a number", "opensearch: {domain: lego, account: 123456789012}", "put it in quotes"},
		{"a bucket twice", "buckets: [abc, abc]", "stands twice"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var s datastore.Settings
			if err := strict.Decode("s", []byte(test.yaml), &s); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q", err, test.want)
			}
		})
	}
}
