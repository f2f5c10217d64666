package github

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/google/go-github/v62/github"

	"github.com/cutover-dev/cutover/internal/fault"
)

// ErrNoArtifact says that a branch has no such artifact that is not expired.
var ErrNoArtifact = errors.New("there is no such artifact")

// BranchArtifact returns a file of the newest artifact of that name that a run
// on branch has uploaded; limit bounds both download and file in bytes.
func (c *Client) BranchArtifact(ctx context.Context, branch, name, file string, limit int64) ([]byte, error) {
	newest, err := c.newestArtifact(ctx, branch, name)
	if err != nil {
		return nil, err
	}
	var archive []byte
	err = c.call(ctx, "downloading the artifact "+name, func() error {
		address, _, err := c.api.Actions.DownloadArtifact(ctx, c.owner, c.repo, newest.GetID(), 3)
		if err != nil {
			return err
		}
		archive, err = download(ctx, address.String(), limit)
		return err
	})
	if err != nil {
		return nil, err
	}
	return unzip(archive, name, file, limit)
}

func (c *Client) newestArtifact(ctx context.Context, branch, name string) (*github.Artifact, error) {
	var newest *github.Artifact
	for page := 1; page != 0; {
		var list *github.ArtifactList
		var response *github.Response
		err := c.call(ctx, "listing artifacts", func() (err error) {
			request, err := c.api.NewRequest(http.MethodGet, fmt.Sprintf("repos/%s/%s/actions/artifacts?name=%s&per_page=100&page=%d", c.owner, c.repo, name, page), nil)
			if err != nil {
				return err
			}
			list = new(github.ArtifactList)
			response, err = c.api.Do(ctx, request, list)
			return err
		})
		if err != nil {
			return nil, err
		}
		for _, a := range list.Artifacts {
			ours := a.GetName() == name && !a.GetExpired() && a.GetWorkflowRun().GetHeadBranch() == branch &&
				// A fork may have a branch of the same name; its artifacts are not ours.
				a.GetWorkflowRun().GetHeadRepositoryID() == a.GetWorkflowRun().GetRepositoryID()
			if ours && (newest == nil || a.GetCreatedAt().After(newest.GetCreatedAt().Time)) {
				newest = a
			}
		}
		page = response.NextPage
	}
	if newest == nil {
		return nil, fmt.Errorf("%q on branch %q: %w", name, branch, ErrNoArtifact)
	}
	return newest, nil
}

// download fetches a signed address, to which no token may be sent.
func download(ctx context.Context, address string, limit int64) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return nil, errors.New("the artifact's address cannot be read")
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, errors.New("the artifact's storage did not answer") // the error would hold the signed address
	}
	defer func() { _ = response.Body.Close() }() // read to its end
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the artifact's storage answered %s", response.Status)
	}
	text, err := io.ReadAll(io.LimitReader(response.Body, limit+1))
	if err == nil && int64(len(text)) > limit {
		err = fmt.Errorf("the artifact is larger than %d bytes", limit)
	}
	return text, err
}

func unzip(archive []byte, name, file string, limit int64) ([]byte, error) {
	bad := func(err error) error {
		return &fault.Fault{Kind: fault.Input, Name: "artifact " + name, What: "does not hold a readable " + file, Err: err}
	}
	files, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		return nil, bad(err)
	}
	f, err := files.Open(file)
	if err != nil {
		return nil, bad(err)
	}
	defer func() { _ = f.Close() }() // only read from
	text, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(text)) > limit {
		err = fmt.Errorf("larger than %d bytes", limit)
	}
	if err != nil {
		return nil, bad(err)
	}
	return text, nil
}
