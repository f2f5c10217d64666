package route53_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/route53"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/rehearsal/cloud"
	"github.com/cutover-dev/cutover/internal/rollout/prepare"
)

// Both weights of both types move in one batch; everything else of the record and
// of the zone stays.
//
// Shows: 5.5.1
func TestShiftMovesTheWeightsAndNothingElse(t *testing.T) {
	w := start(t)
	w.stand(9, 1)
	z := w.open()
	if got, err := z.Weights(t.Context()); err != nil || got != split(1, 9) {
		t.Fatalf("%v, %v", got, err)
	}
	w.PendingFor(2, 0)
	if err := z.Shift(t.Context(), split(1, 1)); err != nil {
		t.Fatal(err)
	}
	want := cloud.New("x")
	want.SetZone(zone, "example.com", false)
	want.SetRecords(zone, append(around(), pairs(1, 1)...)...)
	if got := asJSON(t, w.Records(zone)); got != asJSON(t, want.Records(zone)) {
		t.Errorf("%s\nwant\n%s", got, asJSON(t, want.Records(zone)))
	}
	if n, told := w.times("ChangeResourceRecordSets"), w.told(); n != 1 || told != "accepted, INSYNC" {
		t.Errorf("%d batches, told %s", n, told)
	}
	if n := w.times("GetChange"); n != 3 {
		t.Errorf("%d looks whether it is in sync, want 3", n)
	}
	if err := z.Shift(t.Context(), split(1, 1)); err != nil || w.times("ChangeResourceRecordSets") != 1 || w.told() != route53.Stood {
		t.Errorf("what stands is changed again: %v", err)
	}
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	text, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestACNAMEIsShiftedToo(t *testing.T) {
	w := start(t)
	r := record()
	r.Blue.AliasZone, r.Green.AliasZone = "", ""
	ttl, nine, one := 60, 9, 1
	w.SetRecords(zone,
		cloud.RecordSet{Name: r.Name, Type: "CNAME", SetIdentifier: "b", Weight: &nine, TTL: &ttl, Values: []string{blueName}},
		cloud.RecordSet{Name: r.Name, Type: "CNAME", SetIdentifier: "g", Weight: &one, TTL: &ttl, Values: []string{greenName}})
	if err := w.of(r).Shift(t.Context(), split(1, 1)); err != nil {
		t.Fatal(err)
	}
	if got, err := w.of(r).Weights(t.Context()); err != nil || got != split(1, 1) {
		t.Errorf("%v, %v", got, err)
	}
}

// What is refused says what to do, and changes nothing.
func TestRefusalsHelp(t *testing.T) {
	third := weighted("A", "third", "other.example.net", greenZone, "", 1)
	private := func(w *world) { w.SetZone(zone, "example.com", true) }
	tests := map[string]struct {
		set  func(w *world)
		r    func(*prepare.Record)
		kind fault.Kind
		want string
	}{
		"a third record":       {func(w *world) { w.SetRecords(zone, append(pairs(9, 1), third)...) }, nil, fault.Refused, "A third other.example.net"},
		"blue alone":           {func(w *world) { w.SetRecords(zone, pairs(9, 1)[0]) }, nil, fault.Refused, "leads to green"},
		"A and AAAA disagree":  {func(w *world) { w.Reweigh(zone, "old", "A", 3) }, nil, fault.Refused, "A green 1, blue 3; AAAA green 1, blue 9"},
		"not there":            {func(w *world) { w.SetRecords(zone) }, nil, fault.Refused, "does not stand in hosted zone " + zone},
		"not there, private":   {private, nil, fault.Refused, "is private"},
		"the zone of another":  {func(w *world) { w.SetZone(zone, "example.org", false) }, nil, fault.Refused, "is the zone of another name"},
		"a likely name":        {func(w *world) { w.SetZone(zone, "ample.com", false) }, nil, fault.Refused, "is the zone of another name"},
		"no such zone":         {nil, func(r *prepare.Record) { r.Zone = "Z9999999999" }, fault.Input, "does not exist in this account"},
		"not allowed":          {func(w *world) { w.fails("ListResourceRecordSets", 99, 403, "AccessDenied", "User is not authorized") }, nil, fault.Input, "Allow the role route53:ListResourceRecordSets"},
		"expired":              {func(w *world) { w.fails("ListResourceRecordSets", 99, 403, "ExpiredToken", "expired") }, nil, fault.Input, "session with AWS has ended"},
		"expired, other words": {func(w *world) { w.fails("ListResourceRecordSets", 99, 403, "ExpiredTokenException", "expired") }, nil, fault.Input, "health checks alone move traffic to blue"},
		"throttled for ever":   {func(w *world) { w.fails("ListResourceRecordSets", 99, 400, "Throttling", "Rate exceeded") }, nil, fault.Outside, "five requests a second"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w := start(t)
			w.stand(9, 1)
			if test.set != nil {
				test.set(w)
			}
			before := asJSON(t, w.Records(zone))
			r := record()
			if test.r != nil {
				test.r(&r)
			}
			_, err := w.of(r).Weights(t.Context())
			says(t, err, test.kind, test.want)
			says(t, w.of(r).Shift(t.Context(), split(1, 1)), test.kind, test.want)
			if after := asJSON(t, w.Records(zone)); after != before || w.times("ChangeResourceRecordSets") != 0 {
				t.Errorf("%s\nwas\n%s", after, before)
			}
		})
	}
}

