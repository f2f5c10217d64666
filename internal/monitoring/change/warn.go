package change

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cutover-dev/cutover/internal/report"
)

// immutable are the properties whose change makes another resource; source: the
// types' pages of the CloudFormation Template Reference, "Update requires:
// Replacement", and createOnlyProperties of their schemas.
var immutable = map[string][]string{
	"AWS::CloudWatch::Alarm": {"AlarmName"}, "AWS::CloudWatch::CompositeAlarm": {"AlarmName"}, "AWS::CloudWatch::Dashboard": {"DashboardName"},
	"AWS::Logs::MetricFilter": {"FilterName", "LogGroupName"}, "AWS::Logs::LogGroup": {"LogGroupName"}, "AWS::Logs::ResourcePolicy": {"PolicyName"},
	"AWS::SNS::Topic": {"TopicName", "FifoTopic"}, "AWS::SNS::Subscription": {"Endpoint", "Protocol", "TopicArn"}, "AWS::KMS::Alias": {"AliasName"},
	"AWS::Budgets::Budget": {"Budget.BudgetName", "NotificationsWithSubscribers"}, "AWS::XRay::SamplingRule": {"SamplingRule.Version"}, "AWS::XRay::ResourcePolicy": {"PolicyName"},
	"AWS::CE::AnomalyMonitor":      {"MonitorType", "MonitorDimension", "MonitorSpecification", "ResourceTags"},
	"AWS::CE::AnomalySubscription": {"ResourceTags"},
}

// fixed says whether a change at the path replaces a resource of the type.
func fixed(kind, path string) bool {
	return slices.ContainsFunc(immutable[kind], func(p string) bool {
		return path == p || strings.HasPrefix(path, p+".") || strings.HasPrefix(path, p+"[")
	})
}

// warn says what is lost or will not work.
func (c *Changes) warn(was, will document) {
	for _, r := range c.Resources {
		c.consequence(r)
	}
	if len(c.Resources) == 0 && len(c.Other) > 0 && !slices.ContainsFunc(c.Other, func(p Property) bool { return strings.HasPrefix(p.Path, "Outputs") }) {
		// Source: CloudFormation User Guide, which says it of conditions and of
		// metadata; of the description it says nothing.
		c.add("Alone this may count as no change for CloudFormation: it then comes with the next change of a resource.")
	}
	for _, id := range aside(was, will) {
		// Source: aws-cloudformation/cloudformation-coverage-roadmap, issue 365.
		c.add(fmt.Sprintf("Who is told of the budget %s, and when, cannot be changed while it keeps its name: a deployment takes it away first and then makes it anew. For a minute there is none.", nameIn(was.resources[id])))
	}
}

// consequence says what it means that a resource goes, or is replaced.
func (c *Changes) consequence(r ResourceChange) {
	if r.Action == Added || r.Action == Changed && r.Replaced == "no" {
		return
	}
	how := "is removed"
	switch {
	case r.Action == Changed && r.Replaced == "maybe":
		how = "may be replaced by another"
	case r.Action == Changed:
		how = "is replaced by another"
	}
	what := r.ID
	if r.Name != "" {
		what += " (" + r.Name + ")"
	}
	switch r.Type {
	case "AWS::SNS::Topic":
		c.add("The topic " + what + " " + how + ": every confirmed subscription is lost with it, and nobody hears an alarm until each mailbox has confirmed anew.")
	case "AWS::SNS::Subscription":
		c.add("The subscription " + what + " " + how + ": a mailbox that is subscribed anew hears nothing until it confirms.")
	case "AWS::KMS::Key":
		c.add("The key " + what + " " + how + ": it is disabled and deleted after 30 days, and what it encrypted can then never be read.")
	case "AWS::Logs::LogGroup":
		c.add("The log group " + what + " " + how + ": its lines are lost.")
	case "AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm":
		if r.Action == Changed {
			c.add("The alarm " + what + " " + how + ": its history is lost, and who asks for it by its old name finds none.")
		}
	case "AWS::CloudWatch::Dashboard":
		if r.Action == Changed {
			c.add("The dashboard " + what + " " + how + ": links to it break.")
		}
	case "AWS::CE::AnomalyMonitor":
		c.add("The monitor " + what + " " + how + ": the new one must learn for ten days what cost is usual.")
	}
}

