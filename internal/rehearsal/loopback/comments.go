package loopback

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
)

// Comment is one comment on an issue or a pull request.
type Comment struct {
	ID     int
	Issue  string
	Author string
	Body   string
	// Edits counts how often it was updated.
	Edits int
}

// bot is who GITHUB_TOKEN writes as. Source: docs, "Automatic token
// authentication".
const bot = "github-actions[bot]"

// ReadOnly makes the token one of a fork: it may read and not write. Source:
// docs, "permissions for the GITHUB_TOKEN", pull requests from forks.
func (s *Server) ReadOnly() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.readOnly = true
}

// getUser refuses as GitHub does for an installation's token.
func (s *Server) getUser(w http.ResponseWriter, _ *http.Request) {
	refuse(w, http.StatusForbidden, errNotAccessible)
}

var errNotAccessible = words("Resource not accessible by integration")

func (s *Server) getComments(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := []map[string]any{}
	for _, c := range s.comments {
		if c.Issue == r.PathValue("number") {
			list = append(list, c.json())
		}
	}
	reply(w, http.StatusOK, list)
}

func (s *Server) postComment(w http.ResponseWriter, r *http.Request) {
	s.writeComment(w, r, func(body string) (*Comment, int) {
		c := &Comment{ID: len(s.comments) + 1, Issue: r.PathValue("number"), Author: bot, Body: body}
		s.comments = append(s.comments, c)
		return c, http.StatusCreated
	})
}

func (s *Server) patchComment(w http.ResponseWriter, r *http.Request) {
	s.writeComment(w, r, func(body string) (*Comment, int) {
		id, err := strconv.Atoi(r.PathValue("id"))
		if err != nil || id < 1 || id > len(s.comments) {
			return nil, http.StatusNotFound
		}
		c := s.comments[id-1]
		c.Body = body
		c.Edits++
		return c, http.StatusOK
	})
}

// writeComment holds what both writes have in common: the token's rights and
// the limit of 65,536 characters.
func (s *Server) writeComment(w http.ResponseWriter, r *http.Request, write func(body string) (*Comment, int)) {
	var in struct{ Body string }
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		refuse(w, http.StatusBadRequest, err)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.readOnly:
		refuse(w, http.StatusForbidden, errNotAccessible)
		return
	case len([]rune(in.Body)) > 65_536:
		refuse(w, http.StatusUnprocessableEntity, fmt.Errorf("body is too long (maximum is 65536 characters)"))
		return
	}
	c, status := write(in.Body)
	if c == nil {
		refuse(w, status, words("Not Found"))
		return
	}
	reply(w, status, c.json())
}

func (c *Comment) json() map[string]any {
	return map[string]any{"id": c.ID, "body": c.Body, "user": map[string]any{"login": c.Author}}
}
