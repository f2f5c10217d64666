package cost

import (
	"fmt"
	"strings"

	"github.com/cutover-dev/cutover/internal/config/strict"
	"github.com/cutover-dev/cutover/internal/cost/price"
	"github.com/cutover-dev/cutover/internal/cost/project"
	"github.com/cutover-dev/cutover/internal/cost/usage"
	"github.com/cutover-dev/cutover/internal/unit"
)

// Settings is the section `cost:` of cutover.yaml: what no metric tells of what
// both sides use. What is measured is not written here.
type Settings struct {
	Blue      BlueSettings   `yaml:"blue" required:"true" doc:"Blue, as its task definition and its network have it."`
	Green     GreenSettings  `yaml:"green" doc:"Green."`
	Shared    SharedSettings `yaml:"shared" doc:"What both sides need and neither replaces; it is shown, and counted only where that is said."`
	Prices    string         `yaml:"prices" pattern:"^[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$" allowed:"a file below this one, written with /" example:"prices.json" doc:"Table of prices that cutover prices has written; unless set the one that cutover was built with."`
	Tolerance unit.Percent   `yaml:"tolerance" default:"15%" above:"0%" max:"100%" doc:"By how much metered usage times list price may differ from what Cost Explorer says of a service."`
}

// BlueSettings are those of blue.
type BlueSettings struct {
	CPU             int    `yaml:"cpu" required:"true" min:"256" max:"16384" example:"1024" doc:"CPU units of a task; 1024 are one vCPU."`
	Memory          int    `yaml:"memory" required:"true" min:"512" max:"122880" example:"2048" doc:"Memory of a task in MiB."`
	Architecture    string `yaml:"architecture" default:"x86" enum:"x86,arm" doc:"Processors of the tasks."`
	Tasks           int    `yaml:"tasks" default:"0" min:"0" max:"1000" doc:"How many tasks run at least; what Container Insights counts comes first, and 0 is that nothing else is known."`
	MostTasks       int    `yaml:"most_tasks" default:"0" min:"0" max:"1000" doc:"How many tasks autoscaling runs at most; 0 for as many as at least."`
	RequestsPerTask int    `yaml:"requests_per_task" default:"0" min:"0" max:"100000" doc:"Requests a second at which autoscaling adds a task, by task; 0 for tasks that do not follow traffic."`
	NAT             int    `yaml:"nat" default:"0" min:"0" max:"20" doc:"NAT gateways that are there for blue alone."`
	Addresses       int    `yaml:"addresses" default:"0" min:"0" max:"1000" doc:"Public IPv4 addresses of blue: a load balancer has one in each zone."`
}

// GreenSettings are those of green.
type GreenSettings struct {
	Proxy int `yaml:"proxy" default:"2" min:"0" max:"128" doc:"vCPUs that RDS Proxy is billed for: those of the database, two at least; 0 where green has no proxy."`
}

// SharedSettings are the stores of both sides.
type SharedSettings struct {
	Databases []string `yaml:"databases" maxitems:"10" pattern:"^db\\.[a-z][a-z0-9]{1,9}\\.[a-z0-9]{2,12}$" allowed:"classes such as db.t4g.medium" example:"[db.t4g.medium]" doc:"Class of each PostgreSQL instance."`
	Caches    []string `yaml:"caches" maxitems:"20" pattern:"^cache\\.[a-z][a-z0-9]{1,9}\\.[a-z0-9]{2,12}$" allowed:"types such as cache.t4g.small" example:"[cache.t4g.small]" doc:"Type of each Redis node."`
}

// Check holds the section to itself.
func (s Settings) Check(c *strict.Check) {
	b := s.Blue
	if b.MostTasks > 0 && b.MostTasks < b.Tasks && c.Valid("blue", "most_tasks") {
		c.Report(strict.Problem{Message: fmt.Sprintf("%d is fewer than the %d that run at least", b.MostTasks, b.Tasks), Allowed: "0, or as many as tasks or more"}, "blue", "most_tasks")
	}
	if b.RequestsPerTask > 0 && b.Tasks == 0 && c.Valid("blue", "requests_per_task") {
		c.Report(strict.Problem{Message: "says how tasks follow traffic, and nothing says how many there are at least", Suggestion: "set tasks and most_tasks"}, "blue", "requests_per_task")
	}
}

// Shape is blue as usage.OfBlue wants it.
func (b BlueSettings) Shape() usage.BlueShape {
	return usage.BlueShape{CPU: b.CPU, Memory: b.Memory, Architecture: b.Architecture, Tasks: b.Tasks, NAT: b.NAT, Addresses: b.Addresses}
}

// Scaling is how blue follows traffic.
func (b BlueSettings) Scaling() project.Scaling {
	return project.Scaling{Least: b.Tasks, Most: max(b.MostTasks, b.Tasks), PerTask: float64(b.RequestsPerTask)}
}

// Stores are what both sides share.
func (s SharedSettings) Stores() usage.Stores {
	return usage.Stores{Databases: s.Databases, Caches: s.Caches}
}

// PerMillion is what a million requests have cost a side in the window of its
// usage, by list prices. known is false where nobody has counted the requests;
// lacks names what is left out, so that the figure is a lower bound.
func PerMillion(u usage.Usage, prices usage.Prices) (amount unit.Money, lacks []string, known bool) {
	amount, unknown, known := usage.PerMillion(u, prices)
	for _, l := range unknown {
		lacks = append(lacks, string(l.Item))
	}
	return amount, lacks, known
}

// Dated says of when the prices of a region are, for the foot of a report. ok is
// false where the table has none of that region.
func Dated(t price.Table, region string) (text string, ok bool) {
	var oldest, newest string
	for _, p := range t.Prices {
		if p.Region != region {
			continue
		}
		if oldest == "" || p.Date < oldest {
			oldest = p.Date
		}
		newest = max(newest, p.Date)
	}
	if oldest == "" {
		return "", false
	}
	when := strings.Join([]string{oldest, newest}, " to ")
	if oldest == newest {
		when = oldest
	}
	return fmt.Sprintf("List prices of %s of %s.", region, when), true
}
