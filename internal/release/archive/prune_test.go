package archive_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/release/archive"
	"github.com/cutover-dev/cutover/internal/report"
)

const day = 24 * time.Hour

// history archives five releases of one stage, ten days apart, each with a
// function of its own and one that all share; the clock ends a day after.
func history(t *testing.T) *memory {
	t.Helper()
	m := newMemory()
	for i := range 5 {
		files := app()
		files[".sst/artifacts/Api/code.zip"] = &fstest.MapFile{Data: []byte{'P', 'K', byte('0' + i)}}
		o := order(t)
		o.Run.Attempt, o.Now = i+1, m.now
		keep(t, m, files, o)
		m.now = m.now.Add(10 * day)
	}
	m.now = m.now.Add(-9 * day)
	return m
}

func pruning(t *testing.T, m *memory, edit func(*archive.Pruning)) archive.Pruning {
	p := archive.Pruning{Layout: layout(t), Retention: 15 * day, Keep: 1, Apply: true, Now: m.now, Until: m.now.Add(time.Hour)}
	if edit != nil {
		edit(&p)
	}
	return p
}

func TestPruneDeletesWhatNoKeptReleaseNeeds(t *testing.T) {
	for name, c := range map[string]struct {
		edit     func(*archive.Pruning, *memory)
		releases int
		gone     int // contents
	}{
		"by age":                       {nil, 2, 3},
		"the newest stay, however old": {func(p *archive.Pruning, _ *memory) { p.Keep = 4 }, 4, 1},
		"all are young":                {func(p *archive.Pruning, _ *memory) { p.Retention = 90 * day }, 5, 0},
		"all but the last are old":     {func(p *archive.Pruning, _ *memory) { p.Retention = day }, 1, 4},
		"one under legal hold stays":   {func(p *archive.Pruning, m *memory) { m.lock = true; hold(m, "cutover/releases/", 0) }, 3, 2},
		"a content under legal hold":   {func(p *archive.Pruning, m *memory) { m.lock = true; holdBlob(m, "PK0") }, 2, 2},
		"a content of a run still going": {func(p *archive.Pruning, m *memory) {
			m.objects["cutover/blobs/sha256/"+hexOf([]byte("young"))] = object{text: []byte("young"), modified: m.now.Add(-time.Hour)}
		}, 2, 3},
		"a content that nobody committed": {func(p *archive.Pruning, m *memory) {
			m.objects["cutover/blobs/sha256/"+hexOf([]byte("old"))] = object{text: []byte("old"), modified: m.now.Add(-2 * day)}
		}, 2, 4},
		"a mark of a run that was killed": {func(p *archive.Pruning, m *memory) {
			m.objects["cutover/pruning.json"] = object{text: []byte(`{"Until":"2026-11-23T05:00:00Z"}`)}
		}, 2, 3},
	} {
		t.Run(name, func(t *testing.T) {
			m := history(t)
			p := pruning(t, m, nil)
			if c.edit != nil {
				c.edit(&p, m)
			}
			before := len(m.keys("cutover/"))
			dry := p
			dry.Apply = false
			planned, err := archive.Prune(t.Context(), m, dry)
			if err != nil || planned.Prune.Applied || len(m.keys("cutover/")) != before {
				t.Fatalf("a dry run: %v, %+v", err, planned.Prune)
			}
			blobs := len(m.keys("cutover/blobs/"))
			r, err := archive.Prune(t.Context(), m, p)
			if err != nil {
				t.Fatal(err)
			}
			if got := m.keys("cutover/releases/"); len(got) != c.releases || blobs-len(m.keys("cutover/blobs/")) != c.gone {
				t.Errorf("%d releases and %d contents less: %v", len(got), blobs-len(m.keys("cutover/blobs/")), report.Terminal(r.Document(), false))
			}
			if len(planned.Prune.Delete) != c.gone || len(r.Prune.Delete) != c.gone {
				t.Errorf("the plan: %+v", planned.Prune)
			}
			if slices.Contains(m.keys("cutover/"), "cutover/pruning.json") {
				t.Error("the mark is left")
			}
			allProven(t, m)
		})
	}
}

func hold(m *memory, begins string, i int) {
	o := m.objects[m.keys(begins)[i]]
	o.held = true
	m.objects[m.keys(begins)[i]] = o
}

func holdBlob(m *memory, text string) {
	key := "cutover/blobs/sha256/" + hexOf([]byte(text))
	o := m.objects[key]
	o.held = true
	m.objects[key] = o
}

// allProven holds that every release that is left is whole.
func allProven(t *testing.T, m *memory) {
	t.Helper()
	for _, key := range m.keys("cutover/releases/") {
		proven(t, m, strings.TrimSuffix(strings.TrimPrefix(key, "cutover/releases/production/"), ".json"))
	}
}

