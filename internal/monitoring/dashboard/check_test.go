package dashboard_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/monitoring/dashboard"
)

// metric is a body with one metric widget of these properties.
func metric(properties string) string {
	return `{"widgets":[{"type":"metric","x":0,"y":0,"width":6,"height":6,"properties":{"region":"eu-west-1",` + properties + `}}]}`
}

func rows(rows string) string { return metric(`"metrics":[` + rows + `]`) }

func widget(properties string) string { return `{"widgets":[{` + properties + `}]}` }

func times(n int, of func(i int) string) string {
	var all []string
	for i := range n {
		all = append(all, of(i))
	}
	return strings.Join(all, ",")
}

func same(text string) func(int) string { return func(int) string { return text } }

// Each bad body has exactly its problem, and no other.
func TestABadBodyHasItsProblem(t *testing.T) {
	const text = `{"type":"text","properties":{"markdown":"m"}}`
	const p, r = "widgets[0].properties", "widgets[0].properties.metrics"
	for body, want := range map[string]string{
		``:                             "is not JSON: EOF",
		`[]`:                           "is no object",
		`{}`:                           "widgets: is missing",
		`{"widgets":{}}`:               "widgets: is no list",
		`{"widgets":[]} {}`:            "is not JSON: something follows the document",
		`{"widgets":[],"widgets":[]}`:  "widgets: stands twice",
		`{"widgets":[],"title":"x"}`:   "title: is no field of this; allowed: widgets, start, end, periodOverride, variables",
		`{"widgets":[],"start":"24h"}`: `start: is "24h"; allowed: -P<time>, such as -PT24H, or a moment, such as 2026-03-04T12:00:00Z`,
		`{"widgets":[],"end":"-PT1H"}`: "end: stands without a start",
		`{"widgets":[],"start":5}`:     "start: is no text",
		`{"widgets":["x"]}`:            "widgets[0]: is no object",
		`{"widgets":[` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `]}`:               "is not JSON: it is nested more than 50 deep",
		`{"widgets":[],"periodOverride":"none"}`:                                                  `periodOverride: is "none"; allowed: auto, inherit`,
		`{"widgets":[],"variables":[` + times(26, same("{}")) + `]}`:                              "variables: has 26 entries; allowed: 25",
		`{"widgets":[` + times(501, same(text)) + `]}`:                                            "widgets: has 501 entries; allowed: 500",
		widget(`"properties":{"markdown":"m"}`):                                                   "widgets[0].type: is missing",
		widget(`"type":"graph","properties":{}`):                                                  `widgets[0].type: is "graph"; allowed: metric, text, alarm, log, explorer, custom`,
		widget(`"type":"text"`):                                                                   "widgets[0].properties: is missing",
		widget(`"type":"text","properties":{}`):                                                   p + ".markdown: is missing",
		widget(`"type":"text","properties":{"markdown":1}`):                                       p + ".markdown: is no text",
		widget(`"type":"text","properties":{"markdown":"m","background":"red"}`):                  p + `.background: is "red"; allowed: solid, transparent`,
		widget(`"type":"text","properties":{"markdown":"m","stat":"Sum"}`):                        p + ".stat: is no field of this; allowed: markdown, background",
		widget(`"type":"text","x":24,"properties":{"markdown":"m"}`):                              "widgets[0].x: is 24; allowed: whole numbers from 0 to 23",
		widget(`"type":"text","y":-1,"properties":{"markdown":"m"}`):                              "widgets[0].y: is -1; allowed: whole numbers from 0 to 1073741824",
		widget(`"type":"text","y":1.5,"properties":{"markdown":"m"}`):                             "widgets[0].y: is 1.5; allowed: whole numbers from 0 to 1073741824",
		widget(`"type":"text","width":25,"properties":{"markdown":"m"}`):                          "widgets[0].width: is 25; allowed: whole numbers from 1 to 24",
		widget(`"type":"text","height":1001,"properties":{"markdown":"m"}`):                       "widgets[0].height: is 1001; allowed: whole numbers from 1 to 1000",
		widget(`"type":"text","x":20,"y":0,"width":5,"properties":{"markdown":"m"}`):              "widgets[0]: ends in column 25; allowed: up to 24",
		widget(`"type":"text","x":20,"y":0,"properties":{"markdown":"m"}`):                        "widgets[0]: ends in column 26; allowed: up to 24",
		`{"widgets":[` + strings.Replace(text+","+text, `"text"`, `"text","x":0,"y":0`, 2) + `]}`: "widgets[1]: lies over widgets[0]",
		widget(`"type":"alarm","properties":{}`):                                                  p + ".alarms: is missing",
		widget(`"type":"alarm","properties":{"alarms":[]}`):                                       p + ".alarms: has 0 entries; allowed: 1 to 100",
		widget(`"type":"alarm","properties":{"alarms":["x"]}`):                                    p + ".alarms[0]: is x, which is no ARN of an alarm",
		widget(`"type":"alarm","properties":{"alarms":["` + arn + `"],"sortBy":"name"}`):          p + `.sortBy: is "name"; allowed: default, stateUpdatedTimestamp, timestamp`,
		widget(`"type":"alarm","properties":{"alarms":["` + arn + `"],"states":["RED"]}`):         p + ".states[0]: is RED; allowed: ALARM, INSUFFICIENT_DATA, OK",
		widget(`"type":"alarm","properties":{"alarms":[` + times(101, same(`"`+arn+`"`)) + `]}`):  p + ".alarms: has 101 entries; allowed: 1 to 100",
		widget(`"type":"log","properties":{"region":"eu-west-1"}`):                                p + ".query: is missing",
		widget(`"type":"log","properties":{"region":"eu-west-1","query":"q","view":"x"}`):         p + `.view: is "x"; allowed: table, timeSeries, bar, pie`,
		widget(`"type":"explorer","properties":{}`):                                               p + ".metrics: is missing",
		widget(`"type":"custom","properties":{}`):                                                 p + ".endpoint: is missing",
		widget(`"type":"metric","properties":{"metrics":[["A","B"]]}`):                            p + ".region: is missing",
		metric(`"title":"t"`):                                                                                        r + ": is missing, and no alarm stands in for it",
		metric(`"region":"here","metrics":[]`):                                                                       p + ".region: stands twice\n" + p + `.region: is "here"; allowed: an AWS region`,
		metric(`"metrics":[["A","B"]],"view":"line"`):                                                                p + `.view: is "line"; allowed: timeSeries, singleValue, gauge, bar, pie, table`,
		metric(`"metrics":[["A","B"]],"stat":"avg"`):                                                                 p + `.stat: is "avg"; allowed: Sum, Average, Minimum, Maximum, SampleCount, IQM, p99, tm99, TM(2%:98%), WM, TC, TS, PR(:300)`,
		metric(`"metrics":[["A","B"]],"stat":"p101"`):                                                                p + `.stat: is "p101"; allowed: Sum, Average, Minimum, Maximum, SampleCount, IQM, p99, tm99, TM(2%:98%), WM, TC, TS, PR(:300)`,
		metric(`"metrics":[["A","B"]],"stat":"PR(:)"`):                                                               p + `.stat: is "PR(:)"; allowed: Sum, Average, Minimum, Maximum, SampleCount, IQM, p99, tm99, TM(2%:98%), WM, TC, TS, PR(:300)`,
		metric(`"metrics":[["A","B"]],"period":90`):                                                                  p + ".period: is 90; allowed: 1, 5, 10, 20, 30 and multiples of 60",
		metric(`"metrics":[["A","B"]],"period":"60"`):                                                                p + ".period: is 60; allowed: whole numbers from 1 to 2592000",
		metric(`"metrics":[["A","B"]],"stacked":"yes"`):                                                              p + ".stacked: is neither true nor false",
		metric(`"metrics":[["A","B"]],"colour":"x"`):                                                                 p + ".colour: is no field of this; allowed: accountId, annotations, end, labels, legend, liveData, metrics, period, region, setPeriodToTimeRange, singleValueFullPrecision, sparkline, stacked, start, stat, table, timezone, title, trend, view, yAxis",
		metric(`"metrics":[["A","B"]],"end":"-PT1H"`):                                                                p + ".end: stands without a start",
		metric(`"metrics":[["A","B"]],"view":"gauge"`):                                                               p + ".yAxis: needs left.min and left.max for a gauge",
		metric(`"metrics":[["A","B"]],"legend":{"position":"x"}`):                                                    p + `.legend.position: is "x"; allowed: right, bottom, hidden`,
		metric(`"metrics":[["A","B"]],"yAxis":{"left":{"min":2,"max":1}}`):                                           p + ".yAxis.left: begins at 2 and ends at 1",
		metric(`"metrics":[["A","B"]],"yAxis":{"left":{"min":"0"}}`):                                                 p + ".yAxis.left.min: is no number",
		metric(`"metrics":[["A","B"]],"yAxis":{"top":{}}`):                                                           p + ".yAxis.top: is no field of this; allowed: left, right",
		metric(`"metrics":[["A","B"]],"annotations":{"horizontal":[{"label":"x"}]}`):                                 p + ".annotations.horizontal[0].value: is missing",
		metric(`"metrics":[["A","B"]],"annotations":{"horizontal":[{"value":"1"}]}`):                                 p + ".annotations.horizontal[0].value: is no number",
		metric(`"metrics":[["A","B"]],"annotations":{"horizontal":[{"value":1,"fill":"before"}]}`):                   p + `.annotations.horizontal[0].fill: is "before"; allowed: above, below, between, none`,
		metric(`"metrics":[["A","B"]],"annotations":{"horizontal":[[{"value":1}]]}`):                                 p + ".annotations.horizontal[0]: is a band of 1 ends; allowed: 2",
		metric(`"metrics":[["A","B"]],"annotations":{"horizontal":[{"value":1,"color":"red"}]}`):                     p + `.annotations.horizontal[0].color: is "red"; allowed: #rrggbb`,
		metric(`"metrics":[["A","B"]],"annotations":{"vertical":[{"value":5}]}`):                                     p + ".annotations.vertical[0].value: is no text",
		metric(`"metrics":[["A","B"]],"annotations":{"vertical":[{"value":"noon"}]}`):                                p + `.annotations.vertical[0].value: is "noon"; allowed: a moment, such as 2026-03-04T12:00:00.000Z`,
		metric(`"metrics":[["A","B"]],"annotations":{"vertical":[{"value":"2026-03-04T12:00:00Z","yAxis":"left"}]}`): p + ".annotations.vertical[0].yAxis: is no field of this; allowed: color, fill, label, value, visible",
		metric(`"annotations":{"alarms":["` + arn + `","` + arn + `"]}`):                                             p + ".annotations.alarms: has 2 entries; allowed: 1 to 1",
		rows(`[]`):                            r + "[0]: is no list of names",
		rows(`["A"]`):                         r + "[0]: has no namespace and name",
		rows(`["A","B","C"]`):                 r + "[0]: has a dimension without a value",
		rows(`["A","B","C",1]`):               r + "[0][3]: is 1; allowed: names of 1 to 255 letters",
		rows(`["A","B","",""]`):               r + "[0][2]: is ; allowed: names of 1 to 255 letters",
		rows(`[".","B"]`):                     r + "[0][0]: repeats what the row above does not have",
		rows(`["A","B"],["...","x","y","z"]`): r + "[1][0]: repeats what the row above does not have",
		rows(`["A","B",` + times(62, same(`"d"`)) + `]`):                              r + "[0]: has 31 dimensions; allowed: 30",
		rows(`["A","B",{"id":"Upper"}]`):                                              r + `[0].id: is "Upper"; allowed: a small letter, then letters, digits and _`,
		rows(`["A","B",{"id":"a"}],["A","C",{"id":"a"}]`):                             r + `[1].id: is "a", which widgets[0].properties.metrics[0] is called already`,
		rows(`["A","B",{"stat":"p"}]`):                                                r + `[0].stat: is "p"; allowed: Sum, Average, Minimum, Maximum, SampleCount, IQM, p99, tm99, TM(2%:98%), WM, TC, TS, PR(:300)`,
		rows(`["A","B",{"period":61}]`):                                               r + "[0].period: is 61; allowed: 1, 5, 10, 20, 30 and multiples of 60",
		rows(`["A","B",{"yAxis":"top"}]`):                                             r + `[0].yAxis: is "top"; allowed: left, right`,
		rows(`["A","B",{"visible":0}]`):                                               r + "[0].visible: is neither true nor false",
		rows(`["A","B",{"colour":"x"}]`):                                              r + "[0].colour: is no field of this; allowed: accountId, color, expression, id, label, period, region, stat, visible, yAxis",
		rows(`["A","B",{"expression":"1"}]`):                                          r + "[0]: has both an expression and a metric",
		rows(`[{"expression":"a+1"}]`):                                                r + `[0].expression: refers to "a", and no row has that id`,
		rows(`[{"expression":"b+1","id":"b"}]`):                                       r + "[0].expression: refers to itself",
		rows(`[{"expression":"1+"}]`):                                                 r + "[0].expression: ends where a value should stand",
		rows(`[{"expression":"(1"}]`):                                                 r + "[0].expression: lacks a )",
		rows(`[{"expression":"[1"}]`):                                                 r + "[0].expression: lacks a ]",
		rows(`[{"expression":"1 2"}]`):                                                r + `[0].expression: goes on after its end with "2"`,
		rows(`[{"expression":"1 % 2"}]`):                                              r + `[0].expression: has "% 2", which is no part of metric math`,
		rows(`[{"expression":"MEDIAN(METRICS())"}]`):                                  r + "[0].expression: calls MEDIAN, which is no function of metric math",
		rows(`[{"expression":"IF(1)"}]`):                                              r + "[0].expression: gives IF 1 arguments, and it takes 2 to 3",
		rows(`[{"expression":"FILL(METRICS(),AGAIN)"}]`):                              r + `[0].expression: has "AGAIN" where a value should stand`,
		rows(`[{"expression":"` + strings.Repeat("(", 60) + `1"}]`):                   r + "[0].expression: is nested more than 50 deep",
		rows(`[{"expression":"` + strings.Repeat("1+", 1100) + `1"}]`):                r + "[0].expression: has 2201 letters; allowed: 2048",
		rows(`[{"expression":"SEARCH('{A,B} C', 'p200')"}]`):                          r + `[0].expression: searches with the statistic "p200"; allowed: Sum, Average, Minimum, Maximum, SampleCount, IQM, p99, tm99, TM(2%:98%), WM, TC, TS, PR(:300)`,
		rows(`[{"expression":"SEARCH('{A,B} C', 'Sum', 61)"}]`):                       r + "[0].expression: searches with a period that there is none of; allowed: 1, 5, 10, 20, 30 and multiples of 60",
		rows(`[{"expression":"SEARCH(1, 'Sum')"}]`):                                   r + "[0].expression: gives SEARCH no texts for query and statistic",
		rows(`[{"expression":"SEARCH('` + strings.Repeat("x", 1025) + `', 'Sum')"}]`): r + "[0].expression: searches by 1025 letters; allowed: 1024",
		rows(times(101, same(`[{"expression":"SEARCH('x', 'Sum')"}]`))):               r + ": has 101 SEARCHes; allowed: 100",
		rows(times(501, same(`["A","B"]`))):                                           r + ": has 501 metrics and expressions; allowed: 500",
		`{"widgets":[` + times(6, func(int) string {
			return `{"type":"metric","properties":{"region":"eu-west-1","metrics":[` + times(450, same(`["A","B"]`)) + `]}}`
		}) + `]}`: "widgets: fetch 2700 metrics together; allowed: 2500",
	} {
		var got []string
		for _, problem := range dashboard.Check([]byte(body)) {
			got = append(got, problem.String())
		}
		if strings.Join(got, "\n") != want {
			t.Errorf("%.150s\n got %s\nwant %s", body, strings.Join(got, "\n     "), want)
		}
	}
}