// What Route 53 says to the change itself.
func TestRefusedChanges(t *testing.T) {
	tests := map[string]struct {
		status, times int
		code          string
		kind          fault.Kind
		want          string // empty: the change succeeds
	}{
		"throttled thrice":       {400, 3, "Throttling", 0, ""},
		"a prior request":        {400, 3, "PriorRequestNotComplete", 0, ""},
		"out of order":           {500, 2, "InternalError", 0, ""},
		"unavailable":            {503, 2, "ServiceUnavailable", 0, ""},
		"a prior one, for ever":  {400, 99, "PriorRequestNotComplete", fault.Outside, "still being worked on"},
		"throttled, for ever":    {400, 99, "Throttling", fault.Outside, "five requests a second"},
		"not allowed":            {403, 99, "AccessDenied", fault.Input, "Allow the role route53:ChangeResourceRecordSets"},
		"expired in mid-tick":    {403, 99, "ExpiredToken", fault.Input, "gets a new session by itself"},
		"another's change":       {400, 2, "InvalidChangeBatch", 0, ""},
		"somebody does not stop": {400, 99, "InvalidChangeBatch", fault.Outside, "changed by somebody else"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w := start(t)
			w.stand(9, 1)
			w.fails("ChangeResourceRecordSets", test.times, test.status, test.code, "made to fail")
			err := w.open().Shift(t.Context(), split(0, 1))
			if test.want == "" {
				if err != nil || w.weights() != "A 1/0 AAAA 1/0" || w.told() != "accepted, INSYNC" {
					t.Errorf("%v, %s", err, w.weights())
				}
				return
			}
			says(t, err, test.kind, test.want)
			if w.weights() != "A 9/1 AAAA 9/1" || w.told() != "" {
				t.Errorf("%s", w.weights())
			}
			if n := w.times("ChangeResourceRecordSets"); n > 8 {
				t.Errorf("%d tries", n)
			}
		})
	}
}

// Somebody is faster, between reading and writing: nothing of theirs is written
// over, and it is decided anew.
func TestTheRecordChangesAfterItWasRead(t *testing.T) {
	third := weighted("A", "third", "other.example.net", greenZone, "", 1)
	tests := map[string]struct {
		hand func(w *world)
		want string
		end  string
	}{
		"other weights":      {func(w *world) { w.Reweigh(zone, "old", "", 3) }, "", "A 1/1 AAAA 1/1"},
		"the same weights":   {func(w *world) { w.Reweigh(zone, "old", "", 1); w.Reweigh(zone, "new", "", 1) }, "", "A 1/1 AAAA 1/1"},
		"one type":           {func(w *world) { w.Reweigh(zone, "old", "A", 3) }, "differ by type", "A 3/1 AAAA 9/1"},
		"a third record":     {func(w *world) { w.SetRecords(zone, append(pairs(8, 1), third)...) }, "third place", "A 8/1 AAAA 8/1"},
		"the record is gone": {func(w *world) { w.SetRecords(zone) }, "does not stand", "A 0/0 AAAA 0/0"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w := start(t)
			w.stand(9, 1)
			done := false
			w.BeforeRoute53(func(_ int, call string) {
				if call == "ChangeResourceRecordSets" && !done {
					done = true
					test.hand(w)
				}
			})
			err := w.open().Shift(t.Context(), split(1, 1))
			if test.want == "" && err != nil {
				t.Error(err)
			} else if test.want != "" {
				says(t, err, fault.Refused, test.want)
			}
			if w.weights() != test.end {
				t.Errorf("%s, want %s", w.weights(), test.end)
			}
		})
	}
}

