package publish

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/cutover-dev/cutover/internal/fault"
)

// Where a release's tree says what belongs to it; actions/launch.sh reads both.
const (
	ChecksumsPath = "release/checksums.txt"
	OriginPath    = "release/origin"
)

// Origin is the text of [OriginPath].
func Origin(repository string, v Version) string { return repository + " " + v.String() + "\n" }

// Checksums are SHA-256 sums in hexadecimal digits, by file name.
type Checksums map[string]string

var checksumLine = regexp.MustCompile(`^([0-9a-f]{64}) {2}([A-Za-z0-9][A-Za-z0-9._-]{0,127})$`)

// String is the list as sha256sum prints it, by name.
func (c Checksums) String() string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(c)) {
		fmt.Fprintf(&b, "%s  %s\n", c[name], name)
	}
	return b.String()
}

// ParseChecksums reads such a list. It takes what [Checksums.String] writes and
// nothing else: what the launcher would read otherwise must not pass here.
func ParseChecksums(text string) (Checksums, error) {
	c := Checksums{}
	if text == "" || !strings.HasSuffix(text, "\n") {
		return nil, badChecksums(0, "is empty or breaks off")
	}
	for n, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		m := checksumLine.FindStringSubmatch(line)
		if m == nil {
			return nil, badChecksums(n+1, "has a line that is no checksum and name")
		}
		if _, twice := c[m[2]]; twice {
			return nil, badChecksums(n+1, "names a file twice")
		}
		c[m[2]] = m[1]
	}
	return c, nil
}

func badChecksums(line int, what string) error {
	return &fault.Fault{Kind: fault.Refused, Name: ChecksumsPath, What: what, Line: line, Allowed: "64 hexadecimal digits, two spaces, a file's name"}
}

// Complete says whether each binary is there packed and as it runs, and nothing
// else is.
func (c Checksums) Complete(commands []Command, platforms []Platform) error {
	left := maps.Clone(c)
	for _, p := range platforms {
		for _, command := range commands {
			for _, name := range []string{p.File(command.Name), p.File(command.Name) + Packed} {
				if _, ok := left[name]; !ok {
					return &fault.Fault{Kind: fault.Refused, Name: name, What: "was not built", Next: "Run the build of " + p.String() + " again."}
				}
				delete(left, name)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(left)) {
		return &fault.Fault{Kind: fault.Refused, Name: name, What: "belongs to no program of this release"}
	}
	return nil
}
