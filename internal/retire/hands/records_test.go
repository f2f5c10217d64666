package hands_test

import (
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"testing"

	"github.com/cutover-dev/cutover/internal/rehearsal/cloud"
	"github.com/cutover-dev/cutover/internal/retire"
)

// sets are the records of users' name, a line each.
func (s *site) sets() (all []string) {
	for _, r := range s.c.Records(cloud.LegoZone) {
		if r.Name == "api.example.com." {
			weight := "simple"
			if r.Weight != nil {
				weight = fmt.Sprint(*r.Weight)
			}
			if r.HealthCheckID != "" {
				weight += " checked"
			}
			all = append(all, r.Type+" "+r.SetIdentifier+" "+weight)
		}
	}
	slices.Sort(all)
	return all
}

// Blue's records go one by one and green's become simple ones in one batch; the kit
// brings all of them back as they were. Each of it once more changes nothing.
//
// Shows: 5.8.8
func TestRecords(t *testing.T) {
	s := begin(t)
	records := s.c.Records(cloud.LegoZone)
	s.c.Check("check", cloud.CheckConfig{Type: "HTTPS", FullyQualifiedDomainName: "green.example.com", Port: 443, ResourcePath: "/health", RequestInterval: 30, FailureThreshold: 2, EnableSNI: true})
	for i := range records {
		if records[i].SetIdentifier == "green" {
			records[i].HealthCheckID = "check"
		}
	}
	s.c.SetRecords(cloud.LegoZone, records...)
	before := s.c.Records(cloud.LegoZone)
	s.do(s.kit())
	simple := retire.Action{Verb: retire.MakeSimple, ARN: green, With: []string{green6}}
	for _, x := range []struct {
		a    retire.Action
		want []string
	}{
		{retire.Action{Verb: retire.RemoveRecord, ARN: blue, Print: s.record(blue)}, []string{"A green 255 checked", "AAAA blue 0", "AAAA green 255 checked"}},
		{retire.Action{Verb: retire.RemoveRecord, ARN: blue6, Print: s.record(blue6)}, []string{"A green 255 checked", "AAAA green 255 checked"}},
		{simple, []string{"A  simple", "AAAA  simple"}},
		{retire.Action{Verb: retire.MakeWeighted, ARN: green, With: []string{green6}}, []string{"A green 255 checked", "AAAA green 255 checked"}},
		{retire.Action{Verb: retire.AddRecord, ARN: blue}, []string{"A blue 0", "A green 255 checked", "AAAA green 255 checked"}},
		{retire.Action{Verb: retire.AddRecord, ARN: blue6}, []string{"A blue 0", "A green 255 checked", "AAAA blue 0", "AAAA green 255 checked"}},
	} {
		if got := s.do(x.a); !slices.Equal(got, []string{"ChangeResourceRecordSets"}) {
			t.Errorf("%s %s: it called %v", x.a.Verb, x.a.ARN, got)
		}
		if got := s.do(x.a); len(got) > 0 {
			t.Errorf("%s %s once more: it called %v", x.a.Verb, x.a.ARN, got)
		}
		if got := s.sets(); !slices.Equal(got, x.want) {
			t.Errorf("%s %s: %v, and not %v", x.a.Verb, x.a.ARN, got, x.want)
		}
	}
	if after := s.c.Records(cloud.LegoZone); !reflect.DeepEqual(after, before) {
		t.Errorf("the way back led to\n%+v\nand not to\n%+v", after, before)
	}
}

// What is no record of the plan's, still gets traffic or was changed is not touched.
func TestRecordsRefused(t *testing.T) {
	s := begin(t)
	looked := s.record(blue)
	for _, a := range []retire.Action{
		{Verb: retire.RemoveRecord, ARN: green, Print: s.record(green)}, {Verb: retire.MakeSimple, ARN: blue}, {Verb: retire.MakeSimple, ARN: green, With: []string{blue}},
		{Verb: retire.AddRecord, ARN: "record:Z0OTHER/other.example.org/CNAME/"}, {Verb: retire.RemoveRecord, ARN: "record:" + cloud.LegoZone + "/www.example.com/CNAME/"},
	} {
		s.refused(a, "is not what the plan says of it")
	}
	s.refused(retire.Action{Verb: retire.RemoveRecord, ARN: blue}, "was changed since")
	s.refused(retire.Action{Verb: retire.RemoveRecord, ARN: blue, Print: looked, With: []string{blue6}}, "was changed since")
	s.c.Reweigh(cloud.LegoZone, "blue", "A", 7)
	s.refused(retire.Action{Verb: retire.RemoveRecord, ARN: blue, Print: looked}, "was changed since")
	s.refused(retire.Action{Verb: retire.RemoveRecord, ARN: blue, Print: s.record(blue)}, "still gets traffic")
	s.do(s.kit())
	s.c.Reweigh(cloud.LegoZone, "blue", "A", 0)
	if s.do(retire.Action{Verb: retire.AddRecord, ARN: blue}); !slices.Contains(s.sets(), "A blue 7") {
		t.Errorf("a record that somebody changed is not as the kit has it: %v", s.sets())
	}
	var others []cloud.RecordSet
	for _, r := range s.c.Records(cloud.LegoZone) {
		if r.SetIdentifier != "green" {
			others = append(others, r)
		}
	}
	s.c.SetRecords(cloud.LegoZone, others...)
	s.refused(retire.Action{Verb: retire.MakeSimple, ARN: green, With: []string{green6}}, "is not there, and no simple record either")
	s.c.FailRoute53(func(_ int, call string) (int, string, string) {
		if call == "ChangeResourceRecordSets" {
			return http.StatusForbidden, "AccessDenied", "made to fail"
		}
		return 0, "", ""
	})
	now := s.sets()
	s.c.Reweigh(cloud.LegoZone, "blue", "AAAA", 0)
	if err := s.try(retire.Action{Verb: retire.RemoveRecord, ARN: blue6, Print: s.record(blue6)}); err == nil || !slices.Equal(s.sets(), now) {
		t.Errorf("without the right: %v, %v", err, s.sets())
	}
}
