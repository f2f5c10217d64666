package rollback_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/release/archive"
	"github.com/cutover-dev/cutover/internal/release/rollback"
)

// memory is a store, an account's functions, SST and a clock that keep their
// promises: what real servers do is shown by the tests of the action.
type memory struct {
	mu      sync.Mutex
	objects map[string][]byte
	written map[string]time.Time
	now     time.Time
	runs    map[string]string
	did     []string
	// silent lets a kind of call say nothing until its time is over.
	silent string
	stand  rollback.Stand
	head   string
	clears error
}

func (m *memory) call(ctx context.Context, what, key string) error {
	m.mu.Lock()
	m.did = append(m.did, what+" "+key)
	silent := m.silent == what
	m.mu.Unlock()
	if silent {
		<-ctx.Done()
		return ctx.Err()
	}
	return nil
}

func (m *memory) String() string { return "s3://memory" }

func (m *memory) Head(ctx context.Context, key string) (archive.Object, error) {
	if err := m.call(ctx, "head", key); err != nil {
		return archive.Object{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	text, ok := m.objects[key]
	if !ok {
		return archive.Object{}, archive.ErrAbsent
	}
	return archive.Object{Key: key, Size: int64(len(text)), SHA256: sum(text), Modified: m.written[key]}, nil
}

func (m *memory) Open(ctx context.Context, key string) (io.ReadCloser, error) {
	if err := m.call(ctx, "open", key); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	text, ok := m.objects[key]
	if !ok {
		return nil, archive.ErrAbsent
	}
	return io.NopCloser(bytes.NewReader(text)), nil
}

func (m *memory) Create(ctx context.Context, key string, c archive.Content) error {
	if err := m.call(ctx, "create", key); err != nil {
		return err
	}
	text, err := io.ReadAll(c.Body)
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.objects[key]; ok {
		return archive.ErrExists
	}
	m.objects[key], m.written[key] = text, m.tick()
	return err
}

func (m *memory) Replace(_ context.Context, key string, text []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.objects[key], m.written[key] = text, m.tick()
	return nil
}

// tick is called with the lock held.
func (m *memory) tick() time.Time { m.now = m.now.Add(time.Second); return m.now }

func (m *memory) List(ctx context.Context, begins string) iter.Seq2[archive.Object, error] {
	err := m.call(ctx, "list", begins)
	return func(yield func(archive.Object, error) bool) {
		if err != nil {
			yield(archive.Object{}, err)
			return
		}
		m.mu.Lock()
		keys := slices.Sorted(maps.Keys(m.objects))
		m.mu.Unlock()
		for _, k := range keys {
			if strings.HasPrefix(k, begins) && !yield(archive.Object{Key: k, Size: int64(len(m.objects[k])), Modified: m.written[k]}, nil) {
				return
			}
		}
	}
}

func (m *memory) Delete(_ context.Context, keys []string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, k := range keys {
		delete(m.objects, k)
	}
	return nil
}

func (m *memory) CanHold(context.Context) (bool, error)     { return false, nil }
func (m *memory) Hold(context.Context, string) error        { return nil }
func (m *memory) Now() time.Time                            { m.mu.Lock(); defer m.mu.Unlock(); return m.tick() }
func (m *memory) Wait(context.Context, time.Duration) error { return nil }

func (m *memory) Look(ctx context.Context, name string) (rollback.Function, error) {
	if err := m.call(ctx, "look", name); err != nil {
		return rollback.Function{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return rollback.Function{Name: name, SHA256: m.runs[name], Handler: "h", Runtime: "r", Package: "Zip", Architectures: []string{"x86_64"}, Revision: "1"}, nil
}

func (m *memory) Put(ctx context.Context, name, revision, key string) (rollback.Function, error) {
	if err := m.call(ctx, "put", name); err != nil {
		return rollback.Function{}, err
	}
	m.mu.Lock()
	m.runs[name] = key[strings.LastIndexByte(key, '/')+1:]
	m.mu.Unlock()
	if revision == "" {
		return rollback.Function{}, errors.New("no revision")
	}
	return m.Look(ctx, name)
}

func (m *memory) Stand(ctx context.Context) (rollback.Stand, error) {
	return m.stand, m.call(ctx, "stand", "")
}

func (m *memory) Clear(ctx context.Context) error {
	return errors.Join(m.call(ctx, "clear", ""), m.clears)
}

func (m *memory) Sum(context.Context, string) (string, bool, error) { return "", false, nil }

// git answers for the checkout and for sst; Head of the store has its name.
type git struct{ *memory }

func (g git) Head(ctx context.Context) (string, error) { return g.head, g.call(ctx, "git", "") }

func (g git) Deploy(ctx context.Context) (string, error) {
	err := g.call(ctx, "deploy", "")
	g.mu.Lock()
	defer g.mu.Unlock()
	g.stand.Update = &rollback.Update{ID: "after", RunID: "9-1", Clean: true, Started: g.tick()}
	return "after", err
}

func sum(text []byte) string {
	s := sha256.Sum256(text)
	return hex.EncodeToString(s[:])
}

const key = `{"urn":"urn::LambdaEncryptionKey","type":"random:index/randomBytes:RandomBytes","created":"2026-10-01T08:00:00Z"}`

// newMemory holds n releases, each with another zip, of which the last is live.
func newMemory(t *testing.T, n int) (*memory, archive.Layout) {
	t.Helper()
	m := &memory{objects: map[string][]byte{}, written: map[string]time.Time{}, runs: map[string]string{}, now: noon, head: commit(n)}
	l, err := archive.ParseLayout("cutover")
	if err != nil {
		t.Fatal(err)
	}
	rule, err := archive.ParseRule("state=state.json")
	if err != nil {
		t.Fatal(err)
	}
	for i := 1; i <= n; i++ {
		zip := fmt.Appendf(nil, "zip %d", i)
		state := fmt.Sprintf(`{"latest":{"resources":[%s,{"urn":"urn::ApiFunction","type":"aws:lambda/function:Function","outputs":{"name":"api","s3Key":"assets/Api-code-%s.zip","handler":"h","runtime":"r"}}]}}`, key, sum(zip))
		_, err := archive.Keep(t.Context(), archive.Ports{Store: m, Files: fstest.MapFS{
			".sst/artifacts/Api/code.zip": {Data: zip}, "state.json": {Data: []byte(state)},
		}}, archive.Order{Layout: l, Stage: "production", Commit: commit(i), Run: archive.Run{ID: fmt.Sprint(i), Attempt: 1}, Rules: append(archive.Standard(), rule), Now: m.Now()})
		if err != nil {
			t.Fatal(err)
		}
		m.runs["api"] = sum(zip)
		m.now = m.now.Add(time.Hour)
	}
	m.stand = rollback.Stand{State: []byte(`{"version":3,"checkpoint":{"latest":{"resources":[` + key + `]}}}`)}
	m.stand.Update = &rollback.Update{ID: "last", RunID: fmt.Sprintf("%d-1", n), Clean: true, Started: m.now, What: "It succeeded."}
	m.did = nil
	return m, l
}

func (m *memory) roll(t *testing.T, l archive.Layout, change func(*rollback.Order)) (rollback.Result, error) {
	t.Helper()
	o := rollback.Order{
		Ask: rollback.Ask{To: rollback.LastGood, RunID: "9-1"}, App: "lego", Stage: "production", Part: rollback.All, Layout: l, Within: time.Minute, Settle: 50 * time.Millisecond, Again: "sst-deploy",
	}
	change(&o)
	p := rollback.Ports{Store: m, Functions: m, SST: git{m}, Clock: m, Note: func(string, ...any) {}, Began: func(string, string) {}}
	return rollback.Run(t.Context(), p, o)
}

// Everything is looked at before the plan stands, the plan stands before
// anything is touched, and each step is written down after it.
func TestTheOrderOfSteps(t *testing.T) {
	m, l := newMemory(t, 2)
	m.head = commit(1)
	r, err := m.roll(t, l, func(*rollback.Order) {})
	if err != nil || r.Release == "" || r.Commit != commit(1) || r.Redeploy != rollback.Done || m.runs["api"] != sum([]byte("zip 1")) {
		t.Fatalf("%+v, %v", r, err)
	}
	at := func(what string) int {
		return slices.IndexFunc(m.did, func(d string) bool {
			return strings.HasPrefix(d, "create") == strings.HasPrefix(what, "create") && strings.Contains(d, strings.TrimPrefix(what, "create "))
		})
	}
	last := -1
	for _, what := range []string{"clear", "create /plan.json", "head cutover/blobs", "put api", "create /code.json", "git", "deploy", "create /done.json"} {
		if now := at(what); now <= last {
			t.Errorf("%s came at %d, after %d: %v", what, now, last, m.did)
		} else {
			last = now
		}
	}
}

// No part waits for ever, whatever says nothing; only the deployment takes the
// time that it takes.
func TestEachPartIsBounded(t *testing.T) {
	for _, silent := range []string{"list", "open", "stand", "look", "clear", "create", "head", "put", "git"} {
		t.Run(silent, func(t *testing.T) {
			m, l := newMemory(t, 2)
			m.head, m.silent = commit(1), silent
			begun := time.Now()
			_, err := m.roll(t, l, func(o *rollback.Order) { o.Within = 50 * time.Millisecond })
			if fault.KindOf(err) != fault.Outside || !strings.Contains(err.Error(), "took longer than 50ms") || time.Since(begun) > 30*time.Second {
				t.Errorf("%v after %s", err, time.Since(begun))
			}
		})
	}
}

// Pruning does not list what was written down about rollbacks, and so neither
// deletes it nor stumbles over it.
func TestPruningLeavesTheJournal(t *testing.T) {
	m, l := newMemory(t, 3)
	m.head = commit(2)
	if _, err := m.roll(t, l, func(*rollback.Order) {}); err != nil {
		t.Fatal(err)
	}
	journal := func() (keys []string) {
		for k := range m.objects {
			if strings.HasPrefix(k, l.Rollbacks()) {
				keys = append(keys, k)
			}
		}
		return keys
	}
	if len(journal()) != 3 {
		t.Fatalf("%v", journal())
	}
	at := m.now.Add(1000 * time.Hour)
	m.now = at
	r, err := archive.Prune(t.Context(), m, archive.Pruning{Layout: l, Retention: 24 * time.Hour, Keep: 2, Apply: true, Now: at, Until: at.Add(time.Minute)})
	if err != nil || len(r.Prune.Delete) == 0 {
		t.Fatalf("%+v, %v", r.Prune, err)
	}
	if len(journal()) != 3 {
		t.Errorf("after pruning: %v", journal())
	}
	if all, err := archive.Releases(t.Context(), m, l, "production"); err != nil || len(all) != 2 {
		t.Errorf("%v, %v", all, err)
	}
	// A word that no rollback has written is not passed over.
	m.objects[l.Rollbacks()+"production/x/plan.json"] = []byte("{}")
	if _, err := m.roll(t, l, func(*rollback.Order) {}); fault.KindOf(err) != fault.Refused {
		t.Errorf("%v", err)
	}
}

// A state that is damaged in the archive keeps nobody from going back: the
// record tells what is live, and the deployment brings everything back.
func TestADamagedStateIsNoReasonToStay(t *testing.T) {
	m, l := newMemory(t, 2)
	m.head = commit(1)
	for key, text := range m.objects {
		if strings.HasPrefix(key, l.Blobs()) && bytes.Contains(text, []byte("LambdaEncryptionKey")) {
			m.objects[key] = bytes.ToUpper(text)
		}
	}
	r, err := m.roll(t, l, func(*rollback.Order) {})
	if err != nil || r.Commit != commit(1) || r.Code != rollback.LeftOut || r.Redeploy != rollback.Done || len(r.Notes) != 3 {
		t.Errorf("%+v, %v", r, err)
	}
	if r, err = m.roll(t, l, func(o *rollback.Order) { o.Part, o.RunID, o.To = rollback.Code, "10-1", commit(1) }); fault.KindOf(err) != fault.Refused {
		t.Errorf("%+v, %v", r, err)
	}
}
