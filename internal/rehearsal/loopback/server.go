// Package loopback is GitHub on this machine: it holds what a run tells it, and
// answers what a run asks. It is a real HTTP server with GitHub's rules where a
// rehearsal depends on them; each rule names its source.
package loopback

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Server holds one repository's runs.
type Server struct {
	// Token is what callers must present; anything else is 401, as on GitHub.
	Token string

	mu        sync.Mutex
	run       Run
	artifacts map[string]*Artifact
	left      map[int64]map[string]*Artifact // of earlier runs
	caches    map[string]string              // key to folder
	cacheUses []CacheUse
	unknown   []string
	comments  []*Comment
	readOnly  bool
	branches  map[string]*Branch // see branch
	pulls     []*Pull
	noPulls   bool
	issues    issues
	releases  releases
	gitFolder string // see HostGit

	history      []Run // earlier ones, oldest first
	others       map[int64]OtherRun
	workflows    map[string]*Workflow
	deployments  []*Deployment
	environments map[string]Environment
	settings     Settings
	approvals    []Approval
	limited      int // calls that are still to be refused
	refused      int

	cacheFolder string
	listener    net.Listener
	http        *http.Server
}

// New makes a server that keeps caches below cacheFolder, so that they live on
// to the next rehearsal, as GitHub's do.
func New(token, cacheFolder string) (*Server, error) {
	s := &Server{
		Token: token, cacheFolder: cacheFolder,
		artifacts: map[string]*Artifact{}, caches: map[string]string{}, others: map[int64]OtherRun{}, environments: map[string]Environment{},
	}
	s.readHistory()
	return s, s.findCaches()
}

// Start listens on a free loopback port and returns the base address.
func (s *Server) Start() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("listening on loopback: %w", err)
	}
	s.listener = l
	s.http = &http.Server{Handler: s.Handler(), ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = s.http.Serve(l) }() // ends with Close
	return "http://" + l.Addr().String(), nil
}

// Close stops listening.
func (s *Server) Close() error {
	if s.http == nil {
		return nil
	}
	return s.http.Close()
}

// Handler serves GitHub's REST API below /, and below /_runtime/ the services
// that only GitHub's own actions talk to (artifacts and caches). The latter
// are this server's own protocol, spoken by the stand-ins.
func (s *Server) Handler() http.Handler {
	api := http.NewServeMux()
	const repo = "/repos/{owner}/{repo}"
	for pattern, handler := range map[string]http.HandlerFunc{
		"GET " + repo + "/actions/runs/{id}":                   s.getRun,
		"GET " + repo + "/actions/runs/{id}/attempts/{n}":      s.getRun,
		"GET " + repo + "/actions/workflows/{id}/runs":         s.getRuns,
		"PUT " + repo + "/actions/workflows/{id}/{do}":         s.putWorkflow,
		"POST " + repo + "/actions/workflows/{id}/dispatches":  s.postDispatch,
		"GET " + repo + "/compare/{between}":                   s.getCompared,
		"GET " + repo + "/actions/caches":                      s.getCaches,
		"GET " + repo + "/actions/{whose}":                     s.getNames,
		"GET " + repo + "/actions/permissions/workflow":        s.getWorkflowPermissions,
		"GET " + repo + "/actions/oidc/customization/sub":      s.getSubject,
		"GET /orgs/{org}":                                      s.getOrganization,
		"GET " + repo:                                          s.getRepository,
		"GET " + repo + "/actions/runs/{id}/jobs":              s.getJobs,
		"GET " + repo + "/actions/runs/{id}/attempts/{n}/jobs": s.getJobs,
		"GET " + repo + "/actions/runs/{id}/artifacts":         s.getArtifacts,
		"GET " + repo + "/actions/runs/{id}/approvals":         s.getApprovals,
		"GET /user": s.getUser,
		"GET " + repo + "/issues/{number}/comments":                       s.getComments,
		"POST " + repo + "/issues/{number}/comments":                      s.postComment,
		"PATCH " + repo + "/issues/comments/{id}":                         s.patchComment,
		"GET " + repo + "/deployments":                                    s.getDeployments,
		"POST " + repo + "/deployments":                                   s.postDeployment,
		"GET " + repo + "/deployments/{id}/statuses":                      s.getStatuses,
		"POST " + repo + "/deployments/{id}/statuses":                     s.postStatus,
		"GET " + repo + "/environments/{name}":                            s.getEnvironment,
		"GET " + repo + "/environments/{name}/deployment-branch-policies": s.getBranchPolicies,
		"GET " + repo + "/commits/{sha}":                                  s.getCommit,
		"GET " + repo + "/commits/{sha}/check-runs":                       s.getCheckRuns,
		"GET " + repo + "/commits/{sha}/status":                           s.getStatus,
		"GET " + repo + "/git/ref/heads/{name...}":                        s.getRef,
		"POST " + repo + "/git/refs":                                      s.postRef,
		"GET " + repo + "/contents/{path...}":                             s.getContents,
		"PUT " + repo + "/contents/{path...}":                             s.putContents,
		"GET " + repo + "/pulls":                                          s.getPulls,
		"POST " + repo + "/pulls":                                         s.postPull,
		"PATCH " + repo + "/pulls/{number}":                               s.patchPull,
		"GET " + repo + "/issues":                                         s.getIssues,
		"POST " + repo + "/issues":                                        s.postIssue,
		"PATCH " + repo + "/issues/{number}":                              s.patchIssue,
		"GET " + repo + "/assignees/{login}":                              s.getAssignee,
		"POST " + repo + "/issues/{number}/assignees":                     s.postAssignees,
		"/": s.notFound,
	} {
		api.HandleFunc(pattern, handler)
	}
	s.handleReleases(api, repo)
	mux := http.NewServeMux()
	s.handleRuntime(mux)
	mux.Handle("/", s.limits(api))
	public := http.NewServeMux()
	public.HandleFunc("GET /{owner}/{repo}/releases/download/{tag}/{file}", s.download)
	public.Handle("/", s.authorised(mux))
	return public
}

