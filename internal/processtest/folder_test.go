package processtest_test

import (
	"slices"
	"testing"

	"github.com/cutover-dev/cutover/internal/processtest"
)

func TestFolder(t *testing.T) {
	folder := t.TempDir()
	processtest.Write(t, folder, "a/b.txt", "words")
	if got := processtest.Read(folder, "a/b.txt"); got != "words" {
		t.Error(got)
	}
	if got := processtest.Read(folder, "none"); got != "" {
		t.Error(got)
	}
}

func TestArgs(t *testing.T) {
	given := []string{"--stage", "staging", "--token", "-"}
	got := processtest.Args(given, [2]string{"--stage", "production"}, [2]string{"--token", "x"}, [2]string{"--format", "json"})
	if want := []string{"--stage", "staging", "--format", "json"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if len(given) != 4 || given[3] != "-" {
		t.Errorf("what was given has changed: %v", given)
	}
}
