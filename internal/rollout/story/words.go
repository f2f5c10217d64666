package story

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/rollout"
	"github.com/cutover-dev/cutover/internal/rollout/judge"
)

// name is what people call an objective: as a label, and within a sentence.
type name struct{ label, phrase string }

var names = map[string]name{
	judge.ErrorRate:   {"errors", "the error rate"},
	judge.Slow:        {"slow requests", "the share of slow requests"},
	judge.Rejected:    {"rejected requests", "the share of rejected requests"},
	judge.ColdStart:   {"slow cold starts", "the share of slow cold starts"},
	judge.Throttles:   {"throttled calls", "the share of throttled calls"},
	judge.Connections: {"database connections", "the use of database connections"},
	judge.DatabaseCPU: {"database CPU", "the database's CPU"},
	judge.CacheMemory: {"cache memory", "the cache's memory"},
	judge.Cost:        {"cost per million requests", "the cost per million requests"},
}

// labelOf names an objective; one that nobody named keeps its own.
func labelOf(objective string) string {
	if n, ok := names[objective]; ok {
		return n.label
	}
	return strings.ReplaceAll(objective, "_", " ")
}

// subjects finds the names of objectives where the judge begins a clause with
// them. Only there: "slow" is a word of its own elsewhere.
var subjects = regexp.MustCompile(`(^|; |: |, but )(error_rate|slow|rejected|cold_start|throttles|database_connections|database_cpu|cache_memory|cost_per_million)( has | is |:)`)

// plainly puts people's names into a reason that cutover wrote.
func plainly(reason string) string {
	for range 2 { // matches that share their separator are found by the second
		reason = subjects.ReplaceAllStringFunc(reason, func(m string) string {
			part := subjects.FindStringSubmatch(m)
			return part[1] + names[part[2]].phrase + part[3]
		})
	}
	return reason
}

// objectiveIn returns the first objective that a reason speaks of, or "".
func objectiveIn(reason string) string {
	if part := subjects.FindStringSubmatch(reason); part != nil {
		return part[2]
	}
	return ""
}

// said is an event's reason for people. What a person wrote stays as it is.
func said(e rollout.Event) string {
	reason := e.Reason
	if e.By == "" {
		if e.Kind == rollout.Held {
			if kind, rest, ok := strings.Cut(reason, ": "); ok && holdWords[rollout.HoldKind(kind)].label != "" {
				reason = rest
			}
		}
		reason = plainly(reason)
	}
	return brief(reason, 220)
}

// wording of a kind of event.
type wording struct {
	label string
	tone  report.Tone
}

var kindWords = map[rollout.Kind]wording{
	rollout.Started: {"started", report.Plain}, rollout.Promoted: {"promoted", report.Good},
	rollout.Shifted: {"record changed", report.Plain}, rollout.Settled: {"traffic followed", report.Plain},
	rollout.Held: {"held", report.Doubt}, rollout.Released: {"hold lifted", report.Plain},
	rollout.Paged: {"person called", report.Doubt}, rollout.Reported: {"reported", report.Doubt},
	rollout.Recovered: {"recovered", report.Good}, rollout.FellBack: {"rolled back", report.Bad},
	rollout.Confirmed: {"blue has the traffic", report.Good}, rollout.Soaked: {"done, watched on", report.Good},
	rollout.Completed: {"complete", report.Good}, rollout.Ordered: {"a person's order", report.Plain},
	rollout.Corrected: {"weights taken back", report.Doubt}, rollout.EpochOpened: {"watch begun anew", report.Quiet},
}

// holdWord says what a hold is, and what ends it.
type holdWord struct{ label, ends string }

