package s3

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/rollout"
)

// ErrChanged says that a document is another one than the one that was read.
var ErrChanged = errors.New("somebody else wrote it meanwhile")

// Document is one small object that several programs may replace: each write
// has the condition that nobody else wrote since it was read.
type Document struct {
	r  *Rollout
	at Location
}

// OpenDocument makes one with the credentials that the AWS SDK finds; nothing is
// called yet.
func OpenDocument(ctx context.Context, at Location, o Options) (*Document, error) {
	client, err := connect(ctx, o)
	if err != nil {
		return nil, err
	}
	return &Document{&Rollout{client: client}, at}, nil
}

func (d *Document) String() string { return d.at.String() }

// Read returns the document, of at most that many bytes, and its version, or
// [ErrNotFound].
func (d *Document) Read(ctx context.Context, most int64) (text []byte, version string, err error) {
	text, v, err := d.r.read(ctx, d.at, most)
	return text, string(v), d.plain(err)
}

// Write replaces the document of that version, or makes it where version is
// empty; otherwise it is [ErrChanged]. The same again changes nothing.
func (d *Document) Write(ctx context.Context, text []byte, version string) error {
	_, err := d.r.write(ctx, d.at, text, rollout.Version(version), func(there []byte) bool { return bytes.Equal(there, text) })
	if errors.Is(err, errElse) {
		return fmt.Errorf("%s: %w", d.at, ErrChanged)
	}
	return d.plain(err)
}

// plain says what to do where there is no next tick.
func (d *Document) plain(err error) error {
	if errors.Is(err, errSlow) {
		return &fault.Fault{Kind: fault.Outside, Name: d.at.String(), What: "S3 did not answer within " + within.String(), Next: "Run it again."}
	}
	return err
}
