package cloud

import (
	"maps"
	"net/http"
	"slices"
)

// CostTag makes a cost-allocation tag that is Active or Inactive.
func (c *Cloud) CostTag(key, status string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.watch.costs == nil {
		c.watch.costs = map[string]string{}
	}
	c.watch.costs[key] = status
}

// Linked makes this an account whose bills another one pays.
func (c *Cloud) Linked(yes bool) { c.mu.Lock(); defer c.mu.Unlock(); c.watch.linked = yes }

// ce is what the target of each call begins with.
const ce = "AWSInsightsIndexService."

// costExplorer answers what this project asks of Cost Explorer.
func (c *Cloud) costExplorer(w http.ResponseWriter, r *http.Request) {
	switch r.Header.Get("X-Amz-Target") {
	case ce + "GetCostAndUsage":
		c.costAndUsage(w, r)
	case ce + "UpdateCostAllocationTagsStatus":
		c.updateCostTags(w, r)
	case ce + "StartCostAllocationTagBackfill":
		c.startBackfill(w, r)
	case ce + "ListCostAllocationTagBackfillHistory":
		c.backfillHistory(w, r)
	default:
		c.listCostTags(w, r)
	}
}

// listCostTags answers ListCostAllocationTags; source: AWS Cost Management API
// reference. A tag that billing has not seen yet is not listed, and a linked
// account may not ask.
func (c *Cloud) listCostTags(w http.ResponseWriter, r *http.Request) {
	var in struct {
		TagKeys   []string
		Type      string
		NextToken string
	}
	if !c.json11(w, r, "ce", ce+"ListCostAllocationTags", &in) {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.note(r, "ce:ListCostAllocationTags", "*")
	if c.watch.linked {
		failJSON(w, linkedTags)
		return
	}
	keys := slices.DeleteFunc(slices.Sorted(maps.Keys(c.watch.costs)), func(k string) bool { return in.TagKeys != nil && !slices.Contains(in.TagKeys, k) })
	part, next := page(keys, in.NextToken)
	list := []any{}
	for _, key := range part {
		list = append(list, map[string]any{"TagKey": key, "Type": "UserDefined", "Status": c.watch.costs[key]})
	}
	out := map[string]any{"CostAllocationTags": list}
	if next != "" {
		out["NextToken"] = next
	}
	reply(w, out)
}
