package virtual

import (
	_ "embed"

	"github.com/cutover-dev/cutover/internal/config"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/rollout"
	"github.com/cutover-dev/cutover/internal/rollout/judge"
)

//go:embed default.yaml
var defaults []byte

// DefaultPolicy is what cutover.yaml says when it says nothing.
func DefaultPolicy() (rollout.Policy, error) {
	file, err := config.Parse("default.yaml", defaults)
	if err != nil {
		return rollout.Policy{}, err
	}
	return PolicyOf(file)
}

// PolicyOf compiles the policy of a configuration. The simulated world
// measures every level of the shared stores.
func PolicyOf(file *config.File) (rollout.Policy, error) {
	if file.Traffic == nil {
		return rollout.Policy{}, &fault.Fault{Kind: fault.Input, Name: "traffic", What: "is not configured, so there is no rollout to rehearse", Next: "Add the section traffic: to the file, or rehearse the defaults without --config."}
	}
	return rollout.NewPolicy(*file.Traffic, file.SLOs, judge.AllGauges()...), nil
}
