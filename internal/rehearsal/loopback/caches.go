package loopback

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// CacheUse is one restore or save.
type CacheUse struct {
	Key string
	// Matched is the key that was restored; empty for a miss.
	Matched string
	Saved   bool
}

// keyFile stands beside a cache's folder and holds its key; it is written
// last, so that a cache without one was broken off and is not used.
const keyFile = ".key"

// findCaches takes over what earlier rehearsals saved.
func (s *Server) findCaches() error {
	if err := os.MkdirAll(s.cacheFolder, 0o755); err != nil {
		return fmt.Errorf("making the cache folder: %w", err)
	}
	entries, err := os.ReadDir(s.cacheFolder)
	if err != nil {
		return fmt.Errorf("reading the cache folder: %w", err)
	}
	for _, e := range entries {
		folder, ok := strings.CutSuffix(filepath.Join(s.cacheFolder, e.Name()), keyFile)
		if !ok {
			continue
		}
		key, err := os.ReadFile(folder + keyFile)
		if err != nil {
			return fmt.Errorf("reading a cache's key: %w", err)
		}
		s.caches[string(key)] = folder
	}
	return nil
}

// folderOf names a cache's folder by its key's digest: keys come from
// workflows and are no file names.
func (s *Server) folderOf(key string) string {
	sum := sha256.Sum256([]byte(key))
	return filepath.Join(s.cacheFolder, hex.EncodeToString(sum[:8]))
}

// lookUpCache answers with the folder of the best match: the exact key, else
// the longest key that begins with a restore key, in their order. Source: docs,
// "Cache key matching".
func (s *Server) lookUpCache(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	key := q.Get("key")
	s.mu.Lock()
	defer s.mu.Unlock()
	matched := s.match(key, q["restore"])
	s.cacheUses = append(s.cacheUses, CacheUse{Key: key, Matched: matched})
	reply(w, http.StatusOK, map[string]string{
		"matched": matched, "folder": s.caches[matched], "save_to": s.folderOf(key),
	})
}

func (s *Server) match(key string, restore []string) string {
	if _, ok := s.caches[key]; ok {
		return key
	}
	for _, prefix := range restore {
		var found []string
		for k := range s.caches {
			if prefix != "" && strings.HasPrefix(k, prefix) {
				found = append(found, k)
			}
		}
		if len(found) > 0 {
			return slices.Max(found)
		}
	}
	return ""
}

// saveCache records that the stand-in has filled the folder of key. A key that
// exists is left alone: caches are immutable. Source: docs, "cache-hit".
func (s *Server) saveCache(w http.ResponseWriter, r *http.Request) {
	var body struct{ Key string }
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil || body.Key == "" {
		refuse(w, http.StatusBadRequest, fmt.Errorf("no key: %w", err))
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.caches[body.Key]; ok {
		refuse(w, http.StatusConflict, fmt.Errorf("a cache with the key %q exists already", body.Key))
		return
	}
	folder := s.folderOf(body.Key)
	if err := os.WriteFile(folder+keyFile, []byte(body.Key), 0o600); err != nil {
		refuse(w, http.StatusInternalServerError, err)
		return
	}
	s.caches[body.Key] = folder
	s.cacheUses = append(s.cacheUses, CacheUse{Key: body.Key, Saved: true})
	w.WriteHeader(http.StatusCreated)
}
