package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/ssm"
	"github.com/cutover-dev/cutover/internal/deploy"
)

// later is the state bucket of an account in which SST was never used: empty
// until SST makes it, which it does at the first deployment (provider/aws.go,
// Bootstrap).
type later struct {
	open func(context.Context) (deploy.Store, error)
	made deploy.Store
}

// store returns the bucket, or one without objects as long as there is none.
func (l *later) store(ctx context.Context) (deploy.Store, error) {
	if l.made != nil {
		return l.made, nil
	}
	made, err := l.open(ctx)
	if errors.Is(err, ssm.ErrNoBootstrap) {
		return empty{}, nil // asked again next time: a deployment makes it
	}
	l.made = made
	return made, err
}

func (l *later) Get(ctx context.Context, key string, limit int64) (deploy.Object, error) {
	s, err := l.store(ctx)
	if err != nil {
		return deploy.Object{}, err
	}
	return s.Get(ctx, key, limit)
}

func (l *later) Written(ctx context.Context, key string) (time.Time, error) {
	s, err := l.store(ctx)
	if err != nil {
		return time.Time{}, err
	}
	return s.Written(ctx, key)
}

func (l *later) List(ctx context.Context, prefix string, most int) ([]string, error) {
	s, err := l.store(ctx)
	if err != nil {
		return nil, err
	}
	return s.List(ctx, prefix, most)
}

func (l *later) Delete(ctx context.Context, key, etag string) error {
	s, err := l.store(ctx)
	if err != nil {
		return err
	}
	return s.Delete(ctx, key, etag)
}

func (l *later) Put(ctx context.Context, key string, text []byte, etag string) error {
	s, err := l.store(ctx)
	if err != nil {
		return err
	}
	return s.Put(ctx, key, text, etag)
}

// empty is a store without objects.
type empty struct{}

func (empty) Get(_ context.Context, key string, _ int64) (deploy.Object, error) {
	return deploy.Object{}, fmt.Errorf("%s: %w", key, deploy.ErrNoObject)
}

func (empty) Written(context.Context, string) (time.Time, error)  { return time.Time{}, nil }
func (empty) List(context.Context, string, int) ([]string, error) { return nil, nil }
func (empty) Delete(context.Context, string, string) error        { return deploy.ErrChanged }
func (empty) Put(context.Context, string, []byte, string) error   { return deploy.ErrChanged }
