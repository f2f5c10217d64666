package sim

import (
	"github.com/cutover-dev/cutover/internal/unit"
)

// Fault is one thing that goes wrong: when, on which side, and how it shows.
// Shares add to what the side does when it is well.
type Fault struct {
	At          unit.Duration  `yaml:"at" default:"0 s" max:"14 days" doc:"When it begins, counted from the start, or from after_weight."`
	AfterWeight *unit.Percent  `yaml:"after_weight" above:"0%" example:"10%" doc:"Count from the first change that gives green at least this weight; the fault never comes without one."`
	For         *unit.Duration `yaml:"for" above:"0 s" example:"30 m" doc:"How long it stays; for ever unless set."`
	Side        string         `yaml:"side" default:"green" enum:"green,blue,both" doc:"Whose requests and metrics it touches. Gauges belong to both sides."`
	Ramp        unit.Duration  `yaml:"ramp" default:"0 s" max:"14 days" doc:"Grows evenly over this time to its full size."`
	Pattern     string         `yaml:"pattern" pattern:"^[01]{1,720}$" allowed:"1 for a bad minute and 0 for a good one, in quotes: \"1111111000\"" example:"\"1111111000\"" doc:"Minutes in which the fault is there, repeated; all unless set."`
	Load        unit.Percent   `yaml:"load" default:"0%" doc:"Only while green has at least this share of the requests."`

	Errors         unit.Percent `yaml:"errors" default:"0%" doc:"Further share of requests answered with 5xx."`
	Slow           unit.Percent `yaml:"slow" default:"0%" doc:"Further share of slow requests."`
	Rejected       unit.Percent `yaml:"rejected" default:"0%" doc:"Further share of requests answered with 4xx."`
	Throttles      unit.Percent `yaml:"throttles" default:"0%" doc:"Share of green's requests that Lambda throttles; clients get a 5xx."`
	ColdStarts     unit.Percent `yaml:"cold_starts" default:"0%" doc:"Further share of green's invocations that start an environment."`
	SlowColdStarts unit.Percent `yaml:"slow_cold_starts" default:"0%" doc:"Further share of cold starts that take too long."`

	Connections unit.Percent `yaml:"connections" default:"0%" doc:"Further share of the database connections in use."`
	PerShare    unit.Percent `yaml:"per_share" default:"0%" doc:"Further share of connections at 100% of the traffic on green; less in proportion."`
	CPU         unit.Percent `yaml:"cpu" default:"0%" doc:"Further load of the database's processors."`
	Memory      unit.Percent `yaml:"memory" default:"0%" doc:"Further memory of the cache in use."`
	Cost        unit.Money   `yaml:"cost" default:"$0" doc:"Further cost of a million requests on green."`
	Traffic     Factor       `yaml:"traffic" default:"1x" doc:"Multiplies what clients ask; 0x stops them."`

	Metrics      string         `yaml:"metrics" default:"fine" enum:"fine,missing,late,throttled" doc:"CloudWatch for the side: missing: points never come; late: they come when the fault is over; throttled: two of three calls are refused, reading and writing."`
	ControlPlane string         `yaml:"control_plane" default:"fine" enum:"fine,down,throttled" doc:"Route 53's API. Its data plane goes on answering."`
	Endpoint     string         `yaml:"endpoint" default:"fine" enum:"fine,down" doc:"down: green does not answer; every request fails and its health check sees it."`
	Store        string         `yaml:"store" default:"fine" enum:"fine,down" doc:"The store of the rollout's state."`
	Watcher      string         `yaml:"watcher" default:"fine" enum:"fine,lost" doc:"lost: the ticker does not run."`
	Delay        *unit.Duration `yaml:"delay" above:"0 s" max:"24 h" example:"3 m" doc:"How long the ticker stalls between its claim and its effect."`
	Ticker       *int           `yaml:"ticker" min:"0" max:"7" example:"1" doc:"Which ticker watcher and delay speak of, from 0; all unless set."`
}
