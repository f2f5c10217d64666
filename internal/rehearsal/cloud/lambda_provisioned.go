package cloud

import (
	"maps"
	"net/http"
	"slices"
)

// Provision keeps so many environments of a function's alias warm.
func (c *Cloud) Provision(function, alias string, n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.watch.estate.provisioned == nil {
		c.watch.estate.provisioned = map[string]map[string]int{}
	}
	if c.watch.estate.provisioned[function] == nil {
		c.watch.estate.provisioned[function] = map[string]int{}
	}
	c.watch.estate.provisioned[function][alias] = n
}

// showProvisioned answers ListProvisionedConcurrencyConfigs; source: Lambda API
// reference.
func (c *Cloud) showProvisioned(w http.ResponseWriter, r *http.Request, name string) {
	c.mu.Lock()
	refuse := c.refuse
	c.mu.Unlock()
	if refuse != nil {
		if status, code, message := refuse("ListProvisionedConcurrencyConfigs", name); status != 0 {
			failLambda(w, status, code, message)
			return
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.note(r, "lambda:ListProvisionedConcurrencyConfigs", arn("lambda", "function:"+name))
	if c.functions[name] == nil {
		failLambda(w, http.StatusNotFound, "ResourceNotFoundException", "Function not found: "+arn("lambda", "function:"+name))
		return
	}
	all := c.watch.estate.provisioned[name]
	part, next := page(slices.Sorted(maps.Keys(all)), r.URL.Query().Get("Marker"))
	list := []any{}
	for _, alias := range part {
		list = append(list, map[string]any{"FunctionArn": arn("lambda", "function:"+name+":"+alias), "RequestedProvisionedConcurrentExecutions": all[alias], "Status": "READY"})
	}
	out := map[string]any{"ProvisionedConcurrencyConfigs": list}
	if next != "" {
		out["NextMarker"] = next
	}
	w.Header().Set("Content-Type", "application/json")
	reply(w, out)
}
