package github

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/fault"
)

// world is a repository on a server that keeps GitHub's rules where this
// package depends on them: pages of 100, one owner a comment, tokens.
type world struct {
	comments  []map[string]any
	artifacts []map[string]any
	archive   []byte
	// fail answers the next requests with these statuses.
	fail   []int
	header http.Header
	login  string
	calls  []string
}

func (w *world) ServeHTTP(out http.ResponseWriter, r *http.Request) {
	w.calls = append(w.calls, r.Method+" "+r.URL.Path)
	if strings.HasPrefix(r.URL.Path, "/blob") {
		if r.Header.Get("Authorization") != "" {
			http.Error(out, "a token was sent to the storage", http.StatusTeapot)
			return
		}
		_, _ = out.Write(w.archive)
		return
	}
	if r.Header.Get("Authorization") != "Bearer tok-secret" {
		answer(out, 401, map[string]any{"message": "Bad credentials"})
		return
	}
	if len(w.fail) > 0 {
		status := w.fail[0]
		w.fail = w.fail[1:]
		for k, v := range w.header {
			out.Header()[k] = v
		}
		answer(out, status, map[string]any{"message": "You have exceeded a secondary rate limit", "documentation_url": "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits"})
		return
	}
	switch {
	case r.URL.Path == "/user" && w.login == "":
		answer(out, 403, map[string]any{"message": "Resource not accessible by integration"})
	case r.URL.Path == "/user":
		answer(out, 200, map[string]any{"login": w.login})
	case r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "/comments"):
		w.page(out, r)
	case r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/comments"):
		w.comments = append(w.comments, w.body(r, len(w.comments)+1))
		answer(out, 201, w.comments[len(w.comments)-1])
	case r.Method == http.MethodPatch:
		var id int
		_, _ = fmt.Sscanf(r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:], "%d", &id)
		w.comments[id-1] = w.body(r, id)
		answer(out, 200, w.comments[id-1])
	case strings.HasSuffix(r.URL.Path, "/actions/artifacts"):
		answer(out, 200, map[string]any{"total_count": len(w.artifacts), "artifacts": w.artifacts})
	case strings.HasSuffix(r.URL.Path, "/zip"):
		http.Redirect(out, r, "http://"+r.Host+"/blob?sig=signed-secret", http.StatusFound)
	default:
		answer(out, 404, map[string]any{"message": "Not Found"})
	}
}

func (w *world) body(r *http.Request, id int) map[string]any {
	var in map[string]any
	text, _ := io.ReadAll(r.Body)
	_ = json.Unmarshal(text, &in)
	login := w.login
	if login == "" {
		login = actionsBot
	}
	return map[string]any{"id": id, "body": in["body"], "user": map[string]any{"login": login}}
}

func (w *world) page(out http.ResponseWriter, r *http.Request) {
	page := 1
	_, _ = fmt.Sscanf(r.URL.Query().Get("page"), "%d", &page)
	from, to := min((page-1)*100, len(w.comments)), min(page*100, len(w.comments))
	if to < len(w.comments) {
		out.Header().Set("Link", fmt.Sprintf(`<http://%s%s?page=%d>; rel="next"`, r.Host, r.URL.Path, page+1))
	}
	answer(out, 200, w.comments[from:to])
}

func answer(out http.ResponseWriter, status int, body any) {
	out.Header().Set("Content-Type", "application/json")
	out.WriteHeader(status)
	_ = json.NewEncoder(out).Encode(body)
}

func open(t *testing.T, w *world, token string) (*Client, *[]time.Duration) {
	t.Helper()
	server := httptest.NewServer(w)
	t.Cleanup(server.Close)
	c, err := Open(server.URL, "o/r", token)
	if err != nil {
		t.Fatal(err)
	}
	slept := &[]time.Duration{}
	c.sleep = func(_ context.Context, d time.Duration) error {
		*slept = append(*slept, d)
		// The library keeps its own watch over limits, so a little real time passes.
		time.Sleep(min(d, 1100*time.Millisecond))
		return nil
	}
	return c, slept
}

