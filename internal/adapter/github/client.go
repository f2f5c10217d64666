// Package github speaks to GitHub's REST API, or to what GITHUB_API_URL names.
package github

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/google/go-github/v62/github"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/pause"
)

// Client is one repository on GitHub.
type Client struct {
	api         *github.Client
	owner, repo string
	// sleep waits between tries; tests replace it.
	sleep func(context.Context, time.Duration) error
}

// tries and longest bound the retries of one call: a secondary rate limit asks
// for a minute, a primary one may ask for an hour, which nobody waits for.
const (
	tries   = 4
	longest = 90 * time.Second
)

// Open makes a client for repository, "owner/name". apiURL is empty for
// github.com.
func Open(apiURL, repository, token string) (*Client, error) {
	owner, repo, ok := strings.Cut(repository, "/")
	if !ok || owner == "" || repo == "" || strings.Contains(repo, "/") {
		return nil, &fault.Fault{Kind: fault.Input, Name: "GITHUB_REPOSITORY", What: "is no repository", Got: repository, Allowed: "owner/name"}
	}
	bound := &onlyTo{}
	api := github.NewClient(&http.Client{Timeout: 30 * time.Second, Transport: bound}).WithAuthToken(token)
	if apiURL != "" {
		base, err := url.Parse(strings.TrimSuffix(apiURL, "/") + "/")
		if err != nil || base.Host == "" {
			return nil, &fault.Fault{Kind: fault.Input, Name: "GITHUB_API_URL", What: "is no address", Got: apiURL}
		}
		api.BaseURL = base
	}
	bound.onlyToHostsOf(api.BaseURL)
	return &Client{api: api, owner: owner, repo: repo, sleep: pause.For}, nil
}

// ErrForbidden says that the token may not do this, as a fork's token may not
// comment.
var ErrForbidden = errors.New("the token is not allowed to do this")

// call runs one request and repeats it on rate limits and outages.
func (c *Client) call(ctx context.Context, doing string, request func() error) error {
	var err error
	for try := range tries {
		if err = request(); err == nil {
			return nil
		}
		wait, again := waitFor(err, try)
		if !again || wait > longest || try == tries-1 {
			break
		}
		if slept := c.sleep(ctx, wait); slept != nil {
			return slept
		}
	}
	return told(doing, err)
}

// waitFor says whether a failed call is worth repeating, and after how long.
func waitFor(err error, try int) (time.Duration, bool) {
	backoff := (pause.Backoff{First: 2 * time.Second}).After(try + 1)
	var primary *github.RateLimitError
	if errors.As(err, &primary) {
		return time.Until(primary.Rate.Reset.Time) + backoff, true
	}
	var secondary *github.AbuseRateLimitError
	if errors.As(err, &secondary) {
		return secondary.GetRetryAfter() + backoff, true
	}
	var answered *github.ErrorResponse
	if errors.As(err, &answered) {
		return backoff, answered.Response.StatusCode >= http.StatusInternalServerError
	}
	return backoff, true // the network
}

// told makes a fault that says what to do; it holds no token.
func told(doing string, err error) error {
	f := &fault.Fault{Kind: fault.Outside, Name: "GitHub", What: doing + " failed", Err: err}
	var answered *github.ErrorResponse
	if !errors.As(err, &answered) {
		return f
	}
	f.Err = fmt.Errorf("%d %s", answered.Response.StatusCode, answered.Message)
	switch answered.Response.StatusCode {
	case http.StatusForbidden, http.StatusNotFound:
		// GitHub answers 404 where a token may not even know that a thing exists.
		f.Kind, f.Err = fault.Input, fmt.Errorf("%w (%d %s)", ErrForbidden, answered.Response.StatusCode, answered.Message)
		f.Next = "Give the job the permission, such as pull-requests: write; a fork's token never has it."
	case http.StatusUnauthorized:
		f.Kind, f.Next = fault.Input, "Pass ${{ github.token }} as token."
	}
	return f
}
