package processtest

import (
	"os"
	"path/filepath"
	"testing"
)

// Root is the folder of the repository: the nearest above a test's own that holds
// a go.mod. A binary built with -trimpath no longer knows where its sources lay.
func Root(t testing.TB) string {
	t.Helper()
	folder, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; ; folder = filepath.Dir(folder) {
		if _, err := os.Stat(filepath.Join(folder, "go.mod")); err == nil {
			return folder
		}
		if folder == filepath.Dir(folder) {
			t.Fatal("no folder above this one holds a go.mod")
		}
	}
}
