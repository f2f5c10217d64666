// Package prepare says how the DNS record of a cutover stands, which change
// moves its weights, and how a simple record becomes the weighted pair. It
// decides; what it needs of Route 53 is behind the port World.
package prepare

import (
	"slices"
	"strings"

	"github.com/cutover-dev/cutover/internal/rollout"
)

// Record is the name that clients use, and the two sides it may lead to.
type Record struct {
	// Project begins the set identifiers of the records that are made.
	Project string
	// Zone is the ID of the hosted zone, Name the host, without a dot at its end.
	Zone, Name string
	// TTL in seconds; an alias has none of its own.
	TTL         int64
	Blue, Green Side
}

// Side is where a record leads to; without an alias zone it is a CNAME.
type Side struct {
	Target, AliasZone string
}

// Of takes from the section `traffic:` what is needed here.
func Of(project string, s rollout.Settings) Record {
	return Record{
		Project: project, Zone: s.HostedZone, Name: canonical(string(s.Record)), TTL: int64(s.TTL.Std().Seconds()),
		Blue:  Side{string(s.Blue.Target), s.Blue.AliasZone},
		Green: Side{string(s.Green.Target), s.Green.AliasZone},
	}
}

// Set is one resource record set as it stands. What it has no word for makes
// its routing neither simple nor weighted, and such a set is never written.
type Set struct {
	Name string `json:"name"`
	Type string `json:"type"`
	// Routing is empty for a simple record, Weighted, or another policy by name.
	Routing    string   `json:"routing,omitempty"`
	Identifier string   `json:"identifier,omitempty"`
	Weight     int64    `json:"weight"`
	TTL        int64    `json:"ttl,omitempty"`
	Values     []string `json:"values,omitempty"`
	Alias      *Alias   `json:"alias,omitempty"`
	// HealthCheck is the ID of the check that decides whether the set answers.
	HealthCheck string `json:"health_check,omitempty"`
}

// Alias is the target of an alias record.
type Alias struct {
	Zone   string `json:"zone"`
	Target string `json:"target"`
	// Evaluate lets the target's own health decide too.
	Evaluate bool `json:"evaluate"`
}

// Weighted is the routing policy of the pair.
const Weighted = "weighted"

// Change is one change of a batch: all of a batch happens, or nothing.
type Change struct {
	Action string // Delete or Create
	Set    Set
}

// The actions. There is no upsert: a deletion must name the set exactly as it
// stands, so that a batch fails when somebody else was faster; source: Route 53
// API reference, ChangeResourceRecordSets.
const (
	Delete = "DELETE"
	Create = "CREATE"
)

// ordered puts deletions first, so that nothing of a batch is ever created beside
// what it may not stand beside.
func ordered(changes []Change) []Change {
	slices.SortStableFunc(changes, func(a, b Change) int {
		rank := map[string]int{Delete: 0, Create: 1}
		return rank[a.Action] - rank[b.Action]
	})
	return changes
}

// canonical is how names are compared: Route 53 ignores case and a dot at the
// end.
func canonical(name string) string { return strings.ToLower(strings.TrimSuffix(name, ".")) }

// Target is where a set leads to, as names are compared: the console puts
// "dualstack." before the names of load balancers; source: Route 53 Developer
// Guide, alias target of an ELB load balancer. Empty where it leads to an
// address or to several.
func (s Set) Target() string {
	switch {
	case s.Alias != nil:
		return strings.TrimPrefix(canonical(s.Alias.Target), "dualstack.")
	case s.Type == "CNAME" && len(s.Values) == 1:
		return canonical(s.Values[0])
	}
	return ""
}

// is says whether the set leads to a side.
func (s Set) is(side Side) bool {
	return s.Target() != "" && s.Target() == strings.TrimPrefix(canonical(side.Target), "dualstack.")
}

// same says whether two sets are the same in every word that is known here.
func (s Set) same(t Set) bool {
	if (s.Alias == nil) != (t.Alias == nil) || len(s.Values) != len(t.Values) {
		return false
	}
	for i := range s.Values {
		if s.Values[i] != t.Values[i] {
			return false
		}
	}
	return canonical(s.Name) == canonical(t.Name) && s.Type == t.Type && s.Routing == t.Routing && s.Identifier == t.Identifier &&
		s.Weight == t.Weight && s.TTL == t.TTL && s.HealthCheck == t.HealthCheck && (s.Alias == nil || *s.Alias == *t.Alias)
}

// types are those that a browser follows, and of them which the sides make.
func (r Record) types() (all []string, wanted map[string]bool) {
	all = []string{"A", "AAAA", "CNAME"}
	if r.Blue.AliasZone != "" {
		return all, map[string]bool{"A": true, "AAAA": true}
	}
	return all, map[string]bool{"CNAME": true}
}
