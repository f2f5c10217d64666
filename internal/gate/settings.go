package gate

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cutover-dev/cutover/internal/config/strict"
	"github.com/cutover-dev/cutover/internal/gate/freeze"
	"github.com/cutover-dev/cutover/internal/unit"
)

// Settings is the section `gate:` of cutover.yaml. A file without it has the
// strictest gate that needs no names: what a file does not say is never taken
// for a permission.
type Settings struct {
	Approval            string            `yaml:"approval" enum:"reviewers,dispatch" default:"reviewers" doc:"reviewers: GitHub asks the environment's required reviewers; dispatch: for plans without them, one of approvers starts the run by hand, for one commit."`
	Branch              string            `yaml:"branch" default:"main" pattern:"^[A-Za-z0-9][A-Za-z0-9._/-]{0,99}$" allowed:"the name of a branch, not a pattern" doc:"The only branch that the environments may be deployed from."`
	RollbackEnvironment string            `yaml:"rollback_environment" default:"production-rollback" pattern:"^[A-Za-z0-9][A-Za-z0-9 ._-]{0,99}$" allowed:"letters, digits, spaces and . _ -" doc:"GitHub environment of the rollback that runs by itself; nothing in it may wait for a person."`
	Approvers           []string          `yaml:"approvers" maxitems:"50" unique:"true" pattern:"^[A-Za-z0-9][A-Za-z0-9-]{0,38}$" allowed:"logins of GitHub, without @" example:"[octocat]" doc:"Who may start a deployment where approval is dispatch."`
	OverrideBy          []string          `yaml:"override_by" maxitems:"50" unique:"true" pattern:"^[A-Za-z0-9][A-Za-z0-9-]{0,38}$" allowed:"logins of GitHub, without @" example:"[octocat]" doc:"Whose approval, or whose start by hand, lets a deployment through a freeze; nobody's unless set."`
	After               string            `yaml:"after" default:"staging" pattern:"^[a-z][a-z0-9-]{0,31}$" allowed:"the name of a stage" doc:"The stage in which the same commit must have succeeded before."`
	Integration         []string          `yaml:"integration" default:"[Integration tests]" minitems:"1" maxitems:"20" unique:"true" pattern:"^[^ ].{0,199}$" allowed:"names of jobs as GitHub shows them" doc:"The jobs of the same run that have tested that stage."`
	Checks              []string          `yaml:"checks" maxitems:"50" unique:"true" pattern:"^[^ ].{0,199}$" allowed:"names of checks as GitHub shows them" example:"[CodeQL]" doc:"Checks and commit statuses that must be green on the commit; the ones that a branch requires cannot be read by a workflow, so name them."`
	Alarms              []string          `yaml:"alarms" maxitems:"100" unique:"true" pattern:"^[^ ].{0,254}$" allowed:"names of CloudWatch alarms; {stage} becomes the stage's name" example:"[\"lego-api-{stage}-errors\"]" doc:"The CloudWatch alarms that must be OK; {stage} becomes the stage's name."`
	Budget              string            `yaml:"budget" pattern:"^[^:\\\\ ][^:\\\\]{0,99}$" allowed:"the name of an AWS budget, without : and \\" example:"lego-api" doc:"The AWS budget that must not be used up; {stage} becomes the stage's name. Its figures are hours old."`
	BudgetBelow         unit.Percent      `yaml:"budget_below" default:"100%" above:"0%" doc:"The share of the budget that must not be reached."`
	DuringRollout       string            `yaml:"during_rollout" enum:"refuse,allow" default:"refuse" doc:"Whether a deployment may go out while traffic moves."`
	Freeze              freeze.Calendar   `yaml:"freeze" doc:"The times at which nothing is deployed."`
	Skip                map[string]string `yaml:"skip" keypattern:"^(environment|approval|staging|integration|checks|alarms|freeze|lock|budget|traffic|keys)$" keyallowed:"environment, approval, staging, integration, checks, alarms, freeze, lock, budget, traffic, keys" pattern:"^[^ ].{0,199}$" allowed:"the reason, in a sentence" example:"{integration: there are none yet}" doc:"Checks that are switched off, each with its reason, which every result shows."`
}

// The values of Settings.Approval and Settings.DuringRollout.
const (
	ByReviewers = "reviewers"
	ByDispatch  = "dispatch"
	Refuse      = "refuse"
	Allow       = "allow"
)

// Check wants somebody who may approve, and nobody's name twice in other
// letters: GitHub's logins do not tell capitals apart.
func (s Settings) Check(c *strict.Check) {
	if s.Approval == ByDispatch && len(s.Approvers) == 0 && c.Valid("approval") && c.Valid("approvers") {
		c.Report(strict.Problem{Message: "nobody may start a deployment: approval is dispatch and there are no approvers",
			Suggestion: "write for example approvers: [octocat]"}, "approvers")
	}
	if s.Approval == ByReviewers && len(s.Approvers) > 0 && c.Valid("approval") {
		c.Report(strict.Problem{Message: "approvers count only where approval is dispatch; here the environment's reviewers approve",
			Suggestion: "remove the key, or write approval: dispatch"}, "approvers")
	}
	for key, list := range map[string][]string{"approvers": s.Approvers, "override_by": s.OverrideBy} {
		for i, name := range list {
			if first := slices.IndexFunc(list, func(other string) bool { return strings.EqualFold(name, other) }); first < i && name != list[first] {
				c.Report(strict.Problem{Message: fmt.Sprintf("%q is the login %q again", name, list[first]), Suggestion: "remove one of them"}, key, i)
			}
		}
	}
}
