package report

import (
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode"
)

// markdownLanes draws a Mermaid chart, which GitHub renders, and the table too
// unless the document has one: Mermaid does not show in mails, terminals and
// forks.
func markdownLanes(b *strings.Builder, l Lanes) {
	gantt(b, l)
	if l.Again {
		return
	}
	t := Table{Caption: l.Caption, Columns: []Column{{Title: "job"}, {Title: "step"}, {Title: "start", Numeric: true}, {Title: "took", Numeric: true}}}
	for _, s := range l.Spans {
		t.Rows = append(t.Rows, []Cell{{Text: s.Lane}, {Text: s.Label, Tone: s.Tone}, {Text: Seconds(s.Start)}, {Text: Seconds(s.End - s.Start)}})
	}
	markdownTable(b, t)
}

// ganttBegin is where every chart begins. Mermaid reads and shows times in the
// reader's zone, so that a clock beginning at midnight reads as time since the
// start everywhere; counted from 1970 it would not where the zone is half an
// hour off. The first of a month makes its day the first day.
var ganttBegin = time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC)

const ganttTime = "2006-01-02 15:04:05.000"

// gantt writes the chart. The padding makes room for names at the left, which
// Mermaid would write over the bars; the mark of today lies decades away.
func gantt(b *strings.Builder, l Lanes) {
	var end time.Duration
	widest := 0
	for _, s := range l.Spans {
		end = max(end, s.End)
		widest = max(widest, len([]rune(mermaid(s.Lane))))
	}
	axis := "%M:%S"
	switch {
	case end >= 24*time.Hour:
		axis = "day %e, %H:%M"
	case end >= time.Hour:
		axis = "%H:%M"
	}
	fmt.Fprintf(b, "```mermaid\n%%%%{init: {\"gantt\": {\"leftPadding\": %d}}}%%%%\ngantt\n  dateFormat YYYY-MM-DD HH:mm:ss.SSS\n  axisFormat %s\n  todayMarker off\n", 24+7*widest, axis)
	lane := ""
	for i, s := range l.Spans {
		if s.Lane != lane || i == 0 {
			lane = s.Lane
			fmt.Fprintf(b, "  section %s\n", mermaid(lane))
		}
		tag := map[Tone]string{Bad: "crit, ", Quiet: "done, ", Doubt: "active, "}[s.Tone]
		fmt.Fprintf(b, "  %s · %s :%s%s, %s\n", task(s.Label), Seconds(s.End-s.Start), tag, ganttBegin.Add(s.Start).Format(ganttTime), ganttBegin.Add(max(s.End, s.Start+time.Millisecond)).Format(ganttTime))
	}
	b.WriteString("```\n\n")
}

// mermaid keeps a name from ending its line or its field, from being markup,
// and from being longer than the room at the left.
func mermaid(s string) string {
	s = strings.Map(func(r rune) rune {
		switch r {
		case ':', ';', ',', '#', '"', '`', '%', '<', '>', '{', '}', '\\':
			return ' '
		}
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, s)
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > mostLane {
		s = string(r[:mostLane-1]) + "…"
	}
	if s == "" {
		return "·"
	}
	return s
}

// mostLane is how many characters of a name are drawn.
const mostLane = 40

// keyword is what a line of Mermaid's gantt charts may begin with other than a
// task; the names of tasks are strangers'.
var keyword = regexp.MustCompile(`(?i)^(gantt|title|section|dateformat|axisformat|tickinterval|inclusiveenddates|topaxis|excludes|includes|todaymarker|weekday|weekend|acctitle|accdescr|click|call|href|\d{4}-\d\d-\d\d|\s*-{3})`)

// task is a name at the beginning of a line.
func task(s string) string {
	s = mermaid(s)
	if keyword.MatchString(s) {
		return "· " + s
	}
	return s
}
