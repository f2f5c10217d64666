package cloud

import (
	"maps"
	"net/http"
	"slices"
	"strings"
)

// Timer is a schedule of EventBridge Scheduler: its target's ARN, the input that
// the target is given, and the task definition that it starts.
type Timer struct {
	Group, Name, Expression, Target, Input, Starts string
	Disabled                                       bool
}

// SetTimers makes these the schedules of the account.
func (c *Cloud) SetTimers(timers ...Timer) {
	c.Old(func(o *OldSide) { o.Timers(timers...) })
}

// Timers makes these the schedules of the account.
func (o *OldSide) Timers(timers ...Timer) {
	o.c.old.timers = map[string]Timer{}
	for _, t := range timers {
		if t.Group == "" {
			t.Group = "default"
		}
		o.c.old.timers[t.Group+"/"+t.Name] = t
	}
}

func (t Timer) shown(whole bool) map[string]any {
	state := "ENABLED"
	if t.Disabled {
		state = "DISABLED"
	}
	target := map[string]any{"Arn": t.Target}
	m := map[string]any{"Arn": arn("scheduler", "schedule/"+t.Group+"/"+t.Name), "Name": t.Name, "GroupName": t.Group, "State": state, "CreationDate": 1_700_000_000, "LastModificationDate": 1_700_000_000, "Target": target}
	if !whole {
		return m
	}
	m["ScheduleExpression"], m["FlexibleTimeWindow"], target["RoleArn"] = t.Expression, map[string]any{"Mode": "OFF"}, "arn:aws:iam::"+Account+":role/scheduler"
	if t.Input != "" {
		target["Input"] = t.Input
	}
	if t.Starts != "" {
		target["EcsParameters"] = map[string]any{"TaskDefinitionArn": t.Starts}
	}
	return m
}

// scheduler answers ListSchedules and GetSchedule; source: EventBridge Scheduler API
// reference, REST.
func (c *Cloud) scheduler(w http.ResponseWriter, r *http.Request) {
	name, one := strings.CutPrefix(r.URL.Path, "/schedules/")
	call := "ListSchedules"
	if one {
		call = "GetSchedule"
	}
	if r.Method != http.MethodGet || !one && r.URL.Path != "/schedules" {
		c.strange("scheduler " + r.Method + " " + r.URL.Path)
		failLambda(w, http.StatusBadRequest, "ValidationException", "this cloud does not know the request")
		return
	}
	if f := c.refusal("scheduler:" + call); f != nil {
		failLambda(w, f.status, f.code, f.message)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	if !one {
		c.note(r, "scheduler:ListSchedules", "*") // knows no resources; source: Service Authorization Reference
		part, next := page(slices.Sorted(maps.Keys(c.old.timers)), r.URL.Query().Get("NextToken"))
		list := []any{}
		for _, key := range part {
			list = append(list, c.old.timers[key].shown(false))
		}
		replyPage(w, "Schedules", list, next)
		return
	}
	group := r.URL.Query().Get("groupName")
	if group == "" {
		group = "default"
	}
	c.note(r, "scheduler:GetSchedule", arn("scheduler", "schedule/"+group+"/"+name))
	t, ok := c.old.timers[group+"/"+name]
	if !ok {
		failLambda(w, http.StatusNotFound, "ResourceNotFoundException", "Schedule "+name+" does not exist.")
		return
	}
	reply(w, t.shown(true))
}
