package loopback

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// Conclusion is how a run, a job or a step ended, in GitHub's words.
type Conclusion string

// The conclusions that a rehearsal knows; empty means not over.
const (
	Success   Conclusion = "success"
	Failure   Conclusion = "failure"
	Cancelled Conclusion = "cancelled"
	Skipped   Conclusion = "skipped"
)

// Run is one run of a workflow with all that it reported.
type Run struct {
	ID         int64
	Workflow   string
	Event      string
	SHA        string
	Repository string
	Started    time.Time
	Ended      time.Time
	Conclusion Conclusion
	Jobs       []*Job
}

// Job is one job of a run.
type Job struct {
	ID, Name   string
	Needs      []string
	Started    time.Time
	Ended      time.Time
	Conclusion Conclusion
	Steps      []*Step
	Outputs    map[string]string
	// Environment is the one that the job names, empty for none.
	Environment string
}

// OtherRun is a run of which only its life is known, and where it comes from.
type OtherRun struct {
	Attempt int
	Over    bool
	Ended   time.Time
	// File is its workflow's. What is empty is this repository, its default branch,
	// workflow_dispatch, and the success of a run that is over.
	File, Repository, Branch, Event string
	Conclusion                      Conclusion
	// Apart is one whose commit the default branch does not have.
	Apart bool
}

// Step is one step of a job; what its composite parts did is told with it.
type Step struct {
	ID, Name    string
	Stage       string
	Started     time.Time
	Ended       time.Time
	Conclusion  Conclusion
	Log         []string
	Annotations []Annotation
	Summary     string
	Outputs     map[string]string
}

// Annotation is a message pinned to a place.
type Annotation struct{ Level, File, Line, Title, Message string }

// Took is how long the step ran.
func (s *Step) Took() time.Duration { return s.Ended.Sub(s.Started) }

// Title is the step's name in one line: a step without one is named by its
// script.
func (s *Step) Title() string {
	name, _, _ := strings.Cut(strings.TrimSpace(s.Name), "\n")
	if s.Stage == "Post" || s.Stage == "Pre" {
		return s.Stage + " " + name
	}
	return name
}

// Job returns the job of that id, or nil.
func (r *Run) Job(id string) *Job {
	for _, j := range r.Jobs {
		if j.ID == id {
			return j
		}
	}
	return nil
}

// Step returns the job's first step of that name, or nil.
func (j *Job) Step(name string) *Step {
	for _, s := range j.Steps {
		if s.Name == name && s.Stage != "Post" && s.Stage != "Pre" {
			return s
		}
	}
	return nil
}

// Update changes the held run. The function must not keep what it is given.
func (s *Server) Update(change func(*Run)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.run)
}

// Follow changes the held run as Update does, and does what GitHub does when a
// job that names an environment begins and ends: its reviewers are asked, who
// answer at once here, and a deployment is kept.
func (s *Server) Follow(job string, change func(*Run)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var begun, ended bool
	if j := s.run.Job(job); j != nil {
		begun, ended = !j.Started.IsZero(), j.Conclusion != ""
	}
	change(&s.run)
	j := s.run.Job(job)
	if j == nil || j.Environment == "" {
		return
	}
	if !begun && !j.Started.IsZero() {
		if e := s.environments[j.Environment]; len(e.Reviewers) > 0 {
			s.approvals = append(s.approvals, Approval{Environment: e.Name, User: e.Reviewers[0], State: "approved", Comment: "Looks right."})
		}
		s.byGitHub(j.Environment)
	}
	if !ended && j.Conclusion != "" {
		s.endOf(j)
	}
}

// Told is everything a server was told, as a copy.
type Told struct {
	Run       Run
	Artifacts []Artifact
	CacheUses []CacheUse
	Comments  []Comment
	// Deployments stand in the order in which they were made.
	Deployments []Deployment
	// Refused is how many calls hit a rate limit.
	Refused int
	// Unknown are requests that the server had no answer for.
	Unknown []string
}

// Told returns what the server holds. Call it when the run is over: the run's
// parts are shared, not copied.
func (s *Server) Told() Told {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := Told{Run: s.run, CacheUses: slices.Clone(s.cacheUses), Unknown: slices.Clone(s.unknown), Refused: s.refused}
	for _, d := range s.deployments {
		t.Deployments = append(t.Deployments, *d)
	}
	for _, c := range s.comments {
		t.Comments = append(t.Comments, *c)
	}
	for _, name := range slices.Sorted(maps.Keys(s.artifacts)) {
		t.Artifacts = append(t.Artifacts, *s.artifacts[name])
	}
	return t
}
