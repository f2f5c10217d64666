package registry

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"golang.org/x/sync/errgroup"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/retire/image"
)

// within bounds one request for text with all its retries.
const within = 2 * time.Minute

// asked is how many tags are asked for at once.
const asked = 8

// accepted are all kinds of manifests: what is not accepted a registry may turn into
// something else. Source: OCI image-spec, media types; Docker's registry API.
var accepted = strings.Join([]string{
	string(types.OCIManifestSchema1), string(types.OCIImageIndex), string(types.DockerManifestSchema2), string(types.DockerManifestList),
	"application/vnd.oci.artifact.manifest.v1+json", "application/vnd.cncf.oras.artifact.manifest.v1+json",
	string(types.DockerManifestSchema1Signed), string(types.DockerManifestSchema1), "*/*",
}, ", ")

// Images implements image.Catalog for a registry that lists tags alone: what has
// none is found by what points at it.
func (r *Repository) Images(ctx context.Context) ([]image.Listed, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*within)
	defer cancel()
	options, err := r.remote(ctx)
	if err != nil {
		return nil, err
	}
	tags, err := remote.List(r.repository, options...)
	if err != nil {
		return nil, r.failed("its tags could not be listed", err)
	}
	digests := make([]image.Digest, len(tags))
	group, inner := errgroup.WithContext(ctx)
	group.SetLimit(asked)
	for i, tag := range tags {
		group.Go(func() (err error) {
			digests[i], err = r.Tag(inner, tag)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	var all []image.Listed
	at := map[image.Digest]int{}
	for i, d := range digests {
		n, ok := at[d]
		if !ok {
			n = len(all)
			at[d] = n
			all = append(all, image.Listed{Digest: d})
		}
		all[n].Tags = append(all[n].Tags, tags[i])
	}
	return all, nil
}

// url is that of something below the repository.
func (r *Repository) url(kind, reference string) string {
	at := url.URL{Scheme: r.repository.Scheme(), Host: r.repository.RegistryStr(), Path: "/v2/" + r.repository.RepositoryStr() + "/" + kind + "/" + reference}
	return at.String()
}

// request asks for something below the repository.
func (r *Repository) request(ctx context.Context, method, kind, reference string) (*http.Response, error) {
	c, err := r.dial(ctx)
	if err != nil {
		return nil, err
	}
	q, err := http.NewRequestWithContext(ctx, method, r.url(kind, reference), nil)
	if err != nil {
		return nil, err
	}
	if kind == "manifests" {
		q.Header.Set("Accept", accepted)
	}
	return c.Do(q)
}

// get asks for something that is there, or returns image.ErrAbsent.
func (r *Repository) get(ctx context.Context, method, kind, reference string) (*http.Response, error) {
	answer, err := r.request(ctx, method, kind, reference)
	if err == nil {
		if err = transport.CheckError(answer, http.StatusOK); err != nil {
			_ = answer.Body.Close() // an error, read already
		}
	}
	if absent(err) {
		return nil, image.ErrAbsent
	}
	if err != nil {
		return nil, r.failed(kind+" "+reference+" could not be read", err)
	}
	return answer, nil
}

// Manifest implements image.Content.
func (r *Repository) Manifest(ctx context.Context, d image.Digest) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	answer, err := r.get(ctx, http.MethodGet, "manifests", string(d))
	if err != nil {
		return nil, err
	}
	defer func() { _ = answer.Body.Close() }()               // only read from
	text, err := io.ReadAll(&bounded{answer.Body, mostText}) // also where it was led elsewhere
	if err != nil {
		return nil, r.failed("the manifest "+string(d)+" broke off", err)
	}
	return text, nil
}

// Blob implements image.Content. How long it may take decides whoever reads it.
func (r *Repository) Blob(ctx context.Context, d image.Digest) (io.ReadCloser, error) {
	answer, err := r.get(ctx, http.MethodGet, "blobs", string(d))
	if err != nil {
		return nil, err
	}
	return answer.Body, nil
}

// Referrers implements image.Content. A registry without the referrers API keeps
// them under a tag, as go-containerregistry knows.
func (r *Repository) Referrers(ctx context.Context, d image.Digest) ([]image.Digest, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	options, err := r.remote(ctx)
	if err != nil {
		return nil, err
	}
	index, err := remote.Referrers(r.repository.Digest(string(d)), options...)
	if err != nil {
		return nil, r.failed("the referrers of "+string(d)+" could not be read", err)
	}
	found, err := index.IndexManifest()
	if err != nil {
		return nil, &fault.Fault{Kind: fault.Refused, Name: r.String(), What: "answers the question for referrers with no index", Err: err}
	}
	var all []image.Digest
	for _, m := range found.Manifests {
		digest, err := image.ParseDigest(m.Digest.String())
		if err != nil {
			return nil, err
		}
		all = append(all, digest)
	}
	return all, nil
}

// Tag implements image.Sink.
func (r *Repository) Tag(ctx context.Context, tag string) (image.Digest, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	answer, err := r.get(ctx, http.MethodHead, "manifests", tag)
	if err != nil {
		return "", err
	}
	_ = answer.Body.Close() // of a HEAD
	h, err := v1.NewHash(answer.Header.Get("Docker-Content-Digest"))
	if err != nil {
		return "", &fault.Fault{Kind: fault.Refused, Name: r.String() + ":" + tag, What: "the registry does not say which digest it has", Err: err}
	}
	return image.ParseDigest(h.String())
}
