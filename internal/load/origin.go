package load

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/cutover-dev/cutover/internal/fault"
)

// Origin is the run of a workflow that a result is said to be of, as GitHub tells it.
type Origin struct {
	Run int64
	// File is the workflow's, seen from the repository's root.
	File string
	// Repository has run it, Head had its commit: a fork's run has another head.
	Repository, Head string
	// Branch is what it ran on, in the name alone: a tag may have the same.
	Branch, Event, Status, Conclusion string
	// Default is the repository's default branch; Merged says whether the run's
	// commit stands in its history.
	Default string
	Merged  bool
}

// Origins is GitHub, as far as it knows where a result comes from. A run that it does
// not know is [ErrNoRun].
type Origins interface {
	Origin(ctx context.Context, run int64) (Origin, error)
}

// ErrNoRun says that this repository has no such run.
var ErrNoRun = errors.New("this repository has no such run")

// Workflow is the one whose results are believed.
const Workflow = ".github/workflows/load-test.yml"

// byWorkflow are the events that start it: whoever may cause one may write here.
var byWorkflow = []string{"workflow_dispatch", "schedule"}

// Held refuses a result that is not of a whole run of [Workflow], of this repository
// and of its default branch: what else a run leaves behind under the same name was
// made by whoever wrote that run's workflow. name is the input that gave the number.
func (o Origin) Held(name, repository string) error {
	refuse := func(what, got, allowed string) error {
		return &fault.Fault{
			Kind: fault.Refused, Name: name, What: fmt.Sprintf("%d %s, and so its load result is not believed", o.Run, what), Got: got, Allowed: allowed,
			Next: "Run load-test.yml on the default branch, and give the number of that run.",
		}
	}
	switch {
	case !strings.EqualFold(o.Repository, repository) || !strings.EqualFold(o.Head, repository):
		return refuse("is a run of another repository's commit", o.Head, repository)
	case o.File != Workflow:
		return refuse("is a run of another workflow", o.File, Workflow)
	case !slices.Contains(byWorkflow, o.Event):
		return refuse("was started by another event", o.Event, strings.Join(byWorkflow, ", "))
	case o.Default == "" || o.Branch != o.Default:
		return refuse("is a run of another branch", o.Branch, o.Default)
	case !o.Merged:
		return refuse("is a run of a commit that "+o.Default+" does not have", o.Branch, "")
	// A side that has missed its goals ends its run red, and is still a result.
	case o.Status != "completed" || !slices.Contains([]string{"success", "failure"}, o.Conclusion):
		return refuse("has not come to its end", strings.TrimSpace(o.Status+" "+o.Conclusion), "completed success, completed failure")
	}
	return nil
}
