package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/cutover-dev/cutover/internal/config/loaded"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/load"
	"github.com/cutover-dev/cutover/internal/load/artillery"
)

// planned is what is sent, and what its reader should know of it.
func (i loadInputs) planned() (p load.Plan, notes []string, err error) {
	switch {
	case *i.profile != "" && *i.artillery != "":
		return p, nil, &fault.Fault{Kind: fault.Input, Name: "artillery", What: "cannot be given together with profile", Next: "Leave one of them out."}
	case *i.artillery != "":
		p, notes, err = i.foreign()
	case *i.profile != "":
		p, err = i.ofProfile()
	case *i.target == "" || *i.rate == 0:
		err = &fault.Fault{Kind: fault.Input, Name: "target", What: "and rate say what is sent, where neither profile nor artillery does", Next: "Give --target URL --rate N, or --profile NAME."}
	default:
		p = load.Plan{
			Name: "flags", Target: strings.TrimRight(*i.target, "/"), Seed: 1, Phases: []load.Phase{{Duration: *i.duration, From: *i.rate, To: *i.rate}},
			Mix: []load.Scenario{{Name: "all", Weight: 1, Requests: []load.Request{{Name: load.RouteName(*i.method, *i.path), Method: *i.method, Path: *i.path}}}},
		}
		err = i.allowed(&p)
	}
	if err != nil {
		return p, notes, err
	}
	p.Part = *i.shard
	return p, notes, p.Validate()
}

// ofProfile is the plan of cutover.yaml.
func (i loadInputs) ofProfile() (load.Plan, error) {
	file, err := i.loaded()
	if err != nil {
		return load.Plan{}, err
	}
	return loaded.Profile(file, *i.profile, *i.target, beside(*i.config))
}

// foreign is the plan of an Artillery file, against its own target unless another
// is given. Only to say what it would send needs no host that may be loaded.
func (i loadInputs) foreign() (load.Plan, []string, error) {
	text, err := os.ReadFile(*i.artillery)
	if err != nil {
		return load.Plan{}, nil, &fault.Fault{Kind: fault.Input, Name: "artillery", Got: *i.artillery, What: "cannot be read", Err: err}
	}
	p, notes, err := understood(*i.artillery, text)
	if err != nil {
		return p, nil, err
	}
	if *i.target != "" {
		p.Target = strings.TrimRight(*i.target, "/")
	}
	if *i.plan {
		return p, notes, nil
	}
	return p, notes, i.allowed(&p)
}

// allowed refuses a host that is neither this machine nor named by cutover.yaml.
func (i loadInputs) allowed(p *load.Plan) error {
	if loaded.Loopback(p.Target) && *i.config == "" {
		_, err := loaded.Target(nil, p.Target)
		return err
	}
	file, err := i.loaded()
	if err != nil {
		return err
	}
	if p.Stage, err = loaded.Target(file, p.Target); err == nil && file != nil {
		p.Project = file.Project
	}
	return err
}

// beside reads files next to another.
func beside(path string) func(string) ([]byte, error) {
	return func(name string) ([]byte, error) {
		root, err := os.OpenRoot(filepath.Dir(path))
		if err != nil {
			return nil, err
		}
		defer func() { _ = root.Close() }() // nothing was written
		return root.ReadFile(filepath.FromSlash(name))
	}
}

// understood reads an Artillery file, with what its reader should know of it.
func understood(path string, text []byte) (load.Plan, []string, error) {
	p, told, err := artillery.Parse(path, text, beside(path))
	var notes []string
	for _, n := range told {
		notes = append(notes, fmt.Sprintf("%s, line %d, %s: %s", path, n.Line, n.Key, n.Text))
	}
	return p, notes, err
}
