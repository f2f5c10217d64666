package registry_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	ggcr "github.com/google/go-containerregistry/pkg/registry"

	"github.com/cutover-dev/cutover/internal/adapter/registry"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/retire/image"
	"github.com/cutover-dev/cutover/internal/retire/image/imagetest"
)

// server is a real registry that counts the GETs of blobs.
type server struct {
	*httptest.Server
	mu    sync.Mutex
	gets  map[string]int
	bytes int64
	puts  int
	// hook answers instead, where it says so.
	hook func(w http.ResponseWriter, r *http.Request) bool
}

type counting struct {
	http.ResponseWriter
	n *int64
}

func (c counting) Write(p []byte) (int, error) {
	n, err := c.ResponseWriter.Write(p)
	*c.n += int64(n)
	return n, err
}

func serve(t testing.TB) *server {
	t.Helper()
	h := ggcr.New(ggcr.WithReferrersSupport(true), ggcr.Logger(log.New(io.Discard, "", 0)))
	s := &server{gets: map[string]int{}}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		hook := s.hook
		s.mu.Unlock()
		if hook != nil && hook(w, r) {
			return
		}
		var n int64
		h.ServeHTTP(counting{w, &n}, r)
		s.mu.Lock()
		defer s.mu.Unlock()
		switch {
		case r.Method == http.MethodGet && strings.Contains(r.URL.Path, "/blobs/"):
			s.gets[r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]]++
			s.bytes += n
		case r.Method == http.MethodPut:
			s.puts++
		}
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *server) hooked(h func(w http.ResponseWriter, r *http.Request) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hook = h
}

