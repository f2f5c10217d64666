package s3_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/s3"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/release/archive"
)

// scripted is a server that answers as handle says: for what a real one cannot
// be brought to do.
func scripted(t *testing.T, handle http.HandlerFunc) *s3.Bucket {
	t.Helper()
	s := httptest.NewServer(handle)
	t.Cleanup(s.Close)
	t.Setenv("AWS_ACCESS_KEY_ID", "key")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "very-secret")
	t.Setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1") // the option goes before it
	b, err := s3.OpenBucket(t.Context(), "archive", s3.Hurried(s.URL))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func answer(w http.ResponseWriter, status int, code string) {
	w.WriteHeader(status)
	_, _ = io.WriteString(w, `<?xml version="1.0"?><Error><Code>`+code+`</Code><Message>scripted</Message></Error>`)
}

func small(text string) archive.Content {
	return archive.Content{Body: bytes.NewReader([]byte(text)), Digest: archive.DigestOf([]byte(text)), Type: "text/plain"}
}

// What S3 may answer to a conditional write, and what is made of it.
func TestCreate(t *testing.T) {
	for name, c := range map[string]struct {
		answers []int // one a request; the last one stays
		want    error
		kind    fault.Kind
		calls   int32
	}{
		"it is new":                       {[]int{200}, nil, 0, 1},
		"it is there":                     {[]int{412}, archive.ErrExists, fault.Outside, 1},
		"another write is under way":      {[]int{409, 200}, nil, 0, 2},
		"and it won":                      {[]int{409, 409, 412}, archive.ErrExists, fault.Outside, 3},
		"it never ends":                   {[]int{409}, nil, fault.Outside, 5},
		"S3 stumbles":                     {[]int{503, 500, 200}, nil, 0, 3},
		"a write whose answer got lost":   {[]int{503, 412}, archive.ErrExists, fault.Outside, 2},
		"it is not allowed":               {[]int{403}, nil, fault.Input, 1},
		"the region is another":           {[]int{301}, nil, fault.Input, 1},
		"the body is not what it says it": {[]int{400}, nil, fault.Outside, 1},
	} {
		var calls atomic.Int32
		b := scripted(t, func(w http.ResponseWriter, r *http.Request) {
			n := int(calls.Add(1))
			if r.Header.Get("If-None-Match") != "*" || r.Header.Get("X-Amz-Checksum-Sha256") == "" || !strings.Contains(r.Header.Get("Authorization"), "/eu-central-1/s3/") {
				t.Errorf("%s: the request lacks a condition or checksum: %v", name, r.Header)
			}
			body, _ := io.ReadAll(r.Body)
			if string(body) != "text" || r.URL.Path != "/archive/k" {
				t.Errorf("%s: %s got %q", name, r.URL.Path, body)
			}
			switch status := c.answers[min(n, len(c.answers))-1]; status {
			case 200:
			case 412:
				answer(w, status, "PreconditionFailed")
			case 409:
				answer(w, status, "ConditionalRequestConflict")
			case 403:
				answer(w, status, "AccessDenied")
			case 301:
				answer(w, status, "PermanentRedirect")
			case 400:
				answer(w, status, "BadDigest")
			default:
				answer(w, status, "SlowDown")
			}
		})
		err := b.Create(t.Context(), "k", small("text"))
		if c.want != nil && !errors.Is(err, c.want) || c.want == nil && fault.KindOf(err) != c.kind || calls.Load() != c.calls {
			t.Errorf("%s: %v after %d calls", name, err, calls.Load())
		}
	}
}

