package github

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// An answer that leads elsewhere does not take the token along. The library adds
// it to every request of its own, redirects to strangers included.
//
// Attack: token-by-redirect, stolen-github-token
func TestTheTokenGoesToNoOtherHost(t *testing.T) {
	var seen atomic.Int32
	thief := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.Header.Get("Authorization"), "tok-secret") {
			seen.Add(1)
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"id": 1}`))
	}))
	defer thief.Close()
	for _, status := range []int{http.StatusMovedPermanently, http.StatusFound, http.StatusTemporaryRedirect, http.StatusPermanentRedirect} {
		api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, thief.URL+r.URL.Path, status)
		}))
		c, err := Open(api.URL, "o/r", "tok-secret")
		if err != nil {
			t.Fatal(err)
		}
		c.sleep = func(context.Context, time.Duration) error { return nil }
		_, run := c.ForGate().Reviews(t.Context(), 1)
		_, artifact := c.BranchArtifact(t.Context(), "main", "coverage", "coverage.json", 1<<20)
		// Its own answer of 302 is an address, to be asked without a token.
		_, _, _ = c.api.Actions.DownloadArtifact(t.Context(), "o", "r", 1, 3)
		for what, err := range map[string]error{"a read": run, "a list": artifact} {
			if err == nil || strings.Contains(err.Error(), "tok-secret") {
				t.Errorf("%d: %s: %v", status, what, err)
			}
		}
		api.Close()
	}
	if seen.Load() > 0 {
		t.Errorf("another host has seen the token %d times", seen.Load())
	}
}

// A repository that was renamed is still found: GitHub redirects within its own host.
//
// Attack: token-by-redirect
func TestARenamedRepositoryIsFollowed(t *testing.T) {
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/repos/o/r/") {
			http.Redirect(w, r, "/repositories/1/"+strings.TrimPrefix(r.URL.Path, "/repos/o/r/"), http.StatusMovedPermanently)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`[]`))
	}))
	defer api.Close()
	c, err := Open(api.URL, "o/r", "tok-secret")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.ForGate().Reviews(t.Context(), 1); err != nil {
		t.Error(err)
	}
}

// Files of a release go to the host that GitHub has for them, and to no other.
//
// Attack: token-by-redirect
func TestUploadsHaveAHostOfTheirOwn(t *testing.T) {
	for api, allowed := range map[string][]string{
		"https://api.github.com/":            {"https://api.github.com", "https://uploads.github.com"},
		"https://api.example.ghe.com/":       {"https://api.example.ghe.com", "https://uploads.example.ghe.com"},
		"https://github.example.com/api/v3/": {"https://github.example.com"},
	} {
		base, err := url.Parse(api)
		if err != nil {
			t.Fatal(err)
		}
		o := &onlyTo{}
		o.onlyToHostsOf(base)
		ctx, cancel := context.WithCancel(t.Context())
		cancel() // what would be sent is not sent
		for _, to := range append(allowed, "https://uploads.evil.com", "http://api.github.com", "https://github.com.evil.com", "https://169.254.169.254") {
			r, err := http.NewRequestWithContext(ctx, http.MethodGet, to+"/x", nil)
			if err != nil {
				t.Fatal(err)
			}
			answer, err := o.RoundTrip(r)
			if err == nil {
				_ = answer.Body.Close() // nothing can have been sent
			}
			wanted := strings.Contains(strings.Join(allowed, " ")+" ", to+" ")
			if errors.Is(err, errElsewhere) == wanted {
				t.Errorf("%s to %s: %v", api, to, err)
			}
		}
	}
}
