package main

import (
	"cmp"
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"

	"github.com/cutover-dev/cutover/internal/adapter/github"
	"github.com/cutover-dev/cutover/internal/fault"
)

// approved finds out who has decided: whoever approved this very run in GitHub.
// A name that is given is held against that, since anybody can write a name. A dry
// run decides nothing and needs nobody.
func (w *work) approved(ctx context.Context) error {
	if *w.in.dryRun {
		return nil
	}
	stage := *w.in.stage
	environment := cmp.Or(*w.in.environment, w.file.Stages[stage].Environment+"-decide")
	who, err := github.Approvers(ctx, github.Yes{
		Getenv: w.s.Getenv, Token: *w.in.token, Environment: environment, To: "a decision on " + stage, Workflow: "validate.yml with the command decide",
	})
	if err != nil {
		return err
	}
	if named := *w.in.approver; named != "" {
		at := slices.IndexFunc(who, func(login string) bool { return strings.EqualFold(login, named) })
		if at < 0 {
			return &fault.Fault{
				Kind: fault.Refused, Name: "approver", What: "has not approved this run for " + environment, Got: named, Allowed: strings.Join(who, ", "),
				Next: "Let that person approve it, or leave the input away: whoever approves is who decides.",
			}
		}
		who = who[at : at+1]
	}
	w.approver = strings.Join(who, ", ")
	w.s.Notef("Approved by %s.", w.approver)
	return nil
}

var login = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$`)

// parseApprover takes an account of GitHub, with @ or without.
func parseApprover(text string) (string, error) {
	name := strings.TrimPrefix(strings.TrimSpace(text), "@")
	if !login.MatchString(name) {
		return "", errors.New("is no account")
	}
	return name, nil
}
