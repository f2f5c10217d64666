package trial

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/cutover-dev/cutover/internal/retire"
	"github.com/cutover-dev/cutover/internal/retire/estate"
	"github.com/cutover-dev/cutover/internal/unit"
)

// begin is when every trial begins.
var begin = time.Date(2026, 11, 2, 8, 0, 0, 0, time.UTC)

const arnHead = "arn:aws:"

func regional(service, rest string) string {
	return arnHead + service + ":" + region + ":" + account + ":" + rest
}

// maker makes one account up.
type maker struct {
	*Yard
	stack     *thing
	partly    float64 // the share of blue that the stack owns
	cluster   *thing
	service   *thing
	lb        *thing
	groups    []*thing
	listeners []*thing
	security  []*thing
	blue      []*thing
}

// New makes an account up: blue with its stack or without, and much that is not
// blue's. The same seed gives the same account.
func New(seed uint64) *Yard {
	draw := rand.New(rand.NewPCG(seed, 11)) //nolint:gosec // what is made up must be made up again from the same seed, and is no secret
	m := &maker{Yard: &Yard{now: begin, rand: draw, things: map[string]*thing{}, parked: map[string]*thing{}, bonds: map[string][]estate.Link{}}}
	m.scope = retire.Settings{Cluster: "lego", Service: "lego-api", Soak: unit.Duration(7 * 24 * time.Hour), Hold: unit.Duration(48 * time.Hour), ImageRetention: unit.Duration(90 * 24 * time.Hour)}
	if m.chance(.6) {
		m.partly = []float64{1, 1, .5}[m.rand.IntN(3)]
		m.stack = m.add(true, estate.Stack, regional("cloudformation", "stack/lego-ecs/1b2c"), "lego-ecs", nil)
		m.stack.State, m.stack.Protected = "UPDATE_COMPLETE", m.chance(.5)
		m.scope.Stack = "lego-ecs"
		if m.chance(.15) {
			m.stubborn = 1
		}
	}
	m.blueSide()
	m.front()
	m.names()
	m.around()
	m.foreign()
	m.evidence = retire.Evidence{Full: begin.Add(-time.Duration(m.rand.IntN(10*24)) * time.Hour), Objectives: []retire.Objective{{Name: "error rate", Proved: true}, {Name: "p95", Proved: true}},
		Decision: retire.Decided{Decision: "proceed", By: "kim", Record: "docs/decisions/cutover.md"}, Errors: &retire.Errors{Requests: 120_000, Failed: 24},
		Endpoints: []retire.Endpoint{{Name: "GET /health", OK: true, Answer: "200"}, {Name: "GET /sets", OK: true, Answer: "200"}}}
	return m.Yard
}

// owner is the stack, for what the stack owns.
func (m *maker) owner() *thing {
	if m.stack != nil && m.chance(m.partly) {
		return m.stack
	}
	return nil
}

func (m *maker) blueSide() {
	m.cluster = m.add(true, estate.Cluster, regional("ecs", "cluster/lego"), "lego", m.owner())
	m.service = m.add(true, estate.Service, regional("ecs", "service/lego/lego-api"), "lego-api", m.owner())
	desired := fmt.Sprint(1 + m.rand.IntN(6))
	m.service.Facts[estate.Desired], m.service.Facts[estate.Running] = desired, desired
	price := 36 * unit.Dollar
	m.service.Monthly = &price
	m.link(m.service, m.cluster, "runs in", true)
	group := m.add(true, estate.LogGroup, regional("logs", "log-group:/ecs/lego-api"), "/ecs/lego-api", m.owner())
	definitions := m.owner()
	for i := range 1 + m.rand.IntN(3) {
		d := m.add(true, estate.Definition, regional("ecs", fmt.Sprintf("task-definition/lego-api:%d", i+1)), fmt.Sprintf("lego-api:%d", i+1), definitions)
		d.Facts[estate.Family] = "lego-api"
		m.link(d, group, "logs to", true)
		if i == 0 {
			m.link(m.service, d, "runs", true)
		}
	}
	for i := range 1 + m.rand.IntN(2) {
		s := m.add(true, estate.SecurityGroup, regional("ec2", fmt.Sprintf("security-group/sg-0%d", i)), fmt.Sprintf("lego-%d", i), m.owner())
		m.security = append(m.security, s)
		m.link(m.service, s, "uses", true)
	}
	for i := range 1 + m.rand.IntN(3) {
		t := m.add(false, estate.Task, regional("ecs", fmt.Sprintf("task/lego/%d", i)), fmt.Sprint(i), nil)
		m.link(t, m.service, estate.BelongsTo, false)
		m.link(t, m.cluster, "runs in", true)
		e := m.add(false, estate.Interface, regional("ec2", fmt.Sprintf("network-interface/eni-%d", i)), fmt.Sprint(i), nil)
		m.link(e, t, estate.BelongsTo, false)
		m.link(e, m.security[0], "uses", true)
	}
	if m.chance(.7) {
		s := m.add(true, estate.Scaling, regional("application-autoscaling", "scalable-target/1"), "lego-api", m.owner())
		s.Facts[estate.Min], s.Facts[estate.Max], s.Facts[estate.Suspended] = "1", "8", "false"
		m.link(s, m.service, "scales", true)
		if m.chance(.5) {
			a := m.add(true, estate.Alarm, regional("cloudwatch", "alarm:TargetTracking-1"), "TargetTracking-1", nil)
			m.link(a, s, estate.BelongsTo, false)
		}
	}
}

