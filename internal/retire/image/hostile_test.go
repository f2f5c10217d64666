package image_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/retire/image"
	"github.com/cutover-dev/cutover/internal/retire/image/imagetest"
)

// endless is a body without an end.
type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

// A registry that lies is refused with a sentence, and what it said is not stored.
func TestHostileRegistries(t *testing.T) {
	victim := imagetest.Of(imagetest.Random("base", 50_000))
	blob := func(change func(text []byte) io.Reader) func(*imagetest.Repository) {
		return func(r *imagetest.Repository) {
			r.Serve = func(d image.Digest, text []byte) io.Reader {
				if d == victim {
					return change(text)
				}
				return bytes.NewReader(text)
			}
		}
	}
	manifest := func(form map[string]any) func(*imagetest.Repository) {
		return func(r *imagetest.Repository) { r.Manifest(form, "bad") }
	}
	config := image.Descriptor{MediaType: imagetest.Config, Digest: victim, Size: 50_000}
	sized := func(n int64) map[string]any {
		c := config
		c.Size = n
		return map[string]any{"mediaType": imagetest.Manifest, "config": c, "layers": []image.Descriptor{}}
	}
	for name, c := range map[string]struct {
		make  func(*imagetest.Repository)
		wants string
	}{
		"one byte of a blob is another": {blob(func(b []byte) io.Reader { b = bytes.Clone(b); b[9] ^= 1; return bytes.NewReader(b) }), "as many bytes as it should, and the digest sha256:"},
		"a blob is cut off":             {blob(func(b []byte) io.Reader { return bytes.NewReader(b[:len(b)-1]) }), "broke off after 49999 of 50000 bytes"},
		"a blob is empty":               {blob(func([]byte) io.Reader { return bytes.NewReader(nil) }), "broke off after 0 of"},
		"a blob has more":               {blob(func(b []byte) io.Reader { return io.MultiReader(bytes.NewReader(b), strings.NewReader("x")) }), "more than the 50000 bytes"},
		"a blob never ends":             {blob(func([]byte) io.Reader { return endless{} }), "more than the 50000 bytes"},
		"a blob is not there":           {func(r *imagetest.Repository) { r.Drop(victim) }, "the registry does not have it"},
		"a manifest never ends":         {func(r *imagetest.Repository) { r.Raw(bytes.Repeat([]byte(" "), 5<<20), "bad") }, "more than any registry takes"},
		"a manifest is another": {func(r *imagetest.Repository) {
			d := r.Tags()["v0"]
			r.Serve = func(of image.Digest, text []byte) io.Reader {
				if of == d {
					return bytes.NewReader(append(bytes.Clone(text), ' '))
				}
				return bytes.NewReader(text)
			}
		}, "a manifest of another digest"},
		"a manifest is no JSON":    {func(r *imagetest.Repository) { r.Raw([]byte("<html>"), "bad") }, "no JSON"},
		"a manifest has no config": {manifest(map[string]any{"mediaType": imagetest.Manifest, "layers": []image.Descriptor{config}}), "names no config"},
		"a size below nothing":     {manifest(sized(-1)), "with -1 bytes"},
		"a size beyond belief":     {manifest(sized(1 << 50)), "with 1125899906842624 bytes"},
		"two sizes of one blob":    {manifest(sized(49_999)), "49999"},
		"an index with another size": {func(r *imagetest.Repository) {
			d := r.Image("x", nil)
			d.Size++
			manifest(map[string]any{"mediaType": imagetest.Index, "manifests": []image.Descriptor{d}})(r)
		}, "and it has"},
		"an index without its child": {func(r *imagetest.Repository) {
			d := r.Image("x", nil)
			manifest(map[string]any{"mediaType": imagetest.Index, "manifests": []image.Descriptor{d}})(r)
			r.Drop(d.Digest)
		}, "the registry does not have"},
		"a digest of another kind": {manifest(map[string]any{"mediaType": imagetest.Manifest, "config": image.Descriptor{Digest: "sha512:00"}}), "no SHA-256"},
		"a path for a digest":      {manifest(map[string]any{"mediaType": imagetest.Manifest, "config": image.Descriptor{Digest: "sha256:../../../../etc/passwd"}}), "no SHA-256"},
		"schema 1": {func(r *imagetest.Repository) {
			r.Raw([]byte(`{"schemaVersion":1,"name":"a","fsLayers":[],"signatures":[]}`), "bad")
		}, "(bad) cannot be archived: its manifest is of schema 1"},
		"a kind that nobody knows": {manifest(map[string]any{"mediaType": "text/plain"}), "a kind that is not known: text/plain"},
		"a tag that is none":       {func(r *imagetest.Repository) { r.Retag("../x", r.Tags()["v0"]) }, "which is none"},
		"indexes within indexes": {func(r *imagetest.Repository) {
			d := r.Image("x", nil)
			for range 10 {
				d = r.Manifest(map[string]any{"mediaType": imagetest.Index, "manifests": []image.Descriptor{d}})
			}
			r.Retag("deep", d.Digest)
		}, "more than 8 deep"},
	} {
		t.Run(name, func(t *testing.T) {
			r, s := many(2), imagetest.NewShelf()
			c.make(r)
			begin := time.Now()
			_, err := image.Archive(t.Context(), r.Source(), s, image.Options{Layout: layout, Wait: patient})
			if err == nil || !strings.Contains(err.Error(), c.wants) {
				t.Errorf("%v", err)
			}
			if s.Text(layout.Index()) != nil {
				t.Error("there is an index")
			}
			for _, key := range s.Keys() {
				if text := s.Text(key); strings.Contains(key, "blobs") && !strings.HasSuffix(key, imagetest.Of(text).Hex()) {
					t.Errorf("%s is stored", key)
				}
			}
			if time.Since(begin) > 10*time.Second {
				t.Errorf("it took %s", time.Since(begin))
			}
		})
	}
}

