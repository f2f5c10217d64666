package probe_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/probe"
)

// Attack: ssrf-redirect
func TestProbe(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/base/health":
			_, _ = io.WriteString(w, r.Method+" "+r.URL.RawQuery)
		case "/base/moved":
			http.Redirect(w, r, "/base/health", http.StatusFound)
		case "/base/slow":
			time.Sleep(2 * time.Second)
		case "/base/cut":
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, "half")
		case "/base/large":
			_, _ = io.Copy(w, io.LimitReader(endless{}, 3<<20))
		}
	}))
	defer s.Close()
	p, err := probe.Open(s.URL+"/base/", 300*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	if a := p.Probe(t.Context(), "GET", "/health?a=b"); a.Failed != "" || a.Status != 200 || string(a.Body) != "GET a=b" {
		t.Errorf("%+v", a)
	}
	if a := p.Probe(t.Context(), "GET", "/moved"); a.Status != 302 {
		t.Errorf("a redirect was followed: %+v", a)
	}
	if a := p.Probe(t.Context(), "GET", "/slow"); a.Failed != "did not answer in time" {
		t.Errorf("%+v", a)
	}
	if a := p.Probe(t.Context(), "GET", "/cut"); !strings.HasPrefix(a.Failed, "broke off its answer") {
		t.Errorf("%+v", a)
	}
	if a := p.Probe(t.Context(), "GET", "/large"); len(a.Body) != 1<<20 {
		t.Errorf("%d bytes, %s", len(a.Body), a.Failed)
	}
	s.Close()
	if a := p.Probe(t.Context(), "GET", "/health"); !strings.Contains(a.Failed, "refused") || strings.Contains(a.Failed, "http://") {
		t.Errorf("%+v", a)
	}
}

func TestOpenRefuses(t *testing.T) {
	for _, address := range []string{"", "api.example.com", "ftp://a", "https://", "https://user:pw@a", "https://a?x=y", "://"} {
		if _, err := probe.Open(address, time.Second); err == nil {
			t.Errorf("%q", address)
		}
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }
