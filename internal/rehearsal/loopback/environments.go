package loopback

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"
)

// Environment is an environment of the repository with its protection.
type Environment struct {
	Name string
	// Reviewers are the logins of those who may approve; none is no protection.
	Reviewers []string
	// SelfReview lets whoever started a run approve it too.
	SelfReview bool
	// Branches are the custom branch policies; none admits every branch.
	Branches []string
}

// Approval is one answer of a reviewer about a run. State is approved or
// rejected.
type Approval struct {
	Environment, User, State, Comment string
}

// SetEnvironment makes or changes an environment.
func (s *Server) SetEnvironment(e Environment) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.environments[e.Name] = e
}

// Approve answers for a reviewer. act starts a job with `environment:` at once,
// so the rehearsal answers when the job begins.
func (s *Server) Approve(a Approval) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.approvals = append(s.approvals, a)
}

// getEnvironment answers GET /repos/{owner}/{repo}/environments/{name}. Source:
// REST API, "Get an environment".
func (s *Server) getEnvironment(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e, ok := s.environments[r.PathValue("name")]
	if !ok {
		refuse(w, http.StatusNotFound, words("Not Found"))
		return
	}
	reply(w, http.StatusOK, s.environmentJSON(e))
}

func (s *Server) environmentJSON(e Environment) map[string]any {
	rules := []map[string]any{}
	if len(e.Reviewers) > 0 {
		reviewers := []map[string]any{}
		for i, login := range e.Reviewers {
			reviewers = append(reviewers, map[string]any{"type": "User", "reviewer": map[string]any{"id": i + 1, "login": login, "type": "User"}})
		}
		rules = append(rules, map[string]any{"id": 1, "type": "required_reviewers", "prevent_self_review": !e.SelfReview, "reviewers": reviewers})
	}
	var policy any
	if len(e.Branches) > 0 {
		rules = append(rules, map[string]any{"id": 2, "type": "branch_policy"})
		policy = map[string]any{"protected_branches": false, "custom_branch_policies": true}
	}
	return map[string]any{
		"id": 1, "name": e.Name, "html_url": "https://github.com/" + s.run.Repository + "/deployments/activity_log?environments_filter=" + e.Name,
		"protection_rules": rules, "deployment_branch_policy": policy, "can_admins_bypass": false,
	}
}

// getBranchPolicies answers GET …/environments/{name}/deployment-branch-policies.
func (s *Server) getBranchPolicies(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := []map[string]any{}
	for i, name := range s.environments[r.PathValue("name")].Branches {
		list = append(list, map[string]any{"id": i + 1, "name": name, "type": "branch"})
	}
	reply(w, http.StatusOK, map[string]any{"total_count": len(list), "branch_policies": list})
}

// getApprovals answers GET …/actions/runs/{id}/approvals. Source: REST API, "Get
// the review history for a workflow run".
func (s *Server) getApprovals(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	// Nobody's yes to another run is one to this.
	if s.run.ID != 0 && s.runOf(r) != &s.run {
		reply(w, http.StatusOK, []any{})
		return
	}
	list := []map[string]any{}
	for _, a := range s.approvals {
		list = append(list, map[string]any{
			"state": a.State, "comment": a.Comment, "user": map[string]any{"login": a.User, "type": "User"},
			"environments": []map[string]any{{"id": 1, "name": a.Environment, "created_at": at(time.Now()), "updated_at": at(time.Now())}},
		})
	}
	reply(w, http.StatusOK, list)
}

// getCommit answers GET …/commits/{sha}: who wrote it.
func (s *Server) getCommit(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	reply(w, http.StatusOK, map[string]any{
		"sha": r.PathValue("sha"), "author": map[string]any{"login": "author"}, "committer": map[string]any{"login": "author"},
		"commit": map[string]any{"message": "The state under rehearsal"},
	})
}

// getCheckRuns answers GET …/commits/{sha}/check-runs: each job of a workflow is
// one. Source: REST API, "List check runs for a Git reference".
func (s *Server) getCheckRuns(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := []map[string]any{}
	for i, j := range s.run.Jobs {
		list = append(list, map[string]any{
			"id": i + 1, "name": j.Name, "head_sha": s.run.SHA, "status": status(j.Conclusion), "conclusion": orNull(j.Conclusion),
			"started_at": at(j.Started), "completed_at": at(j.Ended), "app": map[string]any{"slug": "github-actions"},
			"html_url": fmt.Sprintf("https://github.com/%s/actions/runs/%d/job/%d", s.run.Repository, s.run.ID, i+1),
		})
	}
	reply(w, http.StatusOK, map[string]any{"total_count": len(list), "check_runs": list})
}

// getStatus answers GET …/commits/{sha}/status: there are no statuses here.
func (s *Server) getStatus(w http.ResponseWriter, _ *http.Request) {
	reply(w, http.StatusOK, map[string]any{"state": "pending", "total_count": 0, "statuses": []any{}})
}

// Environments lists the names of the environments, in order.
func (s *Server) Environments() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(maps.Keys(s.environments))
}
