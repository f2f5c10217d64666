package s3

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/cutover-dev/cutover/internal/cost/spend"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/rollout"
	"github.com/cutover-dev/cutover/internal/unit/pattern"
)

// Days are the documents of days below a prefix. It implements spend.Kept.
type Days struct {
	r      *Rollout
	bucket string
	prefix string
}

var _ spend.Kept = (*Days)(nil)

// mostDay is how large a day's document may be.
const mostDay = 4 << 20

var dayKey = pattern.New(`^([A-Za-z0-9_.-]+/)+[0-9]{4}-[0-9]{2}-[0-9]{2}\.json$`)

// OpenDays makes a client with the credentials that the AWS SDK finds; nothing is
// called yet. prefix is empty, or ends in a slash.
func OpenDays(ctx context.Context, bucket, prefix string, o Options) (*Days, error) {
	if prefix != "" && !strings.HasSuffix(prefix, "/") {
		prefix += "/"
	}
	client, err := connect(ctx, o)
	if err != nil {
		return nil, err
	}
	return &Days{&Rollout{client: client}, bucket, prefix}, nil
}

func (d *Days) document(key string) (*Document, error) {
	if !dayKey.MatchString(key) || strings.Contains(key, "..") {
		return nil, &fault.Fault{Kind: fault.Input, Name: "key", What: "is that of no day", Got: key, Allowed: "a path, and then a date such as 2026-11-23.json"}
	}
	return &Document{d.r, Location{d.bucket, d.prefix + key}}, nil
}

// Read implements spend.Kept.
func (d *Days) Read(ctx context.Context, key string) (text []byte, version string, err error) {
	doc, err := d.document(key)
	if err != nil {
		return nil, "", err
	}
	text, version, err = doc.Read(ctx, mostDay)
	if errors.Is(err, ErrNotFound) {
		return nil, "", fmt.Errorf("%s: %w", doc, spend.ErrNone)
	}
	return text, version, err
}

// Write implements spend.Kept.
func (d *Days) Write(ctx context.Context, key string, text []byte, version string) error {
	doc, err := d.document(key)
	if err != nil {
		return err
	}
	_, err = d.r.write(ctx, doc.at, text, rollout.Version(version), func(there []byte) bool { return string(there) == string(text) })
	if errors.Is(err, errElse) {
		return fmt.Errorf("%s: %w", doc, spend.ErrElse)
	}
	return doc.plain(err)
}