const arn = "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:x"

// What the grammar allows and our own boards do not use is no problem.
func TestAGoodBodyHasNone(t *testing.T) {
	for _, body := range []string{
		`{"widgets":[]}`,
		`{"start":"2026-03-04T00:00:00Z","end":"-PT3H","periodOverride":"auto","widgets":[],"variables":[{}]}`,
		widget(`"type":"log","properties":{"region":"eu-west-1","query":"SOURCE 'x' | fields @message","view":"table"}`),
		widget(`"type":"alarm","properties":{"alarms":["` + arn + `"],"sortBy":"timestamp","states":["ALARM","OK"],"title":"t"}`),
		metric(`"annotations":{"alarms":["` + arn + `"]}`),
		metric(`"metrics":[["A","B"]],"view":"gauge","yAxis":{"left":{"min":0,"max":10,"showUnits":false}}`),
		metric(`"metrics":[["A","B"]],"annotations":{"horizontal":[[{"value":1},{"value":2,"label":"x"}]],"vertical":[{"value":"2026-03-04T12:00:00.000Z","fill":"before"}]}`),
		rows(`["A","B","C","d",{"id":"a","stat":"tm99"}],["...","e"],[".","X",".","."],[{"expression":"SORT(METRICS(\"a\"),MAX,DESC,10)"}],[{"expression":"-a^2 >= 1.5 && a != 0"}],[{"expression":"SUM([a,a])"}]`),
		rows(`[{"expression":"SELECT AVG(x) FROM \"AWS/EC2\"","id":"q1"}],[{"expression":"SUM(SEARCH('{A,B} \"x\"', 'PR(:300)', 60))"}]`),
	} {
		if problems := dashboard.Check([]byte(body)); len(problems) > 0 {
			t.Errorf("%s: %v", body, problems)
		}
	}
	for _, stat := range []string{"Sum", "p0", "p99.99", "p100", "tm99", "TM(2%:98%)", "TM(:95%)", "PR(100:)", "TC(0.005:0.030)", "IQM", "WM(150:1000)", "ts90", "SampleCount"} {
		if !dashboard.ValidStat(stat) {
			t.Errorf("%s is a statistic", stat)
		}
	}
}

