package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/probe"
	"github.com/cutover-dev/cutover/internal/bake"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/retire"
)

// check is a request that must be answered, with the words by which it is known.
type check struct {
	bake.Check
	name string
}

// checked are all of them, each once: the health path, what tracing and preflight
// ask by GET, and what the input adds. Nothing is sent that makes anything.
func (w *work) checked() ([]check, error) {
	all := []string{w.traffic.HealthPath + " 200"}
	if w.file.Tracing != nil {
		for _, r := range w.file.Tracing.Requests {
			if r.Method == http.MethodGet && !strings.ContainsAny(r.Path, "{} ") && len(r.Headers) == 0 {
				all = append(all, fmt.Sprintf("%s %d", r.Path, r.Expect))
			}
		}
	}
	for _, path := range w.traffic.Preflight.Requests {
		if !slices.ContainsFunc(all, func(has string) bool { return strings.HasPrefix(has, path+" ") }) {
			all = append(all, path+" 200")
		}
	}
	all = append(all, *w.in.checks...)
	var list []check
	var problems []error
	for _, text := range all {
		if slices.ContainsFunc(list, func(c check) bool { return c.name == text }) {
			continue
		}
		c, err := bake.ParseCheck(text)
		if err != nil {
			problems = append(problems, &fault.Fault{Kind: fault.Input, Name: "check", What: "is no request that could be held", Got: text, Allowed: "a path, a status, members of the JSON: /health 200 status=ok", Err: err})
			continue
		}
		list = append(list, check{c, text})
	}
	return list, errors.Join(problems...)
}

const (
	// patience is how long one answer may take, asks how often it is asked for: one
	// broken connection is no broken endpoint.
	patience = 10 * time.Second
	asks     = 3
	// askers is how many endpoints are asked at once.
	askers = 4
)

// asker asks the stage as its users do, by its own address.
type asker struct {
	prober *probe.Prober
	checks []check
	pause  time.Duration
}

func (w *work) asker() (*asker, error) {
	p, err := probe.Open(cmp.Or(*w.in.url, string(w.file.Stages[w.stage].URL)), patience)
	return &asker{p, w.checks, time.Second}, err
}

func (a *asker) all(ctx context.Context) []retire.Endpoint {
	found := make([]retire.Endpoint, len(a.checks))
	turns := make(chan struct{}, askers)
	var group sync.WaitGroup
	for i, c := range a.checks {
		group.Go(func() {
			turns <- struct{}{}
			defer func() { <-turns }()
			found[i] = a.one(ctx, c)
		})
	}
	group.Wait()
	return found
}

func (a *asker) one(ctx context.Context, c check) retire.Endpoint {
	var wrong string
	for n := range asks {
		if n > 0 && wait(ctx, a.pause) != nil {
			break
		}
		if wrong = c.Hold(a.prober.Probe(ctx, c.Method, c.Path)); wrong == "" {
			return retire.Endpoint{Name: c.name, OK: true, Answer: "as expected"}
		}
	}
	return retire.Endpoint{Name: c.name, Answer: wrong}
}
