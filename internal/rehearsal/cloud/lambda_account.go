package cloud

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// Limits is how many executions at once an account may have, and what of it
// functions have reserved, by name. The rest is unreserved.
type Limits struct {
	Concurrent int
	Reserved   map[string]int
}

// Feed is an event source mapping: what calls a function because something lies
// somewhere. Function may name a version or an alias behind a colon. A source
// that lies outside of AWS has no ARN, but topics.
type Feed struct {
	ID, Function, Source, State string
	Topics                      []string
}

// SetLimits makes these the limits of the account; 1000 unless set.
func (c *Cloud) SetLimits(l Limits) { c.mu.Lock(); defer c.mu.Unlock(); c.fleet.limits = l }

// SetFeeds makes these the event source mappings of the account.
func (c *Cloud) SetFeeds(feeds ...Feed) { c.mu.Lock(); defer c.mu.Unlock(); c.fleet.feeds = feeds }

// account answers what is not about the code of one function: GetAccountSettings,
// GetFunctionConcurrency and ListEventSourceMappings. false says that it is
// another call. Sources: Lambda API reference; for what may be asked of which
// resource the Service Authorization Reference.
func (c *Cloud) account(w http.ResponseWriter, r *http.Request) bool {
	path := strings.Trim(r.URL.Path, "/")
	name, concurrency := strings.CutPrefix(path, "2019-09-30/functions/")
	if warm, ok := strings.CutSuffix(name, "/provisioned-concurrency"); ok && concurrency && r.Method == http.MethodGet && r.URL.Query().Get("List") == "ALL" {
		c.showProvisioned(w, r, warm)
		return true
	}
	name, concurrency = strings.TrimSuffix(name, "/concurrency"), concurrency && strings.HasSuffix(name, "/concurrency")
	var call, resource string
	switch {
	case r.Method != http.MethodGet:
		return false
	case path == "2016-08-19/account-settings":
		call, resource = "GetAccountSettings", "*"
	case path == "2015-03-31/event-source-mappings":
		call, resource, name = "ListEventSourceMappings", "*", ""
	case concurrency:
		call, resource = "GetFunctionConcurrency", arn("lambda", "function:"+name)
	default:
		return false
	}
	c.mu.Lock()
	refuse := c.refuse
	c.mu.Unlock()
	if refuse != nil {
		if status, code, message := refuse(call, name); status != 0 {
			failLambda(w, status, code, message)
			return true
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.note(r, "lambda:"+call, resource)
	w.Header().Set("Content-Type", "application/json")
	switch call {
	case "GetAccountSettings":
		c.showAccount(w)
	case "GetFunctionConcurrency":
		c.showConcurrency(w, name)
	default:
		c.showFeeds(w, r)
	}
	return true
}

func (c *Cloud) showAccount(w http.ResponseWriter) {
	limit := cmp.Or(c.fleet.limits.Concurrent, 1000)
	free := limit
	for _, n := range c.fleet.limits.Reserved {
		free -= n
	}
	reply(w, map[string]any{
		"AccountLimit": map[string]any{"ConcurrentExecutions": limit, "UnreservedConcurrentExecutions": free, "TotalCodeSize": 80530636800, "CodeSizeUnzipped": 262144000, "CodeSizeZipped": 52428800},
		"AccountUsage": map[string]any{"FunctionCount": len(c.functions), "TotalCodeSize": 1},
	})
}

// showConcurrency; a function that has reserved nothing answers with nothing.
func (c *Cloud) showConcurrency(w http.ResponseWriter, name string) {
	if _, ok := c.functions[name]; !ok {
		failLambda(w, http.StatusNotFound, "ResourceNotFoundException", "Function not found: "+arn("lambda", "function:"+name))
		return
	}
	out := map[string]any{}
	if n, ok := c.fleet.limits.Reserved[name]; ok {
		out["ReservedConcurrentExecutions"] = n
	}
	reply(w, out)
}

func (c *Cloud) showFeeds(w http.ResponseWriter, r *http.Request) {
	for key := range r.URL.Query() {
		if !slices.Contains([]string{"Marker", "MaxItems"}, key) {
			c.unknown = append(c.unknown, "lambda ListEventSourceMappings with "+key)
			failLambda(w, http.StatusBadRequest, "InvalidParameterValueException", "this cloud lists all mappings")
			return
		}
	}
	byID := map[string]Feed{}
	var ids []string
	for i, f := range c.fleet.feeds {
		f.ID = cmp.Or(f.ID, fmt.Sprintf("%08d-0000-4000-8000-000000000000", i))
		byID[f.ID], ids = f, append(ids, f.ID)
	}
	slices.Sort(ids)
	part, next := page(ids, r.URL.Query().Get("Marker"))
	list := []any{}
	for _, id := range part {
		f := byID[id]
		m := map[string]any{"UUID": id, "FunctionArn": arn("lambda", "function:"+f.Function), "State": cmp.Or(f.State, "Enabled"), "BatchSize": 10}
		if f.Source != "" {
			m["EventSourceArn"] = f.Source
		}
		if f.Topics != nil {
			m["Topics"] = f.Topics
		}
		list = append(list, m)
	}
	out := map[string]any{"EventSourceMappings": list}
	if next != "" {
		out["NextMarker"] = next
	}
	reply(w, out)
}
