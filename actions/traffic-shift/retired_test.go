package main

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/s3"
	"github.com/cutover-dev/cutover/internal/rehearsal/cloud"
)

const marksKey = "cutover/retire/production/marks.json"

// marked lets decommission have told others this.
func (s *stand) marked(m s3.Marks) {
	s.t.Helper()
	text, err := json.Marshal(m)
	if err != nil {
		s.t.Fatal(err)
	}
	s.cloud.Damage("releases", marksKey, string(text))
}

// straightened lets decommission have made the record a simple one, which leads to
// green. What comes back makes it the pair again.
func (s *stand) straightened() (paired func()) {
	pair := s.cloud.Records(zone)
	var simple []cloud.RecordSet
	for _, r := range pair {
		if r.SetIdentifier == "LEGO-API-green" {
			r.SetIdentifier, r.Weight, r.HealthCheckID = "", nil, ""
			simple = append(simple, r)
		}
	}
	if len(simple) == 0 {
		s.t.Fatalf("no side green in %+v", pair)
	}
	s.cloud.SetRecords(zone, simple...)
	return func() { s.cloud.SetRecords(zone, pair...) }
}

// called are the actions of the calls from a point on.
func (s *stand) called(from int) (all []string) {
	for _, c := range s.cloud.Calls()[from:] {
		all = append(all, c.Action)
	}
	return all
}

// Once the old side is retired a tick ends its verdict metric and says so: it
// publishes nothing, changes no record, and refuses orders that need a blue. After
// the way back it does all of it again. finish ends the rollout at any time.
//
// Shows: 5.8.8
func TestTheVerdictEndsWithBlue(t *testing.T) {
	t.Parallel()
	s := at(t, soaking)
	verdict := func(what string, want bool) {
		t.Helper()
		s.minutes(2, 0)
		from := len(s.cloud.Calls())
		r := s.must(0, cmdTick)
		calls := s.called(from)
		if slices.Contains(calls, "cloudwatch:PutMetricData") != want || slices.Contains(calls, "route53:ChangeResourceRecordSets") {
			t.Errorf("%s: it calls %v", what, calls)
		}
		if said := strings.Contains(strings.Join(r.Notes, "\n"), "the verdict metric has ended"); said == want || r.State != "soaking" {
			t.Errorf("%s: %s, %v", what, r.State, r.Notes)
		}
	}
	verdict("before", true)
	s.marked(s3.Marks{Frozen: s.now(), VerdictOff: s.now()})
	paired := s.straightened()
	verdict("retired", false)
	for _, command := range []string{cmdRollback, "promote"} {
		from := len(s.cloud.Calls())
		if _, got := s.shift(command); got.Code != 4 || !strings.Contains(got.Stderr, "decommission.yml with the command abort") || slices.Contains(s.called(from), "route53:ChangeResourceRecordSets") {
			t.Errorf("%s: %d\n%s", command, got.Code, got.Stderr)
		}
	}
	s.marked(s3.Marks{})
	paired()
	verdict("after the way back", true)
	s.marked(s3.Marks{Frozen: s.now(), VerdictOff: s.now()})
	s.straightened()
	if r := s.must(0, cmdFinish); r.State != "complete" {
		t.Errorf("%+v", r)
	}
}

// From the moment on at which blue is frozen its tasks are the retirement's: what was
// lowered is not raised again. Before, and after the way back, it is.
//
// Shows: 5.8.3
func TestBlueIsLeftToItsRetirement(t *testing.T) {
	t.Parallel()
	s := at(t, soaking)
	lower := func() {
		blue := s.cloud.ECS("lego-api", "lego-api")
		blue.Desired, blue.Running = 0, 0
		s.cloud.SetECS(blue)
	}
	s.marked(s3.Marks{Frozen: s.now()})
	lower()
	s.minutes(2, 0)
	r := s.must(0, cmdTick)
	if blue := s.cloud.ECS("lego-api", "lego-api"); blue.Desired != 0 || !strings.Contains(strings.Join(r.Notes, "\n"), "blue's tasks are decommission's") {
		t.Errorf("%+v\n%+v", blue, r)
	}
	s.marked(s3.Marks{})
	s.minutes(2, 0)
	s.must(0, cmdTick)
	if blue := s.cloud.ECS("lego-api", "lego-api"); blue.Desired == 0 {
		t.Errorf("%+v", blue)
	}
}

// Marks that cannot be read stop nothing, and are told of: a rollout's way back waits
// for no retirement.
func TestMarksThatCannotBeRead(t *testing.T) {
	t.Parallel()
	s := at(t, soaking)
	s.cloud.Damage("releases", marksKey, "{")
	s.minutes(2, 0)
	began := time.Now()
	if r := s.must(0, cmdTick); !strings.Contains(strings.Join(r.Trouble, "\n"), "whether ECS is being taken out of service") {
		t.Errorf("%+v", r.Trouble)
	}
	t.Log(time.Since(began))
}
