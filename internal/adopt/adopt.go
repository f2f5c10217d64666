// Package adopt decides what cutover init writes into somebody's repository: it
// looks at the files that are there, settles what they do not tell, derives the
// workflows from this repository's own, and compares the result with what is
// there. It writes nothing.
package adopt

import (
	"regexp"
	"slices"
	"strings"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/nearest"
)

// Part is a piece of cutover that is useful without the others.
type Part string

// The parts, in the order in which they are explained.
const (
	Gate         Part = "gate"         // lint, types and tests behind the coverage gate
	Deploy       Part = "deploy"       // the way to production, the way back, the diff
	Monitoring   Part = "monitoring"   // what watches a stage
	Traffic      Part = "traffic"      // from ECS to Lambda, and the comparison of both
	Load         Part = "load"         // load tests
	Cost         Part = "cost"         // what was spent, and the monthly review
	Decommission Part = "decommission" // ECS out of service
)

// Parts are all of them.
var Parts = []Part{Gate, Deploy, Monitoring, Traffic, Load, Cost, Decommission}

// ParseParts reads names of parts, with commas between them.
func ParseParts(text string) ([]Part, error) {
	var all []string
	for _, p := range Parts {
		all = append(all, string(p))
	}
	var parts []Part
	for name := range strings.SplitSeq(text, ",") {
		if name = strings.TrimSpace(name); name == "" {
			continue
		}
		if !slices.Contains(all, name) {
			f := &fault.Fault{Kind: fault.Input, Name: "with", What: "is no part of cutover", Got: name, Allowed: strings.Join(all, ", ")}
			if near := nearest.To(name, all); near != "" {
				f.Next = "Did you mean " + near + "?"
			}
			return nil, f
		}
		if !slices.Contains(parts, Part(name)) {
			parts = append(parts, Part(name))
		}
	}
	// In one order, whatever order they were given in.
	slices.SortFunc(parts, func(a, b Part) int { return slices.Index(Parts, a) - slices.Index(Parts, b) })
	return parts, nil
}

// App is what a repository's files tell of its SST app.
type App struct {
	// Folder is the app's, seen from the repository: "." or services/api.
	Folder string
	// Package is its name in package.json, without a scope.
	Package string
	SST     SST
	Manager Manager
	Node    Node
	Scripts Scripts
	// LCOV says that a configuration of the tests names that format.
	LCOV bool
	// Branch is the default branch, and Repository owner/name, as far as git's
	// files tell.
	Branch, Repository string
	// ECS is the file that shows that something runs on ECS, "" without one.
	ECS string
	// Deploys are workflows of the repository that call sst by themselves.
	Deploys []string
	// Written are the parts that init has written before.
	Written []Part
}

// Known is what a cutover.yaml that is there already says.
type Known struct {
	Project, Region, App, Branch, Mail string
	// Text is the file's own, and Teams those that have a mailbox there.
	Text  string
	Teams []string
	// URLs are the stages' addresses.
	URLs map[string]string
	// Sections that it has.
	Traffic, Tracing, Monitoring, Load, Legacy bool
}

// Asked is what was given by flags or answers; what is empty was not.
type Asked struct {
	Parts                                                          []Part
	Project, Region, Production, Staging, Mail, Repository, Health string
	// Pin is the commit of cutover, and Version what it is called.
	Pin, Version string
	// Stores is the section datastores out of an inventory, and API its gateway.
	Stores []string
	API    string
}

// Settled is everything that the files are made of.
type Settled struct {
	App   App
	Asked Asked
	Known *Known
	// Assumed is what nobody said and no file told.
	Assumed []string
	// openRegion says that the region is a guess that a person has to confirm.
	openRegion bool
}

// Has says whether a part was chosen.
func (s Settled) Has(p Part) bool { return slices.Contains(s.Asked.Parts, p) }

var (
	// projectRE and the others hold what is written into YAML: a text of a
	// stranger's file that looks otherwise is not taken.
	projectRE    = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9-]{0,39}$`)
	regionRE     = regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-[1-9]$`)
	hostRE       = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,24}$`)
	branchRE     = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._/-]{0,99}$`)
	repositoryRE = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9._-]{1,100}$`)
	folderRE     = regexp.MustCompile(`^(\.|[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*)$`)
	pinRE        = regexp.MustCompile(`^[0-9a-f]{40}$`)
	versionRE    = regexp.MustCompile(`^v[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$`)
	pathRE       = regexp.MustCompile(`^/[A-Za-z0-9._~/-]*$`)
	mailRE       = regexp.MustCompile(`^[A-Za-z0-9._%+-]+@([A-Za-z0-9-]+\.)+[A-Za-z]{2,24}$`)
)
