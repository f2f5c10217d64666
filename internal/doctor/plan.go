package doctor

import "slices"

// Plan is what a first run needs, as cutover.yaml and the workflows say.
type Plan struct {
	Project, App, Region string
	// Config is cutover.yaml as it was named, Folder the app's, both from the
	// repository's root.
	Config, Folder string
	// Repository is owner/name; empty if it is not known.
	Repository string
	// Branch is the only one that deploys.
	Branch string
	// Reviewed says that reviewers of an environment approve, not whoever starts a
	// run.
	Reviewed bool
	// Environments are those that jobs are bound to, Roles those that jobs take.
	Environments []Place
	Roles        []Role
	// Known are the names of all roles' variables and environments, also of those
	// that no workflow takes.
	Known Known
	// Account is the one in which everything shall be, empty if nothing names it.
	Account string
	// Bucket and Prefix are the archive's.
	Bucket, Prefix string
	// Tags are those by which costs are told apart.
	Tags []string
	// Traced says that the stages are traced, Index that Transaction Search is
	// wanted for it.
	Traced, Index bool
	Record        *Record
	Figures       []Figure
	// Stacks are those that watch a stage.
	Stacks []Stack
	// Channel is Slack's; without one nothing is told there.
	Channel string
	// Proposes says that an action opens a pull request.
	Proposes bool
	// Left is what cutover.yaml does not ask for.
	Left []string
}

// Known are names that cutover.yaml leads to.
type Known struct{ Variables, Environments []string }

// Place is an environment at GitHub.
type Place struct {
	Name string
	// Guarded ones must have reviewers; others must not wait for anybody.
	Guarded bool
}

// Role is one at AWS, and which jobs it must trust.
type Role struct {
	Name, Variable string
	// Bound are the ends of the subjects, such as environment:production.
	Bound []string
}

// Record is the name that users ask for, and where it may lead.
type Record struct {
	Zone, Name string
	// TTL in seconds; an alias has none.
	TTL         int64
	Blue, Green string
	// Aliases says that both sides are alias targets.
	Aliases bool
}

// Figure is a metric without which nothing could be judged.
type Figure struct {
	// Of is blue, green or the functions.
	Of, Namespace, Metric string
	Dimensions            []Dimension
}

// Dimension is a metric's.
type Dimension struct{ Name, Value string }

// Stack is what watches a stage.
type Stack struct {
	Stage, Name string
	// Alarms is how the names of its alarms begin, Topic the topic's.
	Alarms, Topic string
}

// wantedVariables are the repository's variables that the workflows take and that
// nothing works without. Others have a default where they are absent.
func (r Repository) wantedVariables() []string {
	var all []string
	for _, w := range r.Workflows {
		for _, v := range w.Vars {
			if isRole(v) || v == archiveVariable {
				all = append(all, v)
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// The names that the workflows use.
const (
	archiveVariable = "ARCHIVE_BUCKET"
	roleVariables   = "AWS_ROLE_"
	slackSecret     = "SLACK_BOT_TOKEN" //nolint:gosec // the secret's name
)

func isRole(variable string) bool {
	return len(variable) > len(roleVariables) && variable[:len(roleVariables)] == roleVariables
}

// wantedSecrets are the secrets that the workflows take.
func (r Repository) wantedSecrets() []string {
	var all []string
	for _, w := range r.Workflows {
		all = append(all, w.Secrets...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Variables are all that the workflows take.
func (r Repository) Variables() []string {
	var all []string
	for _, w := range r.Workflows {
		all = append(all, w.Vars...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// calls says whether a workflow calls an action at all.
func (r Repository) calls() (n int) {
	for _, w := range r.Workflows {
		for _, j := range w.Jobs {
			n += len(j.Uses)
		}
	}
	return n
}