// A server that refuses a write and hangs up before the body is through: the
// refusal is lost, and the object that stands there is found all the same. One
// that is not there stays a failure.
func TestCreateWhoseRefusalIsLost(t *testing.T) {
	for name, c := range map[string]struct {
		head int
		want error
	}{
		"it is there":       {http.StatusOK, archive.ErrExists},
		"it is not":         {http.StatusNotFound, nil},
		"nobody can say so": {http.StatusForbidden, nil},
	} {
		b := scripted(t, func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodHead {
				w.WriteHeader(c.head)
				return
			}
			connection, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			_ = connection.Close() // unread bytes in it: the client sees a reset
		})
		large := make([]byte, 8<<20)
		d, err := archive.DigestFrom(bytes.NewReader(large), int64(len(large)))
		if err != nil {
			t.Fatal(err)
		}
		err = b.Create(t.Context(), "k", archive.Content{Body: bytes.NewReader(large), Digest: d, Type: "text/plain"})
		if c.want != nil && !errors.Is(err, c.want) || c.want == nil && (errors.Is(err, archive.ErrExists) || fault.KindOf(err) != fault.Outside) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A server that says nothing is left when the time is up.
func TestCreateEndsWithItsContext(t *testing.T) {
	b := scripted(t, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	})
	why := &fault.Fault{Kind: fault.Outside, What: "time is up"}
	ctx, cancel := context.WithTimeoutCause(t.Context(), 100*time.Millisecond, why)
	defer cancel()
	begin := time.Now()
	if err := b.Create(ctx, "k", small("text")); !errors.Is(err, why) || time.Since(begin) > 5*time.Second {
		t.Errorf("%v after %v", err, time.Since(begin))
	}
}

// The bucket's other rules stay as they are, ours is put in its own place, and
// one that would expire the archive is named.
func TestMergeLifecycle(t *testing.T) {
	const others = `<Rule><ID>logs</ID><Status>Enabled</Status><Filter><Prefix>logs/</Prefix></Filter><Expiration><Days>7</Days></Expiration></Rule>
<Rule><ID>all</ID><Status>Enabled</Status><Filter><Prefix></Prefix></Filter><Expiration><Days>30</Days></Expiration></Rule>
<Rule><ID>off</ID><Status>Disabled</Status><Filter><Prefix></Prefix></Filter><Expiration><Days>30</Days></Expiration></Rule>
<Rule><ID>cold</ID><Status>Enabled</Status><Filter><Prefix>cutover/</Prefix></Filter><Transition><Days>30</Days><StorageClass>STANDARD_IA</StorageClass></Transition></Rule>`
	const ours = `<Rule><ID>cutover-archive-cutover</ID><Status>Disabled</Status><Filter><Prefix>old</Prefix></Filter></Rule>`
	layout, err := archive.ParseLayout("cutover")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		now      string
		expiring []string
	}{
		"none yet":                {"", nil},
		"others":                  {others, []string{"all"}},
		"others and an older one": {others + ours, []string{"all"}},
	} {
		var written string
		b := scripted(t, func(w http.ResponseWriter, r *http.Request) {
			switch {
			case r.Method == http.MethodPut:
				body, _ := io.ReadAll(r.Body)
				written = string(body)
				if c.now != "" && r.Header.Get("X-Amz-Transition-Default-Minimum-Object-Size") != "varies_by_storage_class" {
					t.Errorf("%s: the bucket's setting is lost: %v", name, r.Header)
				}
			case c.now == "":
				answer(w, http.StatusNotFound, "NoSuchLifecycleConfiguration")
			default:
				w.Header().Set("X-Amz-Transition-Default-Minimum-Object-Size", "varies_by_storage_class")
				_, _ = io.WriteString(w, `<LifecycleConfiguration>`+c.now+`</LifecycleConfiguration>`)
			}
		})
		expiring, err := b.MergeLifecycle(t.Context(), archive.Lifecycle(layout, 30*24*time.Hour))
		if err != nil || !slices.Equal(expiring, c.expiring) {
			t.Errorf("%s: %v, %v", name, err, expiring)
		}
		for _, want := range []string{"<ID>cutover-archive-cutover</ID>", "<NoncurrentDays>30</NoncurrentDays>", "<DaysAfterInitiation>2</DaysAfterInitiation>", "<ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker>", "<Prefix>cutover/</Prefix>"} {
			if !strings.Contains(written, want) {
				t.Errorf("%s: what was written lacks %s:\n%s", name, want, written)
			}
		}
		if strings.Count(written, "<ID>cutover-archive-cutover</ID>") != 1 || strings.Contains(written, "<Prefix>old</Prefix>") {
			t.Errorf("%s: the older rule is left:\n%s", name, written)
		}
		for _, id := range []string{"logs", "all", "off", "cold"} {
			if c.now != "" && !strings.Contains(written, "<ID>"+id+"</ID>") {
				t.Errorf("%s: the rule %s is lost:\n%s", name, id, written)
			}
		}
	}
}