var holdWords = map[rollout.HoldKind]holdWord{
	rollout.HoldBroken:       {"a limit is broken", "A person must decide; without one it rolls back."},
	rollout.HoldUnclear:      {"a limit is broken, by whom is not clear yet", "The next minutes show whose fault it is."},
	rollout.HoldShared:       {"both sides are broken", "It goes on once the limits are kept again; rolling back would help nobody."},
	rollout.HoldMissing:      {"data is missing", "It goes on when data comes back; nothing is promoted unseen."},
	rollout.HoldUndelivered:  {"green does not get its share", "It goes on when the share shows in the traffic."},
	rollout.HoldDrift:        {"somebody else changed the weights", "A person must say which weights hold."},
	rollout.HoldWorse:        {"green is worse than blue", "A person must decide: resume accepts it, rollback takes green out."},
	rollout.HoldGuard:        {"a guard is up", "It goes on when the level is back within its limit."},
	rollout.HoldPolicy:       {"the policy changed", "A person must resume to accept the new policy."},
	rollout.HoldPaused:       {"paused by a person", "A person must resume."},
	rollout.HoldInconclusive: {"too little evidence", "It goes on by itself once that is proved."},
	rollout.HoldApproval:     {"approval wanted", "A person must approve the next phase."},
}

// lasting writes a duration as it is said: 45 s, 5 min, 1 h 12 min, 24 h.
func lasting(d time.Duration) string {
	switch d = max(d, 0); {
	case d < time.Minute:
		return strconv.Itoa(int(d.Round(time.Second)/time.Second)) + " s"
	case d.Round(time.Minute) < 2*time.Hour:
		return strconv.Itoa(int(d.Round(time.Minute)/time.Minute)) + " min"
	}
	d = d.Round(time.Minute)
	text := strconv.Itoa(int(d/time.Hour)) + " h"
	if rest := d % time.Hour / time.Minute; rest > 0 {
		text += fmt.Sprintf(" %d min", rest)
	}
	return text
}

// clock writes a moment in UTC, with its day when the story has several.
func (t *telling) clock(at time.Time) string {
	if at.IsZero() {
		return "not yet"
	}
	layout := "15:04"
	if t.start.UTC().YearDay() != t.end.UTC().YearDay() || t.end.Sub(t.start) > 24*time.Hour {
		layout = "2\u00a0Jan\u00a015:04" // in one piece, also in a narrow column
	}
	return at.UTC().Format(layout)
}

// rate writes a share from 0 to 1 in percent, with as many digits as say something.
func rate(v float64) string {
	if math.IsNaN(v) {
		return "unknown"
	}
	digits := 1
	switch v *= 100; {
	case v >= 10 || v == 0:
		digits = 0
	case v < 1:
		digits = 2
	}
	return trimmed(v, digits) + "%"
}

// amount writes an objective's value in its unit.
func amount(o judge.Objective, v float64) string {
	if o.Unit == "$" {
		return "$" + strings.TrimSuffix(strconv.FormatFloat(v, 'f', 2, 64), ".00")
	}
	return rate(v)
}

// trimmed writes a figure without zeros at its end.
func trimmed(v float64, digits int) string {
	s := strconv.FormatFloat(v, 'f', digits, 64)
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return s
}

// odds writes evidence as people bet: "1,600:1". log is natural.
func odds(log float64) string {
	switch {
	case math.IsNaN(log):
		return "none"
	case log < math.Log(10):
		return strings.TrimSuffix(strconv.FormatFloat(math.Exp(log), 'f', 1, 64), ".0") + ":1"
	case log < math.Log(1e6):
		return report.Grouped(int64(math.Round(math.Exp(log)))) + ":1"
	}
	return "10" + strings.Map(func(r rune) rune { return []rune("⁰¹²³⁴⁵⁶⁷⁸⁹")[r-'0'] }, strconv.Itoa(int(log/math.Ln10))) + ":1"
}

// brief shortens a text to at most most runes.
func brief(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return s
}

// clauses keeps the first few of a reason's clauses and counts the others.
func clauses(reason string, most int) string {
	all := strings.Split(reason, "; ")
	if len(all) <= most {
		return reason
	}
	return strings.Join(all[:most], "; ") + fmt.Sprintf("; and %d more", len(all)-most)
}

// capital begins a sentence.
func capital(s string) string {
	if s == "" {
		return s
	}
	first, size := utf8.DecodeRuneInString(s)
	return strings.ToUpper(string(first)) + s[size:]
}

// stop ends a sentence that may already be ended.
func stop(s string) string {
	if strings.HasSuffix(s, ".") || strings.HasSuffix(s, "…") {
		return s
	}
	return s + "."
}
