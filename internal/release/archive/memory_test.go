package archive_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"iter"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"testing/iotest"
	"time"

	"github.com/cutover-dev/cutover/internal/release/archive"
)

// memory is a store that keeps its promises: what a real server does is shown
// by the tests of the adapter, against one.
type memory struct {
	mu      sync.Mutex
	objects map[string]object
	now     time.Time
	lock    bool
	created []string
	// breaks is how many of the next bodies break off half way.
	breaks int
	// fail is asked before each call, with the lock held.
	fail func(call, key string) error
}

type object struct {
	text     []byte
	modified time.Time
	held     bool
	whole    string
	parts    string
}

func newMemory() *memory {
	return &memory{objects: map[string]object{}, now: start}
}

func (m *memory) asked(call, key string) error {
	if m.fail != nil {
		return m.fail(call, key)
	}
	return nil
}

// plan asks about a write before its body is read.
func (m *memory) plan(key string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.asked("create", key)
}

func (m *memory) String() string { return "s3://bucket" }

func (m *memory) Head(_ context.Context, key string) (archive.Object, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	o, ok := m.objects[key]
	if !ok {
		return archive.Object{}, archive.ErrAbsent
	}
	return archive.Object{Key: key, Size: int64(len(o.text)), Modified: o.modified, SHA256: o.whole, Parts: o.parts, Held: o.held}, m.asked("head", key)
}

func (m *memory) Open(_ context.Context, key string) (io.ReadCloser, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.asked("open", key); err != nil {
		return nil, err
	}
	o, ok := m.objects[key]
	if !ok {
		return nil, archive.ErrAbsent
	}
	if m.breaks > 0 {
		m.breaks--
		return io.NopCloser(io.MultiReader(bytes.NewReader(o.text[:len(o.text)/2]), iotest.ErrReader(io.ErrUnexpectedEOF))), nil
	}
	return io.NopCloser(bytes.NewReader(o.text)), nil
}

func (m *memory) Create(_ context.Context, key string, c archive.Content) error {
	if err := m.plan(key); err != nil {
		return err
	}
	if _, err := c.Body.Seek(0, io.SeekStart); err != nil {
		return err
	}
	text, err := io.ReadAll(c.Body)
	if err != nil {
		return err
	}
	if sum := sha256.Sum256(text); sum != [32]byte(c.Digest.Sum) {
		return errors.New("BadDigest")
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.objects[key]; ok {
		return archive.ErrExists
	}
	o := object{text: text, modified: m.now, held: c.Hold, parts: c.Digest.Parts()}
	if o.parts == "" {
		o.whole = c.Digest.Hex()
	}
	m.objects[key] = o
	m.created = append(m.created, key)
	return nil
}

func (m *memory) Replace(_ context.Context, key string, text []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.objects[key] = object{text: slices.Clone(text), modified: m.now, whole: archive.DigestOf(text).Hex()}
	return nil
}

func (m *memory) List(_ context.Context, begins string) iter.Seq2[archive.Object, error] {
	m.mu.Lock()
	keys := slices.Sorted(maps.Keys(m.objects))
	m.mu.Unlock()
	return func(yield func(archive.Object, error) bool) {
		for _, key := range keys {
			m.mu.Lock()
			o, ok := m.objects[key]
			m.mu.Unlock()
			if ok && strings.HasPrefix(key, begins) && !yield(archive.Object{Key: key, Size: int64(len(o.text)), Modified: o.modified}, nil) {
				return
			}
		}
	}
}

func (m *memory) Delete(_ context.Context, keys []string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, key := range keys {
		if err := m.asked("delete", key); err != nil {
			return err
		}
		delete(m.objects, key)
	}
	return nil
}

func (m *memory) CanHold(context.Context) (bool, error) { return m.lock, nil }

func (m *memory) Hold(_ context.Context, key string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	o := m.objects[key]
	o.held = true
	m.objects[key] = o
	return nil
}

// change edits an object behind the archive's back; its checksums stay, as
// those of a damaged disk would.
func (m *memory) change(t *testing.T, key string, edit func([]byte) []byte) {
	t.Helper()
	m.mu.Lock()
	defer m.mu.Unlock()
	o, ok := m.objects[key]
	if !ok {
		t.Fatalf("there is no %s", key)
	}
	if o.text = edit(slices.Clone(o.text)); o.text == nil {
		delete(m.objects, key)
		return
	}
	m.objects[key] = o
}

func (m *memory) keys(begins string) []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	var all []string
	for key := range m.objects {
		if strings.HasPrefix(key, begins) {
			all = append(all, key)
		}
	}
	slices.Sort(all)
	return all
}

