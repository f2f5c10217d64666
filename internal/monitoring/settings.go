// Package monitoring describes the dashboards, alarms and topics that watch a
// stage, and how they are deployed.
package monitoring

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/config/strict"
	"github.com/cutover-dev/cutover/internal/unit"
)

// Settings is the section `monitoring:` of cutover.yaml.
type Settings struct {
	Owner        string        `yaml:"owner" default:"action" enum:"action,sst" doc:"Who deploys the monitoring stack: the action monitoring-stack, or the SST app with the generated template."`
	RunbookBase  unit.URL      `yaml:"runbook_base" required:"true" example:"https://github.com/example/lego-api/blob/main/docs/runbooks" doc:"Folder of the runbooks; every alarm links to <this>/<alarm>.md."`
	Teams        []string      `yaml:"teams" default:"[devops]" minitems:"1" maxitems:"10" unique:"true" pattern:"^[a-z][a-z0-9-]{0,31}$" allowed:"names of teams under teams" doc:"The teams whose mailboxes get the alarms."`
	LogRetention unit.Duration `yaml:"log_retention" default:"30 days" doc:"How long CloudWatch keeps the logs of the functions."`
	CostLimit    unit.Money    `yaml:"cost_limit" default:"$25" above:"$0" doc:"Refuse to deploy a monitoring stack whose estimate is more a month."`
	Tracing      Sampling      `yaml:"tracing" doc:"How much of the requests is traced."`
	KPIs         []KPI         `yaml:"kpis" unique:"title" maxitems:"50" example:"[{title: MOCs created, namespace: LegoApi, metric: MocsCreated}]" doc:"Business figures for the dashboard, from custom metrics."`
}

// Who may deploy the stack: the action, or the SST app with the same template.
const (
	OwnerAction = "action"
	OwnerSST    = "sst"
)

// KPI is a business figure: one custom metric.
type KPI struct {
	Title      string            `yaml:"title" required:"true" pattern:"^[A-Za-z0-9][A-Za-z0-9 ,.()%/&+-]{0,79}$" allowed:"up to 80 letters, digits, spaces and simple punctuation" example:"MOCs created" doc:"Heading of the widget."`
	Namespace  string            `yaml:"namespace" required:"true" pattern:"^[A-Za-z0-9._/#:-]{1,255}$" allowed:"letters, digits and . _ / # : -" example:"LegoApi" doc:"CloudWatch namespace of the metric."`
	Metric     string            `yaml:"metric" required:"true" pattern:"^[A-Za-z0-9._/#:-]{1,255}$" allowed:"letters, digits and . _ / # : -" example:"MocsCreated" doc:"Name of the metric."`
	Statistic  string            `yaml:"statistic" default:"Sum" enum:"Sum,Average,Maximum,Minimum,SampleCount" doc:"How the values of a minute become one."`
	Dimensions map[string]string `yaml:"dimensions" maxitems:"30" keypattern:"^[A-Za-z0-9._/#-][A-Za-z0-9._/#:-]{0,254}$" keyallowed:"the name of a dimension" example:"{service: api}" doc:"Dimensions of the metric, name to value; {stage} stands for the stage."`
}

// Sampling is how much of the requests is traced.
type Sampling struct {
	Record   unit.Percent `yaml:"record" default:"100%" min:"0%" doc:"Share of the requests whose trace is recorded. It is decided before a request has failed: only 100% keeps every error."`
	Index    unit.Percent `yaml:"index" default:"5%" min:"0%" doc:"Share of the recorded traces that X-Ray indexes, once Transaction Search is on; the others are found by their spans. One setting for the whole account."`
	Millions int          `yaml:"millions" default:"1" min:"0" max:"100000" doc:"Millions of requests a month that the estimate of the cost reckons with."`
}

// retentionDays are the only periods that CloudWatch Logs accepts.
var retentionDays = []int{1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653}

const day = 24 * time.Hour

// Check holds the section to what CloudWatch accepts, and refuses the same
// metric under two titles.
func (s Settings) Check(c *strict.Check) {
	if c.Valid("log_retention") {
		checkRetention(c, s.LogRetention.Std())
	}
	first := map[string]int{}
	for i, kpi := range s.KPIs {
		if !c.Valid("kpis", i) {
			continue
		}
		key := fmt.Sprint(kpi.Namespace, kpi.Metric, kpi.Statistic, kpi.Dimensions)
		if before, double := first[key]; double {
			c.Report(strict.Problem{Message: fmt.Sprintf("shows the same metric as %q on line %d", s.KPIs[before].Title, c.Line("kpis", before, "title")),
				Suggestion: "remove one of them"}, "kpis", i)
			continue
		}
		first[key] = i
		if strings.HasPrefix(kpi.Namespace, "AWS/") {
			c.Report(strict.Problem{Message: "the namespace AWS/... belongs to AWS; what AWS measures is on the dashboard already",
				Allowed: "a namespace of your own"}, "kpis", i, "namespace")
		}
	}
}

func checkRetention(c *strict.Check, retention time.Duration) {
	days := int(retention / day)
	if retention%day == 0 && slices.Contains(retentionDays, days) {
		return
	}
	nearest := retentionDays[len(retentionDays)-1]
	for _, candidate := range retentionDays {
		if time.Duration(candidate)*day >= retention {
			nearest = candidate
			break
		}
	}
	words := strings.Trim(strings.ReplaceAll(fmt.Sprint(retentionDays), " ", ", "), "[]")
	c.Report(strict.Problem{Message: fmt.Sprintf("CloudWatch Logs cannot keep logs for %s", unit.Duration(retention)),
		Allowed: words + " days", Suggestion: fmt.Sprintf("write %q", unit.Duration(time.Duration(nearest)*day))}, "log_retention")
}
