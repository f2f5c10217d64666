package route53_test

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/route53"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/rehearsal/cloud"
	"github.com/cutover-dev/cutover/internal/rollout"
	"github.com/cutover-dev/cutover/internal/rollout/prepare"
)

const (
	zone                = "Z0123456789"
	blueName, greenName = "api-1.us-east-1.elb.amazonaws.com", "d-a1.execute-api.us-east-1.amazonaws.com"
	blueZone, greenZone = "Z35SXDOTRQ7X7K", "Z1UJRXOUMOOFQ8"
)

func record() prepare.Record {
	return prepare.Record{
		Project: "lego", Zone: zone, Name: "api.example.com", TTL: 60,
		Blue: prepare.Side{Target: blueName, AliasZone: blueZone}, Green: prepare.Side{Target: greenName, AliasZone: greenZone},
	}
}

// world is a cloud in memory, to which the SDK's real client speaks.
type world struct {
	*cloud.Cloud
	t    *testing.T
	mu   sync.Mutex
	legs []string
}

func start(t *testing.T) *world {
	t.Helper()
	w := &world{Cloud: cloud.New("state"), t: t}
	server := httptest.NewServer(w.Cloud)
	t.Cleanup(server.Close)
	credentials(t, server.URL)
	t.Cleanup(func() {
		if unknown := w.Unknown(); len(unknown) > 0 {
			t.Errorf("calls that nobody knows: %v", unknown)
		}
	})
	w.SetZone(zone, "example.com", false)
	return w
}

func credentials(t *testing.T, address string) {
	t.Helper()
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL": address, "AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": "very-secret", "AWS_REGION": "eu-west-1",
		"AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
		"AWS_CA_BUNDLE": "", // reading it for each client takes longer than most cases
	} {
		t.Setenv(name, value)
	}
}

// open makes an adapter that does not wait, as a new process would.
func (w *world) open() *route53.Zone { return w.of(record()) }

func (w *world) of(r prepare.Record) *route53.Zone {
	w.t.Helper()
	z, err := route53.Open(w.t.Context(), r, route53.Options{
		Pace: time.Nanosecond, Poll: time.Millisecond, Within: time.Second, Backoff: time.Millisecond,
		Told: func(s route53.Sync) {
			if s.Change == "" || s.Took < 0 || s.InSync != (w.last() == route53.InSync) {
				w.t.Errorf("told %+v after %s", s, w.last())
			}
		},
		Progress: func(what string, took time.Duration) {
			w.mu.Lock()
			defer w.mu.Unlock()
			if w.legs = append(w.legs, what); took < 0 {
				w.t.Errorf("%s took %s", what, took)
			}
		},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return z
}

// told are the legs since the last look.
func (w *world) told() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	all := strings.Join(w.legs, ", ")
	w.legs = nil
	return all
}

func (w *world) last() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.legs) == 0 {
		return ""
	}
	return w.legs[len(w.legs)-1]
}

// times counts the calls of one name.
func (w *world) times(call string) (n int) {
	for _, c := range w.Calls() {
		if c.Action == "route53:"+call {
			n++
		}
	}
	return n
}

func weighted(kind, id, target, zone, check string, weight int) cloud.RecordSet {
	return cloud.RecordSet{
		Name: "api.example.com", Type: kind, SetIdentifier: id, Weight: &weight, HealthCheckID: check,
		AliasTarget: &cloud.AliasTarget{HostedZoneID: zone, DNSName: target, EvaluateTargetHealth: target != greenName},
	}
}

// pairs are those of A and AAAA, under names of somebody's choice.
func pairs(blue, green int) []cloud.RecordSet {
	var all []cloud.RecordSet
	for _, kind := range []string{"A", "AAAA"} {
		all = append(all, weighted(kind, "old", "dualstack."+blueName, blueZone, "", blue), weighted(kind, "new", greenName, greenZone, "", green))
	}
	return all
}

// around are records that nobody may touch.
func around() []cloud.RecordSet {
	ttl, one := 300, 1
	return []cloud.RecordSet{
		{Name: "example.com", Type: "SOA", TTL: &ttl, Values: []string{"ns. host. 1 1 1 1 1"}},
		{Name: "api.example.com", Type: "TXT", TTL: &ttl, Values: []string{`"x"`}},
		{Name: "a.api.example.com", Type: "A", TTL: &ttl, Values: []string{"192.0.2.1"}},
		{Name: "zzz.example.com", Type: "A", SetIdentifier: "new", Weight: &one, TTL: &ttl, Values: []string{"192.0.2.2"}},
	}
}

func (w *world) stand(blue, green int) {
	w.SetRecords(zone, append(around(), pairs(blue, green)...)...)
}

// weights are those that stand, such as "A 9/1 AAAA 9/1", blue first.
func (w *world) weights() string {
	by := map[string]int{}
	for _, s := range w.Records(zone) {
		if s.Name == "api.example.com." && s.Weight != nil {
			by[s.Type+s.SetIdentifier] = *s.Weight
		}
	}
	return fmt.Sprintf("A %d/%d AAAA %d/%d", by["Aold"], by["Anew"], by["AAAAold"], by["AAAAnew"])
}

func split(green, blue int) rollout.Split { return rollout.Split{Green: green, Blue: blue} }

func says(t *testing.T, err error, kind fault.Kind, want string) {
	t.Helper()
	if err == nil || fault.KindOf(err) != kind || !strings.Contains(err.Error(), want) {
		t.Errorf("kind %v: %v\nwant kind %v and %q", fault.KindOf(err), err, kind, want)
	}
	if err != nil && strings.Contains(err.Error(), "very-secret") {
		t.Errorf("a secret: %v", err)
	}
}

// fails makes a call fail the first so many times.
func (w *world) fails(call string, times, status int, code, message string) {
	seen := 0
	w.FailRoute53(func(_ int, c string) (int, string, string) {
		if c != call {
			return 0, "", ""
		}
		if seen++; seen > times {
			return 0, "", ""
		}
		return status, code, message
	})
}
