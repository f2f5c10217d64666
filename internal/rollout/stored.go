package rollout

import (
	"encoding/json"

	"github.com/cutover-dev/cutover/internal/unit"
)

// millionths is how a weight stands in JSON: a number. [unit.Percent] is
// written as one and reads only text, "10%", as people write it in cutover.yaml.
type millionths int64

// UnmarshalJSON reads what a store has kept.
func (s *State) UnmarshalJSON(text []byte) error {
	type plain State
	in := struct {
		*plain
		Weight millionths `json:"weight"`
	}{plain: (*plain)(s)}
	err := json.Unmarshal(text, &in)
	s.Weight = unit.Percent(in.Weight)
	return err
}

// UnmarshalJSON reads what a store has kept.
func (r *Rollback) UnmarshalJSON(text []byte) error {
	type plain Rollback
	in := struct {
		*plain
		From millionths `json:"from"`
	}{plain: (*plain)(r)}
	err := json.Unmarshal(text, &in)
	r.From = unit.Percent(in.From)
	return err
}

// UnmarshalJSON reads what a log has kept.
func (e *Event) UnmarshalJSON(text []byte) error {
	type plain Event
	in := struct {
		*plain
		Weight millionths `json:"weight"`
	}{plain: (*plain)(e)}
	err := json.Unmarshal(text, &in)
	e.Weight = unit.Percent(in.Weight)
	return err
}
