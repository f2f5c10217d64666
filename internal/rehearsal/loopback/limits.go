package loopback

import "net/http"

// Limit makes the next calls of the REST API hit GitHub's secondary rate limit.
// Source: REST API, "Rate limits": 403 or 429, a message, Retry-After in
// seconds.
func (s *Server) Limit(calls int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.limited = calls
}

// limits refuses as many calls as Limit said.
func (s *Server) limits(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		refused := s.limited > 0
		if refused {
			s.limited--
			s.refused++
		}
		s.mu.Unlock()
		if !refused {
			next.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Retry-After", "1")
		reply(w, http.StatusForbidden, map[string]string{
			"message":           "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.",
			"documentation_url": "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits",
		})
	})
}
