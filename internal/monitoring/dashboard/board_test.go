package dashboard_test

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/monitoring/dashboard"
)

func f(v float64) *float64 { return &v }

// one of everything that a board can hold.
func whole() dashboard.Board {
	size := dashboard.Size{Width: 12, Height: 6}
	return dashboard.Board{
		Name: "A-1_b",
		Head: func(name string, all []string) dashboard.Text {
			return dashboard.Text{Size: dashboard.Size{Width: 24, Height: 2}, Markdown: name + " of " + strings.Join(all, " ") + " <&> ${x}"}
		},
		Sections: []dashboard.Section{{Rows: []dashboard.Row{{
			dashboard.Metrics{
				Size: size, Title: "t", Region: "eu-west-1", View: dashboard.Graph, Period: 60, Stat: "Sum", Stacked: true,
				Left: dashboard.Axis{Label: "ms", Min: f(0)}, Right: dashboard.Axis{Max: f(9)},
				Series: []dashboard.Series{
					{ID: "a", Namespace: "N", Metric: "M", Dimensions: []dashboard.Dimension{{Name: "D", Value: "v"}}, Hidden: true, Stat: "p99.9"},
					{Namespace: "N", Metric: "Bare"},
					{Expression: "IF(a>0,100*a/(a+1),0)", Label: "share", Color: "#112233", OnRight: true},
				},
				Lines: []dashboard.Line{{Label: "l", Value: 1.5, Color: "#d13212"}},
				Marks: []dashboard.Mark{{Label: "m", At: time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)}},
			},
			dashboard.Metrics{Size: size, Title: "n", Region: "eu-west-1", View: dashboard.Number, Period: 86400, Stat: "Maximum", Start: "-P30D", Whole: true, Series: []dashboard.Series{{Namespace: "N", Metric: "M"}}},
			dashboard.Alarms{Size: size, Title: "a", ARNs: []string{"arn:aws:cloudwatch:eu-west-1:123456789012:alarm:x"}},
			dashboard.Text{Size: dashboard.Size{Width: 24, Height: 1}, Markdown: "**x**", Bare: true},
		}}}},
	}
}

// What is written is right, always the same, and read back as it was.
func TestABoardComesBackFromItsBody(t *testing.T) {
	p := dashboard.Split(whole())
	if len(p) != 1 || p[0].Name != "A-1_b" {
		t.Fatalf("%d boards", len(p))
	}
	body := p[0].Body()
	if again := dashboard.Split(whole())[0].Body(); !bytes.Equal(body, again) {
		t.Error("two bodies of one board differ")
	}
	if problems := dashboard.Check(body); len(problems) > 0 {
		t.Errorf("%v", problems)
	}
	if !bytes.HasPrefix(body, []byte(`{"start":"-PT24H","periodOverride":"inherit","widgets":[`)) || !bytes.Contains(body, []byte(`A-1_b <&> ${x}`)) {
		t.Errorf("%s", body)
	}
	back, err := dashboard.Parse(body)
	if err != nil || !reflect.DeepEqual(back, p[0].Widgets) {
		t.Errorf("%v\n%+v\n%+v", err, back, p[0].Widgets)
	}
	places := ""
	for _, w := range back {
		places += fmt.Sprintf("%d,%d %dx%d; ", w.X, w.Y, w.Width, w.Height)
	}
	if places != "0,0 24x2; 0,2 12x6; 12,2 12x6; 0,8 12x6; 0,14 24x1; " {
		t.Error(places)
	}
}

func TestABodyThatIsNotUnderstoodIsNotDrawn(t *testing.T) {
	for says, body := range map[string]string{
		"is not JSON":                    `{`,
		"widgets of type log":            `{"widgets":[{"type":"log","x":0,"y":0,"width":6,"height":6,"properties":{"region":"eu-west-1","query":"q"}}]}`,
		"names that repeat":              `{"widgets":[{"type":"metric","x":0,"y":0,"width":6,"height":6,"properties":{"region":"eu-west-1","metrics":[["A","B","C","d"],["...","e"]]}}]}`,
		"widgets that CloudWatch places": `{"widgets":[{"type":"text","properties":{"markdown":"m"}}]}`,
	} {
		if _, err := dashboard.Parse([]byte(body)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", says, err)
		}
	}
}

