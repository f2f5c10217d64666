package change

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

func text(v any) string {
	s, _ := v.(string)
	return s
}

// show is a value on one line.
func show(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case json.Number:
		return v.String()
	case map[string]any:
		if len(v) == 1 {
			for fn, arg := range v {
				if s, ok := arg.(string); ok && (fn == "Ref" || strings.HasPrefix(fn, "Fn::")) {
					return strings.TrimPrefix(fn, "Fn::") + "(" + s + ")"
				}
			}
		}
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if e.Encode(v) != nil {
		return fmt.Sprint(v)
	}
	return strings.TrimSpace(b.String())
}

// longest is how much of a value a table shows.
const longest = 160

func short(s string) string {
	s = strings.ReplaceAll(strings.ReplaceAll(s, "\r", ""), "\n", " ⏎ ")
	if len(s) <= longest {
		return s
	}
	return strings.ToValidUTF8(s[:longest], "") + "…"
}

// names are the properties by which AWS shows a resource.
var names = []string{"AlarmName", "DashboardName", "TopicName", "FilterName", "Endpoint", "SubscriptionName", "MonitorName", "GroupName", "RuleName", "LogGroupName", "AliasName", "Description"}

func properties(resource map[string]any) map[string]any {
	p, _ := resource["Properties"].(map[string]any)
	return p
}

func nameIn(resource map[string]any) string {
	p := properties(resource)
	for _, in := range []any{p, p["Budget"], p["SamplingRule"]} {
		m, _ := in.(map[string]any)
		for _, n := range append(names, "BudgetName") {
			if s := text(m[n]); s != "" {
				return s
			}
		}
	}
	return ""
}

// words say what an alarm does, or what becomes of it; "" for other types.
func words(old, updated map[string]any) string {
	if updated["Type"] != "AWS::CloudWatch::Alarm" {
		return ""
	}
	now := ringing(properties(updated))
	if old == nil {
		return now
	}
	a, b := properties(old), properties(updated)
	before := ringing(a)
	if before == now || before == "" || now == "" {
		return ""
	}
	same := maps.Clone(a)
	if same["Threshold"] = b["Threshold"]; ringing(same) == now {
		return fmt.Sprintf("rings %s %s, until now %s", how[text(b["ComparisonOperator"])], show(b["Threshold"]), show(a["Threshold"]))
	}
	return now + "; until now it " + before
}

// how are CloudWatch's comparisons in words.
var how = map[string]string{
	"GreaterThanThreshold": "above", "GreaterThanOrEqualToThreshold": "at or above", "LessThanThreshold": "below", "LessThanOrEqualToThreshold": "at or below",
}

// ringingProperties are what ringing tells of.
var ringingProperties = []string{"ComparisonOperator", "Threshold", "EvaluationPeriods", "DatapointsToAlarm", "Period", "TreatMissingData"}

// ringing says when an alarm rings.
func ringing(p map[string]any) string {
	beyond, ok := how[text(p["ComparisonOperator"])]
	if !ok || p["Threshold"] == nil {
		return ""
	}
	of, need, period := show(p["EvaluationPeriods"]), show(p["DatapointsToAlarm"]), show(p["Period"])
	if need == "" {
		need = of
	}
	if period == "" {
		period = periodOf(p["Metrics"])
	}
	missing := text(p["TreatMissingData"])
	if missing == "" {
		missing = "missing"
	}
	return fmt.Sprintf("rings %s %s in %s of %s points of %s s, missing data is %s", beyond, show(p["Threshold"]), need, of, orText(period, "?"), missing)
}

// periodOf is the period of the metrics of an expression.
func periodOf(metrics any) string {
	list, _ := metrics.([]any)
	for _, m := range list {
		q, _ := m.(map[string]any)
		stat, _ := q["MetricStat"].(map[string]any)
		if p := show(stat["Period"]); p != "" {
			return p
		}
	}
	return ""
}

func orText(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// bodies compares two dashboards' bodies by their widgets, not as two long
// texts. ok is false if they are none.
func bodies(path string, a, b any) (all []Property, ok bool) {
	if !strings.HasSuffix(path, "DashboardBody") {
		return nil, false
	}
	x, isBody := body(a)
	y, also := body(b)
	if !isBody || !also {
		return nil, false
	}
	m, n := widgets(x), widgets(y)
	delete(x, "widgets")
	delete(y, "widgets")
	all = fields(path, x, y, false)
	moved := 0
	for _, w := range fields(path, m, n, true) {
		dot := strings.LastIndexByte(w.Path, '.')
		if at := w.Path[dot+1:]; dot > 0 && w.Path[dot-1] == ']' && slices.Contains([]string{"x", "y", "width", "height"}, at) {
			moved++ // where a widget stands is told once, for all of them
			continue
		}
		all = append(all, w)
	}
	if moved > 0 {
		all = append(all, Property{Path: path + ".widgets", New: fmt.Sprintf("%d positions or sizes changed", moved)})
	}
	return all, true
}

// body reads a dashboard's body, which may stand in Fn::Sub.
func body(v any) (map[string]any, bool) {
	if m, isFn := v.(map[string]any); isFn {
		v = m["Fn::Sub"]
		if list, ok := v.([]any); ok && len(list) > 0 {
			v = list[0]
		}
	}
	var out map[string]any
	d := json.NewDecoder(strings.NewReader(text(v)))
	d.UseNumber()
	return out, d.Decode(&out) == nil
}

// widgets are those of a body, by their titles; of several with one title the
// later ones are counted.
func widgets(b map[string]any) map[string]any {
	list, _ := b["widgets"].([]any)
	out := map[string]any{}
	for _, w := range list {
		title := titleOf(w)
		name := title
		for n := 2; out[name] != nil; n++ {
			name = fmt.Sprintf("%s (%d)", title, n)
		}
		out[name] = w
	}
	return out
}

func titleOf(widget any) string {
	w, _ := widget.(map[string]any)
	p, _ := w["properties"].(map[string]any)
	if t := text(p["title"]); t != "" {
		return t
	}
	line, _, _ := strings.Cut(strings.TrimSpace(text(p["markdown"])), "\n")
	return orText(strings.TrimLeft(line, "# "), orText(text(w["type"]), "widget"))
}

// count says how many of each type, for a lead.
func count(all []ResourceChange) string {
	by := map[string]int{}
	for _, r := range all {
		by[r.Type]++
	}
	var parts []string
	for _, k := range slices.Sorted(maps.Keys(by)) {
		parts = append(parts, fmt.Sprintf("%d × %s", by[k], strings.TrimPrefix(k, "AWS::")))
	}
	return strings.Join(parts, ", ")
}
