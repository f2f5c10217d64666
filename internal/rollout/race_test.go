//go:build race

package rollout_test

// slower is by how much less a walk goes where the race detector looks on.
const slower = 25
