//go:build e2e

package rehearsal_test

import (
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/rehearsal/cloud"
	"github.com/cutover-dev/cutover/internal/rehearsal/loopback"
)

// An artifact of another run comes only to who names the run and has a token for
// it, as in download-artifact itself: without a token it looks at this run alone.
func TestE2EArtifactsOfAnotherRun(t *testing.T) {
	t.Parallel()
	o := options(t)
	o.Workflow, o.Quiet = "flow.yml", true
	o.Prepare = func(s *loopback.Server, _ *cloud.Cloud) {
		s.Leave(4711, "load-result", map[string]string{"load.json": "theirs", "plots/a b.svg": "<svg/>"})
	}
	const take = "      - {name: %, continue-on-error: true, uses: actions/download-artifact@3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c, with: {#}}\n"
	step1 := func(name, with string) string {
		return strings.NewReplacer("%", name, "#", with).Replace(take)
	}
	o.Overlay = overlay(map[string]string{"flow.yml": `
name: flow
on: push
jobs:
  take:
    runs-on: ubuntu-latest
    steps:
      - run: mkdir -p out && echo ours > out/own.txt
      - {uses: actions/upload-artifact@bbbca2ddaa5d8feaa63e36b76fdaad77386f024f, with: {name: load-shard-1, path: out}}
      - {uses: actions/upload-artifact@bbbca2ddaa5d8feaa63e36b76fdaad77386f024f, with: {name: load-shard-2, path: out}}
      - {uses: actions/upload-artifact@bbbca2ddaa5d8feaa63e36b76fdaad77386f024f, with: {name: other, path: out}}
` + step1("whole", "name: load-result, path: whole, run-id: 4711, github-token: '${{ github.token }}'") +
		step1("no token", "name: load-result, path: a, run-id: 4711") +
		step1("wrong token", "name: load-result, path: b, run-id: 4711, github-token: nothing") +
		step1("wrong run", "name: load-result, path: c, run-id: 4712, github-token: '${{ github.token }}'") +
		step1("no run", "name: load-result, path: d, run-id: latest, github-token: '${{ github.token }}'") +
		step1("shards", "pattern: load-shard-*, path: shards") +
		step1("merged", "pattern: load-shard-*, path: merged, merge-multiple: true") + `
      - {name: Look, run: "find whole shards merged a b c d -type f 2>/dev/null | sort; cat whole/load.json"}
`})
	r := rehearse(t, o)
	for name, want := range map[string]string{
		"whole": "", "shards": "", "merged": "", "no token": "Artifact not found for name: load-result", "wrong token": "401", "wrong run": "404", "no run": "404",
	} {
		s := step(t, r, "take", name)
		if (s.Conclusion == loopback.Success) != (want == "") || !strings.Contains(strings.Join(s.Log, "\n"), want) {
			t.Errorf("%s: %s\n%s", name, s.Conclusion, strings.Join(s.Log, "\n"))
		}
	}
	look := strings.Join(step(t, r, "take", "Look").Log, "\n")
	if want := "merged/own.txt\nshards/load-shard-1/own.txt\nshards/load-shard-2/own.txt\nwhole/load.json\nwhole/plots/a b.svg\ntheirs"; !strings.Contains(look, want) {
		t.Errorf("it found\n%s\nnot\n%s", look, want)
	}
}
