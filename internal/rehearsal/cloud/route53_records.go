package cloud

import (
	"cmp"
	"encoding/xml"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// RecordSet is a resource record set; a nil Weight is a simple one.
type RecordSet struct {
	Name          string
	Type          string
	SetIdentifier string   `xml:",omitempty"`
	Weight        *int     `xml:",omitempty"`
	Region        string   `xml:",omitempty"`
	Failover      string   `xml:",omitempty"`
	TTL           *int     `xml:",omitempty"`
	Values        []string `xml:"ResourceRecords>ResourceRecord>Value,omitempty"`
	AliasTarget   *AliasTarget
	HealthCheckID string `xml:"HealthCheckId,omitempty"`
	// Unknown is what this cloud has no word for, and refuses.
	Unknown []struct {
		XMLName xml.Name
	} `xml:",any"`
}

// AliasTarget is where an alias leads to.
type AliasTarget struct {
	HostedZoneID         string `xml:"HostedZoneId"`
	DNSName              string
	EvaluateTargetHealth bool
}

func fqdn53(name string) string { return strings.ToLower(strings.TrimSuffix(name, ".")) + "." }

// canonical is how Route 53 keeps a set: names in lower case with a dot at the
// end, values of names as they came.
func (s RecordSet) canonical() RecordSet {
	s.Name = fqdn53(s.Name)
	if s.AliasTarget != nil {
		alias := *s.AliasTarget
		alias.DNSName = fqdn53(alias.DNSName)
		s.AliasTarget = &alias
	}
	return s
}

// order53 is that of the list: labels from the right, then type, then identifier;
// source: Route 53 API reference, ListResourceRecordSets, sort order.
func order53(a, b RecordSet) int {
	turned := func(name string) string {
		labels := strings.Split(strings.TrimSuffix(name, "."), ".")
		slices.Reverse(labels)
		return strings.Join(labels, ".")
	}
	return cmp.Or(cmp.Compare(turned(a.Name), turned(b.Name)), cmp.Compare(a.Type, b.Type), cmp.Compare(a.SetIdentifier, b.SetIdentifier))
}

// listRecordSets pages by name, type and identifier of the next set. It shows
// changes that are still pending; source: Route 53 API reference,
// ListResourceRecordSets, changes that haven't propagated.
func (c *Cloud) listRecordSets(q asked53) (any, *denial) {
	z, no := c.zone53(q.path[1])
	if no != nil {
		return nil, no
	}
	query := q.r.URL.Query()
	from := RecordSet{Name: query.Get("name"), Type: query.Get("type"), SetIdentifier: query.Get("identifier")}
	if from.Type != "" && from.Name == "" || from.SetIdentifier != "" && from.Type == "" {
		return nil, denied53(http.StatusBadRequest, "InvalidInput", "a type needs a name, and an identifier a type")
	}
	size := cmp.Or(c.dns.page, onePage)
	if most, err := strconv.Atoi(query.Get("maxitems")); err == nil {
		size = min(size, most)
	}
	var out struct {
		XMLName    xml.Name    `xml:"ListResourceRecordSetsResponse"`
		Sets       []RecordSet `xml:"ResourceRecordSets>ResourceRecordSet"`
		Truncated  bool        `xml:"IsTruncated"`
		Name       string      `xml:"NextRecordName,omitempty"`
		Type       string      `xml:"NextRecordType,omitempty"`
		Identifier string      `xml:"NextRecordIdentifier,omitempty"`
		MaxItems   int
	}
	out.MaxItems = size
	slices.SortFunc(z.sets, order53)
	for _, s := range z.sets {
		switch {
		case from.Name != "" && order53(s, from.canonical()) < 0:
		case len(out.Sets) == size:
			out.Truncated, out.Name, out.Type, out.Identifier = true, s.Name, s.Type, s.SetIdentifier
			return out, nil
		default:
			out.Sets = append(out.Sets, s)
		}
	}
	return out, nil
}

// changeRecordSets carries out a batch on a copy, which stands if all of it was
// right; source: Route 53 API reference, ChangeResourceRecordSets.
func (c *Cloud) changeRecordSets(q asked53) (any, *denial) {
	z, no := c.zone53(q.path[1])
	if no != nil {
		return nil, no
	}
	var in struct {
		Changes []struct {
			Action string
			Set    RecordSet `xml:"ResourceRecordSet"`
		} `xml:"ChangeBatch>Changes>Change"`
	}
	if no := q.read("ChangeResourceRecordSetsRequest", &in); no != nil {
		return nil, no
	}
	if len(in.Changes) == 0 {
		return nil, denied53(http.StatusBadRequest, "InvalidInput", "Invalid request: Expected at least one change")
	}
	sets := slices.Clone(z.sets)
	var wrong []string
	for _, ch := range in.Changes {
		if say := shape53(ch.Set); say != "" {
			return nil, denied53(http.StatusBadRequest, "InvalidInput", say)
		}
		var say string
		if sets, say = c.change53(z, sets, ch.Action, ch.Set.canonical()); say != "" {
			wrong = append(wrong, say)
		}
	}
	// What a batch leaves is judged as a whole: one that takes away and puts there
	// is right in either order of types.
	if wrong = append(wrong, conflicts53(z, sets)...); len(wrong) > 0 {
		return nil, denied53(http.StatusBadRequest, "InvalidChangeBatch", strings.Join(wrong, "\n"))
	}
	z.sets = sets
	made := change53{id: c.next53("C"), zone: q.path[1], at: c.time(), looks: c.dns.pending.looks, takes: c.dns.pending.takes}
	c.dns.changes = append(c.dns.changes, made)
	info := made.shown(c.time())
	info.Status = "PENDING"
	return struct {
		XMLName xml.Name `xml:"ChangeResourceRecordSetsResponse"`
		Info    info53   `xml:"ChangeInfo"`
	}{Info: info}, nil
}

// shape53 says what is wrong with a set by itself; source: Route 53 API reference,
// ResourceRecordSet.
func shape53(s RecordSet) string {
	routed := s.Weight != nil || s.Region != "" || s.Failover != ""
	switch {
	case len(s.Unknown) > 0:
		return "this cloud does not know " + s.Unknown[0].XMLName.Local
	case s.AliasTarget != nil && (s.TTL != nil || len(s.Values) > 0):
		return "Invalid request: Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords], or TrafficPolicyInstanceId], but found more than one in Change with [Action=?, Name=" + s.Name + "]"
	case s.AliasTarget == nil && (s.TTL == nil || len(s.Values) == 0):
		return "Invalid request: Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords], or TrafficPolicyInstanceId], but found none in Change with [Action=?, Name=" + s.Name + "]"
	case routed != (s.SetIdentifier != ""):
		return "Invalid request: Missing field 'SetIdentifier' or a routing policy in Change with [Action=?, Name=" + s.Name + "]"
	case s.Weight != nil && (*s.Weight < 0 || *s.Weight > 255):
		return fmt.Sprintf("1 validation error detected: Value '%d' at 'weight' failed to satisfy constraint: Member must have value between 0 and 255", *s.Weight)
	}
	return ""
}

// change53 carries out one change, and says what is wrong with it. The words are
// AWS's, as seen in kubernetes-sigs/external-dns issue 732, hashicorp/terraform
// issue 18509 and boto/boto issue 2887.
func (c *Cloud) change53(z *zone53, sets []RecordSet, action string, s RecordSet) ([]RecordSet, string) {
	named := fmt.Sprintf("[name='%s', type='%s'", s.Name, s.Type)
	if s.SetIdentifier != "" {
		named += fmt.Sprintf(", set-identifier='%s'", s.SetIdentifier)
	}
	named += "]"
	at := slices.IndexFunc(sets, func(t RecordSet) bool { return order53(s, t) == 0 })
	switch {
	case !strings.HasSuffix("."+s.Name, "."+z.name):
		return sets, fmt.Sprintf("RRSet with DNS name %s is not permitted in zone %s", s.Name, z.name)
	case s.HealthCheckID != "" && c.dns.checks[s.HealthCheckID] == nil && action != "DELETE":
		return sets, "No health check exists with id: " + s.HealthCheckID
	case action == "DELETE" && at < 0:
		return sets, "Tried to delete resource record set " + named + " but it was not found"
	case action == "DELETE" && !alike53(sets[at], s):
		return sets, "Tried to delete resource record set " + named + " but the values provided do not match the current values"
	case action == "DELETE":
		return slices.Delete(slices.Clone(sets), at, at+1), ""
	case action == "CREATE" && at >= 0:
		return sets, "Tried to create resource record set " + named + " but it already exists"
	case action == "UPSERT" && at >= 0:
		sets = slices.Clone(sets)
		sets[at] = s
		return sets, ""
	case action == "CREATE" || action == "UPSERT":
		return append(slices.Clone(sets), s), ""
	}
	return sets, "Invalid action " + action
}

// alike53 says whether a set was named exactly as it stands.
func alike53(a, b RecordSet) bool {
	number := func(n *int) int {
		if n == nil {
			return -1
		}
		return *n
	}
	values := func(s RecordSet) []string { v := slices.Clone(s.Values); slices.Sort(v); return v }
	return number(a.Weight) == number(b.Weight) && number(a.TTL) == number(b.TTL) && a.Region == b.Region && a.Failover == b.Failover && a.HealthCheckID == b.HealthCheckID &&
		slices.Equal(values(a), values(b)) && (a.AliasTarget == nil) == (b.AliasTarget == nil) && (a.AliasTarget == nil || *a.AliasTarget == *b.AliasTarget)
}

// conflicts53 says which sets cannot stand beside each other. The words are AWS's,
// as seen in gympass/cdn-origin-controller pull request 102 and
// hashicorp/terraform issue 9732.
func conflicts53(z *zone53, sets []RecordSet) []string {
	var wrong []string
	policy := func(s RecordSet) string {
		switch {
		case s.Weight != nil:
			return "weighted"
		case s.Region != "":
			return "latency"
		case s.Failover != "":
			return "failover"
		}
		return ""
	}
	for i, a := range sets {
		for _, b := range sets[:i] {
			switch {
			case a.Name != b.Name:
			case (a.Type == "CNAME") != (b.Type == "CNAME"):
				wrong = append(wrong, fmt.Sprintf("RRSet of type %s with DNS name %s is not permitted because a conflicting RRSet of type %s with the same DNS name already exists in zone %s", a.Type, a.Name, b.Type, z.name))
			case a.Type == b.Type && policy(a) != policy(b):
				wrong = append(wrong, fmt.Sprintf("RRSet with DNS name %s, type %s, SetIdentifier %s cannot be created as other RRSets exist with the same name and type.", a.Name, a.Type, a.SetIdentifier))
			}
		}
		// Source: RFC 1034, 3.6.2; Route 53 Developer Guide, CNAME record type.
		if a.Type == "CNAME" && a.Name == z.name {
			wrong = append(wrong, fmt.Sprintf("RRSet of type CNAME with DNS name %s is not permitted at apex in zone %s", a.Name, z.name))
		}
	}
	return wrong
}