func TestOneCommentAKeyUpdatedInPlace(t *testing.T) {
	w := &world{}
	// A hundred others, one of them a stranger's with our mark.
	for i := range 130 {
		w.comments = append(w.comments, map[string]any{"id": i + 1, "body": "<!-- cutover: k -->\nspoofed", "user": map[string]any{"login": "mallory"}})
	}
	c, _ := open(t, w, "tok-secret")
	for _, body := range []string{"first", "second", "second"} {
		if err := c.UpsertComment(t.Context(), 7, "k", body); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.UpsertComment(t.Context(), 7, "other", "third"); err != nil {
		t.Fatal(err)
	}
	if len(w.comments) != 132 {
		t.Fatalf("%d comments", len(w.comments))
	}
	if got := w.comments[130]["body"]; got != "<!-- cutover: k -->\nsecond" {
		t.Errorf("ours is %q", got)
	}
	if w.comments[5]["body"] != "<!-- cutover: k -->\nspoofed" {
		t.Error("a stranger's comment was overwritten")
	}
	patches := 0
	for _, call := range w.calls {
		if strings.HasPrefix(call, "PATCH") {
			patches++
		}
	}
	if patches != 1 {
		t.Errorf("%d updates, one of which says nothing new", patches)
	}
}

func TestAPersonsTokenKnowsItsOwnComments(t *testing.T) {
	w := &world{login: "ann"}
	c, _ := open(t, w, "tok-secret")
	for _, body := range []string{"first", "second"} {
		if err := c.UpsertComment(t.Context(), 7, "k", body); err != nil {
			t.Fatal(err)
		}
	}
	if len(w.comments) != 1 || !strings.HasSuffix(w.comments[0]["body"].(string), "second") {
		t.Errorf("%v", w.comments)
	}
}

func TestALongCommentIsCut(t *testing.T) {
	w := &world{}
	c, _ := open(t, w, "tok-secret")
	if err := c.UpsertComment(t.Context(), 7, "k", strings.Repeat("ä", 50_000)); err != nil {
		t.Fatal(err)
	}
	if body := w.comments[0]["body"].(string); len(body) > 65_536 || !strings.Contains(body, "Cut here") {
		t.Errorf("%d bytes", len(body))
	}
}

func TestRefusalsAndOutages(t *testing.T) {
	for name, c := range map[string]struct {
		token  string
		fail   []int
		header http.Header
		kind   fault.Kind
		want   string
		slept  int
	}{
		"an outage that passes": {"tok-secret", []int{502, 503}, nil, 0, "", 2},
		"one that stays":        {"tok-secret", []int{500, 500, 500, 500, 500}, nil, fault.Outside, "500", 3},
		"a secondary limit":     {"tok-secret", []int{403}, http.Header{"Retry-After": {"1"}}, 0, "", 1},
		"a limit of an hour":    {"tok-secret", []int{403}, http.Header{"X-Ratelimit-Remaining": {"0"}, "X-Ratelimit-Reset": {fmt.Sprint(time.Now().Add(time.Hour).Unix())}}, fault.Outside, "GitHub", 0},
		"a wrong token":         {"wrong", nil, nil, fault.Input, "github.token", 0},
	} {
		t.Run(name, func(t *testing.T) {
			w := &world{login: "ann", fail: c.fail, header: c.header}
			client, slept := open(t, w, c.token)
			err := client.UpsertComment(t.Context(), 7, "k", "x")
			if fault.KindOf(err) != c.kind || (err != nil && !strings.Contains(err.Error(), c.want)) || len(*slept) != c.slept {
				t.Errorf("got %v after %v", err, *slept)
			}
			if err != nil && strings.Contains(err.Error(), "tok-secret") {
				t.Error("the token shows")
			}
			for _, d := range *slept {
				if c.header.Get("Retry-After") != "" && d < time.Second {
					t.Errorf("it came back after %v although it was asked to wait a second", d)
				}
			}
		})
	}
}

// Attack: pr-code
func TestAForkMayNotComment(t *testing.T) {
	w := &world{login: "ann"}
	client, _ := open(t, w, "tok-secret")
	w.calls = nil
	w.fail = []int{404}
	if err := client.UpsertComment(t.Context(), 7, "k", "x"); err != nil && !errors.Is(err, ErrForbidden) {
		t.Errorf("got %v", err)
	}
}

func archive(t *testing.T, name, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	f, err := z.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = f.Write([]byte(text))
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func artifact(id int, branch, created string, expired bool, headRepository int) map[string]any {
	return map[string]any{"id": id, "name": "cov", "expired": expired, "created_at": created,
		"workflow_run": map[string]any{"head_branch": branch, "repository_id": 1, "head_repository_id": headRepository}}
}

// Attack: pr-artifact
func TestArtifactOfABranch(t *testing.T) {
	w := &world{archive: archive(t, "coverage-baseline.json", "{}")}
	w.artifacts = []map[string]any{
		artifact(1, "main", "2026-01-01T00:00:00Z", false, 1), artifact(2, "main", "2026-02-01T00:00:00Z", false, 1),
		artifact(3, "main", "2026-03-01T00:00:00Z", true, 1), artifact(4, "feature", "2026-04-01T00:00:00Z", false, 1),
		artifact(5, "main", "2026-05-01T00:00:00Z", false, 99),
	}
	c, _ := open(t, w, "tok-secret")
	got, err := c.BranchArtifact(t.Context(), "main", "cov", "coverage-baseline.json", 1<<20)
	if err != nil || string(got) != "{}" {
		t.Fatalf("%q, %v", got, err)
	}
	if !strings.Contains(strings.Join(w.calls, " "), "/artifacts/2/zip") {
		t.Errorf("not the newest that is ours: %v", w.calls)
	}
	if _, err := c.BranchArtifact(t.Context(), "other", "cov", "x", 1<<20); !errors.Is(err, ErrNoArtifact) {
		t.Errorf("got %v", err)
	}
	for name, bad := range map[string][]byte{"no zip": []byte("x"), "another file": archive(t, "y", "{}"), "a bomb": archive(t, "coverage-baseline.json", strings.Repeat("0", 2<<20))} {
		w.archive = bad
		if _, err := c.BranchArtifact(t.Context(), "main", "cov", "coverage-baseline.json", 1<<20); err == nil {
			t.Errorf("%s was read", name)
		}
	}
}

func TestOpenWantsARepository(t *testing.T) {
	for _, name := range []string{"", "o", "/r", "o/", "o/r/x"} {
		if _, err := Open("", name, "t"); fault.KindOf(err) != fault.Input {
			t.Errorf("%q: %v", name, err)
		}
	}
}
