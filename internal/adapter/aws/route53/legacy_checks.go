package route53

import (
	"context"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"

	"github.com/cutover-dev/cutover/internal/adapter/aws/refusal"
	"github.com/cutover-dev/cutover/internal/retire/estate"
	"github.com/cutover-dev/cutover/internal/retire/survey"
)

// checks are all health checks of the account, by their ID.
func (l *Legacy) checks(ctx context.Context) (map[string]types.HealthCheck, error) {
	all := map[string]types.HealthCheck{}
	in := &route53.ListHealthChecksInput{}
	for {
		out, err := l.client.ListHealthChecks(ctx, in)
		if err != nil {
			return nil, refusal.Of("Route 53", "health checks cannot be listed", "Allow the role route53:ListHealthChecks on *.", err)
		}
		for _, c := range out.HealthChecks {
			all[aws.ToString(c.Id)] = c
		}
		if !out.IsTruncated {
			return all, nil
		}
		in.Marker = out.NextMarker
	}
}

// closure adds the checks that the used ones count, and those that count a used
// one: whoever deletes it would change them.
func closure(used map[string]bool, all map[string]types.HealthCheck) {
	for again := true; again; {
		again = false
		for id, c := range all {
			if c.HealthCheckConfig == nil {
				continue
			}
			children := c.HealthCheckConfig.ChildHealthChecks
			if !used[id] && slices.ContainsFunc(children, func(child string) bool { return used[child] }) {
				used[id], again = true, true
			}
			for _, child := range children {
				if used[id] && !used[child] {
					used[child], again = true, true
				}
			}
		}
	}
}

// tellChecks tells the used ones and what they count.
func (l *Legacy) tellChecks(ctx context.Context, p *survey.Part, a survey.Asked, used map[string]bool, all map[string]types.HealthCheck) error {
	ids := slices.Sorted(maps.Keys(used))
	tags, err := l.tags(ctx, ids)
	if err != nil {
		return err
	}
	for _, id := range ids {
		c, ok := all[id]
		if !ok {
			p.Unread = append(p.Unread, estate.Unread{What: "health check " + id, Why: "a record names it, and it is not in the list"})
			continue
		}
		thing, err := checkThing(checkARN(a, id), c, tags[id])
		if err != nil {
			return err
		}
		p.Items = append(p.Items, thing.Item)
		if c.HealthCheckConfig == nil {
			continue
		}
		for _, child := range c.HealthCheckConfig.ChildHealthChecks {
			p.Link(thing.Item.ARN, checkARN(a, child), "counts", true)
		}
	}
	return nil
}

// tags are those of health checks, by their ID; a check without tags has none.
func (l *Legacy) tags(ctx context.Context, ids []string) (map[string]map[string]string, error) {
	all := map[string]map[string]string{}
	for _, id := range ids {
		out, err := l.client.ListTagsForResource(ctx, &route53.ListTagsForResourceInput{ResourceType: types.TagResourceTypeHealthcheck, ResourceId: &id})
		if checkGone(err) {
			continue
		}
		if err != nil {
			return nil, refusal.Of("health check "+id, "its tags cannot be read", "Allow the role route53:ListTagsForResource on it.", err)
		}
		all[id] = map[string]string{}
		if out.ResourceTagSet == nil {
			continue
		}
		for _, t := range out.ResourceTagSet.Tags {
			all[id][aws.ToString(t.Key)] = aws.ToString(t.Value)
		}
	}
	return all, nil
}
