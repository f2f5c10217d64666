package archive_test

import (
	"errors"
	"testing"

	"github.com/cutover-dev/cutover/internal/release/archive"
)

// A release that was good in another stage, or is older, is put under the name of
// one that is to be brought back. What it says of itself gives it away, though every
// digest in it is right.
//
// Attack: replayed-archive
func TestAReleaseOfAnotherPlaceIsNotTaken(t *testing.T) {
	l := layout(t)
	for name, change := range map[string]func(stage, release string) (asStage, asRelease string){
		"another stage's": func(_, release string) (string, string) { return "staging", release },
		"an older one":    func(stage, _ string) (string, string) { return stage, "20261101T000000Z-6ae71a84-1-1" },
	} {
		m, o := newMemory(), order(t)
		kept, err := archive.Keep(t.Context(), archive.Ports{Store: m, Files: app()}, o)
		if err != nil {
			t.Fatal(err)
		}
		stage, release := change(o.Stage, kept.Release)
		m.objects[l.Manifest(stage, release)] = m.objects[l.Manifest(o.Stage, kept.Release)]
		verified, err := archive.Verify(t.Context(), archive.Ports{Store: m}, l, stage, release)
		if err == nil && verified.Verdict == "pass" {
			t.Errorf("%s is taken for %s of %s", name, release, stage)
		}
		if err != nil && !errors.Is(err, archive.ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
