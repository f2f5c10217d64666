package legacy

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// ErrRefused is AWS's no; the text behind it has AWS's name of the error.
var ErrRefused = errors.New("refused by AWS")

func refused(code, format string, args ...any) error {
	return fmt.Errorf("%w: %s: %s", ErrRefused, code, fmt.Sprintf(format, args...))
}

// SetDesired is ECS UpdateService.
func (a *Account) SetDesired(arn string, desired int) error {
	t := a.things[arn]
	switch {
	case t == nil || t.Type != Service:
		return refused("ServiceNotFoundException", "%s", arn)
	case t.Status != "ACTIVE":
		return refused("ServiceNotActiveException", "%s is %s", arn, t.Status)
	}
	t.Counts["desired"] = strconv.Itoa(desired)
	return nil
}

// Bind is Application Auto Scaling's RegisterScalableTarget with all three kinds of
// scaling suspended, or none.
func (a *Account) Bind(arn string, least, most int, suspended bool) error {
	t := a.things[arn]
	switch {
	case t == nil || t.Type != Scaling:
		return refused("ObjectNotFoundException", "%s", arn)
	case least > most || least < 0:
		return refused("ValidationException", "min %d, max %d", least, most)
	}
	t.Config["min"], t.Config["max"], t.Config["suspended"] = strconv.Itoa(least), strconv.Itoa(most), strconv.FormatBool(suspended)
	return nil
}

// Protect sets or lifts a stack's termination protection or a load balancer's
// deletion protection.
func (a *Account) Protect(arn string, on bool) error {
	t := a.things[arn]
	if t == nil || t.Type != Stack && t.Type != LoadBalancer {
		return refused("ValidationError", "%s has no such protection", arn)
	}
	t.Protected = on
	return nil
}

// RecordChange is one change of a batch: Delete the record of that ARN, or create
// the given one.
type RecordChange struct {
	Delete string
	Create *Thing
	// Refs are what the created record refers to.
	Refs []Ref
}

// ChangeRecords is Route 53's ChangeResourceRecordSets: all changes or none. A
// simple record and weighted ones cannot share a name (source: Route 53 API
// reference, InvalidChangeBatch).
func (a *Account) ChangeRecords(batch []RecordChange) error {
	things, refs := maps.Clone(a.things), slices.Clone(a.refs)
	for _, c := range batch {
		if c.Create == nil {
			if things[c.Delete] == nil {
				return refused("InvalidChangeBatch", "%s was not found", c.Delete)
			}
			delete(things, c.Delete)
			refs = slices.DeleteFunc(refs, func(r Ref) bool { return r.From == c.Delete })
			continue
		}
		if things[c.Create.ARN] != nil {
			return refused("InvalidChangeBatch", "%s already exists", c.Create.ARN)
		}
		made := c.Create.copied()
		things[made.ARN] = &made
		refs = append(refs, c.Refs...)
	}
	seen := map[string][]string{}
	for name, t := range things {
		if t.Type == Record {
			at := strings.LastIndexByte(name, '/')
			seen[name[:at]] = append(seen[name[:at]], name[at+1:])
		}
	}
	for name, sets := range seen {
		if len(sets) > 1 && slices.Contains(sets, "") {
			return refused("InvalidChangeBatch", "a simple record cannot stand beside others of the name %s", name)
		}
	}
	a.things, a.byARN, a.refs = things, nil, refs
	return nil
}

// Delete asks for the deletion of one thing; what is gone is no error, as with most
// of AWS's deletions, or as the caller would take it.
func (a *Account) Delete(arn string) error {
	t := a.things[arn]
	if t == nil || !t.until.IsZero() {
		return nil
	}
	if why := a.hindered(t, map[string]bool{}); why != "" {
		return refused(code(t.Type), "%s: %s", arn, why)
	}
	if t.Type != Stack && t.Stack != "" && t.Policy == "" {
		a.note("%s was deleted past its stack", arn)
	}
	a.referee(t, map[string]bool{arn: true})
	switch t.Type {
	case Service:
		// It drains, and ListServices no longer shows it (source: ECS API
		// reference, DeleteService).
		t.Status, t.until = "DRAINING", a.now.Add(time.Duration(60+a.rand.IntN(120))*time.Second)
	case Stack:
		t.Status, t.until = "DELETE_IN_PROGRESS", a.now.Add(time.Duration(10+a.rand.IntN(10))*time.Minute)
	default:
		a.vanish(arn)
	}
	return nil
}

