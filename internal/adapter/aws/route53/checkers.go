package route53

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"

	"github.com/cutover-dev/cutover/internal/fault"
)

// enough is the share of checkers above which Route 53 finds an endpoint
// healthy, in percent; source: Route 53 Developer Guide, "How Route 53 determines
// whether a health check is healthy".
const enough = 18

// stale is the age from which on what checkers say is of the past: they look at
// least every 30 seconds.
const stale = 10 * time.Minute

// GreenUp is that of rollout.Signals: whether Route 53's checkers find green's
// endpoint healthy.
//
// Green's record carries a calculated check, whose status cannot be asked;
// source: Route 53 API reference, GetHealthCheckStatus. So its children are asked
// that look at an endpoint. Its alarms say nothing that a tick does not know: one
// is fed by the tick itself, the other counts what the metrics count.
func (z *Zone) GreenUp(ctx context.Context) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	sets, err := z.lately(ctx)
	if err != nil {
		return false, err
	}
	s := z.record.Look(sets)
	if len(s.Pairs) == 0 {
		_, err := z.record.Split(s)
		return false, err
	}
	asked := map[string]bool{}
	for _, p := range s.Pairs {
		id := p.Green.HealthCheck
		if asked[id] {
			continue // both types carry the same one
		}
		if id == "" {
			return false, &fault.Fault{Kind: fault.Refused, Name: z.record.Name, What: "has no health check on green's record of type " + p.Green.Type, Next: "Run traffic-shift with the command prepare and --apply."}
		}
		endpoints, err := z.endpoints(ctx, id)
		if err != nil {
			return false, err
		}
		asked[id] = true
		for _, e := range endpoints {
			if e.id != id && asked[e.id] {
				continue
			}
			asked[e.id] = true
			if up, err := z.up(ctx, e); err != nil || !up {
				return false, err
			}
		}
	}
	return true, nil
}

type endpoint struct {
	id       string
	inverted bool
	// every is the pause between two requests of one checker.
	every time.Duration
}

// CheckersRequests is how many requests a minute Route 53's own checkers send to
// green's endpoint: they are among its metrics, and are no users. Each checker
// asks once in the check's interval; source: Route 53 Developer Guide, "How Route
// 53 determines whether a health check is healthy". None where there is no check.
func (z *Zone) CheckersRequests(ctx context.Context) (int64, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	sets, err := z.lately(ctx)
	if err != nil {
		return 0, err
	}
	var sum float64
	asked := map[string]bool{}
	for _, p := range z.record.Look(sets).Pairs {
		id := p.Green.HealthCheck
		if id == "" || asked[id] {
			continue
		}
		asked[id] = true
		endpoints, err := z.endpoints(ctx, id)
		if err != nil {
			return 0, err
		}
		for _, e := range endpoints {
			out, err := z.observed(ctx, e.id)
			if err != nil {
				return 0, err
			}
			sum += float64(len(out.HealthCheckObservations)) * time.Minute.Seconds() / e.every.Seconds()
		}
	}
	return int64(math.Ceil(sum)), nil
}

// endpoints are the checks of endpoints that a check consists of, as they were a
// moment ago or are now.
func (z *Zone) endpoints(ctx context.Context, id string) ([]endpoint, error) {
	z.mu.Lock()
	known, at := z.parts[id], z.partsAt
	z.mu.Unlock()
	if known != nil && time.Since(at) < moment {
		return known, nil
	}
	found, err := z.readEndpoints(ctx, id)
	if err == nil {
		z.mu.Lock()
		defer z.mu.Unlock()
		z.parts, z.partsAt = map[string][]endpoint{id: found}, time.Now()
	}
	return found, err
}

