package cloud

import (
	"maps"
	"net/http"
	"slices"
	"strings"
)

// LogGroup makes a log group that is kept for so many days; 0 is for ever, and
// less takes it away.
func (c *Cloud) LogGroup(name string, days int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.watch.groups == nil {
		c.watch.groups = map[string]int{}
	}
	if c.watch.groups[name] = days; days < 0 {
		delete(c.watch.groups, name)
	}
}

// logs answers DescribeLogGroups; source: CloudWatch Logs API reference: a group
// that is kept for ever has no retention.
func (c *Cloud) logs(w http.ResponseWriter, r *http.Request) {
	var in struct {
		LogGroupNamePrefix string `json:"logGroupNamePrefix"`
		NextToken          string `json:"nextToken"`
		Limit              int    `json:"limit"`
	}
	if !c.json11(w, r, "logs", "Logs_20140328.DescribeLogGroups", &in) {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.note(r, "logs:DescribeLogGroups", arn("logs", "log-group:*"))
	names := slices.DeleteFunc(slices.Sorted(maps.Keys(c.watch.groups)), func(n string) bool { return !strings.HasPrefix(n, in.LogGroupNamePrefix) })
	part, next := page(names, in.NextToken)
	list := []any{}
	for _, name := range part {
		group := map[string]any{"logGroupName": name, "arn": arn("logs", "log-group:"+name+":*")}
		if days := c.watch.groups[name]; days > 0 {
			group["retentionInDays"] = days
		}
		list = append(list, group)
	}
	out := map[string]any{"logGroups": list}
	if next != "" {
		out["nextToken"] = next
	}
	reply(w, out)
}
