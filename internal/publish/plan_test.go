package publish_test

import (
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"runtime/debug"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/publish"
)

// hub is GitHub in memory that loses any call, before or after it is carried out;
// what a real one answers is held in internal/adapter/github.
type hub struct {
	mu   sync.Mutex
	seen publish.Seen
	lose func() bool
	next int64
	// broken says what must never be.
	broken []string
}

var errLost = errors.New("lost")

func (h *hub) do(change func()) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.lose() {
		return errLost
	}
	change()
	if h.lose() {
		return errLost
	}
	return nil
}

func (h *hub) Look(context.Context, publish.Version) (publish.Seen, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	s := h.seen
	if s.Release != nil {
		r := *s.Release
		r.Assets = append([]publish.Uploaded{}, r.Assets...)
		s.Release = &r
	}
	return s, nil
}

func (h *hub) Draft(context.Context, publish.Version, string) error {
	return h.do(func() {
		if h.seen.Release == nil {
			h.seen.Release = &publish.Release{ID: 1, Draft: true}
		}
	})
}

func (h *hub) Upload(_ context.Context, _ int64, a publish.Asset) error {
	return h.do(func() {
		h.next++
		if !h.seen.Release.Draft {
			h.broken = append(h.broken, "uploaded to a published release")
		}
		u := publish.Uploaded{ID: h.next, Name: a.Name, Whole: !h.lose()}
		if u.Whole {
			u.SHA256 = a.SHA256
		}
		h.seen.Release.Assets = append(h.seen.Release.Assets, u)
	})
}

func (h *hub) Discard(_ context.Context, part int64) error {
	return h.do(func() {
		var kept []publish.Uploaded
		for _, u := range h.seen.Release.Assets {
			if u.ID != part {
				kept = append(kept, u)
			} else if u.Whole {
				h.broken = append(h.broken, "discarded a whole file")
			}
		}
		h.seen.Release.Assets = kept
	})
}

func (h *hub) Tag(_ context.Context, tag, _, _ string, files map[string]string) error {
	return h.do(func() {
		if len(h.seen.Release.Assets) != 2 {
			h.broken = append(h.broken, "promised what is not there")
		}
		h.seen.Tag, h.seen.Checksums, h.seen.Origin = "commit", files[publish.ChecksumsPath], files[publish.OriginPath]
		h.seen.Versions[tag] = "commit"
	})
}

func (h *hub) Publish(context.Context, int64, publish.Version) error {
	return h.do(func() {
		if h.seen.Tag == "" {
			h.broken = append(h.broken, "published without a tag")
		}
		h.seen.Release.Draft = false
	})
}

func (h *hub) Move(_ context.Context, _, _, to string) error {
	return h.do(func() {
		if h.seen.Release.Draft {
			h.broken = append(h.broken, "moved before it is published")
		}
		h.seen.Moving = to
	})
}

func release(t testing.TB, tag string) publish.Wanted {
	v := version(t, tag)
	return publish.Wanted{Version: v, Source: "source", Assets: []publish.Asset{{Name: "a", SHA256: "1"}, {Name: "b", SHA256: "2"}},
		Files: map[string]string{publish.ChecksumsPath: "sums", publish.OriginPath: "o"}}
}

// Whatever is lost, runs that follow each other bring the release to its end, in
// the order that nobody can see half of.
func TestCarrySurvivesAnyLoss(t *testing.T) {
	for seed := range uint64(300) {
		random := rand.New(rand.NewPCG(seed, 7))
		h := &hub{seen: publish.Seen{Versions: map[string]string{"v1.0.0": "old"}, Moving: "old"}}
		h.lose = func() bool { return random.IntN(4) == 0 }
		w := release(t, "v1.1.0")
		var err error
		for range 200 {
			if _, err = publish.Carry(t.Context(), h, w, func(publish.Step) {}); err == nil {
				break
			}
		}
		if err != nil || len(h.broken) > 0 || h.seen.Release.Draft || h.seen.Moving != "commit" || len(h.seen.Release.Assets) != 2 {
			t.Fatalf("seed %d: %v, %v, %+v", seed, err, h.broken, h.seen)
		}
	}
}

