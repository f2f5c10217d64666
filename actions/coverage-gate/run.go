package main

import (
	"context"
	"errors"
	"strings"

	"github.com/cutover-dev/cutover/internal/adapter/git"
	"github.com/cutover-dev/cutover/internal/config"
	"github.com/cutover-dev/cutover/internal/coverage"
	"github.com/cutover-dev/cutover/internal/runner"
	"github.com/cutover-dev/cutover/internal/unit"
)

// run reads, judges and tells.
func (in inputs) run(ctx context.Context, s *runner.Session) error {
	policy, err := in.policy(s)
	if err != nil {
		return err
	}
	subject, missing, err := in.observe(ctx, s, policy)
	if err != nil {
		return err
	}
	result, err := coverage.Decide(policy, subject)
	if err != nil {
		return err
	}
	result.Missing = append(result.Missing, missing...)
	// The verdict is told whatever happens to what is written beside it.
	return errors.Join(in.write(ctx, s, result), tell(s, result))
}

// observe gathers everything that is judged.
func (in inputs) observe(ctx context.Context, s *runner.Session, p coverage.Policy) (coverage.Subject, []string, error) {
	var subject coverage.Subject
	var missing []string
	var err error
	subject.Report, err = unlessCancelled(ctx, func() (r coverage.Report, err error) {
		r, missing, err = in.readReports(ctx, s)
		return r, err
	})
	if err != nil {
		return subject, nil, err
	}
	if base := in.baseRef(s); base != "" && p.WantsPatch() {
		if subject.Changes, err = (git.Repository{Folder: *in.root}).Changes(ctx, base); err != nil {
			return subject, nil, err
		}
	}
	if p.MaxDrop != nil && *in.baseline != "" {
		if subject.Baseline, err = in.readBaseline(ctx, s); err != nil {
			return subject, nil, err
		}
	}
	return subject, missing, nil
}

// baseRef is what to compare with: the input, else a pull request's base.
func (in inputs) baseRef(s *runner.Session) string {
	if *in.base != "" {
		return *in.base
	}
	if branch := s.Getenv("GITHUB_BASE_REF"); branch != "" {
		return "origin/" + branch
	}
	return ""
}

// policy is cutover.yaml's, or the defaults, with the inputs on top.
func (in inputs) policy(s *runner.Session) (coverage.Policy, error) {
	policy := coverage.DefaultPolicy()
	file, err := config.Optional(*in.config, config.Name)
	if err != nil {
		return policy, err
	}
	s.Runbooks(file.Runbooks())
	if file != nil {
		policy = file.Coverage
	}
	for m, minimum := range in.minimums {
		if *minimum != nil {
			policy = policy.With(m, **minimum)
		}
	}
	if *in.minFile != nil {
		policy = policy.WithFileLines(**in.minFile)
	}
	if *in.minPatch != nil {
		policy = policy.WithPatchLines(**in.minPatch)
	}
	switch {
	case *in.maxDrop != nil:
		policy = policy.WithMaxDrop(**in.maxDrop)
	case *in.baseline != "" && policy.MaxDrop == nil:
		policy = policy.WithMaxDrop(0) // a baseline that nothing is held to would be silence
	}
	return policy, nil
}

// parseMinimum reads "95", "92.5", "95%" or "none", which is nothing gated.
func parseMinimum(text string) (*unit.Percent, error) {
	if text == "none" {
		off := coverage.NotGated
		return &off, nil
	}
	p, err := unit.ParsePercent(strings.TrimSuffix(strings.TrimSpace(text), "%") + "%")
	if err != nil {
		return nil, errors.New("is no percentage")
	}
	return &p, nil
}
