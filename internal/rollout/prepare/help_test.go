package prepare_test

import (
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/rollout/prepare"
)

const (
	blueName, greenName = "api-1.us-east-1.elb.amazonaws.com", "d-a1.execute-api.us-east-1.amazonaws.com"
	blueZone, greenZone = "Z35SXDOTRQ7X7K", "Z1UJRXOUMOOFQ8"
)

// record is that of an API behind a load balancer and an API Gateway.
func record() prepare.Record {
	return prepare.Record{
		Project: "lego", Zone: "Z0123456789", Name: "api.example.com", TTL: 60,
		Blue: prepare.Side{Target: blueName, AliasZone: blueZone}, Green: prepare.Side{Target: greenName, AliasZone: greenZone},
	}
}

// cname is the same without alias records.
func cname() prepare.Record {
	r := record()
	r.Blue.AliasZone, r.Green.AliasZone = "", ""
	return r
}

func alias(kind, zone, target string) prepare.Set {
	return prepare.Set{Name: "api.example.com.", Type: kind, Alias: &prepare.Alias{Zone: zone, Target: target + "."}}
}

// weigh makes a set one of a weighted group.
func weigh(s prepare.Set, id string, weight int64) prepare.Set {
	s.Routing, s.Identifier, s.Weight = prepare.Weighted, id, weight
	return s
}

func pair(kind string, blue, green int64) []prepare.Set {
	b, g := weigh(alias(kind, blueZone, "dualstack."+blueName), "old", blue), weigh(alias(kind, greenZone, greenName), "new", green)
	b.HealthCheck, g.HealthCheck, b.Alias.Evaluate = "check-b", "check-g", true
	return []prepare.Set{b, g}
}

func with(all []prepare.Set, more ...prepare.Set) []prepare.Set {
	return append(append([]prepare.Set{}, all...), more...)
}

// carry does a batch as Route 53 would: all of it or nothing.
func carry(t interface{ Fatalf(string, ...any) }, sets []prepare.Set, changes []prepare.Change) []prepare.Set {
	now := map[string]prepare.Set{}
	var order []string
	key := func(s prepare.Set) string { return s.Type + "/" + s.Identifier }
	for _, s := range sets {
		now[key(s)] = s
		order = append(order, key(s))
	}
	for _, c := range changes {
		was, ok := now[key(c.Set)]
		switch {
		case c.Action == prepare.Delete && (!ok || words(was) != words(c.Set)):
			t.Fatalf("a deletion of what does not stand: %+v, %+v", c.Set, was)
		case c.Action == prepare.Delete:
			delete(now, key(c.Set))
		case ok:
			t.Fatalf("what stands is created: %+v", c.Set)
		default:
			now[key(c.Set)] = c.Set
			order = append(order, key(c.Set))
		}
	}
	var out []prepare.Set
	seen := map[string]bool{}
	for _, k := range order {
		if s, ok := now[k]; ok && !seen[k] {
			out = append(out, s)
			seen[k] = true
		}
	}
	return out
}

// words are everything of a set, for comparing.
func words(s prepare.Set) string {
	var b strings.Builder
	a := prepare.Alias{}
	if s.Alias != nil {
		a = *s.Alias
	}
	s.Alias = nil
	b.WriteString(strings.TrimSuffix(s.Name, "."))
	s.Name = ""
	b.WriteString(strings.Join([]string{a.Zone, a.Target}, " "))
	if a.Evaluate {
		b.WriteString(" evaluated")
	}
	b.WriteString(sprint(s))
	return b.String()
}

func has(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("%v, want %q", err, want)
	}
}
