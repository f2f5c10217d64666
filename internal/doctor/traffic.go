package doctor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/cutover-dev/cutover/internal/nearest"
)

// Records reads one DNS record.
type Records interface {
	// Sets are the record sets of the record's name.
	Sets(ctx context.Context) ([]Set, error)
	// Owner is what the record belongs to: the name of a stack; empty for nothing.
	Owner(ctx context.Context, name string) (string, error)
	// HealthCheck fails with ErrNone where there is none of that ID.
	HealthCheck(ctx context.Context, id string) error
}

// Set is one record set. Target is where it leads to, empty for addresses; Routing
// is empty for a simple one.
type Set struct {
	Type, Routing, Identifier, Target, HealthCheck string
	Weight, TTL                                    int64
}

func recordChecks(p Plan, r Records) []Check {
	if p.Record == nil {
		return nil
	}
	z := "route53:ListResourceRecordSets, zone " + p.Record.Zone
	return []Check{
		{Name: checkRecord, Title: "record " + p.Record.Name, Wanted: "a simple record to blue, or the weighted pair of blue and green", Source: z, Needs: []string{checkAccount}, Look: func(ctx context.Context) Answer { return p.Record.stands(ctx, r) }},
		{Name: "aws.record.ttl", Title: "TTL", Wanted: fmt.Sprintf("an alias, or %d s at most", p.Record.TTL), Source: z, Needs: []string{checkRecord}, Look: func(ctx context.Context) Answer { return p.Record.lives(ctx, r) }},
		{Name: "aws.record.owner", Title: "the record's owner", Wanted: "no stack, whose next deployment would undo the weights", Source: "cloudformation:DescribeStackResources", Needs: []string{checkRecord}, Look: func(ctx context.Context) Answer { return p.Record.owned(ctx, r) }},
		{Name: "aws.record.health", Title: "health checks", Wanted: "every health check that the record names exists", Source: "route53:GetHealthCheck", Needs: []string{checkRecord}, Look: func(ctx context.Context) Answer { return p.Record.checked(ctx, r) }},
	}
}

// same says whether two names are the same to Route 53; the console puts
// "dualstack." before those of load balancers.
func same(a, b string) bool {
	clean := func(s string) string {
		return strings.TrimPrefix(strings.ToLower(strings.TrimSuffix(s, ".")), "dualstack.")
	}
	return clean(a) == clean(b)
}

func (r Record) look() string {
	return command("aws", "route53", "list-resource-record-sets", "--hosted-zone-id", r.Zone, "--start-record-name", r.Name, "--max-items", "4")
}

func (r Record) stands(ctx context.Context, records Records) Answer {
	sets, err := records.Sets(ctx)
	switch {
	case errors.Is(err, ErrNone):
		return fails("there is no hosted zone "+r.Zone, command("aws", "route53", "list-hosted-zones-by-name", "--dns-name", r.Name, "--max-items", "5")).step("Give traffic.hosted_zone the id of the public zone that ends the record's name.")
	case err != nil:
		return unasked(err)
	case len(sets) == 0:
		return fails("the zone has no record "+r.Name, r.look()).step("Make it lead to blue (%s) as your infrastructure does, or mend traffic.record and traffic.hosted_zone.", r.Blue)
	}
	var wrong, shown []string
	for _, s := range sets {
		what := s.Type + " to " + s.Target
		switch {
		case s.Routing != "" && s.Routing != "weighted":
			wrong = append(wrong, "its routing is "+s.Routing+", which nobody can move weights of")
		case same(s.Target, r.Blue):
			what = s.Type + " to blue"
		case s.Routing == "weighted" && same(s.Target, r.Green):
			what = s.Type + " to green"
		case s.Target == "":
			wrong = append(wrong, s.Type+" leads to addresses, and not to blue's name "+r.Blue)
		default:
			wrong = append(wrong, s.Type+" leads to "+s.Target+", which is not blue ("+r.Blue+")")
		}
		if s.Routing == "weighted" {
			what += fmt.Sprintf(" with weight %d", s.Weight)
		}
		shown = append(shown, what)
	}
	if len(wrong) > 0 {
		return fails(strings.Join(wrong, "; "), r.look()).step("Let the record lead to blue alone, or let traffic.blue.target be what it leads to.")
	}
	return pass("%s", strings.Join(shown, ", "))
}

func (r Record) lives(ctx context.Context, records Records) Answer {
	sets, err := records.Sets(ctx)
	if err != nil {
		return unasked(err)
	}
	for _, s := range sets {
		if s.TTL > r.TTL {
			change := fmt.Sprintf(`{"Changes":[{"Action":"UPSERT","ResourceRecordSet":{"Name":%q,"Type":%q,"TTL":%d,"ResourceRecords":[{"Value":%q}]}}]}`, r.Name, s.Type, r.TTL, s.Target)
			a := fails(fmt.Sprintf("%s has %d s: a rollback reaches its users so much later", s.Type, s.TTL), command("aws", "route53", "change-resource-record-sets", "--hosted-zone-id", r.Zone, "--change-batch", change))
			if s.Routing != "" {
				return fails(a.Observed, r.look()).step("Set the TTL of each of the weighted sets to %d; leave their weights as they are.", r.TTL)
			}
			return a.step("Then wait %d s before the first shift: resolvers have kept the old answer.", s.TTL)
		}
	}
	if sets[0].TTL == 0 {
		return pass("an alias, which has its target's")
	}
	return pass("%d s", sets[0].TTL)
}

