package github

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/cutover-dev/cutover/internal/load"
)

var _ load.Origins = (*Client)(nil)

// Origin implements load.Origins; source: REST API, "Get a workflow run", "Get a
// repository", "Compare two commits". A run's path may have its branch behind an @. A
// commit is in a branch's history if the branch is ahead of it, or is it.
func (c *Client) Origin(ctx context.Context, run int64) (load.Origin, error) {
	type named struct {
		Name string `json:"full_name"`
	}
	var r struct {
		Path       string `json:"path"`
		Event      string `json:"event"`
		Branch     string `json:"head_branch"`
		SHA        string `json:"head_sha"`
		Status     string `json:"status"`
		Conclusion string `json:"conclusion"`
		Repository named  `json:"repository"`
		Head       named  `json:"head_repository"`
	}
	g := c.ForGate()
	_, err := g.get(ctx, fmt.Sprintf("asking for run %d", run), fmt.Sprintf("actions/runs/%d", run), "actions: read", &r)
	if missing(err) {
		return load.Origin{}, load.ErrNoRun
	}
	if err != nil {
		return load.Origin{}, err
	}
	o := load.Origin{
		Run: run, Repository: r.Repository.Name, Head: r.Head.Name, Branch: r.Branch, Event: r.Event, Status: r.Status, Conclusion: r.Conclusion,
	}
	o.File, _, _ = strings.Cut(r.Path, "@")
	if o.Default, err = c.Pipeline().DefaultBranch(ctx); err != nil {
		return load.Origin{}, err
	}
	var between struct {
		Status string `json:"status"`
	}
	path := fmt.Sprintf("compare/%s...%s?per_page=1", url.PathEscape(r.SHA), url.PathEscape(o.Default))
	_, err = g.get(ctx, "asking whether "+o.Default+" has the run's commit", path, "contents: read", &between)
	if err != nil && !missing(err) {
		return load.Origin{}, err
	}
	o.Merged = err == nil && (between.Status == "ahead" || between.Status == "identical")
	return o, nil
}
