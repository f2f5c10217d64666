package s3_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/s3"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/rollout"
	"github.com/cutover-dev/cutover/internal/rollout/notice"
)

// keepsDocuments is what any server must do with what lies beside the state.
func keepsDocuments(t *testing.T, r *s3.Rollout) {
	t.Helper()
	ctx := t.Context()
	const name = "record-before.json"
	if _, err := r.Kept(ctx, name); !errors.Is(err, s3.ErrNotFound) {
		t.Errorf("none yet: %v", err)
	}
	for range 2 {
		if err := r.Keep(ctx, name, []byte("first")); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Keep(ctx, name, []byte("second")); !errors.Is(err, s3.ErrKept) || fault.KindOf(err) != fault.Refused {
		t.Errorf("another one: %v", err)
	}
	if text, err := r.Kept(ctx, name); err != nil || string(text) != "first" {
		t.Errorf("%v, %q", err, text)
	}

	const changing = "baseline.json"
	if _, _, err := r.Get(ctx, changing); !errors.Is(err, s3.ErrNotFound) {
		t.Errorf("none yet: %v", err)
	}
	first, err := r.Put(ctx, changing, []byte("1"), "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Put(ctx, changing, []byte("2"), ""); !errors.Is(err, rollout.ErrConflict) {
		t.Errorf("a second one that begins: %v", err)
	}
	second, err := r.Put(ctx, changing, []byte("2"), first)
	if err != nil || second == first {
		t.Fatal(second, err)
	}
	if _, err := r.Put(ctx, changing, []byte("3"), first); !errors.Is(err, rollout.ErrConflict) {
		t.Errorf("on top of an older one: %v", err)
	}
	if text, version, err := r.Get(ctx, changing); err != nil || string(text) != "2" || version != second {
		t.Errorf("%v, %q, %q", err, text, version)
	}
}

func TestDocumentsAreKept(t *testing.T) {
	s := newStand(t)
	keepsDocuments(t, s.open(t))
	if keys := s.KeysIn(releases, ""); fmt.Sprint(keys) != fmt.Sprintf("[%sbaseline.json %srecord-before.json]", folder, folder) {
		t.Errorf("the bucket has %v", keys)
	}
}

func TestDocumentsHaveNamesOfTheirOwn(t *testing.T) {
	s := newStand(t)
	r := s.open(t)
	for _, name := range []string{"state.json", "probe.json", "told-slack.json", "told-.json", "", ".json", "x", "x.JSON", "X.json", "a/b.json", "../state.json", "a b.json", "x.json\n", "ä.json", strings.Repeat("x", 65) + ".json"} {
		keep := r.Keep(t.Context(), name, []byte("{}"))
		_, kept := r.Kept(t.Context(), name)
		_, putErr := r.Put(t.Context(), name, []byte("{}"), "")
		for _, err := range []error{keep, kept, putErr} {
			if fault.KindOf(err) != fault.Refused || !contains(err, "small letters") {
				t.Errorf("%q: %v", name, err)
			}
		}
	}
	large := make([]byte, 1<<20+1)
	if err := r.Keep(t.Context(), "x.json", large); fault.KindOf(err) != fault.Refused {
		t.Errorf("a large one: %v", err)
	}
	if _, err := r.Put(t.Context(), "x.json", large, ""); fault.KindOf(err) != fault.Refused {
		t.Errorf("a large one: %v", err)
	}
	if keys := s.KeysIn(releases, ""); len(keys) > 0 {
		t.Errorf("the bucket has %v", keys)
	}
}

// A memory is one board's, and two that write at once do not both.
func TestWhatABoardWasToldIsKept(t *testing.T) {
	s := newStand(t)
	slack, again, github := s.open(t).Told("slack"), s.open(t).Told("slack"), s.open(t).Told("github")
	if told, version, err := slack.Recall(t.Context()); err != nil || version != "" || told != (notice.Told{}) {
		t.Fatalf("%v, %q, %+v", err, version, told)
	}
	mine := notice.Told{Format: 1, Sequence: 7, Thread: "C1:2.3", Teller: "a", Until: noon}
	first, err := slack.Remember(t.Context(), mine, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := again.Remember(t.Context(), mine, ""); !errors.Is(err, rollout.ErrConflict) {
		t.Errorf("the same from another program: %v", err)
	}
	if told, version, err := again.Recall(t.Context()); err != nil || version != first || told != mine {
		t.Errorf("%v, %q, %+v", err, version, told)
	}
	// The same content, another turn.
	second, err := slack.Remember(t.Context(), mine, first)
	if err != nil || second == first {
		t.Errorf("%v, %q", err, second)
	}
	if told, _, err := github.Recall(t.Context()); err != nil || told.Sequence != 0 {
		t.Errorf("%v, %+v", err, told)
	}
	// What cannot be read is replaced, what is newer is not.
	put(t, s.url, folder+"told-slack.json", `{"format": 1, "sequ`)
	told, version, err := slack.Recall(t.Context())
	if err != nil || told != (notice.Told{}) || version == "" {
		t.Errorf("%v, %q, %+v", err, version, told)
	}
	if _, err := slack.Remember(t.Context(), mine, version); err != nil {
		t.Error(err)
	}
	put(t, s.url, folder+"told-slack.json", `{"format": 2}`)
	if _, _, err := slack.Recall(t.Context()); fault.KindOf(err) != fault.Refused {
		t.Errorf("%v", err)
	}
	mine.Thread = strings.Repeat("x", 70_000)
	if _, err := github.Remember(t.Context(), mine, ""); fault.KindOf(err) != fault.Refused {
		t.Errorf("%v", err)
	}
}

// A server that keeps no conditions, or only some, is found out; one that
// keeps them is not suspected, however often.
func TestProbe(t *testing.T) {
	for name, c := range map[string]struct {
		ignores []string
		says    string
	}{
		"keeps both":            {nil, ""},
		"ignores If-None-Match": {[]string{"If-None-Match"}, "ignores If-None-Match"},
		"ignores If-Match":      {[]string{"If-Match"}, "ignores If-Match"},
		"ignores both":          {[]string{"If-None-Match", "If-Match"}, "ignores If-None-Match"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStand(t)
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				for _, h := range c.ignores {
					r.Header.Del(h)
				}
				s.ServeHTTP(w, r)
			}))
			defer server.Close()
			for range 3 {
				err := openAt(t, server.URL, releases).Probe(t.Context())
				if (err == nil) != (c.says == "") || err != nil && (!contains(err, c.says, releases) || fault.KindOf(err) != fault.Refused) {
					t.Errorf("%v", err)
				}
			}
			if keys := s.KeysIn(releases, ""); len(keys) != 1 || keys[0] != folder+"probe.json" {
				t.Errorf("the bucket has %v", keys)
			}
		})
	}
	r := scriptedRollout(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		answer(w, http.StatusNotImplemented, "NotImplemented")
	})
	if err := r.Probe(t.Context()); !contains(err, "does not offer it") {
		t.Errorf("a server that says no: %v", err)
	}
}

