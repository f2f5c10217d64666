// Command cutover is the toolbox for work that needs no credentials.
package main

import (
	"os"

	"github.com/cutover-dev/cutover/internal/runner"
)

func main() {
	os.Args = withFile(os.Args)
	os.Exit(toolbox().Main())
}

func toolbox() *runner.Toolbox {
	return &runner.Toolbox{
		Name:     "cutover",
		Summary:  "work on cutover.yaml and on cutovers without credentials and without a cloud.",
		Programs: []*runner.Program{configCheck(), configShow(), configSchema(), rehearse(), replay(), permissions(), monitoringTemplate(), monitoringLint(), monitoringDashboard(), prices(), loadTest(), initialise(), examine()},
	}
}