func (r Record) owned(ctx context.Context, records Records) Answer {
	owner, err := records.Owner(ctx, r.Name)
	switch {
	case err != nil:
		return unasked(err)
	case owner != "":
		return fails("the stack "+owner+" has made it, and puts it back whenever it is deployed", command("aws", "cloudformation", "get-template", "--stack-name", owner, "--query", "TemplateBody", raw(">"), "template.json")).step("Give the record DeletionPolicy: Retain, deploy, take it out of the template, deploy again: then the record stands and is nobody's.")
	}
	return pass("no stack of CloudFormation; Terraform's and SST's are looked at by the preflight")
}

func (r Record) checked(ctx context.Context, records Records) Answer {
	sets, err := records.Sets(ctx)
	if err != nil {
		return unasked(err)
	}
	n := 0
	for _, s := range sets {
		if s.HealthCheck == "" {
			continue
		}
		err := records.HealthCheck(ctx, s.HealthCheck)
		if errors.Is(err, ErrNone) {
			return fails(fmt.Sprintf("%s %s names the health check %s, which does not exist: Route 53 takes it for healthy", s.Type, s.Identifier, s.HealthCheck), "gh workflow run traffic-shift.yml -f command=prepare").step("prepare makes the checks of the pair and names them.")
		}
		if err != nil {
			return unasked(err)
		}
		n++
	}
	if n == 0 {
		return pass("none yet: traffic-shift prepare makes them")
	}
	return pass("%s", count(n, "health check"))
}

// Figures asks CloudWatch.
type Figures interface {
	// Points is how many hours of the last day have one.
	Points(ctx context.Context, f Figure) (int, error)
	// Known are the dimensions of every metric of that name in the last two weeks
	// that has at least these.
	Known(ctx context.Context, namespace, metric string, with []Dimension) ([][]Dimension, error)
}

func figureChecks(p Plan, x Figures) []Check {
	var all []Check
	for _, f := range p.Figures {
		all = append(all, Check{
			Name: "aws.metrics." + f.Of, Title: "metrics of " + f.Of, Wanted: f.Namespace + " " + f.Metric + " with " + shownDimensions(f.Dimensions) + ": a point in the last day",
			Source: "cloudwatch:GetMetricData, cloudwatch:ListMetrics", Needs: []string{checkAccount}, Look: func(ctx context.Context) Answer { return f.measured(ctx, x) },
		})
	}
	return all
}

func shownDimensions(all []Dimension) string {
	if len(all) == 0 {
		return "no dimension"
	}
	var texts []string
	for _, d := range all {
		texts = append(texts, d.Name+" "+d.Value)
	}
	return strings.Join(texts, ", ")
}

// measured holds that there is a figure at all. CloudWatch answers wrong dimensions
// with nothing, not with an error: which of them is unknown is asked then.
func (f Figure) measured(ctx context.Context, x Figures) Answer {
	n, err := x.Points(ctx, f)
	switch {
	case err != nil:
		return unasked(err)
	case n > 0:
		return pass("points in %s of the last day", count(n, "hour"))
	}
	look := []any{"aws", "cloudwatch", "list-metrics", "--namespace", f.Namespace, "--metric-name", f.Metric}
	if known, err := x.Known(ctx, f.Namespace, f.Metric, f.Dimensions); err != nil {
		return unasked(err)
	} else if slices.ContainsFunc(known, func(k []Dimension) bool { return len(k) == len(f.Dimensions) }) {
		return fails("nothing in the last day, though it was measured in the last two weeks: no traffic reaches it", command(look...)).step("Send it a request, and look again in some minutes.")
	}
	for _, d := range f.Dimensions {
		known, err := x.Known(ctx, f.Namespace, f.Metric, []Dimension{d})
		if err != nil {
			return unasked(err)
		}
		if len(known) > 0 {
			continue
		}
		a := fails(fmt.Sprintf("nothing, ever: no metric has %s %q", d.Name, d.Value), command(append(look, "--dimensions", "Name="+d.Name)...)).step("Mend it in cutover.yaml; CloudWatch says nothing where a dimension is wrong.")
		others, err := x.Known(ctx, f.Namespace, f.Metric, nil)
		if there := valuesOf(others, d.Name); err == nil && len(there) > 0 {
			if near := nearest.To(d.Value, there); near != "" {
				there = []string{near}
			}
			a.Observed += fmt.Sprintf(" (there is %q)", strings.Join(there[:min(len(there), 3)], ", "))
		}
		return a
	}
	return fails("nothing, ever: each dimension is known by itself, and no metric has them together ("+shownDimensions(f.Dimensions)+")", command(look...)).step("They belong to different resources: mend cutover.yaml, or send a first request.")
}

func valuesOf(all [][]Dimension, name string) (values []string) {
	for _, dimensions := range all {
		for _, d := range dimensions {
			if d.Name == name && !slices.Contains(values, d.Value) {
				values = append(values, d.Value)
			}
		}
	}
	return values
}
