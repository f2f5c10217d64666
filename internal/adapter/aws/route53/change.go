package route53

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/aws/smithy-go"

	"github.com/cutover-dev/cutover/internal/adapter/aws/refusal"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/pause"
	"github.com/cutover-dev/cutover/internal/rollout/prepare"
)

// seen puts Route 53's words into the preparation's.
func seen(s types.ResourceRecordSet) prepare.Set {
	set := prepare.Set{
		Name: aws.ToString(s.Name), Type: string(s.Type), Identifier: aws.ToString(s.SetIdentifier),
		Weight: aws.ToInt64(s.Weight), TTL: aws.ToInt64(s.TTL), HealthCheck: aws.ToString(s.HealthCheckId),
	}
	for _, r := range s.ResourceRecords {
		set.Values = append(set.Values, aws.ToString(r.Value))
	}
	if s.AliasTarget != nil {
		set.Alias = &prepare.Alias{Zone: aws.ToString(s.AliasTarget.HostedZoneId), Target: aws.ToString(s.AliasTarget.DNSName), Evaluate: s.AliasTarget.EvaluateTargetHealth}
	}
	switch {
	case s.TrafficPolicyInstanceId != nil:
		set.Routing = "a traffic policy"
	case s.Weight != nil:
		set.Routing = prepare.Weighted
	case s.Region != "":
		set.Routing = "latency"
	case s.Failover != "":
		set.Routing = "failover"
	case s.GeoLocation != nil:
		set.Routing = "geolocation"
	case s.GeoProximityLocation != nil:
		set.Routing = "geoproximity"
	case s.CidrRoutingConfig != nil:
		set.Routing = "IP range"
	case s.MultiValueAnswer != nil:
		set.Routing = "multivalue"
	case s.SetIdentifier != nil:
		set.Routing = "a policy that is not known here"
	}
	return set
}

// shown is the way back. Only simple and weighted sets are ever written.
func shown(s prepare.Set) *types.ResourceRecordSet {
	out := &types.ResourceRecordSet{Name: &s.Name, Type: types.RRType(s.Type)}
	if s.Routing == prepare.Weighted {
		out.SetIdentifier, out.Weight = &s.Identifier, &s.Weight
	}
	if s.HealthCheck != "" {
		out.HealthCheckId = &s.HealthCheck
	}
	if s.Alias != nil {
		out.AliasTarget = &types.AliasTarget{HostedZoneId: &s.Alias.Zone, DNSName: &s.Alias.Target, EvaluateTargetHealth: s.Alias.Evaluate}
		return out
	}
	out.TTL = &s.TTL
	for _, v := range s.Values {
		out.ResourceRecords = append(out.ResourceRecords, types.ResourceRecord{Value: aws.String(v)})
	}
	return out
}

// Change implements prepare.World.
func (z *Zone) Change(ctx context.Context, changes []prepare.Change) error {
	batch := &types.ChangeBatch{Comment: aws.String("cutover")}
	for _, c := range changes {
		if c.Set.Routing != "" && c.Set.Routing != prepare.Weighted {
			return &fault.Fault{Kind: fault.Refused, Name: z.record.Name, What: "is routed by " + c.Set.Routing + ", which is never written"}
		}
		batch.Changes = append(batch.Changes, types.Change{Action: types.ChangeAction(c.Action), ResourceRecordSet: shown(c.Set)})
	}
	call, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	began := time.Now()
	out, err := z.client.ChangeResourceRecordSets(call, &route53.ChangeResourceRecordSetsInput{HostedZoneId: &z.record.Zone, ChangeBatch: batch})
	if err != nil {
		return z.failed("its record cannot be changed", "route53:ChangeResourceRecordSets", err)
	}
	z.o.Progress(Accepted, time.Since(began))
	if out.ChangeInfo == nil || aws.ToString(out.ChangeInfo.Id) == "" {
		return &fault.Fault{Kind: fault.Outside, Name: z.record.Name, What: "was changed, and Route 53 did not say how the change is called", Next: "Whether it is in sync shows in the traffic."}
	}
	return z.synced(ctx, strings.TrimPrefix(*out.ChangeInfo.Id, "/change/"))
}