// section has rows of so many widgets that each find so many series.
func section(rows, widgets, finds int) dashboard.Section {
	var s dashboard.Section
	for range rows {
		var row dashboard.Row
		for range widgets {
			row = append(row, dashboard.Metrics{
				Size: dashboard.Size{Width: 6, Height: 6}, Region: "eu-west-1", View: dashboard.Graph, Period: 60, Stat: "Sum",
				Series: []dashboard.Series{{Expression: "SEARCH('{N,D} MetricName=\"M\"', 'Sum', 60)", Finds: finds}},
			})
		}
		s.Rows = append(s.Rows, row)
	}
	return s
}

// However much there is, each board keeps within the limits with room to grow,
// nothing is lost, and all know of each other.
func TestABoardSplitsBeforeItIsTooLarge(t *testing.T) {
	for name, c := range map[string]struct {
		sections []dashboard.Section
		boards   int
		widgets  int
	}{
		"nothing":              {nil, 1, 0},
		"little":               {[]dashboard.Section{section(2, 4, 10)}, 1, 8},
		"just room":            {[]dashboard.Section{section(1, 4, 500)}, 1, 4},
		"sections stay whole":  {[]dashboard.Section{section(1, 3, 400), section(1, 3, 400)}, 2, 6},
		"a section too large":  {[]dashboard.Section{section(5, 2, 500)}, 3, 10},
		"more than is shown":   {[]dashboard.Section{section(2, 2, 9000)}, 1, 4},
		"many widgets":         {[]dashboard.Section{section(60, 4, 1), section(60, 4, 1)}, 2, 480},
		"many widgets at once": {[]dashboard.Section{section(120, 4, 1)}, 2, 480},
	} {
		b := dashboard.Board{Name: "b", Sections: c.sections, Head: func(name string, all []string) dashboard.Text {
			return dashboard.Text{Size: dashboard.Size{Width: 24, Height: 1}, Markdown: name + "|" + strings.Join(all, "|")}
		}}
		parts := dashboard.Split(b)
		found, names := 0, []string{}
		for i, p := range parts {
			want := fmt.Sprintf("b-%d", i+1)
			if i == 0 {
				want = "b"
			}
			names = append(names, p.Name)
			if p.Name != want || len(p.Widgets) > 400 {
				t.Errorf("%s: %s has %d widgets", name, p.Name, len(p.Widgets))
			}
			found += len(p.Widgets) - 1
			most := 1
			for _, s := range c.sections {
				if m, ok := s.Rows[0][0].(dashboard.Metrics); ok {
					most = m.Series[0].Finds
				}
			}
			if problems := dashboard.CheckFinding(p.Body(), most); len(problems) > 0 {
				t.Errorf("%s: %v", name, problems)
			}
		}
		if len(parts) != c.boards || found != c.widgets {
			t.Errorf("%s: %d boards with %d widgets, want %d with %d", name, len(parts), found, c.boards, c.widgets)
		}
		for _, p := range parts {
			if head := p.Widgets[0].Widget.(dashboard.Text).Markdown; head != p.Name+"|"+strings.Join(names, "|") {
				t.Errorf("%s: %s", name, head)
			}
		}
	}
}

// Source of the cases: CloudWatch User Guide, "CloudWatch search expression
// syntax", tokenization and partial matches.
func TestASearchFindsWholeWordsInOrder(t *testing.T) {
	s := dashboard.Search{Namespace: "AWS/Lambda", Dimensions: []string{"FunctionName"}, Metric: "Errors", Term: "lego-api-production", Stat: "Sum", Period: 60}
	if got := s.Expression(); got != `SEARCH('{AWS/Lambda,FunctionName} MetricName="Errors" FunctionName=lego-api-production', 'Sum', 60)` {
		t.Error(got)
	}
	n, err := dashboard.ParseExpression(s.Expression())
	if err != nil || len(n.Args) != 3 {
		t.Fatalf("%v %v", n, err)
	}
	back, ok := dashboard.ParseSearch(n.Args[0].Text, n.Args[1].Text, "60")
	if !ok || !reflect.DeepEqual(back, s) {
		t.Errorf("%+v", back)
	}
	for name, found := range map[string]bool{
		"lego-api-production-Images": true, "lego-api-production": true, "other-lego-api-production-x": true, "lego_api_production_x": true,
		"lego-api-staging-Images": false, "lego-api-prod": false, "lego-production-api-x": false, "": false,
	} {
		if s.Finds(name) != found {
			t.Errorf("%q: %v", name, !found)
		}
	}
	if _, ok := dashboard.ParseSearch("lambda errors", "Sum", "60"); ok {
		t.Error("a search of another form was read")
	}
}
