package loopback

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
)

// Artifact is one uploaded artifact.
type Artifact struct {
	Name  string
	Files []ArtifactFile
	// Finished artifacts are immutable; the others were broken off.
	Finished bool
}

// ArtifactFile is one file of an artifact.
type ArtifactFile struct {
	Path   string
	Size   int64
	SHA256 string
	text   []byte
}

// Size is the sum of the files' sizes in bytes.
func (a Artifact) Size() int64 {
	var n int64
	for _, f := range a.Files {
		n += f.Size
	}
	return n
}

// File returns the file of that path, or nil.
func (a Artifact) File(name string) *ArtifactFile {
	for i := range a.Files {
		if a.Files[i].Path == name {
			return &a.Files[i]
		}
	}
	return nil
}

// putArtifactFile takes one file. A finished artifact refuses more: since v4
// of upload-artifact a name can be used once a run. Source: its README,
// "Breaking changes".
func (s *Server) putArtifactFile(w http.ResponseWriter, r *http.Request) {
	name, file := r.PathValue("name"), path.Clean(r.PathValue("path"))
	if err := checkArtifactName(name); err != nil {
		refuse(w, http.StatusBadRequest, err)
		return
	}
	text, err := io.ReadAll(r.Body)
	if err != nil {
		refuse(w, http.StatusBadRequest, err)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.artifacts[name]
	if a == nil {
		a = &Artifact{Name: name}
		s.artifacts[name] = a
	}
	if a.Finished {
		refuse(w, http.StatusConflict, fmt.Errorf("an artifact with the name %q exists already", name))
		return
	}
	a.add(file, text)
	w.WriteHeader(http.StatusCreated)
}

func (a *Artifact) add(file string, text []byte) {
	sum := sha256.Sum256(text)
	a.Files = append(a.Files, ArtifactFile{Path: file, Size: int64(len(text)), SHA256: hex.EncodeToString(sum[:]), text: text})
}

// Text is what a file holds.
func (f ArtifactFile) Text() string { return string(f.text) }

// Leave makes a finished artifact of an earlier run.
func (s *Server) Leave(run int64, name string, files map[string]string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.left == nil {
		s.left = map[int64]map[string]*Artifact{}
	}
	if s.left[run] == nil {
		s.left[run] = map[string]*Artifact{}
	}
	a := &Artifact{Name: name, Finished: true}
	for _, file := range slices.Sorted(maps.Keys(files)) {
		a.add(file, []byte(files[file]))
	}
	s.left[run][name] = a
}

// artifactsOf are those of the run that a request's path names; of the one under
// way where it names none, and nil of a run that nobody knows. s.mu must be held.
func (s *Server) artifactsOf(r *http.Request) map[string]*Artifact {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	switch {
	case r.PathValue("id") == "" || s.run.ID == 0 || err == nil && id == s.run.ID: // a server without a run has one set of artifacts
		return s.artifacts
	case err != nil:
		return nil
	}
	return s.left[id]
}

// Seed makes a finished artifact, as an earlier job of the run would have.
func (s *Server) Seed(name string, files map[string][]byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := &Artifact{Name: name, Finished: true}
	for _, file := range slices.Sorted(maps.Keys(files)) {
		a.add(file, files[file])
	}
	s.artifacts[name] = a
}

// listArtifact names the files of a finished artifact; getArtifactFile gives
// one. The stand-in of download-artifact asks for them.
func (s *Server) listArtifact(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.artifactsOf(r)[r.PathValue("name")]
	if a == nil || !a.Finished {
		refuse(w, http.StatusNotFound, words(fmt.Sprintf("Artifact not found for name: %s", r.PathValue("name"))))
		return
	}
	files := []string{}
	for _, f := range a.Files {
		files = append(files, f.Path)
	}
	reply(w, http.StatusOK, map[string]any{"files": files})
}

func (s *Server) getArtifactFile(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a := s.artifactsOf(r)[r.PathValue("name")]; a != nil && a.Finished {
		if f := a.File(r.PathValue("path")); f != nil {
			_, _ = w.Write(f.text) // the caller may be gone
			return
		}
	}
	refuse(w, http.StatusNotFound, fmt.Errorf("no such file"))
}

// finishArtifact seals an artifact; the body says how many files it must hold.
func (s *Server) finishArtifact(w http.ResponseWriter, r *http.Request) {
	var body struct{ Files int }
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		refuse(w, http.StatusBadRequest, err)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.artifacts[r.PathValue("name")]
	switch {
	case a == nil || len(a.Files) != body.Files || body.Files == 0:
		refuse(w, http.StatusBadRequest, fmt.Errorf("the artifact does not hold the %d files that were announced", body.Files))
	case a.Finished:
		refuse(w, http.StatusConflict, fmt.Errorf("an artifact with the name %q exists already", a.Name))
	default:
		slices.SortFunc(a.Files, func(x, y ArtifactFile) int { return cmp.Compare(x.Path, y.Path) })
		a.Finished = true
		w.WriteHeader(http.StatusOK)
	}
}

// getArtifacts answers GET /repos/{owner}/{repo}/actions/runs/{id}/artifacts.
func (s *Server) getArtifacts(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	of := s.artifactsOf(r)
	if of == nil {
		refuse(w, http.StatusNotFound, words("Not Found"))
		return
	}
	list := []map[string]any{}
	for i, name := range slices.Sorted(maps.Keys(of)) {
		if a := of[name]; a.Finished {
			list = append(list, map[string]any{"id": i + 1, "name": a.Name, "size_in_bytes": a.Size(), "expired": false})
		}
	}
	reply(w, http.StatusOK, map[string]any{"total_count": len(list), "artifacts": list})
}

// checkArtifactName refuses what upload-artifact refuses. Source: the path and
// name validation of actions/toolkit.
func checkArtifactName(name string) error {
	if name == "" || strings.ContainsAny(name, "\":<>|*?\r\n\\/") {
		return fmt.Errorf("the artifact name %q is not valid", name)
	}
	return nil
}
