package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/adapter/aws/s3"
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
		got := processtest.Run(t, binary, t.TempDir(), []string{"GITHUB_ACTIONS=true"}, "--prefix", prefix)
		if got.Code != 2 || !strings.Contains(got.Stderr, "--prefix: is no prefix of keys") {
			t.Errorf("%q: exit %d\n%s", prefix, got.Code, got.Stderr)
		}
	}
}

// Whoever may write to the bucket says that ECS is retired while green is on trial:
// the watch would end, and rollback be refused. The record says otherwise, and is
// believed: the verdict goes on, the tick tells of the mark, and orders are taken.
//
// Attack: tampered-mark
func TestAForgedMarkMutesNothing(t *testing.T) {
	t.Parallel()
	for _, place := range []string{watching, soaking} {
		t.Run(place, func(t *testing.T) {
			t.Parallel()
			s := at(t, place)
			s.marked(s3.Marks{VerdictOff: s.now()})
			s.minutes(2, 0)
			from := len(s.cloud.Calls())
			r := s.must(0, cmdTick)
			if trouble := strings.Join(r.Trouble, "\n"); !slices.Contains(s.called(from), "cloudwatch:PutMetricData") || !strings.Contains(trouble, "is not believed: the record is no simple one") {
				t.Errorf("%v\n%s", s.called(from), trouble)
			}
			// The mark would refuse every order. A soak cannot be paused for another reason.
			if _, got := s.shift("pause"); place == watching && got.Code != 0 || strings.Contains(got.Stderr, "is not possible any more") {
				t.Errorf("%d\n%s", got.Code, got.Stderr)
			}
		})
	}
}
