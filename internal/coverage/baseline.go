package coverage

import (
	"encoding/json"
	"fmt"

	"github.com/cutover-dev/cutover/internal/fault"
)

// Baseline is what a report is compared with: the totals of an earlier one, in
// the gate's own JSON (the file that write-baseline makes, or a whole result of
// --format json).
type Baseline struct {
	Lines      *Sum `json:"lines"`
	Branches   *Sum `json:"branches"`
	Functions  *Sum `json:"functions"`
	Statements *Sum `json:"statements"`
	// Commit is where it was measured, if that is known.
	Commit string `json:"commit,omitempty"`
	// Name is where it was read from; it is not stored.
	Name string `json:"-"`
}

// maxBaseline bounds a baseline in bytes: a whole result of a large project.
const maxBaseline = 64 << 20

// ParseBaseline reads a baseline; name is used in errors. One without a single
// total, or with figures that cannot be, is an error.
func ParseBaseline(name string, text []byte) (*Baseline, error) {
	bad := func(what string, err error) error {
		return &fault.Fault{
			Kind: fault.Input, Name: "baseline", Got: name, What: what, Err: err,
			Next: "Make it anew on the base branch with write-baseline.",
		}
	}
	if len(text) > maxBaseline {
		return nil, bad(fmt.Sprintf("is larger than %d bytes", maxBaseline), nil)
	}
	b := &Baseline{Name: name}
	if err := json.Unmarshal(text, b); err != nil {
		return nil, bad("is no baseline", err)
	}
	carried := 0
	for _, m := range Metrics {
		sum := b.of(m)
		if sum == nil {
			continue
		}
		carried++
		if sum.Covered < 0 || sum.Covered > sum.Total {
			return nil, bad(fmt.Sprintf("covers %d of %d %s", sum.Covered, sum.Total, m), nil)
		}
	}
	if carried == 0 {
		return nil, bad("carries no total", nil)
	}
	return b, nil
}

func (b *Baseline) of(m Metric) *Sum {
	switch m {
	case Lines:
		return b.Lines
	case Branches:
		return b.Branches
	case Functions:
		return b.Functions
	case Statements:
		return b.Statements
	}
	return nil
}

// Baseline returns the result's totals for later comparison.
func (r Result) Baseline(commit string) Baseline {
	return Baseline{Lines: r.Lines, Branches: r.Branches, Functions: r.Functions, Statements: r.Statements, Commit: commit}
}
