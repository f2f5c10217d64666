package prepare

import (
	"errors"
	"fmt"
	"strings"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/rollout"
)

// Kind is how a record stands.
type Kind string

// The kinds.
const (
	Nothing Kind = "nothing" // no address stands under the name
	Simple  Kind = "simple"  // one answer for everybody: what prepare turns into the pair
	Paired  Kind = "paired"  // the weighted pair
	Foreign Kind = "foreign" // anything else; see Standing.Trouble
)

// Pair is the weighted pair of one type.
type Pair struct {
	Blue, Green Set
}

// split returns the pair's weights.
func (p Pair) split() rollout.Split {
	return rollout.Split{Green: int(p.Green.Weight), Blue: int(p.Blue.Weight)}
}

// Standing is what stands under a name.
type Standing struct {
	Kind Kind
	// Pairs are those that are whole, A before AAAA; Single the simple records.
	Pairs  []Pair
	Single []Set
	// Trouble is why the kind is Foreign or Nothing, each with its way out.
	Trouble []error
}

// Look says what stands. Sides are found by where they lead to, not by their
// identifiers, which whoever made them may have chosen.
func (r Record) Look(sets []Set) Standing {
	var s Standing
	all, wanted := r.types()
	found := 0
	for _, kind := range all {
		var here []Set
		for _, set := range sets {
			if canonical(set.Name) == canonical(r.Name) && set.Type == kind {
				here = append(here, set)
			}
		}
		found += len(here)
		switch {
		case len(here) == 0:
		case !wanted[kind]:
			s.refuse(r.fault("is of type "+kind+", and the sides in cutover.yaml make another", kind, "Give traffic.blue and traffic.green an alias_zone for an alias record, and none for a CNAME."))
		case len(here) == 1 && here[0].Routing == "":
			s.Single = append(s.Single, here[0])
		default:
			r.pair(&s, kind, here)
		}
	}
	switch {
	case found == 0:
		s.Kind = Nothing
		s.Trouble = append(s.Trouble, r.fault("does not stand in hosted zone "+r.Zone, "", "Look at traffic.record and traffic.hosted_zone; a record must lead to blue before a cutover begins."))
		return s
	case len(s.Single) > 0 && len(s.Pairs) > 0:
		s.refuse(r.fault("is half prepared: type "+s.Single[0].Type+" is simple and type "+s.Pairs[0].Blue.Type+" is weighted", "", "Make the two alike by hand: a change by hand got only half of the way."))
	case wanted["A"] && found > 0 && !s.has("A") && len(s.Trouble) == 0:
		s.refuse(r.fault("has no record of type A", "AAAA alone", "Most clients ask for A: create it first, then prepare."))
	}
	switch {
	case len(s.Trouble) > 0:
		s.Kind = Foreign
	case len(s.Pairs) > 0:
		s.Kind = Paired
	default:
		s.Kind = Simple
	}
	return s
}

// pair finds the two sides among the sets of one type.
func (r Record) pair(s *Standing, kind string, here []Set) {
	var blue, green []Set
	for _, set := range here {
		switch {
		case set.Routing != Weighted:
			s.refuse(r.fault("is not weighted but routed by "+set.Routing, kind+" "+set.Identifier, "Only a simple record can be prepared, and only a weighted one shifted."))
			return
		case set.is(r.Blue):
			blue = append(blue, set)
		case set.is(r.Green):
			green = append(green, set)
		default:
			s.refuse(r.fault("leads to a third place, which is neither blue nor green", strings.TrimSpace(kind+" "+set.Identifier+" "+where(set)), "Take that record out of the set, or correct the targets in cutover.yaml."))
		}
	}
	for _, side := range []struct {
		name   string
		sets   []Set
		target string
	}{{"blue", blue, r.Blue.Target}, {"green", green, r.Green.Target}} {
		switch len(side.sets) {
		case 0:
			s.refuse(r.fault("has no weighted record of type "+kind+" that leads to "+side.name, side.target, "Put it back by hand, or make the record simple again and prepare it anew."))
		case 1:
		default:
			s.refuse(r.fault(fmt.Sprintf("has %d weighted records of type %s that lead to %s", len(side.sets), kind, side.name), side.target, "Leave one of them."))
		}
	}
	if len(blue) == 1 && len(green) == 1 {
		s.Pairs = append(s.Pairs, Pair{blue[0], green[0]})
	}
}

