package change_test

import (
	"context"
	"time"

	"github.com/cutover-dev/cutover/internal/monitoring/change"
)

// still is a clock that stands.
type still struct{}

func (still) Now() time.Time                                  { return time.Unix(0, 0) }
func (still) Wait(ctx context.Context, _ time.Duration) error { return ctx.Err() }

// none is an account without stacks. What happens to stacks is tested with the
// real adapter, in internal/adapter/aws/cloudformation.
type none struct{ change.Stacks }

func (none) Detect(context.Context, string) (string, error) { return "", change.ErrNone }