// Indexes that hold each other many times over are read once each.
func TestABombOfIndexes(t *testing.T) {
	r, s := imagetest.New(), imagetest.NewShelf()
	d := r.Image("x", nil)
	for range 7 {
		var many []image.Descriptor
		for range 50 {
			many = append(many, d)
		}
		d = r.Manifest(map[string]any{"mediaType": imagetest.Index, "manifests": many})
	}
	r.Retag("bomb", d.Digest)
	if result := archive(t, r, s); result.Manifests != 8 {
		t.Errorf("%+v", result)
	}
	sound(t, r, s)
}

// What cannot be kept is said, all of it at once, unless somebody has named it.
func TestWhatCannotBeKept(t *testing.T) {
	r, s := many(2), imagetest.NewShelf()
	r.All = true
	old := r.Raw([]byte(`{"schemaVersion":1,"name":"a","fsLayers":[],"signatures":[]}`), "ancient")
	r.Sleep(r.Tags()["v0"], "it is in ECR's archive")
	_, err := image.Archive(t.Context(), r.Source(), s, image.Options{Layout: layout})
	if fault.KindOf(err) != fault.Refused || len(fault.All(err)) != 2 || !strings.Contains(err.Error(), "(ancient)") || !strings.Contains(err.Error(), "ECR's archive") {
		t.Fatal(err)
	}
	if gets, _ := r.Gets(); len(gets) > 0 {
		t.Error("blobs were fetched before it was said")
	}
	result, err := image.Archive(t.Context(), r.Source(), s, image.Options{Layout: layout, Leave: []image.Digest{old.Digest, r.Tags()["v0"]}})
	if err != nil || len(result.Left) != 2 || result.Left[0].Why == "" || len(result.Left[0].Tags) != 1 {
		t.Fatalf("%v, %+v", err, result.Left)
	}
	// Once it is in the archive it may sleep.
	r.Sleep(r.Tags()["v0"], "")
	leave := image.Options{Layout: layout, Leave: []image.Digest{old.Digest}}
	must(image.Archive(t.Context(), r.Source(), s, leave))
	r.Sleep(r.Tags()["v0"], "it is in ECR's archive")
	result, err = image.Archive(t.Context(), r.Source(), s, leave)
	tags := must(image.ParseIndex("index", s.Text(layout.Index()))).Tags()
	if err != nil || len(result.Left) != 1 || tags["v0"] != r.Tags()["v0"] {
		t.Errorf("%v, %+v, %v", err, result.Left, tags)
	}
}

// A layer that must not be passed on is archived where the registry has it, and said
// where it does not.
func TestForeignLayers(t *testing.T) {
	r, s := imagetest.New(), imagetest.NewShelf()
	has := r.AddBlob(imagetest.Foreign, []byte("windows"))
	lacks := image.Descriptor{MediaType: imagetest.Foreign, Digest: imagetest.Of([]byte("elsewhere")), Size: 9, URLs: []string{"https://example.com/layer"}}
	r.Image("windows", []image.Descriptor{has, lacks}, "v1")
	result := archive(t, r, s)
	if len(result.Foreign) != 1 || result.Foreign[0].Digest != lacks.Digest || result.Foreign[0].URLs[0] != "https://example.com/layer" || result.Blobs != 2 {
		t.Errorf("%+v", result)
	}
	report := must(image.Verify(t.Context(), s, layout, image.Check{Deep: true}))
	if !report.Sound() || len(report.Foreign) != 1 || report.Blobs != 2 {
		t.Errorf("%+v", report)
	}
	to := imagetest.New()
	restored, err := image.Restore(t.Context(), s, layout, to.Sink(), image.Back{})
	if err != nil || len(restored.Foreign) != 1 || restored.PushedBlobs != 2 {
		t.Errorf("%v, %+v", err, restored)
	}
}

// A run that is stopped stops, and says why.
func TestStopped(t *testing.T) {
	r, s := many(10), imagetest.NewShelf()
	why := &fault.Fault{Kind: fault.Outside, What: "time is up"}
	ctx, cancel := context.WithCancelCause(t.Context())
	r.Before = func(what string, _ image.Digest) error {
		if what == "blob" {
			cancel(why)
		}
		return nil
	}
	_, err := image.Archive(ctx, r.Source(), s, image.Options{Layout: layout, Wait: patient})
	if !errors.Is(err, why) || s.Text(layout.Index()) != nil {
		t.Error(err)
	}
}
