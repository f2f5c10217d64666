// Package legacy is a simulated AWS account that still has an ECS side beside the
// new one: services, tasks that drain, scaling that would scale out again, a load
// balancer whose requests ebb out, DNS, a stack, and people who change things. Time
// is virtual. It refuses what AWS refuses, notes what AWS allows and nobody should
// do, and knows nothing of who retires it.
package legacy

import (
	"embed"
	"path"
	"strings"

	"github.com/cutover-dev/cutover/internal/config/strict"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/nearest"
	"github.com/cutover-dev/cutover/internal/unit"
)

// Scenario is one account and what happens in it, as a YAML file describes it.
type Scenario struct {
	Name      string         `yaml:"name" required:"true" pattern:"^retire(-[a-z0-9][a-z0-9-]{0,39})?$" allowed:"retire, or retire- followed by lower-case letters, digits and -" example:"retire-new-rule" doc:"Name of the scenario, that of its file."`
	Says      string         `yaml:"says" required:"true" example:"A listener gets a further rule." doc:"One sentence: what happens here."`
	Lasts     unit.Duration  `yaml:"lasts" default:"12 days" min:"1 h" max:"40 days" doc:"How long a rehearsal goes on when nothing has ended it."`
	Every     unit.Duration  `yaml:"every" default:"1 h" min:"5 m" max:"24 h" doc:"How often the schedule starts a run."`
	Stack     string         `yaml:"stack" default:"owns" enum:"owns,none" doc:"owns: a CloudFormation stack owns the old side; none: everything was made by hand."`
	Protected string         `yaml:"protected" default:"no" enum:"no,yes" doc:"yes: the stack has termination protection and the load balancer deletion protection."`
	Requests  int            `yaml:"requests" default:"600" min:"1" max:"1000000" doc:"Requests a minute that clients send to the name."`
	Errors    unit.Percent   `yaml:"errors" default:"0.1%" min:"0%" doc:"Share of green's requests that fail when it is well."`
	Sticky    unit.Percent   `yaml:"sticky" default:"3%" min:"0%" doc:"Share of requests from clients whose resolvers ignore the TTL; half of them move within 20 minutes."`
	Unproved  []string       `yaml:"unproved" maxitems:"8" pattern:"^[a-z][a-z0-9_]{0,47}$" allowed:"lower-case letters, digits and _" example:"[latency]" doc:"Objectives that the rollout has not proved."`
	Decision  string         `yaml:"decision" default:"proceed" enum:"proceed,return" doc:"What the newest decision record says."`
	Kills     string         `yaml:"kills" default:"none" enum:"none,every-boundary" doc:"every-boundary: a run is killed once before and once after each outside call that it makes."`
	Changes   []Change       `yaml:"changes" maxitems:"32" doc:"What others do, and what goes wrong."`
	Orders    []PlannedOrder `yaml:"orders" maxitems:"32" doc:"What people order after plan, approve and apply, which stand at the start."`
	Expect    Expectation    `yaml:"expect" required:"true" example:"{outcome: done, reason: done}" doc:"How a good retirement ends here."`
}

// Change is one thing that somebody does, or that goes wrong.
type Change struct {
	At     unit.Duration  `yaml:"at" default:"0 s" max:"40 days" doc:"When, counted from the plan."`
	Before string         `yaml:"before" default:"nothing" enum:"nothing,plan" doc:"plan: it is there when the plan is made."`
	What   string         `yaml:"what" required:"true" enum:"new-service,new-rule,import,retag,dangling-name,scale-out,green-errors,direct-calls,database-rule,web-acl,schedule,hand-target" example:"new-rule" doc:"What happens: see happen.go."`
	For    *unit.Duration `yaml:"for" above:"0 s" example:"3 h" doc:"How long green's errors or direct calls go on; for ever unless set."`
	Share  unit.Percent   `yaml:"share" default:"0%" doc:"Further share of green's requests that fail."`
}

// PlannedOrder is an order that a person will give.
type PlannedOrder struct {
	At     unit.Duration `yaml:"at" required:"true" max:"40 days" example:"195 h" doc:"When, counted from the plan."`
	Kind   string        `yaml:"kind" required:"true" enum:"plan,approve,apply,abort" example:"abort" doc:"What is ordered."`
	By     string        `yaml:"by" default:"dana" doc:"Who orders it."`
	Reason string        `yaml:"reason" default:"rehearsed" doc:"Why, in that person's words."`
}

// Expectation is how a good retirement ends.
type Expectation struct {
	Outcome string         `yaml:"outcome" required:"true" enum:"done,aborted,stopped,held,waits,refused" example:"held" doc:"done: everything planned is gone; aborted: all is as it was; stopped: halfway; held: something forbids to go on; waits: a condition is not met; refused: there is no plan."`
	Reason  string         `yaml:"reason" required:"true" example:"drift" doc:"The kind of the hold, the step that waits, the rule of the refusal, or the step that it ended in."`
	After   *unit.Duration `yaml:"after" above:"0 s" example:"9 days" doc:"Earliest end."`
	By      *unit.Duration `yaml:"by" above:"0 s" example:"10 days" doc:"Latest end."`
	Deleted string         `yaml:"deleted" default:"nothing" enum:"nothing,all" doc:"What of blue may be gone at the end."`
}

//go:embed scenarios/*.yaml
var files embed.FS

const folder = "scenarios"

// Names lists the scenarios that come with cutover, sorted. Each is a file; a
// further scenario is a further file.
func Names() []string {
	entries, err := files.ReadDir(folder)
	if err != nil { // the folder is part of the binary
		return nil
	}
	names := make([]string, len(entries))
	for i, entry := range entries {
		names[i] = strings.TrimSuffix(entry.Name(), ".yaml")
	}
	return names
}

// Is says whether a name is that of a retirement rather than of a cutover.
func Is(name string) bool { return name == "retire" || strings.HasPrefix(name, "retire-") }

// Find returns one of the scenarios of [Names]. For any other name the error is a
// [*fault.Fault] of kind Input.
func Find(name string) (Scenario, error) {
	names := Names()
	for _, known := range names {
		if known == name {
			text, err := files.ReadFile(path.Join(folder, name+".yaml"))
			if err != nil {
				return Scenario{}, err
			}
			return Parse(name+".yaml", text)
		}
	}
	f := &fault.Fault{Kind: fault.Input, Name: "scenario", What: "there is no such scenario", Got: name,
		Allowed: strings.Join(names, ", "), Next: "Name one of these, or give a scenario file of your own."}
	if meant := nearest.To(name, names); meant != "" {
		f.Next = `Did you mean "` + meant + `"?`
	}
	return Scenario{}, f
}

// Parse reads a scenario; file is what errors call it. The error is a
// [*strict.Problems] that lists everything that is wrong, with its line.
func Parse(file string, text []byte) (Scenario, error) {
	var s Scenario
	if err := strict.Decode(file, text, &s); err != nil {
		return Scenario{}, err
	}
	return s, nil
}
