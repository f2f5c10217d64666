// Command publish releases cutover itself: it settles the version, builds the
// same bytes anywhere, says what changed, and brings a release to its end however
// often it is cut off. docs/releasing.md says how; .github/workflows/release.yml
// calls it.
package main

import (
	"os"

	"github.com/cutover-dev/cutover/internal/publish"
	"github.com/cutover-dev/cutover/internal/runner"
)

func main() { os.Exit(toolbox().Main()) }

func toolbox() *runner.Toolbox {
	return &runner.Toolbox{
		Name:     "cutover-publish",
		Summary:  "releases of cutover: version, binaries, checksums, bill of materials, changelog, upgrade note.",
		Programs: []*runner.Program{planProgram(), buildProgram(), gatherProgram(), publishProgram(), upgradeProgram(), changelogProgram()},
	}
}

// repositoryName is where cutover lives, unless a run says otherwise.
const repositoryName = "cutover-dev/cutover"

func repositoryOf(s *runner.Session) string {
	if name := s.Getenv("GITHUB_REPOSITORY"); name != "" {
		return name
	}
	return repositoryName
}

// Inputs that several programs share.
func folderInput(in *runner.Inputs) *string {
	return in.String("source", ".", "Checkout of cutover.")
}

func releaseInput(in *runner.Inputs) *publish.Version {
	return runner.Parsed(in, "release", "", "such as v1.2.3", "Version of the release.", publish.ParseVersion, runner.Required())
}

func commandsInput(in *runner.Inputs) *[]string {
	return in.Strings("commands", "Program to release; without any all of them.")
}

func platformsInput(in *runner.Inputs) *[]string {
	return in.Strings("platforms", "Platform to release for, such as linux/amd64; without any all four.")
}

// platformsOf reads them; none are all.
func platformsOf(names []string) ([]publish.Platform, error) {
	if len(names) == 0 {
		return publish.Platforms(), nil
	}
	var all []publish.Platform
	for _, name := range names {
		p, err := publish.ParsePlatform(name)
		if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, nil
}
