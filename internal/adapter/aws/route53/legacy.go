package route53

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/aws/smithy-go"

	"github.com/cutover-dev/cutover/internal/adapter/aws/refusal"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/retire/estate"
	"github.com/cutover-dev/cutover/internal/retire/hands"
	"github.com/cutover-dev/cutover/internal/retire/survey"
	"github.com/cutover-dev/cutover/internal/rollout/prepare"
)

// Legacy looks for the names that lead to load balancers, in every zone, and
// changes those of one cutover. It is a survey.Source, a hands.Thing for health
// checks, and the hands.Records.
type Legacy struct {
	client *route53.Client
	o      Options
}

var (
	_ survey.Source = (*Legacy)(nil)
	_ hands.Thing   = (*Legacy)(nil)
	_ hands.Records = (*Legacy)(nil)
)

// looking bounds one look at all zones: at five requests a second.
const looking = 10 * time.Minute

// OpenLegacy makes a client with the credentials that the AWS SDK finds; nothing
// is called yet.
func OpenLegacy(ctx context.Context, o Options) (*Legacy, error) {
	z, err := Open(ctx, prepare.Record{}, o)
	if err != nil {
		return nil, err
	}
	return &Legacy{z.client, z.o}, nil
}

// found is a record set in its zone.
type found struct {
	zone string
	set  prepare.Set
}

// arn names it: AWS has no name for it.
func (f found) arn() string {
	return "record:" + f.zone + "/" + strings.ToLower(strings.TrimSuffix(f.set.Name, ".")) + "/" + f.set.Type + "/" + f.set.Identifier
}

// leads says where an address leads to: names, lower case and bare. The name of a
// load balancer may have dualstack before it; source: Route 53 Developer Guide,
// values for alias records.
func leads(s prepare.Set) []string {
	var all []string
	bare := func(name string) string {
		return strings.TrimPrefix(strings.ToLower(strings.TrimSuffix(name, ".")), "dualstack.")
	}
	if s.Alias != nil {
		all = append(all, bare(s.Alias.Target))
	}
	for _, v := range s.Values {
		all = append(all, bare(v))
	}
	return all
}

// Tell implements survey.Source: the records of the domain, every record of any
// name that leads to a load balancer that is known, the health checks of the
// domain's records, and whoever else uses those.
func (l *Legacy) Tell(ctx context.Context, f survey.Focus) (survey.Part, error) {
	ctx, cancel := context.WithTimeout(ctx, looking)
	defer cancel()
	var p survey.Part
	all, err := l.everything(ctx, &p)
	if err != nil {
		return p, err
	}
	checks, err := l.checks(ctx)
	if err != nil {
		return p, err
	}
	balancers := map[string]string{}
	for _, i := range f.Known.World.Items {
		if i.Kind == estate.LoadBalancer && i.Facts["dns"] != "" {
			balancers[i.Facts["dns"]] = i.ARN
		}
	}
	domain := strings.ToLower(strings.TrimSuffix(f.Domain, "."))
	used := map[string]bool{}
	for _, r := range all {
		if r.ofDomain(domain) && r.set.HealthCheck != "" {
			used[r.set.HealthCheck] = true
		}
	}
	for _, at := range f.Seek {
		id := at[strings.LastIndexByte(at, '/')+1:]
		if _, there := checks[id]; there && at == checkARN(f.Asked, id) {
			used[id] = true
		}
	}
	closure(used, checks)
	for _, r := range all {
		to := []string{}
		for _, name := range leads(r.set) {
			if at := balancers[name]; at != "" {
				to = append(to, at)
			}
		}
		if len(to) == 0 && !r.ofDomain(domain) && !used[r.set.HealthCheck] {
			continue
		}
		p.Items = append(p.Items, r.item())
		for _, at := range to {
			p.Link(r.arn(), at, "points to", true)
		}
		if r.set.HealthCheck != "" {
			p.Link(r.arn(), checkARN(f.Asked, r.set.HealthCheck), "is checked by", true)
		}
	}
	return p, l.tellChecks(ctx, &p, f.Asked, used, checks)
}