func (s *server) open(t testing.TB, name string) *registry.Repository {
	t.Helper()
	r, err := registry.Open(s.URL, name, nil, registry.Hurried())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func (s *server) source(t testing.TB, name string) image.Source {
	r := s.open(t, name)
	return image.Source{Catalog: r, Content: r}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

var layout = must(image.ParseLayout("cutover", "lego-api"))

// many is an archive of 20 tags that share layers, with an image for two platforms and
// its attestation, a signature and a referrer.
func many(t testing.TB) (*imagetest.Repository, *imagetest.Shelf) {
	t.Helper()
	r, s := imagetest.New(), imagetest.NewShelf()
	base := []image.Descriptor{r.AddBlob(imagetest.Layer, imagetest.Random("base", 300_000)), r.AddBlob(imagetest.Layer, imagetest.Random("node", 200_000))}
	for i := range 20 {
		name := fmt.Sprintf("v%d", i)
		r.Image(name, append(slices.Clone(base), r.AddBlob(imagetest.Layer, imagetest.Random(name, 20_000))), name)
	}
	arm, amd := r.Image("arm", base), r.Image("amd", base)
	statement := r.AddBlob("application/vnd.in-toto+json", []byte(`{"predicateType":"https://slsa.dev/provenance/v1"}`))
	attestation := r.Manifest(map[string]any{"mediaType": imagetest.Manifest, "config": r.AddBlob(imagetest.Config, []byte(`{"architecture":"unknown"}`)), "layers": []image.Descriptor{statement}})
	both := r.Manifest(map[string]any{"mediaType": imagetest.Index, "manifests": []image.Descriptor{arm, amd, attestation}}, "multi")
	empty := r.AddBlob("application/vnd.oci.empty.v1+json", []byte(`{}`))
	r.Manifest(map[string]any{"mediaType": imagetest.Manifest, "config": empty, "layers": []image.Descriptor{statement}}, "sha256-"+both.Digest.Hex()+".sig")
	r.Manifest(map[string]any{"mediaType": imagetest.Manifest, "artifactType": "application/spdx+json", "config": empty, "layers": []image.Descriptor{statement}, "subject": both})
	if _, err := image.Archive(t.Context(), r.Source(), s, image.Options{Layout: layout}); err != nil {
		t.Fatal(err)
	}
	return r, s
}

func patient(context.Context, time.Duration) error { return nil }

// Through a real registry and back: the same digests, the same tags, each blob read
// once over all of them.
// Shows: 5.8.7
func TestThroughARealRegistry(t *testing.T) {
	memory, full := many(t)
	s := serve(t)
	to := s.open(t, "lego-api")
	restored, err := image.Restore(t.Context(), full, layout, to, image.Back{})
	if err != nil || restored.PushedTags != 22 {
		t.Fatalf("%v, %+v", err, restored)
	}
	puts := s.puts
	if again, err := image.Restore(t.Context(), full, layout, to, image.Back{}); err != nil || s.puts != puts || again.PushedBlobs > 0 {
		t.Errorf("a second time: %v, %+v", err, again)
	}
	shelf := imagetest.NewShelf()
	result, err := image.Archive(t.Context(), s.source(t, "lego-api"), shelf, image.Options{Layout: layout})
	if err != nil {
		t.Fatal(err)
	}
	for d, n := range s.gets {
		if n != 1 {
			t.Errorf("%s was read %d times", d, n)
		}
	}
	if len(s.gets) != result.Blobs || s.bytes != result.FetchedBytes {
		t.Errorf("%d GETs of %d bytes, %+v", len(s.gets), s.bytes, result)
	}
	if !slices.Equal(shelf.Keys(), full.Keys()) || !bytes.Equal(shelf.Text(layout.Index()), full.Text(layout.Index())) {
		t.Errorf("%d objects, not %d; the index is\n%s\nnot\n%s", len(shelf.Keys()), len(full.Keys()), shelf.Text(layout.Index()), full.Text(layout.Index()))
	}
	if report, err := image.Verify(t.Context(), shelf, layout, image.Check{Deep: true}); err != nil || !report.Sound() || len(report.Images) != 26 {
		t.Errorf("%v, %+v", err, report)
	}
	for _, d := range memory.Holds() {
		if imagetest.Of(shelf.Text(layout.Blob(d))) != d {
			t.Errorf("%s is not there", d)
		}
	}
}

// What registries answer that are busy, broken or hostile.
func TestHostileRegistries(t *testing.T) {
	_, full := many(t)
	victim := string(imagetest.Of(imagetest.Random("base", 300_000)))
	blob := imagetest.Random("base", 300_000)
	raw := func(header string, body func(w io.Writer)) func(http.ResponseWriter, *http.Request) bool {
		return func(w http.ResponseWriter, r *http.Request) bool {
			if r.Method != http.MethodGet || !strings.HasSuffix(r.URL.Path, victim) {
				return false
			}
			c, out, err := http.NewResponseController(w).Hijack()
			if err != nil {
				t.Error(err)
				return true
			}
			defer func() { _ = c.Close() }()
			fmt.Fprintf(out, "HTTP/1.1 200 OK\r\n%sConnection: close\r\n\r\n", header)
			body(out)
			_ = out.Flush()
			return true
		}
	}
	times := func(n, status int, of string) func(http.ResponseWriter, *http.Request) bool {
		var mu sync.Mutex
		seen := map[string]int{}
		return func(w http.ResponseWriter, r *http.Request) bool {
			mu.Lock()
			defer mu.Unlock()
			if seen[r.URL.Path]++; !strings.Contains(r.URL.Path, of) || seen[r.URL.Path] > n {
				return false
			}
			w.WriteHeader(status)
			return true
		}
	}
	leads := func(to string) func(http.ResponseWriter, *http.Request) bool {
		return func(w http.ResponseWriter, r *http.Request) bool {
			if strings.HasSuffix(r.URL.Path, victim) {
				http.Redirect(w, r, to, http.StatusTemporaryRedirect)
			}
			return strings.HasSuffix(r.URL.Path, victim)
		}
	}
	for name, c := range map[string]struct {
		hook  func(http.ResponseWriter, *http.Request) bool
		wants string
		kind  fault.Kind
	}{
		"busy for a while (429)": {times(2, 429, ""), "", 0},
		"away for a while (503)": {times(3, 503, "/blobs/"), "", 0},
		"busy for ever":          {times(1<<30, 429, "/blobs/"), "The registry is busy", fault.Outside},
		"not allowed":            {times(1<<30, 403, "/blobs/"), "ecr:GetDownloadUrlForLayer", fault.Input},
		"no such repository":     {times(1<<30, 404, "/tags/list"), "repository's name", fault.Input},
		"one byte is another":    {raw("Content-Length: 300000\r\n", func(w io.Writer) { b := bytes.Clone(blob); b[5] ^= 1; _, _ = w.Write(b) }), "and the digest sha256:", fault.Refused},
		"it is cut off":          {raw("Content-Length: 300000\r\n", func(w io.Writer) { _, _ = w.Write(blob[:1000]) }), "broke off after 1000 of 300000 bytes", fault.Outside},
		"it is cut off unsaid":   {raw("", func(w io.Writer) { _, _ = w.Write(blob[:1000]) }), "broke off after 1000 of 300000 bytes", fault.Outside},
		"it never ends": {raw("", func(w io.Writer) {
			for _, err := w.Write(blob); err == nil; _, err = w.Write(blob) {
			}
		}), "more than the 300000 bytes", fault.Refused},
		"it leads to metadata":       {leads("https://169.254.169.254/latest/meta-data"), "into a private network", fault.Outside},
		"it leads to a bare address": {leads("http://example.com/blob"), "without TLS", fault.Outside},
		"its list never ends": {func(w http.ResponseWriter, r *http.Request) bool {
			if strings.HasSuffix(r.URL.Path, "/tags/list") {
				_, _ = io.WriteString(w, `{"tags":["`)
				for _, err := w.Write([]byte("a")); err == nil; _, err = w.Write(bytes.Repeat([]byte("a"), 100_000)) {
				}
				return true
			}
			return false
		}, "bytes of text", fault.Refused},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t)
			if _, err := image.Restore(t.Context(), full, layout, s.open(t, "lego-api"), image.Back{}); err != nil {
				t.Fatal(err)
			}
			s.hooked(c.hook)
			shelf := imagetest.NewShelf()
			_, err := image.Archive(t.Context(), s.source(t, "lego-api"), shelf, image.Options{Layout: layout, Wait: patient})
			if fault.KindOf(err) != c.kind || err != nil && !strings.Contains(err.Error(), c.wants) {
				t.Errorf("%v", err)
			}
			if (shelf.Text(layout.Index()) != nil) != (c.kind == 0) {
				t.Error("there is an index, or none")
			}
		})
	}
}