func (z *Zone) readEndpoints(ctx context.Context, id string) ([]endpoint, error) {
	top, err := z.look(ctx, id)
	if err != nil {
		return nil, err
	}
	ids := []string{id}
	if top.Type == types.HealthCheckTypeCalculated {
		ids = top.ChildHealthChecks
	}
	var found []endpoint
	for _, child := range ids {
		config := top
		if child != id {
			if config, err = z.look(ctx, child); err != nil {
				return nil, err
			}
		}
		switch config.Type {
		case types.HealthCheckTypeCalculated, types.HealthCheckTypeCloudwatchMetric, types.HealthCheckTypeRecoveryControl:
		default:
			every := time.Duration(aws.ToInt32(config.RequestInterval)) * time.Second
			found = append(found, endpoint{child, aws.ToBool(config.Inverted), max(every, 10*time.Second)})
		}
	}
	if len(found) == 0 {
		return nil, &fault.Fault{Kind: fault.Refused, Name: "health check " + id, What: "looks at no endpoint, so nobody can say whether green answers", Next: "Run traffic-shift with the command prepare and --apply."}
	}
	return found, nil
}

// look reads a check. A disabled one is always healthy and proves nothing.
func (z *Zone) look(ctx context.Context, id string) (*types.HealthCheckConfig, error) {
	out, err := z.client.GetHealthCheck(ctx, &route53.GetHealthCheckInput{HealthCheckId: &id})
	if err != nil {
		return nil, z.unchecked(id, "cannot be read", "route53:GetHealthCheck", err)
	}
	if out.HealthCheck == nil || out.HealthCheck.HealthCheckConfig == nil {
		return nil, &fault.Fault{Kind: fault.Outside, Name: "health check " + id, What: "came without its settings"}
	}
	if config := out.HealthCheck.HealthCheckConfig; !aws.ToBool(config.Disabled) {
		return config, nil
	}
	return nil, &fault.Fault{Kind: fault.Refused, Name: "health check " + id, What: "is disabled, so that Route 53 takes it for healthy whatever happens", Next: "Enable it in the console."}
}

// up counts the checkers of an endpoint.
func (z *Zone) up(ctx context.Context, e endpoint) (bool, error) {
	out, err := z.observed(ctx, e.id)
	if err != nil {
		return false, err
	}
	// AWS's own clock judges what AWS has seen: this machine's may be wrong.
	now, ok := awsmiddleware.GetServerTime(out.ResultMetadata)
	if !ok {
		now = time.Now()
	}
	healthy, total := 0, 0
	for _, o := range out.HealthCheckObservations {
		if o.StatusReport == nil || o.StatusReport.CheckedTime != nil && now.Sub(*o.StatusReport.CheckedTime) > stale {
			continue
		}
		total++
		if strings.HasPrefix(aws.ToString(o.StatusReport.Status), "Success") {
			healthy++
		}
	}
	if total == 0 {
		return false, &fault.Fault{Kind: fault.Outside, Name: "health check " + e.id, What: fmt.Sprintf("has not been carried out by any checker within %s", stale), Next: "A new check needs about a minute; the next tick looks again."}
	}
	return (100*healthy > enough*total) != e.inverted, nil
}

// observed are what each checker has seen of an endpoint.
func (z *Zone) observed(ctx context.Context, id string) (*route53.GetHealthCheckStatusOutput, error) {
	out, err := z.client.GetHealthCheckStatus(ctx, &route53.GetHealthCheckStatusInput{HealthCheckId: &id})
	if err != nil {
		return nil, z.unchecked(id, "has no status to read", "route53:GetHealthCheckStatus", err)
	}
	return out, nil
}

func (z *Zone) unchecked(id, what, permission string, err error) error {
	f := z.failed(what, permission, err)
	var plain *fault.Fault
	if errors.As(f, &plain) {
		plain.Name = "health check " + id
		var gone *types.NoSuchHealthCheck
		switch {
		case errors.As(err, &gone):
			plain.Kind, plain.Next = fault.Refused, "It was deleted, and what Route 53 answers now cannot be foretold. Run traffic-shift with the command prepare and --apply."
		case plain.Kind == fault.Input && strings.HasPrefix(plain.Next, "Allow the role"):
			plain.Next = "Allow the role " + permission + " on health checks."
		}
	}
	return f
}
