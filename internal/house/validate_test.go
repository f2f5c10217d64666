package house_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// What protects the decision is not seen under act either.

const validateFile = ".github/workflows/validate.yml"

// validateFaults says what is wrong with the workflow that compares and decides.
func validateFaults(t *testing.T, source string) (problems []string) {
	t.Helper()
	say := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	jobs := jobsOf(t, source)
	may := map[string]map[string]string{
		"report": {"contents": "read", "actions": "read", "id-token": "write"},
		"decide": {"contents": "write", "pull-requests": "write", "actions": "read", "id-token": "write"},
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
		for _, s := range j.Steps {
			if s.Uses != "./actions/cutover-report" {
				continue
			}
			if (s.With["command"] == "decide") != (id == "decide") {
				say("%s: carries out %q", id, s.With["command"])
			}
			for _, side := range []string{"blue", "green"} {
				// Whose file it is stands in the same number by which it was fetched.
				if s.With["run-"+side] != "${{ inputs.load-"+side+" }}" || s.With["token"] == "" {
					say("%s: believes whatever load lies there for %s", id, side)
				}
			}
		}
	}
	report, decide := jobs["report"], jobs["decide"]
	if decide.environment() != "${{ inputs.stage }}-decide" || decide.If != "${{ inputs.command == 'decide' }}" {
		say("a decision has no reviewer")
	}
	if decide.role() != "${{ vars.AWS_ROLE_DECIDE }}" {
		say("decide: takes %q", decide.role())
	}
	if report.environment() != "${{ inputs.stage }}-report" || report.If != "${{ inputs.command != 'decide' }}" {
		say("a comparison is not in the environment that asks nobody, or it is a decision")
	}
	if !strings.Contains(report.role(), "inputs.stage == 'production' && vars.AWS_ROLE_REPORT ") {
		say("report: takes %q", report.role())
	}
	if !strings.Contains(report.Concurrency.Group, "github.run_id") || strings.Contains(decide.Concurrency.Group, "github.run_id") {
		say("two decisions at once, or a comparison that waits")
	}
	for id, j := range map[string]stageJob{"report": report, "decide": decide} {
		for _, s := range j.Steps {
			if strings.HasPrefix(s.Uses, "actions/download-artifact@") && (s.With["run-id"] == "" || s.With["name"] == "") {
				say("%s: %s takes whatever this run has", id, s.Name)
			}
		}
	}
	return problems
}

// Shows: 5.6.5
// Attack: unreviewed-dispatch, replayed-load
func TestTheDecisionIsGuarded(t *testing.T) {
	source := text(t, validateFile)
	if got := validateFaults(t, source); len(got) > 0 {
		t.Fatal(got)
	}
	for name, c := range map[string]struct{ before, after, want string }{
		"no reviewer":               {"environment: ${{ inputs.stage }}-decide", "environment: ${{ inputs.stage }}-report", "no reviewer"},
		"the other job decides":     {"if: ${{ inputs.command != 'decide' }}", "if: ${{ inputs.command != '' }}", "it is a decision"},
		"decides whatever is asked": {"if: ${{ inputs.command == 'decide' }}", "if: ${{ inputs.command != '' }}", "no reviewer"},
		"compares as decide":        {"command: ${{ inputs.command }}", "command: decide", "carries out"},
		"decides as asked":          {"command: decide\n", "command: ${{ inputs.command }}\n", "carries out"},
		"the wrong role":            {"role: ${{ vars.AWS_ROLE_DECIDE }}", "role: ${{ vars.AWS_ROLE_REPORT }}", "takes"},
		"the stage's own role":      {"vars.AWS_ROLE_REPORT ||", "vars.AWS_ROLE_PRODUCTION ||", "takes"},
		"writes while it compares":  {"contents: read # checkout, and", "contents: write # checkout, and", "may"},
		"told may write":            {"contents: read # checkout\n    steps", "contents: write # checkout\n    steps", "may"},
		"two decisions at once":     {"group: validate-decide-${{ inputs.stage }}", "group: validate-decide-${{ github.run_id }}", "two decisions"},
		"a comparison that waits":   {"group: validate-${{ github.run_id }}", "group: validate", "waits"},
		"a decision that is cut":    {"group: validate-decide-${{ inputs.stage }}\n      cancel-in-progress: false", "group: validate-decide-${{ inputs.stage }}\n      cancel-in-progress: true", "cancelled"},
		"a load of nowhere":         {"          run-green: ${{ inputs.load-green }}\n", "", "believes"},
		"another number":            {"run-blue: ${{ inputs.load-blue }}", "run-blue: ${{ inputs.load-green }}", "believes"},
		"nobody is asked":           {"          token: ${{ github.token }}\n", "", "believes"},
		"another run's load":        {"          run-id: ${{ inputs.load-blue }}\n", "", "whatever"},
	} {
		changed := strings.Replace(source, c.before, c.after, 1)
		if changed == source {
			t.Errorf("%s: nothing was changed", name)
			continue
		}
		if got := validateFaults(t, changed); !slices.ContainsFunc(got, func(p string) bool { return strings.Contains(p, c.want) }) {
			t.Errorf("%s: %v", name, got)
		}
	}
}