// code is AWS's name of the refusal.
func code(kind string) string {
	switch kind {
	case Service:
		return "InvalidParameterException"
	case Cluster:
		return "ClusterContainsServicesException"
	case LoadBalancer:
		return "OperationNotPermitted"
	case TargetGroup:
		return "ResourceInUse"
	case SecurityGroup:
		return "DependencyViolation"
	}
	return "ValidationError"
}

// hindered says why AWS does not delete a thing; empty if it does. going are the
// things that the same deletion takes away.
func (a *Account) hindered(t *Thing, going map[string]bool) string {
	if t.Protected {
		// Sources: CloudFormation user guide, protect stacks from being deleted;
		// ELB API reference, DeleteLoadBalancer.
		return "it is protected from deletion"
	}
	by := map[string][]string{
		// ECS API reference, DeleteCluster: ClusterContainsServicesException,
		// ClusterContainsTasksException.
		Cluster: {"cluster"},
		// ELB API reference, DeleteTargetGroup: ResourceInUse by a listener or rule.
		TargetGroup: {"defaultActions", "actions"},
		// EC2 API reference, DeleteSecurityGroup: DependencyViolation by a network
		// interface or another group's rule.
		SecurityGroup: {"groups", "ipPermissions"},
		// CloudFormation user guide, Fn::ImportValue: an export that is imported
		// cannot be deleted.
		Export: {"Fn::ImportValue"},
	}[t.Type]
	for _, other := range a.referrers(t.ARN, by...) {
		if !going[other.ARN] && !a.goesWith(other, going) {
			return other.Type + " " + other.Name + " still needs it"
		}
	}
	// ECS API reference, DeleteService: its desired and running counts must be 0
	// unless it is forced. CloudFormation scales it to 0 by itself.
	if t.Type == Service && len(going) == 0 && (t.Counts["desired"] != "0" || t.Counts["running"] != "0") {
		return "it is scaled above 0"
	}
	return ""
}

// goesWith says whether a thing goes by itself with one that goes.
func (a *Account) goesWith(t *Thing, going map[string]bool) bool {
	for range 3 {
		next := (*Thing)(nil)
		for _, r := range a.refs {
			if r.From == t.ARN && (r.By == "attachment" || r.By == "group") {
				next = a.things[r.To]
			}
		}
		if next == nil {
			return false
		}
		if going[next.ARN] {
			return true
		}
		t = next
	}
	return false
}

// referee notes what AWS lets happen and nobody should do.
func (a *Account) referee(t *Thing, going map[string]bool) {
	bad := map[string][]string{
		// A name that points to a deleted load balancer can be taken over. A web ACL
		// is taken off first, so that the log says by whom.
		LoadBalancer: {"aliasTarget", "ResourceArn"},
		// Route 53 does not prevent it, and the record's health is then unknown
		// (source: Route 53 API reference, DeleteHealthCheck).
		HealthCheck: {"healthCheckId"},
		// Tasks of a deregistered revision cannot be placed anew.
		Definition:  {"taskDefinition"},
		TargetGroup: {"targetGroupArn"},
		Service:     {"group"},
	}[t.Type]
	for _, other := range a.referrers(t.ARN, bad...) {
		if going[other.ARN] || a.goesWith(other, going) {
			continue
		}
		a.note("%s %s was deleted while %s %s still referred to it", t.Type, t.Name, other.Type, other.Name)
	}
	if t.Type != Service {
		return
	}
	if t.Counts["running"] != "0" {
		a.note("the service was deleted with %s tasks", t.Counts["running"])
	}
}
