package route53

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"

	"github.com/cutover-dev/cutover/internal/doctor"
	"github.com/cutover-dev/cutover/internal/fault"
)

// Look reads the record as a doctor asks: what does not exist is an answer.
func (z *Zone) Look(ctx context.Context) ([]doctor.Set, error) {
	sets, err := z.lately(ctx)
	var f *fault.Fault
	if errors.As(err, &f) && f.Name == "traffic.hosted_zone" {
		return nil, fmt.Errorf("%w: %w", doctor.ErrNone, err)
	}
	if err != nil {
		return nil, err
	}
	var all []doctor.Set
	for _, s := range sets {
		all = append(all, doctor.Set{Type: s.Type, Routing: s.Routing, Identifier: s.Identifier, Target: s.Target(), HealthCheck: s.HealthCheck, Weight: s.Weight, TTL: s.TTL})
	}
	return all, nil
}

// HealthCheck fails with [doctor.ErrNone] where there is none of that ID.
func (z *Zone) HealthCheck(ctx context.Context, id string) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	_, err := z.client.GetHealthCheck(ctx, &route53.GetHealthCheckInput{HealthCheckId: &id})
	var none *types.NoSuchHealthCheck
	switch {
	case errors.As(err, &none):
		return doctor.ErrNone
	case err != nil:
		return z.unchecked(id, "cannot be read", "route53:GetHealthCheck", err)
	}
	return nil
}
