package adopt

import (
	"errors"
	"io"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/cutover-dev/cutover/internal/fault"
)

const (
	// mostRead bounds one file, mostFiles what is looked at of a folder: a
	// repository may be anything.
	mostRead  = 1 << 20
	mostFiles = 200
	// mostWalked and deepest bound the search for the app.
	mostWalked = 20_000
	deepest    = 4
	configName = "sst.config.ts"
)

// read is a file's text, if it is a plain file of a sane size.
func read(fsys fs.FS, name string) (string, bool) {
	info, err := fs.Stat(fsys, name)
	if err != nil || !info.Mode().IsRegular() || info.Size() > mostRead {
		return "", false
	}
	f, err := fsys.Open(name)
	if err != nil {
		return "", false
	}
	defer func() { _ = f.Close() }() // nothing was written
	text, err := io.ReadAll(io.LimitReader(f, mostRead))
	return string(text), err == nil
}

// Look reads what a repository tells of its app. The app's folder is searched
// for unless it is given.
func Look(fsys fs.FS, folder string) (App, error) {
	if folder == "" {
		found, err := search(fsys)
		if err != nil {
			return App{}, err
		}
		folder = found
	}
	folder = path.Clean(folder)
	if !folderRE.MatchString(folder) {
		return App{}, &fault.Fault{
			Kind: fault.Input, Name: "app", What: "is a folder whose name cannot stand in a workflow", Got: folder,
			Allowed: "letters, digits and . _ -, with / between folders", Next: "Rename the folder.",
		}
	}
	a := App{Folder: folder}
	config, ok := read(fsys, path.Join(folder, configName))
	if !ok {
		return a, &fault.Fault{Kind: fault.Input, Name: "app", What: "holds no readable " + configName, Got: folder, Next: "Name the folder of the SST app by --app."}
	}
	own, err := packageIn(fsys, folder)
	if err != nil {
		return a, err
	}
	root := Package{}
	if folder != "." {
		if root, err = packageIn(fsys, "."); err != nil {
			return a, err
		}
	}
	var more []string
	for _, beside := range []string{"infra", "stacks"} {
		more = append(more, texts(fsys, path.Join(folder, beside), ".ts")...)
	}
	a.SST = ReadSST(config, more...)
	if a.SST.Version = own.sst(); a.SST.Version == "" {
		a.SST.Version = root.sst()
	}
	if g := generationOf(a.SST.Version); g != 0 {
		a.SST.Generation = g
	}
	a.Package = path.Base(own.Name)
	a.Manager = managerOf(fsys, folder, own, root)
	a.Scripts = scriptsOf(own)
	a.Node = nodeOf(fsys, folder, own, root)
	a.LCOV = tellsLCOV(fsys, folder, own)
	a.Branch, a.Repository = gitTells(fsys)
	a.ECS, a.Deploys = runs(fsys, folder, a.SST)
	a.Written = written(fsys)
	return a, nil
}

// written are the parts that were chosen before. Each file of init's names them;
// the first of these is written whatever the parts are, so that it is not left
// over from an earlier choice.
func written(fsys fs.FS) []Part {
	for _, also := range []bool{false, true} {
		for _, name := range []string{".github/actions/cutover-binary/action.yml", zizmorPath, ConfigPath} {
			text, ok := read(fsys, name)
			if parts := partsOf(text); ok && len(parts) > 0 && (also || untouched(text)) {
				return parts
			}
		}
	}
	return nil
}

func packageIn(fsys fs.FS, folder string) (Package, error) {
	name := path.Join(folder, "package.json")
	text, ok := read(fsys, name)
	if !ok {
		return Package{}, nil
	}
	return ParsePackage(name, []byte(text))
}

// search finds the one folder with an SST app.
func search(fsys fs.FS) (string, error) {
	if _, ok := read(fsys, configName); ok {
		return ".", nil
	}
	var found []string
	walked := 0
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if walked++; walked > mostWalked {
			return fs.SkipAll
		}
		if err != nil {
			return fs.SkipDir // of a folder that cannot be read
		}
		if d.IsDir() {
			base := d.Name()
			if name != "." && (strings.HasPrefix(base, ".") || base == "node_modules" || base == "dist" || strings.Count(name, "/") >= deepest) {
				return fs.SkipDir
			}
			return nil
		}
		if d.Name() == configName && d.Type().IsRegular() {
			found = append(found, path.Dir(name))
		}
		return nil
	})
	switch {
	case err != nil && !errors.Is(err, fs.SkipAll):
		return "", &fault.Fault{Kind: fault.Input, Name: "dir", What: "cannot be read", Err: err}
	case len(found) == 0:
		return "", &fault.Fault{Kind: fault.Input, Name: "dir", What: "holds no " + configName, Next: "Run init in a repository with an SST app, or name the app's folder by --app."}
	case len(found) > 1:
		return "", &fault.Fault{Kind: fault.Input, Name: "app", What: "was not given, and there are several SST apps", Allowed: strings.Join(found, ", "), Next: "Name one by --app."}
	}
	return found[0], nil
}

