package doctor

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"
)

func proposals(ctx context.Context, p Plan, h Hub) Answer {
	may, err := h.Proposals(ctx)
	// A job's token cannot read this setting, a person's that administers can.
	mend := command("gh", "api", "-X", "PUT", "repos/"+p.Repository+"/actions/permissions/workflow", "-f", "default_workflow_permissions=read", "-F", "can_approve_pull_request_reviews=true")
	switch {
	case err != nil:
		return unasked(err).also(mend).step("Only who administers the repository sees the setting: run it with a token of theirs, or look at Settings → Actions → General → Allow GitHub Actions to create pull requests. The command sets it.")
	case !may:
		return fails("Actions may not open pull requests: the one of the teardown or the decision would be missing", mend)
	}
	return pass("Actions may open pull requests")
}

// missing are the names that are wanted and not there.
func missing(wanted, have []string) []string {
	return slices.DeleteFunc(slices.Clone(wanted), func(name string) bool {
		return slices.ContainsFunc(have, func(h string) bool { return strings.EqualFold(h, name) })
	})
}

func variables(ctx context.Context, p Plan, r Repository, h Hub, in HubInput) Answer {
	have, wanted := in.Known, r.wantedVariables()
	if have == nil {
		var err error
		if have, err = h.Variables(ctx); err != nil {
			a := unasked(err)
			return a.step("A job's token does not see variables: let the workflow hand over their names with variables: ${{ toJSON(vars) }}, or run it with a person's token.")
		}
	}
	lacking := missing(wanted, have)
	if len(lacking) == 0 {
		return pass("%s are there", list(wanted))
	}
	var mend []string
	for _, name := range lacking {
		mend = append(mend, p.setVariable(name))
	}
	return fails("missing: "+strings.Join(lacking, ", "), mend...).step("Roles are made before their variables: cutover iam --template, see docs/oidc.md.")
}

// setVariable is the command that sets one of the repository's variables.
func (p Plan) setVariable(name string) string {
	var value any = "NAME-OF-THE-BUCKET"
	if p.Bucket != "" {
		value = p.Bucket
	}
	for _, r := range p.Roles {
		if r.Variable == name {
			value = raw(`"$(aws iam get-role --role-name ` + shell(r.Name) + ` --query Role.Arn --output text)"`)
		}
	}
	return command("gh", "variable", "set", name, "--repo", p.Repository, "--body", value)
}

func secrets(ctx context.Context, p Plan, r Repository, h Hub, in HubInput) Answer {
	wanted := r.wantedSecrets()
	if p.Channel == "" {
		// Without a channel nobody is told, and nothing needs the token.
		wanted = missing(wanted, []string{slackSecret})
	}
	if len(wanted) == 0 {
		return pass("none are needed")
	}
	have := in.Given
	if len(missing(wanted, have)) > 0 {
		names, err := h.Secrets(ctx)
		if err != nil {
			return unasked(err).step("A job's token does not see the names of secrets: run it with a person's token. Values are never read.")
		}
		have = append(slices.Clone(have), names...)
	}
	lacking := missing(wanted, have)
	if len(lacking) == 0 {
		return pass("%s are there", list(wanted))
	}
	var mend []string
	for _, name := range lacking {
		mend = append(mend, command("gh", "secret", "set", name, "--repo", p.Repository))
	}
	return fails("missing: "+strings.Join(lacking, ", "), mend...).step("gh asks for the value; it never stands in a command.")
}

// enabled: GitHub switches the schedules of a quiet repository off after 60 days;
// source: GitHub, "Disabling and enabling a workflow".
func enabled(ctx context.Context, p Plan, r Repository, h Hub) Answer {
	states, err := h.Workflows(ctx)
	if err != nil {
		return unasked(err)
	}
	var wrong, mend []string
	active := 0
	for _, w := range r.Workflows {
		if !slices.ContainsFunc(w.Jobs, func(j Job) bool { return len(j.Uses) > 0 }) {
			continue
		}
		state, known := states[w.File]
		switch {
		case !known:
			wrong = append(wrong, w.File+" is not on the default branch yet")
			mend = append(mend, command("git", "push", "origin", "HEAD:"+p.Branch))
		case state != "active":
			wrong = append(wrong, fmt.Sprintf("%s is %s", w.File, state))
			mend = append(mend, command("gh", "workflow", "enable", path.Base(w.File), "--repo", p.Repository))
		default:
			active++
		}
	}
	if len(wrong) > 0 {
		return fails(strings.Join(wrong, "; "), slices.Compact(mend)...).step("A workflow that is new runs once it is on the default branch.")
	}
	return pass("%s are active", count(active, "workflow"))
}
