package cloud

import (
	"net/http"
	"slices"
	"strings"
)

// WebACL is a regional one of AWS WAF: Guards are the ends of the ARNs of load
// balancers, Others whole ARNs of other types.
type WebACL struct {
	Name, ID string
	Managed  bool // by Firewall Manager
	Guards   []string
	Others   []string
}

func (a WebACL) arn() string { return arn("wafv2", "regional/webacl/"+a.Name+"/"+a.ID) }

// WebACL makes a web ACL.
func (o *OldSide) WebACL(a WebACL) { put(&o.c.old.acls, a.arn(), &a) }

// WebACLs are the ACLs that are there, and what each guards.
func (o *OldSide) WebACLs() map[string][]string {
	all := map[string][]string{}
	for at, a := range o.c.old.acls {
		all[at] = slices.Concat(a.Guards, a.Others)
	}
	return all
}

type (
	ofResource struct{ ResourceArn string }             // AWS's name
	ofACL      struct{ WebACLArn, ResourceType string } // AWS's name
	tagsOfACL  struct{ ResourceARN string }
)

// firewall answers what is asked about web ACLs; source: AWS WAFV2 API reference,
// JSON 1.1.
func (c *Cloud) firewall(w http.ResponseWriter, r *http.Request) {
	var get, off ofResource
	var resources ofACL
	var tags tagsOfACL
	call := c.json11Of(w, r, "wafv2", "AWSWAF_20190729", map[string]any{"GetWebACLForResource": &get, "DisassociateWebACL": &off, "ListResourcesForWebACL": &resources, "ListTagsForResource": &tags})
	if call == "" {
		return
	}
	// Also wafv2:GetWebACL on what is found; source: API reference, GetWebACLForResource.
	if f := c.refusal("wafv2:GetWebACL"); f != nil && call == "GetWebACLForResource" {
		failJSON(w, f)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	fail := func(code, message string) { failJSON(w, &denial{http.StatusBadRequest, code, message}) }
	switch call {
	case "ListResourcesForWebACL", "ListTagsForResource":
		at := resources.WebACLArn + tags.ResourceARN
		c.note(r, "wafv2:"+call, at)
		a := c.old.acls[at]
		switch {
		case a == nil:
			fail("WAFNonexistentItemException", "AWS WAF couldn't perform the operation because your resource doesn't exist.")
		case call == "ListTagsForResource":
			reply(w, map[string]any{"TagInfoForResource": map[string]any{"ResourceARN": at, "TagList": c.listed(at, "Key", "Value")}})
		default:
			reply(w, map[string]any{"ResourceArns": a.guarded(resources.ResourceType)})
		}
	case "GetWebACLForResource":
		c.note(r, "wafv2:"+call, get.ResourceArn)
		end, ok := c.guardable(get.ResourceArn)
		if !ok {
			fail("WAFNonexistentItemException", "AWS WAF couldn't perform the operation because your resource doesn't exist.")
			return
		}
		out := map[string]any{}
		if a := c.guard(end); a != nil {
			c.note(r, "wafv2:GetWebACL", a.arn())
			out["WebACL"] = map[string]any{"ARN": a.arn(), "Id": a.ID, "Name": a.Name, "ManagedByFirewallManager": a.Managed, "DefaultAction": map[string]any{"Allow": map[string]any{}},
				"VisibilityConfig": map[string]any{"SampledRequestsEnabled": true, "CloudWatchMetricsEnabled": true, "MetricName": a.Name}}
		}
		reply(w, out)
	default:
		// The load balancer's own permission is asked for too; source: AWS WAF
		// Developer Guide, permissions for DisassociateWebACL.
		c.note(r, "wafv2:"+call, off.ResourceArn)
		c.note(r, "elasticloadbalancing:SetWebAcl", "*")
		end, ok := c.guardable(off.ResourceArn)
		if !ok {
			fail("WAFNonexistentItemException", "AWS WAF couldn't perform the operation because your resource doesn't exist.")
			return
		}
		c.unguard(end)
		reply(w, map[string]any{})
	}
}

// guardable is the end of a load balancer's ARN, if it is there.
func (c *Cloud) guardable(at string) (string, bool) {
	_, end, _ := strings.Cut(at, ":loadbalancer/")
	return end, c.old.balancers["loadbalancer/"+end] != nil
}

func (c *Cloud) guard(balancer string) *WebACL {
	for _, a := range c.old.acls {
		if has(a.Guards, balancer) {
			return a
		}
	}
	return nil
}

func (c *Cloud) unguard(balancer string) {
	for _, a := range c.old.acls {
		a.Guards = slices.DeleteFunc(a.Guards, func(one string) bool { return one == balancer })
	}
}

// guarded are the ARNs of one type; without a type those of load balancers.
func (a WebACL) guarded(kind string) []string {
	list := []string{}
	switch kind {
	case "", "APPLICATION_LOAD_BALANCER":
		for _, end := range a.Guards {
			list = append(list, at2("loadbalancer/"+end))
		}
	case "API_GATEWAY":
		list = append(list, a.Others...)
	}
	return list
}