// Wherever pruning ends, no release is left without its contents, and the next
// run comes to the same end.
func TestPruningThatBreaksOffLeavesNoHalfRelease(t *testing.T) {
	whole := history(t)
	if _, err := archive.Prune(t.Context(), whole, pruning(t, whole, nil)); err != nil {
		t.Fatal(err)
	}
	want := whole.keys("cutover/")
	for at := 0; ; at++ {
		m, calls := history(t), 0
		m.fail = func(string, string) error {
			if calls++; calls > at {
				return &fault.Fault{Kind: fault.Outside, What: "the plug was pulled"}
			}
			return nil
		}
		_, err := archive.Prune(t.Context(), m, pruning(t, m, nil))
		m.fail = nil
		if err == nil {
			if at < 5 {
				t.Fatalf("only %d calls were made", at)
			}
			return
		}
		allProven(t, m)
		m.now = m.now.Add(2 * time.Hour) // the killed run's mark runs out
		if _, err := archive.Prune(t.Context(), m, pruning(t, m, nil)); err != nil {
			t.Fatalf("after call %d: %v", at, err)
		}
		if got := m.keys("cutover/"); !slices.Equal(got, want) {
			t.Fatalf("after call %d:\n%v\nnot\n%v", at, got, want)
		}
	}
}

func TestPruneRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		edit func(*memory)
		kind fault.Kind
		want string
	}{
		"while a run archives": {func(m *memory) {
			m.objects["cutover/claims/production/x-1-1.json"] = object{modified: m.now.Add(-time.Hour)}
		}, fault.Outside, "may be archiving"},
		"while a release is repeated": {func(m *memory) { touch(m, "cutover/claims/production/6ae71a84-1234567-1.json") }, fault.Outside, "may be archiving"},
		"while another prunes": {func(m *memory) {
			m.objects["cutover/pruning.json"] = object{text: []byte(`{"Until":"2027-11-23T05:00:00Z"}`)}
		}, fault.Outside, "is being pruned"},
		"a damaged manifest":    {func(m *memory) { cut(m, m.keys("cutover/releases/")[4]) }, fault.Refused, "the manifest is damaged"},
		"a stranger's manifest": {func(m *memory) { m.objects["cutover/releases/readme.txt"] = object{} }, fault.Refused, "was not written by"},
		"a stranger's content":  {func(m *memory) { m.objects["cutover/blobs/sha256/x"] = object{} }, fault.Refused, "was not written by"},
	} {
		t.Run(name, func(t *testing.T) {
			m := history(t)
			c.edit(m)
			releases, blobs := m.keys("cutover/releases/"), m.keys("cutover/blobs/")
			_, err := archive.Prune(t.Context(), m, pruning(t, m, nil))
			if fault.KindOf(err) != c.kind || err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v", err)
			}
			if !slices.Equal(releases, m.keys("cutover/releases/")) || !slices.Equal(blobs, m.keys("cutover/blobs/")) {
				t.Error("something was deleted")
			}
		})
	}
}

func touch(m *memory, key string) {
	o := m.objects[key]
	o.modified = m.now
	m.objects[key] = o
}

func cut(m *memory, key string) {
	o := m.objects[key]
	o.text = o.text[:10]
	m.objects[key] = o
}

// An archiving run and a pruning run that meet: whichever comes first, a
// release is never left without a content. They meet at every call of either.
func TestArchivingAndPruningMeet(t *testing.T) {
	for at := range 40 {
		m := history(t)
		calls := 0
		var met error
		m.fail = func(string, string) error {
			if calls++; calls == at+1 {
				m.fail = nil
				m.mu.Unlock()
				_, met = archive.Prune(newContext(), m, pruning(t, m, nil))
				m.mu.Lock()
			}
			return nil
		}
		files := app() // its first function is only needed by the oldest release
		files[".sst/artifacts/Api/code.zip"] = &fstest.MapFile{Data: []byte("PK0")}
		o := order(t)
		o.Run.ID, o.Now = "99", m.now
		_, err := archive.Keep(t.Context(), archive.Ports{Store: m, Files: files}, o)
		m.fail = nil
		if err != nil && fault.KindOf(err) != fault.Outside {
			t.Fatalf("at call %d: %v", at, err)
		}
		if err != nil && met != nil {
			t.Fatalf("at call %d neither went on: %v", at, errors.Join(err, met))
		}
		allProven(t, m)
	}
}

// A run that is repeated makes its claim young again: what it finds stored must
// not be pruned under its hands, however long ago the first run was.
func TestARepeatedRunRenewsItsClaim(t *testing.T) {
	m := newMemory()
	keep(t, m, app(), order(t))
	m.now = m.now.Add(100 * day)
	keep(t, m, app(), order(t))
	if got := m.objects["cutover/claims/production/6ae71a84-1234567-1.json"].modified; !got.Equal(m.now) {
		t.Errorf("the claim is of %v", got)
	}
	_, err := archive.Prune(t.Context(), m, pruning(t, m, nil))
	if fault.KindOf(err) != fault.Outside {
		t.Errorf("%v", err)
	}
}
