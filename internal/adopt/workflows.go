package adopt

import (
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
)

// File is one file of the user's repository.
type File struct{ Path, Text string }

const (
	workflowFolder = ".github/workflows/"
	ours           = "cutover-dev/cutover"
	// goVersion is what builds an action that has no released binary.
	goVersion = "1.26"
)

// actionNames are the folders below .github/actions, as they are called here and
// there: a user may have a set-up-node of their own.
var actionNames = [][2]string{{"set-up-cutover", "cutover-binary"}, {"set-up-node", "cutover-node"}, {"set-up-deploy", "cutover-deploy"}}

// made are the workflows that only have to be filled in, by part.
var made = map[Part][]string{
	Monitoring: {"monitoring.yml"}, Traffic: {"traffic-shift.yml", "traffic-watch.yml", "validate.yml"},
	Load: {"load-test.yml"}, Cost: {"cost.yml"}, Decommission: {"decommission.yml"},
}

// Workflows derives the workflows and the steps that they share from ours.
func Workflows(source fs.FS, s Settled) ([]File, error) {
	var files []File
	add := func(from, to string, change func(*edit)) error {
		text, err := fs.ReadFile(source, from)
		if err != nil {
			return err
		}
		e := edited(from, string(text))
		change(e)
		s.fill(e)
		if e.err != nil {
			return e.err
		}
		files = append(files, File{to, e.text()})
		return nil
	}
	plan := []struct {
		when     bool
		from, to string
		change   func(*edit)
	}{
		{s.checks() && s.Has(Gate), "sst-deploy.yml", "checks.yml", s.gateAlone},
		{s.Has(Deploy), "sst-deploy.yml", "sst-deploy.yml", s.deployment},
		{s.Has(Deploy), "rollback.yml", "rollback.yml", s.rollback},
		{s.Has(Deploy), "sst-diff.yml", "sst-diff.yml", s.difference},
	}
	for _, p := range plan {
		if !p.when {
			continue
		}
		if err := add(workflowFolder+p.from, workflowFolder+p.to, p.change); err != nil {
			return nil, err
		}
	}
	for _, part := range Parts {
		for _, name := range made[part] {
			if !s.Has(part) {
				continue
			}
			if err := add(workflowFolder+name, workflowFolder+name, func(*edit) {}); err != nil {
				return nil, err
			}
		}
	}
	changes := map[string]func(*edit){"cutover-binary": s.binary, "cutover-node": s.node, "cutover-deploy": s.deploySteps}
	for _, n := range actionNames {
		if !slices.Contains(s.stepNames(), n[1]) {
			continue
		}
		if err := add(".github/actions/"+n[0]+"/action.yml", ".github/actions/"+n[1]+"/action.yml", changes[n[1]]); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// stepNames are the shared steps that the chosen parts use.
func (s Settled) stepNames() []string {
	switch {
	case s.Has(Deploy):
		return []string{"cutover-binary", "cutover-node", "cutover-deploy"}
	case s.Has(Gate) && s.checks():
		return []string{"cutover-binary", "cutover-node"}
	}
	return []string{"cutover-binary"}
}

var ourAction = regexp.MustCompile(`uses: \./actions/([a-z-]+)`)

// fill puts the app, the pin and the branch into a file.
func (s Settled) fill(e *edit) {
	e.optional("  APP: examples/lego-api", "  APP: "+s.App.Folder)
	e.optional("${{ env.APP }}/cutover.yaml", "cutover.yaml")
	for _, n := range actionNames {
		e.optional("./.github/actions/"+n[0], "./.github/actions/"+n[1])
	}
	e.optional("branches: [main]", "branches: ["+s.branch()+"]")
	e.optional("docs/oidc.md says", s.page("docs/oidc.md")+" says")
	text := ourAction.ReplaceAllString(e.text(), "uses: "+ours+"/actions/$1@"+s.Asked.Pin+" # "+s.version())
	if !strings.Contains(text, "env.APP ") && !strings.Contains(text, "$APP/") {
		text = strings.Replace(text, "env:\n  APP: "+s.App.Folder+"\n\n", "", 1)
	}
	e.lines = strings.Split(text, "\n")
}

// page is where a page of cutover can be read, of the very commit that runs.
func (s Settled) page(name string) string {
	return "https://github.com/" + ours + "/blob/" + s.Asked.Pin + "/" + name
}

// version is what the comment beside a pin says.
func (s Settled) version() string {
	if s.Asked.Version != "" {
		return s.Asked.Version
	}
	return "unreleased"
}

func (s Settled) branch() string {
	switch {
	case s.Known != nil && s.Known.Branch != "":
		return s.Known.Branch
	case s.App.Branch != "":
		return s.App.Branch
	}
	return "main"
}

// checks says whether there is anything to check before a deployment.
func (s Settled) checks() bool {
	return s.lints() || s.App.Scripts.Test != ""
}

func (s Settled) lints() bool { return s.App.Scripts.Lint != "" || s.App.Scripts.Types != "" }

// bundled says that one build goes all the way. It needs a build that leaves the
// functions in dist, and the lockfile beside it that the receipt names.
func (s Settled) bundled() bool {
	return s.App.SST.Dist && s.App.Scripts.Build != "" && s.App.Manager.Lock != "" && s.App.Manager.Root(s.App.Folder) == s.App.Folder
}

// judging changes the jobs lint and test.
func (s Settled) judging(e *edit) {
	script := s.App.Scripts
	e.replace("- name: ESLint\n", "- name: Lint\n")
	e.replace("- name: Vitest\n", "- name: Tests\n")
	for _, step := range []struct{ name, from, script string }{{"Lint", "lint", script.Lint}, {"Type check", "typecheck", script.Types}, {"Tests", "test", script.Test}} {
		if step.script == "" {
			e.dropStep(step.name)
			continue
		}
		e.replace("run: corepack pnpm "+step.from+"\n", "run: "+s.App.Manager.Run(step.script)+"\n")
	}
	if !script.Coverage {
		for _, step := range []string{"Gate's binary", "Coverage gate", "Keep the report"} {
			// The gate before production has a binary of the same name.
			e.dropSteps(func(text string) bool {
				return strings.HasPrefix(text, "- name: "+step+"\n") && (step != "Gate's binary" || strings.Contains(text, "coverage-gate"))
			})
		}
		e.replace("    outputs:\n      lines: ${{ steps.gate.outputs.lines }}\n", "")
		e.optional("            Covered lines: ${{ needs.test.outputs.lines || 'not measured' }}\n", "")
	}
	if script.Test == "" {
		e.dropJob("test")
	}
	if !s.lints() {
		e.dropJob("lint")
	}
}

// gateAlone keeps of the deployment's jobs those that judge the commit.
func (s Settled) gateAlone(e *edit) {
	e.dropLine("Covered lines: ")
	s.judging(e)
	var jobs []string
	for _, id := range []string{"lint", "test"} {
		if from, to, ok := e.block(2, func(l string) bool { return l == id+":" }); ok {
			jobs = append(jobs, strings.Join(e.lines[from:to], "\n"))
		}
	}
	push := "  push:\n    branches: [main]\n"
	if s.Has(Deploy) {
		push = "" // sst-deploy.yml looks at what is pushed there
	}
	e.lines = strings.Split(`# What a commit must pass: lint and types, unit tests behind the coverage gate.
name: checks

on:
`+push+`  pull_request:

concurrency:
  group: checks-${{ github.ref }}
  cancel-in-progress: ${{ github.event_name == 'pull_request' }}

permissions: {}

env:
  APP: examples/lego-api

jobs:
`+strings.Join(jobs, "\n\n")+"\n", "\n")
}

// binary changes the steps that bring an action's binary: Go of one version, and
// a cache by the pin, since the sources are not in the user's checkout.
func (s Settled) binary(e *edit) {
	e.replace("        go-version-file: go.mod\n", "        go-version: \""+goVersion+"\"\n        cache: false # the sources are not in this repository\n")
	e.dropStep("Sources")
	e.replace("${{ steps.sources.outputs.digest }}", s.Asked.Pin)
}

// node changes the steps that bring Node and the packages.
func (s Settled) node(e *edit) {
	m := s.App.Manager
	e.replace("name: set up Node and pnpm\ndescription: Node, the pnpm that package.json names, and the app's packages from the cache or the registry.",
		"name: set up Node and "+m.Name+"\ndescription: Node, "+m.Name+", and the app's packages from the cache or the registry.")
	e.replace("Folder of the app, with .node-version, package.json and pnpm-lock.yaml.", "Folder of the app.")
	wanted := "node-version: \"" + usualNode + "\""
	if file := s.App.Node.File; file != "" {
		wanted = "node-version-file: " + s.within(file)
	}
	e.replace("node-version-file: ${{ inputs.app }}/.node-version", wanted)
	e.replace("${{ runner.temp }}/pnpm-store", "${{ runner.temp }}/packages")
	e.replace("hashFiles(format('{0}/pnpm-lock.yaml', inputs.app))", "hashFiles('"+s.lock()+"')")
	e.replace(" pnpm-${{", " "+m.Name+"-${{")
	if m.Name == "npm" {
		from, to, ok := e.block(4, func(l string) bool { return l == "- name: Packages" })
		for ok && from < to && comment(e.lines[from], 4) {
			e.lines = slices.Delete(e.lines, from, from+1)
			to--
		}
	}
	e.optional("holds pnpm against", "holds "+m.Name+" against")
	e.replace("run: corepack pnpm install --frozen-lockfile --prefer-offline", "run: "+m.Install())
	e.replace("npm_config_store_dir:", m.cacheVariable()+":")
	if up := s.up(); up != "" {
		e.replace("working-directory: ${{ inputs.app }}", "working-directory: ${{ inputs.app }}/"+up)
	}
}

// up is the way from the app's folder to that of the lockfile, "" if it is there.
func (s Settled) up() string {
	root := s.App.Manager.Root(s.App.Folder)
	if root == s.App.Folder {
		return ""
	}
	below := strings.Count(s.App.Folder, "/") + 1
	if root != "." {
		below -= strings.Count(root, "/") + 1
	}
	return path.Clean(strings.Repeat("../", below))
}

// within is a file's place seen from the input app, where it lies in there: a
// release that is gone back to is checked out elsewhere.
func (s Settled) within(file string) string {
	if s.App.Folder == "." {
		return "${{ inputs.app }}/" + file
	}
	if rest, ok := strings.CutPrefix(file, s.App.Folder+"/"); ok {
		return "${{ inputs.app }}/" + rest
	}
	return file
}

// lock is what the cache of the packages hangs on.
func (s Settled) lock() string {
	if s.App.Manager.Lock != "" {
		return s.App.Manager.Lock
	}
	return path.Join(s.App.Folder, "package.json")
}
