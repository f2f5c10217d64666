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

// logs answers what this project asks of CloudWatch Logs.
func (c *Cloud) logs(w http.ResponseWriter, r *http.Request) {
	switch strings.TrimPrefix(r.Header.Get("X-Amz-Target"), logsTarget) {
	case "StartQuery":
		c.startQuery(w, r)
	case "GetQueryResults":
		c.queryResults(w, r)
	case "StopQuery":
		c.stopQuery(w, r)
	case "DeleteLogGroup", "ListTagsForResource":
		c.logsOld(w, r, strings.TrimPrefix(r.Header.Get("X-Amz-Target"), logsTarget))
	default:
		c.describeGroups(w, r)
	}
}

const logsTarget = "Logs_20140328."

// describeGroups answers DescribeLogGroups; source: CloudWatch Logs API reference:
// a group that is kept for ever has no retention.
func (c *Cloud) describeGroups(w http.ResponseWriter, r *http.Request) {
	var in struct {
		LogGroupNamePrefix string `json:"logGroupNamePrefix"`
		NextToken          string `json:"nextToken"`
		Limit              int    `json:"limit"`
	}
	if !c.json11(w, r, "logs", logsTarget+"DescribeLogGroups", &in) {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.note(r, "logs:DescribeLogGroups", arn("logs", "log-group:*"))
	names := slices.DeleteFunc(slices.Sorted(maps.Keys(c.watch.groups)), func(n string) bool { return !strings.HasPrefix(n, in.LogGroupNamePrefix) })
	part, next := page(names, in.NextToken)
	list := []any{}
	for _, name := range part {
		group := map[string]any{"logGroupName": name, "arn": arn("logs", "log-group:"+name+":*"), "storedBytes": c.watch.estate.stored[name]}
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
