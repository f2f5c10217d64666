package verdict_test

import (
	"testing"

	"github.com/cutover-dev/cutover/internal/verdict"
)

func TestWorst(t *testing.T) {
	const pass, fail, inconclusive = verdict.Pass, verdict.Fail, verdict.Inconclusive
	for name, c := range map[string]struct {
		of   []verdict.Verdict
		want verdict.Verdict
	}{
		"nothing judged is no pass":         {nil, inconclusive},
		"all pass":                          {[]verdict.Verdict{pass, pass}, pass},
		"one fails":                         {[]verdict.Verdict{pass, fail, pass}, fail},
		"one is open":                       {[]verdict.Verdict{pass, inconclusive, pass}, inconclusive},
		"a fail behind an open one":         {[]verdict.Verdict{inconclusive, pass, fail}, fail},
		"a verdict nobody knows is no pass": {[]verdict.Verdict{"maybe", pass}, inconclusive},
	} {
		t.Run(name, func(t *testing.T) {
			var findings []verdict.Finding
			for _, v := range c.of {
				findings = append(findings, verdict.Finding{Verdict: v})
			}
			if got := verdict.Worst(findings); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}
