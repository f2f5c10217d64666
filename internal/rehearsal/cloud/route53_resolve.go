package cloud

import "strings"

// Resolve says which targets a name of this type is answered with, and with
// which probability. Sources: Route 53 Developer Guide, "How Route 53 chooses
// records when health checking is configured" and "Values specific for weighted
// records": a healthy record with a weight; without one a healthy record of
// weight 0; where none is healthy, all count as healthy.
//
// The keys are as they stand in the zone: names of aliases end in a dot. Checks
// are judged at this cloud's time.
func (c *Cloud) Resolve(name, kind string) map[string]float64 {
	c.probe53()
	c.mu.Lock()
	defer c.mu.Unlock()
	var all []RecordSet
	for _, z := range c.dns.zones {
		for _, s := range z.sets {
			if s.Name == fqdn53(name) && s.Type == kind {
				all = append(all, s)
			}
		}
	}
	var up []RecordSet
	for _, s := range all {
		if c.answers(s) {
			up = append(up, s)
		}
	}
	chosen := map[string]float64{}
	for _, group := range [][]RecordSet{up, all} {
		for _, weighed := range []bool{true, false} {
			if share53(chosen, group, weighed); len(chosen) > 0 {
				return chosen
			}
		}
	}
	return chosen
}

// answers says whether a record is healthy. c.mu is held.
func (c *Cloud) answers(s RecordSet) bool {
	if s.AliasTarget != nil && s.AliasTarget.EvaluateTargetHealth {
		if healthy, known := c.dns.targets[s.AliasTarget.DNSName]; known && !healthy {
			return false
		}
	}
	return s.HealthCheckID == "" || c.healthy53(s.HealthCheckID)
}

// share53 divides the answers among a group by weight, or evenly among those
// without one.
func share53(chosen map[string]float64, group []RecordSet, weighed bool) {
	total := 0.0
	weight := func(s RecordSet) float64 {
		switch {
		case s.Weight == nil:
			return 1
		case weighed:
			return float64(*s.Weight)
		case *s.Weight == 0:
			return 1
		}
		return 0
	}
	for _, s := range group {
		total += weight(s)
	}
	for _, s := range group {
		if weight(s) == 0 {
			continue
		}
		target := strings.Join(s.Values, " ")
		if s.AliasTarget != nil {
			target = s.AliasTarget.DNSName
		}
		chosen[target] += weight(s) / total
	}
}
