package house_test

import (
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// What protects the stages is not seen under act, which knows neither
// environments nor concurrency nor permissions: it is held here, in the text.

type stageJob struct {
	Needs       yaml.Node
	Environment yaml.Node
	If          string
	Concurrency struct {
		Group  string
		Cancel string `yaml:"cancel-in-progress"`
	}
	Permissions map[string]string
	Uses        string
	Steps       []struct {
		Name, Uses, If string
		With           map[string]string
	}
}

func jobsOf(t *testing.T, source string) map[string]stageJob {
	t.Helper()
	var w struct{ Jobs map[string]stageJob }
	if err := yaml.Unmarshal([]byte(source), &w); err != nil {
		t.Fatal(err)
	}
	return w.Jobs
}

// environment is the name, written as a word or as a mapping.
func (j stageJob) environment() string {
	for i := 0; i+1 < len(j.Environment.Content); i += 2 {
		if j.Environment.Content[i].Value == "name" {
			return j.Environment.Content[i+1].Value
		}
	}
	return j.Environment.Value
}

func (j stageJob) needs() []string {
	if j.Needs.Kind == yaml.ScalarNode {
		return []string{j.Needs.Value}
	}
	var all []string
	for _, n := range j.Needs.Content {
		all = append(all, n.Value)
	}
	return all
}

// role is the role that a job takes at AWS, "" for none.
func (j stageJob) role() string {
	for _, s := range j.Steps {
		if r := s.With["role"]; r != "" {
			return r
		}
	}
	return ""
}

// unguarded lists what is wrong with the jobs that reach a stage.
func unguarded(deploy, rollback, diff map[string]stageJob) []string {
	var problems []string
	hold := func(is bool, what string) {
		if !is {
			problems = append(problems, what)
		}
	}
	production, staging, gate, back := deploy["production"], deploy["staging"], deploy["gate"], rollback["back"]
	hold(production.environment() == "production", "production is not deployed behind its environment, so nobody is asked")
	hold(staging.environment() == "staging", "staging has no environment, so its role would have to trust a branch")
	hold(back.environment() == "production-rollback", "the rollback is not in the environment that asks nobody")
	hold(slices.Contains(production.needs(), "gate") && slices.Contains(gate.needs(), "integration"), "production does not need the gate, or the gate not the integration tests")
	for _, id := range []string{"staging", "production"} {
		hold(deploy[id].Concurrency.Group == "sst-"+id && deploy[id].Concurrency.Cancel == "false", id+" takes no turn of its own, or its deployment can be cancelled by the next")
	}
	hold(len(production.Steps) > 2 && firstOf(production, "./actions/deploy-gate") >= 0 && firstOf(production, "./actions/deploy-gate") < firstOf(production, "./actions/sst-deploy"), "production is deployed before the gate is asked again")
	hold(production.Steps[firstOf(production, "./actions/deploy-gate")].With["approval"] == "required", "the gate in production does not ask for the approval")
	hold(firstOf(production, "./actions/bake") > firstOf(production, "./actions/sst-deploy") && firstOf(production, "./actions/archive-artifacts") > firstOf(production, "./actions/bake"), "a release is archived as good before its bake")
	hold(strings.Contains(deploy["rollback"].If, "always()") && deploy["rollback"].Uses == "./.github/workflows/rollback.yml", "a failed production is not rolled back")
	hold(strings.Contains(diff["diff"].If, "head.repo.full_name == github.repository"), "a fork's code would run with a session at AWS")
	for name, jobs := range map[string]map[string]stageJob{"sst-deploy": deploy, "rollback": rollback, "sst-diff": diff} {
		for id, j := range jobs {
			if j.Uses != "" {
				continue
			}
			token := j.Permissions["id-token"] == "write"
			hold(token == (j.role() != ""), name+", job "+id+": a token for AWS without a role, or a role without a token")
			hold(j.role() == "" || strings.HasPrefix(j.role(), "${{ vars.AWS_ROLE_"), name+", job "+id+": its role is not one of the repository's variables")
			hold(j.role() != "${{ vars.AWS_ROLE_PRODUCTION }}" || j.environment() == "production", name+", job "+id+": production's role outside of its environment")
		}
	}
	return problems
}

func firstOf(j stageJob, uses string) int {
	for i, s := range j.Steps {
		if s.Uses == uses {
			return i
		}
	}
	return -1
}

// Shows: 5.4.3, 5.4.4, 5.4.6
// Attack: pr-code, unreviewed-dispatch
func TestStagesAreGuarded(t *testing.T) {
	read := func(name string) string { return text(t, ".github/workflows/"+name+".yml") }
	deploy, rollback, diff := read("sst-deploy"), read("rollback"), read("sst-diff")
	for _, problem := range unguarded(jobsOf(t, deploy), jobsOf(t, rollback), jobsOf(t, diff)) {
		t.Error(problem)
	}
	// Each guard taken away is seen.
	for _, c := range []struct{ from, to string }{
		{"      name: production\n", "      name: elsewhere\n"},
		{"      name: staging\n", ""},
		{"group: sst-production\n      cancel-in-progress: false", "group: sst-production\n      cancel-in-progress: true"},
		{"needs: [staging, gate]", "needs: [staging]"},
		{"needs: [staging, integration, trace-staging]", "needs: [staging]"},
		{"approval: required", "approval: pending"},
		{"if: ${{ always() && contains", "if: ${{ contains"},
		{"      id-token: write # a session at AWS\n", ""},
		{"role: ${{ vars.AWS_ROLE_GATE }}", "role: ${{ vars.AWS_ROLE_PRODUCTION }}"},
	} {
		if broken := strings.Replace(deploy, c.from, c.to, 1); broken == deploy {
			t.Errorf("sst-deploy.yml has no %q: this test would show nothing", c.from)
		} else if len(unguarded(jobsOf(t, broken), jobsOf(t, rollback), jobsOf(t, diff))) == 0 {
			t.Errorf("nobody misses %q", c.from)
		}
	}
	for _, c := range []struct{ name, from, to string }{
		{"rollback", "environment: production-rollback", "environment: production"},
		{"diff", "github.event.pull_request.head.repo.full_name == github.repository", "true"},
	} {
		r, d := strings.Replace(rollback, c.from, c.to, 1), strings.Replace(diff, c.from, c.to, 1)
		if r == rollback && d == diff || len(unguarded(jobsOf(t, deploy), jobsOf(t, r), jobsOf(t, d))) == 0 {
			t.Errorf("nobody misses %q in %s", c.from, c.name)
		}
	}
}

// unwatched lists what is wrong with how stages come to be watched.
func unwatched(deploy, watch map[string]stageJob) []string {
	var problems []string
	hold := func(is bool, what string) {
		if !is {
			problems = append(problems, what)
		}
	}
	job := watch["watch"]
	hold(job.environment() == "${{ inputs.stage || 'production' }}-monitor", "the monitoring is not in an environment of its stage that asks nobody")
	hold(job.Permissions["id-token"] == "write" && len(job.Permissions) == 2, "the monitoring needs a token for AWS, and nothing else")
	hold(strings.Contains(job.role(), "env.STAGE == 'production' && vars.AWS_ROLE_MONITOR"), "a stage takes another one's role")
	for _, stage := range []string{"staging", "production"} {
		j := deploy["watch-"+stage]
		hold(j.Uses == "./.github/workflows/monitoring.yml" && slices.Equal(j.needs(), []string{stage}), stage+" is not watched after it was deployed")
		mute, put, speak := stepOf(deploy[stage], "mute"), firstOf(deploy[stage], "./actions/sst-deploy"), stepOf(deploy[stage], "unmute")
		hold(mute >= 0 && mute < put && put < speak, stage+" is not deployed between mute and unmute")
		hold(speak >= 0 && strings.Contains(deploy[stage].Steps[speak].If, "always()"), stage+" stays muted after a deployment that failed")
		bake := firstOf(deploy[stage], "./actions/bake")
		hold(bake < 0 || speak < bake, stage+" is baked while its alarms are muted")
	}
	hold(slices.Contains(deploy["integration"].needs(), "watch-staging"), "what nobody can watch is tested and taken further")
	traces := deploy["trace-staging"]
	hold(slices.Equal(traces.needs(), []string{"staging", "integration"}) && firstOf(traces, "./actions/trace-check") > 0, "staging's traces are not looked at after its tests")
	hold(traces.environment() == "staging-report" && traces.role() == "${{ vars.AWS_ROLE_STAGING_REPORT }}", "staging's traces are not read by the role that may change nothing")
	hold(slices.Contains(deploy["gate"].needs(), "trace-staging") && strings.Contains(deploy["gate"].If, `contains(fromJSON('["success", "skipped"]'), needs.trace-staging.result)`), "a stage that lost its traces is taken further, or one without the check is not")
	// A job far behind a skipped one is skipped too, unless it says otherwise.
	for _, id := range []string{"integration", "gate", "production", "watch-production"} {
		hold(strings.HasPrefix(deploy[id].If, "${{ !cancelled() && needs."), id+" is skipped where the monitoring is not set up")
		hold(strings.Contains(deploy[id].If, ".result == 'success'"), id+" runs although what it needs has failed")
	}
	return problems
}

// stepOf is the first step of monitoring-stack with that command.
func stepOf(j stageJob, command string) int {
	return slices.IndexFunc(j.Steps, func(s struct {
		Name, Uses, If string
		With           map[string]string
	}) bool {
		return s.Uses == "./actions/monitoring-stack" && s.With["command"] == command
	})
}

// Shows: 5.2.5
func TestStagesAreWatched(t *testing.T) {
	deploy, watch := text(t, ".github/workflows/sst-deploy.yml"), text(t, ".github/workflows/monitoring.yml")
	for _, problem := range unwatched(jobsOf(t, deploy), jobsOf(t, watch)) {
		t.Error(problem)
	}
	for _, c := range []struct{ from, to string }{
		{"needs: [staging, watch-staging]", "needs: staging"},
		{"command: mute\n          stage: production", "command: audit\n          stage: production"},
		{"        # Whatever became of the deployment.\n        if: ${{ always() }}\n", ""},
		{"    if: ${{ !cancelled() && needs.staging.result == 'success' && needs.gate.result == 'success' }}\n", ""},
		{"needs.staging.result == 'success' && needs.integration.result == 'success' && contains(fromJSON('[\"success\", \"skipped\"]'), needs.trace-staging.result)", "needs.staging.result != 'x'"},
		{"needs.integration.result == 'success' && contains(fromJSON('[\"success\", \"skipped\"]'), needs.trace-staging.result)", "needs.integration.result == 'success'"},
		{"needs: [staging, integration, trace-staging]", "needs: [staging, integration]"},
		{"environment: staging-report", "environment: staging"},
		{"uses: ./actions/trace-check", "uses: ./actions/bake"},
		{"  watch-production:\n", "  watch-nothing:\n"},
	} {
		if broken := strings.Replace(deploy, c.from, c.to, 1); broken == deploy {
			t.Errorf("sst-deploy.yml has no %q: this test would show nothing", c.from)
		} else if len(unwatched(jobsOf(t, broken), jobsOf(t, watch))) == 0 {
			t.Errorf("nobody misses %q", c.from)
		}
	}
	for _, c := range []struct{ from, to string }{
		{"-monitor\n", "\n"}, {"      id-token: write # a session at AWS\n", ""}, {"env.STAGE == 'production' && vars.AWS_ROLE_MONITOR || ", ""},
	} {
		if broken := strings.Replace(watch, c.from, c.to, 1); broken == watch || len(unwatched(jobsOf(t, deploy), jobsOf(t, broken))) == 0 {
			t.Errorf("nobody misses %q in monitoring.yml", c.from)
		}
	}
}
