package prepare

import (
	"encoding/json"
	"strings"

	"github.com/cutover-dev/cutover/internal/rollout"
)

// Checks are the IDs of the health checks of the two sides.
type Checks struct {
	Blue, Green string
}

// Plan is what prepare does to a record.
type Plan struct {
	// Steps say it in words; none when nothing is to be done.
	Steps []string
	// Changes are one batch.
	Changes []Change
	// Before are the simple sets that the batch takes away, for the way back.
	// Health checks that a pair gets leave no other record to go back to.
	Before []Set
}

// Prepare plans the weighted pair: blue has everything, green nothing, for each
// type that stands. owner says whose the record is, empty for nobody's; see
// Owner. A pair that stands keeps its weights and gets the health checks.
func (r Record) Prepare(s Standing, c Checks, owner string) (Plan, error) {
	var plan Plan
	switch s.Kind {
	case Simple:
		for _, set := range s.Single {
			if !set.is(r.Blue) {
				return Plan{}, r.fault("does not lead to blue", set.Type+" "+where(set), "Look at traffic.blue.target: what clients reach now must be blue.")
			}
			if set.Alias == nil && set.Type != "CNAME" {
				return Plan{}, r.fault("is no alias", set.Type+" "+where(set), "Make it an alias of blue's target first.")
			}
			r.turn(&plan, set, c)
		}
	case Paired:
		for _, p := range s.Pairs {
			r.check(&plan, p, c)
		}
	default:
		_, err := r.Split(s)
		return Plan{}, err
	}
	if len(plan.Changes) > 0 && owner != "" {
		return Plan{}, r.fault("belongs to "+owner+", whose next deployment would undo the change", "", wayOut(owner))
	}
	plan.Changes = ordered(plan.Changes)
	return plan, nil
}

// turn plans one simple set's change: a simple and a weighted set cannot share a
// name, so that both happen in one batch; source: Route 53 API reference,
// ChangeResourceRecordSets.
func (r Record) turn(plan *Plan, set Set, c Checks) {
	whole := rollout.SplitOf(0)
	side := func(name string, to Side, weight int, check string) Set {
		s := Set{Name: set.Name, Type: set.Type, Routing: Weighted, Identifier: r.Project + "-" + name, Weight: int64(weight), HealthCheck: check}
		if to.AliasZone == "" {
			s.TTL, s.Values = r.TTL, []string{to.Target}
			return s
		}
		// The target's own health stays out of it: with it a load balancer without
		// healthy targets would push users onto a green that nobody has proved.
		s.Alias = &Alias{Zone: to.AliasZone, Target: to.Target}
		return s
	}
	blue, green := side("blue", r.Blue, whole.Blue, c.Blue), side("green", r.Green, whole.Green, c.Green)
	if set.Alias != nil && blue.Alias != nil {
		// The very name that stands, which may begin with dualstack.
		blue.Alias.Zone, blue.Alias.Target = set.Alias.Zone, set.Alias.Target
	}
	plan.Before = append(plan.Before, set)
	plan.Changes = append(plan.Changes, Change{Delete, set}, Change{Create, blue}, Change{Create, green})
	plan.Steps = append(plan.Steps, "turn the simple record of type "+set.Type+" into the weighted pair: blue has all of the traffic, green none")
}

// check plans the health checks of a pair that stands.
func (r Record) check(plan *Plan, p Pair, c Checks) {
	set := func(s *Set, check string) {
		s.HealthCheck = check
		if s.Alias != nil {
			s.Alias.Evaluate = false
		}
	}
	changes := p.to(func(blue, green *Set) { set(blue, c.Blue); set(green, c.Green) })
	if changes[0].Set.same(changes[1].Set) && changes[2].Set.same(changes[3].Set) {
		return
	}
	plan.Changes = append(plan.Changes, changes...)
	plan.Steps = append(plan.Steps, "give the weighted pair of type "+p.Blue.Type+" the health checks; its weights stay")
}

// wayOut says how a record is taken over from what made it.
func wayOut(owner string) string {
	switch {
	case strings.HasPrefix(owner, "SST"):
		return "Set domain: { name, dns: false, cert } in the app and deploy once with the record kept, then prepare."
	case strings.HasPrefix(owner, "CloudFormation"):
		return "Give the record DeletionPolicy: Retain, deploy, take it out of the template, deploy, then prepare."
	case strings.HasPrefix(owner, "Terraform"):
		return "Take the record out of the state with a removed block and destroy = false, then prepare."
	}
	return "Take the record out of its care and leave it standing, then prepare."
}

// kept is the document that the way back is read from.
type kept struct {
	Format int    `json:"format"`
	Zone   string `json:"zone"`
	Record string `json:"record"`
	Sets   []Set  `json:"sets"`
}

// Keep writes down what a plan takes away.
func (r Record) Keep(p Plan) []byte {
	text, _ := json.MarshalIndent(kept{1, r.Zone, r.Name, p.Before}, "", "  ") // texts and numbers: it cannot fail
	return append(text, '\n')
}