// front is what lets requests in.
func (m *maker) front() {
	m.lb = m.add(true, estate.LoadBalancer, regional("elasticloadbalancing", "loadbalancer/app/lego/50dc6c495c0c9188"), "lego", m.owner())
	m.lb.Protected = m.chance(.3)
	price := 22 * unit.Dollar
	m.lb.Monthly = &price
	m.scope.LoadBalancer = "app/lego/50dc6c495c0c9188"
	for i := range 1 + m.rand.IntN(2) {
		end := fmt.Sprintf("targetgroup/lego-%d/73e2d6bc24d8a06%d", i, i)
		g := m.add(true, estate.TargetGroup, regional("elasticloadbalancing", end), fmt.Sprintf("lego-%d", i), m.owner())
		m.groups = append(m.groups, g)
		m.scope.TargetGroups = append(m.scope.TargetGroups, end)
		m.link(m.service, g, "registers in", true)
	}
	for i := range 1 + m.rand.IntN(2) {
		l := m.add(true, estate.Listener, regional("elasticloadbalancing", fmt.Sprintf("listener/app/lego/50dc6c495c0c9188/%d", i)), fmt.Sprint("listener ", i), m.owner())
		m.listeners = append(m.listeners, l)
		m.link(l, m.lb, "listens on", true)
		m.link(l, m.groups[m.rand.IntN(len(m.groups))], "forwards to", true)
		for j := range m.rand.IntN(3) {
			r := m.add(true, estate.Rule, regional("elasticloadbalancing", fmt.Sprintf("listener-rule/app/lego/50dc6c495c0c9188/%d/%d", i, j)), fmt.Sprintf("rule %d.%d", i, j), l.owner(m))
			m.link(r, l, estate.BelongsTo, false)
			m.link(r, m.groups[m.rand.IntN(len(m.groups))], "forwards to", true)
		}
	}
	s := m.add(true, estate.SecurityGroup, regional("ec2", "security-group/sg-0a"), "lego-alb", m.owner())
	m.link(m.lb, s, "uses", true)
	for _, own := range m.security {
		if m.chance(.5) {
			m.link(own, s, "lets in", true)
		}
	}
	m.security = append(m.security, s)
}

// owner gives a rule the owner of its listener.
func (t *thing) owner(m *maker) *thing {
	if len(t.Stacks) > 0 {
		return m.stack
	}
	return nil
}

// names are the records and their health checks.
func (m *maker) names() {
	zone := m.add(false, estate.Zone, arnHead+"route53:::hostedzone/Z1", "example.com", nil)
	var checks []*thing
	for i := range m.rand.IntN(3) {
		checks = append(checks, m.add(true, estate.HealthCheck, arnHead+fmt.Sprintf("route53:::healthcheck/%d", i), fmt.Sprint(i), nil))
		if i > 0 {
			m.link(checks[0], checks[i], "counts", true)
		}
	}
	gateway := m.add(false, "AWS::ApiGateway::RestApi", regional("apigateway", "/restapis/green"), "green", nil)
	for _, kind := range []string{"A", "AAAA"}[:1+m.rand.IntN(2)] {
		for _, side := range []string{"blue", "green"} {
			r := m.add(side == "blue", estate.Record, "record:Z1/"+domain+"/"+kind+"/"+side, domain, nil)
			r.Facts[estate.Type], r.Facts[estate.TTL], r.Facts[estate.Weight] = kind, "60", map[string]string{"blue": "0", "green": "255"}[side]
			m.link(r, zone, "lies in", false)
			if side == "blue" {
				m.link(r, m.lb, "points to", true)
				m.blue = append(m.blue, r)
			} else {
				m.link(r, gateway, "points to", true)
			}
			if len(checks) > 0 {
				m.link(r, checks[0], "is checked by", true)
			}
		}
	}
}

