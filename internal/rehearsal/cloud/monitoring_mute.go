package cloud

import (
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"time"
)

// MuteRule keeps alarms from acting for a while.
type MuteRule struct {
	Name, Description, Expression, Duration string
	Alarms                                  []string
	Expires                                 time.Time
	Tags                                    map[string]string
}

// MuteRules are the rules there are, by name.
func (c *Cloud) MuteRules() map[string]MuteRule {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := map[string]MuteRule{}
	for name, r := range c.watch.rules {
		all[name] = *r
	}
	return all
}

// SetMuteRule makes a rule, as somebody else would.
func (c *Cloud) SetMuteRule(r MuteRule) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.watch.rules == nil {
		c.watch.rules = map[string]*MuteRule{}
	}
	c.watch.rules[r.Name] = &r
}

// RefusePast makes CloudWatch refuse a window that has begun already: the API
// reference leaves open whether it does.
func (c *Cloud) RefusePast(yes bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.watch.put = nil
	if yes {
		c.watch.put = func(r MuteRule) string {
			if from, _, ok := r.window(); ok && from.Before(c.time()) {
				return "The schedule expression is in the past."
			}
			return ""
		}
	}
}

var (
	muteAt  = regexp.MustCompile(`^at\((\d{4}-\d{2}-\d{2}T\d{2}:\d{2})\)$`)
	muteFor = regexp.MustCompile(`^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?$`)
)

// window is when a one-time rule mutes; source: API reference, Schedule. UTC,
// where no time zone is named.
func (r MuteRule) window() (from, to time.Time, ok bool) {
	at, length := muteAt.FindStringSubmatch(r.Expression), muteFor.FindStringSubmatch(r.Duration)
	if at == nil || length == nil {
		return from, to, false
	}
	from, err := time.Parse("2006-01-02T15:04", at[1])
	var d time.Duration
	for i, unit := range []time.Duration{24 * time.Hour, time.Hour, time.Minute} {
		n, _ := strconv.Atoi(length[i+1])
		d += time.Duration(n) * unit
	}
	return from, from.Add(d), err == nil && d >= time.Minute && d <= 15*24*time.Hour
}

func (r MuteRule) status(now time.Time) string {
	from, to, _ := r.window()
	switch {
	case !r.Expires.IsZero() && !now.Before(r.Expires), !now.Before(to):
		return "EXPIRED"
	case now.Before(from):
		return "SCHEDULED"
	}
	return "ACTIVE"
}

// muted says whether a rule keeps an alarm from acting now.
func (c *Cloud) muted(name string) bool {
	for _, r := range c.watch.rules {
		if slices.Contains(r.Alarms, name) && r.status(c.time()) == "ACTIVE" {
			return true
		}
	}
	return false
}

// putMuteRule; source: API reference, PutAlarmMuteRule: the permission is asked
// for the rule and for each alarm, and a rule of that name is changed. Tags need
// cloudwatch:TagResource as those of alarms do; for rules the reference is silent.
func (c *Cloud) putMuteRule(r *http.Request, in map[string]any) (map[string]any, *denial) {
	rule := MuteRule{Name: text(in, "Name"), Description: text(in, "Description"), Tags: map[string]string{}}
	schedule, _ := in["Rule"].(map[string]any)
	schedule, _ = schedule["Schedule"].(map[string]any)
	rule.Expression, rule.Duration = text(schedule, "Expression"), text(schedule, "Duration")
	targets, _ := in["MuteTargets"].(map[string]any)
	rule.Alarms = texts(targets, "AlarmNames")
	rule.Expires, _ = in["ExpireDate"].(time.Time)
	tags, _ := in["Tags"].([]any)
	for _, tag := range tags {
		t, _ := tag.(map[string]any)
		rule.Tags[text(t, "Key")] = text(t, "Value")
	}
	at := arn("cloudwatch", "alarm-mute-rule:"+rule.Name)
	c.note(r, "cloudwatch:PutAlarmMuteRule", at)
	if len(tags) > 0 {
		c.note(r, "cloudwatch:TagResource", at)
	}
	invalid := func(message string) (map[string]any, *denial) {
		return nil, &denial{http.StatusBadRequest, "ValidationException", message}
	}
	if _, _, ok := rule.window(); !ok || rule.Name == "" || text(schedule, "Timezone") != "" && text(schedule, "Timezone") != "UTC" {
		return invalid("the schedule is none: " + rule.Expression + " " + rule.Duration)
	}
	if len(rule.Alarms) > 100 {
		return invalid("more than 100 alarms")
	}
	for _, name := range rule.Alarms {
		c.note(r, "cloudwatch:PutAlarmMuteRule", arn("cloudwatch", "alarm:"+name))
		// Source: API reference, MuteTargets: the names must be those of alarms.
		if !slices.ContainsFunc(c.alarms, func(a Alarm) bool { return a.Name == name }) {
			return invalid("no alarm " + name)
		}
	}
	if c.watch.put != nil {
		if wrong := c.watch.put(rule); wrong != "" {
			return invalid(wrong)
		}
	}
	if c.watch.rules == nil {
		c.watch.rules = map[string]*MuteRule{}
	}
	c.watch.rules[rule.Name] = &rule
	return map[string]any{}, nil
}

