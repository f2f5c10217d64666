package report_test

import (
	"encoding/xml"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/verdict"
)

var update = flag.Bool("update", false, "write what is rendered now as the wanted result")

func number(f float64) *float64 { return &f }

// everything is a document with each kind of block.
func everything() report.Document {
	return report.Document{
		Title: "Everything", Verdict: verdict.Fail, Lead: "One thing failed.",
		Blocks: []report.Block{
			report.Section{Title: "Figures"},
			report.Text{Body: "A paragraph."},
			report.Table{
				Caption: "Files", More: 3,
				Columns: []report.Column{{Title: "file"}, {Title: "lines", Numeric: true}},
				Rows: [][]report.Cell{
					{{Text: "a.ts", Code: true, Href: "https://example.com/a.ts#L1"}, {Text: "93.10%", Tone: report.Bad, Share: number(0.931)}},
					{{Text: "b.ts", Code: true}, {Text: "100.00%", Tone: report.Good, Share: number(1)}},
					{{Text: "short row"}},
				},
			},
			report.Bars{Caption: "Shares", Unit: "%", Max: 100, Rows: []report.Bar{{Label: "lines", Value: 93.1, Limit: number(95), Tone: report.Bad}}},
			report.Lanes{Caption: "When", Spans: []report.Span{
				{Lane: "A", Label: "one", End: 1500 * time.Millisecond, Tone: report.Good},
				{Lane: "A", Label: "two", Start: 1500 * time.Millisecond, End: 65 * time.Second, Tone: report.Bad},
				{Lane: "B", Label: "three: x", Start: time.Second, End: time.Second, Tone: report.Quiet},
			}},
			smallChart(),
			report.Log{Caption: "A log", Body: "one\n```\ntwo\n", Open: true},
			report.Log{Caption: "A folded log", Body: "folded"},
		},
	}
}

// Golden files show how each face looks; -update writes them anew.
func TestFaces(t *testing.T) {
	html, err := report.HTML("A page", everything())
	if err != nil {
		t.Fatal(err)
	}
	for name, got := range map[string]string{
		"terminal.txt": report.Terminal(everything(), false),
		"colour.txt":   report.Terminal(everything(), true),
		"summary.md":   report.Markdown(everything()),
		"page.html":    string(html),
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join("testdata", name)
			if *update {
				if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if string(want) != got {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// hostile is a text that tries every way out.
const hostile = "<script>x</script>|`a`[b](c)*d*_e_\\@f#1\n::error::g\x1b[31m\"'&"

func hostileDocument() report.Document {
	cell := report.Cell{Text: hostile, Code: true, Href: "javascript:" + hostile}
	return report.Document{
		Title: hostile, Verdict: verdict.Pass, Lead: hostile,
		Blocks: []report.Block{
			report.Section{Title: hostile}, report.Text{Body: hostile},
			report.Table{Caption: hostile, Columns: []report.Column{{Title: hostile}}, Rows: [][]report.Cell{{cell}}},
			report.Bars{Caption: hostile, Rows: []report.Bar{{Label: hostile}}},
			report.Lanes{Caption: hostile, Spans: []report.Span{{Lane: hostile, Label: hostile}}},
			report.Chart{
				Caption: hostile, Unit: hostile, Series: []report.Series{{Name: hostile}}, Limits: []report.Limit{{Label: hostile}},
				Start: midnight, End: after(time.Minute), Bands: []report.Band{{Label: hostile, Start: midnight}}, Marks: []report.Event{{Label: hostile, At: midnight}},
			},
			report.Log{Caption: hostile, Body: hostile, Open: true},
		},
	}
}

// Attack: summary-injection, coverage-markup
func TestHostileTextIsOnlyText(t *testing.T) {
	page, err := report.HTML(hostile, hostileDocument())
	if err != nil {
		t.Fatal(err)
	}
	html := string(page)
	if strings.Contains(html, "<script") || strings.Contains(html, `href="javascript:`) {
		t.Error("the page lets markup through")
	}
	markdown := report.Markdown(hostileDocument())
	outsideFences := regexp.MustCompile("(?s)```.*?```").ReplaceAllString(markdown, "")
	for _, bad := range []string{"<script", "[b](c)", "*d*", "@f", "`a`"} {
		if strings.Contains(outsideFences, bad) {
			t.Errorf("the Markdown lets %q through", bad)
		}
	}
	for line := range strings.Lines(markdown) {
		// The tables of the document have one, four and six columns.
		if n := strings.Count(line, "|"); strings.HasPrefix(line, "|") && strings.Contains(line, "script") && n != 2 && n != 5 && n != 7 {
			t.Errorf("a cell broke its row: %q", line)
		}
	}
	if terminal := report.Terminal(hostileDocument(), false); strings.ContainsRune(terminal, '\x1b') {
		t.Error("a text drives the terminal")
	}
}

// A page must work from a file, offline, and stay what it is.
func TestThePageIsSelfContained(t *testing.T) {
	html, err := report.HTML("x", everything())
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"<script", "<link", "@import", "url(", "src=", "<iframe"} {
		if strings.Contains(string(html), bad) {
			t.Errorf("the page holds %q", bad)
		}
	}
	for _, good := range []string{"Content-Security-Policy", "prefers-color-scheme:dark", `name="viewport"`, "<svg", "aria-label"} {
		if !strings.Contains(string(html), good) {
			t.Errorf("the page lacks %q", good)
		}
	}
	for _, picture := range regexp.MustCompile(`(?s)<svg.*?</svg>`).FindAllString(string(html), -1) {
		if err := xml.Unmarshal([]byte(picture), new(struct{})); err != nil {
			t.Errorf("a picture is not well-formed: %v", err)
		}
	}
}

func TestABarNeverLooksFullerThanItIs(t *testing.T) {
	for name, c := range map[string]struct {
		share float64
		want  string
	}{
		"full": {1, "██████████"}, "almost": {0.9999, "█████████▉"}, "half": {0.5, "█████░░░░░"},
		"a trace": {0.0001, "▏░░░░░░░░░"}, "none": {0, "░░░░░░░░░░"}, "too much": {7, "██████████"}, "less than none": {-1, "░░░░░░░░░░"},
	} {
		t.Run(name, func(t *testing.T) {
			d := report.Document{Blocks: []report.Block{report.Table{Columns: []report.Column{{Title: "x"}}, Rows: [][]report.Cell{{{Text: "y", Share: &c.share}}}}}}
			if got := report.Terminal(d, false); !strings.Contains(got, "y "+c.want+"\n") {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestSeconds(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0 s", 432 * time.Millisecond: "0.4 s", 3 * time.Second: "3 s", 12400 * time.Millisecond: "12 s",
		185 * time.Second: "3 min 5 s", 2*time.Hour + 4*time.Minute: "2 h 4 min",
	} {
		if got := report.Seconds(d); got != want {
			t.Errorf("%v: got %q, want %q", d, got, want)
		}
	}
}

func TestCount(t *testing.T) {
	for want, got := range map[string]string{
		"1 query":                 report.Count(1, "query"),
		"0 queries":               report.Count(0, "query"),
		"2 calls":                 report.Count(2, "call"),
		"12\u202f345 requests":    report.Count(int64(12345), "request"),
		"3 entries of a registry": report.Count(3, "entry") + " of a registry",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
