package house_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// What protects the old side is not seen under act either.

const decommissionFile = ".github/workflows/decommission.yml"

// decommissionFaults says what is wrong with the workflow that takes ECS away.
func decommissionFaults(t *testing.T, source string) (problems []string) {
	t.Helper()
	say := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	jobs := jobsOf(t, source)
	may := map[string]map[string]string{
		"look":   {"contents": "read", "id-token": "write"},
		"decide": {"contents": "write", "pull-requests": "write", "actions": "read", "id-token": "write"},
		"go-on":  {"contents": "write", "pull-requests": "write", "id-token": "write"},
		"told":   {"contents": "read"},
	}
	if got := slices.Sorted(maps.Keys(jobs)); !slices.Equal(got, slices.Sorted(maps.Keys(may))) {
		say("the jobs are %v", got)
	}
	for id, j := range jobs {
		if !maps.Equal(j.Permissions, may[id]) {
			say("%s: may %v", id, j.Permissions)
		}
		if j.Concurrency.Cancel != "false" {
			say("%s: a run may be cancelled by another", id)
		}
		want := map[string]string{"look": "production-retiring", "decide": "production-retire", "go-on": "production-retiring"}[id]
		if want != "" && (j.environment() != want || j.role() != "${{ vars.AWS_ROLE_RETIRE }}") {
			say("%s: is in %q with %q", id, j.environment(), j.role())
		}
	}
	if !strings.Contains(jobs["look"].If, `fromJSON('["status", "plan", "verify"]')`) || !strings.Contains(jobs["look"].If, "github.event_name != 'schedule'") {
		say("look: does more than look: %s", jobs["look"].If)
	}
	if !strings.Contains(jobs["decide"].If, `fromJSON('["approve", "apply", "archive-images"]')`) || !strings.Contains(jobs["decide"].If, "github.event_name != 'schedule'") {
		say("decide: a reviewer stands before something else: %s", jobs["decide"].If)
	}
	if !strings.Contains(jobs["go-on"].If, `fromJSON('["tick", "abort"]')`) {
		say("go-on: does more than go on: %s", jobs["go-on"].If)
	}
	for _, s := range jobs["go-on"].Steps {
		if s.Uses == "./actions/decommission" && s.With["command"] != "${{ inputs.command == 'abort' && 'abort' || 'tick' }}" {
			say("go-on: carries out %q without a reviewer", s.With["command"])
		}
	}
	if g := jobs["go-on"].Concurrency.Group; !strings.Contains(g, "inputs.command == 'abort' && format('decommission-abort-{0}', github.run_id)") {
		say("a way back waits for a tick: %s", g)
	}
	return problems
}

// Shows: 5.8.3
// Attack: unreviewed-dispatch
func TestTheTeardownIsGuarded(t *testing.T) {
	source := text(t, decommissionFile)
	if got := decommissionFaults(t, source); len(got) > 0 {
		t.Fatal(got)
	}
	for name, c := range map[string]struct{ before, after, want string }{
		"no reviewer":               {"environment: production-retire\n    # One", "environment: production-retiring\n    # One", "is in"},
		"approves without one":      {`fromJSON('["tick", "abort"]')`, `fromJSON('["tick", "abort", "approve"]')`, "more than go on"},
		"goes on with anything":     {"command: ${{ inputs.command == 'abort' && 'abort' || 'tick' }}", "command: ${{ inputs.command }}", "without a reviewer"},
		"looks and applies":         {`fromJSON('["status", "plan", "verify"]')`, `fromJSON('["status", "plan", "verify", "apply"]')`, "more than look"},
		"the schedule decides":      {"if: ${{ github.event_name != 'schedule' && contains(fromJSON('[\"approve\"", "if: ${{ contains(fromJSON('[\"approve\"", "something else"},
		"a way back that waits":     {"inputs.command == 'abort' && format('decommission-abort-{0}', github.run_id) || 'decommission-tick'", "'decommission-tick'", "waits for a tick"},
		"a deletion that is cut":    {"group: decommission\n      cancel-in-progress: false", "group: decommission\n      cancel-in-progress: true", "cancelled"},
		"writes while it looks":     {"contents: read # checkout\n      id-token", "contents: write # checkout\n      id-token", "may"},
		"another role":              {"vars.AWS_ROLE_RETIRE }}", "vars.AWS_ROLE_PRODUCTION }}", "is in"},
		"told may write to the API": {"contents: read # checkout\n    steps", "contents: write # checkout\n    steps", "may"},
	} {
		changed := strings.Replace(source, c.before, c.after, 1)
		if changed == source {
			t.Errorf("%s: nothing was changed", name)
			continue
		}
		if got := decommissionFaults(t, changed); !slices.ContainsFunc(got, func(p string) bool { return strings.Contains(p, c.want) }) {
			t.Errorf("%s: %v", name, got)
		}
	}
}
