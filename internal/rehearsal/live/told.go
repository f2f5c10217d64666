package live

import (
	"fmt"
	"time"

	"github.com/cutover-dev/cutover/internal/report"
)

// leg is a part of the way from the fault to users who are well.
type leg struct {
	name     string
	from, to time.Time
	within   time.Duration
}

// legs are those of this scenario. What never came has no end.
func (f Figures) legs() []leg {
	if f.Fault.IsZero() {
		return nil
	}
	if f.Scenario.Killed {
		return []leg{
			{"fault to DNS leaving green", f.Fault, f.DNS, (failoverMinutes + 1) * time.Minute},
			{"fault to 95% of the users on blue", f.Fault, f.Back, alone},
		}
	}
	all := []leg{{"fault to the decision", f.Fault, f.Decided, 0}}
	if !f.Scenario.NoControl {
		all = append(all, leg{"decision to the record giving blue everything", f.Decided, f.Record, budget})
	}
	return append(all,
		leg{"decision to DNS leaving green", f.Decided, f.DNS, budget},
		leg{"decision to 95% of the users on blue", f.Decided, f.Back, budget})
}

// length is how long a leg took; ok is false for one that never ended.
func (l leg) length() (took time.Duration, ok bool) {
	if l.from.IsZero() || l.to.IsZero() {
		return 0, false
	}
	return l.to.Sub(l.from).Round(time.Second), true
}

// took is that in words.
func (l leg) took() string {
	took, ok := l.length()
	if !ok {
		return "never"
	}
	return report.Seconds(took)
}

// Told is what came of it, in lines.
func (f Figures) Told() []string {
	lines := []string{fmt.Sprintf("%s: %s requests, %s harmed, by the record green has %.0f%% at the end (%s here)",
		f.Scenario.Name, report.Grouped(f.All.Requests()), report.Grouped(f.All.Harm()), 100*f.Stands, report.Seconds(f.Took))}
	for _, l := range f.legs() {
		line := "  " + l.name + ": " + l.took()
		if l.within > 0 {
			line += ", at most " + report.Seconds(l.within)
		}
		lines = append(lines, line)
	}
	return lines
}
