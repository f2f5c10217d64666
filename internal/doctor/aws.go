package doctor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Account is whose credentials are at hand, and who may become which role.
type Account interface {
	// Caller fails with ErrToken where the credentials are not taken.
	Caller(ctx context.Context) (Caller, error)
	// Provider is an OIDC provider by its ARN, or ErrNone.
	Provider(ctx context.Context, arn string) (Provider, error)
	// Role is one by its name, or ErrNone.
	Role(ctx context.Context, name string) (TrustedRole, error)
	// Denied are those of the calls that IAM's own simulation would refuse the
	// role.
	Denied(ctx context.Context, role string, actions []string, resource string) ([]string, error)
}

// Caller is whose credentials they are.
type Caller struct{ Account, ARN string }

// Provider is who signs tokens, and for whom.
type Provider struct{ Audiences []string }

// TrustedRole is a role, and its trust policy as JSON.
type TrustedRole struct{ ARN, Trust string }

// State is where SST keeps what it knows; ErrNone before the first deployment.
type State interface {
	StateBucket(ctx context.Context) (string, error)
}

// Tags says by which tags billing tells costs apart; a tag that it has not met is
// not in the answer. ErrLinked is another account's to say.
type Tags interface {
	Active(ctx context.Context, keys []string) (map[string]bool, error)
}

// ErrLinked says that another account pays, and alone may ask.
var ErrLinked = errors.New("another account pays the bills")

// Tracing says where traces go: the kind XRay or CloudWatchLogs, whether that is in
// force, and which share is indexed.
type Tracing interface {
	Destination(ctx context.Context) (kind, status string, indexed float64, err error)
}

// Cloud are the ways to AWS.
type Cloud struct {
	Account Account
	Buckets Buckets
	State   State
	Records Records
	Figures Figures
	Watch   Watch
	Tags    Tags
	Tracing Tracing
}

// CloudInput is what somebody asked for beside.
type CloudInput struct {
	// Probe writes an object and removes it. Simulate asks IAM to judge each role.
	Probe, Simulate bool
	// Probed is the key of the probe's object.
	Probed string
	// Subject is how the tokens of jobs begin, if GitHub has said it.
	Subject func(context.Context) string
	// Calls are what a role's jobs call, for the simulation.
	Calls map[string][]Call
}

// Call is what a role calls on one resource.
type Call struct {
	Actions  []string
	Resource string
}

// The names of rows at AWS that others need.
const (
	checkAccount  = "aws.account"
	checkProvider = "aws.provider"
	checkBucket   = "aws.bucket"
	checkRecord   = "aws.record"
)

// AWSChecks are those at AWS.
func AWSChecks(p Plan, c Cloud, in CloudInput) []Check {
	checks := []Check{
		{Name: checkAccount, Title: "account", Wanted: p.wantedAccount(), Source: "sts:GetCallerIdentity", Look: func(ctx context.Context) Answer { return account(ctx, p, c.Account) }},
		{Name: checkProvider, Title: "OIDC provider", Wanted: "GitHub's provider with the audience " + audience, Source: "iam:GetOpenIDConnectProvider", Needs: []string{checkAccount}, Look: func(ctx context.Context) Answer { return provider(ctx, p, c.Account) }},
	}
	for _, r := range p.Roles {
		name := "aws.role." + r.Variable
		checks = append(checks, Check{
			Name: name, Title: "role " + r.Variable, Wanted: "trusts " + strings.Join(r.Bound, " and ") + " of this repository, and nothing else", Source: "iam:GetRole", Needs: []string{checkProvider},
			Look: func(ctx context.Context) Answer { return r.trusted(ctx, p, c.Account, in.Subject) },
		})
		if in.Simulate {
			checks = append(checks, Check{
				Name: "aws.simulated." + r.Variable, Title: "what " + r.Variable + " may do", Wanted: "every call of its jobs", Source: "iam:SimulatePrincipalPolicy", Needs: []string{name},
				Look: func(ctx context.Context) Answer { return r.simulated(ctx, p, c.Account, in.Calls[r.Variable]) },
			})
		}
	}
	checks = append(checks, bucketChecks(p, c.Buckets, in)...)
	checks = append(checks, Check{Name: "aws.bootstrap", Title: "SST's state", Wanted: "SST has been used once in the region", Source: "ssm:GetParameter /sst/bootstrap", Needs: []string{checkAccount}, Look: func(ctx context.Context) Answer { return bootstrap(ctx, p, c.State) }})
	checks = append(checks, recordChecks(p, c.Records)...)
	checks = append(checks, figureChecks(p, c.Figures)...)
	checks = append(checks, watchChecks(p, c)...)
	for i := range checks {
		checks[i].Part = AWS
	}
	return checks
}

func (p Plan) wantedAccount() string {
	if p.Account == "" {
		return "credentials that AWS accepts"
	}
	return "the account " + p.Account
}

