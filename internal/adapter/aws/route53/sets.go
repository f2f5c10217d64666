package route53

import (
	"context"
	"reflect"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/rollout/prepare"
)

// Sets implements prepare.World. The list shows also what Route 53's servers do
// not know yet; source: Route 53 API reference, ListResourceRecordSets.
//
// A list of several pages is no picture of one moment: a change in between gives
// half of what was and half of what is. It is read until two in a row are alike.
// AWS's pages hold at least 100 sets, so that there one is all.
func (z *Zone) Sets(ctx context.Context) ([]prepare.Set, error) {
	sets, err := z.read(ctx)
	if err == nil {
		z.mu.Lock()
		defer z.mu.Unlock()
		z.last, z.lastAt = sets, time.Now()
	}
	return sets, err
}

// moment is for how long a tick need not ask anew which health checks the records
// carry: an account has five requests a second for everybody.
const moment = 10 * time.Second

// lately returns the sets of a moment ago, or reads them.
func (z *Zone) lately(ctx context.Context) ([]prepare.Set, error) {
	z.mu.Lock()
	last, at := z.last, z.lastAt
	z.mu.Unlock()
	if !at.IsZero() && time.Since(at) < moment {
		return last, nil
	}
	return z.Sets(ctx)
}

func (z *Zone) read(ctx context.Context) ([]prepare.Set, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	before, pages, err := z.list(ctx)
	if err != nil || pages == 1 {
		return before, err
	}
	for range rereads {
		now, _, err := z.list(ctx)
		if err != nil || reflect.DeepEqual(before, now) {
			return now, err
		}
		before = now
	}
	return nil, &fault.Fault{Kind: fault.Outside, Name: z.record.Name, What: "changes faster than it can be read", Next: "Look who else changes the record."}
}

// list reads the record's sets once.
func (z *Zone) list(ctx context.Context) (all []prepare.Set, pages int, err error) {
	name := strings.TrimSuffix(z.record.Name, ".") + "."
	in := &route53.ListResourceRecordSetsInput{HostedZoneId: &z.record.Zone, StartRecordName: &name}
	for {
		out, err := z.client.ListResourceRecordSets(ctx, in)
		if err != nil {
			return nil, pages, z.failed("its records cannot be read", "route53:ListResourceRecordSets", err)
		}
		pages++
		for _, s := range out.ResourceRecordSets {
			if !strings.EqualFold(aws.ToString(s.Name), name) {
				return all, pages, nil // the list is sorted by name
			}
			all = append(all, seen(s))
		}
		if !out.IsTruncated || !strings.EqualFold(aws.ToString(out.NextRecordName), name) {
			return all, pages, nil
		}
		in.StartRecordType, in.StartRecordIdentifier = out.NextRecordType, out.NextRecordIdentifier
	}
}
