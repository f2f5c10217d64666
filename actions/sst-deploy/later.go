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

// store returns the bucket, nil as long as there is none.
func (l *later) store(ctx context.Context) (deploy.Store, error) {
	if l.made != nil {
		return l.made, nil
	}
	made, err := l.open(ctx)
	if errors.Is(err, ssm.ErrNoBootstrap) {
		return nil, nil //nolint:nilnil // no bucket yet is the usual case here
	}
	l.made = made
	return made, err
}

func (l *later) Get(ctx context.Context, key string, limit int64) (deploy.Object, error) {
	s, err := l.store(ctx)
	if err != nil {
		return deploy.Object{}, err
	}
	if s == nil {
		return deploy.Object{}, fmt.Errorf("%s: %w", key, deploy.ErrNoObject)
	}
	return s.Get(ctx, key, limit)
}

func (l *later) Written(ctx context.Context, key string) (time.Time, error) {
	s, err := l.store(ctx)
	if err != nil || s == nil {
		return time.Time{}, err
	}
	return s.Written(ctx, key)
}

func (l *later) List(ctx context.Context, prefix string, most int) ([]string, error) {
	s, err := l.store(ctx)
	if err != nil || s == nil {
		return nil, err
	}
	return s.List(ctx, prefix, most)
}

func (l *later) Delete(ctx context.Context, key, etag string) error {
	s, err := l.store(ctx)
	if err != nil {
		return err
	}
	if s == nil {
		return deploy.ErrChanged
	}
	return s.Delete(ctx, key, etag)
}

func (l *later) Put(ctx context.Context, key string, text []byte, etag string) error {
	s, err := l.store(ctx)
	if err != nil {
		return err
	}
	if s == nil {
		return deploy.ErrChanged
	}
	return s.Put(ctx, key, text, etag)
}