// The registry alone gets the credentials, anew for each request, and nobody sees them.
func TestCredentials(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "" {
			t.Error("somebody else gets the credentials")
		}
	}))
	t.Cleanup(elsewhere.Close)
	asked := 0
	s := serve(t)
	s.hooked(func(w http.ResponseWriter, r *http.Request) bool {
		user, password, _ := r.BasicAuth()
		switch {
		case user != "AWS" || password != "very-secret":
			w.Header().Set("WWW-Authenticate", `Basic realm="ECR"`)
			w.WriteHeader(http.StatusUnauthorized)
		case strings.Contains(r.URL.Path, "/blobs/"):
			http.Redirect(w, r, strings.Replace(elsewhere.URL, "127.0.0.1", "localhost", 1)+"/blob", http.StatusTemporaryRedirect)
		default:
			return false
		}
		return true
	})
	password := "very-secret"
	r, err := registry.Open(s.URL, "lego-api", func(context.Context) (string, string, error) { asked++; return "AWS", password, nil }, registry.Hurried())
	if err != nil {
		t.Fatal(err)
	}
	d := imagetest.Of([]byte("x"))
	if err := r.PutManifest(t.Context(), "v1", imagetest.Manifest, []byte(`{"schemaVersion":2}`)); err != nil || asked == 0 {
		t.Fatalf("%v, asked %d times", err, asked)
	}
	if _, err := r.Blob(t.Context(), d); err == nil || strings.Contains(err.Error(), "very-secret") || !strings.Contains(err.Error(), "without TLS") {
		t.Errorf("%v", err)
	}
	password = "an-older-secret"
	if _, err := r.Manifest(t.Context(), d); fault.KindOf(err) != fault.Input || strings.Contains(err.Error(), "secret") {
		t.Errorf("%v", err)
	}
	why := &fault.Fault{Kind: fault.Input, Name: "ECR", What: "gives no token"}
	r, _ = registry.Open(s.URL, "lego-api", func(context.Context) (string, string, error) { return "", "", why }, registry.Hurried())
	if _, err := r.Images(t.Context()); !errors.Is(err, why) {
		t.Errorf("%v", err)
	}
}

func TestOpen(t *testing.T) {
	for _, c := range []struct {
		address, repository string
		kind                fault.Kind
	}{
		{"123456789012.dkr.ecr.us-east-1.amazonaws.com", "lego-api", 0}, {"https://registry.example.com", "team/lego-api", 0}, {"localhost:5000", "a/b", 0},
		{"10.0.0.1:5000", "lego-api", fault.Refused}, {"registry.localhost:5000", "lego-api", fault.Refused}, {"registry.example.com", "Lego Api", fault.Input}, {"", "x", fault.Input}, {"a b", "x", fault.Input},
	} {
		if _, err := registry.Open(c.address, c.repository, nil, registry.Options{}); err != nil && fault.KindOf(err) != c.kind || err == nil && c.kind != 0 {
			t.Errorf("%s/%s: %v", c.address, c.repository, err)
		}
	}
}

// A registry without the referrers API keeps them under a tag.
func TestReferrersByTag(t *testing.T) {
	s := serve(t)
	s.hooked(func(w http.ResponseWriter, r *http.Request) bool {
		if strings.Contains(r.URL.Path, "/referrers/") {
			w.WriteHeader(http.StatusNotFound)
			return true
		}
		return false
	})
	r := s.open(t, "lego-api")
	subject, referrer := imagetest.Of([]byte("subject")), []byte(`{"schemaVersion":2,"mediaType":"`+imagetest.Manifest+`"}`)
	if got, err := r.Referrers(t.Context(), subject); err != nil || len(got) != 0 {
		t.Errorf("none: %v, %v", err, got)
	}
	if err := r.PutManifest(t.Context(), string(imagetest.Of(referrer)), imagetest.Manifest, referrer); err != nil {
		t.Fatal(err)
	}
	index := must(json.Marshal(map[string]any{"schemaVersion": 2, "mediaType": imagetest.Index, "manifests": []image.Descriptor{{MediaType: imagetest.Manifest, Digest: imagetest.Of(referrer), Size: int64(len(referrer))}}}))
	if err := r.PutManifest(t.Context(), "sha256-"+subject.Hex(), imagetest.Index, index); err != nil {
		t.Fatal(err)
	}
	if got, err := r.Referrers(t.Context(), subject); err != nil || !slices.Equal(got, []image.Digest{imagetest.Of(referrer)}) {
		t.Errorf("%v, %v", err, got)
	}
}