// handleRuntime adds what only GitHub's own actions talk to.
func (s *Server) handleRuntime(mux *http.ServeMux) {
	mux.HandleFunc("GET /_runtime/token", s.getToken)
	mux.HandleFunc("PUT /_runtime/artifacts/{name}/{path...}", s.putArtifactFile)
	mux.HandleFunc("GET /_runtime/artifacts/{name}", s.listArtifact)
	mux.HandleFunc("GET /_runtime/artifacts/{name}/{path...}", s.getArtifactFile)
	mux.HandleFunc("GET /_runtime/runs/{id}/artifacts/{name}", s.listArtifact)
	mux.HandleFunc("GET /_runtime/runs/{id}/artifacts/{name}/{path...}", s.getArtifactFile)
	mux.HandleFunc("POST /_runtime/artifacts/{name}", s.finishArtifact)
	mux.HandleFunc("GET /_runtime/cache", s.lookUpCache)
	mux.HandleFunc("POST /_runtime/cache", s.saveCache)
	mux.HandleFunc("PUT /_runtime/attestations", s.putAttestation)
	mux.HandleFunc("POST /_uploads/{id}/assets", s.postAsset)
}

// authorised answers 401 to a missing or wrong token. Source: REST API,
// "Authenticating to the REST API".
func (s *Server) authorised(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		given := r.Header.Get("Authorization")
		for _, scheme := range []string{"Bearer ", "bearer ", "token "} {
			given = strings.TrimPrefix(given, scheme)
		}
		if given != s.Token {
			reply(w, http.StatusUnauthorized, map[string]string{"message": "Bad credentials"})
			return
		}
		next.ServeHTTP(w, r)
	})
}

// notFound remembers what was asked for: a rehearsal that needs an answer this
// server does not have must not go unnoticed.
func (s *Server) notFound(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.unknown = append(s.unknown, r.Method+" "+r.URL.Path)
	s.mu.Unlock()
	reply(w, http.StatusNotFound, map[string]string{"message": "Not Found"})
}

func reply(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the caller may be gone; nothing to mend here
}

// words are GitHub's own, which begin and end as GitHub writes them.
type words string

func (w words) Error() string { return string(w) }

func refuse(w http.ResponseWriter, status int, err error) {
	reply(w, status, map[string]string{"message": err.Error()})
}
