// Package publish decides how cutover itself is released: which version comes
// next, what is built for which platform, what its checksums, its changelog, its
// bill of materials and its upgrade note say, and which step brings a release on
// that is half made. It starts no process and asks nobody: cmd/publish does.
package publish

import (
	"regexp"
	"slices"
	"strings"

	"github.com/cutover-dev/cutover/internal/fault"
)

// Platform is what a binary is built for, in Go's names.
type Platform struct{ System, Machine string }

// Platforms are all that are released: those that actions/launch.sh knows.
func Platforms() []Platform {
	return []Platform{{"linux", "amd64"}, {"linux", "arm64"}, {"darwin", "amd64"}, {"darwin", "arm64"}}
}

// String is the platform as inputs and jobs name it.
func (p Platform) String() string { return p.System + "/" + p.Machine }

// ParsePlatform reads system/machine.
func ParsePlatform(text string) (Platform, error) {
	for _, p := range Platforms() {
		if p.String() == text {
			return p, nil
		}
	}
	var names []string
	for _, p := range Platforms() {
		names = append(names, p.String())
	}
	return Platform{}, &fault.Fault{Kind: fault.Input, Name: "platform", What: "is none that cutover is released for", Got: text, Allowed: strings.Join(names, ", ")}
}

var commandName = regexp.MustCompile(`^[a-z][a-z0-9-]{0,62}$`)

// File is the name of a command's binary, as the launcher looks for it.
func (p Platform) File(command string) string {
	return command + "-" + p.System + "-" + p.Machine
}

// Packed is the ending of a binary as it is uploaded: every runner has gzip, and
// a binary of Go shrinks to about two fifths.
const Packed = ".gz"

// Toolbox is the command that is released besides the actions.
const Toolbox = "cutover"

// Command is a program that is released.
type Command struct{ Name, Folder string }

// Commands are the actions of a tree, by the files that git knows, and the
// toolbox.
func Commands(files []string) []Command {
	all := []Command{{Toolbox, "cmd/" + Toolbox}}
	for _, file := range files {
		rest, ok := strings.CutPrefix(file, "actions/")
		name, main, _ := strings.Cut(rest, "/")
		if ok && main == "main.go" && commandName.MatchString(name) {
			all = append(all, Command{name, "actions/" + name})
		}
	}
	slices.SortFunc(all, func(a, b Command) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// Choose keeps the named commands; without names all of them.
func Choose(all []Command, names []string) ([]Command, error) {
	if len(names) == 0 {
		return all, nil
	}
	var chosen []Command
	for _, name := range names {
		i := slices.IndexFunc(all, func(c Command) bool { return c.Name == name })
		if i < 0 {
			var known []string
			for _, c := range all {
				known = append(known, c.Name)
			}
			return nil, &fault.Fault{Kind: fault.Input, Name: "commands", What: "is no program of this tree", Got: name, Allowed: strings.Join(known, ", ")}
		}
		chosen = append(chosen, all[i])
	}
	return chosen, nil
}

// Build is how one binary is made, so that the same sources give the same bytes
// in any folder and on any machine.
type Build struct {
	Command   Command
	Platform  Platform
	Version   Version
	Toolchain string
}

// versionVariable is what --version prints.
const versionVariable = "github.com/cutover-dev/cutover/internal/runner.version"

// Args are the arguments of go for the build into out.
func (b Build) Args(out string) []string {
	return []string{
		"build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w -X " + versionVariable + "=" + b.Version.String(),
		"-o", out, "./" + b.Command.Folder,
	}
}

// Env is what the build's environment must say whatever the machine's says: each
// of these changes the bytes.
func (b Build) Env() []string {
	return []string{
		"GOOS=" + b.Platform.System, "GOARCH=" + b.Platform.Machine, "GOTOOLCHAIN=" + b.Toolchain, "CGO_ENABLED=0",
		"GOFLAGS=-mod=readonly", "GOEXPERIMENT=", "GOAMD64=v1", "GOARM64=v8.0", "GOFIPS140=off", "GOWORK=off",
	}
}

var (
	toolchainLine = regexp.MustCompile(`(?m)^toolchain (go\d+\.\d+(?:\.\d+)?)$`)
	goLine        = regexp.MustCompile(`(?m)^go (\d+\.\d+\.\d+)$`)
)

// Toolchain is the one that a go.mod pins.
func Toolchain(gomod string) (string, error) {
	if m := toolchainLine.FindStringSubmatch(gomod); m != nil {
		return m[1], nil
	}
	if m := goLine.FindStringSubmatch(gomod); m != nil {
		return "go" + m[1], nil
	}
	return "", &fault.Fault{Kind: fault.Input, Name: "go.mod", What: "pins no toolchain, so that nobody could build the same bytes again", Next: "Add a line such as toolchain go1.26.8."}
}
