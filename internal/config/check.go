package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/cutover-dev/cutover/internal/config/strict"
	"github.com/cutover-dev/cutover/internal/nearest"
	"github.com/cutover-dev/cutover/internal/unit"
)

// Check holds the rules that span sections.
func (f File) Check(c *strict.Check) {
	f.checkStages(c)
	f.checkTraffic(c)
	f.checkTeams(c)
	f.checkLegacy(c)
	f.checkLoad(c)
}

// checkStages wants an address and an environment for each stage alone: two
// stages at one address would be tested for each other, and two in one
// environment share its reviewers and secrets.
func (f File) checkStages(c *strict.Check) {
	urls, environments := map[string]string{}, map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(f.Stages)) {
		stage := f.Stages[name]
		if !c.Valid("stages", name) {
			continue
		}
		once := func(seen map[string]string, value, key string) {
			other, double := seen[value]
			if !double {
				seen[value] = name
				return
			}
			c.Report(strict.Problem{Message: fmt.Sprintf("%q is the %s of the stage %s already", value, key, other),
				Suggestion: "give each stage its own"}, "stages", name, key)
		}
		once(urls, strings.TrimRight(string(stage.URL), "/"), "url")
		once(environments, strings.ToLower(stage.Environment), "environment")
	}
}

// checkTraffic wants the traffic of a stage that exists, at the stage's own
// address, and on guard: a rollout reaches every user.
func (f File) checkTraffic(c *strict.Check) {
	if f.Traffic == nil || !c.Valid("traffic", "stage") || !c.Valid("stages") {
		return
	}
	stage, found := f.Stages[f.Traffic.Stage]
	if !found {
		at := []any{"traffic", "stage"}
		if !c.Written(at...) {
			at = []any{"traffic"}
		}
		p := strict.Problem{Message: fmt.Sprintf("there is no stage %q whose traffic could move", f.Traffic.Stage), Allowed: list(f.Stages)}
		p.Suggestion = suggest(f.Traffic.Stage, f.Stages, "name one of the stages with the key stage")
		c.Report(p, at...)
		return
	}
	if host := stage.URL.Host(); c.Valid("traffic", "record") && host != f.Traffic.Record {
		c.Report(strict.Problem{Message: fmt.Sprintf("the record %s is not the host of the stage's url (%s), so its traffic would not move", f.Traffic.Record, stage.URL),
			Allowed: string(host)}, "traffic", "record")
	}
	if stage.Approval != ApprovalRequired {
		c.Report(strict.Problem{Message: fmt.Sprintf("the stage %s has users, since its traffic moves, and so needs an approval", f.Traffic.Stage),
			Allowed: ApprovalRequired, Suggestion: "write approval: required"}, "stages", f.Traffic.Stage, "approval")
	}
}

// checkTeams wants every team that shall get mail to have a mailbox.
func (f File) checkTeams(c *strict.Check) {
	if !c.Valid("teams") {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(f.Teams)) {
		first := map[unit.Email]bool{}
		for i, address := range f.Teams[name] {
			if first[address] {
				c.Report(strict.Problem{Message: fmt.Sprintf("%q stands twice", address), Suggestion: "remove one of them"}, "teams", name, i)
			}
			first[address] = true
		}
		if len(f.Teams[name]) == 0 {
			c.Report(strict.Problem{Message: "the team has no mailbox, so nobody would be told", Suggestion: "add an address or remove the team"}, "teams", name)
		}
	}
	if f.Monitoring != nil {
		f.checkReceivers(c, f.Monitoring.Teams, "monitoring")
	}
	if f.Budget != nil {
		f.checkReceivers(c, f.Budget.Teams, "budget")
	}
}

func (f File) checkReceivers(c *strict.Check, teams []string, section string) {
	for i, team := range teams {
		if _, found := f.Teams[team]; found || !c.Valid(section, "teams", i) {
			continue
		}
		at := []any{section, "teams", i}
		if !c.Written(at...) {
			at = []any{section}
		}
		c.Report(strict.Problem{Message: fmt.Sprintf("the team %q, which is to be told, has no mailbox", team), Allowed: list(f.Teams),
			Suggestion: suggest(team, f.Teams, fmt.Sprintf("add it under teams, such as %s: [%s@example.com]", team, team))}, at...)
	}
}

// checkLegacy refuses to retire what is not the side that traffic leaves.
func (f File) checkLegacy(c *strict.Check) {
	if f.Legacy == nil || f.Traffic == nil {
		return
	}
	blue := f.Traffic.Blue.LoadBalancer
	if own := f.Legacy.LoadBalancer; own != "" && own != blue && c.Valid("traffic", "blue", "load_balancer") && c.Valid("legacy", "load_balancer") {
		c.Report(strict.Problem{Message: fmt.Sprintf("%q is not blue's load balancer, so it may still be in use", own), Allowed: blue}, "legacy", "load_balancer")
	}
}

// list names the keys of a map for a message.
func list[V any](m map[string]V) string {
	return strings.Join(slices.Sorted(maps.Keys(m)), ", ")
}

// suggest offers the nearest key of a map, else another way out.
func suggest[V any](name string, m map[string]V, otherwise string) string {
	if best := nearest.To(name, slices.Sorted(maps.Keys(m))); best != "" {
		return fmt.Sprintf("did you mean %q?", best)
	}
	return otherwise
}
