package main

import (
	"context"

	"github.com/cutover-dev/cutover/internal/adapter/git"
	"github.com/cutover-dev/cutover/internal/publish"
	"github.com/cutover-dev/cutover/internal/runner"
)

func upgradeProgram() *runner.Program {
	in := runner.NewInputs()
	source := folderInput(in)
	from := in.String("from", "", "Version or commit that is used now, such as v1.2.0.", runner.Required())
	to := in.String("to", "HEAD", "Version or commit to upgrade to.")
	return &runner.Program{
		Name: "upgrade", Summary: "Says what differs for users between two versions: keys of cutover.yaml, inputs and outputs, permissions at AWS.", Inputs: in,
		Run: func(ctx context.Context, s *runner.Session) error {
			note, err := compare(ctx, git.Repository{Folder: *source}, *from, *to)
			if err != nil {
				return err
			}
			return s.Result(note.Markdown(), note)
		},
	}
}

// compare compares what two commits' users write against.
func compare(ctx context.Context, repository git.Repository, from, to string) (publish.Note, error) {
	var sides [2]publish.Surface
	for i, name := range []string{from, to} {
		commit, err := repository.Commit(ctx, name)
		if err != nil {
			return publish.Note{}, err
		}
		files, err := repository.Files(ctx, commit, publish.SurfacePaths()...)
		if err != nil {
			return publish.Note{}, err
		}
		if sides[i], err = publish.SurfaceOf(files); err != nil {
			return publish.Note{}, err
		}
	}
	note := publish.Compare(sides[0], sides[1])
	note.From, note.To = from, to
	return note, nil
}

func changelogProgram() *runner.Program {
	in := runner.NewInputs()
	source, out := folderInput(in), in.String("out", "", "File to write it to; without one it is printed.")
	return &runner.Program{
		Name: "changelog", Summary: "Writes the changelog of all releases out of tags and commits.", Inputs: in,
		Run: func(ctx context.Context, s *runner.Session) error {
			repository := git.Repository{Folder: *source}
			tags, err := repository.Tags(ctx)
			if err != nil {
				return err
			}
			all, err := entries(ctx, repository, tags, publish.Version{})
			if err != nil {
				return err
			}
			text := publish.Changelog(all)
			if *out == "" {
				return s.Result(text, map[string]string{"changelog": text})
			}
			if err := s.WriteFile("out", *out, []byte(text)); err != nil {
				return err
			}
			return s.Result("Written: "+*out, map[string]string{"changelog": text})
		},
	}
}
