package legacy

import (
	"math"
	"time"
)

// Minute is what clients saw in one minute.
type Minute struct {
	Start time.Time
	// Green are requests that green got, Failed those of them that failed; Blue
	// are those that blue's load balancer got, Lost those that nothing answered.
	Green, Failed, Blue, Lost int64
}

// clients follow DNS: most within the TTL, some much later.
type clients struct {
	perMinute    float64
	sticky       float64
	fresh, stale float64 // shares of both kinds that still ask blue
	minutes      []Minute
	greenDown    int // minutes for which green has failed most requests
	rang         time.Time
}

// ttl is an alias to a load balancer's (source: Route 53 developer guide).
const ttl = time.Minute

// lazy is the half-life of clients whose resolvers ignore the TTL.
const lazy = 20 * time.Minute

func newClients(s Scenario) clients {
	return clients{perMinute: float64(s.Requests), sticky: s.Sticky.Fraction(), fresh: 1, stale: 1}
}

// answer says what DNS answers now: the share of new answers that name blue, and
// whether there is any answer. Route 53 leaves records out whose health check
// fails; when every one above 0 is left out, it answers with those of weight 0
// (source: Route 53 developer guide, how Route 53 chooses records when health
// checking is configured).
func (a *Account) answer() (blue float64, found bool) {
	green, old := a.things[RecordARN(Domain, "A", "green")], a.things[RecordARN(Domain, "A", "blue")]
	if a.things[RecordARN(Domain, "A", "")] != nil {
		return 0, true
	}
	switch {
	case old == nil:
		return 0, green != nil
	case green == nil:
		return 1, true
	case a.clients.greenDown >= 3 && a.things[green.Config["check"]] != nil:
		return 1, true
	case old.Config["weight"] == "0":
		return 0, true
	}
	return .5, true
}

// failing is the share of green's requests that fail now.
func (a *Account) failing() float64 {
	share := a.scenario.Errors.Fraction()
	for _, s := range a.trouble {
		if s.on(a.now) {
			share += s.share
		}
	}
	return min(share, 1)
}

// minute lets clients ask for a minute, which ends now.
func (a *Account) minute() {
	c := &a.clients
	blue, found := a.answer()
	c.fresh += (blue - c.fresh) * (1 - math.Exp(-float64(time.Minute)/float64(ttl)))
	c.stale += (blue - c.stale) * (1 - math.Exp2(-float64(time.Minute)/float64(lazy)))
	share := c.fresh*(1-c.sticky) + c.stale*c.sticky
	total := int64(c.perMinute)
	m := Minute{Start: a.now.Add(-time.Minute), Blue: a.draw(c.perMinute * share)}
	m.Blue = min(m.Blue, total)
	m.Green = total - m.Blue
	if !found {
		m.Lost, m.Green = m.Green, 0
	}
	m.Failed = min(m.Green, a.draw(float64(m.Green)*a.failing()))
	for _, s := range a.calls {
		if s.on(a.now) {
			m.Blue += 5
		}
	}
	// The check asks green itself, also while DNS leaves it out.
	c.greenDown++
	if a.failing() < .5 {
		c.greenDown = 0
	}
	if a.things[balancerARN] == nil || !a.serving() {
		m.Lost += m.Blue
		if a.things[balancerARN] == nil {
			m.Blue = 0
		}
	}
	if m.Lost > 0 && a.things[balancerARN] == nil {
		a.note("clients asked for a load balancer that was deleted")
	}
	c.minutes = append(c.minutes, m)
	c.ring()
}

// serving says whether a task answers behind the load balancer.
func (a *Account) serving() bool {
	service := a.things[serviceARN]
	return service != nil && service.Counts["running"] != "0"
}

// draw is how many of many rare things happen in a minute: a Poisson count, by
// Knuth's product for few, and by the normal curve that it tends to for many.
func (a *Account) draw(expected float64) int64 {
	if expected <= 0 {
		return 0
	}
	if expected > 30 {
		return int64(max(0, math.Round(expected+math.Sqrt(expected)*a.rand.NormFloat64())))
	}
	floor, product, n := math.Exp(-expected), a.rand.Float64(), int64(0)
	for product > floor {
		product *= a.rand.Float64()
		n++
	}
	return n
}

// Minutes are all minutes so far that began at from or later.
func (a *Account) Minutes(from time.Time) []Minute {
	i := int(max(0, from.Sub(start)/time.Minute))
	return a.clients.minutes[min(i, len(a.clients.minutes)):]
}

// Requests adds up the minutes from from to through.
func (a *Account) Requests(from, through time.Time) Minute {
	sum := Minute{Start: from}
	for _, m := range a.Minutes(from) {
		if m.Start.Before(from) || m.Start.Add(time.Minute).After(through) {
			continue
		}
		sum.Green, sum.Failed, sum.Blue, sum.Lost = sum.Green+m.Green, sum.Failed+m.Failed, sum.Blue+m.Blue, sum.Lost+m.Lost
	}
	return sum
}

// ring is green's error alarm: more than 1% of the requests of five minutes.
func (c *clients) ring() {
	var green, failed int64
	for _, m := range c.minutes[max(0, len(c.minutes)-5):] {
		green, failed = green+m.Green, failed+m.Failed
	}
	if failed*100 > green && failed > 5 {
		c.rang = c.minutes[len(c.minutes)-1].Start.Add(time.Minute)
	}
}

// Alarm says whether green's error alarm rings, and when it last did; zero for
// never.
func (a *Account) Alarm() (rings bool, last time.Time) {
	last = a.clients.rang
	return !last.IsZero() && a.now.Sub(last) < time.Minute, last
}

// Probe asks one route of the name now, and says what came back.
func (a *Account) Probe() (ok bool, answer string) {
	blue, found := a.answer()
	switch {
	case !found:
		return false, "NXDOMAIN"
	case blue >= 1 && a.serving():
		return true, "200 from blue"
	case blue >= 1:
		return false, "503 from blue's load balancer"
	case a.failing() >= .5:
		return false, "500"
	}
	return true, "200"
}
