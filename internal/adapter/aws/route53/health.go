package route53

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
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
