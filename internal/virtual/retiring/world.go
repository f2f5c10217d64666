// Package retiring rehearses a retirement in virtual time: the production plan,
// state machine and shell of internal/retire on the simulated account of
// internal/sim/legacy. It is the only room that knows both; neither knows the other.
package retiring

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"

	"github.com/cutover-dev/cutover/internal/retire/estate"
	"github.com/cutover-dev/cutover/internal/sim/legacy"
)

// kinds are the account's types in the words of the plan. One that stands here is
// looked at; any other is told by its own name, which the plan refuses.
var kinds = map[string]estate.Kind{
	legacy.Service: estate.Service, legacy.Cluster: estate.Cluster, legacy.Definition: estate.Definition, legacy.Task: estate.Task, legacy.Scaling: estate.Scaling,
	legacy.LoadBalancer: estate.LoadBalancer, legacy.Listener: estate.Listener, legacy.Rule: estate.Rule, legacy.TargetGroup: estate.TargetGroup,
	legacy.Stack: estate.Stack, legacy.Export: estate.Export, legacy.Record: estate.Record, legacy.Zone: estate.Zone, legacy.HealthCheck: estate.HealthCheck,
	legacy.LogGroup: estate.LogGroup, legacy.SecurityGroup: estate.SecurityGroup, legacy.Interface: estate.Interface, legacy.VPC: estate.VPC,
	legacy.Repository: estate.Repository, legacy.Image: estate.Image, legacy.Function: estate.Function, legacy.Database: estate.Database,
	legacy.Alarm: estate.Alarm, legacy.Schedule: estate.Schedule, legacy.Discovery: estate.Discovery, legacy.Firewall: estate.Firewall, legacy.Role: estate.Role,
	legacy.Association: estate.Association, legacy.Timer: estate.Timer, legacy.Target: estate.Target,
}

// link is what a reference of the account means to the plan.
type link struct {
	how   string
	holds bool
}

// links are the account's references in the words of the plan. "owns" says that
// one goes by itself with the other.
var links = map[string]link{
	"cluster": {"runs in", true}, "taskDefinition": {"runs", true}, "targetGroupArn": {"registers in", true}, "securityGroups": {"uses", true},
	"group": {estate.BelongsTo, false}, "attachment": {estate.BelongsTo, false}, "groups": {"uses", true}, "VpcSecurityGroups": {"uses", true},
	"resourceId": {"scales", true}, "policy": {estate.BelongsTo, false}, "loadBalancerArn": {"listens on", true}, "defaultActions": {"forwards to", true},
	"actions": {"forwards to", true}, "listenerArn": {estate.BelongsTo, false}, "ipPermissions": {"lets in", true}, "aliasTarget": {"points to", true},
	"healthCheckId": {"is checked by", true}, "awslogs-group": {"logs to", true}, "taskRoleArn": {"assumes", false}, "image": {"uses", false},
	"repository": {estate.BelongsTo, false}, "Fn::ImportValue": {"imports", true}, "targets": {"starts tasks in", false}, "registry": {"finds", false},
	"ResourceArn": {"guards", true}, "WebACLArn": {"applies", true}, "policy-resource": {"may do nothing but deploy to", false}, "dimensions": {"watches", false},
	"target": {"starts tasks in", false}, "disabledTarget": {"is disabled, and else starts tasks in", false}, "RegisterTargets": {"is registered by hand in", true},
	"AlarmRule": {"goes by", true},
}

// look tells the account as one world.
func look(a *legacy.Account) estate.World {
	w := estate.World{Account: legacy.Number, Region: legacy.Region, At: a.Now()}
	for _, t := range a.Things() {
		w.Items = append(w.Items, item(t))
	}
	for _, r := range a.Refs() {
		l, known := links[r.By]
		if !known {
			w.Unread = append(w.Unread, estate.Unread{What: r.From, Why: "it refers to something by " + r.By + ", which nobody knows"})
			continue
		}
		w.Links = append(w.Links, estate.Link{From: r.From, To: r.To, How: l.how, Holds: l.holds})
	}
	slices.SortFunc(w.Links, func(a, b estate.Link) int {
		return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To), cmp.Compare(a.How, b.How))
	})
	w.Links = slices.Compact(w.Links)
	return w
}

// item tells one thing.
func item(t legacy.Thing) estate.Item {
	kind, known := kinds[t.Type]
	if !known {
		kind = estate.Kind(t.Type)
	}
	i := estate.Item{ARN: t.ARN, Kind: kind, Name: t.Name, Tags: t.Tags, Protected: t.Protected, Print: printOf(t), State: t.Status, Facts: map[string]string{}, Made: t.Made, Monthly: t.Monthly}
	if t.Stack != "" {
		i.Stacks = []string{t.Stack}
		if t.Policy != "" {
			i.Facts[estate.Retained] = t.Policy
		}
	}
	copied := func(from map[string]string, names ...string) {
		for _, name := range names {
			if v, ok := from[name]; ok {
				i.Facts[name] = v
			}
		}
	}
	switch kind {
	case estate.Service:
		copied(t.Counts, estate.Desired, estate.Running, "pending")
	case estate.Scaling:
		copied(t.Config, estate.Min, estate.Max, estate.Suspended)
	case estate.Record:
		copied(t.Config, estate.Weight, estate.TTL, estate.Type)
	case estate.Definition:
		copied(t.Config, estate.Family)
	}
	return i
}

// printOf is the SHA-256 of the configuration; the counts of a service are none.
func printOf(t legacy.Thing) string {
	text, _ := json.Marshal(t.Config) // strings, by sorted keys: it cannot fail
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}
