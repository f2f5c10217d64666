//go:build e2e

package registry_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/s3"
	"github.com/cutover-dev/cutover/internal/adapter/aws/s3/s3test"
	"github.com/cutover-dev/cutover/internal/adapter/registry"
	"github.com/cutover-dev/cutover/internal/retire/image"
	"github.com/cutover-dev/cutover/internal/retire/image/imagetest"
)

// child names the registry that a process of this test archives; without it the
// process is the test itself.
const child = "CUTOVER_TEST_REGISTRY"

func TestMain(m *testing.M) {
	if address := os.Getenv(child); address != "" {
		if err := archiveAlone(address); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(3)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// archiveAlone is what the process does that is killed: it archives as the action does.
func archiveAlone(address string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	r, err := registry.Open(address, "lego-api", nil, registry.Options{})
	if err != nil {
		return err
	}
	shelf, err := s3.OpenShelf(ctx, "archive", s3.Options{})
	if err != nil {
		return err
	}
	result, err := image.Archive(ctx, image.Source{Catalog: r, Content: r}, shelf, image.Options{Layout: layout, AtOnce: 4})
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(result)
}

func storage(t *testing.T) (*s3test.Server, *s3.Shelf) {
	t.Helper()
	server, err := s3test.Start(t.TempDir()+"/s3", "archive")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	t.Setenv("AWS_ACCESS_KEY_ID", s3test.Access)
	t.Setenv("AWS_SECRET_ACCESS_KEY", s3test.Secret)
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	shelf, err := s3.OpenShelf(t.Context(), "archive", s3.Options{Endpoint: server.Address})
	if err != nil {
		t.Fatal(err)
	}
	return server, shelf
}

// A real registry into a real S3 server and back into another registry: each unique
// blob read once over all tags, everything proved, nothing twice.
// Shows: 5.8.7
func TestE2EArchiveVerifyRestore(t *testing.T) {
	memory, full := many(t)
	server, shelf := storage(t)
	s := serve(t)
	if _, err := image.Restore(t.Context(), full, layout, s.open(t, "lego-api"), image.Back{}); err != nil {
		t.Fatal(err)
	}
	o := image.Options{Layout: layout, Wait: patient}
	result, err := image.Archive(t.Context(), s.source(t, "lego-api"), shelf, o)
	if err != nil || result.Tags != 22 || result.Manifests != 26 || len(s.gets) != result.Blobs || s.bytes != result.FetchedBytes {
		t.Fatalf("%v, %d GETs of %d bytes, %+v", err, len(s.gets), s.bytes, result)
	}
	for d, n := range s.gets {
		if n != 1 {
			t.Errorf("%s was read %d times", d, n)
		}
	}
	for _, d := range memory.Holds() { // as files, without any of our code
		if text, err := os.ReadFile(server.Path("archive", layout.Blob(d))); err != nil || imagetest.Of(text) != d {
			t.Errorf("%s: %v", d, err)
		}
	}
	for _, deep := range []bool{false, true} {
		report, err := image.Verify(t.Context(), shelf, layout, image.Check{Deep: deep})
		if err != nil || !report.Sound() || report.IndexSHA256 != result.IndexSHA256 || report.Bytes != result.Bytes || report.Oldest.IsZero() {
			t.Errorf("deep %v: %v, %+v", deep, err, report)
		}
	}
	again, err := image.Archive(t.Context(), s.source(t, "lego-api"), shelf, o)
	if err != nil || again.Fetched != 0 || again.Changed || again.Skipped != result.Blobs {
		t.Errorf("a second time: %v, %+v", err, again)
	}
	to := serve(t)
	restored, err := image.Restore(t.Context(), shelf, layout, to.open(t, "restored"), image.Back{Wait: patient})
	if err != nil || restored.PushedBlobs != result.Blobs {
		t.Fatalf("%v, %+v", err, restored)
	}
	other, back := must(image.ParseLayout("cutover", "restored")), imagetest.NewShelf()
	second, err := image.Archive(t.Context(), to.source(t, "restored"), back, image.Options{Layout: other})
	if err != nil || second.IndexSHA256 != result.IndexSHA256 || !slices.Equal(second.Images, result.Images) {
		t.Errorf("what was restored is something else: %v, %+v", err, second)
	}
	// One bit on the server's disk: S3's checksum hides it, a deep look does not.
	path := server.Path("archive", layout.Blob(imagetest.Of(imagetest.Random("base", 300_000))))
	text := must(os.ReadFile(path))
	text[100] ^= 1
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	report, err := image.Verify(t.Context(), shelf, layout, image.Check{Deep: true})
	if err != nil || len(report.Damaged) != 1 {
		t.Fatalf("%v, %+v", err, report.Damaged)
	}
	if _, err := image.Archive(t.Context(), s.source(t, "lego-api"), shelf, image.Options{Layout: layout, Again: report.Again()}); err != nil {
		t.Fatal(err)
	}
	if report, err := image.Verify(t.Context(), shelf, layout, image.Check{Deep: true}); err != nil || !report.Sound() {
		t.Errorf("it is not mended: %v, %+v", err, report.Damaged)
	}
}

// gate stands before the S3 server, and kills at one request.
type gate struct {
	*httptest.Server
	mu     sync.Mutex
	seen   int
	at     int
	before bool
	kill   func()
}

func before(t *testing.T, address string) *gate {
	t.Helper()
	g := &gate{}
	target := must(url.Parse(address))
	proxy := &httputil.ReverseProxy{
		Rewrite:  func(p *httputil.ProxyRequest) { p.SetURL(target); p.Out.Host = p.In.Host },
		ErrorLog: log.New(io.Discard, "", 0),
	}
	g.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		g.mu.Lock()
		g.seen++
		now, early, kill := g.seen == g.at, g.before, g.kill
		g.mu.Unlock()
		if now && early {
			kill()
			return
		}
		if now {
			w = &stifled{w}
		}
		proxy.ServeHTTP(w, r)
		if now {
			kill()
		}
	}))
	t.Cleanup(g.Close)
	return g
}

