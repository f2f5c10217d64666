package house_test

import (
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// newClient is how a client of one of AWS's services is made.
var newClient = regexp.MustCompile(`\b(\w+)\.NewFromConfig\(`)

// service finds which service a file's name for it stands for.
var service = regexp.MustCompile(`(?m)^\s(?:(\w+) )?"github\.com/aws/aws-sdk-go-v2/service/(\w+)"$`)

// twice are services that two rooms speak to, each with its reason.
var twice = map[string]string{
	"sts": "oidc becomes a role with a token of its own, before there are credentials by which identity could ask",
	"s3":  "ssts3 is SST's bucket, whose documents are small and without checksums; s3 keeps archives and state",
}

// clients are the places that make a client, by service.
func clients(files map[string]string) map[string][]string {
	found := map[string][]string{}
	for name, source := range files {
		if !strings.Contains(source, ".NewFromConfig(") {
			continue
		}
		services := map[string]string{}
		for _, m := range service.FindAllStringSubmatch(source, -1) {
			services[m[2]] = m[2]
			if m[1] != "" {
				services[m[1]] = m[2]
			}
		}
		for _, m := range newClient.FindAllStringSubmatch(source, -1) {
			if is := services[m[1]]; is != "" {
				found[is] = append(found[is], name)
			}
		}
	}
	return found
}

// Each service has one constructor: timeouts, retries and endpoints are decided
// once for each.
func TestEachServiceHasOneConstructor(t *testing.T) {
	files := map[string]string{}
	for _, name := range tracked(t, ".go") {
		if !strings.HasSuffix(name, "_test.go") && strings.HasPrefix(name, "internal/") {
			files[name] = text(t, name)
		}
	}
	found := clients(files)
	if len(found) < 15 {
		t.Fatalf("only %d services are spoken to: this test looks in the wrong place", len(found))
	}
	for is, names := range found {
		rooms := map[string]bool{}
		for _, name := range names {
			rooms[path.Dir(name)] = true
			if !strings.HasPrefix(name, "internal/adapter/aws/") && !strings.HasPrefix(name, "internal/rehearsal/") {
				t.Errorf("%s makes a client of %s: that is an adapter's work", name, is)
			}
		}
		slices.Sort(names)
		switch {
		case len(names) != len(rooms):
			t.Errorf("%s is begun more than once in a room: %v", is, names)
		case len(rooms) > 1 && twice[is] == "":
			t.Errorf("%s has more than one constructor: %v", is, names)
		case len(rooms) == 1 && twice[is] != "":
			t.Errorf("%s has one constructor; its reason for two can go", is)
		}
	}
	two := clients(map[string]string{"a.go": "\t\"github.com/aws/aws-sdk-go-v2/service/s3\"\n s3.NewFromConfig(c)", "b.go": "\tsdk \"github.com/aws/aws-sdk-go-v2/service/s3\"\n sdk.NewFromConfig(c)"})
	if len(two["s3"]) != 2 {
		t.Errorf("two constructors are not seen: %v", two)
	}
}
