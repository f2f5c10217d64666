package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Whoever may write to the bucket gives a thing in the restore kit a kind that is a
// way up. restore writes nothing outside of the folder that it was told, and nothing
// at all of such a kit.
//
// Attack: tampered-kit
func TestAKitDoesNotWriteElsewhere(t *testing.T) {
	t.Parallel()
	w, p := holdingWorld(t, false)
	key := folder + "kit/" + p.Plan + ".json"
	text := w.cloud.Get(key)
	kind := regexp.MustCompile(`"kind":\s*"[^"]+"`)
	at := kind.FindStringIndex(text)
	if at == nil {
		t.Fatalf("the kit has no kinds: %.300s", text)
	}
	for _, hostile := range []string{"../../pwned", "/pwned", "..", "a/../../../pwned"} {
		w.cloud.Put(key, text[:at[0]]+`"kind": "`+hostile+`"`+text[at[1]:])
		_, got := w.do(cmdRestore, "--kit", "kit/inner")
		if got.Code != 4 && hostile != "/pwned" && hostile != ".." || got.Code == 0 {
			t.Errorf("%s: exit %d\n%s", hostile, got.Code, got.Stderr)
		}
	}
	_ = filepath.WalkDir(filepath.Dir(w.folder), func(path string, _ os.DirEntry, _ error) error {
		if strings.Contains(path, "pwned") {
			t.Errorf("written: %s", path)
		}
		return nil
	})
	w.cloud.Put(key, text)
}
