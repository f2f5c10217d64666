package cloudwatch_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/cloudwatch"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/rehearsal/cloud"
	"github.com/cutover-dev/cutover/internal/rehearsal/cloud/cloudtest"
)

// start makes a cloud in memory; the SDK's real client speaks to it.
func start(t *testing.T) (*cloud.Cloud, *cloudwatch.Alarms) {
	t.Helper()
	c := cloudtest.Serve(t, cloud.New("state"))
	a, err := cloudwatch.Open(t.Context(), "eu-west-1")
	if err != nil {
		t.Fatal(err)
	}
	return c, a
}

func TestBothTypesOverManyPages(t *testing.T) {
	c, a := start(t)
	since := time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)
	alarms := []cloud.Alarm{
		{Name: "errors", State: "OK", Reason: "fine", Since: since}, {Name: "all", State: "ALARM", Reason: "errors rings", Since: since, Composite: true},
		{Name: "p99 latency/x", State: "INSUFFICIENT_DATA", Since: since, Mute: true}, {Name: "another team's", State: "ALARM", Since: since},
	}
	var names []string
	for i := range 130 {
		alarms = append(alarms, cloud.Alarm{Name: fmt.Sprintf("many-%03d", i), State: "OK", Since: since})
		names = append(names, fmt.Sprintf("many-%03d", i))
	}
	c.SetAlarms(alarms...)
	got, err := a.Alarms(t.Context(), append([]string{"errors", "all", "p99 latency/x", "none"}, names...))
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]string{}
	for _, g := range got {
		seen[g.Name] = fmt.Sprintf("%s %v %s %s", g.State, g.ActionsEnabled, g.Since.Format(time.DateOnly), g.URL[strings.IndexByte(g.URL, '#'):])
	}
	if len(got) != 133 || len(seen) != 133 {
		t.Errorf("%d alarms, %d names", len(got), len(seen))
	}
	for name, want := range map[string]string{
		"errors": "OK true 2026-11-20 #alarmsV2:alarm/errors", "all": "ALARM true 2026-11-20 #alarmsV2:alarm/all",
		"p99 latency/x": "INSUFFICIENT_DATA false 2026-11-20 #alarmsV2:alarm/p99%20latency%2Fx", "none": "", "another team's": "",
	} {
		if seen[name] != want {
			t.Errorf("%s: %q, want %q", name, seen[name], want)
		}
	}
	if calls := c.Calls(); len(calls) < 60 || calls[0].Action != "cloudwatch:DescribeAlarms" || calls[0].Resource != "*" {
		t.Errorf("%d calls, the first %+v", len(calls), calls[0])
	}
}

func TestRefusalsHelp(t *testing.T) {
	c, a := start(t)
	for code, want := range map[string]struct {
		status int
		kind   fault.Kind
		next   string
	}{
		"AccessDeniedException":       {403, fault.Input, "cloudwatch:DescribeAlarms"},
		"UnrecognizedClientException": {403, fault.Input, "configure-aws-credentials"},
		"InvalidParameterValue":       {400, fault.Outside, ""},
	} {
		c.RefuseMonitoring(want.status, code)
		got, err := a.Alarms(t.Context(), []string{"x"})
		if fault.KindOf(err) != want.kind || !strings.Contains(err.Error(), want.next) || !strings.Contains(err.Error(), code) || strings.Contains(err.Error(), "very-secret") || got != nil {
			t.Errorf("%s: %v, %v", code, got, err)
		}
	}
}

func TestNoCredentials(t *testing.T) {
	start(t)
	for _, name := range []string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"} {
		t.Setenv(name, "")
	}
	a, err := cloudwatch.Open(t.Context(), "eu-west-1")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Alarms(t.Context(), []string{"x"}); fault.KindOf(err) != fault.Input || !strings.Contains(err.Error(), "no AWS credentials") {
		t.Error(err)
	}
}
