package loopback

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"
)

// historyFolder holds the runs of earlier rehearsals beside their caches, so that
// this GitHub remembers as the real one does: a later run can be compared with
// the one that made a cache. Each has a file of its own, since several may end
// at a time.
const historyFolder = "history"

// mostRuns is how many runs are remembered.
const mostRuns = 20

// readHistory forgets what it cannot read: that is harmless. Older runs than it
// remembers are removed.
func (s *Server) readHistory() {
	paths, _ := filepath.Glob(filepath.Join(s.cacheFolder, historyFolder, "*.json")) // the pattern is sound
	for _, path := range paths {
		var r Run
		if text, err := os.ReadFile(path); err == nil && json.Unmarshal(text, &r) == nil {
			s.history = append(s.history, r)
		}
	}
	slices.SortFunc(s.history, func(a, b Run) int { return a.Started.Compare(b.Started) })
	old := s.history[:max(len(s.history)-mostRuns, 0)]
	for _, r := range old {
		_ = os.Remove(s.remembered(r)) // another rehearsal may have been faster
	}
	s.history = s.history[len(old):]
}

// remembered is the file of a run.
func (s *Server) remembered(r Run) string {
	return filepath.Join(s.cacheFolder, historyFolder, strconv.FormatInt(r.ID, 10)+".json")
}

// Remember keeps the run, now that it is over, for later rehearsals. Logs and
// summaries are left out.
func (s *Server) Remember() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	kept := s.run
	kept.Jobs = nil
	for _, j := range s.run.Jobs {
		bare := *j
		bare.Steps, bare.Outputs = nil, nil
		for _, st := range j.Steps {
			bare.Steps = append(bare.Steps, &Step{ID: st.ID, Name: st.Name, Stage: st.Stage, Started: st.Started, Ended: st.Ended, Conclusion: st.Conclusion})
		}
		kept.Jobs = append(kept.Jobs, &bare)
	}
	s.history = append(s.history, kept)
	text, err := json.Marshal(kept)
	if err != nil {
		return err
	}
	path := s.remembered(kept)
	// Whole or not at all.
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path+".new", text, 0o600), os.Rename(path+".new", path)); err != nil {
		return fmt.Errorf("keeping the run: %w", err)
	}
	return nil
}

// runOf finds a run, the one under way or a remembered one, by the path of a
// request; nil if there is none.
func (s *Server) runOf(r *http.Request) *Run {
	if r.PathValue("id") == strconv.FormatInt(s.run.ID, 10) {
		return &s.run
	}
	i := slices.IndexFunc(s.history, func(h Run) bool { return r.PathValue("id") == strconv.FormatInt(h.ID, 10) })
	if i < 0 {
		return nil
	}
	return &s.history[i]
}

func (s *Server) runJSON(r Run) map[string]any {
	updated := time.Now()
	if !r.Ended.IsZero() {
		updated = r.Ended
	}
	return map[string]any{
		"id": r.ID, "name": r.Workflow, "workflow_id": 1, "event": r.Event, "head_sha": r.SHA, "head_branch": "main", "run_attempt": 1,
		"status": status(r.Conclusion), "conclusion": orNull(r.Conclusion), "created_at": at(r.Started), "run_started_at": at(r.Started), "updated_at": at(updated),
		"html_url": fmt.Sprintf("https://github.com/%s/actions/runs/%d", s.run.Repository, r.ID), "pull_requests": []any{},
		"actor": map[string]any{"login": Engineer, "type": "User"}, "triggering_actor": map[string]any{"login": Engineer, "type": "User"},
	}
}

// getRuns answers GET …/actions/workflows/{id}/runs, newest first. All runs here
// are of one workflow.
func (s *Server) getRuns(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := []map[string]any{s.runJSON(s.run)}
	for _, h := range slices.Backward(s.history) {
		if h.Workflow == s.run.Workflow {
			list = append(list, s.runJSON(h))
		}
	}
	reply(w, http.StatusOK, map[string]any{"total_count": len(list), "workflow_runs": list})
}

// getCaches answers GET …/actions/caches. Source: REST API, "List GitHub Actions
// caches for a repository".
func (s *Server) getCaches(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := []map[string]any{}
	for key, folder := range s.caches {
		info, err := os.Stat(folder + keyFile)
		if err != nil {
			continue
		}
		used := info.ModTime()
		if slices.ContainsFunc(s.cacheUses, func(u CacheUse) bool { return u.Matched == key }) {
			used = time.Now()
		}
		list = append(list, map[string]any{
			"id": len(list) + 1, "key": key, "ref": "refs/heads/main", "version": "1", "size_in_bytes": sizeOf(folder),
			"created_at": info.ModTime().UTC().Format(time.RFC3339Nano), "last_accessed_at": used.UTC().Format(time.RFC3339Nano),
		})
	}
	reply(w, http.StatusOK, map[string]any{"total_count": len(list), "actions_caches": list})
}

func sizeOf(folder string) (total int64) {
	_ = filepath.WalkDir(folder, func(_ string, d fs.DirEntry, err error) error { // what cannot be read does not count
		if err == nil && d.Type().IsRegular() {
			if info, err := d.Info(); err == nil {
				total += info.Size()
			}
		}
		return nil
	})
	return total
}
