package runner

import (
	"cmp"
	"context"
	"errors"

	"github.com/cutover-dev/cutover/internal/fault"
)

// Region is the AWS region to work in: that of the input, else the environment's
// own, as the SDK reads it, else the configured one.
func (s *Session) Region(input, configured string) string {
	return cmp.Or(input, s.Getenv("AWS_REGION"), s.Getenv("AWS_DEFAULT_REGION"), configured)
}

// Ended replaces an error that only says that the context ended by why it did.
func Ended(ctx context.Context, err error) error {
	var f *fault.Fault
	if err != nil && ctx.Err() != nil && errors.As(context.Cause(ctx), &f) {
		return f
	}
	return err
}
