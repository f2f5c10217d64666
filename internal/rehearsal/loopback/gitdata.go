package loopback

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
)

// This file: trees, commits and tags, kept by git itself in a real repository, so
// that what a program makes of them can be checked out. Source: REST API, "Git
// database".

// HostGit lets a repository on this machine stand behind trees, commits and tags;
// without one there are none.
func (s *Server) HostGit(folder string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.gitFolder = folder
}

// git runs git in the hosted repository and returns its line. s.mu must be held.
func (s *Server) git(env []string, stdin string, args ...string) (string, error) {
	out, err := s.gitText(env, stdin, args...)
	return strings.TrimSuffix(out, "\n"), err
}

// gitText is git with its output as it is.
func (s *Server) gitText(env []string, stdin string, args ...string) (string, error) {
	if s.gitFolder == "" {
		return "", errors.New("no repository is hosted")
	}
	cmd := exec.Command("git", args...)
	cmd.Dir, cmd.Stdin = s.gitFolder, strings.NewReader(stdin)
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null",
		"GIT_AUTHOR_NAME="+bot, "GIT_AUTHOR_EMAIL=bot@localhost", "GIT_COMMITTER_NAME=GitHub", "GIT_COMMITTER_EMAIL=noreply@localhost")
	cmd.Env = append(cmd.Env, env...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("git %s: %w: %s", args[0], err, stderr.String())
	}
	return string(out), nil
}

// is says whether the hosted repository has an object of that kind.
func (s *Server) is(kind, sha string) bool {
	found, err := s.git(nil, "", "cat-file", "-t", sha)
	return len(sha) == 40 && err == nil && found == kind
}

// takes decodes a body strictly: what this server does not know is not passed
// over. It leaves s.mu locked if true, as writes does.
func (s *Server) takes(w http.ResponseWriter, r *http.Request, into any) bool {
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		refuse(w, http.StatusBadRequest, err)
		return false
	}
	s.mu.Lock()
	if s.readOnly {
		s.mu.Unlock()
		refuse(w, http.StatusForbidden, errNotAccessible)
		return false
	}
	return true
}

func (s *Server) getGitCommit(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sha := r.PathValue("sha")
	tree, err := s.git(nil, "", "rev-parse", sha+"^{tree}")
	if err != nil || !s.is("commit", sha) {
		refuse(w, http.StatusNotFound, errNotFound)
		return
	}
	reply(w, http.StatusOK, map[string]any{"sha": sha, "tree": map[string]string{"sha": tree}})
}

// postTree writes a tree on top of another. Source: "Create a tree".
func (s *Server) postTree(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Base string `json:"base_tree"`
		Tree []struct {
			Path, Mode, Type string
			Content          *string
		}
	}
	if !s.takes(w, r, &in) {
		return
	}
	defer s.mu.Unlock()
	index, err := os.MkdirTemp("", "index-")
	if err != nil {
		refuse(w, http.StatusInternalServerError, err)
		return
	}
	defer func() { _ = os.RemoveAll(index) }() // a temporary folder
	env := []string{"GIT_INDEX_FILE=" + index + "/index"}
	if _, err = s.git(env, "", "read-tree", in.Base); err != nil || !s.is("tree", in.Base) || len(in.Tree) == 0 {
		refuse(w, http.StatusUnprocessableEntity, fmt.Errorf("base_tree is not a valid tree oid"))
		return
	}
	for _, e := range in.Tree {
		if e.Mode != "100644" || e.Type != "blob" || e.Content == nil {
			refuse(w, http.StatusUnprocessableEntity, fmt.Errorf("tree.mode, tree.type or tree.content is not supplied"))
			return
		}
		file, err := s.git(nil, *e.Content, "hash-object", "-w", "--stdin")
		if err == nil {
			_, err = s.git(env, "", "update-index", "--add", "--cacheinfo", e.Mode+","+file+","+e.Path)
		}
		if err != nil {
			refuse(w, http.StatusUnprocessableEntity, err)
			return
		}
	}
	sha, err := s.git(env, "", "write-tree")
	if err != nil {
		refuse(w, http.StatusUnprocessableEntity, err)
		return
	}
	reply(w, http.StatusCreated, map[string]any{"sha": sha})
}

// postGitCommit writes a commit, by the bot. Source: "Create a commit".
func (s *Server) postGitCommit(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Message, Tree string
		Parents       []string
	}
	if !s.takes(w, r, &in) {
		return
	}
	defer s.mu.Unlock()
	args := []string{"commit-tree", in.Tree, "-m", in.Message}
	for _, p := range in.Parents {
		if !s.is("commit", p) {
			refuse(w, http.StatusUnprocessableEntity, words("Parent SHA does not exist or is not a commit object"))
			return
		}
		args = append(args, "-p", p)
	}
	sha, err := s.git(nil, "", args...)
	if err != nil || in.Message == "" || !s.is("tree", in.Tree) {
		refuse(w, http.StatusUnprocessableEntity, words("Tree SHA does not exist"))
		return
	}
	reply(w, http.StatusCreated, map[string]any{"sha": sha, "tree": map[string]string{"sha": in.Tree}})
}
