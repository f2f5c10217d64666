package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/term"

	source "github.com/cutover-dev/cutover"
	"github.com/cutover-dev/cutover/internal/adopt"
	"github.com/cutover-dev/cutover/internal/config"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/runner"
)

// initInputs are what init takes.
type initInputs struct {
	dir, app, inventory                 *string
	project, region, url, staging, mail *string
	repository, health, pin             *string
	with, force                         *[]string
	yes, dry                            *bool
	questions                           io.Reader
	asks                                func() bool
}

// initiated is the JSON result of init.
type initiated struct {
	Verdict string         `json:"verdict" jsonschema:"enum=pass"`
	Dir     string         `json:"dir"`
	Pin     string         `json:"pin"`
	Parts   []adopt.Part   `json:"parts"`
	Written bool           `json:"written"`
	Files   []adopt.Change `json:"files"`
	Assumed []string       `json:"assumed"`
	Open    []adopt.Todo   `json:"open"`
	Steps   []adopt.Step   `json:"steps"`
}

func initialise() *runner.Program {
	return initialiseFrom(os.Stdin, func() bool { return term.IsTerminal(int(os.Stdin.Fd())) })
}

// initialiseFrom is init with the place that answers come from, if anybody is
// there to answer.
func initialiseFrom(questions io.Reader, asks func() bool) *runner.Program {
	in := runner.NewInputs()
	i := &initInputs{
		dir:        in.String("dir", ".", "Folder of the repository."),
		app:        in.String("app", "", "Folder of the SST app, seen from dir; searched for unless given."),
		with:       in.Strings("with", "Parts to set up, with commas between them: gate, deploy, monitoring, traffic, load, cost, decommission. Without it those that were set up before, else those that suit the app."),
		project:    in.String("project", "", "Name of the project; without it the app's in sst.config.ts."),
		region:     in.String("region", "", "AWS region; without it the one in sst.config.ts."),
		url:        in.String("url", "", "Address of production, such as https://api.example.com."),
		staging:    in.String("staging-url", "", "Address of staging."),
		mail:       in.String("mail", "", "Mailbox that gets the alarms."),
		repository: in.String("repository", "", "GitHub repository, owner/name; without it the one that git knows as origin."),
		health:     in.String("health", "", "Path that must answer with 200 after a deployment; without it /health if the app names it, else /."),
		inventory:  in.String("inventory", "", "inventory.json of monitoring-stack, for the stores and the API."),
		pin:        in.String("pin", "", "Commit of cutover that the workflows use; without it the one that this binary is of."),
		force:      in.Strings("force", "File that a person has changed and that init may take all the same."),
		yes:        in.Bool("yes", false, "Ask nothing, and take the defaults."),
		dry:        in.Bool("dry-run", false, "Only show the differences; nothing is written."),
		questions:  questions, asks: asks,
	}
	return &runner.Program{
		Name: "init", Summary: "Sets cutover up in a repository with an SST app: cutover.yaml, the workflows, and what only a person can do.", Inputs: in,
		Run: func(ctx context.Context, s *runner.Session) error { return i.run(ctx, s) },
	}
}

func (i *initInputs) run(ctx context.Context, s *runner.Session) error {
	root, err := os.OpenRoot(*i.dir)
	if err != nil {
		return &fault.Fault{Kind: fault.Input, Name: "dir", What: "cannot be opened", Got: *i.dir, Next: "Name the folder of the repository.", Err: errors.Unwrap(err)}
	}
	defer func() { _ = root.Close() }() // each file was closed by itself
	i.above(s)
	settled, err := i.settle(ctx, s, root.FS())
	if err != nil {
		return err
	}
	changes, err := adopt.Plan(root.FS(), source.Files, settled, *i.force)
	if err != nil {
		return err
	}
	if err := accepted(changes); err != nil {
		return err
	}
	result := initiated{Verdict: "pass", Dir: *i.dir, Pin: settled.Asked.Pin, Parts: settled.Asked.Parts, Files: changes, Assumed: settled.Assumed, Steps: settled.Steps()}
	result.Open = adopt.Open(changes[0].Text)
	if *i.dry {
		return s.Result(differences(changes)+view(result, true), result.whole())
	}
	if !s.JSON() {
		s.Notef("%s", strings.TrimSuffix(differences(changes), "\n"))
	}
	if err := i.agree(s, changes); err != nil {
		return err
	}
	for _, c := range changes {
		if !c.Writes() {
			continue
		}
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		if err := put(root, c.Path, c.Text); err != nil {
			return err
		}
		result.Written = true
	}
	return s.Result(view(result, false), result.whole())
}

