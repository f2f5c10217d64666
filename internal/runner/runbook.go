package runner

import (
	"path"
	"slices"
	"strings"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/runbook"
)

// Runbooks says where the runbooks are: monitoring.runbook_base of cutover.yaml.
// Until it is called, and after an empty base, they are those of the version
// that runs.
func (s *Session) Runbooks(base string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.runbooks = base
}

// RunbookBase is the address of the folder with the runbooks.
func (s *Session) RunbookBase() string {
	s.mu.Lock()
	base := s.runbooks
	s.mu.Unlock()
	if base != "" {
		return base
	}
	return pinned(s.host.Getenv)
}

// Runbook is the address of the section for a failure.
func (s *Session) Runbook(k runbook.Kind) string { return runbook.Link(s.RunbookBase(), k) }

// RunbookTable is a block that leads to the sections for several failures.
func (s *Session) RunbookTable(kinds ...runbook.Kind) report.Block {
	t := report.Table{Columns: []report.Column{{Title: "what to do"}}}
	for _, k := range once(kinds) {
		t.Rows = append(t.Rows, []report.Cell{{Text: "runbook: " + string(k), Href: s.Runbook(k)}})
	}
	return t
}

// pinned is where the runbooks of the version that runs are. A workflow takes an
// action from <work>/_actions/<owner>/<repository>/<ref>/<folder>, or from the
// workspace, which is the run's commit; source: docs.github.com, variables
// reference, GITHUB_ACTION_PATH.
func pinned(getenv func(string) string) string {
	at := getenv("GITHUB_SERVER_URL")
	folder := path.Clean(strings.ReplaceAll(getenv("GITHUB_ACTION_PATH"), `\`, "/"))
	root, action, ours := strings.Cut(folder+"/", "/actions/")
	if workspace := getenv("GITHUB_WORKSPACE"); ours && workspace != "" && strings.HasPrefix(root+"/", strings.TrimSuffix(workspace, "/")+"/") {
		return runbook.Base(at, getenv("GITHUB_REPOSITORY"), getenv("GITHUB_SHA"), strings.TrimPrefix(root, workspace))
	}
	if _, taken, is := strings.Cut(root, "/_actions/"); is && action != "" {
		if parts := strings.SplitN(taken, "/", 3); len(parts) == 3 {
			return runbook.Base(at, parts[0]+"/"+parts[1], parts[2], "")
		}
	}
	return runbook.Base("", "", "", "")
}

// sections are where a fault's reader finds help: what its maker named, else
// what its program and its kind lead to.
func (s *Session) sections(f *fault.Fault) []runbook.Kind {
	if len(f.Runbooks) > 0 {
		return once(f.Runbooks)
	}
	return []runbook.Kind{runbook.Of(s.program.Name, f.Kind.String())}
}

// addresses are the links of sections, for the end of a message.
func (s *Session) addresses(kinds []runbook.Kind) string {
	var all []string
	for _, k := range kinds {
		all = append(all, s.Runbook(k))
	}
	return strings.Join(all, " , ")
}

// summarise ends the job summary with where to find help.
func (s *Session) summarise(err error) {
	if err == nil || s.actions == nil {
		return
	}
	var kinds []runbook.Kind
	for _, f := range fault.All(err) {
		kinds = append(kinds, s.sections(f)...)
	}
	var links []string
	for _, k := range once(kinds) {
		links = append(links, "["+string(k)+"]("+s.Runbook(k)+")")
	}
	s.Summary("**What to do:** " + strings.Join(links, " · "))
}

func once(kinds []runbook.Kind) []runbook.Kind {
	var all []runbook.Kind
	for _, k := range kinds {
		if !slices.Contains(all, k) {
			all = append(all, k)
		}
	}
	return all
}
