package loopback

import (
	"crypto/sha1" //nolint:gosec // git's own name of a file
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// This file: branches, files in them, and pull requests, as far as a program
// proposes a file by them. Source: REST API, "Git references", "Repository
// contents", "Pulls".

// mainBranch is the repository's default branch.
const mainBranch = "main"

// Branch is a branch with the files that were written by the API.
type Branch struct {
	SHA   string
	Files map[string]string
	// Commits are the messages, oldest first.
	Commits []string
}

// Pull is a pull request.
type Pull struct {
	Number                  int
	Title, Body, Head, Base string
	// State is open or closed; Merged ones are closed.
	State  string
	Merged bool
	// Edits counts how often its text was changed.
	Edits int
}

// Branch is a copy of a branch, nil where there is none.
func (s *Server) Branch(name string) *Branch {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.branch(name)
	if b == nil {
		return nil
	}
	return &Branch{SHA: b.SHA, Files: maps.Clone(b.Files), Commits: slices.Clone(b.Commits)}
}

// Pulls are copies of the pull requests, oldest first.
func (s *Server) Pulls() []Pull {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []Pull
	for _, p := range s.pulls {
		all = append(all, *p)
	}
	return all
}

// Merge merges a pull request and deletes its branch, as somebody would.
func (s *Server) Merge(number int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.pulls[number-1]
	maps.Copy(s.branch(p.Base).Files, s.branch(p.Head).Files)
	p.State, p.Merged = "closed", true
	delete(s.branches, p.Head)
}

// ClosePull closes a pull request that nobody wants.
func (s *Server) ClosePull(number int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pulls[number-1].State = "closed"
}

// ForbidPulls is the setting of a repository whose workflows may make no pull
// requests. Source: docs, "Managing GitHub Actions settings for a repository".
func (s *Server) ForbidPulls() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.noPulls = true
}

// branch finds one; the default branch is there always.
func (s *Server) branch(name string) *Branch {
	if s.branches == nil {
		s.branches = map[string]*Branch{mainBranch: {SHA: blob("the beginning"), Files: map[string]string{}}}
	}
	return s.branches[name]
}

// blob is git's name of a text.
func blob(text string) string {
	sum := sha1.Sum(fmt.Appendf(nil, "blob %d\x00%s", len(text), text)) //nolint:gosec // git's own
	return hex.EncodeToString(sum[:])
}

func (s *Server) getRef(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	name := r.PathValue("name")
	b := s.branch(name)
	if b == nil {
		refuse(w, http.StatusNotFound, words("Not Found"))
		return
	}
	reply(w, http.StatusOK, refJSON(name, b))
}

func refJSON(name string, b *Branch) map[string]any {
	return map[string]any{"ref": "refs/heads/" + name, "object": map[string]any{"type": "commit", "sha": b.SHA}}
}