// The time is S3's, whatever this machine's clock says and whether there is a
// state or not.
func TestTimeIsS3s(t *testing.T) {
	ahead := time.Now().Add(3 * time.Hour).UTC().Truncate(time.Second)
	date := func(w http.ResponseWriter) { w.Header().Set("Date", ahead.Format(http.TimeFormat)) }
	var n atomic.Int32
	for name, c := range map[string]struct {
		handle http.HandlerFunc
		says   string
	}{
		"there is a state": {func(w http.ResponseWriter, _ *http.Request) { date(w); _, _ = io.WriteString(w, "{") }, ""},
		"there is none":    {func(w http.ResponseWriter, _ *http.Request) { date(w); answer(w, 404, "NoSuchKey") }, ""},
		"it is empty":      {func(w http.ResponseWriter, _ *http.Request) { date(w); answer(w, 416, "InvalidRange") }, ""},
		"S3 stumbles": {func(w http.ResponseWriter, _ *http.Request) {
			if date(w); n.Add(1) < 3 {
				answer(w, 503, "SlowDown")
			}
		}, ""},
		// Source: S3 API reference, "Error responses": a request that was signed
		// more than 15 minutes off is refused.
		"S3 holds to its clock": {func(w http.ResponseWriter, r *http.Request) {
			signed, err := time.Parse("20060102T150405Z", r.Header.Get("X-Amz-Date"))
			if date(w); err != nil || ahead.Sub(signed).Abs() > 15*time.Minute {
				answer(w, 403, "RequestTimeTooSkewed")
			}
		}, ""},
		"it may not be read": {func(w http.ResponseWriter, _ *http.Request) { date(w); answer(w, 403, "AccessDenied") }, "s3:ListBucket"},
		"no such bucket":     {func(w http.ResponseWriter, _ *http.Request) { date(w); answer(w, 404, "NoSuchBucket") }, "name and region"},
		"S3 is down":         {func(w http.ResponseWriter, _ *http.Request) { date(w); answer(w, 503, "SlowDown") }, "SlowDown"},
		"no date":            {func(w http.ResponseWriter, _ *http.Request) { w.Header()["Date"] = nil; answer(w, 404, "NoSuchKey") }, "what time it is"},
		"no date, a state":   {func(w http.ResponseWriter, _ *http.Request) { w.Header()["Date"] = nil }, "what time it is"},
	} {
		got, err := scriptedRollout(t, c.handle).Time(t.Context())
		if (err == nil) != (c.says == "") || err == nil && !got.Equal(ahead) || err != nil && !contains(err, c.says) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	s := newStand(t)
	state, _ := told(t, 1)
	for range 2 {
		if got, err := s.open(t).Time(t.Context()); err != nil || time.Since(got).Abs() > 2*time.Second {
			t.Errorf("%v, %v", got, err)
		}
		if _, err := s.open(t).Save(t.Context(), state, ""); err != nil && !errors.Is(err, rollout.ErrConflict) {
			t.Fatal(err)
		}
	}
}
