package pipeline

import (
	"fmt"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/nearest"
)

// The outcomes of a watched cache.
const (
	hit     = "hit"
	miss    = "miss"
	absent  = "absent"
	unknown = "unknown"
)

// newest returns the youngest cache of a prefix on a ref.
func newest(entries []Entry, prefix, ref string) (Entry, bool) {
	var found Entry
	ok := false
	for _, e := range entries {
		if e.Ref == ref && strings.HasPrefix(e.Key, prefix) && (!ok || e.Created.After(found.Created)) {
			found, ok = e, true
		}
	}
	return found, ok
}

// sight says what became of a watched cache in a run: made by it is a miss, and
// used by it a hit. The refs are asked in the order in which GitHub restores
// from them; the first that tells is believed, else the first that has any.
func sight(r Run, entries []Entry, refs []string, w Watch) (Entry, string) {
	known, outcome := Entry{}, absent
	for _, ref := range refs {
		e, ok := newest(entries, w.Prefix, ref)
		switch {
		case !ok:
			continue
		case r.holds(e.Created):
			return e, miss
		case r.holds(e.Accessed):
			return e, hit
		case outcome == absent:
			known, outcome = e, unknown
		}
	}
	return known, outcome
}

// holds says whether t lies within the attempt. One that is not over has no end
// yet: the runner's clock need not be GitHub's.
func (r Run) holds(t time.Time) bool {
	return !t.IsZero() && !t.Before(r.Began()) && (!r.Over || !t.After(r.Updated.Add(grain)))
}

// readCaches tells the watched caches and sums up what they saved.
func (r *Result) readCaches(o Observation) {
	// Two caches may shorten one step, whose time is saved once.
	counted := map[[2]string]bool{}
	mine := own(o)
	for _, w := range o.Watches {
		c := Cache{Prefix: w.Prefix, Step: w.Step, Jobs: []Saving{}}
		var e Entry
		e, c.Outcome = sight(o.Run, o.Entries, o.Refs, w)
		if c.Outcome != absent {
			size, created := e.Size, e.Created.UTC()
			c.Key, c.Ref, c.SizeBytes, c.CreatedAt = e.Key, e.Ref, &size, &created
		}
		making := o.Makings[e.ID]
		for i, j := range o.Jobs {
			if i == mine || (o.Run.Attempt > 1 && !j.Ended.IsZero() && !j.Ended.After(o.Run.Began())) {
				continue
			}
			if now, found := times(j, w.Step); found {
				c.Jobs = append(c.Jobs, saving(j.Name, now, c.Outcome == hit && making.Why == "", making.Jobs, w.Step))
			}
		}
		c.sum(o, making)
		for _, s := range c.Jobs {
			key := [2]string{s.Job, c.Step}
			if s.SavedSeconds == nil || counted[key] {
				continue
			}
			counted[key] = true
			r.SavedSeconds = plus(r.SavedSeconds, *s.SavedSeconds)
		}
		r.Caches = append(r.Caches, c)
	}
}

// sum adds up what the cache saved in its jobs and says what is missing.
func (c *Cache) sum(o Observation, making Making) {
	told := 0
	for _, s := range c.Jobs {
		if s.SavedSeconds != nil {
			c.SavedSeconds = plus(c.SavedSeconds, *s.SavedSeconds)
			told++
		}
	}
	if c.Outcome == hit && making.Why == "" && making.Run.ID != 0 {
		id := making.Run.ID
		c.MadeByRun, c.MadeByURL = &id, making.Run.URL
	}
	switch {
	case c.Outcome == absent:
		c.Why = "no cache of this run's branch or the default branch begins like this"
	case c.Outcome == unknown:
		c.Why = "there is one, and this run neither made nor used it"
	case c.Outcome == miss:
		c.Why = "made by this run; a later one can use it"
	case len(c.Jobs) == 0:
		c.Why = fmt.Sprintf("no job of this run has ended a step named %q", c.Step)
		if near := nearest.To(c.Step, names(o.Jobs)); near != "" {
			c.Why += fmt.Sprintf(", did you mean %q?", near)
		}
	case making.Why != "":
		c.Why = making.Why
	case told == 0:
		c.Why = "the run that made it did not pass such a step"
	case told < len(c.Jobs):
		c.Why = fmt.Sprintf("known for %d of %d jobs", told, len(c.Jobs))
	}
}

// saving compares a step of a job with the one in the run that made the cache.
func saving(job string, now *float64, compare bool, then []Job, step string) Saving {
	s := Saving{Job: job, TookSeconds: now}
	if !compare {
		return s
	}
	for _, j := range then {
		if j.Name != job {
			continue
		}
		if before, _ := times(j, step); before != nil {
			s.BeforeSeconds = before
		}
	}
	if s.TookSeconds != nil && s.BeforeSeconds != nil {
		saved := *s.BeforeSeconds - *s.TookSeconds
		s.SavedSeconds = &saved
	}
	return s
}

// times returns what a job's step of that name took, nil unless it passed: a
// step that broke off says nothing about its time. found is false if there is
// none that has run.
func times(j Job, step string) (took *float64, found bool) {
	for _, s := range j.Steps {
		if s.Name != step || s.Conclusion == skipped || s.Conclusion == "" {
			continue
		}
		d, ok := s.took()
		if ok && s.Conclusion == success {
			return seconds(d), true
		}
		found = true
	}
	return nil, found
}

func plus(sum *float64, more float64) *float64 {
	if sum != nil {
		more += *sum
	}
	return &more
}

// names lists the names of all steps.
func names(jobs []Job) []string {
	var all []string
	for _, j := range jobs {
		for _, s := range j.Steps {
			all = append(all, s.Name)
		}
	}
	return all
}
