package house_test

import (
	"path"
	"regexp"
	"strings"
	"testing"
)

// e2eLine is what make test runs of the tests that need servers or binaries.
var e2eLine = regexp.MustCompile(`(?m)^\tgo test .*-tags e2e .* -run '\^TestE2E' -v ([^|\n]+)`)

// unrun are the folders with such tests that the patterns of go test leave out.
func unrun(makefile string, files []string) (left []string) {
	var patterns []string
	for _, m := range e2eLine.FindAllStringSubmatch(makefile, -1) {
		patterns = append(patterns, strings.Fields(m[1])...)
	}
	if len(patterns) == 0 {
		return []string{"no line of the Makefile runs them"}
	}
	for _, file := range files {
		folder, run := "./"+path.Dir(file), false
		for _, pattern := range patterns {
			below, all := strings.CutSuffix(pattern, "/...")
			run = run || folder == below || all && strings.HasPrefix(folder, below+"/")
		}
		if !run {
			left = append(left, folder)
		}
	}
	return left
}

// A test behind a tag that no command gives is a test that skips itself.
func TestEveryE2ETestIsRun(t *testing.T) {
	var files []string
	for _, name := range tracked(t, "_test.go") {
		if strings.HasPrefix(text(t, name), "//go:build e2e\n") && strings.Contains(text(t, name), "\nfunc TestE2E") {
			files = append(files, name)
		}
	}
	if len(files) < 10 {
		t.Fatalf("only %v were found", files)
	}
	makefile := text(t, "Makefile")
	if left := unrun(makefile, files); len(left) > 0 {
		t.Errorf("make test leaves out %v", left)
	}
	if left := unrun(strings.Replace(makefile, " ./internal/monitoring/...", "", 1), files); len(left) != 1 || left[0] != "./internal/monitoring/audit" {
		t.Errorf("one that is left out is not seen: %v", left)
	}
	if left := unrun("", files); len(left) == 0 {
		t.Error("a Makefile without the line passes")
	}
}

// copied are the files that begin a client of AWS by themselves.
func copied(sources map[string]string) (files []string) {
	for name, source := range sources {
		if strings.Contains(source, "config.LoadDefaultConfig(") && !strings.HasPrefix(name, "internal/adapter/aws/session/") {
			files = append(files, name)
		}
	}
	return files
}

// Region, retries and what is said of a configuration that cannot be read are
// decided in one place.
func TestClientsOfAWSBeginInOnePlace(t *testing.T) {
	sources := map[string]string{}
	for _, name := range tracked(t, ".go") {
		if !strings.HasSuffix(name, "_test.go") {
			sources[name] = text(t, name)
		}
	}
	if got := copied(sources); len(got) > 0 || sources["internal/adapter/aws/session/session.go"] == "" {
		t.Errorf("use aws/session in %v", got)
	}
	sources["internal/adapter/aws/x/x.go"] = "c, err := config.LoadDefaultConfig(ctx)"
	if got := copied(sources); len(got) != 1 {
		t.Errorf("a copy is not seen: %v", got)
	}
}