// texts are the files of a folder with one ending.
func texts(fsys fs.FS, folder, ending string) []string {
	entries, err := fs.ReadDir(fsys, folder)
	if err != nil {
		return nil
	}
	var all []string
	for _, e := range entries[:min(len(entries), mostFiles)] {
		if !strings.HasSuffix(e.Name(), ending) {
			continue
		}
		if text, ok := read(fsys, path.Join(folder, e.Name())); ok {
			all = append(all, text)
		}
	}
	return all
}

// Node says which Node the app wants.
type Node struct {
	// File names it, as setup-node reads it; seen from the repository.
	File string
}

// usualNode is taken where no file names one: the oldest that AWS Lambda and SST
// both support for years to come.
const usualNode = "22"

func nodeOf(fsys fs.FS, folder string, own, root Package) Node {
	for _, name := range []string{".node-version", ".nvmrc"} {
		for _, at := range []string{folder, "."} {
			if _, ok := read(fsys, path.Join(at, name)); ok {
				return Node{path.Join(at, name)}
			}
		}
	}
	switch {
	case own.Engines["node"] != "":
		return Node{path.Join(folder, "package.json")}
	case root.Engines["node"] != "":
		return Node{"package.json"}
	}
	return Node{}
}

// tellsLCOV says whether the tests will write coverage/lcov.info. Jest does so
// unless told otherwise; Vitest has to be told.
func tellsLCOV(fsys fs.FS, folder string, p Package) bool {
	script := p.Scripts[scriptsOf(p).Test]
	if strings.Contains(script, "lcov") || strings.Contains(script, "jest") {
		return true
	}
	for _, name := range []string{"vitest.config.ts", "vitest.config.mts", "vitest.config.js", "vite.config.ts", ".c8rc.json", ".nycrc", "jest.config.js", "jest.config.ts"} {
		if text, ok := read(fsys, path.Join(folder, name)); ok && strings.Contains(text, "lcov") {
			return true
		}
	}
	return false
}

var (
	originHead = regexp.MustCompile(`^ref: refs/remotes/origin/(\S+)\s*$`)
	originURL  = regexp.MustCompile(`(?m)^\[remote "origin"\]\s*\n(?:[ \t]+[^\n]*\n)*?[ \t]*url\s*=\s*\S*github\.com[:/](\S+?)(?:\.git)?\s*$`)
	sstCall    = regexp.MustCompile(`(?m)^[^#\n]*\bsst\s+(?:deploy|remove)\b`)
	ecsCall    = regexp.MustCompile(`aws-actions/amazon-ecs-|\baws ecs update-service\b|AWS::ECS::Service`)
)

// gitTells reads the default branch and the repository on GitHub out of git's
// own files: the folder need not be a checkout, and git need not be there.
func gitTells(fsys fs.FS) (branch, repository string) {
	if text, ok := read(fsys, ".git/refs/remotes/origin/HEAD"); ok {
		if m := originHead.FindStringSubmatch(text); m != nil && branchRE.MatchString(m[1]) {
			branch = m[1]
		}
	}
	if text, ok := read(fsys, ".git/config"); ok {
		if m := originURL.FindStringSubmatch(text); m != nil && repositoryRE.MatchString(m[1]) {
			repository = m[1]
		}
	}
	return branch, repository
}

// runs looks for what shows a service on ECS, and for workflows that deploy by
// themselves.
func runs(fsys fs.FS, folder string, s SST) (ecs string, deploys []string) {
	if s.ECS {
		ecs = path.Join(folder, configName)
	}
	for _, name := range []string{"task-definition.json", "taskdef.json", "ecs-params.yml", ".aws/task-definition.json", "copilot/.workspace"} {
		for _, at := range []string{".", folder} {
			if _, ok := read(fsys, path.Join(at, name)); ok && ecs == "" {
				ecs = path.Join(at, name)
			}
		}
	}
	const workflows = ".github/workflows"
	entries, err := fs.ReadDir(fsys, workflows)
	if err != nil {
		return ecs, nil
	}
	for _, e := range entries[:min(len(entries), mostFiles)] {
		name := path.Join(workflows, e.Name())
		text, ok := read(fsys, name)
		if !ok || !slices.Contains([]string{".yml", ".yaml"}, path.Ext(name)) || stamped(text) {
			continue
		}
		if sstCall.MatchString(text) {
			deploys = append(deploys, name)
		}
		if ecs == "" && ecsCall.MatchString(text) {
			ecs = name
		}
	}
	return ecs, deploys
}
