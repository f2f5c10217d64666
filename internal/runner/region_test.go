package runner

import (
	"context"
	"errors"
	"testing"

	"github.com/cutover-dev/cutover/internal/fault"
)

func TestRegion(t *testing.T) {
	for name, c := range map[string]struct{ input, region, second, configured, want string }{
		"the input":           {"a", "b", "c", "d", "a"},
		"the environment":     {"", "b", "c", "d", "b"},
		"its second variable": {"", "", "c", "d", "c"},
		"the file":            {"", "", "", "d", "d"},
		"none":                {},
	} {
		s := newSession(&Program{}, Host{Getenv: func(name string) string {
			return map[string]string{"AWS_REGION": c.region, "AWS_DEFAULT_REGION": c.second}[name]
		}})
		if got := s.Region(c.input, c.configured); got != c.want {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestEnded(t *testing.T) {
	late, other := &fault.Fault{Kind: fault.Outside, Name: "timeout"}, errors.New("other")
	running := t.Context()
	over, cancel := context.WithCancelCause(running)
	cancel(late)
	plain, stop := context.WithCancel(running)
	stop()
	for name, c := range map[string]struct {
		ctx       context.Context
		err, want error
	}{
		"it goes on":             {running, other, other},
		"it ended for a reason":  {over, context.Canceled, late},
		"it ended without one":   {plain, context.Canceled, context.Canceled},
		"it ended, and all well": {over, nil, nil},
	} {
		if got := Ended(c.ctx, c.err); !errors.Is(got, c.want) || (got == nil) != (c.want == nil) {
			t.Errorf("%s: %v", name, got)
		}
	}
}
