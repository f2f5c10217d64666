package house_test

import (
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	aloneLine = regexp.MustCompile(`(?m)^ALONE := (.+)$`)
	// beside is what makes something run beside something else.
	beside = regexp.MustCompile(`(?m)^\s*(defer )?go (func\b|[\w.]+\()|\berrgroup\.|\bsync\.[^O]|\bt\.Parallel\(|\.Go\(func`)
)

// notAlone are the files of the rooms tested without the race detector in which
// something runs beside something else.
func notAlone(rooms []string, sources map[string]string) (files []string) {
	for name, source := range sources {
		if slices.Contains(rooms, path.Dir(name)) && beside.MatchString(source) {
			files = append(files, name)
		}
	}
	slices.Sort(files)
	return files
}

func TestNothingRunsAtOnceWhereNoRaceIsLookedFor(t *testing.T) {
	m := aloneLine.FindStringSubmatch(text(t, "Makefile"))
	if m == nil {
		t.Fatal("the Makefile names no such rooms")
	}
	rooms := strings.Fields(m[1])
	sources := map[string]string{}
	for _, name := range tracked(t, ".go") {
		sources[name] = text(t, name)
	}
	delete(sources, "internal/house/alone_test.go") // its examples
	for _, room := range rooms {
		if !slices.ContainsFunc(slices.Collect(maps.Keys(sources)), func(name string) bool { return path.Dir(name) == room }) {
			t.Errorf("%s is no room", room)
		}
	}
	if files := notAlone(rooms, sources); len(files) > 0 {
		t.Errorf("take their rooms out of ALONE in the Makefile: %v", files)
	}
	for _, source := range []string{"\tgo func() {\n", "\tgo serve(l)\n", "var mu sync.Mutex\n", "\tt.Parallel()\n", "\tworkers.Go(func() {\n"} {
		if files := notAlone(rooms, map[string]string{rooms[0] + "/a.go": source}); len(files) != 1 {
			t.Errorf("%q is not seen", source)
		}
	}
}
