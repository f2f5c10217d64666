package loopback

import (
	"fmt"
	"net/http"
	"strings"
)

// This file: tags. Source: REST API, "Git references".

var errNotFound = words("Not Found")

// tag is what a tag names, empty for none. s.mu must be held.
func (s *Server) tag(name string) (sha, kind string) {
	sha, err := s.git(nil, "", "rev-parse", "--verify", "--quiet", "refs/tags/"+name)
	if err != nil {
		return "", ""
	}
	kind, _ = s.git(nil, "", "cat-file", "-t", sha) // it was just named
	return sha, kind
}

func tagJSON(name, sha, kind string) map[string]any {
	return map[string]any{"ref": "refs/tags/" + name, "object": map[string]any{"type": kind, "sha": sha}}
}

func (s *Server) getTagRef(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	name := r.PathValue("name")
	sha, kind := s.tag(name)
	if sha == "" {
		refuse(w, http.StatusNotFound, errNotFound)
		return
	}
	reply(w, http.StatusOK, tagJSON(name, sha, kind))
}

// getMatchingTags lists the tags that begin alike; none is an empty list. Source:
// "List matching references".
func (s *Server) getMatchingTags(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := []map[string]any{}
	out, err := s.git(nil, "", "for-each-ref", "--format=%(refname:lstrip=2) %(objectname) %(objecttype)", "refs/tags/")
	if err != nil {
		refuse(w, http.StatusNotFound, errNotFound)
		return
	}
	for line := range strings.SplitSeq(out, "\n") {
		if f := strings.Fields(line); len(f) == 3 && strings.HasPrefix(f[0], r.PathValue("name")) {
			list = append(list, tagJSON(f[0], f[1], f[2]))
		}
	}
	reply(w, http.StatusOK, list)
}

// getGitTag reads an annotated tag.
func (s *Server) getGitTag(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sha := r.PathValue("sha")
	commit, err := s.git(nil, "", "rev-parse", "--verify", sha+"^{commit}")
	if err != nil || !s.is("tag", sha) {
		refuse(w, http.StatusNotFound, errNotFound)
		return
	}
	reply(w, http.StatusOK, map[string]any{"sha": sha, "object": map[string]string{"type": "commit", "sha": commit}})
}

// postTag makes a tag; postRef has read the body and holds s.mu.
func (s *Server) postTag(w http.ResponseWriter, name, sha string) {
	there, _ := s.tag(name)
	switch {
	case there != "":
		refuse(w, http.StatusUnprocessableEntity, words("Reference already exists"))
		return
	case !s.is("commit", sha):
		refuse(w, http.StatusUnprocessableEntity, words("Object does not exist"))
		return
	}
	if _, err := s.git(nil, "", "update-ref", "refs/tags/"+name, sha, strings.Repeat("0", 40)); err != nil {
		refuse(w, http.StatusUnprocessableEntity, err)
		return
	}
	reply(w, http.StatusCreated, tagJSON(name, sha, "commit"))
}

// patchTag moves a tag. One that an immutable release has stays. Source: "Update a
// reference"; docs, "Immutable releases".
func (s *Server) patchTag(w http.ResponseWriter, r *http.Request) {
	var in struct {
		SHA   string
		Force bool
	}
	if !s.takes(w, r, &in) {
		return
	}
	defer s.mu.Unlock()
	name := r.PathValue("name")
	there, _ := s.tag(name)
	_, notAhead := s.git(nil, "", "merge-base", "--is-ancestor", there, in.SHA)
	switch {
	case there == "":
		refuse(w, http.StatusUnprocessableEntity, words("Reference does not exist"))
	case !s.is("commit", in.SHA):
		refuse(w, http.StatusUnprocessableEntity, words("Object does not exist"))
	case s.published(name) != nil:
		refuse(w, http.StatusUnprocessableEntity, words(fmt.Sprintf("Cannot update tag %s: it belongs to an immutable release", name)))
	case notAhead != nil && !in.Force:
		refuse(w, http.StatusUnprocessableEntity, words("Update is not a fast forward"))
	default:
		if _, err := s.git(nil, "", "update-ref", "refs/tags/"+name, in.SHA); err != nil {
			refuse(w, http.StatusUnprocessableEntity, err)
			return
		}
		reply(w, http.StatusOK, tagJSON(name, in.SHA, "commit"))
	}
}
