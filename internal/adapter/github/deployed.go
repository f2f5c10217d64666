package github

import (
	"context"
	"time"

	"github.com/google/go-github/v62/github"
)

// Deployed is one deployment to an environment.
type Deployed struct {
	At               time.Time
	SHA, Description string
}

// mostDeployed bounds how far back is read, in pages of 100.
const mostDeployed = 5

// DeployedSince are the deployments to an environment since then, newest first, as
// far as GitHub tells them in five pages.
func (c *Client) DeployedSince(ctx context.Context, environment string, since time.Time) ([]Deployed, error) {
	var all []Deployed
	for page := 1; page <= mostDeployed; page++ {
		var got []*github.Deployment
		var response *github.Response
		err := c.call(ctx, "listing deployments", func() (err error) {
			got, response, err = c.api.Repositories.ListDeployments(ctx, c.owner, c.repo, &github.DeploymentsListOptions{
				Environment: environment, ListOptions: github.ListOptions{PerPage: 100, Page: page},
			})
			return err
		})
		if err != nil {
			return nil, err
		}
		for _, d := range got {
			at := d.GetCreatedAt().Time
			if at.Before(since) {
				return all, nil
			}
			all = append(all, Deployed{At: at, SHA: d.GetSHA(), Description: d.GetDescription()})
		}
		if response.NextPage == 0 {
			break
		}
	}
	return all, nil
}