// A GitHub that never shows what it was told ends the run with words.
func TestCarryEnds(t *testing.T) {
	h := &hub{seen: publish.Seen{Versions: map[string]string{}}, lose: func() bool { return false }}
	forgets := forgetful{h}
	if _, err := publish.Carry(t.Context(), forgets, release(t, "v1.1.0"), func(publish.Step) {}); err == nil || !strings.Contains(err.Error(), "run this again") {
		t.Errorf("got %v", err)
	}
}

type forgetful struct{ *hub }

func (f forgetful) Look(context.Context, publish.Version) (publish.Seen, error) {
	return publish.Seen{}, nil
}

func TestPlan(t *testing.T) {
	w := release(t, "v1.1.0")
	whole := []publish.Uploaded{{ID: 1, Name: "a", Whole: true, SHA256: "1"}, {ID: 2, Name: "b", Whole: true, SHA256: "2"}}
	tagged := func(s publish.Seen) publish.Seen {
		s.Tag, s.Checksums, s.Origin = "c", "sums", "o"
		return s
	}
	for name, c := range map[string]struct {
		seen publish.Seen
		want string
	}{
		"nothing there":                  {publish.Seen{}, "make the draft"},
		"a draft":                        {publish.Seen{Release: &publish.Release{Draft: true}}, "upload a, upload b"},
		"a broken upload":                {publish.Seen{Release: &publish.Release{Draft: true, Assets: []publish.Uploaded{{Name: "a"}}}}, "discard the broken upload of a"},
		"half":                           {publish.Seen{Release: &publish.Release{Draft: true, Assets: whole[:1]}}, "upload b"},
		"all files":                      {publish.Seen{Release: &publish.Release{Draft: true, Assets: whole}}, "make the release's commit and its tag"},
		"tagged":                         {tagged(publish.Seen{Release: &publish.Release{Draft: true, Assets: whole}}), "publish the draft"},
		"published":                      {tagged(publish.Seen{Release: &publish.Release{Assets: whole}}), "move the major tag"},
		"all done":                       {tagged(publish.Seen{Release: &publish.Release{Assets: whole}, Moving: "c"}), ""},
		"a newer one has the major tag":  {tagged(publish.Seen{Release: &publish.Release{Assets: whole}, Moving: "n", Versions: map[string]string{"v1.2.0": "n"}}), ""},
		"an older one has it":            {tagged(publish.Seen{Release: &publish.Release{Assets: whole}, Moving: "n", Versions: map[string]string{"v1.0.9": "n"}}), "move the major tag"},
		"somebody has it":                {tagged(publish.Seen{Release: &publish.Release{Assets: whole}, Moving: "n"}), "refused"},
		"GitHub says no checksum":        {publish.Seen{Release: &publish.Release{Draft: true, Assets: []publish.Uploaded{{Name: "a", Whole: true}}}}, "refused"},
		"published, and the tag is gone": {publish.Seen{Release: &publish.Release{Assets: whole}}, "refused"},
	} {
		t.Run(name, func(t *testing.T) {
			steps, err := publish.Plan(w, c.seen)
			var said []string
			for _, s := range steps {
				said = append(said, s.String())
			}
			got := strings.Join(said, ", ")
			if err != nil {
				got = "refused"
			}
			if got != c.want {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
}

func info(settings ...string) debug.BuildInfo {
	i := debug.BuildInfo{GoVersion: "go1.26.8", Deps: []*debug.Module{
		{Path: "example.com/a", Version: "v1.0.0"}, {Path: "example.com/b", Version: "v1.0.0", Replace: &debug.Module{Path: "example.com/c/v2", Version: "v2.0.0+incompatible"}},
	}}
	for _, s := range append([]string{"GOOS=linux", "GOARCH=arm64", "CGO_ENABLED=0", "-trimpath=true"}, settings...) {
		key, value, _ := strings.Cut(s, "=")
		i.Settings = append(i.Settings, debug.BuildSetting{Key: key, Value: value})
	}
	return i
}

func TestBuildsAreHeld(t *testing.T) {
	b := publish.Build{Command: names[1], Platform: publish.Platform{System: "linux", Machine: "arm64"}, Toolchain: "go1.26.8"}
	if err := b.Check(info()); err != nil {
		t.Fatal(err)
	}
	for name, settings := range map[string][]string{"cgo": {"CGO_ENABLED=1"}, "another machine": {"GOARCH=amd64"}, "paths": {"-trimpath="}, "the commit in it": {"vcs.revision=abc"}} {
		t.Run(name, func(t *testing.T) {
			if err := b.Check(info(settings...)); err == nil {
				t.Error("it passes")
			}
		})
	}
	b.Toolchain = "go1.26.9"
	if err := b.Check(info()); err == nil {
		t.Error("another toolchain passes")
	}
	for gomod, want := range map[string]string{"go 1.26.0\n\ntoolchain go1.26.8\n": "go1.26.8", "go 1.26.1\n": "go1.26.1", "go 1.26\n": ""} {
		if got, err := publish.Toolchain(gomod); got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v", gomod, got, err)
		}
	}
}

// The bill of materials has what SPDX 2.3 requires, names each part once, and
// relates nothing that it does not name.
func TestBillOfMaterials(t *testing.T) {
	binaries := []publish.Binary{{Name: "notify-linux-arm64", SHA256: "2", Info: info()}, {Name: "bake-linux-arm64", SHA256: "1", Info: info()}}
	bill := publish.Bill("o/r", version(t, "v1.2.3"), time.Unix(0, 0), binaries)
	var raw map[string]any
	if err := json.Unmarshal(bill.Text(), &raw); err != nil {
		t.Fatal(err)
	}
	// Source: SPDX specification 2.3, chapters 6 (document), 7 (packages), 11 (relationships): what is mandatory there.
	for _, key := range []string{"spdxVersion", "dataLicense", "SPDXID", "name", "documentNamespace", "creationInfo"} {
		if raw[key] == nil || raw[key] == "" {
			t.Errorf("the document has no %s", key)
		}
	}
	ids := map[string]bool{raw["SPDXID"].(string): true}
	for _, p := range raw["packages"].([]any) {
		p := p.(map[string]any)
		for _, key := range []string{"name", "SPDXID", "downloadLocation"} {
			if p[key] == nil || p[key] == "" {
				t.Errorf("%v has no %s", p["name"], key)
			}
		}
		if id := p["SPDXID"].(string); ids[id] || strings.Trim(strings.TrimPrefix(id, "SPDXRef-"), "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-") != "" {
			t.Errorf("the name %s is used twice, or none", id)
		} else {
			ids[id] = true
		}
	}
	for _, r := range bill.Relationships {
		if !ids[r.Element] || !ids[r.Related] {
			t.Errorf("%+v names what is not there", r)
		}
	}
	text := string(bill.Text())
	for _, want := range []string{"pkg:golang/example.com/c/v2@v2.0.0%2Bincompatible", "pkg:golang/stdlib@1.26.8", "/releases/download/v1.2.3/bake-linux-arm64.gz"} {
		if !strings.Contains(text, want) {
			t.Errorf("it lacks %s:\n%s", want, text)
		}
	}
	again := publish.Bill("o/r", version(t, "v1.2.3"), time.Unix(0, 0), []publish.Binary{binaries[1], binaries[0]})
	if string(again.Text()) != text {
		t.Error("another order gives another bill")
	}
}
