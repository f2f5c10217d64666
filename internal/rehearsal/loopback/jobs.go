package loopback

import (
	"cmp"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Know makes another run known, as the owner of a lock.
func (s *Server) Know(id int64, run OtherRun) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.others[id] = run
}

// getRun answers GET /repos/{owner}/{repo}/actions/runs/{id}.
func (s *Server) getRun(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if found := s.runOf(r); found != nil {
		reply(w, http.StatusOK, s.runJSON(*found))
		return
	}
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	other, ok := s.others[id]
	if err != nil || !ok {
		refuse(w, http.StatusNotFound, words("Not Found"))
		return
	}
	state, ended := "in_progress", any(nil)
	if other.Over {
		state, ended = "completed", cmp.Or(other.Conclusion, Success)
	}
	here := r.PathValue("owner") + "/" + r.PathValue("repo")
	reply(w, http.StatusOK, map[string]any{
		"id": id, "run_attempt": other.Attempt, "status": state, "conclusion": ended, "updated_at": at(other.Ended), "html_url": fmt.Sprintf("https://github.com/%s/actions/runs/%d", s.run.Repository, id),
		"path": other.File, "event": cmp.Or(other.Event, "workflow_dispatch"), "head_branch": cmp.Or(other.Branch, s.settings.Branch, "main"), "head_sha": fmt.Sprintf("%040x", id),
		"repository": map[string]any{"full_name": here}, "head_repository": map[string]any{"full_name": cmp.Or(other.Repository, here)},
	})
}

// getCompared answers GET /repos/{owner}/{repo}/compare/{base}...{head} for the
// commits of other runs, held against the default branch. Source: REST API, "Compare
// two commits".
func (s *Server) getCompared(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	base, head, _ := strings.Cut(r.PathValue("between"), "...")
	for id, other := range s.others {
		if base == fmt.Sprintf("%040x", id) && head == cmp.Or(s.settings.Branch, "main") {
			reply(w, http.StatusOK, map[string]any{"status": map[bool]string{true: "diverged", false: "ahead"}[other.Apart]})
			return
		}
	}
	refuse(w, http.StatusNotFound, words("Not Found"))
}

// Engineer is who started the run.
const Engineer = "engineer"

// getJobs answers GET /repos/{owner}/{repo}/actions/runs/{id}/jobs and the same
// of an attempt.
func (s *Server) getJobs(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	run := s.runOf(r)
	if run == nil {
		refuse(w, http.StatusNotFound, words("Not Found"))
		return
	}
	jobs := []map[string]any{}
	for i, job := range run.Jobs {
		j := *job
		if run.skipped(job) {
			j.Conclusion = Skipped
		}
		steps := []map[string]any{}
		for n, st := range j.Steps {
			steps = append(steps, map[string]any{
				"name": st.Title(), "number": n + 1, "status": status(st.Conclusion), "conclusion": orNull(st.Conclusion),
				"started_at": at(st.Started), "completed_at": at(st.Ended),
			})
		}
		jobs = append(jobs, map[string]any{
			"id": i + 1, "run_id": run.ID, "name": j.Name, "status": jobStatus(&j), "conclusion": orNull(j.Conclusion), "run_attempt": 1, "head_sha": run.SHA,
			"created_at": at(run.ready(&j)), "started_at": at(j.Started), "completed_at": at(j.Ended), "steps": steps, "runner_name": runner(&j),
			"html_url": fmt.Sprintf("https://github.com/%s/actions/runs/%d/job/%d", s.run.Repository, run.ID, i+1),
		})
	}
	reply(w, http.StatusOK, map[string]any{"total_count": len(jobs), "jobs": jobs})
}

// ready is when a job could begin: when the last one that it needs had ended.
func (r *Run) ready(j *Job) time.Time {
	from := r.Started
	for _, id := range j.Needs {
		if n := r.Job(id); n != nil && n.Ended.After(from) {
			from = n.Ended
		}
	}
	if !j.Started.IsZero() && j.Started.Before(from) {
		return j.Started
	}
	return from
}

// jobStatus tells a job that has not begun from one that runs.
func jobStatus(j *Job) string {
	if j.Conclusion == "" && j.Started.IsZero() {
		return "queued"
	}
	return status(j.Conclusion)
}

// skipped says whether a job will not run any more. act says nothing about jobs
// that it skips; but it begins with no job before all that stand nearer to the
// beginning are done.
func (r *Run) skipped(j *Job) bool {
	if !j.Started.IsZero() || j.Conclusion != "" {
		return false
	}
	for _, other := range r.Jobs {
		if !other.Started.IsZero() && r.depth(other, 0) > r.depth(j, 0) {
			return true
		}
	}
	return false
}

// depth is how many jobs stand before a job at most; a circle ends.
func (r *Run) depth(j *Job, from int) int {
	deepest := from
	for _, id := range j.Needs {
		if n := r.Job(id); n != nil && from <= len(r.Jobs) {
			deepest = max(deepest, r.depth(n, from+1))
		}
	}
	return deepest
}

// runner names the machine of a job that has begun. Each job of a rehearsal has
// one of its own; act gives them all the same RUNNER_NAME, so a job that asks
// which others run finds none.
func runner(j *Job) any {
	if j.Started.IsZero() {
		return nil
	}
	return RunnerName
}

// RunnerName is the RUNNER_NAME of every job of a rehearsal.
const RunnerName = "rehearsal"

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
