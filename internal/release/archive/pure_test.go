package archive_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/release/archive"
	"github.com/cutover-dev/cutover/internal/report"
)

func newContext() context.Context { return context.Background() }

func TestNames(t *testing.T) {
	run := archive.Run{ID: "42", Attempt: 3}
	if got := archive.Name(start, commit, run); got != "20261123T041530Z-6ae71a84-42-3" {
		t.Error(got)
	}
	if a, b := archive.Name(start, commit, run), archive.Name(start.Add(time.Second), "0"+commit, run); a >= b {
		t.Errorf("%s sorts behind %s", a, b)
	}
	for _, bad := range []string{"", ".", "..", "a/b", "-a", "a b", "ä", strings.Repeat("a", 129), "a\n"} {
		if _, err := archive.ParseName(bad); err == nil {
			t.Errorf("the name %q was read", bad)
		}
		if _, err := archive.ParseStage(bad); err == nil {
			t.Errorf("the stage %q was read", bad)
		}
	}
	for _, bad := range []string{"", "/", "/a", "a/", "a//b", "../a", "a/../b", ".", ".hidden", "a b", "ä", "a\n", strings.Repeat("a", 257)} {
		if _, err := archive.ParseLayout(bad); err == nil {
			t.Errorf("the prefix %q was read", bad)
		}
	}
	for _, bad := range []string{"", "6ae71a8", strings.ToUpper(commit), commit + "0"} {
		if _, err := archive.ParseCommit(bad); err == nil {
			t.Errorf("the commit %q was read", bad)
		}
	}
}

