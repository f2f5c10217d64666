package cloud

import (
	"maps"
	"net/http"
	"slices"
	"strings"
)

// EventRule is a rule of EventBridge: what sets it off, and the ARNs of what it
// does then. An empty bus is the default one.
type EventRule struct {
	Bus, Name, Schedule, Pattern string
	Disabled                     bool
	Targets                      []string
}

// SetRules makes these the rules of the account. Buses makes further buses.
func (c *Cloud) SetRules(rules ...EventRule) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fleet.rules = map[string][]EventRule{"default": nil}
	for _, rule := range rules {
		if rule.Bus == "" {
			rule.Bus = "default"
		}
		c.fleet.rules[rule.Bus] = append(c.fleet.rules[rule.Bus], rule)
	}
}

type listBuses struct{ NextToken string }

type listRules struct{ EventBusName, NextToken string }

type listTargets struct{ Rule, EventBusName, NextToken string }

// events answers ListEventBuses, ListRules and ListTargetsByRule; source:
// EventBridge API reference, JSON 1.1.
func (c *Cloud) events(w http.ResponseWriter, r *http.Request) {
	var buses listBuses
	var rules listRules
	var targets listTargets
	call := c.json11Of(w, r, "events", "AWSEvents", map[string]any{"ListEventBuses": &buses, "ListRules": &rules, "ListTargetsByRule": &targets})
	if call == "" {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.fleet.rules == nil {
		c.fleet.rules = map[string][]EventRule{"default": nil}
	}
	if call == "ListTargetsByRule" {
		c.listTargets(w, r, targets)
		return
	}
	// Neither knows resources; source: Service Authorization Reference.
	c.note(r, "events:"+call, "*")
	list := []any{}
	if call == "ListEventBuses" {
		part, next := page(slices.Sorted(maps.Keys(c.fleet.rules)), buses.NextToken)
		for _, bus := range part {
			list = append(list, map[string]string{"Name": bus, "Arn": arn("events", "event-bus/"+bus)})
		}
		replyPage(w, "EventBuses", list, next)
		return
	}
	of, ok := c.bus(rules.EventBusName)
	if !ok {
		failJSON(w, &denial{http.StatusBadRequest, "ResourceNotFoundException", "Event bus " + rules.EventBusName + " does not exist."})
		return
	}
	byName := map[string]EventRule{}
	for _, rule := range of {
		byName[rule.Name] = rule
	}
	part, next := page(slices.Sorted(maps.Keys(byName)), rules.NextToken)
	for _, name := range part {
		list = append(list, byName[name].shown())
	}
	replyPage(w, "Rules", list, next)
}

// bus are the rules of one bus; none named is the default one.
func (c *Cloud) bus(name string) ([]EventRule, bool) {
	if name == "" {
		name = "default"
	}
	rules, ok := c.fleet.rules[name]
	return rules, ok
}

func (e EventRule) shown() map[string]string {
	m := map[string]string{"Name": e.Name, "Arn": arn("events", "rule/"+e.Name), "EventBusName": e.Bus, "State": "ENABLED"}
	if e.Disabled {
		m["State"] = "DISABLED"
	}
	if e.Schedule != "" {
		m["ScheduleExpression"] = e.Schedule
	}
	if e.Pattern != "" {
		m["EventPattern"] = e.Pattern
	}
	return m
}

func (c *Cloud) listTargets(w http.ResponseWriter, r *http.Request, in listTargets) {
	at := "rule/" + in.Rule
	if in.EventBusName != "" && in.EventBusName != "default" {
		at = "rule/" + in.EventBusName + "/" + in.Rule
	}
	c.note(r, "events:ListTargetsByRule", arn("events", at))
	of, _ := c.bus(in.EventBusName)
	i := slices.IndexFunc(of, func(e EventRule) bool { return e.Name == in.Rule })
	if i < 0 {
		failJSON(w, &denial{http.StatusBadRequest, "ResourceNotFoundException", "Rule " + in.Rule + " does not exist on EventBus " + in.EventBusName + "."})
		return
	}
	part, next := page(slices.Sorted(slices.Values(of[i].Targets)), in.NextToken)
	list := []any{}
	for _, target := range part {
		m := map[string]any{"Id": target[strings.LastIndexByte(target, ':')+1:], "Arn": target}
		if strings.Contains(target, ":ecs:") {
			m["EcsParameters"] = map[string]any{"TaskDefinitionArn": arn("ecs", "task-definition/job:1"), "TaskCount": 1}
		}
		list = append(list, m)
	}
	replyPage(w, "Targets", list, next)
}

func replyPage(w http.ResponseWriter, name string, list []any, next string) {
	out := map[string]any{name: list}
	if next != "" {
		out["NextToken"] = next
	}
	reply(w, out)
}
