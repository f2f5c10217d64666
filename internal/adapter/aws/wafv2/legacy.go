// Package wafv2 asks AWS WAF, or what AWS_ENDPOINT_URL names, which web ACL guards
// a load balancer and what else it guards, and takes the ACL off the load balancer.
// It is a survey.Source and a hands.Thing.
//
// AWS WAF Classic, which is another service and no longer offered, is not asked.
package wafv2

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/wafv2"
	"github.com/aws/aws-sdk-go-v2/service/wafv2/types"

	"github.com/cutover-dev/cutover/internal/adapter/aws/refusal"
	"github.com/cutover-dev/cutover/internal/adapter/aws/session"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/retire/estate"
	"github.com/cutover-dev/cutover/internal/retire/hands"
	"github.com/cutover-dev/cutover/internal/retire/survey"
)

// Legacy are the regional web ACLs.
type Legacy struct{ client *wafv2.Client }

var (
	_ survey.Source = (*Legacy)(nil)
	_ hands.Thing   = (*Legacy)(nil)
)

const (
	// looking bounds one look at everything with all its retries, within one thing.
	looking = 5 * time.Minute
	within  = time.Minute
)

// OpenLegacy makes a client with the credentials that the AWS SDK finds; nothing
// is called yet.
func OpenLegacy(ctx context.Context, region string) (*Legacy, error) {
	c, err := session.Load(ctx, region)
	if err != nil {
		return nil, err
	}
	return &Legacy{wafv2.NewFromConfig(c)}, nil
}

// Tell implements survey.Source: the web ACL of the named load balancer and that it
// guards it, and what else is guarded by the ACLs of the named stack: a stack whose
// ACL is in use cannot be deleted whole.
func (l *Legacy) Tell(ctx context.Context, f survey.Focus) (survey.Part, error) {
	ctx, cancel := context.WithTimeout(ctx, looking)
	defer cancel()
	var p survey.Part
	for _, item := range f.Known.World.Items {
		switch {
		case item.Kind == estate.LoadBalancer && f.LoadBalancer != "" && strings.HasSuffix(item.ARN, ":loadbalancer/"+f.LoadBalancer):
			if err := l.guarded(ctx, &p, item.ARN); err != nil {
				return p, err
			}
		case item.Kind == estate.Firewall && strings.Contains(item.ARN, ":wafv2:"):
			if err := l.others(ctx, &p, f, item.ARN); err != nil {
				return p, err
			}
		}
	}
	return p, nil
}

// acl is the web ACL of a load balancer, nil if none guards it or it is gone.
func (l *Legacy) acl(ctx context.Context, balancer string) (*types.WebACL, error) {
	out, err := l.client.GetWebACLForResource(ctx, &wafv2.GetWebACLForResourceInput{ResourceArn: &balancer})
	var none *types.WAFNonexistentItemException
	if errors.As(err, &none) {
		return nil, nil
	}
	if err != nil {
		return nil, refused("the web ACL of a load balancer cannot be read", "wafv2:GetWebACLForResource on the load balancer, and wafv2:GetWebACL", err)
	}
	return out.WebACL, nil
}

func (l *Legacy) guarded(ctx context.Context, p *survey.Part, balancer string) error {
	acl, err := l.acl(ctx, balancer)
	if err != nil || acl == nil {
		return err
	}
	tags, err := l.tags(ctx, aws.ToString(acl.ARN))
	if err != nil {
		return err
	}
	thing, err := associationThing(acl, balancer)
	if err != nil {
		return err
	}
	// Its rules are somebody's daily work: what they are is no concern of a plan.
	item := estate.Item{ARN: aws.ToString(acl.ARN), Kind: estate.Firewall, Name: aws.ToString(acl.Name), Tags: tags, Print: survey.Print([]string{aws.ToString(acl.ARN)})}
	p.Items = append(p.Items, item, thing.Item)
	p.Link(thing.Item.ARN, balancer, "guards", true)
	p.Link(thing.Item.ARN, item.ARN, "applies", true)
	return nil
}

