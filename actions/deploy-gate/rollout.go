package main

import (
	"context"
	"encoding/json"
	"errors"
	"path"
	"slices"

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
	return s3.Location{Bucket: *in.rolloutBucket, Key: path.Join(*in.rolloutPlace, "rollout", *in.stage, "state.json")}
}

// mostState bounds the document in bytes; it holds two months of evidence at most.
const mostState = 16 << 20

// Rollout implements gate.Rollouts.
func (r rollouts) Rollout(ctx context.Context) (gate.Rollout, error) {
	store, err := s3.Open(ctx, r.region)
	if err != nil {
		return gate.Rollout{}, err
	}
	text, err := store.Get(ctx, r.at, mostState)
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

// parseRollout reads a state. One of another format, or in a step that this
// program does not know, may mean anything.
func parseRollout(text []byte) (gate.Rollout, error) {
	var s rollout.State
	if err := json.Unmarshal(text, &s); err != nil {
		return gate.Rollout{}, err
	}
	if s.Format != 1 {
		return gate.Rollout{}, errors.New("its format is not 1")
	}
	if !slices.Contains([]rollout.Step{rollout.Ready, rollout.Shifting, rollout.Settling, rollout.Watching, rollout.RollingBack, rollout.RolledBack, rollout.Soaking, rollout.Complete}, s.Step) {
		return gate.Rollout{}, errors.New("its step is not known")
	}
	seen := gate.Rollout{Found: true, Step: string(s.Step), Weight: s.Weight.String(), Phase: s.Phase, Since: s.Risen, Watched: s.Step == rollout.Soaking}
	// After the last phase the traffic is watched for weeks; that is no phase.
	seen.UnderWay = s.Active() && !seen.Watched || s.Step == rollout.RollingBack
	return seen, nil
}
