package monitoring

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/monitoring/cfn"
	"github.com/cutover-dev/cutover/internal/monitoring/dashboard"
	"github.com/cutover-dev/cutover/internal/unit/pattern"
)

// What the dashboards show and others publish, in the stage's own namespace.
const (
	// DailyCostMetric is what the application cost on a day, in USD: one point a
	// day without dimensions, published by cost-report.
	DailyCostMetric = "DailyCost"
	// GreenWeightMetric is the share of the traffic that goes to green, in
	// percent, without dimensions, published by traffic-shift at each tick.
	GreenWeightMetric = "GreenWeight"
	// RequestFilter is the id of the metrics configuration by which a bucket
	// counts its requests. Without one of this id it counts none.
	RequestFilter = "EntireBucket"
)

// Event is something that was done to the stage and that its figures may show.
type Event struct {
	At    time.Time
	Label string
	Kind  EventKind
}

// EventKind is what was done.
type EventKind string

// The kinds of events.
const (
	EventDeployment EventKind = "deployment"
	EventWeight     EventKind = "weight"
	EventRollback   EventKind = "rollback"
)

// mostEvents is how many events the dashboards mark: the newest.
const mostEvents = 20

// Namespace is where a stage's metrics are that nobody else has.
func Namespace(project, stage string) string { return "cutover/" + project + "/" + stage }

// ForStage writes the stage's name where text says {stage}.
func ForStage(text, stage string) string { return strings.ReplaceAll(text, "{stage}", stage) }

// For is the business figure of one stage: the metric that the application
// must publish there, exactly.
func (k KPI) For(stage string) KPI {
	k.Namespace, k.Metric = ForStage(k.Namespace, stage), ForStage(k.Metric, stage)
	dimensions := map[string]string{}
	for name, value := range k.Dimensions {
		dimensions[name] = ForStage(value, stage)
	}
	k.Dimensions = dimensions
	return k
}

func (k KPI) dimensions() []dashboard.Dimension {
	var all []dashboard.Dimension
	for _, name := range slices.Sorted(maps.Keys(k.Dimensions)) {
		all = append(all, dashboard.Dimension{Name: name, Value: k.Dimensions[name]})
	}
	return all
}

var notInNames = pattern.New(`[^A-Za-z0-9_-]`)

// DashboardName is the name of a stage's first dashboard. Further ones end in
// -2, -3 and so on. Names are of the account, over all regions.
func DashboardName(project, stage string) string {
	if stage != "" {
		stage = strings.ToUpper(stage[:1]) + stage[1:]
	}
	return notInNames.ReplaceAllString(project+"-Serverless-"+stage, "-")
}

// DashboardURL is where the console shows a dashboard.
func DashboardURL(region, name string) string {
	return "https://console.aws.amazon.com/cloudwatch/home?region=" + region + "#dashboards/dashboard/" + name
}

// What is known only when the stack is deployed stands between these signs,
// which no name can hold, until it is filled in: by CloudFormation in the
// template, by [Boards] without it.
const (
	holeOpens, holeShuts = "⟦", "⟧"
	hereRegion           = holeOpens + "AWS::Region" + holeShuts
)

var hole = pattern.New(holeOpens + `([A-Za-z0-9:.]+)` + holeShuts)

// arnOf stands for the ARN of an alarm of the template.
func arnOf(id string) string { return holeOpens + id + ".Arn" + holeShuts }

// plain takes the signs of holes out of what others wrote.
func plain(text string) string {
	return strings.NewReplacer(holeOpens, "(", holeShuts, ")").Replace(text)
}

// sub is text with holes as CloudFormation fills them. Whatever looks like its
// own placeholders stays as it is: labels of CloudWatch's look the same.
func sub(text []byte) cfn.Sub {
	literal := strings.ReplaceAll(string(text), "${", "${!")
	return cfn.Sub(hole.ReplaceAllString(literal, "$${$1}"))
}

// addDashboards puts the dashboards into the template.
func (p Plan) addDashboards(t cfn.Template, boards []dashboard.Placement) {
	for i, b := range boards {
		id := "Dashboard"
		if i > 0 {
			id += strconv.Itoa(i + 1)
		}
		t.Add(id, cfn.Dashboard{DashboardName: b.Name, DashboardBody: sub(b.Body())})
	}
	t.Outputs["DashboardUrl"] = cfn.Output{Description: "Where the console shows the dashboard", Value: cfn.Sub(DashboardURL("${AWS::Region}", boards[0].Name))}
}

// Board is one dashboard as CloudWatch takes it.
type Board struct {
	Name string
	Body []byte
}

// Boards are the dashboards of a plan as they are once its stack is deployed
// to an account.
func Boards(p Plan, account string) []Board {
	alarms := p.Alarms()
	known := map[string]string{"AWS::Region": p.Inventory.Region}
	arn := func(name string) string {
		return "arn:aws:cloudwatch:" + p.Inventory.Region + ":" + account + ":alarm:" + name
	}
	known[camel(unwellID)+".Arn"] = arn(p.name(unwellID))
	for _, a := range alarms {
		known[camel(a.ID)+mark(a.Subject)+".Arn"] = arn(p.AlarmName(a))
	}
	var all []Board
	for _, b := range p.boards(alarms) {
		body := hole.ReplaceAllFunc(b.Body(), func(h []byte) []byte { return []byte(known[string(hole.FindSubmatch(h)[1])]) })
		all = append(all, Board{Name: b.Name, Body: body})
	}
	return all
}

// marks are the newest events as the widgets mark them, oldest first.
func (p Plan) marks() []dashboard.Mark {
	newest := slices.Clone(p.Events)
	slices.SortStableFunc(newest, func(a, b Event) int {
		return cmp.Or(b.At.Compare(a.At), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Label, b.Label))
	})
	newest = newest[:min(len(newest), mostEvents)]
	slices.Reverse(newest)
	colours := map[EventKind]string{EventDeployment: blue, EventWeight: purple, EventRollback: red}
	var all []dashboard.Mark
	for _, e := range newest {
		label := []rune(plain(fmt.Sprintf("%s: %s", e.Kind, e.Label)))
		all = append(all, dashboard.Mark{Label: string(label[:min(len(label), 80)]), At: e.At, Color: colours[e.Kind]})
	}
	return all
}
