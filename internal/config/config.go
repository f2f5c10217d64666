// Package config is cutover.yaml as a whole: it composes the sections that
// the capabilities declare, reads files, and holds the rules that span
// sections. How a file is read, and how errors look, is in package strict.
//
// A new section is a settings.go in its capability's folder and one line in
// [File].
package config

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/cutover-dev/cutover/internal/comparison"
	"github.com/cutover-dev/cutover/internal/config/strict"
	"github.com/cutover-dev/cutover/internal/cost"
	"github.com/cutover-dev/cutover/internal/coverage"
	"github.com/cutover-dev/cutover/internal/datastore"
	"github.com/cutover-dev/cutover/internal/gate"
	"github.com/cutover-dev/cutover/internal/load"
	"github.com/cutover-dev/cutover/internal/message"
	"github.com/cutover-dev/cutover/internal/monitoring"
	"github.com/cutover-dev/cutover/internal/retire"
	"github.com/cutover-dev/cutover/internal/rollout"
	"github.com/cutover-dev/cutover/internal/slo"
	"github.com/cutover-dev/cutover/internal/trace"
)

// Name is the usual name of the file.
const Name = "cutover.yaml"

// File is the content of cutover.yaml with every default filled in. A section
// that is nil is not configured.
type File struct {
	Version int              `yaml:"version" default:"1" min:"1" max:"1" doc:"Version of this file's format."`
	Project string           `yaml:"project" required:"true" pattern:"^[A-Za-z][A-Za-z0-9-]{0,39}$" allowed:"letters, digits and -, starting with a letter, up to 40" example:"LEGO-API" doc:"Name of the project; it names dashboards (<project>-Serverless-<Stage>), topics and the cost tag Project."`
	Region  Region           `yaml:"region" required:"true" example:"us-east-1" doc:"AWS region of the application."`
	App     string           `yaml:"app" default:"." pattern:"^(\\.|[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*)$" allowed:"a folder below this file, written with /" doc:"Folder of the SST app, seen from this file."`
	Stages  map[string]Stage `yaml:"stages" required:"true" minitems:"1" maxitems:"20" keypattern:"^[a-z][a-z0-9-]{0,31}$" keyallowed:"lower-case letters, digits and -, starting with a letter" example:"{production: {url: \"https://api.example.com\"}}" doc:"The SST stages, by name."`
	Teams   message.Teams    `yaml:"teams" keypattern:"^[a-z][a-z0-9-]{0,31}$" keyallowed:"lower-case letters, digits and -, starting with a letter" example:"{devops: [devops@example.com]}" doc:"The mailboxes of each team, by its name."`

	Coverage   coverage.Policy      `yaml:"coverage" doc:"What the tests must cover before anything is deployed."`
	Gate       gate.Settings        `yaml:"gate" doc:"What must be right before a stage with users is deployed."`
	SLOs       slo.Objectives       `yaml:"slos" doc:"The service level objectives that every release is held to."`
	Traffic    *rollout.Settings    `yaml:"traffic" doc:"How traffic moves from ECS to Lambda."`
	Datastores *datastore.Settings  `yaml:"datastores" doc:"The stores that both sides share."`
	Monitoring *monitoring.Settings `yaml:"monitoring" doc:"Dashboards, alarms and who gets them."`
	Tracing    *trace.Settings      `yaml:"tracing" doc:"What trace-check sends to a stage, and what its traces must show."`
	Cost       *cost.Settings       `yaml:"cost" doc:"What no metric tells of what both sides use, to reckon what they cost."`
	Load       *load.Settings       `yaml:"load" doc:"How much load is sent to a stage by load-test, and what the stage is held to under it."`
	Comparison *comparison.Policy   `yaml:"comparison" doc:"What green must reach beside blue before blue is taken out of service."`
	Budget     *cost.Budget         `yaml:"budget" doc:"What the application may cost."`
	Slack      *message.Settings    `yaml:"slack" doc:"Messages to Slack."`
	Legacy     *retire.Settings     `yaml:"legacy" doc:"The ECS resources to take out of service at the end."`
}

// maxRead is one byte more than the engine accepts, so that it can say so.
const maxRead = 1<<20 + 1

// Load reads and checks the file at path. The error is a [*strict.Problems]
// if the content is wrong, and a plain one if the file cannot be read.
func Load(path string) (*File, error) {
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("there is no %s: %w", path, err)
	}
	if err != nil {
		return nil, fmt.Errorf("cannot open the configuration: %w", err)
	}
	defer func() { _ = f.Close() }() // nothing was written
	data, err := io.ReadAll(io.LimitReader(f, maxRead))
	if err != nil {
		return nil, fmt.Errorf("cannot read the configuration: %w", err)
	}
	return Parse(path, data)
}

// Optional loads the file that was named, or the one at fallback where none was;
// without either it is nil, and nothing is configured. Its errors are faults.
func Optional(named, fallback string) (*File, error) {
	path := named
	if path == "" {
		path = fallback
	}
	f, err := Load(path)
	if named == "" && errors.Is(err, os.ErrNotExist) {
		return nil, nil // no file is an answer, which callers look for
	}
	if err != nil {
		return nil, Faults(err)
	}
	return f, nil
}

// Runbooks is the folder of the runbooks that the file names, empty for none. It
// may be asked of no file.
func (f *File) Runbooks() string {
	if f == nil || f.Monitoring == nil {
		return ""
	}
	return string(f.Monitoring.RunbookBase)
}

// AppName is SST's name of the application: the one given, else the project in lower
// case, as SST wants names to be.
func (f *File) AppName(given string) string {
	if given != "" {
		return given
	}
	return strings.ToLower(f.Project)
}

// Parse checks data, the content of the file that errors call name. The error
// is nil or a [*strict.Problems] that lists everything that is wrong.
func Parse(name string, data []byte) (*File, error) {
	var f File
	if err := strict.Decode(name, data, &f); err != nil {
		return nil, err
	}
	return &f, nil
}

// Show writes the file with all defaults filled in and explained by comments.
// Parse reads it back as the same File.
func Show(f *File) []byte {
	return append([]byte("# cutover.yaml with every default written out\n\n"), strict.Show(f)...)
}

// Schema returns the JSON Schema (draft 2020-12) of cutover.yaml. It fails
// only if the declaration itself is broken, which a test rules out.
func Schema() ([]byte, error) {
	return strict.Schema(&File{}, Name, "Configuration of cutover: an SST app, its way to production, and the move of its traffic from ECS to Lambda.")
}