// What a search finds counts, though it cannot be seen in the body.
func TestASearchCountsAsWhatItFinds(t *testing.T) {
	body := []byte(`{"widgets":[` + times(6, same(`{"type":"metric","properties":{"region":"eu-west-1","metrics":[[{"expression":"SEARCH('x', 'Sum')"}]]}}`)) + `]}`)
	for found, want := range map[int]string{1: "[]", 416: "[]", 417: "[widgets: fetch 2502 metrics together; allowed: 2500]", 9000: "[widgets: fetch 3000 metrics together; allowed: 2500]"} {
		if got := fmt.Sprint(dashboard.CheckFinding(body, found)); got != want {
			t.Errorf("%d: %s", found, got)
		}
	}
}

func FuzzCheck(f *testing.F) {
	f.Add(dashboard.Split(whole())[0].Body())
	f.Add([]byte(rows(`["A","B","C","d",{"id":"a"}],["...","e"],[{"expression":"SORT(METRICS(\"a\"),MAX,DESC,10)"}]`)))
	f.Add([]byte(widget(`"type":"alarm","properties":{"alarms":["` + arn + `"]}`)))
	f.Fuzz(func(t *testing.T, body []byte) {
		problems := dashboard.Check(body)
		for _, p := range problems {
			if p.What == "" {
				t.Error("a problem without words")
			}
		}
		if placed, err := dashboard.Parse(body); err == nil {
			// What is read and written again is still right.
			if again := dashboard.Check(dashboard.Placement{Widgets: placed}.Body()); len(again) > 0 {
				t.Errorf("%s: %v", body, again)
			}
		} else if placed != nil {
			t.Error("widgets in spite of an error")
		}
	})
}

func FuzzParseExpression(f *testing.F) {
	f.Add("IF(all>0,100*bad/all,0)")
	f.Add("SUM(SEARCH('{A,B} \"x\"', 'p99', 60))+-a^2[1]")
	f.Fuzz(func(t *testing.T, text string) {
		n, err := dashboard.ParseExpression(text)
		if err != nil {
			return
		}
		n.Walk(func(n dashboard.Node) {
			if n.Kind == dashboard.SeriesNode && (n.Text == "" || n.Text[0] < 'a' || n.Text[0] > 'z') {
				t.Errorf("%q: a series called %q", text, n.Text)
			}
		})
	})
}
