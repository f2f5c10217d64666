package iam

import "strings"

// Issuer is GitHub's OIDC provider, Audience what AWS's own tools ask tokens
// for; source: GitHub, "Configuring OpenID Connect in Amazon Web Services".
const (
	Issuer   = "token.actions.githubusercontent.com"
	Audience = "sts.amazonaws.com"
)

// Trust is a trust policy: who may become a role.
type Trust struct {
	Version   string
	Statement []TrustStatement
}

// TrustStatement lets GitHub's jobs in if their token fits.
type TrustStatement struct {
	Effect    string `jsonschema:"enum=Allow"`
	Principal Principal
	Action    string `jsonschema:"enum=sts:AssumeRoleWithWebIdentity"`
	Condition Conditions
}

// Principal is the OIDC provider in this account.
type Principal struct{ Federated string }

// Subject is the claim sub of a job's token. GitHub writes repo:owner/name for
// repositories from before July 15, 2026, and repo:owner@id/name@id for later
// ones and those that opted in: names can be given to somebody else, ids cannot.
// repository is in whichever form the repository's tokens have; nothing matches
// both. Behind it stands the environment of the job if it has one, else the
// event pull_request, else the branch. Source: GitHub, "OpenID Connect
// reference"; changelog, "Immutable subject claims for GitHub Actions OIDC
// tokens" (April 23, 2026).
func Subject(repository, bound string) string { return "repo:" + repository + ":" + bound }

// Immutable says whether a repository was given with its ids.
func Immutable(repository string) bool { return strings.Count(repository, "@") == 2 }

// TrustOf binds a role to one repository and the named kinds of job in it, in
// full: a star here would let in whoever can push a branch.
func TrustOf(provider, repository string, bound ...string) Trust {
	var subjects []string
	for _, b := range bound {
		subjects = append(subjects, Subject(repository, b))
	}
	return Trust{Version, []TrustStatement{{
		Effect: "Allow", Principal: Principal{provider}, Action: "sts:AssumeRoleWithWebIdentity",
		Condition: Conditions{"StringEquals": {Issuer + ":aud": {Audience}, Issuer + ":sub": subjects}},
	}}}
}

// Provider is the ARN of GitHub's provider in an account.
func (s Settings) Provider() string { return s.global("iam", "oidc-provider/"+Issuer) }

// Trust is the trust policy of a role for jobs that are bound so. AWS takes no
// star in a principal, so that an unknown account is written as a word.
func (s Settings) Trust(bound ...string) Trust {
	if s.Account == "*" {
		s.Account = "ACCOUNT"
	}
	return TrustOf(s.Provider(), s.Repository, bound...)
}

// InEnvironment is how jobs of a GitHub environment are bound.
func InEnvironment(name string) string { return environment(name) }
