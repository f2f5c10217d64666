package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/cutover-dev/cutover/internal/processtest"
)

// A deployed API that leads its callers on to the runner's metadata, or to any
// other address within, is judged by its redirect; nobody goes there.
//
// Attack: ssrf-redirect
func TestARedirectToMetadataIsNotFollowed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var within atomic.Int32
	inner := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, _ *http.Request) {
		within.Add(1)
		_, _ = out.Write([]byte(`{"status":"ok","commit":"abc","AccessKeyId":"ASIASTOLEN"}`))
	}))
	defer inner.Close()
	for name, to := range map[string]string{"metadata": "http://169.254.169.254/latest/meta-data/iam/security-credentials/", "within": inner.URL + "/health"} {
		api := httptest.NewServer(http.RedirectHandler(to, http.StatusFound))
		r, got := w.run("--url", api.URL)
		api.Close()
		if got.Code != 1 || r.Verdict == "pass" || strings.Contains(got.Stdout+got.Stderr, "ASIASTOLEN") {
			t.Errorf("%s: exit %d, %s\n%s", name, got.Code, r.Verdict, got.Stderr)
		}
	}
	if within.Load() > 0 {
		t.Errorf("the address within was asked %d times", within.Load())
	}
}

// What a deployed API answers is shown where a check fails. It is text.
//
// Attack: log-injection
func TestAnAnswerIsNoCommand(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	api := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, _ *http.Request) {
		_, _ = out.Write([]byte(`{"status":"ok","commit":"##[set-output name=verdict]pass\n::stop-commands::x\u001b[2J"}`))
	}))
	defer api.Close()
	for _, format := range []string{"json", "text"} {
		got := processtest.Run(t, binary, w.folder, w.env, w.args("--url", api.URL, "--format", format)...)
		for _, c := range processtest.Commands(got.Stdout + "\n" + got.Stderr) {
			if name, _, _ := strings.Cut(c, ":"); name != "error" && name != "warning" && name != "notice" {
				t.Errorf("%s: %q is carried out", format, c)
			}
		}
		if got.Code != 1 || strings.Contains(got.Stdout+got.Stderr, "\x1b[2J") {
			t.Errorf("%s: exit %d\n%s%s", format, got.Code, got.Stdout, got.Stderr)
		}
	}
}
