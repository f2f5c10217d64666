package adopt

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/cutover-dev/cutover/internal/fault"
)

// Settle takes what was asked, else what cutover.yaml says already, else what the
// files tell, else a default, which it lists.
func Settle(app App, known *Known, asked Asked) (Settled, error) {
	s := Settled{App: app, Asked: asked, Known: known}
	if s.Known == nil {
		s.Known = &Known{}
	}
	if err := asked.check(); err != nil {
		return s, err
	}
	if err := s.choose(); err != nil {
		return s, err
	}
	s.names()
	s.addresses()
	s.Asked.Repository = either(asked.Repository, app.Repository)
	if s.Asked.Repository == "" {
		s.assume("the repository's name is not known: OWNER/NAME stands for it in the commands below; --repository names it")
	}
	if s.Asked.Mail = either(asked.Mail, known.mail()); s.Asked.Mail == "" {
		s.Asked.Mail = "devops@example.com"
	}
	s.tools()
	return s, nil
}

func (k *Known) mail() string {
	if k == nil {
		return ""
	}
	return k.Mail
}

func (s *Settled) assume(format string, args ...any) {
	s.Assumed = append(s.Assumed, fmt.Sprintf(format, args...))
}

// either is the first text that says something.
func either(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

// check holds what a person has typed to what may stand in a file.
func (a Asked) check() error {
	bad := func(name, got, allowed string) error {
		return &fault.Fault{Kind: fault.Input, Name: name, What: "cannot be taken", Got: got, Allowed: allowed}
	}
	switch {
	case !pinRE.MatchString(a.Pin):
		return bad("pin", a.Pin, "the full SHA of a commit of "+ours+": 40 hexadecimal digits")
	case a.Version != "" && !versionRE.MatchString(a.Version):
		return bad("version", a.Version, "a version such as v1.2.3")
	case a.Project != "" && !projectRE.MatchString(a.Project):
		return bad("project", a.Project, "letters, digits and -, starting with a letter, up to 40")
	case a.Region != "" && !regionRE.MatchString(a.Region):
		return bad("region", a.Region, "an AWS region such as us-east-1")
	case a.Repository != "" && !repositoryRE.MatchString(a.Repository):
		return bad("repository", a.Repository, "owner/name")
	case a.Mail != "" && !mailRE.MatchString(a.Mail):
		return bad("mail", a.Mail, "a mailbox such as devops@example.com")
	case a.Health != "" && !pathRE.MatchString(a.Health):
		return bad("health", a.Health, "a path that starts with /")
	}
	for name, url := range map[string]string{"url": a.Production, "staging-url": a.Staging} {
		if host, ok := strings.CutPrefix(url, "https://"); url != "" && (!ok || !hostRE.MatchString(host)) {
			return bad(name, url, "an address such as https://api.example.com")
		}
	}
	return nil
}

// choose settles the parts: those that were asked for, those that init wrote
// before, or those that suit the app.
func (s *Settled) choose() error {
	v2 := s.App.SST.Generation == 2
	switch {
	case len(s.Asked.Parts) > 0:
	case len(s.App.Written) > 0:
		s.Asked.Parts = s.App.Written
	default:
		s.Asked.Parts = []Part{Gate, Deploy, Monitoring}
		if s.App.ECS != "" || s.Known.Traffic || s.Known.Legacy {
			s.Asked.Parts = slices.Clone(Parts)
			s.assume("something runs on ECS (%s), so the parts that move traffic and retire it are there too", either(s.App.ECS, "cutover.yaml"))
		}
		if v2 {
			s.Asked.Parts = slices.DeleteFunc(s.Asked.Parts, func(p Part) bool { return p == Deploy })
			s.assume("SST v2 is deployed as it is now: sst-deploy judges by SST's own state, which v2 does not keep")
		}
	}
	if v2 && s.Has(Deploy) {
		return &fault.Fault{
			Kind: fault.Input, Name: "with", What: "has deploy, and the app is of SST v2, whose deployments leave no state to judge by", Got: string(Deploy),
			Allowed: "the other parts", Next: "Leave deploy out, or move the app to SST v3 or later first.",
		}
	}
	return nil
}

// names settles project and region.
func (s *Settled) names() {
	found := s.App.SST.Name
	if !projectRE.MatchString(found) {
		found = tame(found)
	}
	given := either(s.Asked.Project, s.Known.Project, found)
	if given == "" {
		given = either(tame(s.App.Package), "app")
		s.assume("sst.config.ts has the app's name in no plain text: the project is called %s; --project says otherwise", given)
	}
	s.Asked.Project = given
	if s.Asked.Region != "" {
		return
	}
	told := s.App.SST.Region
	if !regionRE.MatchString(told) {
		told = ""
	}
	known, guess := s.Known.Region, s.Known.openAt("region")
	switch {
	case known != "" && (!guess || told == ""):
		s.Asked.Region, s.openRegion = known, guess
	case told != "":
		s.Asked.Region = told
	default:
		s.Asked.Region, s.openRegion = "us-east-1", true
	}
	if s.openRegion {
		s.assume("sst.config.ts names no region: %s; --region says otherwise", s.Asked.Region)
	}
}

// openAt says whether cutover.yaml has the key with a TODO beside it.
func (k *Known) openAt(key string) bool {
	for line := range strings.Lines(k.Text) {
		if strings.HasPrefix(strings.TrimSpace(line), key+": ") && strings.Contains(line, "# TODO") {
			return true
		}
	}
	return false
}

// tame makes a project's name of any text.
func tame(text string) string {
	var b strings.Builder
	for _, r := range text {
		switch {
		case r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' && b.Len() > 0:
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	name := b.String()
	return strings.Trim(name[:min(len(name), 40)], "-")
}

// unknownHost ends the addresses that nobody knows yet. It is nobody's
// (RFC 2606), so that nothing can be sent there by mistake.
const unknownHost = ".example.com"

// placeholder stands for a stage's address until a person writes the right one.
func (s *Settled) placeholder(stage string) string {
	host := strings.ToLower(s.Asked.Project) + unknownHost
	if stage != "production" {
		host = stage + "." + host
	}
	return "https://" + host
}

// open says whether the address of a stage stands for one that nobody knows.
func (s *Settled) open(stage, url string) bool { return url == s.placeholder(stage) }

// addresses settles where the stages answer.
func (s *Settled) addresses() {
	known := func(stage string) string {
		if url := s.Known.URLs[stage]; !s.open(stage, url) {
			return url
		}
		return ""
	}
	told := func(ahead string) string {
		if s.App.SST.Domain == "" {
			return ""
		}
		return "https://" + ahead + s.App.SST.Domain
	}
	s.Asked.Production = either(s.Asked.Production, known("production"), told(""), s.placeholder("production"))
	if s.Asked.Staging == "" && known("staging") == "" && told("") != "" {
		s.assume("staging answers at %s; --staging-url says otherwise", told("staging."))
	}
	s.Asked.Staging = either(s.Asked.Staging, known("staging"), told("staging."), s.placeholder("staging"))
	if s.open("production", s.Asked.Production) {
		s.assume("where production answers stands in no file: %s is nobody's and stands for it; --url names it", s.Asked.Production)
	}
	if s.open("staging", s.Asked.Staging) {
		s.assume("where staging answers stands in no file: %s is nobody's and stands for it; --staging-url names it", s.Asked.Staging)
	}
}

// tools lists what is taken for granted of the app's own tools.
func (s *Settled) tools() {
	m, script := s.App.Manager, s.App.Scripts
	if m.Lock == "" {
		s.assume("there is no lockfile: %s is taken, and its lockfile has to be committed before anything passes", m.Name)
	}
	if !m.Named && m.Name != "npm" {
		s.assume("package.json names no packageManager: Corepack takes the %s that it knows; `corepack use %s@latest` pins it", m.Name, m.Name)
	}
	if s.App.Node.File == "" && (s.Has(Gate) || s.Has(Deploy)) {
		s.assume("no file names the version of Node: %s", usualNode)
	}
	for _, missing := range []struct {
		have bool
		what string
	}{{script.Lint != "", "lint"}, {script.Types != "", "typecheck"}, {script.Test != "", "test"}, {script.Integration != "" || !s.Has(Deploy), "test:integration"}} {
		if !missing.have && (s.Has(Gate) || s.Has(Deploy)) {
			s.assume("package.json has no script %s: that step is left out", missing.what)
		}
	}
	switch {
	case script.Test != "" && !script.Coverage:
		s.assume("the script %s measures no coverage: the tests run without the coverage gate", script.Test)
	case script.Coverage && !s.App.LCOV:
		s.assume("the script %s is taken to write coverage/lcov.info, which no configuration says (Vitest: coverage.reporter: ['lcov'])", script.Test)
	}
	if s.Has(Deploy) {
		if !s.bundled() {
			s.assume("SST builds the functions while it deploys, so that no digest can show that both stages got the same: the gate's check staging is off")
		}
		s.assume("a deployment must answer at %s with 200; --health names another path", s.health())
	}
	for _, name := range s.App.Deploys {
		if s.Has(Deploy) {
			s.assume("%s deploys with sst by itself: two of them would wait for each other's lock; remove one", name)
		}
	}
	if s.App.Folder != "." {
		s.assume("the app is in %s", path.Clean(s.App.Folder))
	}
	slices.Sort(s.Assumed)
}

// Question is something that no file told and that a person may know.
type Question struct{ Key, Otherwise string }

// Questions are few: whatever has a sound default is only said.
func (s Settled) Questions() []Question {
	var all []Question
	if s.openRegion {
		all = append(all, Question{"region", s.Asked.Region})
	}
	if s.open("production", s.Asked.Production) {
		all = append(all, Question{"url", s.Asked.Production})
	}
	if s.open("staging", s.Asked.Staging) {
		all = append(all, Question{"staging-url", s.Asked.Staging})
	}
	if s.mails() && s.Asked.Mail == unknownMail {
		all = append(all, Question{"mail", s.Asked.Mail})
	}
	return all
}
