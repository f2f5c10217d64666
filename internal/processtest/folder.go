package processtest

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// Write writes a file below folder, and the folders that it needs. It returns
// the file's path.
func Write(t testing.TB, folder, name, text string) string {
	t.Helper()
	path := filepath.Join(folder, filepath.FromSlash(name))
	err := os.MkdirAll(filepath.Dir(path), 0o700)
	if err == nil {
		err = os.WriteFile(path, []byte(text), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// Read is what stands in a file below folder; one that is not there is empty.
func Read(folder, name string) string {
	text, _ := os.ReadFile(filepath.Join(folder, filepath.FromSlash(name)))
	return string(text)
}

// Args are args with each default that they do not name. The value "-" takes a
// flag out instead, default or not.
func Args(args []string, defaults ...[2]string) []string {
	args = slices.Clone(args)
	for _, d := range defaults {
		i := slices.Index(args, d[0])
		switch {
		case i < 0:
			args = append(args, d[0], d[1])
		case i+1 < len(args) && args[i+1] == "-":
			args = slices.Delete(args, i, i+2)
		}
	}
	return args
}
