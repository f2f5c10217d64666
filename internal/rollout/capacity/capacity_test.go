package capacity_test

import (
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/rollout/capacity"
)

var blue = capacity.Identity{Cluster: "lego-api", Service: "web"}

func scaled(desired, least, most int) capacity.Standing {
	return capacity.Standing{Status: capacity.Active, Desired: desired, Running: desired, Scaling: &capacity.Scaling{Min: least, Max: most}}
}

func fixed(desired int) capacity.Standing {
	return capacity.Standing{Status: capacity.Active, Desired: desired, Running: desired}
}

func TestPlan(t *testing.T) {
	draining, deleted := fixed(3), fixed(3)
	draining.Status, deleted.Status = capacity.Draining, capacity.Inactive
	for name, c := range map[string]struct {
		now  capacity.Standing
		peak int
		want capacity.Pin
		says string
	}{
		"the peak is most":              {scaled(2, 1, 10), 6, capacity.Pin{Tasks: 6, Max: 10}, ""},
		"more than ever now":            {scaled(8, 1, 10), 6, capacity.Pin{Tasks: 8, Max: 10}, ""},
		"its own minimum is most":       {scaled(5, 5, 10), 2, capacity.Pin{Tasks: 5, Max: 10}, ""},
		"a peak above its maximum":      {scaled(2, 1, 4), 6, capacity.Pin{Tasks: 6, Max: 6}, ""},
		"more by hand than its maximum": {scaled(9, 1, 4), 6, capacity.Pin{Tasks: 9, Max: 9}, ""},
		"its minimum above what it has": {scaled(2, 5, 5), 2, capacity.Pin{Tasks: 5, Max: 5}, ""},
		"nothing scales it":             {fixed(2), 4, capacity.Pin{Tasks: 4}, ""},
		"nothing scales it, has more":   {fixed(7), 4, capacity.Pin{Tasks: 7}, ""},
		"no peak":                       {fixed(7), 0, capacity.Pin{}, "no peak"},
		"it is draining":                {draining, 3, capacity.Pin{}, "not active (got \"DRAINING\")"},
		"it was deleted":                {deleted, 3, capacity.Pin{}, "not active"},
		"ECS does not know it":          {capacity.Standing{Status: "MISSING"}, 3, capacity.Pin{}, "legacy.cluster and legacy.service"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := capacity.Plan(blue, c.now, c.peak)
			if got != c.want || (err == nil) != (c.says == "") {
				t.Errorf("%+v, %v", got, err)
			}
			if err != nil && (fault.KindOf(err) != fault.Refused || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), "lego-api/web")) {
				t.Error(err)
			}
		})
	}
}

func TestCheck(t *testing.T) {
	pin := capacity.Pin{Tasks: 6, Max: 10}
	with := func(s capacity.Standing, change func(s *capacity.Standing)) capacity.Standing {
		if s.Scaling != nil {
			own := *s.Scaling
			s.Scaling = &own
		}
		change(&s)
		return s
	}
	well := scaled(6, 6, 10)
	for name, c := range map[string]struct {
		pin  capacity.Pin
		now  capacity.Standing
		want capacity.Level
		says []string
	}{
		"all is well":              {pin, well, capacity.OK, nil},
		"more than it must have":   {pin, scaled(9, 7, 12), capacity.OK, nil},
		"nothing has ever scaled":  {capacity.Pin{Tasks: 4}, fixed(4), capacity.OK, nil},
		"scaling in is suspended":  {pin, with(well, func(s *capacity.Standing) { s.Scaling.InSuspended = true }), capacity.OK, nil},
		"scaling out is suspended": {pin, with(well, func(s *capacity.Standing) { s.Scaling.OutSuspended = true }), capacity.OK, []string{"would not grow"}},
		"the minimum was lowered":  {pin, scaled(6, 5, 10), capacity.Repair, []string{"down to 5 tasks, below the 6"}},
		"the maximum was lowered":  {pin, scaled(6, 6, 9), capacity.Repair, []string{"up to 9 tasks only, not to 10"}},
		"scaling came later":       {capacity.Pin{Tasks: 4}, scaled(4, 1, 2), capacity.Repair, []string{"down to 1", "up to 2"}},
		"scaling was taken away":   {pin, fixed(6), capacity.OK, []string{"Nothing scales it any more"}},
		"fewer are wished for":     {pin, with(well, func(s *capacity.Standing) { s.Desired = 5 }), capacity.Repair, []string{"is to have 5 tasks, not the 6"}},
		"fewer run":                {pin, with(well, func(s *capacity.Standing) { s.Running = 5 }), capacity.Alarm, []string{"Only 5 of 6 tasks run: it"}},
		"fewer run, some start":    {pin, with(well, func(s *capacity.Standing) { s.Running, s.Pending = 4, 2 }), capacity.Alarm, []string{"Only 4 of 6 tasks run, 2 are starting"}},
		"both":                     {pin, with(scaled(6, 2, 10), func(s *capacity.Standing) { s.Desired, s.Running = 3, 3 }), capacity.Alarm, []string{"down to 2", "to have 3", "Only 3 of 6"}},
		"a deployment":             {pin, with(well, func(s *capacity.Standing) { s.Deploying = true }), capacity.OK, []string{"is being changed"}},
		"a deployment that failed": {pin, with(well, func(s *capacity.Standing) { s.Failed = "tasks failed to start." }), capacity.OK, []string{"failed: tasks failed to start."}},
		"it is draining":           {pin, with(well, func(s *capacity.Standing) { s.Status = capacity.Draining }), capacity.Alarm, []string{"draining: 6 tasks are left"}},
		"it was deleted":           {pin, capacity.Standing{Status: capacity.Inactive}, capacity.Alarm, []string{"is deleted"}},
		"ECS does not know it":     {pin, capacity.Standing{Status: "MISSING"}, capacity.Alarm, []string{"is MISSING"}},
		"ECS does not say":         {pin, capacity.Standing{}, capacity.Alarm, []string{"in no state that is known"}},
	} {
		t.Run(name, func(t *testing.T) {
			got := capacity.Check(blue, c.pin, c.now)
			if got.Level() != c.want || len(got) != len(c.says) {
				t.Fatalf("%s: %v", got.Level(), got)
			}
			for i, words := range c.says {
				if !strings.Contains(got[i].What, words) {
					t.Errorf("%q does not say %q", got[i].What, words)
				}
			}
			if got == nil {
				t.Error("it is null in JSON")
			}
		})
	}
}
