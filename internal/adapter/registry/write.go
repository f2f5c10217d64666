package registry

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/cutover-dev/cutover/internal/retire/image"
)

// HasManifest implements image.Sink.
func (r *Repository) HasManifest(ctx context.Context, d image.Digest) (bool, error) {
	return r.has(ctx, "manifests", d)
}

// HasBlob implements image.Sink.
func (r *Repository) HasBlob(ctx context.Context, d image.Digest) (bool, error) {
	return r.has(ctx, "blobs", d)
}

func (r *Repository) has(ctx context.Context, kind string, d image.Digest) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	answer, err := r.get(ctx, http.MethodHead, kind, string(d))
	if errors.Is(err, image.ErrAbsent) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	_ = answer.Body.Close() // of a HEAD
	return true, nil
}

// Mount implements image.Mounter. A registry that does not mount, or of which the
// other repository lacks the blob, begins an upload instead: it is called off.
// Source: OCI Distribution Specification 1.1, "Mounting a blob from another
// repository".
func (r *Repository) Mount(ctx context.Context, d image.Digest) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	c, err := r.dial(ctx)
	if err != nil {
		return false, err
	}
	for _, other := range r.options.Mount {
		if other == r.repository.RepositoryStr() {
			continue
		}
		at := r.url("blobs", "uploads") + "/?" + url.Values{"mount": {string(d)}, "from": {other}}.Encode()
		q, err := http.NewRequestWithContext(ctx, http.MethodPost, at, http.NoBody)
		if err != nil {
			return false, r.failed("cannot be asked", err)
		}
		answer, err := c.Do(q)
		if err != nil {
			return false, r.failed("a blob could not be taken over from "+other, err)
		}
		_ = answer.Body.Close() // only its head counts
		if answer.StatusCode == http.StatusCreated {
			return true, nil
		}
		if answer.StatusCode == http.StatusAccepted {
			r.callOff(ctx, c, q.URL, answer.Header.Get("Location"))
		}
	}
	return false, nil
}

// callOff ends an upload that nobody needs. What comes of it does not matter: the
// registry ends it by itself one day.
func (r *Repository) callOff(ctx context.Context, c *http.Client, begun *url.URL, location string) {
	to, err := begun.Parse(location)
	if err != nil || location == "" || to.Host != begun.Host {
		return
	}
	q, err := http.NewRequestWithContext(ctx, http.MethodDelete, to.String(), http.NoBody)
	if err != nil {
		return
	}
	if answer, err := c.Do(q); err == nil {
		_ = answer.Body.Close() // only its head counts
	}
}

// PutBlob implements image.Sink. The registry holds what arrives against the digest.
func (r *Repository) PutBlob(ctx context.Context, b image.Body) error {
	options, err := r.remote(ctx)
	if err != nil {
		return err
	}
	if err := remote.WriteLayer(r.repository, layer{ctx, b}, options...); err != nil {
		return r.failed("the blob "+string(b.Digest)+" could not be pushed", err)
	}
	return nil
}

// layer shows a body to go-containerregistry.
type layer struct {
	ctx  context.Context // v1.Layer has none, and the body is opened within one call
	body image.Body
}

// Digest implements v1.Layer.
func (l layer) Digest() (v1.Hash, error) { return v1.NewHash(string(l.body.Digest)) }

// DiffID implements v1.Layer; what is pushed as it is needs none.
func (l layer) DiffID() (v1.Hash, error) { return l.Digest() }

// Compressed implements v1.Layer.
func (l layer) Compressed() (io.ReadCloser, error) { return l.body.Open(l.ctx) }

// Uncompressed implements v1.Layer; see DiffID.
func (l layer) Uncompressed() (io.ReadCloser, error) { return l.Compressed() }

// Size implements v1.Layer.
func (l layer) Size() (int64, error) { return l.body.Size, nil }

// MediaType implements v1.Layer.
func (l layer) MediaType() (types.MediaType, error) { return types.MediaType(l.body.Type), nil }

// PutManifest implements image.Sink. The bytes go as they are: go-containerregistry
// would write an index of referrers beside them where a registry keeps none, and
// that would be a tag that the archive does not have.
func (r *Repository) PutManifest(ctx context.Context, reference, mediaType string, text []byte) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	c, err := r.dial(ctx)
	if err != nil {
		return err
	}
	at := r.url("manifests", reference)
	q, err := http.NewRequestWithContext(ctx, http.MethodPut, at, bytes.NewReader(text))
	if err != nil {
		return r.failed("cannot be asked", err)
	}
	q.Header.Set("Content-Type", mediaType)
	answer, err := c.Do(q)
	if err == nil {
		err = transport.CheckError(answer, http.StatusOK, http.StatusCreated, http.StatusAccepted)
		_ = answer.Body.Close() // read where it matters
	}
	if err != nil {
		return r.failed("the manifest "+reference+" could not be pushed", err)
	}
	return nil
}