func TestTheWaitForInSync(t *testing.T) {
	t.Run("it never comes", func(t *testing.T) {
		w := start(t)
		w.stand(9, 1)
		w.PendingFor(0, 24*time.Hour)
		says(t, w.open().Shift(t.Context(), split(0, 1)), fault.Outside, "was not in sync after 1s")
		if w.weights() != "A 1/0 AAAA 1/0" || w.told() != "accepted, not INSYNC" || w.times("ChangeResourceRecordSets") != 1 {
			t.Errorf("%s", w.weights())
		}
	})
	t.Run("it comes by this cloud's clock", func(t *testing.T) {
		w := start(t)
		now := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
		w.Time(func() time.Time { now = now.Add(10 * time.Second); return now })
		w.stand(9, 1)
		w.PendingFor(0, 200*time.Second)
		if err := w.open().Shift(t.Context(), split(0, 1)); err != nil || w.times("GetChange") < 2 {
			t.Errorf("%v after %d looks", err, w.times("GetChange"))
		}
	})
	t.Run("looks fail", func(t *testing.T) {
		w := start(t)
		w.stand(9, 1)
		w.fails("GetChange", 11, 400, "Throttling", "Rate exceeded")
		if err := w.open().Shift(t.Context(), split(0, 1)); err != nil || w.told() != "accepted, INSYNC" {
			t.Error(err)
		}
	})
	t.Run("looks are not allowed", func(t *testing.T) {
		w := start(t)
		w.stand(9, 1)
		w.fails("GetChange", 99, 403, "AccessDenied", "no")
		says(t, w.open().Shift(t.Context(), split(0, 1)), fault.Input, "Allow the role route53:GetChange")
		if w.weights() != "A 1/0 AAAA 1/0" {
			t.Errorf("%s", w.weights())
		}
	})
}

// Five requests a second are all that an account has.
func TestRequestsKeepTheirPace(t *testing.T) {
	w := start(t)
	w.stand(9, 1)
	z, err := route53.Open(t.Context(), record(), route53.Options{Pace: 40 * time.Millisecond, Poll: time.Millisecond, Backoff: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	w.fails("ListResourceRecordSets", 2, 400, "Throttling", "Rate exceeded")
	var at []time.Time
	w.BeforeRoute53(func(int, string) { at = append(at, time.Now()) })
	if err := z.Shift(t.Context(), split(0, 1)); err != nil || len(at) < 6 {
		t.Fatalf("%v, %d requests", err, len(at))
	}
	for i := 4; i < len(at); i++ {
		if took := at[i].Sub(at[i-4]); took < 4*35*time.Millisecond {
			t.Errorf("5 requests, retries too, in %s", took)
		}
	}
}

// The roles' permissions are held against this list: what a shift asks of AWS.
func TestCallsOfAShift(t *testing.T) {
	w := start(t)
	w.stand(9, 1)
	if err := w.open().Shift(t.Context(), split(0, 1)); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range w.Calls() {
		if s := c.Action + " " + c.Resource; !slices.Contains(got, s) {
			got = append(got, s)
		}
	}
	want := []string{
		"route53:ListResourceRecordSets arn:aws:route53:::hostedzone/" + zone, "route53:ChangeResourceRecordSets arn:aws:route53:::hostedzone/" + zone,
		"route53:GetChange arn:aws:route53:::change/C1",
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q\nwant\n%q", got, want)
	}
}