// around is what refers to blue and is forgotten when it goes.
func (m *maker) around() {
	if m.chance(.5) {
		a := m.add(false, estate.Alarm, regional("cloudwatch", "alarm:lego-5xx"), "lego-5xx", nil)
		m.link(a, m.lb, "watches", false)
	}
	if m.chance(.4) {
		s := m.add(false, estate.Schedule, regional("events", "rule/nightly"), "nightly", nil)
		s.State = "DISABLED"
		m.link(s, m.cluster, "starts tasks in", false)
	}
	if m.chance(.3) {
		f := m.add(false, estate.Firewall, regional("wafv2", "regional/webacl/lego/1"), "lego", nil)
		// That it guards the load balancer is blue's, the web ACL itself is not.
		guard := m.add(true, estate.Association, f.ARN+"@"+m.lb.ARN, "lego", m.lb.owner(m))
		m.link(guard, m.lb, "guards", true)
		m.link(guard, f, "applies", true)
	}
	m.habits()
	role := m.add(m.stack != nil, estate.Role, arnHead+"iam::"+account+":role/lego-task", "lego-task", m.owner())
	role.mine = len(role.Stacks) > 0
	m.link(m.service, role, "assumes", false)
	if m.stack != nil && m.chance(.5) {
		m.add(true, estate.Export, regional("cloudformation", "export/lego-url"), "lego-url", m.stack)
	}
	if m.stack != nil && m.chance(.3) {
		kept := m.add(false, estate.Bucket, "arn:aws:s3:::lego-logs", "lego-logs", m.stack)
		kept.Facts[estate.Retained] = "Retain"
	}
	repository := m.add(false, estate.Repository, regional("ecr", "repository/lego-api"), "lego-api", nil)
	m.scope.Repositories = []string{"lego-api"}
	for i := range 1 + m.rand.IntN(4) {
		image := m.add(false, estate.Image, repository.ARN+fmt.Sprintf("@sha256:%064d", i), fmt.Sprint("v", i), nil)
		image.config["tags"] = fmt.Sprint("v", i)
		m.link(image, repository, estate.BelongsTo, false)
	}
}

// habits are what people have grown used to around blue.
func (m *maker) habits() {
	if m.chance(.3) {
		s := m.add(false, estate.Timer, regional("scheduler", "schedule/default/weekly"), "weekly", nil)
		s.State = "DISABLED"
		m.link(s, m.cluster, "is disabled, and else starts tasks in", false)
	}
	if m.chance(.3) {
		ci := m.add(false, estate.Role, arnHead+"iam::"+account+":role/lego-ci", "lego-ci", nil)
		ci.Facts[estate.LastUsed] = "on 2026-10-30"
		m.link(ci, m.service, "may do nothing but deploy to", false)
	}
	if alarm := m.things[regional("cloudwatch", "alarm:lego-5xx")]; alarm != nil && m.chance(.5) {
		m.link(m.add(false, estate.Alarm, regional("cloudwatch", "alarm:everything"), "everything", nil), alarm, "goes by", true)
	}
}

// foreign is what must still be there in the end.
func (m *maker) foreign() {
	vpc := m.add(false, estate.VPC, regional("ec2", "vpc/vpc-1"), "main", nil)
	for _, s := range m.security {
		m.link(s, vpc, "lies in", false)
	}
	database := m.add(false, estate.Database, regional("rds", "db:lego"), "lego", nil)
	sg := m.add(false, estate.SecurityGroup, regional("ec2", "security-group/sg-db"), "db", nil)
	m.link(database, sg, "uses", true)
	// A rule of the database's group that names a group of blue, which then stays,
	// and all groups that it lets in with it, unless the stack owns it.
	if one := m.security[m.rand.IntN(len(m.security))]; len(one.Stacks) == 0 && m.chance(.4) {
		m.link(sg, one, "lets in", true)
		m.spare(one)
	}
	function := m.add(false, estate.Function, regional("lambda", "function:green"), "green", nil)
	m.link(function, database, "queries", false)
	other := m.add(false, estate.Cluster, regional("ecs", "cluster/other"), "other", nil)
	// Another service of the same name.
	service := m.add(false, estate.Service, regional("ecs", "service/other/lego-api"), "lego-api", nil)
	service.Facts[estate.Desired], service.Facts[estate.Running] = "2", "2"
	m.link(service, other, "runs in", true)
	if group := m.things[regional("logs", "log-group:/ecs/lego-api")]; len(group.Stacks) == 0 {
		group.mine = false // logs are kept, by policy
	}
	if group := m.things[regional("logs", "log-group:/ecs/lego-api")]; len(group.Stacks) == 0 && m.chance(.3) {
		if d := m.things[regional("ecs", "task-definition/lego-api:2")]; d != nil && len(d.Stacks) == 0 {
			m.link(service, d, "runs", true)
			d.mine = false
		}
	}
	stack := m.add(false, estate.Stack, regional("cloudformation", "stack/other/9"), "other", nil)
	m.add(false, estate.Bucket, "arn:aws:s3:::other", "other", stack)
}

// spare says that a group stays, and with it what it lets in and no stack owns.
// A stack that owns one of those could not be deleted: that reference is not made.
func (m *maker) spare(group *thing) {
	group.mine = false
	m.cut(func(l estate.Link) bool {
		to := m.things[l.To]
		return l.From == group.ARN && l.How == "lets in" && to != nil && len(to.Stacks) > 0
	})
	for _, l := range m.links {
		if to := m.things[l.To]; l.From == group.ARN && l.How == "lets in" && to != nil && to.mine {
			m.spare(to)
		}
	}
}
