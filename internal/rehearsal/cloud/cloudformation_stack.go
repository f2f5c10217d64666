package cloud

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// formation is what CloudFormation of this cloud holds. c.mu guards it.
type formation struct {
	// stacks are in the order in which they were made; deleted ones stay, and
	// answer by their id only.
	stacks []*cfnStack
	shelf  map[string]kept
	serial int
	// owned are resources of other stacks, by physical ID.
	owned map[string]string
	// failing and stuck are why resources cannot be made or removed, by logical id.
	failing, stuck map[string]string
	// say may refuse a call; n counts the calls.
	say func(n int, call string) (status int, code, message string)
	n   int
	// tongue is which of its two texts CloudFormation has for no changes.
	tongue string
	// hasty lets all steps happen at one look.
	hasty bool
}

type cfnStack struct {
	id, name, status, reason  string
	created, updated, deleted time.Time
	protected                 bool
	tags                      map[string]string
	plan                      *blueprint
	resources                 map[string]*stackResource
	outputs                   map[string]string
	events                    []stackEvent // the oldest first
	sets                      []*changeSet
	// steps are what is still to happen: each look lets one of them happen.
	steps []func()
	// token is what the running operation was asked for with.
	token     string
	tokens    map[string]bool
	detection *detection
	// old is what somebody else has made, if somebody has.
	old *OldStack
}

type stackResource struct {
	logical, id, kind, status string
	properties                map[string]any
	attributes                map[string]string
	drift                     string
}

type stackEvent struct {
	id, logical, physical, kind, status, reason, token string
	at                                                 time.Time
}

const kindStack = "AWS::CloudFormation::Stack"

// stack finds one by its name, if it is not deleted, or by its id.
func (c *Cloud) stack(name string) *cfnStack {
	for _, s := range slices.Backward(c.stacks) {
		if s.id == name || s.name == name && s.status != "DELETE_COMPLETE" {
			return s
		}
	}
	return nil
}

// advance lets the next step happen, or all that are left.
func (s *cfnStack) advance(hasty bool) {
	for n := 0; len(s.steps) > 0 && (hasty || n == 0); n++ {
		step := s.steps[0]
		s.steps = s.steps[1:]
		step()
	}
}

func (s *cfnStack) then(steps ...func()) { s.steps = append(s.steps, steps...) }

// turn puts the stack into a state, which is an event.
func (s *cfnStack) turn(status, reason string) {
	s.status, s.reason = status, reason
	s.tell(stackEvent{logical: s.name, physical: s.id, kind: kindStack, status: status, reason: reason})
}

func (s *cfnStack) show(r *stackResource, status, reason string) {
	r.status = status
	s.tell(stackEvent{logical: r.logical, physical: r.id, kind: r.kind, status: status, reason: reason})
}

func (s *cfnStack) tell(e stackEvent) {
	// Millisecond stamps, so that several events may share one, as at AWS.
	e.at, e.token = time.Now().UTC().Truncate(time.Millisecond), s.token
	e.id = fmt.Sprintf("%s-%04d", e.logical, len(s.events))
	s.events = append(s.events, e)
}

// value is what a reference of this stack gives.
func (s *cfnStack) value(id, name string) (string, bool) {
	switch id {
	// Source: CloudFormation Template Reference, pseudo parameters.
	case "AWS::AccountId":
		return Account, true
	case "AWS::Region":
		return Region, true
	case "AWS::Partition":
		return "aws", true
	case "AWS::URLSuffix":
		return "amazonaws.com", true
	case "AWS::StackName":
		return s.name, true
	case "AWS::StackId":
		return s.id, true
	}
	r := s.resources[id]
	switch {
	case r == nil || r.id == "" || r.status == "DELETE_COMPLETE":
		return "", false
	case name == "":
		return r.id, true
	}
	v, ok := r.attributes[name]
	return v, ok
}

// declare is a resource with its references filled in.
func (s *cfnStack) declare(b *blueprint, logical string, value func(id, name string) (string, bool)) (declared, error) {
	r := b.Resources[logical]
	v, err := resolve(any(orEmpty(r.Properties)), value)
	if err != nil {
		return declared{}, err
	}
	properties, _ := v.(map[string]any)
	return declared{stack: s.name, logical: logical, kind: r.Type, properties: properties}, nil
}

func orEmpty(m map[string]any) map[string]any {
	if m == nil {
		return map[string]any{}
	}
	return m
}

// settle fills in the outputs.
func (s *cfnStack) settle() {
	s.outputs = map[string]string{}
	for name, o := range s.plan.Outputs {
		if v, err := resolve(o.Value, s.value); err == nil {
			s.outputs[name] = fmt.Sprint(v)
		}
	}
}

// reversed are the resources that are there, the dependent ones first.
func (s *cfnStack) reversed(b *blueprint) []string {
	var all []string
	if b != nil {
		for _, wave := range slices.Backward(b.waves) {
			for _, id := range slices.Backward(wave) {
				all = append(all, id)
			}
		}
	}
	for _, id := range slices.Sorted(maps.Keys(s.resources)) {
		if !slices.Contains(all, id) {
			all = append([]string{id}, all...)
		}
	}
	return all
}

// drop removes a resource by its handler and says whether that worked. What is
// gone already counts as removed; source: CloudFormation CLI user guide,
// resource type handler contract.
func (c *Cloud) drop(s *cfnStack, r *stackResource) bool {
	s.show(r, "DELETE_IN_PROGRESS", "")
	if why := c.stuck[r.logical]; why != "" {
		s.show(r, "DELETE_FAILED", why)
		return false
	}
	err := c.provision(r.kind).remove(c, r.id)
	var h *handlerError
	if err != nil && (!asHandler(err, &h) || h.code != handlerMissing) {
		s.show(r, "DELETE_FAILED", err.Error())
		return false
	}
	s.show(r, "DELETE_COMPLETE", "")
	return true
}

// demolish is the deletion of a whole stack.
func (c *Cloud) demolish(s *cfnStack) {
	s.turn("DELETE_IN_PROGRESS", "User Initiated")
	var failed []string
	for _, id := range s.reversed(s.plan) {
		s.then(func() {
			r := s.resources[id]
			// What a resource needs that is still there stays.
			for _, f := range failed {
				if slices.Contains(refers(s.plan.Resources[f].Properties), id) {
					return
				}
			}
			if r != nil && r.id != "" && r.status != "DELETE_COMPLETE" && !c.drop(s, r) {
				failed = append(failed, id)
			}
		})
	}
	s.then(func() {
		if len(failed) > 0 {
			s.turn("DELETE_FAILED", "The following resource(s) failed to delete: ["+strings.Join(failed, ", ")+"]. ")
			return
		}
		s.deleted = time.Now()
		s.turn("DELETE_COMPLETE", "")
	})
}
