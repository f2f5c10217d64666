package imagetest

import (
	"context"
	"encoding/json"
	"io"
	"slices"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/retire/image"
)

// Content is the repository as a source of content.
func (r *Repository) Content() image.Content { return content{r} }

type content struct{ *Repository }

// Manifest implements image.Content.
func (c content) Manifest(_ context.Context, d image.Digest) ([]byte, error) {
	if err := c.asked("manifest", d); err != nil {
		return nil, err
	}
	text := c.ManifestText(d)
	if text == nil {
		return nil, image.ErrAbsent
	}
	return io.ReadAll(c.served(d, text))
}

// Blob implements image.Content.
func (c content) Blob(ctx context.Context, d image.Digest) (io.ReadCloser, error) {
	if err := c.asked("blob", d); err != nil {
		return nil, err
	}
	c.mu.Lock()
	text, ok := c.blobs[d]
	if ok {
		c.gets[d]++
		c.given += int64(len(text))
	}
	c.mu.Unlock()
	if !ok {
		return nil, image.ErrAbsent
	}
	return stopping{ctx, c.served(d, text)}, nil
}

// stopping is a body that ends with its context.
type stopping struct {
	ctx context.Context // as an HTTP body has it
	io.Reader
}

// Read implements io.Reader.
func (s stopping) Read(p []byte) (int, error) {
	if s.ctx.Err() != nil {
		return 0, context.Cause(s.ctx)
	}
	return s.Reader.Read(p)
}

// Close implements io.Closer.
func (stopping) Close() error { return nil }

// Referrers implements image.Content.
func (c content) Referrers(_ context.Context, d image.Digest) ([]image.Digest, error) {
	if err := c.asked("referrers", d); err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.subjects[d], nil
}

// Sink is the repository as one to restore to. It refuses what a strict registry
// refuses: a manifest before what it holds.
func (r *Repository) Sink() image.Sink { return sink{r} }

type sink struct{ *Repository }

// Tag implements image.Sink.
func (s sink) Tag(_ context.Context, tag string) (image.Digest, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if d, ok := s.tags[tag]; ok {
		return d, nil
	}
	return "", image.ErrAbsent
}

// HasManifest implements image.Sink.
func (s sink) HasManifest(_ context.Context, d image.Digest) (bool, error) {
	return s.ManifestText(d) != nil, nil
}

// HasBlob implements image.Sink.
func (s sink) HasBlob(_ context.Context, d image.Digest) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, ok := s.blobs[d]
	return ok, nil
}

// PutBlob implements image.Sink.
func (s sink) PutBlob(ctx context.Context, b image.Body) error {
	if err := s.asked("put-blob", b.Digest); err != nil {
		return err
	}
	body, err := b.Open(ctx)
	if err != nil {
		return err
	}
	text, err := io.ReadAll(body)
	if err != nil {
		return err
	}
	if Of(text) != b.Digest {
		return &fault.Fault{Kind: fault.Refused, What: "another digest"}
	}
	s.AddBlob(b.Type, text)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pushes++
	return nil
}

// PutManifest implements image.Sink.
func (s sink) PutManifest(_ context.Context, reference, _ string, text []byte) error {
	if err := s.asked("put-manifest", Of(text)); err != nil {
		return err
	}
	var form struct {
		Config            image.Descriptor
		Layers, Manifests []image.Descriptor
	}
	if err := json.Unmarshal(text, &form); err != nil {
		return err
	}
	for _, d := range slices.Concat([]image.Descriptor{form.Config}, form.Layers, form.Manifests) {
		if d.Digest == "" {
			continue // an index has no config
		}
		s.mu.Lock()
		_, ok := s.both()[d.Digest]
		s.mu.Unlock()
		if !ok && d.MediaType != Foreign {
			return &fault.Fault{Kind: fault.Refused, What: "it names what is not there: " + string(d.Digest)}
		}
	}
	s.Raw(text)
	if _, err := image.ParseDigest(reference); err != nil {
		s.Retag(reference, Of(text))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pushes++
	return nil
}
