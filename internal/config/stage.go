package config

import "github.com/cutover-dev/cutover/internal/unit"

// Stage is one SST stage: a deployed copy of the application.
type Stage struct {
	URL         unit.URL `yaml:"url" required:"true" example:"https://api.example.com" doc:"Where the stage answers."`
	Environment string   `yaml:"environment" pattern:"^[A-Za-z0-9][A-Za-z0-9 ._-]{0,99}$" allowed:"letters, digits, spaces and . _ -" example:"production" doc:"GitHub environment that guards its deployments; the stage's name unless set."`
	Approval    string   `yaml:"approval" enum:"required,none" example:"required" doc:"required: a deployment waits for a reviewer; none: it does not. Default: required for production, none for the others."`
}

// The values of Stage.Approval.
const (
	ApprovalRequired = "required"
	ApprovalNone     = "none"
)

// production is the stage that waits for an approval unless told otherwise.
const production = "production"

// DefaultsFor fills what depends on the stage's name.
func (s *Stage) DefaultsFor(name string) {
	if s.Environment == "" {
		s.Environment = name
	}
	if s.Approval == "" {
		s.Approval = ApprovalNone
		if name == production {
			s.Approval = ApprovalRequired
		}
	}
}
