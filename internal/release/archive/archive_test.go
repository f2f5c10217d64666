package archive_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/release/archive"
	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/verdict"
)

var (
	update  = flag.Bool("update", false, "write the golden files anew")
	errFull = &fault.Fault{Kind: fault.Outside, What: "no space left on device"}
)

const name = "20261123T041530Z-6ae71a84-1234567-1"

func TestManifestIsWhatItWas(t *testing.T) {
	m := newMemory()
	r := keep(t, m, app(), order(t, "state=.sst/state.json", "optional docs/**/*.md", "optional nothing/*"))
	got := m.objects["cutover/releases/production/"+name+".json"].text
	if *update {
		if err := os.WriteFile("testdata/manifest.json", got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("testdata/manifest.json")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("the manifest is\n%s", got)
	}
	if r.Release != name || r.Verdict != verdict.Pass || len(r.Files) != 8 {
		t.Errorf("%+v", r)
	}
	for key, o := range m.objects {
		if bytes.Contains(o.text, []byte("hunter2-canary")) {
			t.Errorf("%s holds a secret", key)
		}
	}
	if last := m.created[len(m.created)-1]; !strings.HasPrefix(last, "cutover/releases/") {
		t.Errorf("the last object written is %s, not the manifest", last)
	}
}

func TestWhatChangedIsStoredAlone(t *testing.T) {
	m, files := newMemory(), app()
	keep(t, m, files, order(t))
	before := len(m.keys("cutover/blobs/"))
	files[".sst/artifacts/Api/code.zip"] = &fstest.MapFile{Data: []byte("PK api 2")}
	o := order(t)
	o.Run.ID, o.Now = "1234568", start.Add(time.Hour)
	r := keep(t, m, files, o)
	if fresh, _ := r.Sum(archive.New); fresh != 1 || len(m.keys("cutover/blobs/")) != before+1 {
		t.Errorf("%d stored, %d contents from %d", fresh, len(m.keys("cutover/blobs/")), before)
	}
}

func TestTheSameContentIsStoredOnce(t *testing.T) {
	m := newMemory()
	files := fstest.MapFS{"a": {Data: []byte("same")}, "b": {Data: []byte("same")}, "c": {Data: []byte("same")}}
	o := order(t, "*")
	o.Require = nil
	r := keep(t, m, files, o)
	if fresh, _ := r.Sum(archive.New); fresh != 1 || len(r.Files) != 3 || len(m.keys("cutover/blobs/")) != 1 {
		t.Errorf("%+v", r.Files)
	}
}

// A run that ends at any call, however it ends there, is made whole by the next.
func TestARunThatBreaksOffIsContinued(t *testing.T) {
	for at := 0; ; at++ {
		m, calls, later := newMemory(), 0, order(t, "state=.sst/state.json")
		m.fail = func(string, string) error {
			if calls++; calls == at+1 {
				return &fault.Fault{Kind: fault.Outside, What: "the plug was pulled"}
			}
			return nil
		}
		_, err := archive.Keep(t.Context(), archive.Ports{Store: m, Files: app()}, order(t, "state=.sst/state.json"))
		if err == nil {
			if at < 8 {
				t.Fatalf("only %d calls were made", at)
			}
			return
		}
		m.fail = nil
		later.Now = start.Add(time.Hour) // the clock goes on, the release stays
		r := keep(t, m, app(), later)
		// The first call fixes the name; before it there is nothing to continue.
		if at > 0 && r.Release != name || len(m.keys("cutover/releases/")) != 1 {
			t.Fatalf("after call %d: %s, %v", at, r.Release, m.keys("cutover/releases/"))
		}
		proven(t, m, r.Release)
	}
}

func proven(t *testing.T, m *memory, release string) {
	t.Helper()
	r, err := archive.Verify(t.Context(), archive.Ports{Store: m}, layout(t), "", release)
	if err != nil || r.Verdict != verdict.Pass {
		t.Fatalf("%v, %+v", err, r.Findings)
	}
}

func TestTwoAtOnceEndInOneRelease(t *testing.T) {
	m := newMemory()
	var wait sync.WaitGroup
	for i := range 8 {
		wait.Go(func() {
			o := order(t)
			o.Now = start.Add(time.Duration(i) * time.Minute)
			if _, err := archive.Keep(t.Context(), archive.Ports{Store: m, Files: app()}, o); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	if got := m.keys("cutover/releases/"); len(got) != 1 {
		t.Errorf("%v", got)
	}
}

func TestWhatIsRefused(t *testing.T) {
	long := strings.Repeat("x", 129)
	for name, c := range map[string]struct {
		rules []string
		edit  func(*archive.Order, *memory, fstest.MapFS)
		kind  fault.Kind
		want  string
	}{
		"a pattern that matches nothing": {[]string{"dist/*.zip"}, nil, fault.Input, `matches no file (got "dist/*.zip")`},
		"two of them, both told":         {[]string{"a.x", "b.x"}, nil, fault.Input, "b.x"},
		"no function": {nil, func(_ *archive.Order, _ *memory, f fstest.MapFS) {
			delete(f, ".sst/artifacts/Api/code.zip")
			delete(f, ".sst/artifacts/Worker/code.zip")
		}, fault.Input, "no file has the role function"},
		"no lockfile": {nil, func(_ *archive.Order, _ *memory, f fstest.MapFS) { delete(f, "pnpm-lock.yaml") }, fault.Input, "no file has the role lockfile"},
		"a state that breaks off": {[]string{"state=.sst/state.json"}, func(_ *archive.Order, _ *memory, f fstest.MapFS) {
			f[".sst/state.json"].Data = []byte(`{"password":"hunter2-canary"`)
		}, fault.Refused, ".sst/state.json"},
		"outputs that are no JSON": {nil, func(_ *archive.Order, _ *memory, f fstest.MapFS) {
			f[".sst/outputs.json"].Data = []byte(`hunter2-canary`)
		}, fault.Refused, ".sst/outputs.json"},
		"a hold without object lock": {nil, func(o *archive.Order, _ *memory, _ fstest.MapFS) { o.Hold = true }, fault.Refused, "no object lock"},
		"a content that is another": {nil, func(_ *archive.Order, m *memory, _ fstest.MapFS) {
			m.objects["cutover/blobs/sha256/"+hexOf([]byte("PK api"))] = object{text: []byte("PK bpi")}
		}, fault.Refused, "not what its name says"},
		"a content that was cut": {nil, func(_ *archive.Order, m *memory, _ fstest.MapFS) {
			m.objects["cutover/blobs/sha256/"+hexOf([]byte("PK api"))] = object{text: []byte("PK"), whole: hexOf([]byte("PK api"))}
		}, fault.Refused, "not what its name says"},
		"the same release, other files": {nil, func(o *archive.Order, m *memory, _ fstest.MapFS) { keepOther(m, *o) }, fault.Refused, "other content: another .sst/artifacts/Api/code.zip"},
		"while contents are being pruned": {nil, func(_ *archive.Order, m *memory, _ fstest.MapFS) {
			m.objects["cutover/pruning.json"] = object{text: []byte(`{"Until":"2026-11-23T05:00:00Z"}`)}
		}, fault.Outside, "is being pruned"},
		"a claim that is none": {nil, func(_ *archive.Order, m *memory, _ fstest.MapFS) {
			m.objects["cutover/claims/production/6ae71a84-1234567-1.json"] = object{text: []byte(`{"release":"../` + long + `"}`)}
		}, fault.Refused, "is no claim"},
	} {
		t.Run(name, func(t *testing.T) {
			m, files, o := newMemory(), app(), order(t, c.rules...)
			if c.edit != nil {
				c.edit(&o, m, files)
			}
			before := len(m.keys("cutover/releases/"))
			_, err := archive.Keep(t.Context(), archive.Ports{Store: m, Files: files}, o)
			if fault.KindOf(err) != c.kind || err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("%v", err)
			}
			if len(m.keys("cutover/releases/")) != before {
				t.Error("there is a release all the same")
			}
		})
	}
}

// keepOther archives the same release with another function.
func keepOther(m *memory, o archive.Order) {
	files := app()
	files[".sst/artifacts/Api/code.zip"] = &fstest.MapFile{Data: []byte("another")}
	if _, err := archive.Keep(newContext(), archive.Ports{Store: m, Files: files}, o); err != nil {
		panic(err)
	}
}

// A content whose checksum the store does not keep is read before it is trusted.
func TestAContentWithoutAChecksumIsRead(t *testing.T) {
	m := newMemory()
	m.objects["cutover/blobs/sha256/"+hexOf([]byte("PK api"))] = object{text: []byte("PK api")}
	read := false
	m.fail = func(call, key string) error {
		read = read || call == "open" && strings.HasSuffix(key, hexOf([]byte("PK api")))
		return nil
	}
	if keep(t, m, app(), order(t)); !read {
		t.Error("it was trusted unread")
	}
}

func TestHold(t *testing.T) {
	m := newMemory()
	m.lock = true
	keep(t, m, app(), order(t))
	o := order(t)
	o.Run.Attempt, o.Hold = 2, true
	keep(t, m, app(), o)
	for _, key := range slices.Concat(m.keys("cutover/blobs/"), m.keys("cutover/releases/production/"+strings.TrimSuffix(name, "1")+"2")) {
		if !m.objects[key].held {
			t.Errorf("%s is not held", key)
		}
	}
}

// Whatever tree is archived, it verifies, and what is fetched is the tree.
func TestRoundTripOfRandomTrees(t *testing.T) {
	for seed := range uint64(30) {
		random := rand.New(rand.NewPCG(seed, 5))
		files, o := fstest.MapFS{}, order(t, "**")
		o.Require = nil
		for range 1 + random.IntN(40) {
			parts := make([]string, 1+random.IntN(4))
			for i := range parts {
				parts[i] = fmt.Sprintf("%c%d", "abä"[random.IntN(2)], random.IntN(6))
			}
			size := random.IntN(300)
			if random.IntN(120) == 0 {
				size = 17<<20 + random.IntN(9<<20) // in parts
			}
			text := bytes.Repeat([]byte{byte(random.IntN(4))}, size)
			files[strings.Join(parts, "/")+".f"] = &fstest.MapFile{Data: text}
		}
		m := newMemory()
		r := keep(t, m, files, o)
		proven(t, m, r.Release)
		into := &shelf{files: map[string][]byte{}}
		for range 2 { // the second time everything is there
			r, err := archive.Fetch(t.Context(), archive.Ports{Store: m}, layout(t), "", r.Release, into)
			if err != nil || r.Verdict != verdict.Pass {
				t.Fatalf("seed %d: %v, %+v", seed, err, r.Findings)
			}
		}
		if len(into.files) != len(files)+1 {
			t.Fatalf("seed %d: %d files from %d", seed, len(into.files), len(files))
		}
		for path, f := range files {
			if !bytes.Equal(into.files[path], f.Data) {
				t.Fatalf("seed %d: %s is another", seed, path)
			}
		}
	}
}

// Attack: tampered-manifest
func TestDamageIsFound(t *testing.T) {
	blob := "cutover/blobs/sha256/" + hexOf([]byte("PK api"))
	manifest := "cutover/releases/production/" + name + ".json"
	flip := func(text []byte) []byte { text[len(text)/2] ^= 1; return text }
	for what, c := range map[string]struct {
		key  string
		edit func([]byte) []byte
		want string
	}{
		"a content that is gone":     {blob, func([]byte) []byte { return nil }, ".sst/artifacts/Api/code.zip: missing"},
		"one that was cut":           {blob, func(b []byte) []byte { return b[:3] }, "wrong-size"},
		"one that is empty":          {blob, func([]byte) []byte { return []byte{} }, "wrong-size"},
		"one that grew":              {blob, func(b []byte) []byte { return append(b, 'x') }, "wrong-size"},
		"one with another byte":      {blob, flip, "wrong-hash"},
		"a manifest, another byte":   {manifest, flip, "manifest"},
		"a manifest that was cut":    {manifest, func(b []byte) []byte { return b[:len(b)-2] }, "manifest"},
		"a manifest with an actor":   {manifest, func(b []byte) []byte { return bytes.Replace(b, []byte("octocat"), []byte("mallory"), 1) }, "manifest"},
		"a manifest without a file":  {manifest, func(b []byte) []byte { return bytes.Replace(b, []byte(`"size": 6`), []byte(`"size": 7`), 1) }, "manifest"},
		"a manifest, more behind it": {manifest, func(b []byte) []byte { return append(b, "{}"...) }, "manifest"},
	} {
		t.Run(what, func(t *testing.T) {
			m := newMemory()
			keep(t, m, app(), order(t))
			m.change(t, c.key, c.edit)
			into := &shelf{files: map[string][]byte{}}
			verified, err := archive.Verify(t.Context(), archive.Ports{Store: m}, layout(t), "production", name)
			fetched, err2 := archive.Fetch(t.Context(), archive.Ports{Store: m}, layout(t), "", name, into)
			if err := errors.Join(err, err2); err != nil {
				t.Fatal(err)
			}
			for _, r := range []archive.Result{verified, fetched} {
				found := slices.ContainsFunc(r.Findings, func(f verdict.Finding) bool {
					return f.Verdict == verdict.Fail && strings.Contains(f.Name, c.want) && f.Change != "" && f.Source != ""
				})
				if r.Verdict != verdict.Fail || !found {
					t.Errorf("%s: %s, %+v", r.Command, r.Verdict, r.Findings)
				}
				if text := report.Terminal(r.Document(), false); !strings.Contains(text, "✗ fail") {
					t.Error(text)
				}
			}
			if _, there := into.files[".sst/artifacts/Api/code.zip"]; there {
				t.Error("a damaged file was brought back")
			}
			if _, there := into.files[archive.ManifestName]; there {
				t.Error("the folder looks whole")
			}
		})
	}
}

func TestAFullDiskIsAnError(t *testing.T) {
	m := newMemory()
	keep(t, m, app(), order(t))
	into := &shelf{files: map[string][]byte{}, room: 8}
	_, err := archive.Fetch(t.Context(), archive.Ports{Store: m}, layout(t), "", name, into)
	if !errors.Is(err, errFull) {
		t.Errorf("%v", err)
	}
	for path, text := range into.files {
		if f, err := fs.ReadFile(app(), path); err != nil || !bytes.Equal(f, text) && !strings.HasSuffix(path, "outputs.json") {
			t.Errorf("%s is half: %q", path, text)
		}
	}
}

// A body that breaks off is read again from its beginning, a few times.
func TestABodyThatBreaksOffIsReadAgain(t *testing.T) {
	for breaks, kind := range map[int]fault.Kind{2: 0, 1000: fault.Outside} {
		m := newMemory()
		keep(t, m, app(), order(t))
		into := &shelf{files: map[string][]byte{}}
		only := layout(t)
		m.fail = func(call, key string) error {
			if call == "open" && strings.HasSuffix(key, hexOf([]byte("PK worker"))) && breaks > 0 {
				breaks--
				m.breaks = 1
			}
			return nil
		}
		r, err := archive.Fetch(t.Context(), archive.Ports{Store: m}, only, "", name, into)
		if fault.KindOf(err) != kind {
			t.Errorf("%v", err)
		}
		if err == nil && (r.Verdict != verdict.Pass || string(into.files[".sst/artifacts/Worker/code.zip"]) != "PK worker") {
			t.Errorf("%+v, %q", r.Findings, into.files)
		}
	}
}

func TestFind(t *testing.T) {
	m := newMemory()
	keep(t, m, app(), order(t))
	o := order(t)
	o.Stage = "staging"
	keep(t, m, app(), o)
	for what, c := range map[string]struct{ stage, release, want string }{
		"no such release":             {"", "r9", "is not archived"},
		"none of this stage":          {"dev", name, "is not archived"},
		"one that two stages have":    {"", name, "production, staging"},
		"a part of a name is no name": {"", name[:10], "is not archived"},
	} {
		_, err := archive.Verify(t.Context(), archive.Ports{Store: m}, layout(t), c.stage, c.release)
		if fault.KindOf(err) != fault.Input || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", what, err)
		}
	}
	for _, stage := range []string{"", "staging"} {
		r, err := archive.List(t.Context(), archive.Ports{Store: m}, layout(t), stage, 10)
		if err != nil || len(r.Releases) != map[string]int{"": 2, "staging": 1}[stage] || r.Releases[0].Files != 6 {
			t.Errorf("%v, %+v", err, r.Releases)
		}
	}
}
