package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/publish"
	"github.com/cutover-dev/cutover/internal/runner"
)

// The files that a release has besides its binaries.
const (
	sumsFile = "checksums.txt"
	billFile = "sbom.spdx.json"
)

// mostUnpacked bounds a binary: what unpacks to more is none of ours.
const mostUnpacked = 256 << 20

// gathered is the JSON result of gather.
type gathered struct {
	Release  string `json:"release"`
	Binaries int    `json:"binaries"`
	Packages int    `json:"packages"`
	Compared int    `json:"compared"`
}

func gatherProgram() *runner.Program {
	in := runner.NewInputs()
	source, release := folderInput(in), releaseInput(in)
	commands, platforms := commandsInput(in), platformsInput(in)
	dist := in.String("dist", "", "Folder with the packed binaries of all platforms; checksums and bill of materials are put beside them.", runner.Required())
	again := in.String("again", "", "Folder with binaries that were built a second time elsewhere: they must be the same.")
	at := runner.Parsed(in, "built-at", "", "such as 2026-11-23T12:00:00Z", "Time of the commit that was built.", func(text string) (time.Time, error) { return time.Parse(time.RFC3339, text) }, runner.Required())
	return &runner.Program{
		Name: "gather", Summary: "Holds the binaries of all platforms against what they have to be, and writes their checksums and their bill of materials.", Inputs: in,
		Run: func(ctx context.Context, s *runner.Session) error {
			chosen, err := platformsOf(*platforms)
			if err != nil {
				return err
			}
			programs, toolchain, err := commandsOf(ctx, *source, *commands)
			if err != nil {
				return err
			}
			sums, binaries, err := gather(*dist, toolchain, programs, chosen, *release)
			if err != nil {
				return err
			}
			compared, err := compareFolders(*dist, *again)
			if err != nil {
				return err
			}
			bill := publish.Bill(repositoryOf(s), *release, *at, binaries)
			for name, text := range map[string][]byte{sumsFile: []byte(sums.String()), billFile: bill.Text()} {
				if err := s.WriteFile("dist", filepath.Join(*dist, name), text); err != nil {
					return err
				}
			}
			return s.Result(fmt.Sprintf("%d binaries, %d packages, %d of them built twice with the same bytes\n%s", len(binaries), len(bill.Packages), compared, sums),
				gathered{release.String(), len(binaries), len(bill.Packages), compared})
		},
	}
}

// gather reads each binary that has to be there, as it will run.
func gather(dist, toolchain string, commands []publish.Command, platforms []publish.Platform, v publish.Version) (publish.Checksums, []publish.Binary, error) {
	sums := publish.Checksums{}
	var binaries []publish.Binary
	for _, p := range platforms {
		for _, c := range commands {
			name := p.File(c.Name)
			packed, err := os.ReadFile(filepath.Join(dist, name+publish.Packed))
			if err != nil {
				continue // Complete says what is missing
			}
			binary, err := unpack(name, packed)
			if err != nil {
				return nil, nil, err
			}
			info, err := buildinfo.Read(bytes.NewReader(binary))
			if err != nil {
				return nil, nil, &fault.Fault{Kind: fault.Refused, Name: name, What: "does not say how it was built", Err: err}
			}
			if err := (publish.Build{Command: c, Platform: p, Version: v, Toolchain: toolchain}).Check(*info); err != nil {
				return nil, nil, err
			}
			sums[name], sums[name+publish.Packed] = digest(binary), digest(packed)
			binaries = append(binaries, publish.Binary{Name: name, SHA256: sums[name], Info: *info})
		}
	}
	return sums, binaries, sums.Complete(commands, platforms)
}

func unpack(name string, packed []byte) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(packed))
	var binary []byte
	if err == nil {
		binary, err = io.ReadAll(io.LimitReader(r, mostUnpacked+1))
	}
	if err != nil || len(binary) > mostUnpacked {
		return nil, &fault.Fault{Kind: fault.Refused, Name: name + publish.Packed, What: "cannot be unpacked, or is larger than 256 MB", Err: err}
	}
	return binary, nil
}

// compareFolders holds what was built a second time against the first.
func compareFolders(dist, again string) (compared int, err error) {
	if again == "" {
		return 0, nil
	}
	entries, err := os.ReadDir(again)
	if err != nil || len(entries) == 0 {
		return 0, &fault.Fault{Kind: fault.Input, Name: "again", What: "holds nothing to compare", Got: again, Err: err}
	}
	for _, e := range entries {
		second, err := os.ReadFile(filepath.Join(again, e.Name()))
		if err != nil {
			return 0, &fault.Fault{Kind: fault.Outside, Name: e.Name(), What: "cannot be read", Err: err}
		}
		first, err := os.ReadFile(filepath.Join(dist, e.Name()))
		if err != nil || !bytes.Equal(first, second) {
			return 0, &fault.Fault{Kind: fault.Refused, Name: strings.TrimSuffix(e.Name(), publish.Packed), What: "came out otherwise when it was built a second time", Next: "Nothing was published. Look for what the build depends on besides source and toolchain."}
		}
		compared++
	}
	return compared, nil
}

func digest(b []byte) string {
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:])
}
