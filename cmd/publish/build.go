package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"debug/buildinfo"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/cutover-dev/cutover/internal/adapter/git"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/publish"
	"github.com/cutover-dev/cutover/internal/runner"
)

// linksAtOnce is how many programs are built at a time: compiling uses all cores
// by itself, linking does not.
const linksAtOnce = 3

// built is the JSON result of build.
type built struct {
	Release string            `json:"release"`
	Files   map[string]string `json:"files"`
	Bytes   int64             `json:"bytes"`
	Packed  int64             `json:"packed"`
}

func buildProgram() *runner.Program {
	in := runner.NewInputs()
	source, release := folderInput(in), releaseInput(in)
	commands, platforms := commandsInput(in), platformsInput(in)
	out := in.String("out", "", "Folder for the packed binaries.", runner.Required())
	return &runner.Program{
		Name: "build", Summary: "Builds the release's binaries and packs them: the same source and version give the same bytes anywhere.", Inputs: in,
		Run: func(ctx context.Context, s *runner.Session) error {
			chosen, err := platformsOf(*platforms)
			if err != nil {
				return err
			}
			b := builder{source: *source, out: *out, session: s, sums: publish.Checksums{}}
			all, err := b.builds(ctx, *commands, chosen, *release)
			if err != nil {
				return err
			}
			if err := b.all(ctx, all); err != nil {
				return err
			}
			text := fmt.Sprintf("%d binaries, %.1f MB, %.1f MB packed\n%s", len(all), float64(b.bytes)/1e6, float64(b.packed)/1e6, b.sums)
			return s.Result(text, built{release.String(), b.sums, b.bytes, b.packed})
		},
	}
}

// builder builds and counts.
type builder struct {
	source, out string
	session     *runner.Session

	mu            sync.Mutex
	sums          publish.Checksums
	bytes, packed int64
}

// builds are what is to be built.
func (b *builder) builds(ctx context.Context, names []string, platforms []publish.Platform, v publish.Version) ([]publish.Build, error) {
	commands, toolchain, err := commandsOf(ctx, b.source, names)
	if err != nil {
		return nil, err
	}
	var all []publish.Build
	for _, p := range platforms {
		for _, c := range commands {
			all = append(all, publish.Build{Command: c, Platform: p, Version: v, Toolchain: toolchain})
		}
	}
	return all, nil
}

// commandsOf are the programs of a checkout, and the toolchain that it pins.
func commandsOf(ctx context.Context, source string, names []string) ([]publish.Command, string, error) {
	files, err := git.Repository{Folder: source}.List(ctx, "HEAD")
	if err != nil {
		return nil, "", err
	}
	chosen, err := publish.Choose(publish.Commands(files), names)
	if err != nil {
		return nil, "", err
	}
	gomod, err := os.ReadFile(filepath.Join(source, "go.mod"))
	if err != nil {
		return nil, "", &fault.Fault{Kind: fault.Input, Name: "source", What: "has no go.mod", Got: source, Err: err}
	}
	toolchain, err := publish.Toolchain(string(gomod))
	return chosen, toolchain, err
}

func (b *builder) all(ctx context.Context, all []publish.Build) error {
	temporary, err := os.MkdirTemp("", "publish-")
	if err != nil {
		return &fault.Fault{Kind: fault.Outside, Name: "TMPDIR", What: "takes no folder", Err: err}
	}
	defer func() { _ = os.RemoveAll(temporary) }() // a temporary folder
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(linksAtOnce)
	for _, one := range all {
		group.Go(func() error { return b.one(ctx, one, filepath.Join(temporary, one.Platform.File(one.Command.Name))) })
	}
	return group.Wait()
}

// one builds one binary into a temporary file, holds it against what it has to be
// and keeps it packed.
func (b *builder) one(ctx context.Context, build publish.Build, temporary string) error {
	name := build.Platform.File(build.Command.Name)
	cmd := exec.CommandContext(ctx, "go", build.Args(temporary)...)
	cmd.Dir = b.source
	cmd.Env = append(os.Environ(), build.Env()...)
	if words, err := cmd.CombinedOutput(); err != nil {
		return &fault.Fault{Kind: fault.Outside, Name: name, What: "could not be built: " + strings.TrimSpace(string(words)), Err: err}
	}
	binary, err := os.ReadFile(temporary)
	if err != nil {
		return &fault.Fault{Kind: fault.Outside, Name: name, What: "cannot be read", Err: err}
	}
	if err := os.Remove(temporary); err != nil {
		return &fault.Fault{Kind: fault.Outside, Name: name, What: "cannot be removed", Err: err}
	}
	info, err := buildinfo.Read(bytes.NewReader(binary))
	if err != nil {
		return &fault.Fault{Kind: fault.Refused, Name: name, What: "does not say how it was built", Err: err}
	}
	if err := build.Check(*info); err != nil {
		return err
	}
	packed, err := pack(binary)
	if err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.sums[name], b.sums[name+publish.Packed] = digest(binary), digest(packed)
	b.bytes += int64(len(binary))
	b.packed += int64(len(packed))
	b.session.Notef("%s: %.1f MB, packed %.1f MB", name, float64(len(binary))/1e6, float64(len(packed))/1e6)
	return b.session.WriteFile("out", filepath.Join(b.out, name+publish.Packed), packed)
}

// pack writes no name and no time, so that the same bytes pack the same.
func pack(binary []byte) ([]byte, error) {
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.DefaultCompression)
	if err == nil {
		_, err = w.Write(binary)
	}
	if err == nil {
		err = w.Close()
	}
	return out.Bytes(), err
}