// where says in words where a set leads to.
func where(s Set) string {
	if t := s.Target(); t != "" {
		return t
	}
	return strings.Join(s.Values, " ")
}

func (s *Standing) refuse(f error) { s.Trouble = append(s.Trouble, f) }

func (s *Standing) has(kind string) bool {
	for _, p := range s.Pairs {
		if p.Blue.Type == kind {
			return true
		}
	}
	for _, set := range s.Single {
		if set.Type == kind {
			return true
		}
	}
	return false
}

func (r Record) fault(what, got, next string) *fault.Fault {
	return &fault.Fault{Kind: fault.Refused, Name: r.Name, What: what, Got: got, Next: next}
}

// Split returns the weights that stand, if all types of the record agree and
// nothing else is in the set.
func (r Record) Split(s Standing) (rollout.Split, error) {
	switch {
	case len(s.Trouble) > 0:
		return rollout.Split{}, errors.Join(s.Trouble...)
	case s.Kind != Paired:
		return rollout.Split{}, r.fault("is not weighted", "a simple record", "Run traffic-shift with the command prepare and --apply.")
	}
	first := s.Pairs[0].split()
	for _, p := range s.Pairs[1:] {
		if compare(p.split(), first) != 0 {
			return rollout.Split{}, r.disagree(s)
		}
	}
	return first, nil
}

func (r Record) disagree(s Standing) error {
	var each []string
	for _, p := range s.Pairs {
		each = append(each, fmt.Sprintf("%s green %d, blue %d", p.Blue.Type, p.Green.Weight, p.Blue.Weight))
	}
	return r.fault("has weights that differ by type, as after half a change by hand", strings.Join(each, "; "), "Set both types to the same weights by hand. A rollback does so by itself.")
}

// compare orders weights by the share that green gets; two weights of 0 are
// equal weights to Route 53.
func compare(a, b rollout.Split) int {
	share := func(s rollout.Split) (part, all int) {
		if s.Green+s.Blue == 0 {
			return 1, 2
		}
		return s.Green, s.Green + s.Blue
	}
	ap, aa := share(a)
	bp, ba := share(b)
	return ap*ba - bp*aa
}

// MaxWeight is the greatest weight of a record; source: Route 53 API reference,
// ResourceRecordSet.
const MaxWeight = 255

// Shift returns the batch that gives all pairs these weights, none if they have
// them. Everything else of the sets stays as it stands.
//
// A record in trouble is not shifted to give green more. The way down is never
// closed: whoever has added a third record at night must still be able to take
// the traffic from green.
func (r Record) Shift(s Standing, to rollout.Split) ([]Change, error) {
	if to.Green < 0 || to.Blue < 0 || to.Green > MaxWeight || to.Blue > MaxWeight || to.Green+to.Blue == 0 {
		return nil, &fault.Fault{Kind: fault.Input, Name: "weights", What: "cannot stand in Route 53", Got: fmt.Sprintf("green %d, blue %d", to.Green, to.Blue), Allowed: "each from 0 to 255, and not both 0, which would be one half each"}
	}
	_, trouble := r.Split(s)
	if len(s.Pairs) == 0 {
		return nil, trouble
	}
	var changes []Change
	stands := true
	for _, p := range s.Pairs {
		if trouble != nil && compare(to, p.split()) > 0 {
			return nil, trouble
		}
		stands = stands && p.split() == to
		changes = append(changes, p.to(func(blue, green *Set) { blue.Weight, green.Weight = int64(to.Blue), int64(to.Green) })...)
	}
	if stands {
		return nil, nil
	}
	return ordered(changes), nil
}

// to replaces both sets of a pair. Both are named as they stand even where one
// stays, so that nothing is written on top of what somebody else has changed.
func (p Pair) to(edit func(blue, green *Set)) []Change {
	blue, green := p.Blue.clone(), p.Green.clone()
	edit(&blue, &green)
	return []Change{{Delete, p.Blue}, {Create, blue}, {Delete, p.Green}, {Create, green}}
}

func (s Set) clone() Set {
	if s.Alias != nil {
		alias := *s.Alias
		s.Alias = &alias
	}
	s.Values = append([]string(nil), s.Values...)
	return s
}
