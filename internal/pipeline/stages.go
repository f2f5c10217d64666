package pipeline

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// What a stage has waited for.
const (
	forRunner = "runner"
	forReview = "review"
)

// The conclusions of a stage that is not over; the others are GitHub's.
const (
	running = "running"
	waiting = "waiting"
)

// slack is how much later than the job that follows it a job may seem to have
// ended: runners tell the end by clocks of their own.
const slack = 2 * time.Second

// own finds the job that asks; -1 if it is not among them.
func own(o Observation) int {
	if o.Own.Run == 0 || o.Own.Run != o.Run.ID {
		return -1
	}
	found := func(is func(Job) bool) []int {
		var at []int
		for i, j := range o.Jobs {
			if j.Conclusion == "" && !j.Started.IsZero() && is(j) {
				at = append(at, i)
			}
		}
		return at
	}
	// A runner runs one job at a time. Without its name the job's may tell, and
	// else a report is all that still runs.
	for _, is := range []func(Job) bool{
		func(j Job) bool { return o.Own.Runner != "" && j.Runner == o.Own.Runner },
		func(j Job) bool { return o.Own.Job != "" && j.Name == o.Own.Job },
		func(Job) bool { return true },
	} {
		if at := found(is); len(at) == 1 {
			return at[0]
		}
	}
	return -1
}

// spell is a job's place in time: waiting from from, running from start to end.
type spell struct {
	from, start, end time.Time
	stage            int
}

// stages tells every job but the one that asks, and the spells of those that
// ran in this attempt.
func stages(o Observation) (all []Stage, spells []spell, notes []string) {
	mine := own(o)
	var jobs []Job
	for i, j := range o.Jobs {
		if i != mine {
			jobs = append(jobs, j)
		}
	}
	slices.SortStableFunc(jobs, func(a, b Job) int {
		return begun(a, o.Now).Compare(begun(b, o.Now))
	})
	if mine < 0 && o.Own.Run != 0 && o.Own.Run == o.Run.ID {
		notes = append(notes, "The job of this report was not found among the jobs of its run, so none was left out.")
	}
	reviewed := reviews(o, jobs)
	for i, j := range jobs {
		s := Stage{Name: j.Name, URL: j.URL, Conclusion: j.Conclusion, LongestStep: longest(j)}
		where, known := spellOf(j, o)
		switch {
		case j.Conclusion == skipped:
			s.LongestStep = nil
		case j.Conclusion == "" && j.Started.IsZero():
			s.Conclusion = waiting
			if !j.Created.IsZero() && o.Now.After(j.Created) {
				s.WaitedSeconds, s.WaitedFor = seconds(o.Now.Sub(j.Created)), forRunner
			}
		case !known:
			notes = append(notes, fmt.Sprintf("%s: its times contradict each other, so what it took is unknown.", j.Name))
		case o.Run.Attempt > 1 && !where.end.After(o.Run.Began()):
			s.EarlierAttempt = true
			if !j.neverRan() {
				s.TookSeconds = seconds(where.end.Sub(where.start))
			}
		default:
			if j.Conclusion == "" {
				s.Conclusion = running
			}
			if environment, ok := reviewed[i]; ok {
				where.from = asked(where, jobs, o)
				s.Environment, s.WaitedFor = environment, forReview
			}
			if !j.Created.IsZero() && !j.Created.After(where.start) {
				s.WaitedAfterSeconds = seconds(max(where.from.Sub(o.Run.Began()), 0))
				s.WaitedSeconds = seconds(where.start.Sub(where.from))
				s.WaitedFor = first(s.WaitedFor, forRunner)
			}
			if j.neverRan() {
				s.WaitedFor = "" // nobody says for what
			} else {
				s.BeganAfterSeconds = seconds(max(where.start.Sub(o.Run.Began()), 0))
				s.TookSeconds = seconds(where.end.Sub(where.start))
			}
			where.stage = len(all)
			spells = append(spells, where)
		}
		all = append(all, s)
	}
	return all, spells, notes
}

// begun orders jobs as a reader expects them: those that have begun, then those
// that wait.
func begun(j Job, now time.Time) time.Time {
	switch {
	case !j.Started.IsZero():
		return j.Started
	case !j.Created.IsZero():
		return j.Created
	}
	return now
}

// spellOf places a job; false if its times contradict each other.
func spellOf(j Job, o Observation) (spell, bool) {
	where := spell{from: j.Created, start: j.Started, end: j.Ended}
	if j.Conclusion == "" {
		where.end = o.Now
		if where.end.Before(where.start) { // a clock that is a little late
			where.end = where.start
		}
	}
	if j.neverRan() {
		where.start = where.end
	}
	if where.start.IsZero() || where.end.Before(where.start) {
		return spell{}, false
	}
	if where.from.IsZero() || where.from.After(where.start) {
		where.from = where.start
	}
	// Nothing waits before its run has begun; but a job that ran then did run.
	if where.from.Before(o.Run.Began()) {
		where.from = o.Run.Began()
		if where.from.After(where.start) {
			where.from = where.start
		}
	}
	return where, true
}

// asked is since when a reviewer was waited for: the end of the last job that
// had ended when this one was made, which is the last that it needed.
func asked(where spell, jobs []Job, o Observation) time.Time {
	var last time.Time
	for _, j := range jobs {
		if j.Conclusion == skipped || j.Ended.IsZero() || j.Ended.After(where.from.Add(slack)) || j.Ended.After(where.start) || !j.Ended.After(o.Run.Began()) {
			continue
		}
		if j.Ended.After(last) {
			last = j.Ended
		}
	}
	if last.IsZero() || last.After(where.from) {
		return where.from
	}
	return last
}

// reviews says which jobs waited for an approval, with its environment. GitHub
// tells the environments that were approved and not the jobs: one approval is
// taken to be for the job whose name holds the environment's, and of several
// for the one that waited longest.
func reviews(o Observation, jobs []Job) map[int]string {
	count := map[string]int{}
	for _, r := range o.Reviews {
		if r.Approved {
			count[r.Environment]++
		}
	}
	found := map[int]string{}
	for environment, n := range count {
		word := regexp.MustCompile(`(?i)(^|[^\pL\pN])` + regexp.QuoteMeta(environment) + `($|[^\pL\pN])`)
		var of []int
		for i, j := range jobs {
			_, known := spellOf(j, o)
			if known && j.Conclusion != skipped && !j.neverRan() && j.Ended.IsZero() == (j.Conclusion == "") && word.MatchString(j.Name) {
				of = append(of, i)
			}
		}
		slices.SortStableFunc(of, func(a, b int) int { return int(gap(jobs[b], o) - gap(jobs[a], o)) })
		for _, i := range of[:min(n, len(of))] {
			if known, ok := found[i]; !ok || environment < known {
				found[i] = environment
			}
		}
	}
	return found
}

// gap is how long nothing happened before the job began.
func gap(j Job, o Observation) time.Duration {
	where, _ := spellOf(j, o)
	return where.start.Sub(where.from)
}

// longest is the step that took most.
func longest(j Job) *LongestStep {
	var most *LongestStep
	for _, s := range j.Steps {
		if took, ok := s.took(); ok && (most == nil || took.Seconds() > most.TookSeconds) {
			most = &LongestStep{Name: s.Name, TookSeconds: took.Seconds()}
		}
	}
	return most
}

func seconds(d time.Duration) *float64 {
	s := d.Seconds()
	return &s
}

func first(texts ...string) string {
	for _, t := range texts {
		if strings.TrimSpace(t) != "" {
			return t
		}
	}
	return ""
}
