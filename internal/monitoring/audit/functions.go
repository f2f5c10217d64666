package audit

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/cutover-dev/cutover/internal/monitoring/discover"
)

// atOnce is how many questions are asked at the same time. The slowest of the
// services, CloudWatch Logs, answers ten a second.
const atOnce = 4

// each asks for every name, a few at a time.
func each(ctx context.Context, names []string, ask func(ctx context.Context, name string) error) error {
	group, within := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for _, name := range names {
		group.Go(func() error { return ask(within, name) })
	}
	return group.Wait()
}

func compare(a, b Thing) int { return strings.Compare(a.Name, b.Name) }

func (a *audit) names() []string {
	var names []string
	for _, f := range a.Plan.Inventory.Functions {
		names = append(names, f.Name)
	}
	return names
}

// known asks Lambda for every function of the inventory. That there is none is
// a fail: something has to run.
func (a *audit) known(ctx context.Context) (seen, error) {
	names := a.names()
	s := seen{of: len(names)}
	if len(names) == 0 {
		s.bad(a.stage(), "No function of it is known.")
		return s, nil
	}
	var mu sync.Mutex
	err := each(ctx, names, func(ctx context.Context, name string) error {
		f, err := a.Functions.Configuration(ctx, name)
		mu.Lock()
		defer mu.Unlock()
		if errors.Is(err, discover.ErrGone) {
			s.bad(name, "There is no such function.")
			return nil
		}
		if err == nil {
			a.functions[name] = f
		}
		return err
	})
	return s, err
}

// traced: X-Ray sees what Lambda is told to send.
func (a *audit) traced(context.Context) (seen, error) {
	s := seen{of: len(a.functions)}
	for name, f := range a.functions {
		if f.Tracing != "Active" {
			s.bad(name, "Its tracing is "+orNone(f.Tracing)+".")
		}
	}
	return s, nil
}

// tagged finds what carries both tags with the right values, in one search.
func (a *audit) tagged(ctx context.Context) (seen, error) {
	s := seen{of: len(a.names())}
	if s.of == 0 {
		return s, nil
	}
	found, err := a.Tags.Resources(ctx, map[string]string{tagProject: a.Plan.Project, tagStage: a.stage()})
	if err != nil {
		return s, err
	}
	for _, name := range a.names() {
		if !slices.ContainsFunc(found, func(r discover.Resource) bool { return strings.HasSuffix(r.ARN, ":function:"+name) }) {
			s.bad(name, "It does not carry Project="+a.Plan.Project+" and Environment="+a.stage()+".")
		}
	}
	return s, nil
}

// retained looks at the log group of each function. One that does not exist yet
// is kept for ever when Lambda makes it.
func (a *audit) retained(ctx context.Context) (seen, error) {
	var groups []string
	for _, f := range a.Plan.Inventory.Functions {
		group := f.LogGroup
		if said, ok := a.functions[f.Name]; ok && said.LogGroup != "" {
			group = said.LogGroup
		}
		if group == "" {
			group = "/aws/lambda/" + f.Name
		}
		groups = append(groups, group)
	}
	slices.Sort(groups)
	groups = slices.Compact(groups)
	want := int(a.Retention / (24 * time.Hour))
	s := seen{of: len(groups)}
	var mu sync.Mutex
	err := each(ctx, groups, func(ctx context.Context, group string) error {
		got, ok, err := a.Groups.Retention(ctx, group)
		mu.Lock()
		defer mu.Unlock()
		switch {
		case err != nil:
			return err
		case !ok:
			s.bad(group, "There is no such log group; the one that Lambda makes is kept for ever.")
		case got != want:
			s.bad(group, "It is kept "+days(got)+", not "+days(want)+".")
		}
		return nil
	})
	return s, err
}

func orNone(text string) string {
	if text == "" {
		return "not told"
	}
	return text
}
