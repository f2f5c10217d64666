package doctor

import (
	"context"

	"github.com/cutover-dev/cutover/internal/fault"
)

// Hub is one repository on GitHub, as the token may see it.
type Hub interface {
	// Repository fails with ErrToken where the token is not taken, with ErrNone
	// where it sees no such repository.
	Repository(ctx context.Context) (HubRepository, error)
	// Environment returns one by name, or ErrNone.
	Environment(ctx context.Context, name string) (Environment, error)
	// Proposals says whether Actions may open pull requests.
	Proposals(ctx context.Context) (bool, error)
	// Variables and Secrets are names, of the repository and of its organization's
	// that reach it. Values of secrets are not to be had.
	Variables(ctx context.Context) ([]string, error)
	Secrets(ctx context.Context) ([]string, error)
	// Workflows are states by file, such as active or disabled_inactivity.
	Workflows(ctx context.Context) (map[string]string, error)
	// Subject is how the tokens of jobs begin, such as repo:owner/name; empty if
	// GitHub does not say.
	Subject(ctx context.Context) (string, error)
}

// HubRepository is what GitHub says of it.
type HubRepository struct {
	Private bool
	// Plan is the owner's, such as team or enterprise; empty if the token does not
	// see it.
	Plan          string
	DefaultBranch string
}

// Environment is one of GitHub's.
type Environment struct {
	// Reviewers are logins; teams are in Teams, by their slug.
	Reviewers, Teams  []string
	PreventSelfReview bool
	WaitMinutes       int
	// Others are rules that are not known here. They may wait.
	Others []string
	// Listed says that branches are named, and Branches are their names; Tags are
	// patterns of tags among them. Protected lets in every protected branch.
	Listed, Protected bool
	Branches, Tags    []string
}

// NoHub answers nothing: no token was given.
type NoHub struct{}

var _ Hub = NoHub{}

// errNoHub is what NoHub says.
var errNoHub = &fault.Fault{Kind: fault.Input, Name: "token", What: "was not given", Next: "In a workflow pass ${{ github.token }}; on your machine --token \"$(gh auth token)\", which sees more."}

// Repository implements Hub.
func (NoHub) Repository(context.Context) (HubRepository, error) { return HubRepository{}, errNoHub }

// Environment implements Hub.
func (NoHub) Environment(context.Context, string) (Environment, error) {
	return Environment{}, errNoHub
}

// Proposals implements Hub.
func (NoHub) Proposals(context.Context) (bool, error) { return false, errNoHub }

// Variables implements Hub.
func (NoHub) Variables(context.Context) ([]string, error) { return nil, errNoHub }

// Secrets implements Hub.
func (NoHub) Secrets(context.Context) ([]string, error) { return nil, errNoHub }

// Workflows implements Hub.
func (NoHub) Workflows(context.Context) (map[string]string, error) { return nil, errNoHub }

// Subject implements Hub.
func (NoHub) Subject(context.Context) (string, error) { return "", errNoHub }
