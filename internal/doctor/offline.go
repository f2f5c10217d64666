package doctor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
)

// Files is what the offline half looks at.
type Files struct {
	// Root is the repository's folder.
	Root fs.FS
	// Dir is how the user named it, for commands.
	Dir string
	// Broken is why cutover.yaml cannot be taken, nil if it can; then the plan has
	// nothing but Config.
	Broken error
	// Repository is what was read of the workflows, Unread why not.
	Repository Repository
	Unread     error
}

// The names of offline rows that others need.
const (
	checkConfig    = "offline.config"
	checkApp       = "offline.app"
	checkWorkflows = "offline.workflows"
)

// OfflineChecks are those that need nothing but the files.
func OfflineChecks(p Plan, f Files) []Check {
	pure := func(look func() Answer) func(context.Context) Answer {
		return func(context.Context) Answer { return look() }
	}
	row := func(name, title, wanted, source string, look func() Answer, needs ...string) Check {
		return Check{Name: name, Part: Offline, Title: title, Wanted: wanted, Source: source, Needs: needs, Look: pure(look)}
	}
	return []Check{
		row(checkConfig, "configuration", "a cutover.yaml that config check accepts", p.Config, func() Answer { return f.config(p) }),
		row(checkApp, "app", "a folder with sst.config.ts", "app of "+p.Config, func() Answer { return f.app(p) }, checkConfig),
		row("offline.sst", "SST", "package sst, version 2, 3 or 4, in the app's package.json", "package.json", func() Answer { return f.sst(p) }, checkApp),
		row("offline.lockfile", "lockfile", "one lockfile of npm, pnpm, yarn or bun, beside the app or above it", "the app's folder", func() Answer { return f.lockfile(p) }, checkApp),
		row(checkWorkflows, "workflows", "workflows that can be read, and that call cutover's actions", folder, f.workflows),
		row("offline.pins", "pins", "every action of cutover at one commit, by its full SHA", folder, f.pins, checkWorkflows),
		row("offline.permissions", "permissions", "each job's token may do what its actions call", folder, f.permissions, checkWorkflows),
		row("offline.environments", "environments", "jobs name environments that cutover.yaml makes roles for", folder, func() Answer { return f.environments(p) }, checkConfig, checkWorkflows),
		row("offline.schedules", "schedules", "what must go on by itself has a schedule", folder, f.schedules, checkWorkflows),
		row("offline.variables", "variables", "role variables that cutover iam knows", folder, func() Answer { return f.variables(p) }, checkConfig, checkWorkflows),
	}
}

func (f Files) config(p Plan) Answer {
	if f.Broken == nil {
		return pass("%s is valid: project %s, %s", p.Config, p.Project, p.Region)
	}
	if errors.Is(f.Broken, fs.ErrNotExist) {
		return fails("there is no "+p.Config, command("cutover", "init", "--dir", f.Dir))
	}
	return fails(first(f.Broken.Error()), command("cutover", "config", "check", "--config", path.Join(f.Dir, p.Config))).step("The command lists everything that is wrong, with what is allowed; mend it there.")
}

// first is the first line of a text that may have many.
func first(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return line
}

func (f Files) app(p Plan) Answer {
	entries, err := fs.ReadDir(f.Root, p.Folder)
	if err != nil {
		return fails("the folder "+p.Folder+" cannot be read", command("grep", "-n", "^app:", path.Join(f.Dir, p.Config))).step("Let app of cutover.yaml name the folder that has sst.config.ts, seen from cutover.yaml.")
	}
	for _, e := range entries {
		if e.Name() == "sst.config.ts" {
			return pass("%s", path.Join(p.Folder, e.Name()))
		}
	}
	return fails("there is no "+path.Join(p.Folder, "sst.config.ts"), command("find", f.Dir, "-name", "sst.config.ts", "-not", "-path", "*/node_modules/*")).step("The command finds the app; let app of cutover.yaml name its folder.")
}

var version = regexp.MustCompile(`^[\^~>=<v ]*([0-9]+)(\.[0-9x*]+)*`)

func (f Files) sst(p Plan) Answer {
	install := command("npm", "install", "--prefix", path.Join(f.Dir, p.Folder), "--save-dev", "--save-exact", "sst@4")
	name := path.Join(p.Folder, "package.json")
	text, err := readFile(f.Root, name)
	if err != nil {
		return fails(name+" cannot be read: "+cause(err), command("npm", "init", "--yes", "--prefix", path.Join(f.Dir, p.Folder)), install)
	}
	var have struct {
		Dependencies, DevDependencies map[string]string
	}
	if json.Unmarshal(text, &have) != nil {
		return fails(name+" is no JSON", command("python3", "-m", "json.tool", path.Join(f.Dir, name))).step("The command says where it breaks off.")
	}
	wanted := have.Dependencies["sst"]
	if wanted == "" {
		wanted = have.DevDependencies["sst"]
	}
	if wanted == "" {
		return fails(name+" does not name the package sst", install).step("With pnpm or yarn: add sst as they do.")
	}
	m := version.FindStringSubmatch(wanted)
	switch {
	case m == nil && (wanted == "latest" || strings.HasPrefix(wanted, "catalog:") || strings.HasPrefix(wanted, "workspace:")):
		return pass("sst %s; the lockfile says which that is", wanted)
	case m == nil || !slices.Contains([]string{"2", "3", "4"}, m[1]):
		return fails(fmt.Sprintf("%s wants sst %q", name, wanted), install)
	}
	return pass("sst %s", wanted)
}

// cause says what is wrong with a file in a few words, without its whole path.
func cause(err error) string {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err.Error()
	}
	return err.Error()
}

// lockfiles are the package managers' and the commands that write them without
// touching node_modules.
var lockfiles = []struct{ name, manager, mend string }{
	{"package-lock.json", "npm", "npm install --package-lock-only"},
	{"npm-shrinkwrap.json", "npm", "npm install --package-lock-only"},
	{"pnpm-lock.yaml", "pnpm", "pnpm install --lockfile-only"},
	{"yarn.lock", "yarn", "yarn install --mode update-lockfile"},
	{"bun.lock", "bun", "bun install --lockfile-only"},
	{"bun.lockb", "bun", "bun install --lockfile-only"},
}

func (f Files) lockfile(p Plan) Answer {
	for at := path.Clean(p.Folder); ; at = path.Dir(at) {
		var found []string
		for _, l := range lockfiles {
			if info, err := fs.Stat(f.Root, path.Join(at, l.name)); err == nil && info.Mode().IsRegular() {
				found = append(found, path.Join(at, l.name))
			}
		}
		switch {
		case len(found) > 1:
			return fails("there are several in one folder: "+strings.Join(found, " and "), command("git", "-C", f.Dir, "rm", "--cached", found[1])).step("Keep that of the package manager which you use; the command takes the other out of git.")
		case len(found) == 1:
			return pass("%s", found[0])
		case at == ".":
			return fails("there is none in "+p.Folder+" or above it", command(raw("cd"), path.Join(f.Dir, p.Folder), raw("&& npm install --package-lock-only"))).step("With pnpm: %s; with yarn: %s. Commit it.", lockfiles[2].mend, lockfiles[3].mend)
		}
	}
}
