package doctor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// The names of rows at GitHub that others need.
const (
	checkToken = "github.token"
	checkPlan  = "github.plan"
)

// HubInput is what the workflow has told beside the port.
type HubInput struct {
	// Known are the names of variables that the workflow has handed over; nil if it
	// has not, and GitHub is asked.
	Known []string
	// Given are secrets that the workflow has handed over, by name: they are there.
	Given []string
}

// GitHubChecks are those at GitHub.
func GitHubChecks(p Plan, r Repository, h Hub, in HubInput) []Check {
	api := func(path string) string { return "REST API, GET /repos/{owner}/{repo}" + path }
	checks := []Check{
		{Name: checkToken, Title: "token", Wanted: "a token that sees the repository", Source: api(""), Look: func(ctx context.Context) Answer { return token(ctx, p, h) }},
		{Name: checkPlan, Title: "plan", Wanted: "required reviewers are to be had: a public repository, GitHub Enterprise, or gate.approval: dispatch", Source: "GitHub, \"Managing environments for deployment\"", Needs: []string{checkToken}, Look: func(ctx context.Context) Answer { return plan(ctx, p, h) }},
	}
	for _, e := range p.Environments {
		checks = append(checks, Check{
			Name: "github.environment." + e.Name, Title: "environment " + e.Name, Wanted: e.wanted(p), Source: api("/environments/" + e.Name), Needs: []string{checkToken},
			Look: func(ctx context.Context) Answer { return e.look(ctx, p, h) },
		})
	}
	if p.Proposes {
		checks = append(checks, Check{Name: "github.proposals", Title: "pull requests", Wanted: "Actions may open pull requests", Source: api("/actions/permissions/workflow"), Needs: []string{checkToken}, Look: func(ctx context.Context) Answer { return proposals(ctx, p, h) }})
	}
	checks = append(checks,
		Check{Name: "github.variables", Title: "variables", Wanted: "variables " + list(r.wantedVariables()), Source: api("/actions/variables"), Needs: []string{checkToken}, Look: func(ctx context.Context) Answer { return variables(ctx, p, r, h, in) }},
		Check{Name: "github.secrets", Title: "secrets", Wanted: "secrets " + list(r.wantedSecrets()), Source: api("/actions/secrets"), Needs: []string{checkToken}, Look: func(ctx context.Context) Answer { return secrets(ctx, p, r, h, in) }},
		Check{Name: "github.workflows", Title: "workflows", Wanted: "each workflow that calls cutover is active", Source: api("/actions/workflows"), Needs: []string{checkToken}, Look: func(ctx context.Context) Answer { return enabled(ctx, p, r, h) }},
	)
	for i := range checks {
		checks[i].Part = GitHub
	}
	return checks
}

func list(names []string) string {
	if len(names) == 0 {
		return "(none are needed)"
	}
	return strings.Join(names, ", ")
}

func token(ctx context.Context, p Plan, h Hub) Answer {
	r, err := h.Repository(ctx)
	login := "gh auth login"
	switch {
	case errors.Is(err, ErrToken):
		return fails("GitHub does not accept the token: it was revoked, has expired, or is none", login).step("In a workflow pass ${{ github.token }} as token.")
	case errors.Is(err, ErrNone):
		return fails("the token sees no repository "+p.Repository, command("gh", "repo", "view", p.Repository)).step("GitHub hides what a token may not see: give the job contents: read, or check the name.")
	case err != nil:
		return unasked(err)
	}
	if p.Branch != "" && r.DefaultBranch != p.Branch {
		return fails(fmt.Sprintf("its default branch is %s, and %s is the one that deploys: schedules run on the default branch alone", r.DefaultBranch, p.Branch), command("gh", "repo", "edit", p.Repository, "--default-branch", p.Branch)).step("Or let gate.branch of cutover.yaml be %s.", r.DefaultBranch)
	}
	return pass("sees %s, whose default branch is %s", p.Repository, r.DefaultBranch)
}

// plan: reviewers of a private repository need GitHub Enterprise; source: GitHub,
// "Managing environments for deployment", availability by plan.
func plan(ctx context.Context, p Plan, h Hub) Answer {
	r, err := h.Repository(ctx)
	switch {
	case err != nil:
		return unasked(err)
	case !p.Reviewed:
		return pass("gate.approval is dispatch: nobody reviews")
	case !r.Private:
		return pass("the repository is public, where environments have reviewers on every plan")
	case strings.HasPrefix(r.Plan, "enterprise"):
		return pass("the plan is %s", r.Plan)
	}
	// What is set somewhere is to be had.
	for _, e := range p.Environments {
		if seen, err := h.Environment(ctx, e.Name); err == nil && len(seen.Reviewers)+len(seen.Teams) > 0 {
			return pass("the repository is private, and %s has reviewers: its plan has them", e.Name)
		}
	}
	mend := command("yq", "-i", `.gate.approval = "dispatch"`, p.Config)
	if r.Plan != "" {
		return fails("the repository is private on the plan "+r.Plan+", which knows no required reviewers: nobody would be asked", mend).step("With dispatch whoever starts a run by hand approves it, in actor and confirmation; or move to GitHub Enterprise Cloud, or make the repository public.")
	}
	return unknown("the repository is private and the token does not see its plan: only GitHub Enterprise has required reviewers there").also(mend).step("With GitHub Enterprise make the environments, and this row passes; without it let gate.approval be dispatch.")
}