// ofDomain says whether a record answers what users call.
func (r found) ofDomain(domain string) bool {
	answers := r.set.Type == "A" || r.set.Type == "AAAA" || r.set.Type == "CNAME"
	return domain != "" && answers && strings.EqualFold(strings.TrimSuffix(r.set.Name, "."), domain)
}

func (r found) item() estate.Item {
	facts := map[string]string{estate.Type: r.set.Type, estate.TTL: strconv.FormatInt(r.set.TTL, 10)}
	if r.set.Alias != nil {
		facts[estate.TTL] = "60" // of an alias to a load balancer; source: Route 53 Developer Guide, TTL
	}
	if r.set.Routing == prepare.Weighted {
		facts[estate.Weight] = strconv.FormatInt(r.set.Weight, 10)
	}
	return estate.Item{ARN: r.arn(), Kind: estate.Record, Name: strings.ToLower(strings.TrimSuffix(r.set.Name, ".")), Facts: facts, Print: survey.Print(told(r.set))}
}

// everything reads every record of every zone. A zone that cannot be read is told
// as unread.
func (l *Legacy) everything(ctx context.Context, p *survey.Part) ([]found, error) {
	var all []found
	in := &route53.ListHostedZonesInput{}
	for {
		out, err := l.client.ListHostedZones(ctx, in)
		if err != nil {
			return nil, refusal.Of("Route 53", "zones cannot be listed", "Allow the role route53:ListHostedZones on *.", err)
		}
		for _, z := range out.HostedZones {
			id := strings.TrimPrefix(aws.ToString(z.Id), "/hostedzone/")
			sets, err := l.zone(ctx, id)
			if err != nil {
				p.Unread = append(p.Unread, estate.Unread{What: "hosted zone " + id, Why: err.Error()})
				continue
			}
			for _, s := range sets {
				all = append(all, found{id, s})
			}
		}
		if !out.IsTruncated {
			return all, nil
		}
		in.Marker = out.NextMarker
	}
}

func (l *Legacy) zone(ctx context.Context, id string) ([]prepare.Set, error) {
	var all []prepare.Set
	in := &route53.ListResourceRecordSetsInput{HostedZoneId: &id}
	for {
		out, err := l.client.ListResourceRecordSets(ctx, in)
		if err != nil {
			return nil, refusal.Of("hosted zone "+id, "its records cannot be read", "Allow the role route53:ListResourceRecordSets on all zones.", err)
		}
		for _, s := range out.ResourceRecordSets {
			all = append(all, seen(s))
		}
		if !out.IsTruncated {
			return all, nil
		}
		in.StartRecordName, in.StartRecordType, in.StartRecordIdentifier = out.NextRecordName, out.NextRecordType, out.NextRecordIdentifier
	}
}

// Set implements hands.Records. Between two pages the set may change; what is done
// with it names it exactly, so that AWS refuses what is late.
func (l *Legacy) Set(ctx context.Context, at string) (hands.Set, error) {
	part := strings.SplitN(strings.TrimPrefix(at, "record:"), "/", 4)
	if len(part) != 4 {
		return hands.Set{}, &fault.Fault{Kind: fault.Refused, Name: at, What: "is not how a record is named", Allowed: "record:<zone>/<name>/<type>/<set identifier>"}
	}
	z := &Zone{client: l.client, record: prepare.Record{Zone: part[0], Name: part[1]}, o: l.o}
	sets, err := z.read(ctx)
	if err != nil {
		return hands.Set{}, err
	}
	i := slices.IndexFunc(sets, func(s prepare.Set) bool { return (found{part[0], s}).arn() == at })
	if i < 0 {
		return hands.Set{}, hands.ErrGone
	}
	return told(sets[i]), nil
}

