// Package slo is the shared vocabulary of service level objectives: what
// rollout judges, load tests assert and reports print.
//
// Every objective is a limit on a share of requests, so that it can be judged
// by counting. "p95 below 500 ms" is "at most 5% slower than 500 ms".
package slo

import (
	"fmt"

	"github.com/cutover-dev/cutover/internal/config/strict"
	"github.com/cutover-dev/cutover/internal/unit"
)

// Role says what an objective may do to a rollout.
type Role string

const (
	Prove Role = "prove" // promotion needs proof that the limit is kept
	Guard Role = "guard" // can stop a rollout, need not be proved
)

// Objectives is the section `slos:` of cutover.yaml. Gauges and rare events
// have no role of their own: they are always guards, since the time of a
// phase cannot prove them.
type Objectives struct {
	ErrorRate           ErrorRate   `yaml:"error_rate" doc:"Share of requests answered with a 5xx status."`
	Latency             Latency     `yaml:"latency" doc:"Share of requests that must be answered in time."`
	ColdStart           ColdStart   `yaml:"cold_start" doc:"How long the start of a new Lambda environment may take (guard)."`
	DatabaseConnections Connections `yaml:"database_connections" doc:"Database connections in use, of those that the proxy allows (guard)."`
	Throttles           Throttles   `yaml:"throttles" doc:"Share of Lambda invocations that AWS throttled (guard)."`
	DatabaseCPU         Level       `yaml:"database_cpu" doc:"Processor of the database, of what it has (guard)."`
	CacheMemory         Level       `yaml:"cache_memory" doc:"Memory of the cache, of what it has (guard)."`
	Rejections          Rejections  `yaml:"rejections" doc:"Requests answered with 401, 403, 404, 413 or 429, against blue: a side that rejects everyone has no 5xx (guard)."`
	CostPerMillion      *Cost       `yaml:"cost_per_million" example:"{below: $20}" doc:"Cost of a million requests (guard); not judged unless set."`
}

// ErrorRate limits the share of failed requests.
type ErrorRate struct {
	Below         unit.Percent `yaml:"below" default:"1%" above:"0%" max:"50%" doc:"The limit: the share of failed requests stays below it."`
	RollbackAbove unit.Percent `yaml:"rollback_above" default:"10%" above:"0%" doc:"A share so far past the limit that the rollout falls back without a further test."`
	Role          Role         `yaml:"role" default:"prove" enum:"prove,guard" doc:"prove: promotion needs proof that the limit is kept; guard: it can only stop."`
}

// Latency limits the share of slow requests.
type Latency struct {
	Share unit.Percent  `yaml:"share" default:"95%" above:"0%" doc:"The share of requests that must be fast; 95% makes it a p95."`
	Under unit.Duration `yaml:"under" default:"500 ms" above:"0 s" max:"30 s" doc:"What counts as fast. An API Gateway gives up after 30 s."`
	Role  Role          `yaml:"role" default:"prove" enum:"prove,guard" doc:"prove: promotion needs proof that the limit is kept; guard: it can only stop."`
}

// ColdStart limits the share of slow cold starts.
type ColdStart struct {
	Share unit.Percent  `yaml:"share" default:"99%" above:"0%" doc:"The share of cold starts that must be fast; 99% makes it a p99."`
	Under unit.Duration `yaml:"under" default:"2 s" above:"0 s" max:"10 s" doc:"What counts as fast. Lambda allows the initialisation 10 s."`
}

// Connections limits a gauge in percent of its maximum.
type Connections struct {
	Below         unit.Percent `yaml:"below" default:"80%" above:"0%" doc:"The limit, in percent of the connections allowed."`
	RollbackAbove unit.Percent `yaml:"rollback_above" default:"95%" above:"0%" doc:"A saturation at which the rollout falls back at once."`
}

// Throttles limits the share of throttled invocations.
type Throttles struct {
	Below unit.Percent `yaml:"below" default:"0.1%" above:"0%" max:"50%" doc:"The limit: the share of throttled invocations stays below it."`
}

// Level limits how full a shared store may be.
type Level struct {
	Below unit.Percent `yaml:"below" default:"80%" above:"0%" doc:"The limit, in percent of what there is."`
}

// Rejections limit how far green's share of rejected requests may lie above
// blue's.
type Rejections struct {
	RollbackAbove unit.Percent `yaml:"rollback_above" default:"20%" above:"0%" doc:"Percentage points above blue's share at which the rollout falls back at once."`
}

// Cost limits what a million requests cost.
type Cost struct {
	Below unit.Money `yaml:"below" required:"true" above:"$0" example:"$20" doc:"The limit: a million requests cost less."`
}

// Check holds the two limits apart.
func (e ErrorRate) Check(c *strict.Check) { apart(c, e.Below, e.RollbackAbove) }

// Check holds the two limits apart.
func (n Connections) Check(c *strict.Check) { apart(c, n.Below, n.RollbackAbove) }

// apart refuses an immediate rollback at or below the limit itself.
func apart(c *strict.Check, below, rollback unit.Percent) {
	if !c.Valid("below") || !c.Valid("rollback_above") || rollback > below {
		return
	}
	at := "rollback_above"
	if !c.Written(at) {
		at = "below"
	}
	c.Report(strict.Problem{Message: fmt.Sprintf("rollback_above (%s) must be more than below (%s)", rollback, below),
		Allowed: "rollback_above greater than below"}, at)
}

// Check refuses a share of 100%: no amount of traffic proves that not one
// request in the future is slow.
func (l Latency) Check(c *strict.Check) { provable(c, l.Share) }

// Check refuses a share of 100%.
func (s ColdStart) Check(c *strict.Check) { provable(c, s.Share) }

func provable(c *strict.Check, share unit.Percent) {
	if share >= unit.Full {
		c.Report(strict.Problem{Message: "100% cannot be shown by any number of requests",
			Allowed: "more than 0%, less than 100%", Suggestion: `write "99.9%"`}, "share")
	}
}
