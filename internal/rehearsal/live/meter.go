package live

import (
	"context"
	"sync"
	"time"
)

// What both sides are called in CloudWatch.
var (
	balancer = map[string]string{"LoadBalancer": "app/lego-api/50dc6c495c0c9188", "TargetGroup": "targetgroup/lego-api/73e2d6bc24d8a067"}
	gateway  = map[string]string{"ApiId": "a1b2c3d4e5", "Stage": "$default"}
)

// The namespaces of the services that measure them.
const (
	loadBalancers = "AWS/ApplicationELB"
	gateways      = "AWS/ApiGateway"
	lambdas       = "AWS/Lambda"
)

// hosts is how many of blue's targets are healthy.
const hosts = 4

// Meter turns answered requests into what AWS publishes of them. Those of a second
// are published together, once it is over. Sources: Application Load Balancers
// guide, CloudWatch metrics; API Gateway developer guide, metrics of HTTP APIs.
type Meter struct {
	Observe func(namespace, metric string, dimensions map[string]string, at time.Time, values ...float64)
	Now     func() time.Time

	mu     sync.Mutex
	second time.Time
	minute time.Time
	seen   [2][]answer
}

type answer struct {
	status int
	took   time.Duration
}

// Saw takes an answered request.
func (m *Meter) Saw(side Side, status int, took time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.turn()
	m.seen[side] = append(m.seen[side], answer{status, took})
}

// Run publishes what is over also while nobody asks anything.
func (m *Meter) Run(ctx context.Context, every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			m.mu.Lock()
			m.turn()
			m.mu.Unlock()
		}
	}
}

// turn publishes the second before, once the next one has begun. m.mu is held.
func (m *Meter) turn() {
	now := m.Now().Truncate(time.Second)
	if !now.After(m.second) {
		return
	}
	if at := m.second; !at.IsZero() {
		m.blue(at, m.seen[Blue])
		m.green(at, m.seen[Green])
		if minute := at.Truncate(time.Minute); minute.After(m.minute) {
			m.minute = minute
			m.Observe(loadBalancers, "HealthyHostCount", balancer, at, hosts)
		}
	}
	m.second, m.seen = now, [2][]answer{m.seen[Blue][:0], m.seen[Green][:0]}
}

// blue is what a load balancer publishes: of errors only where there are some,
// times in seconds.
func (m *Meter) blue(at time.Time, all []answer) {
	if len(all) == 0 {
		return
	}
	var one, took, bad []float64
	for _, a := range all {
		one, took = append(one, 1), append(took, a.took.Seconds())
		if a.status >= 500 {
			bad = append(bad, 1)
		}
	}
	m.Observe(loadBalancers, "RequestCount", balancer, at, one...)
	m.Observe(loadBalancers, "TargetResponseTime", balancer, at, took...)
	if len(bad) > 0 {
		m.Observe(loadBalancers, "HTTPCode_Target_5XX_Count", balancer, at, bad...)
	}
}

// green is what an HTTP API publishes, 0 or 1 for each request, times in
// milliseconds, and what Lambda does behind it.
func (m *Meter) green(at time.Time, all []answer) {
	if len(all) == 0 {
		return
	}
	flag := func(yes bool) float64 {
		if yes {
			return 1
		}
		return 0
	}
	var one, none, took, bad, wrong []float64
	for _, a := range all {
		one, none = append(one, 1), append(none, 0)
		took = append(took, 1000*a.took.Seconds())
		bad, wrong = append(bad, flag(a.status >= 500)), append(wrong, flag(a.status >= 400 && a.status < 500))
	}
	m.Observe(gateways, "Count", gateway, at, one...)
	m.Observe(gateways, "Latency", gateway, at, took...)
	m.Observe(gateways, "5xx", gateway, at, bad...)
	m.Observe(gateways, "4xx", gateway, at, wrong...)
	m.Observe(lambdas, "Invocations", nil, at, one...)
	m.Observe(lambdas, "Throttles", nil, at, none...)
}

// History publishes an hour in which both sides were asked and nothing was wrong.
func (m *Meter) History(before time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	some := func(n int, took time.Duration) []answer {
		all := make([]answer, n)
		for i := range all {
			all[i] = answer{200, took}
		}
		return all
	}
	for n := -60; n < 0; n++ {
		at := before.Truncate(time.Minute).Add(time.Duration(n) * time.Minute)
		m.blue(at, some(120, 20*time.Millisecond))
		m.green(at, some(60, 15*time.Millisecond))
		m.Observe(loadBalancers, "HealthyHostCount", balancer, at, hosts)
	}
}
