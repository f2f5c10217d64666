package image_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/retire/image"
	"github.com/cutover-dev/cutover/internal/retire/image/imagetest"
)

// What changes while the repository is read is taken up.
func TestWhatChangesMeanwhileIsTakenUp(t *testing.T) {
	for name, change := range map[string]func(r *imagetest.Repository){
		"a tag moves":      func(r *imagetest.Repository) { r.Retag("latest", r.Tags()["v0"]) },
		"an image is new":  func(r *imagetest.Repository) { r.Image("new", nil, "new") },
		"a tag goes":       func(r *imagetest.Repository) { r.Drop(r.Tags()["v1"]) },
		"a tag is another": func(r *imagetest.Repository) { r.Image("other", nil, "v0") },
	} {
		t.Run(name, func(t *testing.T) {
			r, s := many(3), imagetest.NewShelf()
			var once sync.Once
			r.Before = func(what string, _ image.Digest) error {
				if what == "blob" {
					once.Do(func() { change(r) })
				}
				return nil
			}
			archive(t, r, s)
			report, err := image.Verify(t.Context(), s, layout, image.Check{Deep: true})
			if err != nil || !report.Sound() {
				t.Fatalf("%v, %+v", err, report.Damaged)
			}
			tags := must(image.ParseIndex("index", s.Text(layout.Index()))).Tags()
			for tag, d := range r.Tags() {
				if tags[tag] != d {
					t.Errorf("the tag %s is %s, not %s", tag, tags[tag], d)
				}
			}
		})
	}
}

func TestARepositoryThatNeverStandsStill(t *testing.T) {
	r, s := many(2), imagetest.NewShelf()
	n := 0
	r.Before = func(what string, _ image.Digest) error {
		if what == "list" {
			n++
			r.Image(strings.Repeat("x", n), nil, "busy")
		}
		return nil
	}
	_, err := image.Archive(t.Context(), r.Source(), s, image.Options{Layout: layout})
	if fault.KindOf(err) != fault.Refused || !strings.Contains(err.Error(), "Stop what pushes") || s.Text(layout.Index()) != nil {
		t.Error(err)
	}
}

// A registry that lists what it does not have is refused; what merely went since is not.
func TestListedAndAbsent(t *testing.T) {
	r, s := many(2), imagetest.NewShelf()
	r.Before = func(what string, d image.Digest) error {
		if what == "manifest" && d == r.Tags()["v0"] {
			return image.ErrAbsent
		}
		return nil
	}
	_, err := image.Archive(t.Context(), r.Source(), s, image.Options{Layout: layout})
	if fault.KindOf(err) != fault.Refused || !strings.Contains(err.Error(), "(v0)") || s.Text(layout.Index()) != nil {
		t.Error(err)
	}
}

func TestTwoAtOnce(t *testing.T) {
	r, s := many(12), imagetest.NewShelf()
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			if _, err := image.Archive(t.Context(), r.Source(), s, image.Options{Layout: layout, Wait: patient}); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	sound(t, r, s)
}

// An index that another run has written meanwhile is not written over: its images are
// taken over.
func TestAnotherIndexMeanwhile(t *testing.T) {
	a, b, s := many(2), imagetest.New(), imagetest.NewShelf()
	b.Image("theirs", nil, "theirs")
	begun := false
	s.Before = func(what, key string) error {
		if what == "put" && key == layout.Index() && !begun {
			begun = true
			archive(t, b, s)
		}
		return nil
	}
	result := archive(t, a, s)
	tags := must(image.ParseIndex("index", s.Text(layout.Index()))).Tags()
	if tags["theirs"] != b.Tags()["theirs"] || tags["v0"] != a.Tags()["v0"] || result.Tags != len(tags) {
		t.Errorf("%v, %+v", tags, result)
	}
	if report := must(image.Verify(t.Context(), s, layout, image.Check{Deep: true})); !report.Sound() {
		t.Errorf("%+v", report)
	}
}

// The archive keeps what the registry has no longer; what it has lost itself is
// said, and the index does not name it.
func TestWhatTheRegistryHasNoLonger(t *testing.T) {
	r, s := many(3), imagetest.NewShelf()
	first := archive(t, r, s)
	gone := r.Tags()["v0"]
	text := r.ManifestText(gone)
	r.Drop(gone)
	second := archive(t, r, s)
	if !slices.Equal(first.Images, second.Images) || second.Changed {
		t.Errorf("%+v after %+v", second, first)
	}
	own := imagetest.Of(imagetest.Random("v0", 5_000))
	if !bytes.Contains(text, []byte(own)) {
		t.Fatal("the test looks for another layer")
	}
	s.Remove(layout.Blob(own))
	third := archive(t, r, s)
	if len(third.Lost) != 1 || third.Lost[0].Digest != gone || !slices.Equal(third.Lost[0].Tags, []string{"v0"}) || slices.Contains(third.Images, string(gone)) {
		t.Errorf("%+v", third)
	}
	if report := must(image.Verify(t.Context(), s, layout, image.Check{Deep: true})); !report.Sound() {
		t.Errorf("%+v", report)
	}
}

