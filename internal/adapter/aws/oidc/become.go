package oidc

import (
	"context"
	"errors"
)

// Host is the step that takes a role; runner.Session is one.
type Host interface {
	Getenv(name string) string
	Mask(value string)
	Notef(format string, args ...any)
}

// Become makes this process, and what it starts, the role until done is called.
// Without a role it does nothing: whatever credentials the environment holds
// stay. It must come before the first client of AWS.
func Become(ctx context.Context, h Host, role, region string) (done func(), err error) {
	if role == "" {
		return func() {}, nil
	}
	h.Mask(h.Getenv("ACTIONS_ID_TOKEN_REQUEST_TOKEN"))
	i, err := Keep(ctx, Options{
		RoleARN: role, Region: region, Folder: h.Getenv("RUNNER_TEMP"), Mask: h.Mask, Note: h.Notef,
		SessionName: SessionName("cutover", h.Getenv("GITHUB_RUN_ID"), h.Getenv("GITHUB_RUN_ATTEMPT")),
		RequestURL:  h.Getenv("ACTIONS_ID_TOKEN_REQUEST_URL"), RequestToken: h.Getenv("ACTIONS_ID_TOKEN_REQUEST_TOKEN"),
	})
	if err != nil {
		return nil, err
	}
	if _, err = i.Check(ctx); err == nil {
		err = i.Enter()
	}
	if err != nil {
		return nil, errors.Join(err, i.Close())
	}
	return func() { _ = i.Close() }, nil // the token that is left expires by itself
}

// RoleUsage describes the input role of every action.
const RoleUsage = "ARN of the role at AWS that this step takes by OIDC, and keeps for as long as it runs. Needs permissions: id-token: write. Without it the credentials of the environment are used."
