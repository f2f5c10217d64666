package bundle_test

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/cutover-dev/cutover/internal/bundle"
)

func tree(files map[string]string) fstest.MapFS {
	m := fstest.MapFS{}
	for name, text := range files {
		m[name] = &fstest.MapFile{Data: []byte(text), Mode: 0o644}
	}
	return m
}

func digest(t *testing.T, fsys fs.FS) (string, int) {
	t.Helper()
	sum, n, err := bundle.Digest(fsys)
	if err != nil {
		t.Fatal(err)
	}
	return sum, n
}

// What the digest must see, and what it must not.
func TestWhatCounts(t *testing.T) {
	base := map[string]string{"a/index.mjs": "one", "a.b": "two", "a/b/c.wasm": "three"}
	want, n := digest(t, tree(base))
	if n != 3 {
		t.Fatalf("%d files", n)
	}
	with := func(change func(m map[string]string)) fstest.MapFS {
		m := map[string]string{}
		for k, v := range base {
			m[k] = v
		}
		change(m)
		return tree(m)
	}
	for name, c := range map[string]struct {
		fsys fstest.MapFS
		same bool
	}{
		"the same again":          {with(func(map[string]string) {}), true},
		"a key of the stage":      {with(func(m map[string]string) { m["a/resource.enc"] = "x"; m["resource.enc"] = "y" }), true},
		"another text":            {with(func(m map[string]string) { m["a.b"] = "tow" }), false},
		"another name":            {with(func(m map[string]string) { delete(m, "a.b"); m["a.c"] = "two" }), false},
		"one more":                {with(func(m map[string]string) { m["z"] = "" }), false},
		"one less":                {with(func(m map[string]string) { delete(m, "a.b") }), false},
		"two texts changed round": {with(func(m map[string]string) { m["a.b"], m["a/index.mjs"] = "one", "two" }), false},
		"a name like the key's":   {with(func(m map[string]string) { m["a/resource.enc.js"] = "x" }), false},
	} {
		got, _ := digest(t, c.fsys)
		if (got == want) != c.same {
			t.Errorf("%s: same is %v", name, got == want)
		}
	}
	other := with(func(map[string]string) {})
	for _, f := range other {
		f.ModTime, f.Mode = time.Now(), 0o755
	}
	if got, _ := digest(t, other); got != want {
		t.Error("time or permission counts")
	}
}

func TestRefusals(t *testing.T) {
	folder := t.TempDir()
	if err := os.Symlink("/etc/hostname", filepath.Join(folder, "link")); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		fsys fs.FS
		want string
	}{
		"nothing":                 {tree(nil), "no file"},
		"only keys of the stage":  {tree(map[string]string{"a/resource.enc": "x"}), "no file"},
		"a symbolic link":         {os.DirFS(folder), "symbolic link"},
		"a line break in a name":  {tree(map[string]string{"a\nb": "x"}), "control character"},
		"a folder that is absent": {os.DirFS(filepath.Join(folder, "none")), "no such file"},
	} {
		if sum, _, err := bundle.Digest(c.fsys); err == nil || !strings.Contains(err.Error(), c.want) || sum != "" {
			t.Errorf("%s: %q, %v", name, sum, err)
		}
	}
	if _, _, err := bundle.Digest(tree(nil)); !errors.Is(err, bundle.ErrEmpty) {
		t.Error(err)
	}
	if _, err := bundle.File(tree(nil), "pnpm-lock.yaml"); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}

// Two files: whatever their names and texts, the digest is that of their lines,
// and no other pair has it.
func FuzzDigest(f *testing.F) {
	f.Add("a", "b", "x", "y")
	f.Add("a/b", "a.b", "", "")
	f.Add("resource.enc", "b", "x", "y")
	f.Fuzz(func(t *testing.T, one, two, first, second string) {
		if !fs.ValidPath(one) || !fs.ValidPath(two) || one == "." || two == "." || strings.HasPrefix(one, two) || strings.HasPrefix(two, one) {
			return
		}
		sum, n, err := bundle.Digest(tree(map[string]string{one: first, two: second}))
		if err != nil {
			return
		}
		var lines []string
		for name, text := range map[string]string{one: first, two: second} {
			if name != bundle.PerStage && !strings.HasSuffix(name, "/"+bundle.PerStage) {
				h := sha256.Sum256([]byte(text))
				lines = append(lines, name+"\x00"+hex.EncodeToString(h[:])+"  "+name+"\n")
			}
		}
		if len(lines) == 2 && lines[0] > lines[1] {
			lines[0], lines[1] = lines[1], lines[0]
		}
		all := ""
		for _, l := range lines {
			_, line, _ := strings.Cut(l, "\x00")
			all += line
		}
		h := sha256.Sum256([]byte(all))
		if n != len(lines) || sum != hex.EncodeToString(h[:]) {
			t.Errorf("%d files, %s for %q", n, sum, all)
		}
		if first != second {
			if other, _, err := bundle.Digest(tree(map[string]string{one: second, two: first})); err == nil && other == sum && n == 2 {
				t.Error("texts changed round give the same digest")
			}
		}
	})
}
