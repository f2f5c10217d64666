package probe_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/probe"
	"github.com/cutover-dev/cutover/internal/rollout/baseline"
	"github.com/cutover-dev/cutover/internal/rollout/judge"
	"github.com/cutover-dev/cutover/internal/rollout/preflight"
)

var (
	_ baseline.Users   = (*probe.Sides)(nil)
	_ preflight.Getter = (*probe.Sides)(nil)
)

func server(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

// side is one side's API; it refuses whatever a probe must not send.
func side(t *testing.T, name string) string {
	return server(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if len(r.Cookies()) > 0 || r.Header.Get("Authorization") != "" || len(body) > 0 || r.Header.Get("User-Agent") != "cutover-preflight" || r.Header.Get("Accept-Encoding") != "" {
			t.Errorf("%s %s was sent with %v", r.Method, r.URL, r.Header)
		}
		switch r.URL.Path {
		case "/health":
			http.SetCookie(w, &http.Cookie{Name: "sid", Value: "1"})
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"side":"`+name+`"}`)
		case "/moved":
			http.Redirect(w, r, "/health", http.StatusFound)
		case "/large":
			_, _ = w.Write(make([]byte, 6<<20+1))
		case "/endless":
			_, _ = w.Write(make([]byte, 8<<20))
		case "/cut":
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, "half")
		default:
			http.NotFound(w, r)
		}
	})
}

func TestSides(t *testing.T) {
	s, err := probe.OpenSides(side(t, "blue"), side(t, "green"), "cutover-preflight")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ side, request, want string }{
		{"blue", "/health 200 side=blue", ""},
		{"green", "GET /health 200 side=green", ""},
		{"green", "/health 200 side=blue", "side is green, not blue"},
		{"blue", "HEAD /health", ""},
		{"blue", "/none", "answered 404, not 200"},
		{"blue", "/moved 302", ""},
		{"blue", "POST /health", "cannot be asked"},
		{"red", "/health", "no side red"},
	} {
		if got := s.Ask(t.Context(), c.side, c.request); (c.want == "") != (got == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s %s: %q", c.side, c.request, got)
		}
	}
	if a := s.Get(t.Context(), "green", "/health"); a.Failed != "" || a.Status != 200 || string(a.Body) != `{"side":"green"}` || a.Headers["content-type"][0] != "application/json" || a.Took <= 0 || a.Cut {
		t.Errorf("%+v", a)
	}
	if a := s.Get(t.Context(), "blue", "/moved"); a.Status != 302 || a.Headers["location"][0] != "/health" {
		t.Errorf("%+v", a)
	}
	if a := s.Get(t.Context(), "blue", "/large"); len(a.Body) != 6<<20+1 || a.Cut {
		t.Errorf("%d bytes, cut %v", len(a.Body), a.Cut)
	}
	if a := s.Get(t.Context(), "blue", "/endless"); len(a.Body) != 7<<20 || !a.Cut {
		t.Errorf("%d bytes, cut %v", len(a.Body), a.Cut)
	}
	if a := s.Get(t.Context(), "blue", "/cut"); !strings.HasPrefix(a.Failed, "broke off its answer") {
		t.Errorf("%+v", a)
	}
	if a := s.Get(t.Context(), "red", "/health"); a.Failed == "" {
		t.Errorf("%+v", a)
	}
	if _, err := probe.OpenSides("https://blue", "green", "x"); err == nil {
		t.Error("green has no address")
	}
}

// A side that hangs costs its caller no more than what the caller gives it.
func TestGetEndsWithItsCaller(t *testing.T) {
	hang := make(chan struct{})
	defer close(hang)
	address := server(t, func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-hang:
		case <-r.Context().Done():
		}
	})
	s, err := probe.OpenSides(address, address, "x")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if a := s.Get(ctx, "blue", "/"); a.Failed != "did not answer in time" {
		t.Errorf("%+v", a)
	}
}

// ProbeBlue asks five times at once, each on a connection of its own.
func TestProbeBlue(t *testing.T) {
	at := time.Date(2026, 11, 23, 3, 0, 0, 0, time.UTC)
	now := func() time.Time { return at }
	for name, c := range map[string]struct {
		status func(n int64) int
		want   int
	}{
		"well":           {func(int64) int { return 200 }, 0},
		"refuses":        {func(int64) int { return 429 }, 0},
		"one bad target": {func(n int64) int { return 200 + 303*int(n/5) }, 1},
		"down":           {func(int64) int { return 503 }, 5},
		"breaks off":     {func(int64) int { return 0 }, 5},
	} {
		var n atomic.Int64
		var mu sync.Mutex
		from := map[string]bool{}
		together := make(chan struct{})
		address := server(t, func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			from[r.RemoteAddr] = true
			mu.Unlock()
			nth := n.Add(1)
			status := c.status(nth)
			if nth == 5 {
				close(together)
			}
			select {
			case <-together:
			case <-time.After(3 * time.Second):
				t.Error("the five were not sent at once")
			}
			if r.URL.Path != "/base/health" || r.Header.Get("User-Agent") != "cutover-traffic-shift" {
				t.Errorf("%s %v", r.URL, r.Header)
			}
			if status == 0 {
				panic(http.ErrAbortHandler)
			}
			w.WriteHeader(status)
		})
		b, err := probe.OpenBlue(address+"/base", "/health", now)
		if err != nil {
			t.Fatal(err)
		}
		got, err := b.ProbeBlue(t.Context())
		if want := (judge.Probe{At: at, Sent: 5, Failed: c.want}); err != nil || got != want {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
		mu.Lock()
		if len(from) != 5 {
			t.Errorf("%s: %d connections", name, len(from))
		}
		mu.Unlock()
	}
	b, err := probe.OpenBlue("http://127.0.0.1:1", "/health", now)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := b.ProbeBlue(t.Context()); err != nil || got.Failed != 5 {
		t.Errorf("nobody listens: %+v, %v", got, err)
	}
	if a := b.Ask(t.Context()); !strings.Contains(a.Failed, "refused") {
		t.Errorf("%+v", a)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("enough")
	cancel(why)
	if got, err := b.ProbeBlue(ctx); !errors.Is(err, why) || got.Sent != 0 {
		t.Errorf("given up: %+v, %v", got, err)
	}
	if _, err := probe.OpenBlue("blue", "/health", now); err == nil {
		t.Error("that is no address")
	}
}

// Each request comes as a new caller does, also one after the other.
func TestAskConnectsAnew(t *testing.T) {
	var mu sync.Mutex
	from := map[string]bool{}
	b, err := probe.OpenBlue(server(t, func(_ http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		from[r.RemoteAddr] = true
	}), "/", time.Now)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		b.Ask(t.Context())
	}
	mu.Lock()
	defer mu.Unlock()
	if len(from) != 3 {
		t.Errorf("%d connections for three requests", len(from))
	}
}

// A blue that accepts and never answers is down after five seconds, not for ever.
func TestProbeBlueIsBounded(t *testing.T) {
	address := server(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	b, err := probe.OpenBlue(address, "/health", time.Now)
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if got, err := b.ProbeBlue(t.Context()); err != nil || got.Failed != 5 || time.Since(began) > 8*time.Second || time.Since(began) < 4*time.Second {
		t.Errorf("%+v, %v after %s", got, err, time.Since(began))
	}
}
