package events_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/adapter/aws/events"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/rehearsal/cloud"
)

const (
	cluster = "arn:aws:ecs:us-east-1:123456789012:cluster/lego-api"
	calls   = "arn:aws:lambda:us-east-1:123456789012:function:"
)

func open(t *testing.T) (*cloud.Cloud, *events.Rules) {
	t.Helper()
	c := cloud.New("state")
	server := httptest.NewServer(c)
	t.Cleanup(server.Close)
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL": server.URL, "AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "ASIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "x",
	} {
		t.Setenv(name, value)
	}
	r, err := events.Open(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if unknown := c.Unknown(); len(unknown) > 0 {
			t.Errorf("calls that nobody knows: %v", unknown)
		}
	})
	return c, r
}

// found is what was found, a line each.
func found(t *testing.T, r *events.Rules) []string {
	t.Helper()
	workers, err := r.Workers(t.Context(), "lego-api", []string{"api", "nightly"})
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, w := range workers {
		all = append(all, fmt.Sprintf("%s %s %s %s %v", w.Side, w.Kind, w.Name, w.Source, w.Enabled))
	}
	return all
}

func TestWorkers(t *testing.T) {
	c, r := open(t)
	if got := found(t, r); got != nil {
		t.Errorf("an empty account has %q", got)
	}
	c.SetRules(
		cloud.EventRule{Name: "blue-nightly", Schedule: "rate(1 day)", Targets: []string{cluster}},
		cloud.EventRule{Name: "blue-off", Schedule: "rate(1 hour)", Disabled: true, Targets: []string{cluster}},
		cloud.EventRule{Name: "both", Schedule: "cron(0 3 * * ? *)", Targets: []string{cluster, calls + "nightly"}},
		cloud.EventRule{Name: "green-alias", Schedule: "rate(5 minutes)", Targets: []string{calls + "nightly:live"}},
		cloud.EventRule{Name: "green-once", Schedule: "rate(7 minutes)", Targets: []string{calls + "nightly", calls + "api", calls + "api:3"}},
		cloud.EventRule{Bus: "orders", Name: "on-order", Pattern: `{"source":["shop"]}`, Targets: []string{calls + "api"}},
		cloud.EventRule{Name: "another-cluster", Schedule: "rate(1 day)", Targets: []string{cluster + "-eu"}},
		cloud.EventRule{Name: "another-function", Schedule: "rate(1 day)", Targets: []string{calls + "api-v2", calls + "other:api"}},
		cloud.EventRule{Name: "a-queue", Schedule: "rate(1 day)", Targets: []string{"arn:aws:sqs:us-east-1:123456789012:api"}},
		cloud.EventRule{Name: "nothing", Schedule: "rate(1 day)"},
	)
	want := []string{
		"blue schedule blue-nightly rate(1 day) true",
		"blue schedule blue-off rate(1 hour) false",
		"blue schedule both cron(0 3 * * ? *) true",
		"green schedule both cron(0 3 * * ? *) true",
		"green schedule green-alias rate(5 minutes) true",
		"green schedule green-once rate(7 minutes) true",
		`green stream on-order {"source":["shop"]} true`,
	}
	if got := found(t, r); !slices.Equal(got, want) {
		t.Errorf("%s\nwant %s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	made := map[string]bool{}
	for _, call := range c.Calls() {
		resource, _, _ := strings.Cut(call.Resource, "rule/")
		made[call.Action+" "+resource] = true
	}
	if got := slices.Sorted(maps.Keys(made)); !slices.Equal(got, []string{"events:ListEventBuses *", "events:ListRules *", "events:ListTargetsByRule arn:aws:events:us-east-1:123456789012:"}) {
		t.Errorf("%q", got)
	}
}

// The stand-in tells little at once, so that every list has pages.
func TestPages(t *testing.T) {
	c, r := open(t)
	var rules []cloud.EventRule
	for n := range 70 {
		rules = append(rules, cloud.EventRule{Bus: fmt.Sprintf("bus-%02d", n/3), Name: fmt.Sprintf("rule-%02d", n), Schedule: "rate(1 day)", Targets: []string{cluster}})
	}
	for n := range 70 {
		rules = append(rules, cloud.EventRule{Name: fmt.Sprintf("same-%02d", n), Schedule: "rate(1 day)", Targets: []string{calls + "api"}})
	}
	many := cloud.EventRule{Name: "z-many", Schedule: "rate(1 day)"}
	for n := range 70 {
		many.Targets = append(many.Targets, fmt.Sprintf("arn:aws:batch:us-east-1:123456789012:a%02d", n)) // before ecs in the list
	}
	many.Targets = append(many.Targets, "arn:aws:states:us-east-1:123456789012:stateMachine:x", cluster)
	c.SetRules(append(rules, many)...)
	if got := found(t, r); len(got) != 141 {
		t.Errorf("%d of 141", len(got))
	}
}

func TestRefusals(t *testing.T) {
	c, r := open(t)
	c.SetRules(cloud.EventRule{Name: "a", Schedule: "rate(1 day)", Targets: []string{cluster}})
	for _, call := range []string{"events:ListEventBuses", "events:ListRules", "events:ListTargetsByRule"} {
		for code, want := range map[string]string{"AccessDeniedException": "Allow the role " + call, "ExpiredTokenException": "its role by OIDC"} {
			c.RefuseWatch(func(asked string) (int, string) {
				if asked == call {
					return http.StatusBadRequest, code
				}
				return 0, ""
			})
			if _, err := r.Workers(t.Context(), "lego-api", nil); fault.KindOf(err) != fault.Input || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), code) {
				t.Errorf("%s %s: %v", call, code, err)
			}
		}
	}
}