func TestRules(t *testing.T) {
	for text, want := range map[string]archive.Rule{
		"dist/*.zip":                     {Role: archive.Other, Pattern: "dist/*.zip"},
		"./a=b.txt":                      {Role: archive.Other, Pattern: "a=b.txt"},
		"function=dist/**/*.zip":         {Role: archive.Function, Pattern: "dist/**/*.zip"},
		"optional template=t/{a,b}.json": {Role: archive.Template, Pattern: "t/{a,b}.json", Optional: true},
		"  optional   x  ":               {Role: archive.Other, Pattern: "x", Optional: true},
		"optional":                       {Role: archive.Other, Pattern: "optional"},
	} {
		got, err := archive.ParseRule(text)
		want.Origin = "input file: " + text
		if err != nil || got != want {
			t.Errorf("%q: %+v, %v", text, got, err)
		}
	}
	for text, want := range map[string]string{
		"":               "names no file",
		"function=":      "names no file",
		"fucntion=x.zip": `Did you mean "function"?`,
		"/etc/passwd":    "leads out",
		"../x":           "leads out",
		"a/../../x":      "leads out",
		`a\b`:            "leads out",
		"a[":             "is no pattern",
	} {
		if _, err := archive.ParseRule(text); fault.KindOf(err) != fault.Input || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
	if roles, err := archive.ParseRequire("function, state"); err != nil || !slices.Equal(roles, []archive.Role{archive.Function, archive.State}) {
		t.Errorf("%v, %v", roles, err)
	}
	if roles, err := archive.ParseRequire("none"); err != nil || roles != nil {
		t.Errorf("%v, %v", roles, err)
	}
	if _, err := archive.ParseRequire("function,zips"); err == nil {
		t.Error("zips is no role")
	}
}

// Whole and parts are what hashing each by itself gives, however it is read.
func TestDigest(t *testing.T) {
	const part = 8 << 20
	for _, size := range []int{0, 1, 16 << 20, 16<<20 + 1, 24 << 20, 24<<20 + 1, 31<<20 + 12345} {
		text := make([]byte, size)
		for i := range text {
			text[i] = byte(i * 7 >> 3)
		}
		for name, r := range map[string]io.Reader{"whole": bytes.NewReader(text), "in bits": iotest.HalfReader(bytes.NewReader(text))} {
			d, err := archive.DigestFrom(r, int64(size))
			if err != nil || d.Hex() != hexOf(text) || d.Size != int64(size) {
				t.Errorf("%d %s: %v, %s", size, name, err, d.Hex())
			}
			want := ""
			if size > 16<<20 {
				all, n := sha256.New(), 0
				for p := range slices.Chunk(text, part) {
					sum := sha256.Sum256(p)
					all.Write(sum[:])
					n++
				}
				want = base64.StdEncoding.EncodeToString(all.Sum(nil)) + fmt.Sprintf("-%d", n)
			}
			if d.Parts() != want {
				t.Errorf("%d %s: parts %q, want %q", size, name, d.Parts(), want)
			}
		}
	}
	for _, size := range []int64{5, 20 << 20} {
		for _, got := range []int64{size - 1, size + 1, size + 40<<20} {
			if _, err := archive.DigestFrom(io.LimitReader(zeros{}, got), size); err == nil {
				t.Errorf("%d bytes were taken for %d", got, size)
			}
		}
	}
	if _, err := archive.DigestFrom(iotest.TimeoutReader(bytes.NewReader(make([]byte, 20<<20))), 20<<20); err == nil {
		t.Error("an error of reading was lost")
	}
	for size := int64(1); size < 5<<40; size *= 3 {
		if part := archive.PartSize(size); part > 0 && (part < 5<<20 || size/part >= 10_000) {
			t.Errorf("%d bytes in parts of %d", size, part)
		}
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// Attack: tampered-manifest
func TestHostileManifests(t *testing.T) {
	good := archive.Manifest{
		SchemaVersion: 1, Stage: "s", Release: "r", Created: start, Commit: commit,
		Files: []archive.File{{Path: "a/b", Role: archive.Other, SHA256: hexOf(nil)}},
	}
	text, err := good.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := archive.ParseManifest(text); err != nil {
		t.Fatal(err)
	}
	file := func(path string) archive.File {
		return archive.File{Path: path, Role: archive.Other, SHA256: hexOf(nil)}
	}
	for name, edit := range map[string]func(*archive.Manifest){
		"a path that leads out":      func(m *archive.Manifest) { m.Files[0].Path = "../x" },
		"one that does so later":     func(m *archive.Manifest) { m.Files[0].Path = "a/../../x" },
		"an absolute one":            func(m *archive.Manifest) { m.Files[0].Path = "/etc/passwd" },
		"a drive":                    func(m *archive.Manifest) { m.Files[0].Path = "c:x" },
		"a backslash":                func(m *archive.Manifest) { m.Files[0].Path = `..\x` },
		"a line break":               func(m *archive.Manifest) { m.Files[0].Path = "a\nb" },
		"no path":                    func(m *archive.Manifest) { m.Files[0].Path = "" },
		"the manifest's own name":    func(m *archive.Manifest) { m.Files[0].Path = archive.ManifestName },
		"a path twice":               func(m *archive.Manifest) { m.Files = append(m.Files, m.Files[0]) },
		"twice but for its case":     func(m *archive.Manifest) { m.Files = append(m.Files, file("A/B")) },
		"a file that is a folder":    func(m *archive.Manifest) { m.Files = append(m.Files, file("a")) },
		"a hash that is none":        func(m *archive.Manifest) { m.Files[0].SHA256 = "../../secret" },
		"a size below zero":          func(m *archive.Manifest) { m.Files[0].Size = -1 },
		"no role":                    func(m *archive.Manifest) { m.Files[0].Role = "x" },
		"no file":                    func(m *archive.Manifest) { m.Files = nil },
		"a stage that leads out":     func(m *archive.Manifest) { m.Stage = "../s" },
		"an older version than ever": func(m *archive.Manifest) { m.SchemaVersion = 0 },
	} {
		m := good
		m.Files = slices.Clone(good.Files)
		edit(&m)
		text, err := m.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := archive.ParseManifest(text); err == nil {
			t.Errorf("%s was read", name)
		}
	}
	later := good
	later.SchemaVersion = 2
	text, _ = later.Encode()
	if _, err := archive.ParseManifest(text); fault.KindOf(err) != fault.Input || !strings.Contains(err.Error(), "version 2") {
		t.Errorf("a later version: %v", err)
	}
}

// FuzzManifest: whatever is read as a manifest is safe to act on.
func FuzzManifest(f *testing.F) {
	m := archive.Manifest{SchemaVersion: 1, Stage: "s", Release: "r", Created: start, Files: []archive.File{{Path: "a", Role: archive.Other, SHA256: hexOf(nil)}}}
	text, _ := m.Encode()
	f.Add(text)
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := archive.ParseManifest(text)
		if err != nil {
			return
		}
		for _, f := range m.Files {
			if strings.HasPrefix(f.Path, "/") || strings.Contains("/"+f.Path+"/", "/../") || f.Size < 0 || len(f.SHA256) != 64 {
				t.Errorf("%+v", f)
			}
		}
	})
}

func TestLifecycle(t *testing.T) {
	rule := archive.Lifecycle(layout(t), 36*time.Hour)
	r := archive.LifecycleResult(newMemory(), layout(t), rule, false, []string{"all"})
	want := `{"Rules":[{"ID":"cutover-archive-cutover","Status":"Enabled","Filter":{"Prefix":"cutover/"},"AbortIncompleteMultipartUpload":{"DaysAfterInitiation":2},"NoncurrentVersionExpiration":{"NoncurrentDays":2},"Expiration":{"ExpiredObjectDeleteMarker":true}}]}`
	if got, err := json.Marshal(r.Lifecycle); err != nil || string(got) != want {
		t.Errorf("%v, %s", err, got)
	}
	if text := report.Markdown(r.Document()); !strings.Contains(text, "will lose contents") || !strings.Contains(text, "DaysAfterInitiation") {
		t.Error(text)
	}
}

func TestSize(t *testing.T) {
	for bytes, want := range map[int64]string{0: "0 bytes", 1: "1 byte", 1023: "1\u202f023 bytes", 1024: "1.0 KiB", 1 << 30: "1.0 GiB"} {
		if got := archive.Size(bytes); got != want {
			t.Errorf("%d is %q", bytes, got)
		}
	}
}
