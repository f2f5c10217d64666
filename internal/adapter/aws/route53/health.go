package route53

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/rollout/prepare"
)

// generations is how often a check may have been deleted and made again within
// the days in which Route 53 remembers its reference.
const generations = 5

// Ensure implements prepare.World. Route 53 returns the check that stands when
// the same reference and settings come again; source: Route 53 API reference,
// CreateHealthCheck.
func (z *Zone) Ensure(ctx context.Context, c prepare.Check) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	for n := range generations {
		out, err := z.client.CreateHealthCheck(ctx, &route53.CreateHealthCheckInput{CallerReference: aws.String(c.Reference(n + 1)), HealthCheckConfig: settings(c)})
		var taken *types.HealthCheckAlreadyExists
		if errors.As(err, &taken) {
			continue
		}
		if err != nil {
			return "", z.unchecked(c.Name(), "cannot be made", "route53:CreateHealthCheck", err)
		}
		if !asMade(out.HealthCheck.HealthCheckConfig, settings(c)) {
			continue // somebody has changed it by hand, and may rely on that
		}
		id := aws.ToString(out.HealthCheck.Id)
		var tags []types.Tag
		all := c.Tags()
		for _, key := range slices.Sorted(maps.Keys(all)) {
			tags = append(tags, types.Tag{Key: aws.String(key), Value: aws.String(all[key])})
		}
		if _, err := z.client.ChangeTagsForResource(ctx, &route53.ChangeTagsForResourceInput{ResourceType: types.TagResourceTypeHealthcheck, ResourceId: &id, AddTags: tags}); err != nil {
			return "", z.unchecked(c.Name(), "cannot be tagged", "route53:ChangeTagsForResource", err)
		}
		return id, nil
	}
	return "", &fault.Fault{Kind: fault.Refused, Name: "health check " + c.Name(), What: fmt.Sprintf("was deleted or changed by hand %d times, and Route 53 remembers each for some days", generations), Next: "Find out who deletes health checks, and wait for some days."}
}

// asMade says whether a check still is what it was made as. What an answer leaves
// out says nothing, so that no check is made anew for a word that is not told.
func asMade(got, want *types.HealthCheckConfig) bool {
	if got == nil {
		return true
	}
	sorted := func(ids []string) []string { return slices.Sorted(slices.Values(ids)) }
	return got.Type == want.Type && !aws.ToBool(got.Disabled) && !aws.ToBool(got.Inverted) &&
		kept(got.FullyQualifiedDomainName, want.FullyQualifiedDomainName) && kept(got.ResourcePath, want.ResourcePath) && kept(got.EnableSNI, want.EnableSNI) &&
		kept(got.Port, want.Port) && kept(got.FailureThreshold, want.FailureThreshold) && kept(got.HealthThreshold, want.HealthThreshold) &&
		(got.InsufficientDataHealthStatus == "" || got.InsufficientDataHealthStatus == want.InsufficientDataHealthStatus) &&
		(got.AlarmIdentifier == nil || reflect.DeepEqual(got.AlarmIdentifier, want.AlarmIdentifier)) &&
		(len(got.ChildHealthChecks) == 0 || slices.Equal(sorted(got.ChildHealthChecks), sorted(want.ChildHealthChecks)))
}

func kept[T comparable](got, want *T) bool { return got == nil || want == nil || *got == *want }

// settings are a check in Route 53's words.
func settings(c prepare.Check) *types.HealthCheckConfig {
	switch c.Kind {
	case prepare.Endpoint:
		return &types.HealthCheckConfig{
			Type: types.HealthCheckTypeHttps, FullyQualifiedDomainName: &c.Host, Port: aws.Int32(443), ResourcePath: &c.Path, EnableSNI: aws.Bool(true),
			RequestInterval: small(c.Seconds), FailureThreshold: small(c.Failures),
		}
	case prepare.Alarm:
		// Without data the last word stands. With "healthy" a green that lost its
		// traffic for its errors would have none to count, and get it back.
		return &types.HealthCheckConfig{
			Type:                         types.HealthCheckTypeCloudwatchMetric,
			AlarmIdentifier:              &types.AlarmIdentifier{Name: &c.Alarm, Region: types.CloudWatchRegion(c.Region)},
			InsufficientDataHealthStatus: types.InsufficientDataHealthStatusLastKnownStatus,
		}
	}
	return &types.HealthCheckConfig{Type: types.HealthCheckTypeCalculated, ChildHealthChecks: c.Children, HealthThreshold: small(c.Healthy)}
}

// small is a number that is far below any bound.
func small(n int) *int32 {
	if n < 0 || n > math.MaxInt16 {
		return nil // Route 53 refuses what is left out
	}
	return aws.Int32(int32(n))
}

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