// Change implements hands.Records. It waits until Route 53's servers know it.
func (l *Legacy) Change(ctx context.Context, zone string, changes []hands.Change) error {
	if len(changes) == 0 {
		return nil
	}
	z := &Zone{client: l.client, record: prepare.Record{Zone: zone, Name: strings.TrimSuffix(changes[0].Set.Name, ".")}, o: l.o}
	var all []prepare.Change
	for _, c := range changes {
		action := prepare.Create
		if c.Remove {
			action = prepare.Delete
		}
		s := prepare.Set{Name: c.Set.Name, Type: c.Set.Type, Routing: c.Set.Routing, Identifier: c.Set.Identifier, Weight: c.Set.Weight, TTL: c.Set.TTL, Values: c.Set.Values, Alias: (*prepare.Alias)(c.Set.Alias), HealthCheck: c.Set.HealthCheck}
		all = append(all, prepare.Change{Action: action, Set: s})
	}
	return z.Change(ctx, all)
}

// told puts a record set into the words of the hands.
func told(s prepare.Set) hands.Set {
	return hands.Set{Name: s.Name, Type: s.Type, Routing: s.Routing, Identifier: s.Identifier, Weight: s.Weight, TTL: s.TTL, Values: s.Values, Alias: (*hands.Alias)(s.Alias), HealthCheck: s.HealthCheck}
}

// checkGone says whether an error is Route 53's word for a check that is not there.
func checkGone(err error) bool {
	var api smithy.APIError
	return errors.As(err, &api) && api.ErrorCode() == "NoSuchHealthCheck"
}

// Read implements hands.Thing.
func (l *Legacy) Read(ctx context.Context, at string) (survey.Thing, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	id := at[strings.LastIndexByte(at, '/')+1:]
	out, err := l.client.GetHealthCheck(ctx, &route53.GetHealthCheckInput{HealthCheckId: &id})
	if checkGone(err) {
		return survey.Thing{}, hands.ErrGone
	}
	if err != nil {
		return survey.Thing{}, refusal.Of("health check "+id, "cannot be read", "Allow the role route53:GetHealthCheck on it.", err)
	}
	if out.HealthCheck == nil {
		return survey.Thing{}, &fault.Fault{Kind: fault.Outside, Name: "health check " + id, What: "was asked for, and nothing came"}
	}
	tags, err := l.tags(ctx, []string{id})
	if err != nil {
		return survey.Thing{}, err
	}
	return checkThing(at, *out.HealthCheck, tags[id])
}

// Delete implements hands.Thing.
func (l *Legacy) Delete(ctx context.Context, at string) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	id, ok := strings.CutPrefix(at[strings.LastIndexByte(at, ':')+1:], "healthcheck/")
	if !ok {
		return &fault.Fault{Kind: fault.Refused, Name: at, What: "is no health check, and nothing else of Route 53 is deleted so"}
	}
	_, err := l.client.DeleteHealthCheck(ctx, &route53.DeleteHealthCheckInput{HealthCheckId: &id})
	if err == nil || checkGone(err) {
		return nil
	}
	return refusal.Of("health check "+id, "cannot be deleted", "Allow the role route53:DeleteHealthCheck on it.", err)
}

// checkThing leaves out the version, which counts changes of the configuration
// that the print tells anyway.
func checkThing(at string, c types.HealthCheck, tags map[string]string) (survey.Thing, error) {
	name := aws.ToString(c.Id)
	if tags["Name"] != "" {
		name = tags["Name"]
	}
	kind := ""
	if c.HealthCheckConfig != nil {
		kind = string(c.HealthCheckConfig.Type)
	}
	item := estate.Item{ARN: at, Kind: estate.HealthCheck, Name: name, Tags: tags, Facts: map[string]string{estate.Type: kind}}
	return survey.Told(item, map[string]any{"id": c.Id, "config": c.HealthCheckConfig, "linked": c.LinkedService, "tags": tags, "reference": c.CallerReference})
}

func checkARN(a survey.Asked, id string) string { return a.Global("route53", "", "healthcheck/"+id) }
