package main

import (
	"context"
	"errors"
	"sync"

	"github.com/cutover-dev/cutover/internal/adapter/aws/ssm"
	"github.com/cutover-dev/cutover/internal/adapter/aws/ssts3"
	"github.com/cutover-dev/cutover/internal/deploy"
	"github.com/cutover-dev/cutover/internal/gate"
)

// stages reads SST's state bucket with the readers of internal/deploy, which
// know its documents.
type stages struct {
	app, bucket, region string
	runs                deploy.Runs // nil without a token
	me                  deploy.RunID
	runner              string

	once  sync.Once
	store deploy.Store
	err   error
}

var _ gate.Stages = (*stages)(nil)

// open finds the bucket at the first call.
func (s *stages) open(ctx context.Context) (deploy.Store, error) {
	s.once.Do(func() {
		name := s.bucket
		if name == "" {
			if name, s.err = ssm.StateBucket(ctx, s.region); s.err != nil {
				return
			}
		}
		s.store, s.err = ssts3.Open(ctx, s.region, name)
	})
	return s.store, s.err
}

// Stage implements gate.Stages.
func (s *stages) Stage(ctx context.Context, name string) (gate.Stage, error) {
	store, err := s.open(ctx)
	if errors.Is(err, ssm.ErrNoBootstrap) {
		return gate.Stage{}, nil // SST was never used here
	}
	if err != nil {
		return gate.Stage{}, err
	}
	target := deploy.Target{App: s.app, Stage: name}
	var seen gate.Stage
	last, ok, err := target.Last(ctx, store)
	if err != nil {
		return gate.Stage{}, err
	}
	if ok {
		seen.Update = &gate.Update{ID: last.ID, RunID: last.RunID, Command: last.Command, Completed: last.TimeCompleted, Errors: len(last.Errors)}
	}
	seen.Lock, err = s.lock(ctx, store, target)
	return seen, err
}

// Lock implements gate.Stages.
func (s *stages) Lock(ctx context.Context, name string) (*gate.Lock, error) {
	store, err := s.open(ctx)
	if err == nil {
		return s.lock(ctx, store, deploy.Target{App: s.app, Stage: name})
	}
	if errors.Is(err, ssm.ErrNoBootstrap) {
		err = nil // where SST was never used nothing is locked
	}
	return nil, err
}

func (s *stages) lock(ctx context.Context, store deploy.Store, target deploy.Target) (*gate.Lock, error) {
	seen, err := deploy.Look(ctx, deploy.Ports{Store: store, Runs: s.runs}, target, deploy.Caller{Run: s.me, Runner: s.runner})
	if err != nil || seen == nil {
		return nil, err
	}
	return &gate.Lock{RunID: seen.RunID, Since: seen.Created, Life: string(seen.Life), Why: seen.Why, URL: seen.URL}, nil
}
