package main

import (
	"context"
	"fmt"
	"os"

	"github.com/cutover-dev/cutover/internal/adopt"
	"github.com/cutover-dev/cutover/internal/config"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/runner"
)

const configUsage = "The configuration file."

// checked is the JSON result of config check.
type checked struct {
	Verdict string `json:"verdict" jsonschema:"enum=pass"`
	File    string `json:"file"`
	// Open are the lines that init has left to a person.
	Open []adopt.Todo `json:"open,omitempty"`
}

func configCheck() *runner.Program {
	in := runner.NewInputs()
	path := in.String("config", config.Name, configUsage)
	return &runner.Program{
		Name: "config check", Summary: "Checks cutover.yaml and names every problem with its line and column.", Inputs: in,
		Run: func(_ context.Context, s *runner.Session) error {
			if _, err := config.Load(*path); err != nil {
				return config.Faults(err)
			}
			text, err := os.ReadFile(*path)
			if err != nil {
				return &fault.Fault{Kind: fault.Input, Name: "config", What: "cannot be read a second time", Err: err}
			}
			open := adopt.Open(string(text))
			for _, o := range open {
				s.Notef("%s:%d: to be filled in: %s", *path, o.Line, o.What)
			}
			return s.Result(fmt.Sprintf("%s is valid.", *path), checked{Verdict: "pass", File: *path, Open: open})
		},
	}
}

func configShow() *runner.Program {
	in := runner.NewInputs()
	path := in.String("config", config.Name, configUsage)
	return &runner.Program{
		Name: "config show", Summary: "Prints cutover.yaml with every default filled in and explained.", Inputs: in,
		Run: func(_ context.Context, s *runner.Session) error {
			file, err := config.Load(*path)
			if err != nil {
				return config.Faults(err)
			}
			return s.Result(string(config.Show(file)), map[string]string{"file": *path, "yaml": string(config.Show(file))})
		},
	}
}

func configSchema() *runner.Program {
	return &runner.Program{
		Name: "config schema", Summary: "Prints the JSON Schema by which editors complete cutover.yaml.", Inputs: runner.NewInputs(),
		Run: func(_ context.Context, s *runner.Session) error {
			schema, err := config.Schema()
			if err != nil {
				return err
			}
			return s.Result(string(schema), rawJSON(schema))
		},
	}
}

// rawJSON is JSON that is printed as it is.
type rawJSON []byte

// MarshalJSON returns the text itself.
func (r rawJSON) MarshalJSON() ([]byte, error) { return r, nil }
