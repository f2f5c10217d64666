package sim

import (
	"time"

	"github.com/cutover-dev/cutover/internal/unit"
)

// Scenario is one world to rehearse in, as a YAML file describes it. Make it
// with [Parse] or [Find]: they fill in the defaults, a literal has none.
type Scenario struct {
	Name        string         `yaml:"name" required:"true" pattern:"^[a-z][a-z0-9-]{0,47}$" allowed:"lower-case letters, digits and -, starting with a letter" example:"error-regression" doc:"Name of the scenario, that of its file."`
	Says        string         `yaml:"says" required:"true" example:"Green answers 5% with errors." doc:"One sentence: what happens here."`
	Start       string         `yaml:"start" default:"\"02:00\"" pattern:"^([01][0-9]|2[0-3]):[0-5][0-9]$" allowed:"a time of day such as \"02:00\", in quotes" doc:"Time of day (UTC) at which the cutover may begin; at night there is least traffic."`
	Lasts       unit.Duration  `yaml:"lasts" default:"36 h" min:"1 h" max:"14 days" doc:"How long a rehearsal goes on when nothing has ended it."`
	Baseline    unit.Duration  `yaml:"baseline" default:"6 h" min:"0 s" max:"7 days" doc:"History before the start: load on both sides, without faults."`
	Gate        *unit.Percent  `yaml:"gate" above:"0%" example:"100%" doc:"Weight of the phase that a person has to approve; the rehearsed policy must ask for it. None unless set."`
	Traffic     Traffic        `yaml:"traffic" doc:"What clients ask."`
	Correlation unit.Percent   `yaml:"correlation" default:"2%" min:"0%" max:"50%" doc:"Correlation of bad requests within a minute: real errors come in clumps. 0% makes them independent."`
	Blue        Rates          `yaml:"blue" doc:"How the old side answers when it is well."`
	Green       Rates          `yaml:"green" doc:"How the new side answers when it is well."`
	ColdStarts  ColdStarts     `yaml:"cold_starts" doc:"New environments of green's functions when all is well."`
	Gauges      Gauges         `yaml:"gauges" doc:"Levels of the shared stores, and the cost, when all is well."`
	DNS         DNS            `yaml:"dns" doc:"How clients follow the records."`
	Tickers     int            `yaml:"tickers" default:"1" min:"1" max:"8" doc:"How many watchers look after the cutover at the same time."`
	Faults      []Fault        `yaml:"faults" maxitems:"32" doc:"What goes wrong, and when."`
	Orders      []PlannedOrder `yaml:"orders" maxitems:"32" doc:"What people ask of the rollout, and when."`
	Expect      Expectation    `yaml:"expect" required:"true" example:"{outcome: complete}" doc:"How a good rollout ends here."`
}

// Traffic is the load of a day.
type Traffic struct {
	PerMinute int          `yaml:"per_minute" default:"1200" min:"1" max:"1000000" doc:"Requests a minute to both sides together, mean of a day."`
	Amplitude unit.Percent `yaml:"amplitude" default:"40%" min:"0%" doc:"How far the busiest hour lies above the mean, and the quietest below it."`
	PeakHour  int          `yaml:"peak_hour" default:"14" min:"0" max:"23" doc:"The busiest hour of the day (UTC)."`
}

// Rates are the shares of bad requests on a side that is well.
type Rates struct {
	Errors   unit.Percent `yaml:"errors" default:"0.2%" doc:"Share of requests answered with 5xx."`
	Slow     unit.Percent `yaml:"slow" default:"2%" doc:"Share of requests slower than the objective allows."`
	Rejected unit.Percent `yaml:"rejected" default:"1.5%" doc:"Share of requests answered with 4xx."`
}

// ColdStarts are the starts of new environments on green.
type ColdStarts struct {
	Share unit.Percent `yaml:"share" default:"0.5%" doc:"Share of invocations that start an environment."`
	Slow  unit.Percent `yaml:"slow" default:"0.2%" doc:"Share of those that take longer than the objective allows."`
}

// Gauges are levels when all is well; they waver around them a little.
type Gauges struct {
	Connections unit.Percent `yaml:"connections" default:"35%" doc:"Database connections in use, of those allowed."`
	CPU         unit.Percent `yaml:"cpu" default:"30%" doc:"Load of the database's processors."`
	Memory      unit.Percent `yaml:"memory" default:"50%" doc:"Memory of the cache in use."`
	Cost        unit.Money   `yaml:"cost" default:"$9" doc:"Cost of a million requests on green."`
}

// DNS is how clients follow a change of the records.
type DNS struct {
	TTL       unit.Duration `yaml:"ttl" default:"60 s" min:"1 s" max:"1 h" doc:"Time constant by which most clients move to a new answer."`
	Sticky    unit.Percent  `yaml:"sticky" default:"3%" doc:"Share of requests from clients whose resolvers ignore the TTL."`
	StickyFor unit.Duration `yaml:"sticky_for" default:"30 m" min:"1 s" max:"24 h" doc:"Time constant of those clients."`
}

// PlannedOrder is an order that a person will give.
type PlannedOrder struct {
	At          unit.Duration `yaml:"at" default:"0 s" max:"14 days" doc:"When, counted from the start, or from after_weight."`
	AfterWeight *unit.Percent `yaml:"after_weight" above:"0%" example:"50%" doc:"Count from the first change that gives green at least this weight; the event never comes without one."`
	Kind        string        `yaml:"kind" required:"true" enum:"approve,promote,pause,resume,rollback" example:"approve" doc:"What is asked."`
	By          string        `yaml:"by" default:"dana" doc:"Who asks."`
	Reason      string        `yaml:"reason" default:"rehearsed" doc:"Why, in that person's words."`
}

// Expectation is how a good rollout ends.
type Expectation struct {
	Outcome string         `yaml:"outcome" required:"true" enum:"complete,rolled_back,held" example:"rolled_back" doc:"complete: green has all traffic and the last phase is over; rolled_back: blue has it; held: the rollout waits for a person."`
	By      *unit.Duration `yaml:"by" above:"0 s" example:"15 m" doc:"Longest time to the outcome, from the first moment at which a fault hurt requests on green, or was there if none hurts."`
	Harmed  *int           `yaml:"harmed" min:"0" example:"5000" doc:"Most requests that faults may have hurt on green."`
}

// startDay is a Monday; which one is of no importance.
var startDay = time.Date(2026, time.January, 5, 0, 0, 0, 0, time.UTC)

// startTime is when the cutover may begin.
func (s *Scenario) startTime() time.Time {
	clock, err := time.Parse("15:04", s.Start)
	if err != nil { // not one that Parse has made
		return startDay
	}
	return startDay.Add(time.Duration(clock.Hour())*time.Hour + time.Duration(clock.Minute())*time.Minute)
}
