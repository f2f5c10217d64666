package preflight

import (
	"fmt"
	"strings"

	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/verdict"
)

const sourceBackground = "EventBridge rules and their targets; Lambda ListEventSourceMappings"

// background looks for work that both sides would do. What is off does nothing,
// and what only one side does is in its place.
func (j *judge) background(t *tally) {
	workers, ok := see(t, j.o.Background, "workers", "what works in the background")
	if !ok {
		return
	}
	var blue, green []Worker
	for _, w := range workers {
		switch {
		case !w.Enabled:
		case w.Side == Green:
			green = append(green, w)
		case w.Side == Blue:
			blue = append(blue, w)
		default:
			t.add(worker(w.Name, verdict.Inconclusive, len(workers), "Look whose it is.", "%s %s belongs to neither side", w.Kind, w.Name))
		}
	}
	doubles := map[string]bool{}
	for _, b := range blue {
		for _, g := range green {
			if what := double(b, g); what != "" {
				doubles[b.Kind+b.Name], doubles[g.Kind+g.Name] = true, true
				t.add(worker(g.Kind+"-"+g.Name, verdict.Fail, len(workers), "Switch off the one of the side that has no users yet: "+g.Name+" on green.",
					"both sides do the same work: %s %s on blue and %s on green %s", b.Kind, b.Name, g.Name, what))
			}
		}
	}
	schedules := func(side []Worker) (names []string) {
		for _, w := range side {
			if w.Kind == Schedule && !doubles[w.Kind+w.Name] {
				names = append(names, w.Name)
			}
		}
		return names
	}
	if b, g := schedules(blue), schedules(green); len(b) > 0 && len(g) > 0 {
		t.add(worker("schedules", verdict.Inconclusive, len(workers), "Compare them, and switch off what both do.",
			"schedules are on on both sides (blue: %s; green: %s), and nobody can tell from their names whether two do the same", list(b), list(g)))
	}
	if len(green) > 0 {
		t.add(worker("blue-consumers", verdict.Inconclusive, len(workers), "Read blue's code for timers and for what takes from queues; stop what green does too.",
			"what blue's tasks do by themselves, by timers or from queues, no API shows; on green %s", working(green)))
	}
	t.add(worker("workers", verdict.Pass, len(workers), "", "%s of blue and %d of green are on", report.Count(len(blue), "worker"), len(green)))
}

func worker(name string, v verdict.Verdict, sample int, change, format string, args ...any) Finding {
	return Finding{Finding: verdict.Finding{Name: name, Verdict: v}}.of(int64(sample), "workers", "as they stand now", sourceBackground).told(change, format, args...)
}

// double says why two workers do the same, "" if nothing says so. Names are
// compared by their letters alone: nightly-report is NightlyReport.
func double(b, g Worker) string {
	switch {
	case b.Kind != g.Kind:
		return ""
	case b.Kind == Schedule:
		if letters(b.Name) == letters(g.Name) {
			return fmt.Sprintf("have one name (%s, %s)", b.Source, g.Source)
		}
		return ""
	case b.Source == g.Source && b.Source != "":
		return "take from " + b.Source
	}
	return ""
}

func letters(name string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'a' && r <= 'z' {
			return r
		}
		return -1
	}, strings.ToLower(name))
}

// working names green's workers.
func working(green []Worker) string {
	names := make([]string, len(green))
	for i, w := range green {
		names[i] = w.Kind + " " + w.Name
	}
	return "there are " + list(names)
}
