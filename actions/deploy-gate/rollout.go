package main

import (
	"context"
	"errors"

	"github.com/cutover-dev/cutover/internal/adapter/aws/s3"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/gate"
	"github.com/cutover-dev/cutover/internal/rollout"
)

// rollouts reads the document in which traffic-shift keeps where it stands.
type rollouts struct {
	at     s3.Location
	region string
}

var _ gate.Rollouts = rollouts{}

// rolloutAt is where the document of the stage lies.
func (in inputs) rolloutAt() s3.Location {
	return s3.Location{Bucket: *in.rolloutBucket, Key: rollout.StateKey(in.rolloutPlace.String(), *in.stage)}
}

// Rollout implements gate.Rollouts.
func (r rollouts) Rollout(ctx context.Context) (gate.Rollout, error) {
	store, err := s3.Open(ctx, r.region)
	if err != nil {
		return gate.Rollout{}, err
	}
	text, err := store.Get(ctx, r.at, rollout.MostState)
	if errors.Is(err, s3.ErrNotFound) {
		return gate.Rollout{}, nil
	}
	if err != nil {
		return gate.Rollout{}, err
	}
	seen, err := parseRollout(text)
	if err != nil {
		return gate.Rollout{}, &fault.Fault{Kind: fault.Input, Name: r.at.String(), What: "is no state of a rollout that this gate can read", Err: err, Next: "Use the same release of deploy-gate and traffic-shift."}
	}
	return seen, nil
}

// parseRollout says of a state what the gate asks.
func parseRollout(text []byte) (gate.Rollout, error) {
	s, err := rollout.ParseState(text)
	if err != nil {
		return gate.Rollout{}, err
	}
	return gate.Rollout{
		Found: true, Step: string(s.Step), Weight: s.Weight.String(), Phase: s.Phase, Since: s.Risen,
		Watched: s.Step == rollout.Soaking, UnderWay: s.Phased(),
	}, nil
}