// whole has empty lists instead of none, as its schema says.
func (r initiated) whole() initiated {
	if r.Assumed == nil {
		r.Assumed = []string{}
	}
	if r.Open == nil {
		r.Open = []adopt.Todo{}
	}
	return r
}

// above says when the folder is not the repository's own: workflows count only
// at its root.
func (i *initInputs) above(s *runner.Session) {
	at, err := filepath.Abs(*i.dir)
	if err != nil {
		return
	}
	for ; ; at = filepath.Dir(at) {
		if _, err := os.Lstat(filepath.Join(at, ".git")); err == nil {
			break
		}
		if filepath.Dir(at) == at {
			return
		}
	}
	if own, err := filepath.Abs(*i.dir); err == nil && own != at {
		s.Notef("%s lies in the git repository %s, and GitHub finds workflows only at its root: run init --dir %s there.", *i.dir, at, at)
	}
}

func (i *initInputs) settle(ctx context.Context, s *runner.Session, repository fs.FS) (adopt.Settled, error) {
	none := adopt.Settled{}
	pin, version, err := pinned(ctx, *i.pin)
	if err != nil {
		return none, err
	}
	var parts []adopt.Part
	if parts, err = adopt.ParseParts(strings.Join(*i.with, ",")); err != nil {
		return none, err
	}
	known, err := known(repository)
	if err != nil {
		return none, err
	}
	folder := *i.app
	if folder == "" && known != nil {
		folder = known.App
	}
	app, err := adopt.Look(repository, folder)
	if err != nil {
		return none, err
	}
	asked := adopt.Asked{
		Parts: parts, Project: *i.project, Region: *i.region, Production: *i.url, Staging: *i.staging, Mail: *i.mail,
		Repository: *i.repository, Health: *i.health, Pin: pin, Version: version,
	}
	if err := i.stores(&asked); err != nil {
		return none, err
	}
	again := func(asked adopt.Asked) (adopt.Settled, error) { return adopt.Settle(app, known, asked) }
	settled, err := again(asked)
	if err != nil || !i.person() {
		return settled, err
	}
	return i.ask(s, settled, asked, again)
}

// known is what a cutover.yaml that is there says; one that is wrong is mended
// first.
func known(repository fs.FS) (*adopt.Known, error) {
	info, err := fs.Stat(repository, adopt.ConfigPath)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil // no file is an answer
	}
	if err != nil || !info.Mode().IsRegular() {
		return nil, &fault.Fault{Kind: fault.Input, Name: adopt.ConfigPath, What: "is no plain file of this folder", Next: "Look what it is, and move it away."}
	}
	text, err := fs.ReadFile(repository, adopt.ConfigPath)
	if err != nil {
		return nil, &fault.Fault{Kind: fault.Input, Name: adopt.ConfigPath, What: "cannot be read", Err: err}
	}
	f, err := config.Parse(adopt.ConfigPath, text)
	if err != nil {
		return nil, config.Faults(err)
	}
	k := &adopt.Known{
		Project: f.Project, Region: string(f.Region), App: f.App, Branch: f.Gate.Branch, URLs: map[string]string{}, Text: string(text),
		Traffic: f.Traffic != nil, Tracing: f.Tracing != nil, Monitoring: f.Monitoring != nil, Load: f.Load != nil, Legacy: f.Legacy != nil,
	}
	for name, stage := range f.Stages {
		k.URLs[name] = string(stage.URL)
	}
	for name, boxes := range f.Teams {
		k.Teams = append(k.Teams, name)
		if name == "devops" && len(boxes) > 0 {
			k.Mail = string(boxes[0])
		}
	}
	return k, nil
}

// accepted holds what would be written to what config check accepts.
func accepted(changes []adopt.Change) error {
	for _, c := range changes {
		if c.Path != adopt.ConfigPath {
			continue
		}
		if _, err := config.Parse(c.Path, []byte(c.Text)); err != nil {
			return fmt.Errorf("internal error, please report it: the configuration would not be accepted: %w", config.Faults(err))
		}
	}
	return nil
}

// person says whether somebody is there to answer.
func (i *initInputs) person() bool { return !*i.yes && !*i.dry && i.asks() }

// agree asks before anything is written, where somebody can answer.
func (i *initInputs) agree(s *runner.Session, changes []adopt.Change) error {
	n := 0
	for _, c := range changes {
		if c.Writes() {
			n++
		}
	}
	if n == 0 || !i.person() {
		return nil
	}
	s.Notef("Write %d files? [y/N]", n)
	answer, err := line(i.answers())
	if err != nil || !strings.EqualFold(answer, "y") && !strings.EqualFold(answer, "yes") {
		return &fault.Fault{Kind: fault.Refused, What: "nothing was written", Next: "Run it again and answer y."}
	}
	return nil
}
