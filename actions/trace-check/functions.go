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
	tags    discover.Tags
	request discover.Request
	// rest and http say which kinds of APIs carry the stage's tags.
	rest, http bool

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
	return &functions{lambda: asked, tags: tags, request: r}, err
}

// Modes implements trace.Functions.
func (f *functions) Modes(ctx context.Context) (map[string]string, error) {
	f.once.Do(func() { f.mode, f.err = f.look(ctx) })
	return f.mode, f.err
}

func (f *functions) look(ctx context.Context) (map[string]string, error) {
	heard := &modes{Functions: f.lambda, of: map[string]string{}}
	found, _, err := discover.Find(ctx, discover.Ports{Tags: discover.OnlyFunctions(f.tags, f.api), Functions: heard}, f.request)
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

// api notes what kind of API was found beside the functions.
func (f *functions) api(service, resource string) {
	f.rest = f.rest || service == "apigateway" && strings.HasPrefix(resource, "/restapis/")
	f.http = f.http || service == "apigateway" && strings.HasPrefix(resource, "/apis/")
}

// gateway says whether the stage's API traces itself: a REST API does, an HTTP
// API does not. known is false where neither carries the stage's tags.
func (f *functions) gateway(ctx context.Context) (traces, known bool) {
	_, _ = f.Modes(ctx) // what went wrong is told by whoever asks for it
	return f.rest, f.rest || f.http
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
