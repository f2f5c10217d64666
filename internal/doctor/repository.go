package doctor

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// Repository is what a user's files say, as far as it was read.
type Repository struct {
	// Workflows are those that could be read, Broken those that could not, by file.
	Workflows []Workflow
	Broken    map[string]string
}

// Workflow is one file below .github/workflows.
type Workflow struct {
	// File is its path from the repository's root, Name what GitHub calls it.
	File, Name string
	Jobs       []Job
	Schedules  []string
	// Vars and Secrets are the names that its expressions take.
	Vars, Secrets []string
}

// Job is one job of a workflow.
type Job struct {
	ID string
	// Environments are the names that its environment may come to.
	Environments []string
	// Granted are the permissions that its token has; Unset says that nobody wrote
	// any, so that the repository's setting counts.
	Granted map[string]string
	Unset   bool
	Uses    []Use
}

// Use is a step that calls one of cutover's actions.
type Use struct {
	// Action is such as deploy-gate, Ref what stands behind the @; a Local one is
	// of the repository itself.
	Action, Ref string
	Local       bool
	// Placed says that its job has an environment.
	Placed bool
	With   map[string]string
}

// folder is where GitHub looks for workflows, mostBytes how long one may be; source:
// GitHub, "Workflow syntax"; a file of a megabyte is no workflow.
const (
	folder    = ".github/workflows"
	mostBytes = 1 << 20
	mostFiles = 500
)

// Read reads the workflows of a repository. What is broken is told, not returned
// as an error: the other files still say something.
func Read(files fs.FS) (Repository, error) {
	r := Repository{Broken: map[string]string{}}
	entries, err := fs.ReadDir(files, folder)
	if errors.Is(err, fs.ErrNotExist) {
		return r, nil
	}
	if err != nil {
		return r, fmt.Errorf("reading %s: %w", folder, err)
	}
	for _, e := range entries[:min(len(entries), mostFiles)] {
		if ext := path.Ext(e.Name()); ext != ".yml" && ext != ".yaml" {
			continue
		}
		name := path.Join(folder, e.Name())
		text, err := readFile(files, name)
		var w Workflow
		if err == nil {
			w, err = ParseWorkflow(name, text)
		}
		if err != nil {
			r.Broken[name] = err.Error()
			continue
		}
		r.Workflows = append(r.Workflows, w)
	}
	return r, nil
}

func readFile(files fs.FS, name string) ([]byte, error) {
	info, err := fs.Stat(files, name)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, errors.New("is no file")
	case info.Size() > mostBytes:
		return nil, fmt.Errorf("has %d bytes, and at most %d are read", info.Size(), mostBytes)
	}
	return fs.ReadFile(files, name)
}

// document is a workflow as far as it matters here.
type document struct {
	Name        string
	On          yaml.Node
	Permissions yaml.Node
	Jobs        yaml.Node
}

type jobDocument struct {
	Environment yaml.Node
	Permissions yaml.Node
	Steps       []struct {
		Uses string
		With map[string]yaml.Node
	}
}

// ParseWorkflow reads one workflow.
func ParseWorkflow(file string, text []byte) (Workflow, error) {
	w := Workflow{File: file, Name: path.Base(file)}
	var root yaml.Node
	if err := yaml.Unmarshal(text, &root); err != nil {
		return w, errors.New("is no YAML")
	}
	var d document
	if err := root.Decode(&d); err != nil {
		return w, errors.New("is no workflow")
	}
	if d.Name != "" {
		w.Name = d.Name
	}
	choices := map[string][]string{}
	w.Schedules = triggers(&d.On, choices)
	w.names(&root)
	if d.Jobs.Kind != yaml.MappingNode {
		return w, errors.New("has no jobs")
	}
	for i := 0; i+1 < len(d.Jobs.Content); i += 2 {
		var j jobDocument
		if err := d.Jobs.Content[i+1].Decode(&j); err != nil {
			return w, fmt.Errorf("its job %q is none", d.Jobs.Content[i].Value)
		}
		job := Job{ID: d.Jobs.Content[i].Value, Environments: environments(&j.Environment, choices)}
		job.permissions(&j.Permissions, &d.Permissions)
		for _, s := range j.Steps {
			if u, ok := parseUse(s.Uses); ok {
				u.Placed = j.Environment.Kind != 0
				for name, value := range s.With {
					u.With[name] = value.Value
				}
				job.Uses = append(job.Uses, u)
			}
		}
		w.Jobs = append(w.Jobs, job)
	}
	return w, nil
}

// ours is how workflows of others call cutover's actions.
const ours = "cutover-dev/cutover/actions/"

// parseUse says which of cutover's actions a step calls.
func parseUse(uses string) (Use, bool) {
	u := Use{With: map[string]string{}}
	name, ref, _ := strings.Cut(uses, "@")
	switch {
	case strings.HasPrefix(name, ours):
		u.Action, u.Ref = strings.TrimPrefix(name, ours), ref
	case strings.HasPrefix(name, "./actions/"):
		u.Action, u.Local = strings.TrimPrefix(name, "./actions/"), true
	default:
		return u, false
	}
	u.Action = strings.Trim(u.Action, "/")
	// Another's folder of that name is none of ours.
	return u, !u.Local || knownAction(u.Action)
}

// permissions are the job's, else the workflow's, else nobody wrote any. A map
// that is there takes away everything that it does not name; source: GitHub,
// "Workflow syntax", permissions.
func (j *Job) permissions(job, workflow *yaml.Node) {
	j.Granted = map[string]string{}
	for _, n := range []*yaml.Node{job, workflow} {
		switch n.Kind {
		case yaml.MappingNode:
			_ = n.Decode(&j.Granted) // what is no text grants nothing
			return
		case yaml.ScalarNode:
			if all := strings.TrimSuffix(n.Value, "-all"); all != n.Value {
				for _, p := range permissionNames {
					j.Granted[p] = all
				}
				if all == "read" {
					delete(j.Granted, "id-token")
				}
			}
			return
		}
	}
	j.Unset = true
}

// triggers reads the schedules, and the choices of inputs.
func triggers(on *yaml.Node, choices map[string][]string) (schedules []string) {
	var t struct {
		Schedule []struct{ Cron string }
		Dispatch struct {
			Inputs map[string]struct {
				Options []string
				Default yaml.Node
			}
		} `yaml:"workflow_dispatch"`
	}
	if on.Kind != yaml.MappingNode || on.Decode(&t) != nil {
		return nil
	}
	for _, s := range t.Schedule {
		schedules = append(schedules, s.Cron)
	}
	for name, in := range t.Dispatch.Inputs {
		choices[name] = in.Options
		if in.Default.Value != "" && !slices.Contains(in.Options, in.Default.Value) {
			choices[name] = append(choices[name], in.Default.Value)
		}
	}
	return schedules
}
