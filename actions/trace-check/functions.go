package main

import (
	"context"
	"strings"
	"sync"

	"github.com/cutover-dev/cutover/internal/adapter/aws/lambda"
	"github.com/cutover-dev/cutover/internal/adapter/aws/tagging"
	"github.com/cutover-dev/cutover/internal/monitoring/discover"
	"github.com/cutover-dev/cutover/internal/trace"
)

// functions are the stage's, as monitoring-stack finds them: by their tags, less
// the helpers of a deployment. They are looked at once. It implements
// trace.Functions.
type functions struct {
	lambda  discover.Functions
	tags    *tagged
	request discover.Request

	once sync.Once
	mode map[string]string
	err  error
}

var _ trace.Functions = (*functions)(nil)

// openFunctions makes the two clients; nothing is called yet.
func openFunctions(ctx context.Context, region string, r discover.Request) (*functions, error) {
	tags, err := tagging.Open(ctx, region)
	if err != nil {
		return nil, err
	}
	asked, err := lambda.Open(ctx, region, "")
	return &functions{lambda: asked, tags: &tagged{Tags: tags}, request: r}, err
}

// Modes implements trace.Functions.
func (f *functions) Modes(ctx context.Context) (map[string]string, error) {
	f.once.Do(func() { f.mode, f.err = f.look(ctx) })
	return f.mode, f.err
}

func (f *functions) look(ctx context.Context) (map[string]string, error) {
	heard := &modes{Functions: f.lambda, of: map[string]string{}}
	found, _, err := discover.Find(ctx, discover.Ports{Tags: f.tags, Functions: heard}, f.request)
	if err != nil {
		return nil, err
	}
	all := map[string]string{}
	for _, own := range found.Functions {
		if all[own.Name] = heard.of[own.Name]; all[own.Name] == "" {
			all[own.Name] = trace.ModePassThrough // Lambda's default, which not every server names
		}
	}
	return all, nil
}

// gateway says whether the stage's API traces itself: a REST API does, an HTTP
// API does not. known is false where neither carries the stage's tags.
func (f *functions) gateway(ctx context.Context) (traces, known bool) {
	_, _ = f.Modes(ctx) // what went wrong is told by whoever asks for it
	return f.tags.rest, f.tags.rest || f.tags.http
}

// tagged lets nothing through but functions, so that nothing is asked of the
// rest, and remembers what APIs there were.
type tagged struct {
	discover.Tags
	rest, http bool
}

func (t *tagged) Resources(ctx context.Context, tags map[string]string) ([]discover.Resource, error) {
	all, err := t.Tags.Resources(ctx, tags)
	var some []discover.Resource
	for _, r := range all {
		// arn:aws:<service>:<region>:<account>:<resource>
		parts := strings.SplitN(r.ARN, ":", 6)
		switch {
		case len(parts) < 6:
		case parts[2] == "lambda" && strings.HasPrefix(parts[5], "function:"):
			some = append(some, r)
		case parts[2] == "apigateway":
			t.rest = t.rest || strings.HasPrefix(parts[5], "/restapis/")
			t.http = t.http || strings.HasPrefix(parts[5], "/apis/")
		}
	}
	return some, err
}

// modes remembers the tracing mode of each function that is looked at.
type modes struct {
	discover.Functions
	mu sync.Mutex
	of map[string]string
}

func (m *modes) Configuration(ctx context.Context, name string) (discover.Function, error) {
	f, err := m.Functions.Configuration(ctx, name)
	if err == nil {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.of[name] = f.Tracing
	}
	return f, err
}
