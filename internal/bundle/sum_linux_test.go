package bundle_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The format is what sha256sum prints, so that anybody can check it by hand.
func TestBySha256sum(t *testing.T) {
	folder := t.TempDir()
	for name, text := range map[string]string{"b/x.mjs": "1", "b-x.mjs": "2", "b/resource.enc": "3", "B": "4", "ä ö": "5"} {
		path := filepath.Join(folder, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("bash", "-c", `find . -type f ! -name resource.enc -printf '%P\n' | LC_ALL=C sort | xargs -d '\n' sha256sum | sha256sum`)
	cmd.Dir = folder
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	if got, n := digest(t, os.DirFS(folder)); got != strings.Fields(string(out))[0] || n != 4 {
		t.Errorf("%s of %d files, sha256sum says %s", got, n, out)
	}
}
