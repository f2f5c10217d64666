package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/cutover-dev/cutover/internal/monitoring/cfn"
)

// What may be deployed. Sources: CloudFormation quotas (resources; 1 MB of a
// template in S3), CloudWatch service quotas (widgets and metrics of a
// dashboard).
const (
	mostBytes       = 1_000_000
	mostWidgets     = 500
	mostPerWidget   = 500
	mostOfDashboard = 2500
)

// outcome is what one program has made: sums over all templates, and the
// largest value where a limit is one of each.
type outcome struct {
	templates, bytes, resources, alarms, alarmMetrics, dashboards                           int
	largestBytes, largestResources, largestWidgets, largestPerWidget, largestMetricsOfBoard int
}

// broken names the limits that what was made does not keep.
func (o outcome) broken() []string {
	var all []string
	for _, l := range []struct {
		what           string
		largest, limit int
	}{
		{"resources", o.largestResources, cfn.MostResources}, {"bytes of a template", o.largestBytes, mostBytes}, {"widgets", o.largestWidgets, mostWidgets},
		{"metrics of a widget", o.largestPerWidget, mostPerWidget}, {"metrics of a dashboard", o.largestMetricsOfBoard, mostOfDashboard},
	} {
		if l.largest > l.limit {
			all = append(all, fmt.Sprintf("%d %s of %d", l.largest, l.what, l.limit))
		}
	}
	return all
}

// outcomeOf counts the templates in a folder.
func outcomeOf(folder string) (outcome, error) {
	paths, err := filepath.Glob(filepath.Join(folder, "*.template.json"))
	if err != nil {
		return outcome{}, err
	}
	var o outcome
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			return o, err
		}
		if err := o.add(text); err != nil {
			return o, fmt.Errorf("%s: %w", path, err)
		}
	}
	if o.alarms == 0 {
		return o, fmt.Errorf("%s: no alarm was made", folder)
	}
	return o, nil
}

// add counts one template.
func (o *outcome) add(text []byte) error {
	var t struct {
		Resources map[string]struct {
			Type       string
			Properties json.RawMessage
		}
	}
	if err := json.Unmarshal(text, &t); err != nil {
		return err
	}
	o.templates++
	o.bytes += len(text)
	o.resources += len(t.Resources)
	o.largestBytes, o.largestResources = max(o.largestBytes, len(text)), max(o.largestResources, len(t.Resources))
	for id, r := range t.Resources {
		var err error
		switch r.Type {
		case "AWS::CloudWatch::Alarm":
			err = o.addAlarm(r.Properties)
		case "AWS::CloudWatch::Dashboard":
			err = o.addDashboard(r.Properties)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", id, err)
		}
	}
	return nil
}

// addAlarm counts the metrics that the alarm is paid by.
func (o *outcome) addAlarm(properties []byte) error {
	var a struct {
		MetricName string
		Metrics    []struct{ MetricStat *struct{} }
	}
	if err := json.Unmarshal(properties, &a); err != nil {
		return err
	}
	o.alarms++
	if a.MetricName != "" {
		o.alarmMetrics++
	}
	for _, m := range a.Metrics {
		if m.MetricStat != nil {
			o.alarmMetrics++
		}
	}
	return nil
}

func (o *outcome) addDashboard(properties []byte) error {
	var p struct{ DashboardBody any }
	if err := json.Unmarshal(properties, &p); err != nil {
		return err
	}
	var body struct {
		Widgets []struct {
			Properties struct{ Metrics [][]any }
		}
	}
	if err := json.Unmarshal([]byte(flat(p.DashboardBody)), &body); err != nil {
		return err
	}
	o.dashboards++
	metrics := 0
	for _, w := range body.Widgets {
		here := 0
		for _, row := range w.Properties.Metrics {
			// An expression is an object alone; a metric begins with its namespace.
			if len(row) == 0 {
				continue
			}
			if _, named := row[0].(string); named {
				here++
			}
		}
		metrics += here
		o.largestPerWidget = max(o.largestPerWidget, here)
	}
	o.largestWidgets, o.largestMetricsOfBoard = max(o.largestWidgets, len(body.Widgets)), max(o.largestMetricsOfBoard, metrics)
	return nil
}

// flat is the text of a dashboard, with a word for what only CloudFormation
// knows.
func flat(v any) string {
	switch x := v.(type) {
	case string:
		return x
	case map[string]any:
		if text, ok := x["Fn::Sub"].(string); ok {
			return text
		}
		join, _ := x["Fn::Join"].([]any)
		if len(join) != 2 {
			return "x"
		}
		separator, _ := join[0].(string)
		parts, _ := join[1].([]any)
		var all []string
		for _, part := range parts {
			all = append(all, flat(part))
		}
		return strings.Join(all, separator)
	}
	return "x"
}
