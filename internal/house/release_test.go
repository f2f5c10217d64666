package house_test

import (
	"slices"
	"strings"
	"testing"
)

// unsafeRelease lists what is wrong with how cutover is released.
func unsafeRelease(t *testing.T, source string) []string {
	var problems []string
	hold := func(is bool, what string) {
		if !is {
			problems = append(problems, what)
		}
	}
	jobs := jobsOf(t, source)
	for id, j := range jobs {
		if id != "publish" {
			hold(len(j.Permissions) == 1 && j.Permissions["contents"] == "read", id+" may do more than read")
			hold(j.environment() == "", id+" is in an environment")
		}
		for _, s := range j.Steps {
			hold(!strings.HasPrefix(s.Uses, "actions/cache@"), id+" takes something from a cache")
			hold(!strings.HasPrefix(s.Uses, "actions/setup-go@") || s.With["cache"] == "false", id+" builds with somebody's cache")
			hold(!strings.HasPrefix(s.Uses, "./.github/actions/set-up-cutover"), id+" runs a binary of a cache")
		}
	}
	p := jobs["publish"]
	hold(p.environment() == "release", "nobody is asked before a release")
	hold(len(p.Permissions) == 3 && p.Permissions["contents"] == "write" && p.Permissions["id-token"] == "write" && p.Permissions["attestations"] == "write", "publish may do more, or too little")
	hold(slices.Contains(p.needs(), "again") && slices.Contains(p.needs(), "build"), "a release does not wait for both builds")
	hold(strings.Contains(source, `--again "$RUNNER_TEMP/again"`), "the builds are not compared")
	attest := firstOf(p, "actions/attest-build-provenance@a2bbfa25375fe432b6a289bc6b6cd05ecd0c4c32")
	hold(attest >= 0 && attest < len(p.Steps)-1 && p.Steps[len(p.Steps)-1].Name == "Release" && strings.Count(source, `/publish" publish `) == 1, "it is published before it is attested")
	hold(strings.Contains(source, "group: release\n  cancel-in-progress: false"), "two releases may meet, or one is cancelled")
	hold(!strings.Contains(source, "pull_request"), "a pull request starts it")
	return problems
}

func TestReleasesAreGuarded(t *testing.T) {
	source := text(t, ".github/workflows/release.yml")
	for _, problem := range unsafeRelease(t, source) {
		t.Error(problem)
	}
	for _, c := range []struct{ from, to string }{
		{"environment: release", "environment: staging"},
		{"contents: read # checkout\n    strategy", "contents: write\n    strategy"},
		{"contents: read # checkout, with", "contents: write # checkout, with"},
		{"          cache: false\n", ""},
		{"needs: [plan, build, again]", "needs: [plan, build]"},
		{` --again "$RUNNER_TEMP/again"`, ""},
		{"      attestations: write", "      packages: write"},
		{"cancel-in-progress: false", "cancel-in-progress: true"},
		{"  group: release\n", "  group: release-${{ inputs.version }}\n"},
		{"attest-build-provenance@a2bb", "attest-build-provenance@a2bc"},
	} {
		broken := strings.Replace(source, c.from, c.to, 1)
		if broken == source {
			t.Errorf("%q is not in the workflow", c.from)
		} else if len(unsafeRelease(t, broken)) == 0 {
			t.Errorf("%q in the place of %q is not seen", c.to, c.from)
		}
	}
}