func (c *Cloud) getMuteRule(r *http.Request, in map[string]any) (map[string]any, *denial) {
	name := text(in, "AlarmMuteRuleName")
	c.note(r, "cloudwatch:GetAlarmMuteRule", arn("cloudwatch", "alarm-mute-rule:"+name))
	rule, ok := c.watch.rules[name]
	if !ok {
		return nil, &denial{http.StatusNotFound, "ResourceNotFoundException", "no rule " + name}
	}
	out := rule.summary(c.time())
	out["Name"], out["MuteTargets"], out["Description"] = name, map[string]any{"AlarmNames": anys(rule.Alarms)}, rule.Description
	out["Rule"] = map[string]any{"Schedule": map[string]any{"Expression": rule.Expression, "Duration": rule.Duration}}
	return out, nil
}

func (r MuteRule) summary(now time.Time) map[string]any {
	out := map[string]any{"AlarmMuteRuleArn": arn("cloudwatch", "alarm-mute-rule:"+r.Name), "Status": r.status(now), "MuteType": "ONE_TIME"}
	if !r.Expires.IsZero() {
		out["ExpireDate"] = r.Expires
	}
	return out
}

// deleteMuteRule; source: API reference, DeleteAlarmMuteRule: it succeeds
// without a rule too, and alarms that ring then act.
func (c *Cloud) deleteMuteRule(r *http.Request, in map[string]any) (map[string]any, *denial) {
	name := text(in, "AlarmMuteRuleName")
	c.note(r, "cloudwatch:DeleteAlarmMuteRule", arn("cloudwatch", "alarm-mute-rule:"+name))
	rule, ok := c.watch.rules[name]
	if !ok {
		return map[string]any{}, nil
	}
	was := rule.status(c.time()) == "ACTIVE"
	delete(c.watch.rules, name)
	for _, a := range c.alarms {
		if was && a.State == stateAlarm && !a.Mute && slices.Contains(rule.Alarms, a.Name) && !c.muted(a.Name) {
			for _, action := range a.Actions {
				c.act(a, action, c.time())
			}
		}
	}
	return map[string]any{}, nil
}

func (c *Cloud) listMuteRules(r *http.Request, in map[string]any) (map[string]any, *denial) {
	c.note(r, "cloudwatch:ListAlarmMuteRules", arn("cloudwatch", "alarm-mute-rule:*"))
	statuses := texts(in, "Statuses")
	var names []string
	for _, name := range slices.Sorted(maps.Keys(c.watch.rules)) {
		if statuses == nil || slices.Contains(statuses, c.watch.rules[name].status(c.time())) {
			names = append(names, name)
		}
	}
	part, next := page(names, text(in, "NextToken"))
	list := []any{}
	for _, name := range part {
		list = append(list, c.watch.rules[name].summary(c.time()))
	}
	out := map[string]any{"AlarmMuteRuleSummaries": list}
	if next != "" {
		out["NextToken"] = next
	}
	return out, nil
}
