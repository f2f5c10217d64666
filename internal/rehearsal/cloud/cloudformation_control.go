package cloud

import "maps"

// FailResource makes the creation and the update of a resource fail with this
// reason, and the look for its drift; "" lets them through.
func (c *Cloud) FailResource(logical, reason string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.failing == nil {
		c.failing = map[string]string{}
	}
	c.failing[logical] = reason
}

// FailChangeSets makes the working out of change sets fail with this reason, as
// CloudFormation's checks before a deployment do; "" lets them through.
func (c *Cloud) FailChangeSets(reason string) { c.FailResource("", reason) }

// FailRemoval makes the removal of a resource and its way back in an update fail
// with this reason; "" lets them through.
func (c *Cloud) FailRemoval(logical, reason string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stuck == nil {
		c.stuck = map[string]string{}
	}
	c.stuck[logical] = reason
}

// RefuseFormation may make calls of CloudFormation fail: f gets their number and
// name, and returns a status other than 0 for one that fails.
func (c *Cloud) RefuseFormation(f func(n int, call string) (status int, code, message string)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.say, c.n = f, 0
}

// SetStackStatus puts a stack into a state, as somebody else would who works on
// it; it stays there. The event carries that token.
func (c *Cloud) SetStackStatus(stack, status, token string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s := c.stack(stack); s != nil {
		s.steps, s.token = nil, token
		s.turn(status, "User Initiated")
	}
}

// StackStatus is how a stack stands, "" if there is none. Nothing happens by the
// look.
func (c *Cloud) StackStatus(stack string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s := c.stack(stack); s != nil {
		return s.status
	}
	return ""
}

// StackProtected says whether a stack's deletion is forbidden.
func (c *Cloud) StackProtected(stack string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.stack(stack)
	return s != nil && s.protected
}

// StackTags are the tags of a stack.
func (c *Cloud) StackTags(stack string) map[string]string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s := c.stack(stack); s != nil {
		return maps.Clone(s.tags)
	}
	return nil
}

// ChangeSets are the names of a stack's change sets.
func (c *Cloud) ChangeSets(stack string) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var names []string
	if s := c.stack(stack); s != nil {
		for _, set := range s.sets {
			names = append(names, set.name)
		}
	}
	return names
}

// SayNoUpdates makes CloudFormation say "No updates are to be performed." when
// nothing would change, and not the longer text.
func (c *Cloud) SayNoUpdates() { c.mu.Lock(); defer c.mu.Unlock(); c.tongue = "other" }

// Hasty lets everything that was asked for happen at the next look, instead of a
// step a look: for rehearsals, where time is real.
func (c *Cloud) Hasty() { c.mu.Lock(); defer c.mu.Unlock(); c.hasty = true }

// Forget returns the requests that it had no answer for, and forgets them: for
// tests that send such on purpose.
func (c *Cloud) Forget() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	unknown := c.unknown
	c.unknown = nil
	return unknown
}

// Own says that a stack has a resource of this physical ID, as one that somebody
// else has made; "" takes it back.
func (c *Cloud) Own(physical, stack string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.owned == nil {
		c.owned = map[string]string{}
	}
	c.owned[physical] = stack
}

// describeOwner lists the resources of the stack that has this one; source: API
// reference, DescribeStackResources, PhysicalResourceId.
func (q call) describeOwner() {
	physical := q.in.Get("PhysicalResourceId")
	stack := q.owned[physical]
	if stack == "" {
		q.invalid("Stack for %s does not exist", physical)
		return
	}
	q.give(map[string]any{"StackResources": []any{map[string]any{
		"StackName": stack, "LogicalResourceId": "Record", "PhysicalResourceId": physical, "ResourceType": "AWS::Route53::RecordSet",
		"Timestamp": "2026-01-01T00:00:00Z", "ResourceStatus": "CREATE_COMPLETE",
	}}})
}
