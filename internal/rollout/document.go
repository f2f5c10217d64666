package rollout

import (
	"encoding/json"
	"errors"
	"path"
	"slices"
)

// MostState bounds a state's document in bytes; it holds two months of evidence
// at most.
const MostState = 16 << 20

// StateKey is where the document of a stage lies in the bucket, below a prefix
// that the archive's releases share.
func StateKey(prefix, stage string) string { return path.Join(prefix, "rollout", stage, "state.json") }

// ParseState reads a state's document. One of another format, or in a step that
// this program does not know, may mean anything.
func ParseState(text []byte) (State, error) {
	var s State
	if err := json.Unmarshal(text, &s); err != nil {
		return State{}, err
	}
	if s.Format != 1 {
		return State{}, errors.New("its format is not 1")
	}
	if !slices.Contains([]Step{Ready, Shifting, Settling, Watching, RollingBack, RolledBack, Soaking, Complete}, s.Step) {
		return State{}, errors.New("its step is not known")
	}
	return s, nil
}

// Phased says whether a phase is being carried out or left, so that nothing else
// should be changed. After the last phase the traffic is watched for weeks; that
// is no phase.
func (s State) Phased() bool { return s.Active() && s.Step != Soaking || s.Step == RollingBack }
