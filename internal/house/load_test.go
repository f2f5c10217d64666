package house_test

import (
	"slices"
	"strings"
	"testing"
)

// unapproved lists what is wrong with how a stage comes to be loaded.
func unapproved(jobs map[string]stageJob) []string {
	var problems []string
	hold := func(is bool, what string) {
		if !is {
			problems = append(problems, what)
		}
	}
	start, send, judge := jobs["start"], jobs["send"], jobs["judge"]
	hold(start.environment() == "${{ inputs.stage }}-load", "no reviewer stands before a load")
	hold(len(start.Permissions) == 0, "whoever only chooses a time may do more")
	hold(slices.Equal(send.needs(), []string{"start"}), "the load does not wait for the approval")
	hold(send.Permissions["actions"] == "read" && len(send.Permissions) == 2, "the load cannot see that it was approved, or may do more")
	hold(send.role() == "", "the load has a session at AWS")
	at := firstOf(send, "./actions/load-test")
	hold(at >= 0 && send.Steps[at].With["token"] == "${{ github.token }}" && send.Steps[at].With["start-at"] != "", "the load does not ask for its approval, or begins when it likes")
	hold(judge.environment() == "${{ inputs.stage }}-report", "whoever judges waits for a reviewer, or is in no environment")
	hold(strings.Contains(judge.role(), "inputs.stage == 'production' && vars.AWS_ROLE_REPORT"), "a stage takes another one's role")
	hold(strings.Contains(judge.If, "!cancelled()"), "nobody says why a load does not count")
	return problems
}

// Shows: 5.6.3
// Attack: unreviewed-dispatch
func TestLoadsAreApproved(t *testing.T) {
	source := text(t, ".github/workflows/load-test.yml")
	for _, problem := range unapproved(jobsOf(t, source)) {
		t.Error(problem)
	}
	for _, c := range []struct{ from, to string }{
		{"}}-load\n", "}}\n"},
		{"    permissions: {}\n", "    permissions: {contents: write}\n"},
		{"needs: start\n", "needs: []\n"},
		{"      actions: read # the approval of this run\n", ""},
		{"          token: ${{ github.token }}\n", ""},
		{"          start-at: ${{ needs.start.outputs.at }}\n", ""},
		{"}}-report\n", "}}-load\n"},
		{"inputs.stage == 'production' && vars.AWS_ROLE_REPORT || ", ""},
		{"          settle: 0s\n", "          role: ${{ vars.AWS_ROLE_REPORT }}\n"},
		{"if: ${{ !cancelled() && needs.start.result == 'success' }}", "if: ${{ needs.start.result == 'success' }}"},
	} {
		if broken := strings.Replace(source, c.from, c.to, 1); broken == source {
			t.Errorf("load-test.yml has no %q: this test would show nothing", c.from)
		} else if len(unapproved(jobsOf(t, broken))) == 0 {
			t.Errorf("nobody misses %q", c.from)
		}
	}
}
