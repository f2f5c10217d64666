package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/fault"
)

// A release sets these two when it links the binary:
// -X main.commit=<40 hexadecimal digits> -X main.version=v1.2.3.
var commit, version string

const ourModule = "github.com/cutover-dev/cutover"

var (
	fullSHA = regexp.MustCompile(`^[0-9a-f]{40}$`)
	// pseudo is a version that go makes of a commit: its last part are twelve digits
	// of it, which pin nothing by themselves.
	released = regexp.MustCompile(`^v[0-9]+\.[0-9]+\.[0-9]+$`)
	moduleOf = regexp.MustCompile(`(?m)^module ` + regexp.QuoteMeta(ourModule) + `\s*$`)
)

// pinned is the commit of cutover that workflows are pinned to, with its version
// if it is a release: the one that was given, else this binary's own. A guess
// would let somebody else's code run.
func pinned(ctx context.Context, given string) (pin, name string, err error) {
	switch {
	case given != "" && fullSHA.MatchString(given):
		return given, "", nil
	case given != "":
		return "", "", &fault.Fault{
			Kind: fault.Input, Name: "pin", What: "is no full commit", Got: given, Allowed: "40 hexadecimal digits",
			Next: "A tag can be moved; its commit is printed by: git ls-remote https://github.com/cutover-dev/cutover " + safeRef(given),
		}
	case fullSHA.MatchString(commit):
		return commit, version, nil
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Path == ourModule {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" && fullSHA.MatchString(s.Value) {
				if !released.MatchString(info.Main.Version) {
					return s.Value, "", nil
				}
				return s.Value, info.Main.Version, nil
			}
		}
	}
	if pin := checkedOut(ctx); pin != "" {
		return pin, "", nil
	}
	return "", "", &fault.Fault{
		Kind: fault.Input, Name: "pin", What: "was not given, and this binary does not know the commit that it is of", Allowed: "a full commit of cutover: 40 hexadecimal digits",
		Next: "Look it up and give it: git ls-remote --tags https://github.com/cutover-dev/cutover",
	}
}

// safeRef is a ref that may be shown in a command.
func safeRef(text string) string {
	if regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._/-]{0,99}$`).MatchString(text) {
		return text
	}
	return "'v*'"
}

// checkedOut is the commit of the checkout of cutover that this process or its
// binary stands in, "" without one.
func checkedOut(ctx context.Context) string {
	var places []string
	if at, err := os.Getwd(); err == nil {
		places = append(places, at)
	}
	if at, err := os.Executable(); err == nil {
		places = append(places, filepath.Dir(at))
	}
	for _, at := range places {
		for ; ; at = filepath.Dir(at) {
			if text, err := os.ReadFile(filepath.Join(at, "go.mod")); err == nil && moduleOf.Match(text) {
				if pin := head(ctx, at); pin != "" {
					return pin
				}
			}
			if filepath.Dir(at) == at {
				break
			}
		}
	}
	return ""
}

// head asks git, and where there is none reads its files.
func head(ctx context.Context, folder string) string {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, "git", "-C", folder, "rev-parse", "HEAD").Output()
	if pin := strings.TrimSpace(string(out)); err == nil && fullSHA.MatchString(pin) {
		return pin
	}
	git := filepath.Join(folder, ".git")
	text := func(name string) string {
		b, _ := os.ReadFile(filepath.Join(git, filepath.FromSlash(name))) // absent is empty
		return strings.TrimSpace(string(b))
	}
	at := text("HEAD")
	ref, symbolic := strings.CutPrefix(at, "ref: ")
	if !symbolic {
		return only(at)
	}
	if pin := only(text(ref)); pin != "" {
		return pin
	}
	for l := range strings.Lines(text("packed-refs")) {
		if sha, name, ok := strings.Cut(strings.TrimSpace(l), " "); ok && name == ref {
			return only(sha)
		}
	}
	return ""
}

func only(text string) string {
	if fullSHA.MatchString(text) {
		return text
	}
	return ""
}
