package main

import (
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/processtest"
)

// A beginning of keys that means another place, or none, would have the rollout's
// state looked for where it is not; and what is not there says that nothing is
// under way.
//
// Attack: state-elsewhere
func TestKeysBeginWhereTheyShould(t *testing.T) {
	t.Parallel()
	for _, prefix := range []string{"../other", "cutover/../other", "/cutover", "cutover/", "cutover//x", ".", "..", "cut over", "s3://other/cutover", "cutover\n::error::x", strings.Repeat("a", 300)} {
		got := processtest.Run(t, binary, t.TempDir(), []string{"GITHUB_ACTIONS=true"}, "--rollout-prefix", prefix)
		if got.Code != 2 || !strings.Contains(got.Stderr, "--rollout-prefix: is no prefix of keys") {
			t.Errorf("%q: exit %d\n%s", prefix, got.Code, got.Stderr)
		}
	}
}
