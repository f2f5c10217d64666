package sim

import (
	"embed"
	"path"
	"strings"

	"github.com/cutover-dev/cutover/internal/config/strict"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/nearest"
)

//go:embed scenarios/*.yaml
var files embed.FS

const folder = "scenarios"

// Names lists the scenarios that come with cutover, sorted. Each is a file; a
// further scenario is a further file.
func Names() []string {
	entries, err := files.ReadDir(folder)
	if err != nil { // the folder is part of the binary
		return nil
	}
	names := make([]string, len(entries))
	for i, entry := range entries {
		names[i] = strings.TrimSuffix(entry.Name(), ".yaml")
	}
	return names
}

// Find returns one of the scenarios of [Names]. For any other name the error
// is a [*fault.Fault] of kind Input.
func Find(name string) (Scenario, error) {
	text, err := Source(name)
	if err != nil {
		return Scenario{}, err
	}
	return Parse(name+".yaml", text)
}

// Source returns the file of a scenario, to read or to start one's own from.
// The error is that of [Find].
func Source(name string) ([]byte, error) {
	names := Names()
	for _, known := range names {
		if known == name {
			return files.ReadFile(path.Join(folder, name+".yaml"))
		}
	}
	f := &fault.Fault{Kind: fault.Input, Name: "scenario", What: "there is no such scenario", Got: name,
		Allowed: strings.Join(names, ", "), Next: "Name one of these, or give a scenario file of your own."}
	if meant := nearest.To(name, names); meant != "" {
		f.Next = `Did you mean "` + meant + `"?`
	}
	return nil, f
}

// Parse reads a scenario; file is what errors call it. The error is a
// [*strict.Problems] that lists everything that is wrong, with its line.
func Parse(file string, text []byte) (Scenario, error) {
	var s Scenario
	if err := strict.Decode(file, text, &s); err != nil {
		return Scenario{}, err
	}
	return s, nil
}