// synced waits until Route 53's servers know a change. A look that fails is no
// reason to stop: the change itself has been accepted.
func (z *Zone) synced(ctx context.Context, id string) error {
	began := time.Now()
	ctx, cancel := context.WithTimeout(ctx, z.o.Within)
	defer cancel()
	leg := NotInSync
	defer func() {
		took := time.Since(began)
		z.o.Progress(leg, took)
		z.o.Told(Sync{Change: id, InSync: leg == InSync, Took: took})
	}()
	var last error
	for wait := z.o.Poll; ; wait = min(wait*3/2, 5*z.o.Poll) {
		if pause.For(ctx, wait) != nil {
			break
		}
		out, err := z.client.GetChange(ctx, &route53.GetChangeInput{Id: &id})
		switch {
		case err != nil && ctx.Err() == nil:
			if last = z.failed("whether the change is in sync cannot be read", "route53:GetChange", err); fault.KindOf(last) == fault.Input {
				return &fault.Fault{Kind: fault.Input, Name: z.record.Name, What: "was changed, but nobody may see whether Route 53's servers know it", Err: last}
			}
		case err == nil && out.ChangeInfo != nil && out.ChangeInfo.Status == types.ChangeStatusInsync:
			leg = InSync
			return nil
		}
	}
	return &fault.Fault{
		Kind: fault.Outside, Name: z.record.Name, What: fmt.Sprintf("was changed, but change %s was not in sync after %s", id, time.Since(began).Round(time.Second)), Err: last,
		Next: "The change goes on by itself and is not repeated. Confirm by the share of requests that each side gets.",
	}
}

// failed tells the refusals apart. The SDK's errors hold request ids and no
// credentials.
func (z *Zone) failed(what, permission string, err error) error {
	f := refusal.Of("hosted zone "+z.record.Zone, what, "Allow the role "+permission+" on this zone and its changes, or correct traffic.hosted_zone: the zone of another account is refused the same way.", err)
	var batch *types.InvalidChangeBatch
	var api smithy.APIError
	switch {
	case errors.As(err, &batch):
		f.Name, f.What = z.record.Name, "was changed by somebody else after it was read, or does not take the change"
		f.Err = &said{batch}
		f.Next = "Nothing of the batch was carried out. Look who else changes the record, then try again."
	case errors.As(err, &api) && api.ErrorCode() == "NoSuchHostedZone":
		f.Kind, f.Name, f.What, f.Got = fault.Input, "traffic.hosted_zone", "does not exist in this account", z.record.Zone
		f.Next = "Give the ID of the zone, without /hostedzone/ before it, and the role of the account that holds it."
	case errors.As(err, &api) && (api.ErrorCode() == "ExpiredToken" || api.ErrorCode() == "ExpiredTokenException"):
		// What Route 53 does by itself goes on: that must be known at night.
		f.Next = "The step's session with AWS has ended. Give the step the input role, which gets a new session by itself, or start the job again. Until then health checks alone move traffic to blue."
	case errors.As(err, &api) && api.ErrorCode() == "PriorRequestNotComplete":
		f.Next = "An earlier change of this zone is still being worked on. Nothing was changed; the next tick tries again."
	case errors.As(err, &api) && (api.ErrorCode() == "Throttling" || api.ErrorCode() == "ThrottlingException"):
		f.Next = "The account has five requests a second. Find out who else asks Route 53 (external-dns, certificates, other pipelines); the next tick tries again."
	}
	return f
}

// said shows what Route 53 has against a batch: the SDK's error says only that
// there is something.
type said struct{ *types.InvalidChangeBatch }

// Error implements error.
func (s *said) Error() string {
	return "InvalidChangeBatch: " + strings.Join(append([]string(nil), s.Messages...), "; ")
}

// Unwrap returns the SDK's error.
func (s *said) Unwrap() error { return s.InvalidChangeBatch }