func (c *Changes) add(warning string) {
	if !slices.Contains(c.Warnings, warning) {
		c.Warnings = append(c.Warnings, warning)
	}
}

// Lead says it in one sentence.
func (c Changes) Lead() string {
	switch {
	case c.None:
		return "No changes."
	case c.New:
		return fmt.Sprintf("A new stack of %d resources: %s.", c.Added, count(c.Resources))
	}
	lead := fmt.Sprintf("%d added, %d changed, %d removed.", c.Added, c.Changed, c.Removed)
	if n := len(c.Other); n > 0 {
		lead += fmt.Sprintf(" %d changes outside of resources.", n)
	}
	return lead
}

// mostRows is how many rows a table of a comment has.
const mostRows = 40

// Document shows the changes for people: counts and warnings first.
func (c Changes) Document() report.Document {
	d := report.Document{Title: "What would change", Lead: c.Lead()}
	for _, w := range c.Warnings {
		d.Blocks = append(d.Blocks, report.Text{Body: "⚠ " + w})
	}
	if c.New {
		return d
	}
	t := report.Table{Caption: "Resources", Columns: []report.Column{{Title: ""}, {Title: "resource"}, {Title: "type"}, {Title: "what"}}}
	tones := map[string]report.Tone{Added: report.Good, Deleted: report.Bad, Changed: report.Doubt}
	for _, r := range c.Resources {
		t.Rows = append(t.Rows, []report.Cell{{Text: r.Action, Tone: tones[r.Action]}, {Text: orText(r.Name, r.ID), Code: true}, {Text: strings.TrimPrefix(r.Type, "AWS::")}, {Text: short(r.what())}})
	}
	if t.More = max(0, len(t.Rows)-mostRows); t.More > 0 {
		t.Rows = t.Rows[:mostRows]
	}
	if len(t.Rows) > 0 {
		d.Blocks = append(d.Blocks, t)
	}
	if details := c.details(); details != "" {
		d.Blocks = append(d.Blocks, report.Log{Caption: "Each value", Body: details})
	}
	return d
}

func (r ResourceChange) what() string {
	var parts []string
	if map[string]bool{"yes": true, "maybe": true}[r.Replaced] {
		parts = append(parts, map[string]string{"yes": "replaced", "maybe": "may be replaced"}[r.Replaced])
	}
	if r.Words != "" {
		parts = append(parts, r.Words)
	}
	var paths []string
	for _, p := range r.Properties {
		// What the words say is not told twice.
		if r.Words == "" || !slices.Contains(ringingProperties, p.Path) {
			paths = append(paths, p.Path)
		}
	}
	if n := len(paths); n > 3 {
		paths = append(paths[:3], fmt.Sprintf("and %d more", n-3))
	}
	if len(paths) > 0 {
		parts = append(parts, strings.Join(paths, ", "))
	}
	return strings.Join(parts, "; ")
}

// mostDetails is how many lines of values a comment has.
const mostDetails = 300

func (c Changes) details() string {
	var lines []string
	value := func(p Property) {
		switch {
		case p.Old == "":
			lines = append(lines, "  + "+p.Path+": "+short(p.New))
		case p.New == "":
			lines = append(lines, "  - "+p.Path+": "+short(p.Old))
		default:
			lines = append(lines, "  ~ "+p.Path+": "+short(p.Old)+" → "+short(p.New))
		}
	}
	for _, r := range c.Resources {
		if len(r.Properties) > 0 {
			lines = append(lines, r.ID+" ("+r.Type+")")
		}
		for _, p := range r.Properties {
			value(p)
		}
	}
	if len(c.Other) > 0 {
		lines = append(lines, "outside of resources")
		for _, p := range c.Other {
			value(p)
		}
	}
	if n := len(lines) - mostDetails; n > 0 {
		lines = append(lines[:mostDetails], fmt.Sprintf("and %d lines more", n))
	}
	return strings.Join(lines, "\n")
}