// What is there and wrong is fetched anew: by its size, by S3's checksum, by its bytes
// where S3 keeps none, and by name where only a deep look has found it.
func TestWhatIsDamagedIsMended(t *testing.T) {
	blob := layout.Blob(imagetest.Of(imagetest.Random("base", 50_000)))
	flip := func(b []byte) []byte { b[7] ^= 1; return b }
	for name, c := range map[string]struct {
		mute   bool
		change func(s *imagetest.Shelf)
		found  bool // by the next run itself
		quick  bool // by looking at checksums alone
	}{
		"one byte is gone":              {false, func(s *imagetest.Shelf) { s.Damage(blob, func(b []byte) []byte { return b[1:] }) }, true, true},
		"one bit, and S3 notices not":   {false, func(s *imagetest.Shelf) { s.Damage(blob, flip) }, false, false},
		"one bit, and no checksum":      {true, func(s *imagetest.Shelf) { s.Damage(blob, flip) }, true, true},
		"somebody has written it":       {false, func(s *imagetest.Shelf) { s.Remove(blob); s.Write(blob, imagetest.Random("other", 50_000)) }, true, true},
		"it is gone":                    {false, func(s *imagetest.Shelf) { s.Remove(blob) }, true, true},
		"a manifest of one bit another": {false, func(s *imagetest.Shelf) { s.Damage(layout.Blob(many(3).Tags()["v1"]), flip) }, true, true},
	} {
		t.Run(name, func(t *testing.T) {
			r, s := many(3), imagetest.NewShelf()
			archive(t, r, s)
			s.Mute = c.mute
			c.change(s)
			quick := must(image.Verify(t.Context(), s, layout, image.Check{}))
			deep := must(image.Verify(t.Context(), s, layout, image.Check{Deep: true}))
			if quick.Sound() == c.quick || len(deep.Damaged) != 1 {
				t.Fatalf("quick %+v, deep %+v", quick.Damaged, deep.Damaged)
			}
			if _, err := image.Restore(t.Context(), s, layout, imagetest.New().Sink(), image.Back{}); fault.KindOf(err) != fault.Refused {
				t.Errorf("it is restored: %v", err)
			}
			r.Forget()
			o := image.Options{Layout: layout}
			if !c.found {
				o.Again = deep.Again()
			}
			if _, err := image.Archive(t.Context(), r.Source(), s, o); err != nil {
				t.Fatal(err)
			}
			if gets, _ := r.Gets(); len(gets) > 1 {
				t.Errorf("%d blobs were fetched", len(gets))
			}
			sound(t, r, s)
		})
	}
}

// An archive that is written again does not expire with its oldest blob.
func TestWhatWouldExpireIsMadeYounger(t *testing.T) {
	for name, largest := range map[string]int64{"copied": 0, "too large to be copied": 10_000} {
		r, s := many(3), imagetest.NewShelf()
		begin := s.Now
		result := archive(t, r, s)
		s.Now, s.Largest = begin.Add(60*24*time.Hour), largest
		r.Forget()
		o := image.Options{Layout: layout, Now: s.Now, Keep: 90 * 24 * time.Hour}
		again := must(image.Archive(t.Context(), r.Source(), s, o))
		gets, _ := r.Gets()
		if report := sound(t, r, s); !report.Oldest.Equal(s.Now) || !again.Changed || again.IndexSHA256 != result.IndexSHA256 {
			t.Errorf("%s: the oldest is of %s: %+v", name, report.Oldest, again)
		}
		if want := map[int64]int{0: 0, 10_000: 2}[largest]; len(gets) != want || again.Copied != result.Blobs-want {
			t.Errorf("%s: %d fetched, %+v", name, len(gets), again)
		}
		if once := must(image.Archive(t.Context(), r.Source(), s, o)); once.Copied != 0 || once.Changed {
			t.Errorf("%s: it is made younger each time: %+v", name, once)
		}
	}
}

// What lies in another repository's archive is copied within the store, if it is right.
func TestSiblings(t *testing.T) {
	other := must(image.ParseLayout("cutover", "lego-worker"))
	r, s := many(3), imagetest.NewShelf()
	archive(t, r, s)
	worker := imagetest.New()
	shared := worker.AddBlob(imagetest.Layer, imagetest.Random("base", 50_000))
	damaged := worker.AddBlob(imagetest.Layer, imagetest.Random("node", 20_000))
	worker.Image("worker", []image.Descriptor{shared, damaged}, "v1")
	s.Remove(layout.Blob(damaged.Digest))
	s.Write(layout.Blob(damaged.Digest), imagetest.Random("wrong", 20_000))
	s.Before = func(what, key string) error {
		if what == "copy" && key == other.Blob(damaged.Digest) {
			t.Error("what is damaged is copied")
		}
		return nil
	}
	result, err := image.Archive(t.Context(), worker.Source(), s, image.Options{Layout: other, Siblings: []image.Layout{layout, other}})
	gets, _ := worker.Gets()
	if err != nil || result.Copied != 1 || result.Fetched != 2 || gets[shared.Digest] != 0 {
		t.Errorf("%v, %+v", err, result)
	}
	if report := must(image.Verify(t.Context(), s, other, image.Check{Deep: true})); !report.Sound() || report.Blobs != 3 {
		t.Errorf("%+v", report)
	}
}

// An index that cannot be read may name images that only the archive has.
func TestADamagedIndexIsNotWrittenOver(t *testing.T) {
	r, s := many(1), imagetest.NewShelf()
	for _, text := range []string{"", "{", `{"schemaVersion":1}`, `{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[{"digest":"sha256:00"}]}`} {
		s.Remove(layout.Index())
		s.Write(layout.Index(), []byte(text))
		if _, err := image.Archive(t.Context(), r.Source(), s, image.Options{Layout: layout}); fault.KindOf(err) != fault.Refused || string(s.Text(layout.Index())) != text {
			t.Errorf("%q: %v", text, err)
		}
		if _, err := image.Verify(t.Context(), s, layout, image.Check{}); fault.KindOf(err) != fault.Refused {
			t.Errorf("%q is verified: %v", text, err)
		}
	}
	if _, err := image.Verify(t.Context(), imagetest.NewShelf(), layout, image.Check{}); !errors.Is(err, image.ErrAbsent) {
		t.Error(err)
	}
}
