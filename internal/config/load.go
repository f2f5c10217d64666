package config

import (
	"fmt"
	"maps"
	"slices"

	"github.com/cutover-dev/cutover/internal/config/strict"
)

// checkLoad wants each profile to be for a stage that exists: load that goes
// somewhere else is an attack.
func (f File) checkLoad(c *strict.Check) {
	if f.Load == nil || !c.Valid("stages") {
		return
	}
	held := func(stage string, section []any, key string) {
		at := slices.Concat(section, []any{key})
		if _, found := f.Stages[stage]; found || !c.Valid(at...) {
			return
		}
		if !c.Written(at...) {
			at = section
		}
		c.Report(strict.Problem{Message: fmt.Sprintf("there is no stage %q to send load to", stage), Allowed: list(f.Stages),
			Suggestion: suggest(stage, f.Stages, "name one of the stages with the key stage")}, at...)
	}
	all := true
	for _, name := range slices.Sorted(maps.Keys(f.Load.Profiles)) {
		if stage := f.Load.Profiles[name].Stage; stage != "" {
			held(stage, []any{"load", "profiles", name}, "stage")
			continue
		}
		all = false
	}
	// Whether the section's own stage exists does not matter if no profile uses it.
	if !all {
		held(f.Load.Stage, []any{"load"}, "stage")
	}
}