func account(ctx context.Context, p Plan, a Account) Answer {
	who, err := a.Caller(ctx)
	switch {
	case errors.Is(err, ErrToken):
		return fails("AWS does not accept the credentials: "+first(err.Error()), "aws sts get-caller-identity").step("In a workflow give the step its role by OIDC (role: ${{ vars.AWS_ROLE_DOCTOR }}, permissions: id-token: write); docs/oidc.md sets it up.")
	case err != nil:
		return unasked(err)
	case p.Account != "" && who.Account != p.Account:
		return fails(fmt.Sprintf("these are credentials of the account %s (%s)", who.Account, who.ARN), "aws sts get-caller-identity", command("aws", "configure", "list-profiles")).step("Take a profile or a role of the account %s, or mend the number that was given.", p.Account)
	}
	return pass("%s, as %s", who.Account, who.ARN)
}

// audience is what AWS's own tools ask tokens for, issuer who signs them; source:
// GitHub, "Configuring OpenID Connect in Amazon Web Services".
const (
	audience = "sts.amazonaws.com"
	issuer   = "token.actions.githubusercontent.com"
)

func provider(ctx context.Context, p Plan, a Account) Answer {
	who, err := a.Caller(ctx)
	if err != nil {
		return unasked(err)
	}
	arn := "arn:aws:iam::" + who.Account + ":oidc-provider/" + issuer
	found, err := a.Provider(ctx, arn)
	switch {
	case errors.Is(err, ErrNone):
		return fails("the account "+who.Account+" has no provider for GitHub: no job can take a role", p.deployRoles()...)
	case err != nil:
		return unasked(err)
	case !slices.Contains(found.Audiences, audience):
		return fails("it takes tokens for "+list(found.Audiences), command("aws", "iam", "add-client-id-to-open-id-connect-provider", "--open-id-connect-provider-arn", arn, "--client-id", audience))
	}
	return pass("%s", arn)
}

// deployRoles are the commands of docs/oidc.md that make provider and roles.
func (p Plan) deployRoles() []string {
	bucket := p.Bucket
	if bucket == "" {
		bucket = "NAME-OF-THE-BUCKET"
	}
	return []string{
		command("cutover", "iam", "--template", "--config", p.Config, "--app", p.App, "--repository", p.Repository, "--archive-bucket", bucket, "--with", "doctor", raw(">"), "cutover-roles.json"),
		command("aws", "cloudformation", "deploy", "--stack-name", "cutover-roles", "--template-file", "cutover-roles.json", "--s3-bucket", bucket, "--capabilities", "CAPABILITY_NAMED_IAM"),
	}
}

func (r Role) trusted(ctx context.Context, p Plan, a Account, subject func(context.Context) string) Answer {
	found, err := a.Role(ctx, r.Name)
	switch {
	case errors.Is(err, ErrNone):
		return fails("there is no role "+r.Name, p.deployRoles()...)
	case err != nil:
		return unasked(err)
	}
	begins := ""
	if subject != nil {
		begins = subject(ctx)
	}
	if wrong := judgeTrust(found.Trust, p.Repository, begins, r.Bound); len(wrong) > 0 {
		mend := p.deployRoles()
		if begins != "" && strings.Contains(begins, "@") {
			mend[0] = strings.Replace(mend[0], "--repository "+shell(p.Repository), "--repository "+shell(strings.TrimPrefix(begins, "repo:")), 1)
		}
		return fails(strings.Join(wrong, "; "), mend...)
	}
	return pass("%s trusts %s", found.ARN, strings.Join(r.Bound, " and "))
}

func (r Role) simulated(ctx context.Context, p Plan, a Account, calls []Call) Answer {
	found, err := a.Role(ctx, r.Name)
	if err != nil {
		return unasked(err)
	}
	var denied []string
	asked := 0
	for _, c := range calls {
		no, err := a.Denied(ctx, found.ARN, c.Actions, c.Resource)
		if err != nil {
			return unasked(err)
		}
		asked += len(c.Actions)
		for _, action := range no {
			denied = append(denied, action+" on "+c.Resource)
		}
	}
	if len(denied) > 0 {
		return fails("refused: "+strings.Join(denied, ", "), p.deployRoles()...).step("The role was made by an earlier version, or another policy stands above it (boundary, organization).")
	}
	return pass("%s would be allowed", count(asked, "call"))
}

func bootstrap(ctx context.Context, p Plan, s State) Answer {
	bucket, err := s.StateBucket(ctx)
	switch {
	case errors.Is(err, ErrNone):
		return fails("SST has made nothing in "+p.Region+" yet", command(raw("cd"), p.Folder, raw("&& npx sst deploy --stage staging"))).step("The first deployment in a region makes SST's buckets: by hand, once, or with a template printed with --with bootstrap.")
	case err != nil:
		return unasked(err)
	}
	return pass("state lies in %s", bucket)
}
