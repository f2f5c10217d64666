package cloud

import (
	"maps"
	"slices"
	"strconv"
)

// allGroups are the groups with their filter expressions: those that a test or a
// stack made, and the one that every account has.
func (c *Cloud) allGroups() map[string]string {
	all := map[string]string{"Default": ""}
	maps.Copy(all, c.rays.groups)
	for _, k := range c.shelf {
		if name, ok := k.properties["GroupName"].(string); ok && k.kind == "AWS::XRay::Group" {
			all[name], _ = k.properties["FilterExpression"].(string)
		}
	}
	return all
}

func groupARN(name string) string { return arn("xray", "group/"+name+"/"+idOf(name)) }

func (c *Cloud) traceGroups(in *struct{ NextToken string }) (map[string]any, *denial) {
	groups := c.allGroups()
	part, next := page(slices.Sorted(maps.Keys(groups)), in.NextToken)
	list := []any{}
	for _, name := range part {
		m := map[string]any{"GroupName": name, "GroupARN": groupARN(name), "InsightsConfiguration": map[string]any{"InsightsEnabled": false, "NotificationsEnabled": false}}
		if e := groups[name]; e != "" {
			m["FilterExpression"] = e
		}
		list = append(list, m)
	}
	return withNext(map[string]any{"Groups": list}, next), nil
}

// samplingRules are those that stacks declare, and the default: one request a
// second and 5% of the rest; source: X-Ray Developer Guide, "Configure sampling
// rules".
func (c *Cloud) samplingRules(in *struct{ NextToken string }) (map[string]any, *denial) {
	rules := map[string]map[string]any{"Default": {"Priority": 10000, "FixedRate": 0.05, "ReservoirSize": 1}}
	for _, k := range c.shelf {
		declared, _ := k.properties["SamplingRule"].(map[string]any)
		name, ok := declared["RuleName"].(string)
		if !ok || k.kind != "AWS::XRay::SamplingRule" {
			continue
		}
		rule := map[string]any{}
		for _, member := range []string{"ServiceName", "ServiceType", "Host", "HTTPMethod", "URLPath", "ResourceARN", "Attributes"} {
			if v, ok := declared[member]; ok {
				rule[member] = v
			}
		}
		for _, member := range []string{"Priority", "FixedRate", "ReservoirSize"} {
			rule[member], _ = decimal(declared[member])
		}
		rules[name] = rule
	}
	part, next := page(slices.Sorted(maps.Keys(rules)), in.NextToken)
	list := []any{}
	for _, name := range part {
		rule := map[string]any{"RuleName": name, "RuleARN": arn("xray", "sampling-rule/"+name), "ServiceName": "*", "ServiceType": "*", "Host": "*", "HTTPMethod": "*", "URLPath": "*", "ResourceARN": "*", "Version": 1, "Attributes": map[string]any{}}
		maps.Copy(rule, rules[name])
		now := float64(c.time().Unix())
		list = append(list, map[string]any{"SamplingRule": rule, "CreatedAt": now, "ModifiedAt": now})
	}
	return withNext(map[string]any{"SamplingRuleRecords": list}, next), nil
}

// decimal is a number as a template has it: it may stand as text.
func decimal(v any) (float64, bool) {
	switch x := v.(type) {
	case float64:
		return x, true
	case string:
		n, err := strconv.ParseFloat(x, 64)
		return n, err == nil
	}
	return 0, false
}
