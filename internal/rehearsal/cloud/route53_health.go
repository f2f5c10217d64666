package cloud

import (
	"net/http"
	"slices"
	"time"
)

// checkers53 is how many checkers ask an endpoint; source: Route 53 Developer
// Guide: about fifteen.
const checkers53 = 15

// ProbeEndpoints lets f say whether an endpoint answers well, in place of AWS's
// checkers. Each is asked at its interval of this cloud's clock, whenever somebody
// looks; nil leaves it to SetCheckers.
func (c *Cloud) ProbeEndpoints(f func(host, path string) bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.dns.probe = f
}

// due53 is an endpoint that must be asked, so many times.
type due53 struct {
	check      *healthCheck53
	host, path string
	times      int
}

// probe53 asks the endpoints whose time has come. Those that were missed, since
// nobody looked, are made good as far as they can turn the result; source: Route
// 53 API reference, FailureThreshold. c.mu is not held, since f may take its time.
func (c *Cloud) probe53() {
	c.mu.Lock()
	f, now := c.dns.probe, c.time()
	var due []due53
	for _, h := range c.dns.checks {
		every := time.Duration(h.config.RequestInterval) * time.Second
		if f == nil || every == 0 || h.config.Disabled || now.Sub(h.probed) < every {
			continue
		}
		times := int(min(now.Sub(h.probed)/every, time.Duration(h.config.FailureThreshold)))
		if h.probed.IsZero() {
			times = 1
		}
		h.probed = now
		due = append(due, due53{h, h.config.FullyQualifiedDomainName, h.config.ResourcePath, times})
	}
	c.mu.Unlock()
	for _, d := range due {
		for range d.times {
			up := f(d.host, d.path)
			c.mu.Lock()
			d.check.saw(up, now)
			c.mu.Unlock()
		}
	}
}

// saw counts results in a row; FailureThreshold of them turn the check either
// way. c.mu is held.
func (h *healthCheck53) saw(up bool, now time.Time) {
	h.at = now
	if up == (h.healthy > 0) {
		h.row = 0
		return
	}
	if h.row++; h.row < h.config.FailureThreshold {
		return
	}
	if h.row, h.healthy, h.total = 0, 0, checkers53; up {
		h.healthy = checkers53
	}
}

// date53 is this cloud's time as answers carry it.
func (c *Cloud) date53() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.time().UTC().Format(http.TimeFormat)
}

// CheckHealthy says how Route 53 finds a health check.
func (c *Cloud) CheckHealthy(id string) bool {
	c.probe53()
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.healthy53(id)
}

// healthy53 says whether a check is healthy; sources: Route 53 Developer Guide,
// "How Route 53 determines whether a health check is healthy" (more than 18% of
// the checkers), API reference, HealthCheckConfig. What becomes of a deleted
// check is unpredictable by the guide; here it is healthy. c.mu is held.
func (c *Cloud) healthy53(id string) bool {
	h := c.dns.checks[id]
	if h == nil {
		return true
	}
	var up bool
	switch h.config.Type {
	case "CALCULATED":
		n := 0
		for _, child := range slices.Compact(slices.Sorted(slices.Values(h.config.Children))) {
			if c.healthy53(child) {
				n++
			}
		}
		up = n >= *h.config.HealthThreshold
	case "CLOUDWATCH_METRIC":
		up = c.streams53(h)
	default:
		up = 100*h.healthy > 18*h.total
	}
	// A disabled check counts as healthy, whatever it last saw, and an inverted one
	// the other way round.
	return (up || h.config.Disabled) != h.config.Inverted
}

// publishChecks tells CloudWatch how each health check stands now, calculated ones
// among them; source: Route 53 Developer Guide, "Monitoring health checks using
// CloudWatch": 1 is healthy, 0 is unhealthy. AWS does so once a minute, this cloud
// whenever somebody reads figures. c.mu is held.
func (c *Cloud) publishChecks() {
	for id := range c.dns.checks {
		value := 0.0
		if c.healthy53(id) {
			value = 1
		}
		c.observe(checksNamespace, "HealthCheckStatus", map[string]string{"HealthCheckId": id}, c.time(), value)
	}
}

const checksNamespace = "AWS/Route53"
