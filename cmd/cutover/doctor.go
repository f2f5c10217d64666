package main

import (
	"context"
	"errors"

	"github.com/cutover-dev/cutover/internal/config"
	"github.com/cutover-dev/cutover/internal/config/examined"
	"github.com/cutover-dev/cutover/internal/doctor"
	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/runner"
)

// examine is the doctor's offline half: what the files of a repository tell. The
// other half is the action doctor, which has credentials.
func examine() *runner.Program {
	in := runner.NewInputs()
	dir := in.String("dir", ".", "Folder of the repository.")
	name := in.String("config", config.Name, "cutover.yaml, seen from the folder.")
	repository := in.String("repository", "OWNER/NAME", "GitHub repository, for the commands that are shown.")
	return &runner.Program{
		Name: "doctor", Summary: "Looks whether a repository has what a first run needs: configuration, app, workflows. The action doctor looks at GitHub, AWS and Slack too.", Inputs: in,
		Run: func(ctx context.Context, s *runner.Session) error {
			e, err := examined.Folder(*dir, examined.Given{Config: *name, Repository: *repository})
			if err != nil {
				return err
			}
			defer func() { _ = e.Close() }() // nothing was written
			r := doctor.Of(e.Plan.Project, doctor.Examine(ctx, doctor.OfflineChecks(e.Plan, e.Files)), []string{"GitHub, AWS and Slack: the action doctor asks them"})
			return errors.Join(r.Err(), s.Result(report.Terminal(doctor.View(r), s.Colour()), r))
		},
	}
}
