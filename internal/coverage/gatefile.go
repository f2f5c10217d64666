package coverage

import (
	"github.com/cutover-dev/cutover/internal/unit"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// The file gate holds each file against its own minimum, so that one tested
// half of a project cannot hide the other.
func init() { registerGate(Gate{Name: "file", Judge: judgeFiles}) }

// judgeFiles returns one finding for each file that fails and, for each metric,
// one for the worst file that passes: a thousand good files need no rows.
func judgeFiles(p Policy, s Subject) ([]Finding, error) {
	var failed, passed []Finding
	for _, m := range Metrics {
		var closest *Finding
		for _, file := range s.Report.Files {
			limit := p.Files.of(m, file.Path)
			if limit == nil || *limit == 0 {
				continue
			}
			f, err := judgeFile(m, file, *limit, s.Report)
			if err != nil {
				return nil, err
			}
			switch {
			case f.Verdict == verdict.Fail:
				failed = append(failed, f)
			case closest == nil || margin(f) < margin(*closest):
				closest = &f
			}
		}
		if closest != nil {
			passed = append(passed, *closest)
		}
	}
	return append(failed, passed...), nil
}

func judgeFile(m Metric, file File, limit unit.Percent, r Report) (Finding, error) {
	count, measured := file.Counts[m]
	if !measured {
		return Finding{}, unmeasured(m, r, false, "coverage.files")
	}
	// A file without a single branch keeps any minimum on branches.
	f := judgeShare("file", m, count, limit, r)
	f.Path, f.Window = file.Path, file.Path
	return f, nil
}

func margin(f Finding) float64 { return *f.Observed - *f.Limit }
