// Package pipeline reads where the time of a workflow run went: what each job
// took and waited for, which chain of jobs decided how long the run lasted, and
// what its caches saved. It judges nothing. [Observe] asks GitHub through a
// port, [Read] is pure.
package pipeline

import "time"

// Run is one attempt of a workflow run.
type Run struct {
	ID      int64
	Attempt int
	// Workflow is the number of the workflow, Name what it is called.
	Workflow int64
	Name     string
	// Branch is the branch or tag; Pull the pull request, 0 for none.
	Branch string
	Pull   int
	// Created is when the first attempt was asked for, Started when this one
	// began. Updated is when it ended, once it is Over.
	Created, Started, Updated time.Time
	Over                      bool
	URL                       string
}

// Began is when the attempt began.
func (r Run) Began() time.Time {
	if r.Started.IsZero() {
		return r.Created
	}
	return r.Started
}

// Job is one job of a run. Times that GitHub does not tell are zero.
type Job struct {
	ID   int64
	Name string
	// Conclusion is GitHub's word, empty while the job is not over.
	Conclusion string
	Runner     string
	URL        string
	// Created is when the job could begin, as far as the jobs that it needs are
	// concerned: GitHub makes a job once they have ended.
	Created, Started, Ended time.Time
	Steps                   []Step
}

// neverRan says that the job ended while it waited, as one does that is
// cancelled or whose reviewer says no. GitHub gives it a start all the same.
func (j Job) neverRan() bool {
	return j.Runner == "" && len(j.Steps) == 0 && j.Conclusion != "" && j.Conclusion != success && j.Conclusion != skipped
}

// Step is one step of a job.
type Step struct {
	Name, Conclusion string
	Started, Ended   time.Time
}

// took is how long the step ran; false if that is unknown, and for one that did
// not run.
func (s Step) took() (time.Duration, bool) {
	if s.Conclusion == skipped || s.Started.IsZero() || s.Ended.Before(s.Started) {
		return 0, false
	}
	return s.Ended.Sub(s.Started), true
}

// The conclusions of GitHub's that this package tells apart.
const (
	skipped = "skipped"
	success = "success"
)

// Entry is a cache that the repository keeps.
type Entry struct {
	ID                int64
	Key, Ref          string
	Created, Accessed time.Time
	Size              int64
}

// Making is the run that made a cache, with its jobs. Why says why it is not
// known, empty if it is.
type Making struct {
	Run  Run
	Jobs []Job
	Why  string
}

// Review is one answer of a reviewer for an environment.
type Review struct {
	Environment, User string
	Approved          bool
}

// Own names the job that asks, so that it can be left out: it cannot know yet
// what it takes.
type Own struct {
	Run         int64
	Runner, Job string
}

// Observation is all that [Read] looks at.
type Observation struct {
	Run     Run
	Jobs    []Job
	Own     Own
	Reviews []Review
	// Entries are all caches of the repository; Refs are where this run looks for
	// them, in order.
	Entries []Entry
	Refs    []string
	Watches []Watch
	// Makings holds the run that made an entry, by the entry's ID.
	Makings map[int64]Making
	// Notes say what could not be seen, as sentences.
	Notes []string
	Now   time.Time
}

// grain is how exact GitHub's times are: seconds, cut and not rounded.
const grain = time.Second
