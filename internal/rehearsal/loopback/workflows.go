package loopback

import (
	"encoding/json"
	"net/http"
	"slices"
)

// Workflow is a workflow's file as GitHub treats it: enabled unless somebody has
// disabled it.
type Workflow struct {
	Disabled bool
	// Dispatched are the branches on which it was started by the API.
	Dispatched []string
}

// Workflow is how a workflow's file stands.
func (s *Server) Workflow(file string) Workflow {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.workflow(file)
	return Workflow{w.Disabled, slices.Clone(w.Dispatched)}
}

// workflow is the one of this name; s.mu is held.
func (s *Server) workflow(file string) *Workflow {
	if s.workflows == nil {
		s.workflows = map[string]*Workflow{}
	}
	if s.workflows[file] == nil {
		s.workflows[file] = &Workflow{}
	}
	return s.workflows[file]
}

// putWorkflow enables or disables; doing it twice is fine. Source: REST API,
// "Enable a workflow", "Disable a workflow".
func (s *Server) putWorkflow(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch r.PathValue("do") {
	case "enable":
		s.workflow(r.PathValue("id")).Disabled = false
	case "disable":
		s.workflow(r.PathValue("id")).Disabled = true
	default:
		reply(w, http.StatusNotFound, map[string]string{"message": "Not Found"})
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// postDispatch starts a workflow, unless it is disabled. Source: REST API, "Create
// a workflow dispatch event".
func (s *Server) postDispatch(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Ref    string         `json:"ref"`
		Inputs map[string]any `json:"inputs"`
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil || in.Ref == "" {
		reply(w, http.StatusUnprocessableEntity, map[string]string{"message": "Invalid request.\n\n\"ref\" wasn't supplied."})
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.workflow(r.PathValue("id"))
	if f.Disabled {
		reply(w, http.StatusUnprocessableEntity, map[string]string{"message": "Cannot trigger a 'workflow_dispatch' on a disabled workflow"})
		return
	}
	f.Dispatched = append(f.Dispatched, in.Ref)
	w.WriteHeader(http.StatusNoContent)
}
