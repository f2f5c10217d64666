package house_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// bind reads every file that the tests here ask other processes about (go
// list, go run, git). `go test` repeats an old result unless a file changed
// that the test itself has opened; what its children read does not count.
func bind(t *testing.T) {
	t.Helper()
	bound.Do(func() {
		for _, room := range []string{".github", "actions", "bench", "cmd", "docs", "internal", "examples/lego-api/src", "examples/lego-api/test"} {
			err := filepath.WalkDir(filepath.Join("../..", room), func(path string, d fs.DirEntry, err error) error {
				if err != nil || d.IsDir() || strings.Contains(path, "testdata") {
					return err
				}
				_, err = os.ReadFile(path)
				return err
			})
			if err != nil {
				t.Error(err)
			}
		}
	})
}

var bound sync.Once
