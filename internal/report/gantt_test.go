package report_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/report"
)

// hostileNames would each end a chart of Mermaid's, or be no task in it.
var hostileNames = []string{
	"title x", "Section 8", "click me", "gantt", "Ganttify", "dateFormat x", "axisFormat %d", "excludes weekends", "Includes tests",
	"todayMarker off", "inclusiveEndDates", "topAxis", "tickInterval 1day", "weekday monday", "weekend friday", "accTitle x", "accDescr { x }",
	"call me", "href x", "2026-01-01 build", "---", "--- x", "a: b; c # d", "%% comment", "%%{init: {}}%%", "```", "<b>x</b>", "a\nb", "\u2028x", "", " ", "}", `\n`,
	"\u202egnp.exe", "ünï ☃ 🚀", strings.Repeat("long ", 60), "done, crit", `"quoted"`, "1:2",
}

var taskLine = regexp.MustCompile(`(?i)^  (section )?([^:;,#%<>{}\x60\\]+)( :((crit|done|active), )?2001-01-0\d \d\d:\d\d:\d\d\.\d{3}, 2001-01-0\d \d\d:\d\d:\d\d\.\d{3})?$`)

// Names of stages and steps are strangers'. Every line of the picture stays
// what it is, whatever they are.
func TestNamesStayNamesInMermaid(t *testing.T) {
	keyword := regexp.MustCompile(`(?i)^(title|click|gantt|dateFormat|axisFormat|excludes|includes|todayMarker|inclusive|topAxis|tickInterval|week|acc|call|href|\d{4}-|---)`)
	for _, name := range hostileNames {
		text := report.Markdown(report.Document{Title: "x", Blocks: []report.Block{report.Lanes{Again: true, Spans: []report.Span{
			{Lane: name, Label: name, End: time.Second, Tone: report.Good}, {Lane: name, Label: name, Start: time.Second, End: time.Second, Tone: report.Bad},
		}}}})
		picture, after, ok := strings.Cut(strings.SplitN(text, "\n  todayMarker off\n", 2)[1], "\n```\n")
		lines := strings.Split(picture, "\n")
		if !ok || strings.TrimSpace(after) != "" || len(lines) != 3 {
			t.Errorf("%q breaks the picture:\n%s", name, text)
			continue
		}
		for i, line := range lines {
			m := taskLine.FindStringSubmatch(line)
			if m == nil || (m[1] != "") != (i == 0) || (m[3] == "") != (i == 0) || (i > 0 && keyword.MatchString(m[2])) || len([]rune(m[2])) > 50 {
				t.Errorf("%q gives the line %q", name, line)
			}
		}
	}
}

func TestTheAxisFitsTheLength(t *testing.T) {
	for end, want := range map[time.Duration]string{
		time.Second: "  axisFormat %M:%S\n", 59 * time.Minute: "  axisFormat %M:%S\n", time.Hour: "  axisFormat %H:%M\n", 25 * time.Hour: "  axisFormat day %e, %H:%M\n",
	} {
		text := report.Markdown(report.Document{Blocks: []report.Block{report.Lanes{Spans: []report.Span{{Lane: "a", Label: "b", End: end}}}}})
		if !strings.Contains(text, want) {
			t.Errorf("%v: %s", end, text)
		}
	}
}
