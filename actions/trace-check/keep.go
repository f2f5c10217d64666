package main

import (
	"context"
	"errors"

	"github.com/cutover-dev/cutover/internal/adapter/aws/s3"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/trace"
)

const (
	// mostMap bounds what is read of a map that was kept.
	mostMap = 4 << 20
	// rewrites is how often a map is written anew because another check wrote its
	// own meanwhile.
	rewrites = 3
)

// shelf is where the stage's last good map is kept, beside its releases.
type shelf struct{ document *s3.Document }

// openShelf makes it; nothing is called yet. Without a bucket there is none.
func openShelf(ctx context.Context, bucket, prefix, stage, region string) (*shelf, error) {
	if bucket == "" {
		return nil, nil
	}
	d, err := s3.OpenDocument(ctx, s3.Location{Bucket: bucket, Key: prefix + "/trace/" + stage + "/map.json"}, s3.Options{Region: region})
	if err != nil {
		return nil, err
	}
	return &shelf{d}, nil
}

// last is the map that the last good check has left, nil where there is none.
func (s *shelf) last(ctx context.Context) (*trace.Map, string, error) {
	text, version, err := s.document.Read(ctx, mostMap)
	if errors.Is(err, s3.ErrNotFound) {
		return nil, "", nil
	}
	if err != nil {
		return nil, "", err
	}
	m, err := trace.ParseMap(s.document.String(), text)
	if err != nil {
		return nil, version, err
	}
	return &m, version, nil
}

// keep puts this map in the place of the one of that version. Where another
// check has put its own there meanwhile, the later of the two stays. A repeat
// under the same run replaces its own.
func (s *shelf) keep(ctx context.Context, m trace.Map, version string) error {
	for range rewrites {
		err := s.document.Write(ctx, m.JSON(), version)
		if !errors.Is(err, s3.ErrChanged) {
			return err
		}
		var there *trace.Map
		if there, version, err = s.last(ctx); err != nil {
			return err
		}
		if there != nil && there.At.After(m.At) {
			return nil
		}
	}
	return &fault.Fault{Kind: fault.Outside, Name: s.document.String(), What: "was written by other checks each time", Next: "Run it again."}
}
