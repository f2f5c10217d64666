package registry_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/registry"
	"github.com/cutover-dev/cutover/internal/retire/image"
	"github.com/cutover-dev/cutover/internal/retire/image/imagetest"
)

// walls keep the repositories of a registry apart, as real ones do: a blob is in
// those that it was sent to or mounted into.
type walls struct {
	mu    sync.Mutex
	holds map[string]bool // repository and digest
	// sent counts uploads that were ended, called those that were called off.
	sent, called int
	// deaf mounts nothing, as the specification allows.
	deaf bool
}

func (b *walls) hook(w http.ResponseWriter, r *http.Request) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	path, ok := strings.CutPrefix(r.URL.Path, "/v2/")
	name, rest, blob := strings.Cut(path, "/blobs/")
	if !ok || !blob {
		return false
	}
	q := r.URL.Query()
	switch {
	case r.Method == http.MethodHead:
		if b.holds[name+" "+rest] {
			return false
		}
		w.WriteHeader(http.StatusNotFound)
		return true
	case r.Method == http.MethodDelete:
		b.called++
		w.WriteHeader(http.StatusNoContent)
		return true
	case q.Get("mount") != "":
		if b.deaf || !b.holds[q.Get("from")+" "+q.Get("mount")] {
			return false // an upload begins instead
		}
		b.holds[name+" "+q.Get("mount")] = true
		w.WriteHeader(http.StatusCreated)
		return true
	case q.Get("digest") != "":
		b.holds[name+" "+q.Get("digest")] = true
		b.sent++
	}
	return false
}

// A blob that the registry holds is sent no second time: not to the repository that
// has it, and not to one beside it, which takes it over.
// Shows: 5.8.7
func TestAKnownBlobIsNotSent(t *testing.T) {
	t.Parallel()
	from, shelf := imagetest.New(), imagetest.NewShelf()
	layers := []image.Descriptor{from.AddBlob("application/vnd.oci.image.layer.v1.tar+gzip", imagetest.Random("one", 4000)), from.AddBlob("application/vnd.oci.image.layer.v1.tar+gzip", imagetest.Random("two", 5000))}
	from.Image("a", layers, "v1")
	from.Image("b", layers[:1], "v2")
	layout, err := image.ParseLayout("cutover", "lego-api")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := image.Archive(t.Context(), from.Source(), shelf, image.Options{Layout: layout, Now: time.Now(), Keep: 90 * 24 * time.Hour}); err != nil {
		t.Fatal(err)
	}
	s, b := serve(t), &walls{holds: map[string]bool{}}
	s.hooked(b.hook)
	restore := func(name string) image.Restored {
		t.Helper()
		o := registry.Hurried()
		o.Push, o.Mount = true, []string{"lego-api", name}
		to, err := registry.Open(s.URL, name, nil, o)
		if err != nil {
			t.Fatal(err)
		}
		r, err := image.Restore(t.Context(), shelf, layout, to, image.Back{})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	for _, c := range []struct {
		what, name                     string
		before                         func()
		pushed, mounted, sent, calling int
	}{
		{"an empty registry", "lego-api", nil, 4, 0, 4, 0},
		{"the same once more", "lego-api", nil, 0, 0, 0, 0},
		{"one beside it", "shop", nil, 0, 4, 0, 0},
		{"one blob is missing there", "third", func() { delete(b.holds, "lego-api "+string(layers[1].Digest)) }, 1, 3, 1, 1},
		{"a registry that mounts nothing", "fourth", func() { b.deaf = true }, 4, 0, 4, 4},
	} {
		if c.before != nil {
			c.before()
		}
		sent, called := b.sent, b.called
		r := restore(c.name)
		if r.Blobs != 4 || r.PushedBlobs != c.pushed || r.MountedBlobs != c.mounted || b.sent-sent != c.sent || b.called-called != c.calling || (r.PushedBytes == 0) != (c.pushed == 0) {
			t.Errorf("%s: %+v; sent %d, called off %d", c.what, r, b.sent-sent, b.called-called)
		}
	}
}
