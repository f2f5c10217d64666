package cloud

import (
	"slices"
	"time"
)

// SetZone makes a hosted zone, or takes the records of one that stands.
func (c *Cloud) SetZone(id, name string, private bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.dns.zones == nil {
		c.dns.zones = map[string]*zone53{}
	}
	c.dns.zones[id] = &zone53{name: fqdn53(name), private: private}
}

// SetRecords makes these the records of a zone, as by hand: nobody judges them.
func (c *Cloud) SetRecords(zone string, sets ...RecordSet) {
	c.mu.Lock()
	defer c.mu.Unlock()
	z := c.dns.zones[zone]
	z.sets = nil
	for _, s := range sets {
		z.sets = append(z.sets, s.canonical())
	}
	slices.SortFunc(z.sets, order53)
}

// Records are the records of a zone.
func (c *Cloud) Records(zone string) []RecordSet {
	c.mu.Lock()
	defer c.mu.Unlock()
	var all []RecordSet
	if z := c.dns.zones[zone]; z != nil {
		all = slices.Clone(z.sets)
	}
	slices.SortFunc(all, order53)
	return all
}

// Reweigh sets the weight of the records with this identifier by hand.
func (c *Cloud) Reweigh(zone, identifier, kind string, weight int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	sets := slices.Clone(c.dns.zones[zone].sets)
	for i, s := range sets {
		if s.SetIdentifier == identifier && (kind == "" || s.Type == kind) {
			sets[i].Weight = &weight
		}
	}
	c.dns.zones[zone].sets = sets
}

// PendingFor lets changes from now on become INSYNC after so many looks and not
// before this time.
func (c *Cloud) PendingFor(looks int, takes time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.dns.pending = pending53{looks, takes}
}

// FailRoute53 may make calls fail: f gets their number and name, and returns a
// status other than 0 for one that fails.
func (c *Cloud) FailRoute53(f func(n int, call string) (status int, code, message string)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.dns.refuse, c.dns.n = f, 0
}

// BeforeRoute53 is called ahead of each request, for races. It may use the cloud.
func (c *Cloud) BeforeRoute53(f func(n int, call string)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.dns.before, c.dns.n = f, 0
}

// LoseRoute53 may cut the line after a request was carried out and before its
// answer: where f says so.
func (c *Cloud) LoseRoute53(f func(n int, call string) bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.dns.lose, c.dns.n = f, 0
}

// HealthChecks are the health checks by ID.
func (c *Cloud) HealthChecks() map[string]CheckConfig {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := map[string]CheckConfig{}
	for id, h := range c.dns.checks {
		all[id] = h.config
	}
	return all
}

// CheckTags are the tags of a health check.
func (c *Cloud) CheckTags(id string) map[string]string {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := map[string]string{}
	if h := c.dns.checks[id]; h != nil {
		for k, v := range h.tags {
			all[k] = v
		}
	}
	return all
}

// Check makes a health check of an endpoint, as somebody has made it before.
func (c *Cloud) Check(id string, config CheckConfig) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.dns.checks == nil {
		c.dns.checks, c.dns.gone = map[string]*healthCheck53{}, map[string]bool{}
	}
	c.dns.checks[id] = &healthCheck53{reference: id, config: config, first: config, version: 1, last: true, healthy: checkers53, total: checkers53}
}

// EditCheck changes a health check by hand.
func (c *Cloud) EditCheck(id string, f func(*CheckConfig)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f(&c.dns.checks[id].config)
	c.dns.checks[id].version++
}

// SetCheckers says how many of an endpoint's checkers found it healthy, and when;
// the zero time is now.
func (c *Cloud) SetCheckers(id string, healthy, total int, at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	h := c.dns.checks[id]
	h.healthy, h.total, h.at = healthy, total, at
}

// SetTarget says how healthy the target of an alias is, for those that evaluate
// it. A target of which nothing was said is healthy.
func (c *Cloud) SetTarget(name string, healthy bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.dns.targets == nil {
		c.dns.targets = map[string]bool{}
	}
	c.dns.targets[fqdn53(name)] = healthy
}

// DropCheck deletes a health check by hand.
func (c *Cloud) DropCheck(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if h := c.dns.checks[id]; h != nil {
		c.dns.gone[h.reference] = true
		delete(c.dns.checks, id)
	}
}

// PageRoute53 lets lists hold so many records, as AWS's pages do, which hold 100
// and more; without it pages are short, so that callers must turn them.
func (c *Cloud) PageRoute53(records int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.dns.page = records
}
