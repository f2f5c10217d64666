package github

import (
	"context"
	"slices"
	"strconv"

	"github.com/cutover-dev/cutover/internal/fault"
)

// Yes is what somebody must have said yes to: this very run of a workflow, for an
// environment that has reviewers. That the environment's name stands in the
// workflow proves nothing: it may have lost its reviewers.
type Yes struct {
	// Getenv is the job's environment, which names the run.
	Getenv func(string) string
	Token  string
	// Environment is the job's; To is what it is a yes to, such as "a load on
	// production"; Workflow is where that belongs.
	Environment, To, Workflow string
}

// Approvers are who has said yes, each once, as GitHub writes them. Nobody is an
// error, and so is not being able to see it. GitHub tells the answers to all
// attempts of a run, and not to which.
func Approvers(ctx context.Context, y Yes) ([]string, error) {
	refused := func(what, next string) ([]string, error) {
		return nil, &fault.Fault{Kind: fault.Refused, Name: "approval", What: y.To + " " + what, Got: y.Environment, Next: next}
	}
	id, err := strconv.ParseInt(y.Getenv("GITHUB_RUN_ID"), 10, 64)
	if err != nil || id <= 0 || y.Getenv("GITHUB_ACTIONS") != "true" {
		return refused("needs the yes of a reviewer, and this is no run of a workflow", "Start "+y.Workflow+", and let a reviewer of the environment approve it.")
	}
	if y.Token == "" {
		return refused("needs the yes of a reviewer, which cannot be seen without a token", "Give the job actions: read, and pass token: ${{ github.token }}.")
	}
	client, err := Open(y.Getenv("GITHUB_API_URL"), y.Getenv("GITHUB_REPOSITORY"), y.Token)
	if err != nil {
		return nil, err
	}
	reviews, err := client.ForGate().Reviews(ctx, id)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, r := range reviews {
		if r.State == "approved" && r.User != "" && slices.Contains(r.Environments, y.Environment) && !slices.Contains(names, r.User) {
			names = append(names, r.User)
		}
	}
	if len(names) == 0 {
		return refused("has not been approved in this run", "Give the environment "+y.Environment+" required reviewers (Settings, Environments), and run the workflow again.")
	}
	return names, nil
}
