package loopback

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strconv"
)

// This file: the files of releases. Source: REST API, "Release assets".

func (a *ReleaseAsset) json() map[string]any {
	sum := sha256.Sum256(a.Content)
	m := map[string]any{"id": a.ID, "name": a.Name, "state": a.State, "size": len(a.Content), "digest": nil}
	if a.State == "uploaded" {
		m["digest"] = "sha256:" + hex.EncodeToString(sum[:])
	}
	return m
}

func (s *Server) getAssets(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	one := s.release(r)
	if one == nil {
		refuse(w, http.StatusNotFound, errNotFound)
		return
	}
	list := []map[string]any{}
	for _, a := range one.Assets {
		list = append(list, a.json())
	}
	page, err := strconv.Atoi(r.URL.Query().Get("page"))
	if err != nil || page < 1 {
		page = 1
	}
	from := min((page-1)*100, len(list))
	to := min(from+100, len(list))
	if to < len(list) {
		w.Header().Set("Link", fmt.Sprintf(`<http://%s%s?per_page=100&page=%d>; rel="next"`, r.Host, r.URL.Path, page+1))
	}
	reply(w, http.StatusOK, list[from:to])
}

var assetName = regexp.MustCompile(`^[A-Za-z0-9_-][A-Za-z0-9._-]*$`)

// postAsset takes a file, as uploads.github.com does.
func (s *Server) postAsset(w http.ResponseWriter, r *http.Request) {
	content, err := io.ReadAll(r.Body)
	s.mu.Lock()
	defer s.mu.Unlock()
	one, name := s.release(r), r.URL.Query().Get("name")
	switch {
	case s.readOnly:
		refuse(w, http.StatusForbidden, errNotAccessible)
	case one == nil:
		refuse(w, http.StatusNotFound, errNotFound)
	case err != nil || int64(len(content)) != r.ContentLength || len(content) == 0 || r.Header.Get("Content-Type") == "" || !assetName.MatchString(name):
		// GitHub would rename a file with other characters.
		refuse(w, http.StatusBadRequest, words(fmt.Sprintf("Bad Content-Length, Content-Type or name: %q", name)))
	case !one.Draft:
		refuse(w, http.StatusUnprocessableEntity, words("Cannot upload assets to an immutable release."))
	case slices.ContainsFunc(one.Assets, func(a *ReleaseAsset) bool { return a.Name == name }):
		reply(w, http.StatusUnprocessableEntity, map[string]any{"message": "Validation Failed", "errors": []any{map[string]string{"resource": "ReleaseAsset", "code": "already_exists", "field": "name"}}})
	case s.releases.breaking > 0:
		s.releases.breaking--
		one.Assets = append(one.Assets, &ReleaseAsset{ID: s.number(), Name: name, State: "starter"})
		refuse(w, http.StatusBadGateway, words("Bad Gateway"))
	default:
		a := &ReleaseAsset{ID: s.number(), Name: name, State: "uploaded", Content: content}
		one.Assets = append(one.Assets, a)
		reply(w, http.StatusCreated, a.json())
	}
}

func (s *Server) deleteAsset(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, one := range s.releases.all {
		i := slices.IndexFunc(one.Assets, func(a *ReleaseAsset) bool { return strconv.FormatInt(a.ID, 10) == r.PathValue("id") })
		switch {
		case i < 0:
			continue
		case !one.Draft || s.readOnly:
			refuse(w, http.StatusForbidden, errNotAccessible)
			return
		}
		one.Assets = slices.Delete(one.Assets, i, i+1)
		w.WriteHeader(http.StatusNoContent)
		return
	}
	refuse(w, http.StatusNotFound, errNotFound)
}

// download gives a published file to anybody, as github.com itself does.
func (s *Server) download(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if one := s.published(r.PathValue("tag")); one != nil {
		for _, a := range one.Assets {
			if a.Name == r.PathValue("file") && a.State == "uploaded" {
				_, _ = w.Write(a.Content) // the caller may be gone
				return
			}
		}
	}
	http.NotFound(w, r)
}

// putAttestation is what the stand-in of the attesting action tells.
func (s *Server) putAttestation(w http.ResponseWriter, r *http.Request) {
	var in Attestation
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil || len(in.Subjects) == 0 || len(in.Subjects) > 1024 {
		refuse(w, http.StatusBadRequest, fmt.Errorf("%d subjects: %w", len(in.Subjects), err))
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.releases.attested = append(s.releases.attested, in)
	w.WriteHeader(http.StatusCreated)
}