// associationThing: an association is no resource of its own at AWS. Firewall
// Manager makes one again that somebody has taken away; source: AWS WAF Developer
// Guide, Firewall Manager policies.
func associationThing(acl *types.WebACL, balancer string) (survey.Thing, error) {
	item := estate.Item{ARN: aws.ToString(acl.ARN) + "@" + balancer, Kind: estate.Association, Name: aws.ToString(acl.Name)}
	if acl.ManagedByFirewallManager {
		item.Facts = map[string]string{estate.Manager: "Firewall Manager"}
	}
	// What makes it again is its configuration, as associate-web-acl takes it.
	thing, err := survey.Told(item, map[string]string{"WebACLArn": aws.ToString(acl.ARN), "ResourceArn": balancer})
	thing.Item.Print = survey.Print([]any{item.ARN, item.Facts})
	return thing, err
}

// others tells everything that an ACL guards but the named load balancer, of all
// types. Nobody knows more of it than its ARN.
func (l *Legacy) others(ctx context.Context, p *survey.Part, f survey.Focus, acl string) error {
	for _, kind := range types.ResourceType("").Values() {
		out, err := l.client.ListResourcesForWebACL(ctx, &wafv2.ListResourcesForWebACLInput{WebACLArn: &acl, ResourceType: kind})
		var none *types.WAFNonexistentItemException
		if errors.As(err, &none) {
			return nil
		}
		if err != nil {
			return refused("what a web ACL guards cannot be listed", "wafv2:ListResourcesForWebACL on the web ACL", err)
		}
		for _, at := range out.ResourceArns {
			if f.LoadBalancer == "" || !strings.HasSuffix(at, ":loadbalancer/"+f.LoadBalancer) {
				p.Link(at, acl, "is guarded by", true)
			}
		}
	}
	return nil
}

func (l *Legacy) tags(ctx context.Context, acl string) (map[string]string, error) {
	out, err := l.client.ListTagsForResource(ctx, &wafv2.ListTagsForResourceInput{ResourceARN: &acl})
	if err != nil {
		return nil, refused("tags of a web ACL cannot be read", "wafv2:ListTagsForResource on it", err)
	}
	all := map[string]string{}
	if out.TagInfoForResource != nil {
		for _, t := range out.TagInfoForResource.TagList {
			all[aws.ToString(t.Key)] = aws.ToString(t.Value)
		}
	}
	return all, nil
}

// parts are the web ACL and what it guards, of an association's ARN.
func parts(at string) (acl, balancer string, err error) {
	acl, balancer, ok := strings.Cut(at, "@")
	if !ok || !strings.Contains(acl, ":wafv2:") || !strings.Contains(balancer, ":loadbalancer/app/") {
		return "", "", &fault.Fault{Kind: fault.Refused, Name: at, What: "is no web ACL on a load balancer, and nothing else of WAF is read or taken away"}
	}
	return acl, balancer, nil
}

// Read implements hands.Thing: another ACL in its place is not this one.
func (l *Legacy) Read(ctx context.Context, at string) (survey.Thing, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	arn, balancer, err := parts(at)
	if err != nil {
		return survey.Thing{}, err
	}
	acl, err := l.acl(ctx, balancer)
	if err != nil {
		return survey.Thing{}, err
	}
	if acl == nil || aws.ToString(acl.ARN) != arn {
		return survey.Thing{}, hands.ErrGone
	}
	return associationThing(acl, balancer)
}

// Delete implements hands.Thing. The call names only the load balancer: whose ACL
// it is was read right before.
func (l *Legacy) Delete(ctx context.Context, at string) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	_, balancer, err := parts(at)
	if err != nil {
		return err
	}
	_, err = l.client.DisassociateWebACL(ctx, &wafv2.DisassociateWebACLInput{ResourceArn: &balancer})
	var none *types.WAFNonexistentItemException
	if err == nil || errors.As(err, &none) {
		return nil
	}
	return refused("the web ACL cannot be taken off", "wafv2:DisassociateWebACL on the load balancer, and elasticloadbalancing:SetWebACL", err)
}

func refused(what, permission string, err error) error {
	return refusal.Of("WAF", what, "Allow the role "+permission+".", err)
}
