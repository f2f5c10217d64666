// Package iam asks AWS IAM, or what AWS_ENDPOINT_URL names, who may become a role
// and what the role may do. It changes nothing.
package iam

import (
	"context"
	"errors"
	"net/url"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/cutover-dev/cutover/internal/adapter/aws/refusal"
	"github.com/cutover-dev/cutover/internal/adapter/aws/session"
	"github.com/cutover-dev/cutover/internal/doctor"
	"github.com/cutover-dev/cutover/internal/fault"
)

// IAM is that of the account whose credentials are at hand.
type IAM struct{ client *iam.Client }

const (
	// within bounds one question with all its pages and retries.
	within = time.Minute
	// home is where IAM has its one endpoint.
	home = "us-east-1"
)

// Open makes a client with the credentials that the AWS SDK finds; nothing is
// called yet.
func Open(ctx context.Context) (*IAM, error) {
	c, err := connect(ctx, home)
	if err != nil {
		return nil, err
	}
	return &IAM{c}, nil
}

// connect makes a client; nothing is called yet.
func connect(ctx context.Context, region string) (*iam.Client, error) {
	c, err := session.Load(ctx, region)
	if err != nil {
		return nil, err
	}
	return iam.NewFromConfig(c), nil
}

// none marks what does not exist.
func none(err error) bool {
	var gone *types.NoSuchEntityException
	return errors.As(err, &gone)
}

// Provider is an OIDC provider of the account.
func (i *IAM) Provider(ctx context.Context, arn string) (doctor.Provider, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	out, err := i.client.GetOpenIDConnectProvider(ctx, &iam.GetOpenIDConnectProviderInput{OpenIDConnectProviderArn: &arn})
	switch {
	case none(err):
		return doctor.Provider{}, doctor.ErrNone
	case err != nil:
		return doctor.Provider{}, refusal.Of(arn, "it cannot be read", "Allow the role iam:GetOpenIDConnectProvider on it.", err)
	}
	return doctor.Provider{Audiences: out.ClientIDList}, nil
}

// Role is a role with its trust policy, which IAM sends as a part of an address;
// source: IAM API reference, Role.
func (i *IAM) Role(ctx context.Context, name string) (doctor.TrustedRole, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	out, err := i.client.GetRole(ctx, &iam.GetRoleInput{RoleName: &name})
	switch {
	case none(err):
		return doctor.TrustedRole{}, doctor.ErrNone
	case err != nil:
		return doctor.TrustedRole{}, refusal.Of("role "+name, "it cannot be read", "Allow the role iam:GetRole on it.", err)
	}
	trust, err := url.QueryUnescape(aws.ToString(out.Role.AssumeRolePolicyDocument))
	if err != nil {
		return doctor.TrustedRole{}, &fault.Fault{Kind: fault.Outside, Name: "role " + name, What: "has a trust policy that cannot be read", Err: err}
	}
	return doctor.TrustedRole{ARN: aws.ToString(out.Role.Arn), Trust: trust}, nil
}

// Denied are those of the calls that IAM's simulation does not allow the role.
// Boundaries and the organization's policies count, what a resource's own policy
// says does not.
func (i *IAM) Denied(ctx context.Context, role string, actions []string, resource string) ([]string, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	var denied []string
	pages := iam.NewSimulatePrincipalPolicyPaginator(i.client, &iam.SimulatePrincipalPolicyInput{PolicySourceArn: &role, ActionNames: actions, ResourceArns: []string{resource}},
		func(o *iam.SimulatePrincipalPolicyPaginatorOptions) { o.StopOnDuplicateToken = true })
	for pages.HasMorePages() {
		out, err := pages.NextPage(ctx)
		if err != nil {
			return nil, refusal.Of(role, "what it may do cannot be simulated", "Allow the role iam:SimulatePrincipalPolicy on it (cutover iam --action doctor --with simulate), or leave simulate out.", err)
		}
		for _, r := range out.EvaluationResults {
			if r.EvalDecision != types.PolicyEvaluationDecisionTypeAllowed {
				denied = append(denied, aws.ToString(r.EvalActionName))
			}
		}
	}
	return denied, nil
}
