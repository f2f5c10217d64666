package main

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/github"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/publish"
	"github.com/cutover-dev/cutover/internal/runner"
)

// published is the JSON result of publish.
type published struct {
	Release string   `json:"release"`
	Tag     string   `json:"tag"`
	Files   int      `json:"files"`
	Steps   []string `json:"steps"`
}

func publishProgram() *runner.Program {
	in := runner.NewInputs()
	release := releaseInput(in)
	commit := in.String("commit", "", "Commit that was built.", runner.Required())
	dist := in.String("dist", "", "Folder that gather has completed.", runner.Required())
	plan := in.String("plan", "", "Folder that plan has written.", runner.Required())
	token := in.String("token", "", "GitHub token with contents: write.", runner.Secret(), runner.Required())
	timeout := in.Duration("timeout", 20*time.Minute, "How long it may take in all.")
	return &runner.Program{
		Name: "publish", Summary: "Brings the release to its end: draft, files, tag, publication, major tag. What is there already is held against the build and never changed.", Inputs: in,
		Outputs: []runner.Output{{Name: "tag", Usage: "Commit that the version's tag names, for pins"}},
		Run: func(ctx context.Context, s *runner.Session) error {
			ctx, cancel := context.WithTimeout(ctx, *timeout)
			defer cancel()
			w, err := wantedOf(repositoryOf(s), *release, *commit, *dist, *plan)
			if err != nil {
				return err
			}
			hub, err := github.Open(s.Getenv("GITHUB_API_URL"), repositoryOf(s), *token)
			if err != nil {
				return err
			}
			done := published{Release: release.String(), Files: len(w.Assets)}
			seen, err := publish.Carry(ctx, hub.Releases(), w, func(step publish.Step) {
				done.Steps = append(done.Steps, step.String())
				s.Notef("%s: %s", release, step)
			})
			if err != nil {
				return err
			}
			if len(done.Steps) == 0 {
				done.Steps = []string{"nothing: it is published as built"}
			}
			done.Tag = seen.Tag
			if err := s.Output("tag", seen.Tag); err != nil {
				return err
			}
			s.Summary("## " + release.String() + "\n\nPin `" + repositoryOf(s) + "/actions/…@" + seen.Tag + " # " + release.String() + "`.\n")
			return s.Result(release.String()+" is published, its commit is "+seen.Tag+".\n"+strings.Join(done.Steps, "\n"), done)
		},
	}
}

// wantedOf is the release that lies in the folders. The files are held against
// their checksums once more: they have come a long way.
func wantedOf(repository string, v publish.Version, commit, dist, plan string) (w publish.Wanted, err error) {
	read := func(input, path string) []byte {
		text, failed := os.ReadFile(path)
		if failed != nil && err == nil {
			err = &fault.Fault{Kind: fault.Input, Name: input, What: "cannot be read", Got: path, Err: failed}
		}
		return text
	}
	sumsText := read("dist", filepath.Join(dist, sumsFile))
	notes, changelog := read("plan", filepath.Join(plan, notesFile)), read("plan", filepath.Join(plan, changelogFile))
	if err != nil {
		return w, err
	}
	sums, err := publish.ParseChecksums(string(sumsText))
	if err != nil {
		return w, err
	}
	w = publish.Wanted{Version: v, Source: commit, Body: string(notes), Files: map[string]string{
		publish.ChecksumsPath: string(sumsText), publish.OriginPath: publish.Origin(repository, v), publish.ChangelogPath: string(changelog),
	}}
	for _, name := range append(packedOf(sums), sumsFile, billFile) {
		path := filepath.Join(dist, name)
		content, err := os.ReadFile(path)
		if err != nil {
			return w, &fault.Fault{Kind: fault.Input, Name: "dist", What: "lacks a file of the release", Got: path, Err: err}
		}
		sum := digest(content)
		if promised, ok := sums[name]; ok && promised != sum {
			return w, &fault.Fault{Kind: fault.Refused, Name: name, What: "is not what was gathered", Got: sum, Allowed: promised}
		}
		w.Assets = append(w.Assets, publish.Asset{Name: name, SHA256: sum, Size: int64(len(content)), Open: func() (io.ReadCloser, error) { return os.Open(path) }})
	}
	return w, nil
}

// packedOf are the names of the packed binaries.
func packedOf(sums publish.Checksums) []string {
	var names []string
	for name := range sums {
		if strings.HasSuffix(name, publish.Packed) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
