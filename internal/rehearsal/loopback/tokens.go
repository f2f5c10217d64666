package loopback

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// tokenLife is how long an OIDC token of a job is good for. GitHub's live for
// minutes; source: docs, "OpenID Connect reference".
const tokenLife = 5 * time.Minute

// getToken answers $ACTIONS_ID_TOKEN_REQUEST_URL: a token that says for which
// job it stands. It is not signed: what takes it here trusts this server. act
// does not say which job asks; the environment is that of the job that runs.
func (s *Server) getToken(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	run := s.run
	sub := fmt.Sprintf("repo:%s:ref:refs/heads/main", run.Repository)
	if run.Event == "pull_request" {
		sub = fmt.Sprintf("repo:%s:pull_request", run.Repository)
	}
	// A job with an environment is named by that alone. Source: docs, "Filtering
	// for a specific environment".
	if e := environmentOf(run); e != "" {
		sub = fmt.Sprintf("repo:%s:environment:%s", run.Repository, e)
	}
	claims := map[string]any{
		"iss": "https://token.actions.githubusercontent.com", "sub": sub, "aud": r.URL.Query().Get("audience"),
		"repository": run.Repository, "run_id": fmt.Sprint(run.ID), "iat": time.Now().Unix(), "exp": time.Now().Add(tokenLife).Unix(),
	}
	reply(w, http.StatusOK, map[string]any{"value": encoded(map[string]string{"alg": "none", "typ": "JWT"}) + "." + encoded(claims) + ".x"})
}

// environmentOf finds the environment of the job that asks: the one that began
// last, has not ended, and has one.
func environmentOf(run Run) string {
	found := ""
	var began time.Time
	for _, j := range run.Jobs {
		if j.Environment != "" && !j.Started.IsZero() && j.Ended.IsZero() && j.Started.After(began) {
			found, began = j.Environment, j.Started
		}
	}
	return found
}

func encoded(v any) string {
	text, _ := json.Marshal(v) // maps of strings and numbers
	return base64.RawURLEncoding.EncodeToString(text)
}

// Subject reads whom a token stands for; "" for what is no token of ours.
func Subject(token string) string {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return ""
	}
	text, err := base64.RawURLEncoding.DecodeString(parts[1])
	var claims struct {
		Sub, Aud string
		Exp      int64
	}
	if err != nil || json.Unmarshal(text, &claims) != nil || claims.Aud != "sts.amazonaws.com" || time.Now().Unix() >= claims.Exp {
		return ""
	}
	return claims.Sub
}
