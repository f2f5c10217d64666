package main

import (
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/config"
	"github.com/cutover-dev/cutover/internal/fault"
)

// Attack: ssrf-load
func TestRequestsGoToTheStageAlone(t *testing.T) {
	file, err := config.Load("../../examples/lego-api/cutover.yaml")
	if err != nil {
		t.Fatal(err)
	}
	const own = "https://a1b2c3d4e5.execute-api.us-east-1.amazonaws.com"
	for name, c := range map[string]struct {
		stage, region, given string
		want                 string // empty where it is refused
		kind                 fault.Kind
	}{
		"cutover.yaml's":                   {"staging", "us-east-1", "", "https://staging.api.lego.example.com", 0},
		"the same":                         {"staging", "us-east-1", "https://staging.api.lego.example.com", "https://staging.api.lego.example.com", 0},
		"with a path":                      {"staging", "us-east-1", "https://staging.api.lego.example.com/v1/", "https://staging.api.lego.example.com/v1/", 0},
		"API Gateway's own":                {"staging", "us-east-1", own + "/live", own + "/live", 0},
		"this machine":                     {"staging", "us-east-1", "http://127.0.0.1:4711", "http://127.0.0.1:4711", 0},
		"green's direct name":              {"production", "us-east-1", "https://green.api.lego.example.com", "https://green.api.lego.example.com", 0},
		"blue's direct name":               {"production", "us-east-1", "https://blue.api.lego.example.com", "https://blue.api.lego.example.com", 0},
		"another stage's":                  {"staging", "us-east-1", "https://api.lego.example.com", "", fault.Refused},
		"a direct name of another stage":   {"staging", "us-east-1", "https://green.api.lego.example.com", "", fault.Refused},
		"a stranger":                       {"staging", "us-east-1", "https://api.example.net", "", fault.Refused},
		"another port":                     {"staging", "us-east-1", "https://staging.api.lego.example.com:8443", "", fault.Refused},
		"another region":                   {"staging", "us-east-1", "https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com", "", fault.Refused},
		"no region":                        {"staging", "", "https://a1b2c3d4e5.execute-api..amazonaws.com", "", fault.Input},
		"API Gateway's name in a longer":   {"staging", "us-east-1", own + ".example.net", "", fault.Refused},
		"API Gateway's name in a shorter":  {"staging", "us-east-1", "https://execute-api.us-east-1.amazonaws.com", "", fault.Refused},
		"API Gateway's name below another": {"staging", "us-east-1", "https://a.b.execute-api.us-east-1.amazonaws.com", "", fault.Refused},
		"API Gateway's at another port":    {"staging", "us-east-1", own + ":8443", "", fault.Refused},
		"in the clear":                     {"staging", "us-east-1", "http://staging.api.lego.example.com", "", fault.Input},
		"looks like this machine":          {"staging", "us-east-1", "http://127.0.0.1.example.net", "", fault.Input},
		"with a user":                      {"staging", "us-east-1", "https://me:the-secret@staging.api.lego.example.com", "", fault.Input},
		"with a query":                     {"staging", "us-east-1", "https://staging.api.lego.example.com/?key=the-secret", "", fault.Input},
		"no address":                       {"staging", "us-east-1", "staging", "", fault.Input},
	} {
		got, err := address(file, c.stage, c.region, c.given)
		if got != c.want || (err == nil) != (c.want != "") || err != nil && (fault.KindOf(err) != c.kind || strings.Contains(err.Error(), "the-secret")) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}
