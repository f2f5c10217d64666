package adopt

import (
	"encoding/json"
	"io/fs"
	"path"
	"regexp"
	"strings"

	"github.com/cutover-dev/cutover/internal/fault"
)

// Package is what is read of a package.json.
type Package struct {
	Name            string            `json:"name"`
	PackageManager  string            `json:"packageManager"`
	Scripts         map[string]string `json:"scripts"`
	Engines         map[string]string `json:"engines"`
	Dependencies    map[string]string `json:"dependencies"`
	DevDependencies map[string]string `json:"devDependencies"`
}

// ParsePackage reads a package.json, which errors call name. Fields of another
// type than npm's count as absent: they are not ours to judge.
func ParsePackage(name string, data []byte) (Package, error) {
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(data, &raw); err != nil || raw == nil {
		return Package{}, &fault.Fault{Kind: fault.Input, Name: name, What: "is no JSON object", Next: "Mend it, and run init again.", Err: err}
	}
	var p Package
	take := func(key string, into any) { _ = json.Unmarshal(raw[key], into) } // absent, or of another type
	take("name", &p.Name)
	take("packageManager", &p.PackageManager)
	for key, into := range map[string]*map[string]string{"scripts": &p.Scripts, "engines": &p.Engines, "dependencies": &p.Dependencies, "devDependencies": &p.DevDependencies} {
		var values map[string]json.RawMessage
		take(key, &values)
		*into = map[string]string{}
		for k, v := range values {
			var text string
			if json.Unmarshal(v, &text) == nil {
				(*into)[k] = text
			}
		}
	}
	return p, nil
}

// sst is the version of SST that the package names.
func (p Package) sst() string {
	if v := p.Dependencies["sst"]; v != "" {
		return v
	}
	return p.DevDependencies["sst"]
}

// Scripts are the names of the scripts that stand for a step, "" where there is
// none. They are names out of our own list, whatever else package.json holds.
type Scripts struct {
	Lint, Types, Test, Integration, Build string
	// Coverage says that Test measures it.
	Coverage bool
}

// scriptsOf finds the scripts by the names that are usual for them.
func scriptsOf(p Package) Scripts {
	find := func(names ...string) string {
		for _, name := range names {
			if strings.TrimSpace(p.Scripts[name]) != "" {
				return name
			}
		}
		return ""
	}
	s := Scripts{
		Lint: find("lint", "eslint"), Types: find("typecheck", "type-check", "check-types", "types", "tsc"),
		Test:        find("test:coverage", "coverage", "test:cov", "test:unit", "test"),
		Integration: find("test:integration", "integration", "test:e2e", "e2e"), Build: find("build"),
	}
	s.Coverage = strings.Contains(s.Test, "cov") || strings.Contains(p.Scripts[s.Test], "coverage")
	// What npm init writes is no test.
	if strings.Contains(p.Scripts[s.Test], "no test specified") {
		s.Test = ""
	}
	return s
}

// Manager is the package manager.
type Manager struct {
	// Name is npm, pnpm or yarn; Berry is yarn since 2.
	Name  string
	Berry bool
	// Named says that package.json names it with its version, for Corepack.
	Named bool
	// Lock is the lockfile, seen from the repository; "" without one.
	Lock string
	// Linked says that yarn makes no node_modules.
	Linked bool
}

var managerRE = regexp.MustCompile(`^(npm|pnpm|yarn)@([0-9]+)\.`)

// lockfiles, the one that is found first counts.
var lockfiles = []struct{ name, manager string }{
	{"pnpm-lock.yaml", "pnpm"}, {"yarn.lock", "yarn"}, {"package-lock.json", "npm"}, {"npm-shrinkwrap.json", "npm"},
}

// managerOf looks for the lockfile from the app's folder upwards.
func managerOf(fsys fs.FS, folder string, packages ...Package) Manager {
	var m Manager
	for _, p := range packages {
		if found := managerRE.FindStringSubmatch(p.PackageManager); found != nil {
			m.Name, m.Named, m.Berry = found[1], true, found[1] == "yarn" && found[2] != "1"
			break
		}
	}
	for at := folder; m.Lock == ""; at = path.Dir(at) {
		for _, l := range lockfiles {
			if m.Name != "" && m.Name != l.manager {
				continue
			}
			if text, ok := read(fsys, path.Join(at, l.name)); ok {
				m.Name, m.Lock = l.manager, path.Join(at, l.name)
				m.Berry = m.Berry || l.manager == "yarn" && strings.Contains(text, "\n__metadata:")
				break
			}
		}
		if at == "." {
			break
		}
	}
	if m.Name == "" {
		m.Name = "npm"
	}
	if m.Berry {
		linker, _ := read(fsys, path.Join(path.Dir(m.Lock), ".yarnrc.yml"))
		m.Linked = !strings.Contains(linker, "nodeLinker: node-modules")
	}
	return m
}

// Root is the folder of the lockfile.
func (m Manager) Root(folder string) string {
	if m.Lock == "" {
		return folder
	}
	return path.Dir(m.Lock)
}

// Run is the command that runs a script.
func (m Manager) Run(script string) string {
	if m.Name == "npm" {
		return "npm run " + script
	}
	return "corepack " + m.Name + " run " + script
}

// Install is the command that installs exactly what the lockfile says.
func (m Manager) Install() string {
	switch {
	case m.Name == "npm":
		return "npm ci --prefer-offline --no-audit --no-fund"
	case m.Berry:
		return "corepack yarn install --immutable"
	case m.Name == "yarn":
		return "corepack yarn install --frozen-lockfile --prefer-offline"
	}
	return "corepack pnpm install --frozen-lockfile --prefer-offline"
}

// cacheVariable is the variable that tells it where to keep packages.
func (m Manager) cacheVariable() string {
	switch {
	case m.Name == "npm":
		return "npm_config_cache"
	case m.Berry:
		return "YARN_GLOBAL_FOLDER"
	case m.Name == "yarn":
		return "YARN_CACHE_FOLDER"
	}
	return "npm_config_store_dir"
}