func (e Place) wanted(p Plan) string {
	who := "asks nobody"
	if e.Guarded && p.Reviewed {
		who = "required reviewers, no self-review"
	}
	return fmt.Sprintf("it exists; %s; only the branch %s", who, p.Branch)
}

// look holds one environment to what it must be. The branch matters as much as the
// reviewers: the role at AWS trusts whatever job names the environment.
func (e Place) look(ctx context.Context, p Plan, h Hub) Answer {
	seen, err := h.Environment(ctx, e.Name)
	if errors.Is(err, ErrNone) {
		return fails("it does not exist: a job that names it makes one without any protection", e.mend(p, Environment{})...).step("%s", e.whom(p, seen))
	}
	if err != nil {
		return unasked(err)
	}
	var wrong []string
	reviewers := len(seen.Reviewers) + len(seen.Teams)
	switch {
	case !p.Reviewed && e.Guarded:
	case e.Guarded && reviewers == 0:
		wrong = append(wrong, "it has no required reviewers, so nobody is asked")
	case e.Guarded && !seen.PreventSelfReview:
		wrong = append(wrong, "people may approve what they have started themselves")
	case !e.Guarded && reviewers > 0:
		wrong = append(wrong, "it asks "+list(append(slices.Clone(seen.Reviewers), seen.Teams...))+", and what runs in it must not wait")
	}
	if !e.Guarded && seen.WaitMinutes > 0 {
		wrong = append(wrong, "it waits "+count(seen.WaitMinutes, "minute"))
	}
	if !e.Guarded && len(seen.Others) > 0 {
		wrong = append(wrong, "it has a rule of the kind "+list(seen.Others)+", which may keep a job waiting; take it away in the settings")
	}
	switch {
	case seen.Protected:
		wrong = append(wrong, "every protected branch gets in, and not "+p.Branch+" alone")
	case !seen.Listed:
		wrong = append(wrong, "every branch gets in")
	case len(seen.Tags) > 0 || !slices.Equal(seen.Branches, []string{p.Branch}):
		wrong = append(wrong, "in get "+list(append(slices.Clone(seen.Branches), seen.Tags...))+", and not "+p.Branch+" alone")
	}
	if len(wrong) > 0 {
		return fails(strings.Join(wrong, "; "), e.mend(p, seen)...).step("%s", e.whom(p, seen))
	}
	if e.Guarded && p.Reviewed {
		return pass("asks %s, no self-review; only %s gets in", list(append(slices.Clone(seen.Reviewers), seen.Teams...)), p.Branch)
	}
	return pass("asks nobody; only %s gets in", p.Branch)
}

// whom says who the command makes a reviewer, where nobody is one yet.
func (e Place) whom(p Plan, seen Environment) string {
	if !e.Guarded || !p.Reviewed || len(seen.Reviewers)+len(seen.Teams) > 0 {
		return ""
	}
	return "The command makes you the reviewer: put others in place of $(gh api user …), since nobody approves what they have started."
}

// mend sets all that the environment must be at once: what GitHub is not told anew
// it takes away; source: REST API, "Create or update an environment".
func (e Place) mend(p Plan, seen Environment) []string {
	at := "repos/" + p.Repository + "/environments/" + escape(e.Name)
	words := []any{"gh", "api", "-X", "PUT", at}
	if e.Guarded && p.Reviewed {
		add := func(kind string, id raw) {
			words = append(words, "-F", "reviewers[][type]="+kind, "-F", raw(`'reviewers[][id]='`+string(id)))
		}
		for _, login := range seen.Reviewers {
			add("User", raw(`"$(gh api `+shell("users/"+login)+` --jq .id)"`))
		}
		owner, _, _ := strings.Cut(p.Repository, "/")
		for _, slug := range seen.Teams {
			add("Team", raw(`"$(gh api `+shell("orgs/"+owner+"/teams/"+slug)+` --jq .id)"`))
		}
		if len(seen.Reviewers)+len(seen.Teams) == 0 {
			add("User", `"$(gh api user --jq .id)"`)
		}
		words = append(words, "-F", "prevent_self_review=true")
	} else {
		words = append(words, "-F", "reviewers[]", "-F", "wait_timer=0")
	}
	words = append(words, "-F", "deployment_branch_policy[protected_branches]=false", "-F", "deployment_branch_policy[custom_branch_policies]=true")
	all := []string{command(words...)}
	policies := at + "/deployment-branch-policies"
	if seen.Listed && (len(seen.Branches)+len(seen.Tags) > 1 || !slices.Contains(seen.Branches, p.Branch)) && len(seen.Branches)+len(seen.Tags) > 0 {
		all = append(all, command("gh", "api", policies, "--jq", `.branch_policies[] | select(.name != "`+p.Branch+`" or .type == "tag") | .id`, raw("|"), "xargs", "-I{}", "gh", "api", "-X", "DELETE", policies+"/{}"))
	}
	if !slices.Contains(seen.Branches, p.Branch) {
		all = append(all, command("gh", "api", "-X", "POST", policies, "-f", "name="+p.Branch))
	}
	return all
}

// escape is a name in an address. Environments may have spaces.
func escape(name string) string { return strings.ReplaceAll(name, " ", "%20") }