// stifled keeps an answer back.
type stifled struct{ http.ResponseWriter }

func (*stifled) Write(p []byte) (int, error) { return len(p), nil }
func (*stifled) WriteHeader(int)             {}

// The real process, killed before and after its requests to S3: there is no index or
// a whole one, and the next run reads nothing again that was stored.
// Shows: 5.8.7
func TestE2EKilledItEndsRight(t *testing.T) {
	r, full := imagetest.New(), imagetest.NewShelf()
	base := r.AddBlob(imagetest.Layer, imagetest.Random("base", 2_000_000))
	for _, name := range []string{"v1", "v2", "v3"} {
		r.Image(name, []image.Descriptor{base, r.AddBlob(imagetest.Layer, imagetest.Random(name, 300_000))}, name)
	}
	if _, err := image.Archive(t.Context(), r.Source(), full, image.Options{Layout: layout}); err != nil {
		t.Fatal(err)
	}
	s := serve(t)
	if _, err := image.Restore(t.Context(), full, layout, s.open(t, "lego-api"), image.Back{}); err != nil {
		t.Fatal(err)
	}
	server, shelf := storage(t)
	g := before(t, server.Address)
	start := func() *exec.Cmd {
		cmd := exec.CommandContext(t.Context(), os.Args[0])
		cmd.Env = append(server.Env(), "AWS_ENDPOINT_URL="+g.URL, child+"="+s.URL, "PATH="+os.Getenv("PATH"))
		return cmd
	}
	kills, without := 0, 0
	for at := 1; ; at++ {
		ended := 0
		for _, early := range []bool{true, false} {
			if err := os.RemoveAll(server.Path("archive", "cutover")); err != nil {
				t.Fatal(err)
			}
			cmd := start()
			g.mu.Lock() // its first request waits for it
			g.seen, g.at, g.before = 0, at, early
			err := cmd.Start()
			g.kill = func() { _ = cmd.Process.Kill() }
			g.mu.Unlock()
			if err != nil {
				t.Fatal(err)
			}
			err = cmd.Wait()
			var exit *exec.ExitError
			if err == nil {
				ended++ // it makes fewer requests than that
			} else if !errors.As(err, &exit) || exit.Exited() {
				t.Fatalf("it was not killed: %v", err)
			}
			kills++
			report, err := image.Verify(t.Context(), shelf, layout, image.Check{Deep: true})
			if errors.Is(err, image.ErrAbsent) {
				without++
			} else if err != nil || !report.Sound() {
				t.Fatalf("killed at request %d: %v, %+v", at, err, report.Damaged)
			}
			again(t, s, server, start, shelf, g)
		}
		if ended == 2 {
			break
		}
	}
	t.Logf("killed %d times; %d times there was no index yet", kills-2, without)
	if without < 20 || kills-2 == without {
		t.Error("the kills were not where they should be")
	}
}

// again runs to the end, and holds that nothing is read that is there.
func again(t *testing.T, s *server, server *s3test.Server, start func() *exec.Cmd, shelf image.Shelf, g *gate) {
	t.Helper()
	g.mu.Lock()
	g.at = 0
	g.mu.Unlock()
	there := map[string]bool{}
	entries, _ := os.ReadDir(server.Path("archive", layout.Blobs()))
	for _, e := range entries {
		there["sha256:"+e.Name()] = true
	}
	s.mu.Lock()
	clear(s.gets)
	s.mu.Unlock()
	out, err := start().CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for d, n := range s.gets {
		if there[d] || n != 1 {
			t.Errorf("%s was read %d times (stored before: %v)", d, n, there[d])
		}
	}
	report, err := image.Verify(t.Context(), shelf, layout, image.Check{Deep: true})
	if err != nil || !report.Sound() || report.Tags != 3 || report.Blobs != 7 || !strings.Contains(string(out), report.IndexSHA256) {
		t.Fatalf("%v, %+v: %s", err, report, out)
	}
}
