package loopback

import (
	"cmp"
	"maps"
	"net/http"
	"slices"
)

// Settings are how a repository is set up, as people do it by hand.
type Settings struct {
	Private bool
	// Plan is its organization's; empty where the token does not see it.
	Plan string
	// Branch is its default branch, main unless set.
	Branch string
	// Variables and Secrets are names. Nil is a token that may not list them, as no
	// job's may.
	Variables, Secrets []string
	// Proposals says whether Actions may open pull requests; nil is a token that
	// does not administer.
	Proposals *bool
	// Immutable subjects begin with this.
	Subject string
	// Workflows are states by file.
	Workflows map[string]string
	// Hidden is a repository that the token does not see.
	Hidden bool
}

// Set sets the repository up.
func (s *Server) Set(settings Settings) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settings = settings
}

// errAccess is how GitHub refuses a token that lacks a permission; source: REST API,
// "Troubleshooting the REST API", insufficient permissions.
var errAccess = words("Resource not accessible by integration")

// getRepository answers GET /repos/{owner}/{repo}.
func (s *Server) getRepository(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.settings.Hidden {
		refuse(w, http.StatusNotFound, words("Not Found"))
		return
	}
	reply(w, http.StatusOK, map[string]any{
		"id": 1, "full_name": r.PathValue("owner") + "/" + r.PathValue("repo"), "default_branch": cmp.Or(s.settings.Branch, "main"), "private": s.settings.Private,
		"owner": map[string]any{"login": r.PathValue("owner"), "type": "Organization"},
	})
}

// getOrganization answers GET /orgs/{org}: the plan shows to its owners. Source:
// REST API, "Get an organization".
func (s *Server) getOrganization(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	body := map[string]any{"login": r.PathValue("org")}
	if s.settings.Plan != "" {
		body["plan"] = map[string]any{"name": s.settings.Plan}
	}
	reply(w, http.StatusOK, body)
}

// listNames answers GET …/actions/variables and …/actions/secrets, and those of
// the organization, which has none. Source: REST API, "List repository variables",
// "List repository secrets".
func (s *Server) listNames(what string, of func(Settings) []string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		names := of(s.settings)
		if names == nil {
			refuse(w, http.StatusForbidden, errAccess)
			return
		}
		list := []map[string]any{}
		if r.PathValue("whose") == what {
			for _, n := range names {
				list = append(list, map[string]any{"name": n})
			}
		}
		reply(w, http.StatusOK, map[string]any{"total_count": len(list), what: list})
	}
}

// getNames tells the four lists apart by the end of the path.
func (s *Server) getNames(w http.ResponseWriter, r *http.Request) {
	switch r.PathValue("whose") {
	case "variables", "organization-variables":
		s.listNames("variables", func(t Settings) []string { return t.Variables })(w, r)
	case "secrets", "organization-secrets":
		s.listNames("secrets", func(t Settings) []string { return t.Secrets })(w, r)
	case "workflows":
		s.getWorkflows(w)
	default:
		s.notFound(w, r)
	}
}

// getWorkflows answers GET …/actions/workflows. Source: REST API, "List repository
// workflows".
func (s *Server) getWorkflows(w http.ResponseWriter) {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := []map[string]any{}
	for i, file := range slices.Sorted(maps.Keys(s.settings.Workflows)) {
		list = append(list, map[string]any{"id": i + 1, "path": file, "state": s.settings.Workflows[file]})
	}
	reply(w, http.StatusOK, map[string]any{"total_count": len(list), "workflows": list})
}

// getWorkflowPermissions answers GET …/actions/permissions/workflow. Source: REST
// API, "Get default workflow permissions for a repository".
func (s *Server) getWorkflowPermissions(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.settings.Proposals == nil {
		refuse(w, http.StatusForbidden, errAccess)
		return
	}
	reply(w, http.StatusOK, map[string]any{"default_workflow_permissions": "read", "can_approve_pull_request_reviews": *s.settings.Proposals})
}

// getSubject answers GET …/actions/oidc/customization/sub. Source: REST API, "Get
// the customization template for an OIDC subject claim for a repository".
func (s *Server) getSubject(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	body := map[string]any{"use_default": true}
	if s.settings.Subject != "" {
		body["use_immutable_subject"], body["sub_claim_prefix"] = true, s.settings.Subject
	}
	reply(w, http.StatusOK, body)
}
