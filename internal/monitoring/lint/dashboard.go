package lint

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/cutover-dev/cutover/internal/monitoring/dashboard"
	"github.com/cutover-dev/cutover/internal/monitoring/lint/template"
	"github.com/cutover-dev/cutover/internal/unit/pattern"
)

var dashboardRules = []Rule{{
	ID: "dashboard-body", Level: Error, Title: "Dashboard that CloudWatch will not take or show",
	Why:    "The body is text to CloudFormation: what is wrong in it shows at the deployment, or as an empty widget.",
	Source: "CloudWatch API reference, \"Dashboard body structure and syntax\", PutDashboard; CloudWatch User Guide, quotas",
	Next:   "Correct the body at the place that is named.",
	check:  checkDashboards,
}}

// pseudo are the values that a deployment fills in everywhere, with ones of the
// same form: a body with these in their place can be read.
var pseudo = strings.NewReplacer("${AWS::Region}", "us-east-1", "${AWS::AccountId}", "111122223333", "${AWS::Partition}", "aws", "${AWS::StackName}", "stack", "${AWS::URLSuffix}", "amazonaws.com")

var gap = pattern.New(`\$\{[^{}]*\}`)

// bodyOf is the text of a dashboard. whole is false if parts of it only a
// deployment knows; then it can be read, but not judged in every detail.
func bodyOf(r template.Resource) (body string, whole bool) {
	v := r.Properties.Get("DashboardBody")
	text := v.Shown()
	if !v.Open() {
		return text, true
	}
	text = pseudo.Replace(text)
	filled := gap.ReplaceAllString(text, "x")
	return filled, filled == text && text != ""
}

func checkDashboards(s *sheet) {
	for _, r := range s.t.Of("AWS::CloudWatch::Dashboard") {
		v := r.Properties.Get("DashboardBody")
		body, whole := bodyOf(r)
		if !whole || v != nil && v.Kind == template.Map {
			s.note(v)
			continue
		}
		for _, problem := range checkBody([]byte(body)) {
			s.say(r, v, "DashboardBody", "%s", problem)
		}
	}
}

// checkBody holds a body to CloudWatch's grammar and limits.
func checkBody(body []byte) []string {
	var all []string
	for _, p := range dashboard.Check(body) {
		all = append(all, p.String())
	}
	return all
}

// widgetsOf are the metrics that a dashboard shows, as far as they can be told.
func (s *sheet) widgetsOf(r template.Resource) []series {
	text, _ := bodyOf(r)
	var body struct {
		Widgets []struct {
			Properties struct {
				Metrics [][]any `json:"metrics"`
			} `json:"properties"`
		} `json:"widgets"`
	}
	if json.Unmarshal([]byte(text), &body) != nil {
		return nil // the grammar's rule says so
	}
	var all []series
	for w, widget := range body.Widgets {
		var before []string
		for m, row := range widget.Properties.Metrics {
			words := spelt(row, before)
			before = words
			one := series{of: r, at: r.Properties.Get("DashboardBody"), path: fmt.Sprintf("DashboardBody.widgets[%d].properties.metrics[%d]", w, m), dimsKnown: true, values: map[string]string{}}
			if len(words) < 2 || len(words)%2 != 0 || strings.Contains(strings.Join(words, ""), gapWord) {
				continue
			}
			one.namespace, one.metric = words[0], words[1]
			for i := 2; i+1 < len(words); i += 2 {
				one.dims = append(one.dims, words[i])
				one.values[words[i]] = words[i+1]
			}
			all = append(all, s.lookUp(one))
		}
	}
	return all
}

const gapWord = "\x00"

// spelt writes out a row's shorthands: a dot is what stands above, three dots
// are all that stands above up to the next word.
func spelt(row []any, before []string) []string {
	var words []string
	for i, cell := range row {
		text, ok := cell.(string)
		switch {
		case !ok:
			continue
		case text == "...":
			rest := len(row) - i - 1
			for _, later := range row[i+1:] {
				if _, isText := later.(string); !isText {
					rest--
				}
			}
			if end := len(before) - rest; end > len(words) {
				words = append(words, before[len(words):end]...)
			}
		case text == ".":
			if len(words) < len(before) {
				words = append(words, before[len(words)])
			} else {
				words = append(words, gapWord)
			}
		default:
			words = append(words, text)
		}
	}
	return words
}
