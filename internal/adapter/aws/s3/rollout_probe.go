package s3

import (
	"context"
	"errors"
	"fmt"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/rollout"
)

// Probe finds out whether the bucket keeps conditions of writes: everything
// here rests on that, and not every server that speaks S3's language does, nor
// did S3 before November 2024. It writes an object of its own and touches no
// other.
func (r *Rollout) Probe(ctx context.Context) error {
	at := r.at(probeName)
	never := func([]byte) bool { return false }
	// A write that must make the object: it is there from the first probe on.
	if _, err := r.write(ctx, at, []byte("{}"), "", never); err != nil && !errors.Is(err, errElse) {
		return err
	}
	refused := func(condition string, version rollout.Version) error {
		_, err := r.write(ctx, at, []byte(`{"probe":"must not be written"}`), version, never)
		switch {
		case errors.Is(err, errElse):
			return nil
		case err == nil:
			return &fault.Fault{
				Kind: fault.Refused, Name: "s3://" + r.bucket, What: "ignores " + condition + ", so that two programs could both move the traffic",
				Next: "Use a bucket of Amazon S3, or a server that keeps conditional writes.",
			}
		}
		return err
	}
	if err := refused("If-None-Match", ""); err != nil {
		return err
	}
	if err := refused("If-Match", `"00000000000000000000000000000000"`); err != nil {
		return err
	}
	_, version, err := r.read(ctx, at, mostEvent)
	if err != nil {
		return err
	}
	_, err = r.write(ctx, at, []byte("{}"), version, func(there []byte) bool { return string(there) == "{}" })
	if errors.Is(err, errElse) {
		return &fault.Fault{Kind: fault.Outside, Name: at.String(), What: fmt.Sprintf("was refused although %s is its version", version), Next: "Another probe may be under way: run it again."}
	}
	return err
}
