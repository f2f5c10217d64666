package main

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"strings"

	"github.com/cutover-dev/cutover/internal/adapter/aws/s3"
	"github.com/cutover-dev/cutover/internal/adapter/github"
	"github.com/cutover-dev/cutover/internal/coverage"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/runner"
)

const (
	inS3       = "s3://"
	inArtifact = "artifact:"
	// baselineFile is the file that an artifact with a baseline holds.
	baselineFile = "coverage-baseline.json"
	// maxBaseline bounds a baseline in bytes.
	maxBaseline = 16 << 20
)

// readBaseline fetches the stored totals from where the input says.
func (in inputs) readBaseline(ctx context.Context, s *runner.Session) (*coverage.Baseline, error) {
	from := *in.baseline
	var text []byte
	var err error
	switch {
	case strings.HasPrefix(from, inS3):
		text, err = readFromS3(ctx, from)
	case strings.HasPrefix(from, inArtifact):
		text, err = in.readFromArtifact(ctx, s, strings.TrimPrefix(from, inArtifact))
	default:
		text, err = os.ReadFile(from)
	}
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, s3.ErrNotFound) || errors.Is(err, github.ErrNoArtifact) {
		return nil, &fault.Fault{
			Kind: fault.Input, Name: "baseline", What: "does not exist", Got: from,
			Next: "Run the gate once on the base branch with write-baseline, then compare.",
		}
	}
	if err != nil {
		return nil, err
	}
	return coverage.ParseBaseline(from, text)
}

func readFromS3(ctx context.Context, from string) ([]byte, error) {
	at, err := s3.ParseLocation(from)
	if err != nil {
		return nil, err
	}
	store, err := s3.Open(ctx, os.Getenv("AWS_REGION"))
	if err != nil {
		return nil, err
	}
	return store.Get(ctx, at, maxBaseline)
}

func (in inputs) readFromArtifact(ctx context.Context, s *runner.Session, name string) ([]byte, error) {
	client, err := in.github(s)
	if err != nil {
		return nil, err
	}
	branch := s.Getenv("GITHUB_BASE_REF")
	if branch == "" {
		branch = s.Getenv("GITHUB_REF_NAME")
	}
	return client.BranchArtifact(ctx, branch, name, baselineFile, maxBaseline)
}

func (in inputs) github(s *runner.Session) (*github.Client, error) {
	if *in.token == "" {
		return nil, &fault.Fault{Kind: fault.Input, Name: "token", What: "is needed and was not given", Next: "Pass ${{ github.token }}."}
	}
	return github.Open(s.Getenv("GITHUB_API_URL"), s.Getenv("GITHUB_REPOSITORY"), *in.token)
}

// storeBaseline writes the totals to where the input says.
func (in inputs) storeBaseline(ctx context.Context, s *runner.Session, r coverage.Result) error {
	to := *in.writeBaseline
	text, err := json.MarshalIndent(r.Baseline(s.Getenv("GITHUB_SHA")), "", "  ")
	if err != nil {
		return err
	}
	text = append(text, '\n')
	if !strings.HasPrefix(to, inS3) {
		return s.ReplaceFile("write-baseline", to, text)
	}
	at, err := s3.ParseLocation(to)
	if err != nil {
		return err
	}
	store, err := s3.Open(ctx, os.Getenv("AWS_REGION"))
	if err != nil {
		return err
	}
	return store.Put(ctx, at, text, "application/json")
}
