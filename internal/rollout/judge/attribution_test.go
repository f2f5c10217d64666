package judge_test

import (
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/rollout/judge"
)

func saturated(m *judge.Minute) { m.Gauges.DatabaseCPU = .95 }
func noBlue(m *judge.Minute)    { m.Blue = judge.Counts{} }

// Whose fault a broken limit is. Only what is shown of blue counts: that it
// shows nothing proves nothing.
func TestAttribution(t *testing.T) {
	const green, shared, unclear = judge.Green, judge.Shared, judge.Unclear
	hour := span{60, well()}
	idle := with(errors(50, 0), noBlue)
	for _, c := range []struct {
		name  string
		spans []span
		but   func(s *judge.Situation)
		want  judge.Attribution
		says  string
	}{
		{"blue is well", []span{hour, {8, errors(50, 0)}}, nil, green, "blue keeps the limit"},
		{"blue breaks in the same minute", []span{hour, {8, errors(50, 50)}}, nil, shared, "blue broke it too, at 13:0"},
		{"blue broke two minutes before", []span{hour, {2, errors(0, 50)}, {8, errors(50, 50)}}, nil, shared, "blue broke it too"},
		{"blue broke ten minutes before", []span{hour, {10, errors(0, 50)}, {8, errors(50, 50)}}, nil, green, "blue broke it at another time"},
		{"blue breaks ten minutes later", []span{hour, {10, errors(50, 0)}, {8, errors(50, 50)}}, nil, green, "blue broke it at another time"},
		{"blue is past the limit, and not yet shown to be broken", []span{hour, {1, errors(50, 0)}, {3, errors(50, 12)}}, nil, unclear, "not yet shown"},
		{"and stays so for longer than three minutes", []span{hour, {1, errors(50, 0)}, {12, errors(50, 12)}}, nil, green, "blue keeps the limit"},
		{"and then nothing is heard any more", []span{hour, {1, errors(50, 0)}, {3, errors(50, 12)}}, func(s *judge.Situation) {
			s.Now = s.Now.Add(10 * time.Minute)
		}, green, "blue keeps the limit"},
		{"both break ten minutes after the weight rose", []span{hour, {8, errors(50, 50)}}, func(s *judge.Situation) { s.Risen = at(50) }, green, "10 minutes after green's weight rose"},
		{"both break 29 minutes after it rose", []span{hour, {8, errors(50, 50)}}, func(s *judge.Situation) { s.Risen = at(31) }, green, "minutes after green's weight rose"},
		{"both break 31 minutes after it rose", []span{hour, {8, errors(50, 50)}}, func(s *judge.Situation) { s.Risen = at(29) }, shared, ""},
		{"both break while a store is saturated", []span{hour, {8, with(errors(50, 50), saturated)}}, nil, green, "database_cpu is saturated"},
		{"both break after a store was saturated for a minute", []span{hour, {1, with(well(), saturated)}, {8, errors(50, 50)}}, nil, shared, ""},
		{"blue has recovered, green has not", []span{hour, {10, errors(50, 50)}, {6, errors(50, 0)}}, nil, green, "has recovered, green has not"},
		{"both recover", []span{hour, {10, errors(50, 50)}, {2, well()}}, nil, shared, ""},
		{"blue idle, probes fail", []span{hour, {8, idle}}, probing(5, 5, 5), shared, "15 of 15 probes of blue fail"},
		{"blue idle, half of the probes fail", []span{hour, {8, idle}}, probing(2, 3), shared, "5 of 10 probes"},
		{"blue idle, probes succeed", []span{hour, {8, idle}}, probing(0, 0, 1), green, "14 of 15 probes of blue succeed"},
		{"blue idle, no probe", []span{hour, {8, idle}}, probing(), green, "was not probed"},
		{"blue idle, an old probe failed", []span{hour, {8, idle}}, func(s *judge.Situation) {
			s.BlueIdle, s.Probes = true, []judge.Probe{{At: at(50), Sent: 5, Failed: 5}}
		}, green, "was not probed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := rules(t, "{}", judge.DatabaseCPU)
			l := fed(r, c.spans...)
			s := now(l)
			if c.but != nil {
				c.but(&s)
			}
			b := l.Assess(r, s).Breach
			if b == nil || b.Attribution != c.want || b.Objective != judge.ErrorRate || !strings.Contains(b.Reason, c.says) {
				t.Fatalf("%+v, want %s saying %q", b, c.want, c.says)
			}
			if b.Found.Before(b.Began) || b.Began.Before(at(57)) || b.Found.After(l.Through) {
				t.Errorf("began %s, found %s", b.Began, b.Found)
			}
		})
	}
}

// probing is blue without traffic, probed once a minute with so many of five
// failing.
func probing(failed ...int) func(s *judge.Situation) {
	return func(s *judge.Situation) {
		s.BlueIdle = true
		for i, n := range failed {
			s.Probes = append(s.Probes, judge.Probe{At: s.Now.Add(time.Duration(i-len(failed)) * time.Minute), Sent: 5, Failed: n})
		}
	}
}

// Of two broken limits the one that is green's own counts.
func TestGreensOwnFaultComesFirst(t *testing.T) {
	r := rules(t, "{}")
	slow := with(errors(50, 50), func(m *judge.Minute) { m.Green.Slow = 300 })
	l := fed(r, span{60, well()}, span{10, slow})
	if b := l.Assess(r, now(l)).Breach; b == nil || b.Objective != judge.Slow || b.Attribution != judge.Green {
		t.Errorf("%+v", b)
	}
}

// What blue cannot explain is green's, whatever blue does.
func TestSaturationIsGreens(t *testing.T) {
	r := rules(t, "{}", judge.Connections)
	l := fed(r, span{60, well()}, span{2, with(errors(0, 0), func(m *judge.Minute) { m.Gauges.Connections = .96 })})
	if b := l.Assess(r, now(l)).Breach; b == nil || b.Objective != judge.Connections || b.Attribution != judge.Green || !b.Hard {
		t.Errorf("%+v", b)
	}
}
