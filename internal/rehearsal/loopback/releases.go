package loopback

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
)

// This file: releases of a repository whose releases are immutable once they are
// published. Source: REST API, "Releases", "Release assets"; docs, "Immutable
// releases".

// Release is a release or a draft.
type Release struct {
	ID              int64
	Tag, Name, Body string
	Draft, Pre      bool
	Latest          string
	Assets          []*ReleaseAsset
}

// ReleaseAsset is a file of a release. State is uploaded, or starter of an upload
// that broke off.
type ReleaseAsset struct {
	ID          int64
	Name, State string
	Content     []byte
}

// Attestation is what the attesting action told: files that this run has built.
type Attestation struct{ Subjects []BuiltFile }

// BuiltFile is one of its files.
type BuiltFile struct{ Name, SHA256 string }

type releases struct {
	all      []*Release
	next     int64
	breaking int
	attested []Attestation
}

// handleReleases adds what a release is made of.
func (s *Server) handleReleases(api *http.ServeMux, repo string) {
	for pattern, handler := range map[string]http.HandlerFunc{
		"GET " + repo + "/git/commits/{sha}":                s.getGitCommit,
		"GET " + repo + "/git/tags/{sha}":                   s.getGitTag,
		"POST " + repo + "/git/trees":                       s.postTree,
		"POST " + repo + "/git/commits":                     s.postGitCommit,
		"GET " + repo + "/git/ref/tags/{name}":              s.getTagRef,
		"GET " + repo + "/git/matching-refs/tags/{name...}": s.getMatchingTags,
		"PATCH " + repo + "/git/refs/tags/{name}":           s.patchTag,
		"GET " + repo + "/releases":                         s.getReleases,
		"POST " + repo + "/releases":                        s.postRelease,
		"GET " + repo + "/releases/{id}":                    s.getRelease,
		"PATCH " + repo + "/releases/{id}":                  s.patchRelease,
		"GET " + repo + "/releases/{id}/assets":             s.getAssets,
		"DELETE " + repo + "/releases/assets/{id}":          s.deleteAsset,
	} {
		api.HandleFunc(pattern, handler)
	}
}

// Releases are copies of the releases and drafts, oldest first.
func (s *Server) Releases() []Release {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []Release
	for _, r := range s.releases.all {
		one := *r
		one.Assets = nil
		for _, a := range r.Assets {
			bare := *a
			one.Assets = append(one.Assets, &bare)
		}
		all = append(all, one)
	}
	return all
}

// AddRelease keeps one as an earlier run would have left it.
func (s *Server) AddRelease(r Release) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r.ID = s.number()
	for _, a := range r.Assets {
		a.ID = s.number()
	}
	s.releases.all = append(s.releases.all, &r)
}

// BreakUploads lets the next uploads break off: GitHub answers 502 and keeps an
// asset in the state starter. Source: "Upload a release asset".
func (s *Server) BreakUploads(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.releases.breaking = n
}

// Attested is what was attested.
func (s *Server) Attested() []Attestation {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.releases.attested)
}

func (s *Server) number() int64 {
	s.releases.next++
	return s.releases.next
}

// published is the release of a tag that everybody sees, nil for none.
func (s *Server) published(tag string) *Release {
	for _, r := range s.releases.all {
		if r.Tag == tag && !r.Draft {
			return r
		}
	}
	return nil
}

// release finds one by the number in the request's path.
func (s *Server) release(r *http.Request) *Release {
	i := slices.IndexFunc(s.releases.all, func(one *Release) bool { return strconv.FormatInt(one.ID, 10) == r.PathValue("id") })
	if i < 0 {
		return nil
	}
	return s.releases.all[i]
}

func (r *Release) json(request *http.Request) map[string]any {
	return map[string]any{
		"id": r.ID, "tag_name": r.Tag, "name": r.Name, "body": r.Body, "draft": r.Draft, "prerelease": r.Pre, "immutable": !r.Draft,
		"upload_url": fmt.Sprintf("http://%s/_uploads/%d/assets{?name,label}", request.Host, r.ID),
	}
}

// getReleases lists all, the newest first, on one page.
func (s *Server) getReleases(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := []map[string]any{}
	for _, one := range slices.Backward(s.releases.all) {
		if !one.Draft || !s.readOnly { // who may not write sees no drafts
			list = append(list, one.json(r))
		}
	}
	reply(w, http.StatusOK, list)
}

func (s *Server) getRelease(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if one := s.release(r); one != nil {
		reply(w, http.StatusOK, one.json(r))
		return
	}
	refuse(w, http.StatusNotFound, errNotFound)
}

// ofRelease is what may be written of a release.
type ofRelease struct {
	Tag    *string `json:"tag_name"`
	Name   *string
	Body   *string
	Draft  *bool
	Pre    *bool   `json:"prerelease"`
	Latest *string `json:"make_latest"`
}

// change writes a release; problem is what GitHub would refuse.
func (s *Server) change(one *Release, in ofRelease) (problem string) {
	if in.Tag != nil {
		one.Tag = *in.Tag
	}
	for _, x := range []struct{ from, to *string }{{in.Name, &one.Name}, {in.Body, &one.Body}, {in.Latest, &one.Latest}} {
		if x.from != nil {
			*x.to = *x.from
		}
	}
	for _, x := range []struct{ from, to *bool }{{in.Pre, &one.Pre}, {in.Draft, &one.Draft}} {
		if x.from != nil {
			*x.to = *x.from
		}
	}
	sha, _ := s.tag(one.Tag)
	switch {
	case one.Tag == "" || len([]rune(one.Body)) > 125_000:
		return "Validation Failed"
	case !one.Draft && sha == "":
		return "Published releases must have a valid tag"
	}
	return ""
}

func (s *Server) postRelease(w http.ResponseWriter, r *http.Request) {
	var in ofRelease
	if !s.takes(w, r, &in) {
		return
	}
	defer s.mu.Unlock()
	one := &Release{ID: s.number()}
	if problem := s.change(one, in); problem != "" {
		refuse(w, http.StatusUnprocessableEntity, fmt.Errorf("%s", problem))
		return
	}
	s.releases.all = append(s.releases.all, one)
	reply(w, http.StatusCreated, one.json(r))
}

func (s *Server) patchRelease(w http.ResponseWriter, r *http.Request) {
	var in ofRelease
	if !s.takes(w, r, &in) {
		return
	}
	defer s.mu.Unlock()
	one := s.release(r)
	if one == nil {
		refuse(w, http.StatusNotFound, errNotFound)
		return
	}
	changed := *one
	problem := s.change(&changed, in)
	if !one.Draft && (changed.Tag != one.Tag || changed.Draft) {
		problem = "Cannot change an immutable release"
	}
	if problem == "" && one.Draft && !changed.Draft && s.published(changed.Tag) != nil {
		problem = "tag_name already_exists"
	}
	if problem != "" {
		refuse(w, http.StatusUnprocessableEntity, fmt.Errorf("%s", problem))
		return
	}
	*one = changed
	reply(w, http.StatusOK, one.json(r))
}

// Spoil flips one bit of every file of the newest release, as a thief of the way
// would; a second time it is whole again.
func (s *Server) Spoil(bit byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range s.releases.all[0].Assets {
		a.Content[len(a.Content)/2] ^= bit
	}
}
