package lint

import (
	"strings"

	"github.com/cutover-dev/cutover/internal/monitoring/lint/catalogue"
	"github.com/cutover-dev/cutover/internal/unit/pattern"
)

var missingRules = []Rule{{
	ID: "missing-data-implicit", Level: Warning, Title: "Missing data is not spoken of",
	Why: "Without TreatMissingData an alarm goes to INSUFFICIENT_DATA or keeps looking at old points. " +
		"For counts that exist only when something happens that is seldom meant.",
	Source: "CloudWatch User Guide, \"Configuring how CloudWatch alarms treat missing data\"",
	Next:   "Say TreatMissingData: notBreaching for what exists only when something happens, breaching for signs of life, missing or ignore where you mean it.",
	check: func(s *sheet) {
		for _, a := range s.alarms {
			if !a.p.Get("TreatMissingData").Is() {
				s.say(a.Resource, nil, "TreatMissingData", "does not say what missing data means")
			}
		}
	},
}, {
	ID: "missing-data-contradicts", Level: Warning, Title: "Missing data means the opposite of what is watched",
	Why: "A metric without points for a quiet period says nothing at the very moment that an alarm on too few is for; " +
		"an alarm on too many that takes silence as a breach rings whenever nobody calls.",
	Source: "CloudWatch User Guide, \"Configuring how CloudWatch alarms treat missing data\"; the catalogue for which metrics have no points when nothing happens",
	Next:   "Turn TreatMissingData: breaching where silence is the fault, notBreaching where it is peace.",
	check:  checkContradiction,
}}

// alive names metrics of one's own that are sent as long as all is well.
var alive = pattern.New(`(?i)heart.?beat|keep.?alive|sign.?of.?life`)

func checkContradiction(s *sheet) {
	for _, a := range s.alarms {
		one, ok := a.judged()
		if !ok {
			continue
		}
		missing, comparison := s.text(a.p.Get("TreatMissingData")), s.text(a.p.Get("ComparisonOperator"))
		beats := one.entry.Sparse && one.entry.Kind == catalogue.Count || alive.MatchString(one.metric)
		counts := one.stat == "Sum" || one.stat == "SampleCount"
		switch {
		case missing == "notBreaching" && strings.HasPrefix(comparison, "LessThan") && beats && (counts || !one.listed):
			s.say(a.Resource, a.p.Get("TreatMissingData"), "TreatMissingData", "watches for too little of %s, which has no points when there is none, and takes that as fine", one.metric)
		case missing == "breaching" && strings.HasPrefix(comparison, "GreaterThan") && one.entry.Sparse:
			s.say(a.Resource, a.p.Get("TreatMissingData"), "TreatMissingData", "rings whenever nothing happens: %s has no points then", one.metric)
		}
	}
}
