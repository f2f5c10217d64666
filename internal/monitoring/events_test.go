package monitoring_test

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/monitoring"
)

var night = time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)

func deployed(label string, ago time.Duration) monitoring.Event {
	return monitoring.Event{At: night.Add(-ago), Label: label, Kind: monitoring.EventDeployment}
}

func labels(events []monitoring.Event) (all []string) {
	for _, e := range events {
		all = append(all, e.Label)
	}
	return all
}

func TestEventsAreRememberedByTheTemplate(t *testing.T) {
	p := planFor(monitoring.Inventory{Stage: "production"})
	if m := build(t, p).Template.Metadata; m != nil {
		t.Errorf("without events: %v", m)
	}
	p.Events = []monitoring.Event{deployed("one", 2*time.Hour), deployed("two", time.Hour)}
	if got := monitoring.EventsOf(build(t, p).Template.Text()); !reflect.DeepEqual(got, p.Events) {
		t.Errorf("%v", got)
	}
	for _, other := range []string{"", "AWSTemplateFormatVersion: 2010-09-09", `{"Metadata":{"CutoverEvents":"none"}}`, `{"Metadata":7}`} {
		if got := monitoring.EventsOf([]byte(other)); got != nil {
			t.Errorf("%q remembers %v", other, got)
		}
	}
}

func TestRemember(t *testing.T) {
	var many []monitoring.Event
	for n := range 30 {
		many = append(many, deployed(fmt.Sprint(n), time.Duration(30-n)*time.Hour))
	}
	for name, c := range map[string]struct {
		before, added []monitoring.Event
		want          []string
	}{
		"nothing":                       {nil, nil, nil},
		"the new one comes last":        {[]monitoring.Event{deployed("a", time.Hour)}, []monitoring.Event{deployed("b", 0)}, []string{"a", "b"}},
		"told again it stands once":     {[]monitoring.Event{deployed("a", time.Hour)}, []monitoring.Event{deployed("a", 0)}, []string{"a"}},
		"by time":                       {[]monitoring.Event{deployed("b", time.Hour), deployed("a", 2*time.Hour)}, nil, []string{"a", "b"}},
		"older than the figures":        {[]monitoring.Event{deployed("a", 15*24*time.Hour), deployed("b", 15*24*time.Hour-time.Second)}, nil, []string{"b"}},
		"from a clock that is far off":  {[]monitoring.Event{deployed("a", -2*time.Hour)}, []monitoring.Event{deployed("b", 0)}, []string{"b"}},
		"more than the dashboards mark": {many, nil, labels(many[10:])},
	} {
		if got := labels(monitoring.Remember(c.before, night, c.added...)); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
