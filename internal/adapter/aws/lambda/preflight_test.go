package lambda_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/rehearsal/cloud"
	"github.com/cutover-dev/cutover/internal/rollout/preflight"
)

func TestConcurrency(t *testing.T) {
	c, f := open(t, 0)
	if got, err := f.Concurrency(t.Context()); err != nil || got != (preflight.Concurrency{Limit: 1000, Unreserved: 1000}) {
		t.Errorf("%+v, %v", got, err)
	}
	c.SetLimits(cloud.Limits{Concurrent: 50, Reserved: map[string]int{"api": 10, "other": 5}})
	if got, err := f.Concurrency(t.Context()); err != nil || got != (preflight.Concurrency{Limit: 50, Unreserved: 35}) {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestDescribed(t *testing.T) {
	c, f := open(t, 0)
	c.Function("idle", cloud.Lambda{Handler: "a.handler", Runtime: "nodejs22.x", Code: one, TimeoutSeconds: 900, MemoryMB: 2048})
	c.SetLimits(cloud.Limits{Reserved: map[string]int{"idle": 0}})
	got, err := f.Described(t.Context(), []string{"api", "idle"})
	want := []preflight.Function{{Name: "api", Timeout: 3 * time.Second, MemoryMB: 128, Reserved: -1}, {Name: "idle", Timeout: 15 * time.Minute, MemoryMB: 2048, Reserved: 0}}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := f.Described(t.Context(), []string{"api", "gone"}); fault.KindOf(err) != fault.Refused || !strings.Contains(err.Error(), "gone: is a function of the inventory that Lambda does not know") {
		t.Error(err)
	}
}

func TestWorkers(t *testing.T) {
	c, f := open(t, 0)
	const here = ":us-east-1:123456789012:"
	feeds := []cloud.Feed{
		{Function: "api", Source: "arn:aws:sqs" + here + "orders"},
		{Function: "api:live", Source: "arn:aws:kinesis" + here + "stream/clicks"},
		{Function: "worker", Source: "arn:aws:dynamodb" + here + "table/t/stream/x", State: "Disabled"},
		{Function: "worker", Source: "arn:aws:sqs" + here + "off-soon", State: "Disabling"},
		{Function: "worker", Source: "arn:aws:sqs" + here + "gone-soon", State: "Deleting"},
		{Function: "worker", Source: "arn:aws:sqs" + here + "soon", State: "Creating"},
		{Function: "worker", Source: "arn:aws:sqs" + here + "unheard-of", State: "Humming"},
		{Function: "worker", Topics: []string{"a", "b"}},
		{Function: "worker", Source: "arn:aws:rds" + here + "cluster:docs"},
		{Function: "stranger", Source: "arn:aws:sqs" + here + "api"},
	}
	for n := range 120 {
		feeds = append(feeds, cloud.Feed{Function: "others", Source: fmt.Sprintf("arn:aws:sqs%sq%d", here, n)})
	}
	feeds = append(feeds, cloud.Feed{ID: "ffffffff-0000-4000-8000-000000000000", Function: "api", Source: "arn:aws:mq" + here + "broker:last"})
	c.SetFeeds(feeds...)
	workers, err := f.Workers(t.Context(), []string{"api", "worker"})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, w := range workers {
		got = append(got, fmt.Sprintf("%s %s %s %s %v", w.Side, w.Kind, w.Name, strings.Replace(w.Source, here, ":", 1), w.Enabled))
	}
	want := []string{
		"green stream api arn:aws:kinesis:stream/clicks true", "green queue api arn:aws:mq:broker:last true", "green queue api arn:aws:sqs:orders true",
		"green queue worker a source outside of AWS, topics a, b true",
		"green stream worker arn:aws:dynamodb:table/t/stream/x false", "green stream worker arn:aws:rds:cluster:docs true",
		"green queue worker arn:aws:sqs:gone-soon false", "green queue worker arn:aws:sqs:off-soon false",
		"green queue worker arn:aws:sqs:soon true", "green queue worker arn:aws:sqs:unheard-of true",
	}
	if !slices.Equal(got, want) {
		t.Errorf("%s\nwant %s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestPreflightIsRefused(t *testing.T) {
	c, f := open(t, 0)
	calls := map[string]func() error{
		"GetAccountSettings":       func() error { _, err := f.Concurrency(t.Context()); return err },
		"GetFunctionConfiguration": func() error { _, err := f.Described(t.Context(), []string{"api"}); return err },
		"GetFunctionConcurrency":   func() error { _, err := f.Described(t.Context(), []string{"api"}); return err },
		"ListEventSourceMappings":  func() error { _, err := f.Workers(t.Context(), []string{"api"}); return err },
	}
	for call, run := range calls {
		for code, says := range map[string]string{"AccessDeniedException": "Allow the role lambda:" + call, "ExpiredTokenException": "its role by OIDC"} {
			c.Refuse(func(asked, _ string) (int, string, string) {
				if asked == call {
					return http.StatusForbidden, code, "made to fail"
				}
				return 0, "", ""
			})
			if err := run(); fault.KindOf(err) != fault.Input || !strings.Contains(err.Error(), says) {
				t.Errorf("%s %s: %v", call, code, err)
			}
		}
	}
}
