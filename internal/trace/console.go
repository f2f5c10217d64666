package trace

import (
	"fmt"
	"strings"
	"time"
)

// Place is a page of the AWS console.
type Place struct {
	Title string `json:"title"`
	URL   string `json:"url"`
}

// Console are the pages that show what a run has made. Source: AWS X-Ray
// Developer Guide, "Console deep linking".
func Console(p Plan, o Observation) []Place {
	span := o.From.UTC().Format("2006-01-02T15:04:05") + "~" + o.Ended.UTC().Add(time.Minute).Format("2006-01-02T15:04:05")
	page := func(name, filter string) string {
		return console(p.Region) + "/xray/home?region=" + encoded(p.Region) + "#/" + name + "?filter=" + encoded(filter) + "&timeRange=" + span
	}
	ours := fmt.Sprintf("annotation.project = %q AND annotation.stage = %q", p.Project, p.Stage)
	places := []Place{
		{"Trace map of the stage", page("service-map", ours)},
		{"Traces of this run", page("traces", Filter(p.Run))},
		{"Faults of the stage", page("traces", ours+" AND fault = true")},
	}
	if o.Destination == nil || o.Destination.Kind == KindLogs {
		query := fmt.Sprintf("fields @timestamp, traceId, name, durationNano\n| filter attributes.run = %q\n| sort durationNano desc\n| limit 100", p.Run)
		places = append(places, Place{"Spans of this run (Transaction Search)", insights(p.Region, query, o.From, o.Ended.Add(time.Minute))})
	}
	return places
}

// encoded is a text as it may stand anywhere in an address: whatever is no
// letter, digit or one of - _ . ~ by its number (RFC 3986, section 2.3).
func encoded(text string) string { return numbered(text, "%%%02X", "-_.~") }

// numbered writes every byte that is no letter, no digit and none of the others
// by its number.
func numbered(text, format, others string) string {
	var b strings.Builder
	for _, c := range []byte(text) {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte(others, c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, format, c)
		}
	}
	return b.String()
}

// console is where the console of a region's partition is.
func console(region string) string {
	switch {
	case strings.HasPrefix(region, "cn-"):
		return "https://console.amazonaws.cn"
	case strings.HasPrefix(region, "us-gov-"):
		return "https://console.amazonaws-us-gov.com"
	}
	return "https://console.aws.amazon.com"
}

// spansGroup is the log group of Transaction Search.
const spansGroup = "aws/spans"

// insights is a query of CloudWatch Logs Insights over the spans. The console
// writes its state after # with * for % within texts, and $ for % around it.
func insights(region, query string, from, to time.Time) string {
	starred := func(text string) string { return numbered(text, "*%02x", "-_.") }
	state := fmt.Sprintf("~(end~'%s~start~'%s~timeType~'ABSOLUTE~tz~'UTC~editorString~'%s~source~(~'%s))",
		starred(to.UTC().Format("2006-01-02T15:04:05.000Z")), starred(from.UTC().Format("2006-01-02T15:04:05.000Z")), starred(query), starred(spansGroup))
	return console(region) + "/cloudwatch/home?region=" + encoded(region) + "#logsV2:logs-insights$3FqueryDetail$3D" + state
}
