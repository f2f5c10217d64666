package main

import (
	"context"
	"encoding/json"
	"path/filepath"
	"slices"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/git"
	"github.com/cutover-dev/cutover/internal/publish"
	"github.com/cutover-dev/cutover/internal/runner"
)

// The files of a plan.
const (
	notesFile     = "notes.md"
	changelogFile = "CHANGELOG.md"
)

// planned is the JSON result of plan.
type planned struct {
	Release  string `json:"release"`
	Previous string `json:"previous,omitempty"`
	Commit   string `json:"commit"`
	Resumed  bool   `json:"resumed"`
	Changes  int    `json:"changes"`
}

func planProgram() *runner.Program {
	in := runner.NewInputs()
	source, asked := folderInput(in), in.String("release", "", "Version to release; without it the next one by what has changed.")
	platforms, out := platformsInput(in), in.String("out", "", "Folder for the release's notes and the changelog.", runner.Required())
	return &runner.Program{
		Name: "plan", Summary: "Settles the next release's version and what it says of itself.", Inputs: in,
		Outputs: []runner.Output{
			{Name: "release", Usage: "Version"}, {Name: "previous", Usage: "Version before it, empty for the first"}, {Name: "commit", Usage: "Commit that is built"},
			{Name: "built-at", Usage: "Time of that commit"}, {Name: "platforms", Usage: "Platforms as JSON, for a matrix"}, {Name: "first-platform", Usage: "One of them, to be built a second time"},
		},
		Run: func(ctx context.Context, s *runner.Session) error {
			chosen, err := platformsOf(*platforms)
			if err != nil {
				return err
			}
			p, err := planOf(ctx, git.Repository{Folder: *source}, *asked)
			if err != nil {
				return err
			}
			if err := p.write(s, *out); err != nil {
				return err
			}
			return p.tell(s, chosen)
		},
	}
}

// plan is what a release says of itself.
type plan struct {
	choice           publish.Choice
	commit           string
	at               time.Time
	changes          []publish.Change
	notes, changelog string
}

func planOf(ctx context.Context, repository git.Repository, asked string) (p plan, err error) {
	if p.commit, err = repository.Commit(ctx, "HEAD"); err != nil {
		return p, err
	}
	at, _ := repository.CommittedAt(ctx)
	p.at = at.UTC()
	tags, err := repository.Tags(ctx)
	if err != nil {
		return p, err
	}
	previous, err := publish.Since(asked, tags, p.commit)
	if err != nil {
		return p, err
	}
	from := nameOf(previous)
	commits, err := repository.Log(ctx, from, p.commit)
	if err != nil {
		return p, err
	}
	p.changes = publish.Changes(commits)
	note := publish.Note{}
	if from != "" {
		if note, err = compare(ctx, repository, from, p.commit); err != nil {
			return p, err
		}
	}
	if p.choice, err = publish.ChooseVersion(asked, tags, p.commit, previous, p.changes, note); err != nil {
		return p, err
	}
	note.To = p.choice.Version.String()
	entry := publish.Entry{Version: p.choice.Version, At: p.at, Changes: p.changes}
	p.notes = entry.Markdown()
	if from != "" {
		p.notes += "\n" + note.Markdown()
	}
	earlier, err := entries(ctx, repository, tags, p.choice.Version)
	p.changelog = publish.Changelog(append([]publish.Entry{entry}, earlier...))
	return p, err
}

func nameOf(v publish.Version) string {
	if v == (publish.Version{}) {
		return ""
	}
	return v.String()
}

// entries are the releases below a version, the newest first.
func entries(ctx context.Context, repository git.Repository, tags []publish.Tag, below publish.Version) ([]publish.Entry, error) {
	var list []publish.Entry
	all := publish.Released(publish.Names(tags))
	for _, v := range slices.Backward(all) {
		if v.Pre != "" || below != (publish.Version{}) && v.Compare(below) >= 0 {
			continue
		}
		commits, err := repository.Log(ctx, nameOf(publish.Before(all, v)), v.String())
		if err != nil {
			return nil, err
		}
		e := publish.Entry{Version: v, Changes: publish.Changes(commits)}
		if len(commits) > 0 {
			e.At = commits[0].At
		}
		list = append(list, e)
	}
	return list, nil
}

func (p plan) write(s *runner.Session, out string) error {
	for name, text := range map[string]string{notesFile: p.notes, changelogFile: p.changelog} {
		if err := s.WriteFile("out", filepath.Join(out, name), []byte(text)); err != nil {
			return err
		}
	}
	return nil
}

func (p plan) tell(s *runner.Session, platforms []publish.Platform) error {
	var names []string
	for _, one := range platforms {
		names = append(names, one.String())
	}
	list, err := json.Marshal(names)
	if err != nil {
		return err
	}
	for name, value := range map[string]string{
		"release": p.choice.Version.String(), "previous": nameOf(p.choice.Previous), "commit": p.commit,
		"built-at": p.at.Format(time.RFC3339), "platforms": string(list), "first-platform": names[0],
	} {
		if err := s.Output(name, value); err != nil {
			return err
		}
	}
	s.Summary(p.notes)
	return s.Result(p.notes, planned{p.choice.Version.String(), nameOf(p.choice.Previous), p.commit, p.choice.Resumed, len(p.changes)})
}
