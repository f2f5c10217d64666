// Package sst runs the sst binary and reads what it leaves in the app's folder.
package sst

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"

	"github.com/cutover-dev/cutover/internal/fault"
)

// Command is how sst is called: the program and the arguments before its own.
type Command struct {
	Words []string
	// From says where it was found, for people.
	From string
}

func (c Command) String() string { return strings.Join(c.Words, " ") }

// binVariable is where sst's own launcher looks first; source: npm's sst
// 4.17.1, bin/sst.mjs.
const binVariable = "SST_BIN_PATH"

// Find looks for sst in this order:
//
//  1. given: the words of the input sst, such as "pnpm exec sst";
//  2. the variable SST_BIN_PATH, which sst's own launcher knows too;
//  3. the binary for this machine that npm or pnpm has installed beside the
//     package sst in folder/node_modules;
//  4. folder/node_modules/.bin/sst;
//  5. PATH.
//
// The binary comes before its launcher because the launcher swallows the exit
// code and dies of a SIGTERM that sst itself survives.
func Find(folder, given string, getenv func(string) string) (Command, error) {
	if given != "" {
		return fromWords(folder, given, getenv("PATH"))
	}
	if path := getenv(binVariable); path != "" {
		if err := executable(path); err != nil {
			return Command{}, &fault.Fault{Kind: fault.Input, Name: binVariable, What: "names no program", Got: path, Err: err}
		}
		return Command{[]string{path}, binVariable}, nil
	}
	for _, path := range installed(folder) {
		if executable(path) == nil {
			return Command{[]string{path}, "node_modules"}, nil
		}
	}
	if path, err := lookPath("sst", getenv("PATH")); err == nil {
		return Command{[]string{path}, "PATH"}, nil
	}
	return Command{}, &fault.Fault{
		Kind: fault.Input, Name: "sst", What: "was not found", Got: folder,
		Allowed: "the input sst, SST_BIN_PATH, node_modules of the app's folder, PATH", Next: "Install the app's packages before this step (corepack pnpm install --frozen-lockfile).",
	}
}

// fromWords reads the input. The words are no shell's: no quotes, no variables.
func fromWords(folder, given, path string) (Command, error) {
	words := strings.Fields(given)
	bad := func(err error) (Command, error) {
		return Command{}, &fault.Fault{Kind: fault.Input, Name: "sst", What: "names no program", Got: given, Err: err, Allowed: "a path, or words such as pnpm exec sst"}
	}
	if len(words) == 0 {
		return bad(nil)
	}
	if strings.ContainsRune(words[0], filepath.Separator) {
		// As a shell in the app's folder would read it.
		if !filepath.IsAbs(words[0]) {
			words[0] = filepath.Join(folder, words[0])
		}
		if err := executable(words[0]); err != nil {
			return bad(err)
		}
		return Command{words, "the input sst"}, nil
	}
	found, err := lookPath(words[0], path)
	if err != nil {
		return bad(err)
	}
	words[0] = found
	return Command{words, "the input sst"}, nil
}

// installed lists where package managers put sst below folder. pnpm links the
// package to a folder of its own, beside which its parts are.
func installed(folder string) []string {
	modules := filepath.Join(folder, "node_modules")
	machine := map[string]string{"amd64": "x64", "386": "x86"}[runtime.GOARCH]
	if machine == "" {
		machine = runtime.GOARCH
	}
	part := filepath.Join("sst-"+runtime.GOOS+"-"+machine, "bin", "sst")
	paths := []string{}
	if place, err := filepath.EvalSymlinks(filepath.Join(modules, "sst")); err == nil {
		paths = append(paths, filepath.Join(filepath.Dir(place), part))
	}
	return append(paths, filepath.Join(modules, part), filepath.Join(modules, ".bin", "sst"))
}

func executable(path string) error {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return errors.Unwrap(err)
	case info.IsDir() || info.Mode()&0o111 == 0:
		return errors.New("it is no program")
	}
	return nil
}

// lookPath is exec.LookPath for a PATH that is given; relative folders in it
// are passed over, as exec does.
func lookPath(name, path string) (string, error) {
	for _, folder := range filepath.SplitList(path) {
		if !filepath.IsAbs(folder) {
			continue
		}
		if candidate := filepath.Join(folder, name); executable(candidate) == nil {
			return candidate, nil
		}
	}
	return "", fmt.Errorf("%s: %w", name, exec.ErrNotFound)
}

// ConfigName is SST's configuration of an app.
const ConfigName = "sst.config.ts"

var (
	appBlock = regexp.MustCompile(`(?s)\bapp\s*\([^)]*\)\s*(?::[^{]+)?\{(.*?)\n\s*(?:async\s+)?run\s*\(`)
	appName  = regexp.MustCompile(`(?m)^[^/\n]*?\bname\s*:\s*(?:"([^"\\]+)"|'([^'\\]+)'|` + "`([^`$\\\\]+)`" + `)`)
)

// AppName reads the app's name out of sst.config.ts, where it stands as a plain
// text. SST runs the file to learn it; a file that is run is not read here, so a
// computed name has to be given. What sst says at its start is compared later.
func AppName(folder string) (string, error) {
	path := filepath.Join(folder, ConfigName)
	text, err := os.ReadFile(path)
	if err != nil {
		return "", &fault.Fault{Kind: fault.Input, Name: "folder", What: "holds no readable " + ConfigName, Got: folder, Err: errors.Unwrap(err), Next: "Name the folder of the SST app."}
	}
	block := appBlock.FindSubmatch(text)
	var found [][]byte
	if block != nil {
		if m := appName.FindSubmatch(block[1]); m != nil {
			found = m[1:]
		}
	}
	for _, n := range found {
		if len(n) > 0 {
			return string(n), nil
		}
	}
	return "", &fault.Fault{Kind: fault.Input, Name: "app", What: "cannot be read from " + path + ", where no plain name stands", Next: "Give the input app: the name that app() returns."}
}
