package loopback

import (
	"maps"
	"net/http"
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

// Told is everything a server was told, as a copy.
type Told struct {
	Run       Run
	Artifacts []Artifact
	CacheUses []CacheUse
	Comments  []Comment
	// Unknown are requests that the server had no answer for.
	Unknown []string
}

// Told returns what the server holds. Call it when the run is over: the run's
// parts are shared, not copied.
func (s *Server) Told() Told {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := Told{Run: s.run, CacheUses: slices.Clone(s.cacheUses), Unknown: slices.Clone(s.unknown)}
	for _, c := range s.comments {
		t.Comments = append(t.Comments, *c)
	}
	for _, name := range slices.Sorted(maps.Keys(s.artifacts)) {
		t.Artifacts = append(t.Artifacts, *s.artifacts[name])
	}
	return t
}

// getRun answers GET /repos/{owner}/{repo}/actions/runs/{id}.
func (s *Server) getRun(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	reply(w, http.StatusOK, map[string]any{
		"id": s.run.ID, "name": s.run.Workflow, "event": s.run.Event, "head_sha": s.run.SHA,
		"status": status(s.run.Conclusion), "conclusion": orNull(s.run.Conclusion),
	})
}

// getJobs answers GET /repos/{owner}/{repo}/actions/runs/{id}/jobs.
func (s *Server) getJobs(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	jobs := []map[string]any{}
	for i, j := range s.run.Jobs {
		steps := []map[string]any{}
		for n, st := range j.Steps {
			steps = append(steps, map[string]any{
				"name": st.Name, "number": n + 1, "status": status(st.Conclusion), "conclusion": orNull(st.Conclusion),
				"started_at": at(st.Started), "completed_at": at(st.Ended),
			})
		}
		jobs = append(jobs, map[string]any{
			"id": i + 1, "run_id": s.run.ID, "name": j.Name, "status": status(j.Conclusion), "conclusion": orNull(j.Conclusion),
			"started_at": at(j.Started), "completed_at": at(j.Ended), "steps": steps,
		})
	}
	reply(w, http.StatusOK, map[string]any{"total_count": len(jobs), "jobs": jobs})
}

func status(c Conclusion) string {
	if c == "" {
		return "in_progress"
	}
	return "completed"
}

func orNull(c Conclusion) any {
	if c == "" {
		return nil
	}
	return c
}

func at(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UTC().Format(time.RFC3339)
}