// shelf is a folder in memory.
type shelf struct {
	mu    sync.Mutex
	files map[string][]byte
	// room is how many bytes a draft takes; 0 is any.
	room int
}

func (s *shelf) Open(path string) (io.ReadCloser, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	text, ok := s.files[path]
	if !ok {
		return nil, fs.ErrNotExist
	}
	return io.NopCloser(bytes.NewReader(text)), nil
}

func (s *shelf) Create(path string) (archive.Draft, error) { return &page{shelf: s, path: path}, nil }

type page struct {
	bytes.Buffer
	shelf *shelf
	path  string
}

func (p *page) Write(b []byte) (int, error) {
	if p.shelf.room > 0 && p.Len()+len(b) > p.shelf.room {
		return 0, errFull
	}
	return p.Buffer.Write(b)
}

func (p *page) Reset() error { p.Buffer.Reset(); return nil }

func (p *page) Keep() error {
	p.shelf.mu.Lock()
	defer p.shelf.mu.Unlock()
	p.shelf.files[p.path] = slices.Clone(p.Bytes())
	return nil
}

func (p *page) Drop() {}

var start = time.Date(2026, 11, 23, 4, 15, 30, 0, time.UTC)

const commit = "6ae71a84193072939515e22adb298388dcafe000"

// hexOf is a content's name.
func hexOf(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

func layout(t *testing.T) archive.Layout {
	t.Helper()
	l, err := archive.ParseLayout("cutover")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// app is the folder of an SST app after a deploy.
func app() fstest.MapFS {
	return fstest.MapFS{
		".sst/artifacts/Api/code.zip":    {Data: []byte("PK api")},
		".sst/artifacts/Worker/code.zip": {Data: []byte("PK worker")},
		".sst/outputs.json":              {Data: []byte(`{"url":"https://example.com","adminToken":"hunter2-canary"}`)},
		".sst/state.json":                {Data: []byte(`{"version":3,"password":"hunter2-canary"}`)},
		"sst.config.ts":                  {Data: []byte("export default $config({})\n")},
		"pnpm-lock.yaml":                 {Data: []byte("lockfileVersion: '9.0'\n")},
		"docs/runbook.md":                {Data: []byte("# Runbook\n")},
		"cdk.out/prod-api.template.json": {Data: []byte(`{"Resources":{}}`)},
		"node_modules/x/pnpm-lock.yaml":  {Data: []byte("of a package")},
		"packages/empty/.gitkeep":        {Data: []byte{}},
	}
}

func order(t *testing.T, rules ...string) archive.Order {
	t.Helper()
	o := archive.Order{
		Layout: layout(t), Project: "LEGO-API", Stage: "production", Commit: commit, Ref: "refs/heads/main", Now: start,
		Run:     archive.Run{ID: "1234567", Attempt: 1, URL: "https://github.com/o/r/actions/runs/1234567/attempts/1", Workflow: "deploy", Actor: "octocat"},
		Require: []archive.Role{archive.Function, archive.Lockfile},
	}
	for _, text := range rules {
		rule, err := archive.ParseRule(text)
		if err != nil {
			t.Fatal(err)
		}
		o.Rules = append(o.Rules, rule)
	}
	o.Rules = append(o.Rules, archive.Standard()...)
	return o
}

func keep(t *testing.T, m *memory, files fs.FS, o archive.Order) archive.Result {
	t.Helper()
	r, err := archive.Keep(t.Context(), archive.Ports{Store: m, Files: files}, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}
