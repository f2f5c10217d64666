package capacity

import (
	"fmt"
	"strings"
)

// Level is how bad a finding is.
type Level string

// The levels, the worst last.
const (
	OK     Level = "ok"     // nothing, or something to know
	Repair Level = "repair" // the pin does not hold; raising it again is safe
	Alarm  Level = "alarm"  // blue could not take the traffic back
)

// Finding is one thing that a check saw, in words.
type Finding struct {
	Level Level  `json:"level"`
	What  string `json:"what"`
}

// Findings are those of one check; none is all well.
type Findings []Finding

// Level is that of the worst finding.
func (f Findings) Level() Level {
	worst := OK
	for _, one := range f {
		if one.Level == Alarm || one.Level == Repair && worst == OK {
			worst = one.Level
		}
	}
	return worst
}

// String is what was seen in one line.
func (f Findings) String() string {
	var all []string
	for _, one := range f {
		all = append(all, one.What)
	}
	return strings.Join(all, " ")
}

// Check says whether blue could take the traffic back.
//
// A bound that is too low is repaired before it can do harm. Too few running
// tasks are an alarm, whoever is to blame: raising what is wished for does not
// make them run.
func Check(id Identity, pin Pin, now Standing) Findings {
	f := Findings{}
	add := func(level Level, format string, args ...any) {
		f = append(f, Finding{level, fmt.Sprintf(format, args...)})
	}
	switch now.Status {
	case Active:
	case Draining:
		add(Alarm, "The %s was deleted and is draining: %d tasks are left, and they end soon. It cannot be brought back: make it anew before green gets more traffic.", id, now.Running)
		return f
	default:
		add(Alarm, "The %s is %s: there is nothing that users could go back to. Make it anew before green gets more traffic.", id, word(now.Status))
		return f
	}
	if s := now.Scaling; s != nil {
		if s.Min < pin.Tasks {
			add(Repair, "Its scaling may go down to %d tasks, below the %d that it is pinned to: somebody or something has lowered the minimum.", s.Min, pin.Tasks)
		}
		if s.Max < max(pin.Max, pin.Tasks) {
			add(Repair, "Its scaling may go up to %d tasks only, not to %d: somebody or something has lowered the maximum.", s.Max, max(pin.Max, pin.Tasks))
		}
		if s.OutSuspended {
			add(OK, "Its scaling out is suspended: under more traffic than it has tasks for it would not grow.")
		}
	} else if pin.Max > 0 {
		add(OK, "Nothing scales it any more, as something did when it was pinned: it keeps the %d tasks that it is told to have.", now.Desired)
	}
	if now.Desired < pin.Tasks {
		add(Repair, "It is to have %d tasks, not the %d that it is pinned to.", now.Desired, pin.Tasks)
	}
	if now.Running < pin.Tasks {
		add(Alarm, "Only %d of %d tasks run%s: it could not take all of the traffic back.", now.Running, pin.Tasks, starting(now.Pending))
	}
	if now.Failed != "" {
		add(OK, "Its last deployment failed: %s.", strings.TrimRight(now.Failed, "."))
	}
	if now.Deploying {
		add(OK, "A deployment of it is in progress: what users would go back to is being changed.")
	}
	return f
}

func starting(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(", %d are starting", n)
}

func word(status string) string {
	switch status {
	case "":
		return "in no state that is known"
	case Inactive:
		return "deleted"
	}
	return status
}
