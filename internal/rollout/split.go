package rollout

import (
	"fmt"

	"github.com/cutover-dev/cutover/internal/unit"
)

// Split is what the two records weigh, each from 0 to 255.
type Split struct {
	Green, Blue int
}

// SplitOf returns the weights that give green a share. Settings accept only
// shares that have such weights.
func SplitOf(share unit.Percent) Split {
	green, blue, ok := Weights(share)
	if !ok {
		panic(fmt.Sprintf("rollout: Route 53 cannot give %s; settings refuse such a phase", share))
	}
	return Split{green, blue}
}

// Is says whether the weights give green exactly this share.
func (s Split) Is(share unit.Percent) bool {
	total := s.Green + s.Blue
	return total > 0 && int64(s.Green)*int64(unit.Full) == int64(share)*int64(total)
}

// above says whether green gets more than a share. Two weights of 0 are equal
// weights to Route 53, so green gets half.
func (s Split) above(share unit.Percent) bool {
	if s.Green+s.Blue == 0 {
		return share < unit.Full/2
	}
	return int64(s.Green)*int64(unit.Full) > int64(share)*int64(s.Green+s.Blue)
}

// Correction returns the weights to set, given those that stand (nil when they
// could not be read), and whether any must be set. It follows from the state
// alone, so that a tick after a kill does what the one before left undone.
//
// Weights that give green more than was decided are always taken back. Weights
// that give it less are raised only while a promotion is being carried out:
// whoever lowered them knew why.
func (s State) Correction(stand *Split) (Split, bool) {
	want := SplitOf(s.Weight)
	switch s.Step {
	case Ready, Complete:
		return want, false
	case RollingBack, Shifting:
		return want, stand == nil || !stand.Is(s.Weight)
	}
	return want, stand != nil && stand.above(s.Weight)
}

// Healthy is the verdict that green's health check is fed: false moves clients
// to blue by DNS alone, with the control plane down.
func (s State) Healthy() bool { return s.Step != RollingBack && s.Step != RolledBack }
