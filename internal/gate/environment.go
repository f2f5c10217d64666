package gate

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cutover-dev/cutover/internal/report"
)

// environment holds that GitHub asks somebody before production, and lets only
// one branch in. The second matters as much as the first: the role at AWS trusts
// whatever job names the environment, from whichever branch.
func (j *judge) environment(t *tally) {
	t.row.Source = fmt.Sprintf("GET environments/%s and environments/%s, with deployment-branch-policies", j.Environment, j.RollbackEnvironment)
	t.row.Link = j.path("settings/environments")
	t.row.Needed = fmt.Sprintf("%s: required reviewers, no self-review, only the branch %s; %s: nobody is asked, only the branch %s",
		j.Environment, j.Branch, j.RollbackEnvironment, j.Branch)
	if j.Approval == ByDispatch {
		t.row.Needed = fmt.Sprintf("%s and %s: only the branch %s; in %s nobody is asked", j.Environment, j.RollbackEnvironment, j.Branch, j.RollbackEnvironment)
	}
	if e, ok := see(t, j.o.Environment, "the environment "+j.Environment); ok {
		j.mainEnvironment(t, e)
	}
	if e, ok := see(t, j.o.Rollback, "the environment "+j.RollbackEnvironment); ok {
		j.rollbackEnvironment(t, e)
	}
}

// click says where in GitHub's settings an environment is mended.
func (j *judge) click(name, what string) string {
	where := ""
	if url := j.path("settings/environments"); url != "" {
		where = " (" + url + ")"
	}
	return fmt.Sprintf("Settings → Environments → %s%s: %s.", name, where, what)
}

func (j *judge) mainEnvironment(t *tally, e Environment) {
	name := j.Environment
	branches := "Deployment branches and tags → Selected branches → add " + j.Branch
	reviewers := "tick Required reviewers, add at least one, tick Prevent self-review, Save protection rules"
	if e.Name == "" {
		if j.Approval == ByDispatch {
			reviewers = "choose"
		}
		t.fail(j.click("New environment "+name, reviewers+"; "+branches),
			"there is no environment %q: a job that names it makes one without any protection", name)
		return
	}
	var good []string
	if j.Approval == ByReviewers {
		switch {
		case len(e.Reviewers) == 0:
			t.fail(j.click(name, reviewers), "%s has no required reviewers, so nobody is asked", name)
		case !e.PreventSelfReview:
			t.fail(j.click(name, "Required reviewers → tick Prevent self-review, Save protection rules"), "%s lets people approve their own deployment", name)
		default:
			good = append(good, "asks "+list(e.Reviewers)+" (no self-review)")
		}
	}
	if e.AdminsBypass {
		t.warn("Administrators may deploy %s without an approval. %s", name, j.click(name, "untick Allow administrators to bypass configured protection rules"))
	}
	if text := j.branches(t, e, branches); text != "" {
		good = append(good, text)
	}
	if len(good) > 0 {
		t.pass("%s %s", name, strings.Join(good, ", "))
	}
}

// rollbackEnvironment must not wait for anybody: it is needed at night.
func (j *judge) rollbackEnvironment(t *tally, e Environment) {
	name := j.RollbackEnvironment
	branches := "Deployment branches and tags → Selected branches → add " + j.Branch
	switch {
	case strings.EqualFold(name, j.Environment):
		t.fail("Name another with gate.rollback_environment of cutover.yaml.", "the rollback has the same environment as the deployment, and would wait for its reviewers")
		return
	case e.Name == "":
		t.fail(j.click("New environment "+name, "no reviewers and no wait timer; "+branches), "there is no environment %q for the rollback that runs by itself", name)
		return
	}
	var good []string
	waits := false
	if len(e.Reviewers) > 0 {
		waits = true
		t.fail(j.click(name, "untick Required reviewers"), "%s asks %s, so a rollback would wait at night", name, list(e.Reviewers))
	}
	if e.WaitMinutes > 0 {
		waits = true
		t.fail(j.click(name, "untick Wait timer"), "%s waits %s before a rollback", name, report.Count(e.WaitMinutes, "minute"))
	}
	if len(e.Others) > 0 {
		waits = true
		t.fail(j.click(name, "remove the rule"), "%s has a rule of the kind %s, which may keep a rollback waiting", name, list(e.Others))
	}
	if !waits {
		good = append(good, "asks nobody")
	}
	if text := j.branches(t, e, branches); text != "" {
		good = append(good, text)
	}
	if len(good) > 0 {
		t.pass("%s %s", name, strings.Join(good, ", "))
	}
}

// branches holds that only the one branch gets in; what it returns is "" if not.
func (j *judge) branches(t *tally, e Environment, next string) string {
	p := e.Branches
	next = j.click(e.Name, next)
	switch {
	case p.Listed && len(p.Tags) > 0:
		t.fail(next+" Remove the tags.", "%s may be deployed from the tags %s", e.Name, list(p.Tags))
	case p.Listed && slices.Equal(p.Names, []string{j.Branch}):
		return "only from " + j.Branch
	case p.Listed && len(p.Names) == 0:
		t.fail(next, "%s may be deployed from no branch at all", e.Name)
	case p.Listed:
		t.fail(next+" Remove all others.", "%s may be deployed from %s, and not from %s alone", e.Name, list(p.Names), j.Branch)
	case p.Protected:
		protected, ok := see(t, j.o.Protected, "which branches are protected")
		switch {
		case !ok:
		case slices.Equal(protected, []string{j.Branch}):
			t.warn("%s may be deployed from every protected branch. Today that is %s alone; whoever protects another lets it in.", e.Name, j.Branch)
			return "only from the protected branch " + j.Branch
		case !slices.Contains(protected, j.Branch):
			t.fail(next, "%s may be deployed from protected branches, and %s is not protected", e.Name, j.Branch)
		default:
			t.fail(next, "%s may be deployed from the protected branches %s, and not from %s alone", e.Name, list(protected), j.Branch)
		}
	default:
		t.fail(next, "%s may be deployed from every branch: the role at AWS trusts the environment and does not see the branch", e.Name)
	}
	return ""
}
