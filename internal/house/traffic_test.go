package house_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v4"
)

// What protects the traffic is not seen under act either.

const (
	shiftFile = ".github/workflows/traffic-shift.yml"
	watchFile = ".github/workflows/traffic-watch.yml"
)

// raising are the commands that may give green more: a person stands before them.
var raising = []string{"start", "approve", "promote", "resume", "finish"}

// trafficFaults says what is wrong with the two workflows.
func trafficFaults(t *testing.T, shift, watch string) (problems []string) {
	t.Helper()
	say := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	for id, j := range jobsOf(t, shift) {
		reviewed := j.environment() == "production-shift"
		for _, command := range raising {
			if strings.Contains(j.If, `"`+command+`"`) && !reviewed {
				say("%s: %s has no reviewer", id, command)
			}
		}
		if strings.Contains(j.If, "prepare") && !reviewed && !strings.Contains(j.If, "!inputs.apply") {
			say("%s: prepare changes the record without a reviewer", id)
		}
		goesBack := strings.Contains(j.If, `"rollback"`)
		if goesBack && (reviewed || j.environment() != "production-watch") {
			say("%s: a rollback waits for a reviewer", id)
		}
		if (goesBack || !reviewed) && !strings.Contains(j.Concurrency.Group, "github.run_id") {
			say("%s: it may wait for another run", id)
		}
		if j.Concurrency.Cancel != "false" {
			say("%s: a run may be cancelled by another", id)
		}
		problems = append(problems, roleFaults(id, j)...)
	}
	for id, j := range jobsOf(t, watch) {
		if j.environment() != "production-watch" || !strings.Contains(j.Concurrency.Group, "github.run_id") {
			say("%s: the watch waits at its start", id)
		}
		if j.Permissions["actions"] != "write" {
			say("%s: the watch can neither hand over nor switch itself off", id)
		}
		problems = append(problems, roleFaults(id, j)...)
	}
	return append(problems, spanFaults(t, watch)...)
}

// roleFaults holds the role to the environment, since AWS trusts one of them.
func roleFaults(id string, j stageJob) (problems []string) {
	want := map[string]string{"production-shift": "vars.AWS_ROLE_SHIFT", "production-watch": "vars.AWS_ROLE_WATCH"}[j.environment()]
	if want == "" || !strings.Contains(j.role(), want) {
		problems = append(problems, fmt.Sprintf("%s: takes %q in %q", id, j.role(), j.environment()))
	}
	return problems
}

// spanFaults holds the watch's time to its job's: GitHub ends a job after six
// hours, and one that is ended by its own limit hands nothing over.
func spanFaults(t *testing.T, watch string) (problems []string) {
	t.Helper()
	var w struct {
		On struct {
			Schedule []struct{ Cron string }
			Dispatch yaml.Node `yaml:"workflow_dispatch"`
		}
		Jobs map[string]struct {
			Minutes int `yaml:"timeout-minutes"`
			Steps   []struct{ With map[string]string }
		}
	}
	if err := yaml.Unmarshal([]byte(watch), &w); err != nil {
		t.Fatal(err)
	}
	if len(w.On.Schedule) == 0 || !strings.Contains(watch, "workflow_dispatch:") {
		problems = append(problems, "nothing starts the watch")
	}
	for id, j := range w.Jobs {
		for _, s := range j.Steps {
			_, rest, found := strings.Cut(s.With["for"], "'")
			span, _, _ := strings.Cut(rest, "'")
			d, err := time.ParseDuration(span)
			if found && (err != nil || d+20*time.Minute > time.Duration(j.Minutes)*time.Minute || j.Minutes > 355) {
				problems = append(problems, fmt.Sprintf("%s: watches for %s in a job of %d minutes", id, span, j.Minutes))
			}
		}
	}
	return problems
}

// Shows: 5.5.8
// Attack: unreviewed-dispatch
func TestTheTrafficIsGuarded(t *testing.T) {
	shift, watch := text(t, shiftFile), text(t, watchFile)
	if got := trafficFaults(t, shift, watch); len(got) > 0 {
		t.Fatal(got)
	}
	for name, c := range map[string]struct{ before, after, want string }{
		"start without a reviewer":   {"environment: production-shift", "environment: production-watch", "has no reviewer"},
		"a rollback with one":        {`["start", "approve"`, `["rollback", "start", "approve"`, "waits for a reviewer"},
		"a rollback that waits":      {"group: traffic-back-${{ github.run_id }}", "group: traffic-decide", "may wait"},
		"prepare among the looks":    {" && !inputs.apply", "", "without a reviewer"},
		"a decision that is cut off": {"group: traffic-decide\n      cancel-in-progress: false", "group: traffic-decide\n      cancel-in-progress: true", "cancelled"},
		"the wrong role":             {"role: ${{ vars.AWS_ROLE_SHIFT }}", "role: ${{ vars.AWS_ROLE_WATCH }}", "takes"},
		"a watch with reviewers":     {"environment: production-watch", "environment: production-shift", "waits at its start"},
		"watches in a row":           {"group: traffic-watch-${{ github.run_id }}", "group: traffic-watch", "waits at its start"},
		"a watch that cannot ask":    {"actions: write", "actions: read", "hand over"},
		"a watch too long":           {"'5h20m'", "'5h50m'", "watches for"},
		"no net below it":            {"  schedule:\n    - cron: \"7,22,37,52 * * * *\"\n", "", "nothing starts"},
	} {
		s, w := strings.Replace(shift, c.before, c.after, 1), watch
		if strings.Contains(name, "watch") || name == "no net below it" {
			s, w = shift, strings.Replace(watch, c.before, c.after, 1)
		}
		if s == shift && w == watch {
			t.Errorf("%s: nothing was changed", name)
			continue
		}
		if got := trafficFaults(t, s, w); !slices.ContainsFunc(got, func(p string) bool { return strings.Contains(p, c.want) }) {
			t.Errorf("%s: %v", name, got)
		}
	}
}
