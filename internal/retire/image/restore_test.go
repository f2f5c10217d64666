package image_test

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/retire/image"
	"github.com/cutover-dev/cutover/internal/retire/image/imagetest"
)

// Everything comes back under its old digest and tag; a second time nothing is pushed.
// Shows: 5.8.7
func TestRestore(t *testing.T) {
	r, s, to := many(20), imagetest.NewShelf(), imagetest.New()
	archive(t, r, s)
	n := 0
	to.Before = func(string, image.Digest) error {
		if n++; n%7 == 0 {
			return errors.New("502 Bad Gateway")
		}
		return nil
	}
	back := image.Back{Wait: patient, AtOnce: 1}
	restored, err := image.Restore(t.Context(), s, layout, to.Sink(), back)
	if err != nil || !maps.Equal(to.Tags(), r.Tags()) || !slices.Equal(to.Holds(), r.Holds()) {
		t.Fatalf("%v, %+v", err, restored)
	}
	if restored.PushedBlobs != restored.Blobs || restored.PushedManifests != restored.Manifests || restored.PushedTags != restored.Tags {
		t.Errorf("%+v", restored)
	}
	to.Forget()
	again, err := image.Restore(t.Context(), s, layout, to.Sink(), back)
	if err != nil || to.Pushes() != 0 || again.PushedBlobs+again.PushedManifests+again.PushedTags != 0 {
		t.Errorf("a second time: %v, %+v, %d pushes", err, again, to.Pushes())
	}
}

func TestRestoreRefuses(t *testing.T) {
	r, s, to := many(2), imagetest.NewShelf(), imagetest.New()
	if _, err := image.Restore(t.Context(), s, layout, to.Sink(), image.Back{}); fault.KindOf(err) != fault.Input {
		t.Errorf("no archive: %v", err)
	}
	archive(t, r, s)
	to.Image("theirs", nil, "v0")
	to.Forget()
	if _, err := image.Restore(t.Context(), s, layout, to.Sink(), image.Back{}); fault.KindOf(err) != fault.Refused || !strings.Contains(err.Error(), ":v0") || to.Pushes() > 0 {
		t.Errorf("a tag on another image: %v, %d pushes", err, to.Pushes())
	}
	if _, err := image.Restore(t.Context(), s, layout, to.Sink(), image.Back{Over: true}); err != nil || !maps.Equal(to.Tags(), r.Tags()) {
		t.Errorf("it may move: %v", err)
	}
	// What S3's own checksum hides is found when it is read.
	blob := layout.Blob(imagetest.Of(imagetest.Random("base", 50_000)))
	s.Damage(blob, func(b []byte) []byte { b[3] ^= 1; return b })
	empty := imagetest.New()
	_, err := image.Restore(t.Context(), s, layout, empty.Sink(), image.Back{Wait: patient})
	if fault.KindOf(err) != fault.Refused || !strings.Contains(err.Error(), blob) || slices.Contains(empty.Holds(), imagetest.Of(imagetest.Random("base", 50_000))) || len(empty.Tags()) > 0 {
		t.Errorf("a damaged blob: %v", err)
	}
	s.Remove(layout.Marker())
	if _, err := image.Verify(t.Context(), s, layout, image.Check{}); fault.KindOf(err) != fault.Refused || !strings.Contains(err.Error(), "oci-layout") {
		t.Errorf("no oci-layout: %v", err)
	}
}

func TestParseLayout(t *testing.T) {
	for _, c := range []struct {
		prefix, repository string
		good               bool
	}{
		{"cutover", "lego-api", true}, {"a/b", "team/lego-api", true}, {"", "a", false}, {"/a", "b", false}, {"a/", "b", false}, {"a//b", "c", false},
		{"a", "", false}, {"a", "../b", false}, {"a", "A", false}, {"a/../b", "c", false}, {"a", "b/", false}, {"a\n", "b", false}, {"a", "b" + strings.Repeat("c", 256), false},
	} {
		l, err := image.ParseLayout(c.prefix, c.repository)
		if (err == nil) != c.good || c.good && l.String() != c.prefix+"/images/"+c.repository {
			t.Errorf("%q, %q: %v, %s", c.prefix, c.repository, err, l)
		}
	}
}

func TestLifecycle(t *testing.T) {
	for days, keep := range map[int32]time.Duration{90: 90 * 24 * time.Hour, 1: time.Hour, 2: 25 * time.Hour} {
		r := image.Lifecycle("cutover", keep)
		if r.Days != days || r.Noncurrent != days || r.Abort != 2 || r.Prefix != "cutover/images/" || r.ID != "cutover-images-cutover" {
			t.Errorf("%+v", r)
		}
	}
}

// Whatever text an index is, reading it ends, and what is read is written the same.
func FuzzIndex(f *testing.F) {
	r, s := many(2), imagetest.NewShelf()
	_, _ = image.Archive(f.Context(), r.Source(), s, image.Options{Layout: layout})
	f.Add(s.Text(layout.Index()))
	f.Add([]byte(`{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[{"digest":"x"}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		x, err := image.ParseIndex("index.json", text)
		if err != nil {
			if fault.KindOf(err) != fault.Refused {
				t.Error(err)
			}
			return
		}
		for tag, d := range x.Tags() {
			if _, err := image.ParseDigest(string(d)); err != nil || strings.ContainsAny(tag, "/\n ") {
				t.Errorf("%q %q", tag, d)
			}
		}
	})
}

// Whatever text a manifest is, nothing panics, and nothing is stored but what its
// digest says.
func FuzzManifest(f *testing.F) {
	r := many(1)
	for _, d := range r.Holds() {
		if text := r.ManifestText(d); text != nil {
			f.Add(text)
		}
	}
	f.Add([]byte(`{"schemaVersion":2,"manifests":[{"digest":"sha256:00","size":-1}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		r, s := imagetest.New(), imagetest.NewShelf()
		r.Raw(text, "fuzzed")
		if _, err := image.Archive(t.Context(), r.Source(), s, image.Options{Layout: layout}); err != nil {
			if s.Text(layout.Index()) != nil {
				t.Error("there is an index")
			}
			return
		}
		if report, err := image.Verify(t.Context(), s, layout, image.Check{Deep: true}); err != nil || !report.Sound() {
			t.Errorf("%v, %+v", err, report.Damaged)
		}
	})
}
