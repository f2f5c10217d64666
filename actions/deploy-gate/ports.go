package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/cutover-dev/cutover/internal/adapter/aws/budgets"
	"github.com/cutover-dev/cutover/internal/adapter/aws/cloudwatch"
	"github.com/cutover-dev/cutover/internal/adapter/aws/keys"
	"github.com/cutover-dev/cutover/internal/adapter/github"
	"github.com/cutover-dev/cutover/internal/bundle"
	"github.com/cutover-dev/cutover/internal/deploy"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/gate"
	"github.com/cutover-dev/cutover/internal/runner"
)

// ports opens the ways to the outside. None of them asks anything yet: what
// cannot be reached is a row's matter and must not hide the others.
func (in inputs) ports(ctx context.Context, s *runner.Session, p plan) (gate.Ports, error) {
	ports := gate.Ports{
		Checkout:  checkout{folder: p.folder, lockfile: *in.lockfile, bundle: *in.bundle},
		LongLived: slices.ContainsFunc(keys.Find(os.Environ(), os.ReadFile), func(k keys.Found) bool { return k.Used }),
	}
	stages := &stages{app: p.policy.App, bucket: *in.bucket, region: p.region, runner: s.Getenv("RUNNER_NAME")}
	stages.me, _ = deploy.ParseRunID(p.policy.RunID())
	if *in.token != "" && s.Getenv("GITHUB_REPOSITORY") != "" {
		client, err := github.Open(s.Getenv("GITHUB_API_URL"), s.Getenv("GITHUB_REPOSITORY"), *in.token)
		if err != nil {
			return ports, err
		}
		ports.GitHub, stages.runs = client.ForGate(), client
	}
	ports.Stages = stages
	var err1, err2 error
	ports.Alarms, err1 = cloudwatch.Open(ctx, p.region)
	ports.Budgets, err2 = budgets.Open(ctx)
	if *in.rolloutBucket != "" {
		ports.Rollouts = rollouts{at: in.rolloutAt(), region: p.region}
	}
	return ports, errors.Join(err1, err2)
}

// checkout is the folder of the app as it was built here.
type checkout struct{ folder, lockfile, bundle string }

var _ gate.Checkout = checkout{}

// Lockfile implements gate.Checkout.
func (c checkout) Lockfile(_ context.Context, like string) (gate.Digest, error) {
	path, err := c.path("lockfile", c.lockfile, like)
	if err != nil {
		return gate.Digest{}, err
	}
	sum, err := bundle.File(os.DirFS(filepath.Dir(path)), filepath.Base(path))
	return gate.Digest{Path: shown(c.lockfile, like), SHA256: sum, Files: 1}, unread("lockfile", path, err)
}

// Bundle implements gate.Checkout.
func (c checkout) Bundle(_ context.Context, like string) (gate.Digest, error) {
	path, err := c.path("bundle", c.bundle, like)
	if err != nil {
		return gate.Digest{}, err
	}
	sum, files, err := bundle.Digest(os.DirFS(path))
	if errors.Is(err, bundle.ErrEmpty) {
		err = fmt.Errorf("%s: %w", path, fs.ErrNotExist)
	}
	return gate.Digest{Path: shown(c.bundle, like), SHA256: sum, Files: files}, unread("bundle", path, err)
}

// path is where an input says, or where the receipt does, which must stay within
// the app's folder.
func (c checkout) path(input, given, like string) (string, error) {
	switch {
	case filepath.IsAbs(given):
		return given, nil
	case given != "":
		return filepath.Join(c.folder, filepath.FromSlash(given)), nil
	case !filepath.IsLocal(filepath.FromSlash(like)):
		return "", &fault.Fault{Kind: fault.Input, Name: "receipt", What: "names a " + input + " outside of the app's folder", Got: like, Next: "Name it with the input " + input + "."}
	}
	return filepath.Join(c.folder, filepath.FromSlash(like)), nil
}

func shown(given, like string) string { return first(given, like) }

// unread tells what is not there from what cannot be read.
func unread(input, path string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%s: %w", path, gate.ErrNone)
	}
	return &fault.Fault{Kind: fault.Input, Name: input, What: "cannot be read", Got: path, Err: err}
}