// writes decodes a body and holds the token's rights; false where it has
// answered already. It leaves s.mu locked if true.
func (s *Server) writes(w http.ResponseWriter, r *http.Request, into any) bool {
	if err := json.NewDecoder(r.Body).Decode(into); err != nil {
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

func (s *Server) postRef(w http.ResponseWriter, r *http.Request) {
	var in struct{ Ref, SHA string }
	if !s.writes(w, r, &in) {
		return
	}
	defer s.mu.Unlock()
	name, isBranch := strings.CutPrefix(in.Ref, "refs/heads/")
	known := slices.ContainsFunc(slices.Collect(maps.Values(s.branches)), func(b *Branch) bool { return b.SHA == in.SHA })
	if tag, isTag := strings.CutPrefix(in.Ref, "refs/tags/"); isTag {
		s.postTag(w, tag, in.SHA)
		return
	}
	switch {
	case !isBranch || name == "" || strings.ContainsAny(name, " ~^:?*[\\") || strings.Contains(name, ".."):
		refuse(w, http.StatusUnprocessableEntity, fmt.Errorf("%s is not a valid ref name", in.Ref))
	case s.branch(name) != nil:
		refuse(w, http.StatusUnprocessableEntity, words("Reference already exists"))
	case !known:
		refuse(w, http.StatusUnprocessableEntity, words("Object does not exist"))
	default:
		b := &Branch{SHA: in.SHA, Files: maps.Clone(s.branch(mainBranch).Files)}
		s.branches[name] = b
		reply(w, http.StatusCreated, refJSON(name, b))
	}
}

func (s *Server) getContents(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	name := r.URL.Query().Get("ref")
	if name == "" {
		name = mainBranch
	}
	path := r.PathValue("path")
	b := s.branch(name)
	if text, err := s.gitText(nil, "", "cat-file", "blob", name+":"+path); err == nil && b == nil {
		b = &Branch{Files: map[string]string{path: text}} // a commit or a tag of the hosted repository
	}
	if b == nil {
		refuse(w, http.StatusNotFound, words(fmt.Sprintf("No commit found for the ref %s", name)))
		return
	}
	text, there := b.Files[path]
	if !there {
		refuse(w, http.StatusNotFound, words("Not Found"))
		return
	}
	reply(w, http.StatusOK, map[string]any{
		"type": "file", "encoding": "base64", "path": path, "sha": blob(text), "size": len(text), "content": base64.StdEncoding.EncodeToString([]byte(text)),
	})
}

// putContents commits one file. A file that is there is replaced only by
// whoever knows which one it is.
func (s *Server) putContents(w http.ResponseWriter, r *http.Request) {
	var in struct{ Message, Content, SHA, Branch string }
	if !s.writes(w, r, &in) {
		return
	}
	defer s.mu.Unlock()
	text, err := base64.StdEncoding.DecodeString(in.Content)
	b := s.branch(in.Branch)
	path := r.PathValue("path")
	if b == nil {
		refuse(w, http.StatusNotFound, words(fmt.Sprintf("Branch %s not found", in.Branch)))
		return
	}
	there, exists := b.Files[path]
	switch {
	case err != nil:
		refuse(w, http.StatusUnprocessableEntity, fmt.Errorf("content is not valid Base64"))
	case in.Message == "" || in.Branch == mainBranch:
		refuse(w, http.StatusUnprocessableEntity, words("Invalid request: a message, and a branch that is not protected"))
	case exists && in.SHA == "":
		refuse(w, http.StatusUnprocessableEntity, words("Invalid request.\n\n\"sha\" wasn't supplied."))
	case exists && in.SHA != blob(there), !exists && in.SHA != "":
		refuse(w, http.StatusConflict, fmt.Errorf("%s does not match %s", path, in.SHA))
	default:
		b.Files[path] = string(text)
		b.Commits = append(b.Commits, in.Message)
		b.SHA = blob(b.SHA + path + string(text))
		reply(w, http.StatusCreated, map[string]any{"content": map[string]any{"path": path, "sha": blob(string(text))}, "commit": map[string]any{"sha": b.SHA}})
	}
}

func (s *Server) getPulls(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q := r.URL.Query()
	list := []map[string]any{}
	for _, p := range slices.Backward(s.pulls) { // newest first
		state := q.Get("state")
		if state == "" {
			state = "open"
		}
		head := r.PathValue("owner") + ":" + p.Head
		if (state == "all" || state == p.State) && (q.Get("head") == "" || q.Get("head") == head) && (q.Get("base") == "" || q.Get("base") == p.Base) {
			list = append(list, s.pullJSON(p))
		}
	}
	reply(w, http.StatusOK, list)
}

func (s *Server) postPull(w http.ResponseWriter, r *http.Request) {
	var in struct{ Title, Body, Head, Base string }
	if !s.writes(w, r, &in) {
		return
	}
	defer s.mu.Unlock()
	in.Head = strings.TrimPrefix(in.Head, r.PathValue("owner")+":")
	head, base := s.branch(in.Head), s.branch(in.Base)
	open := slices.ContainsFunc(s.pulls, func(p *Pull) bool { return p.Head == in.Head && p.Base == in.Base && p.State == "open" })
	switch {
	case s.noPulls:
		refuse(w, http.StatusForbidden, words("GitHub Actions is not permitted to create or approve pull requests."))
	case head == nil || base == nil || in.Title == "" || len([]rune(in.Title)) > 256 || len([]rune(in.Body)) > 65_536:
		refuse(w, http.StatusUnprocessableEntity, words("Validation Failed"))
	case open:
		refuse(w, http.StatusUnprocessableEntity, words(fmt.Sprintf("A pull request already exists for %s:%s.", r.PathValue("owner"), in.Head)))
	case maps.Equal(head.Files, base.Files):
		refuse(w, http.StatusUnprocessableEntity, words(fmt.Sprintf("No commits between %s and %s", in.Base, in.Head)))
	default:
		p := &Pull{Number: len(s.pulls) + 1, Title: in.Title, Body: in.Body, Head: in.Head, Base: in.Base, State: "open"}
		s.pulls = append(s.pulls, p)
		reply(w, http.StatusCreated, s.pullJSON(p))
	}
}

func (s *Server) patchPull(w http.ResponseWriter, r *http.Request) {
	var in struct{ Title, Body *string }
	if !s.writes(w, r, &in) {
		return
	}
	defer s.mu.Unlock()
	n, err := strconv.Atoi(r.PathValue("number"))
	if err != nil || n < 1 || n > len(s.pulls) {
		refuse(w, http.StatusNotFound, words("Not Found"))
		return
	}
	p := s.pulls[n-1]
	if in.Title != nil {
		p.Title = *in.Title
	}
	if in.Body != nil {
		p.Body = *in.Body
	}
	p.Edits++
	reply(w, http.StatusOK, s.pullJSON(p))
}

func (s *Server) pullJSON(p *Pull) map[string]any {
	var merged any
	if p.Merged {
		merged = "2026-11-23T12:00:00Z"
	}
	return map[string]any{
		"number": p.Number, "title": p.Title, "body": p.Body, "state": p.State, "merged_at": merged,
		"html_url": fmt.Sprintf("https://github.com/%s/pull/%d", s.run.Repository, p.Number),
		"head":     map[string]any{"ref": p.Head}, "base": map[string]any{"ref": p.Base},
	}
}
