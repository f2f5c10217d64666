package loopback

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// Deployment is one deployment to an environment, with its statuses in the
// order in which they came.
type Deployment struct {
	ID          int
	Environment string
	Task        string
	SHA         string
	Description string
	Production  bool
	Payload     json.RawMessage
	Statuses    []DeploymentStatus
	Created     time.Time
}

// DeploymentStatus is one status of a deployment.
type DeploymentStatus struct{ State, Description, LogURL, URL string }

// Deployed adds a deployment of another run, made then.
func (s *Server) Deployed(environment, sha string, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.deployments = append(s.deployments, &Deployment{ID: len(s.deployments) + 1, Environment: environment, Task: "deploy", SHA: sha, Created: at})
}

// byGitHub makes the deployment that GitHub keeps by itself for a job with
// `environment:`. Source: docs, "Viewing deployment history"; its statuses lead
// to the job.
func (s *Server) byGitHub(environment string) {
	d := &Deployment{ID: len(s.deployments) + 1, Environment: environment, Task: "deploy", SHA: s.run.SHA, Production: environment == "production"}
	d.Statuses = []DeploymentStatus{{State: "in_progress", LogURL: fmt.Sprintf("https://github.com/%s/actions/runs/%d/job/1", s.run.Repository, s.run.ID)}}
	s.deployments = append(s.deployments, d)
}

// endOf closes the deployment that GitHub keeps for a job.
func (s *Server) endOf(j *Job) {
	for _, d := range slices.Backward(s.deployments) {
		if d.Task == "deploy" && d.Environment == j.Environment {
			state := "failure"
			if j.Conclusion == Success {
				state = "success"
			}
			d.Statuses = append(d.Statuses, DeploymentStatus{State: state})
			return
		}
	}
}

func (s *Server) getDeployments(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := []map[string]any{}
	for _, d := range slices.Backward(s.deployments) { // newest first
		if q := r.URL.Query(); (q.Get("sha") == "" || q.Get("sha") == d.SHA) && (q.Get("environment") == "" || q.Get("environment") == d.Environment) {
			list = append(list, d.json())
		}
	}
	reply(w, http.StatusOK, list)
}

func (s *Server) postDeployment(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Ref, Task, Environment, Description string
		Payload                             json.RawMessage
		Production                          bool      `json:"production_environment"`
		Merge                               *bool     `json:"auto_merge"`
		Contexts                            *[]string `json:"required_contexts"`
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		refuse(w, http.StatusBadRequest, err)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.readOnly:
		refuse(w, http.StatusForbidden, errNotAccessible)
	case in.Merge == nil || *in.Merge || in.Contexts == nil || len(*in.Contexts) > 0:
		// GitHub would merge the default branch into ours, or wait for checks that
		// include this very run. Source: REST API, "Create a deployment".
		refuse(w, http.StatusConflict, words(fmt.Sprintf("Conflict: Commit status checks failed for %s", in.Ref)))
	default:
		d := &Deployment{ID: len(s.deployments) + 1, Environment: in.Environment, Task: in.Task, SHA: in.Ref, Description: in.Description, Production: in.Production, Payload: in.Payload}
		s.deployments = append(s.deployments, d)
		reply(w, http.StatusCreated, d.json())
	}
}

// deployment finds the one that a request names, or answers 404.
func (s *Server) deployment(w http.ResponseWriter, r *http.Request) *Deployment {
	id, err := strconv.Atoi(r.PathValue("id"))
	if err != nil || id < 1 || id > len(s.deployments) {
		refuse(w, http.StatusNotFound, words("Not Found"))
		return nil
	}
	return s.deployments[id-1]
}

func (s *Server) getStatuses(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.deployment(w, r)
	if d == nil {
		return
	}
	list := []map[string]any{}
	for i, st := range slices.Backward(d.Statuses) {
		list = append(list, map[string]any{"id": i + 1, "state": st.State, "description": st.Description, "log_url": st.LogURL, "target_url": st.LogURL, "environment_url": st.URL})
	}
	reply(w, http.StatusOK, list)
}

func (s *Server) postStatus(w http.ResponseWriter, r *http.Request) {
	var in struct {
		State, Description string
		LogURL             string `json:"log_url"`
		URL                string `json:"environment_url"`
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		refuse(w, http.StatusBadRequest, err)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.deployment(w, r)
	switch {
	case d == nil:
	case s.readOnly:
		refuse(w, http.StatusForbidden, errNotAccessible)
	case len([]rune(in.Description)) > 140:
		refuse(w, http.StatusUnprocessableEntity, fmt.Errorf("description is too long (maximum is 140 characters)"))
	case !slices.Contains([]string{"error", "failure", "inactive", "in_progress", "queued", "pending", "success"}, in.State):
		refuse(w, http.StatusUnprocessableEntity, fmt.Errorf("state is not included in the list"))
	default:
		d.Statuses = append(d.Statuses, DeploymentStatus(in))
		reply(w, http.StatusCreated, map[string]any{"id": len(d.Statuses), "state": in.State})
	}
}

func (d *Deployment) json() map[string]any {
	made := d.Created
	if made.IsZero() {
		made = time.Now()
	}
	return map[string]any{
		"id": d.ID, "sha": d.SHA, "ref": d.SHA, "task": d.Task, "environment": d.Environment, "description": d.Description,
		"payload": d.Payload, "production_environment": d.Production, "created_at": at(made),
	}
}
