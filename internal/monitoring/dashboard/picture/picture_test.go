package picture_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"html"
	"io"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/monitoring"
	"github.com/cutover-dev/cutover/internal/monitoring/dashboard"
	"github.com/cutover-dev/cutover/internal/monitoring/dashboard/picture"
	"github.com/cutover-dev/cutover/internal/unit"
)

var end = time.Date(2026, 3, 4, 18, 0, 0, 0, time.UTC)

// boards are the dashboards of the golden stacks, by the name of the stack.
func boards(t *testing.T) map[string]func() ([]picture.Board, picture.World) {
	t.Helper()
	paths, err := filepath.Glob("../../testdata/stacks/*.inventory.json")
	if err != nil || len(paths) < 5 {
		t.Fatalf("%d inventories, %v", len(paths), err)
	}
	all := map[string]func() ([]picture.Board, picture.World){}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		i, err := monitoring.ParseInventory(path, text)
		if err != nil {
			t.Fatal(err)
		}
		p := monitoring.Plan{
			Project: "LEGO-API", Inventory: i, RunbookBase: "https://example.com/r", Traffic: true, Budget: &monitoring.Budget{Monthly: 200 * unit.Dollar},
			KPIs:   []monitoring.KPI{{Title: "MOCs created & <b>", Namespace: "L", Metric: "M", Statistic: "Sum"}},
			Events: []monitoring.Event{{At: end.Add(-8 * time.Hour), Kind: monitoring.EventDeployment, Label: "one"}, {At: end.Add(-7 * time.Hour), Kind: monitoring.EventWeight, Label: "10%"}, {At: end.Add(-6*time.Hour - 55*time.Minute), Kind: monitoring.EventWeight, Label: "50%"}},
		}
		w := picture.World{End: end, Seed: 1}
		for _, f := range i.Functions {
			w.Functions = append(w.Functions, f.Name)
		}
		all[filepath.Base(path)] = func() ([]picture.Board, picture.World) {
			var drawn []picture.Board
			for _, b := range monitoring.Boards(p, "123456789012") {
				drawn = append(drawn, picture.Board(b))
			}
			return drawn, w
		}
	}
	return all
}

func TestThePageIsWholeAndSmall(t *testing.T) {
	for name, of := range boards(t) {
		all, w := of()
		page, err := picture.HTML("t <x>", all, w)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if again, _ := picture.HTML("t <x>", all, w); !bytes.Equal(page, again) {
			t.Errorf("%s: the same seed gives another page", name)
		}
		other := w
		other.Seed = 2
		if again, _ := picture.HTML("t <x>", all, other); bytes.Equal(page, again) {
			t.Errorf("%s: another seed gives the same page", name)
		}
		text := string(page)
		if len(page) > 1_000_000 {
			t.Errorf("%s: %d bytes", name, len(page))
		}
		if !strings.Contains(text, "Simulated data: nothing here was measured.") || strings.Contains(text, "<b>&") || !strings.Contains(text, "prefers-color-scheme:dark") {
			t.Errorf("%s: the page does not say what it is", name)
		}
		if bad := regexp.MustCompile(`<script|src=|url\(|@import|<link`).FindString(text); bad != "" {
			t.Errorf("%s: the page fetches something: %s", name, bad)
		}
		for _, svg := range regexp.MustCompile(`(?s)<svg.*?</svg>`).FindAllString(text, -1) {
			checkPicture(t, name, svg)
		}
		for _, title := range titles(t, all) {
			if !strings.Contains(text, html.EscapeString(title)) {
				t.Errorf("%s: %q is not drawn", name, title)
			}
		}
	}
}

func titles(t *testing.T, all []picture.Board) (found []string) {
	t.Helper()
	for _, b := range all {
		placed, err := dashboard.Parse(b.Body)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range placed {
			switch w := p.Widget.(type) {
			case dashboard.Metrics:
				found = append(found, w.Title)
			case dashboard.Alarms:
				found = append(found, w.Title)
			}
		}
	}
	return found
}

var (
	boxForm  = regexp.MustCompile(`viewBox="0 0 ([0-9.]+) ([0-9.]+)"`)
	textForm = regexp.MustCompile(`<text x="([0-9.-]+)" y="([0-9.-]+)" text-anchor="(\w+)" class="([a-z-]+)">([^<]*)</text>`)
)

func number(t *testing.T, text string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// checkPicture holds one widget's picture: well-formed, no coordinate that is
// none, no text outside of it or over another one.
func checkPicture(t *testing.T, name, svg string) {
	t.Helper()
	wellFormed(t, name, svg)
	size := boxForm.FindStringSubmatch(svg)
	if size == nil {
		t.Fatalf("%s: %.100s has no size", name, svg)
	}
	width, height := number(t, size[1]), number(t, size[2])
	type box struct {
		from, to, y float64
		text        string
	}
	var boxes []box
	for _, m := range textForm.FindAllStringSubmatch(svg, -1) {
		x, y := number(t, m[1]), number(t, m[2])
		wide := 5.4 * float64(len([]rune(html.UnescapeString(m[5]))))
		switch m[4] {
		case "figure":
			wide *= 3.5
		case "title":
			wide *= 1.2
		}
		from := map[string]float64{"start": x, "middle": x - wide/2, "end": x - wide}[m[3]]
		b := box{from, from + wide, y, m[5]}
		if b.from < -2 || b.to > width+4 || y < 8 || y > height {
			t.Errorf("%s: %q stands at %.0f–%.0f, %.0f of a picture of %gx%g", name, b.text, b.from, b.to, y, width, height)
		}
		for _, o := range boxes {
			if math.Abs(o.y-b.y) < 8 && o.from < b.to-2 && b.from < o.to-2 {
				t.Errorf("%s: %q lies over %q in %.80s", name, b.text, o.text, svg)
			}
		}
		boxes = append(boxes, b)
	}
}

func wellFormed(t *testing.T, name, svg string) {
	t.Helper()
	for d := xml.NewDecoder(strings.NewReader(svg)); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("%s: a picture is not well-formed: %v in %.200s", name, err, svg)
		}
	}
	if bad := regexp.MustCompile(`NaN|Inf|[" ML-][0-9.]+e[+-]?[0-9]`).FindString(regexp.MustCompile(`<style>.*?</style>`).ReplaceAllString(svg, "")); bad != "" {
		t.Errorf("%s: a picture holds %q", name, bad)
	}
}

// The one picture of a board has its widgets where CloudWatch puts them.
func TestThePictureLiesOnTheGrid(t *testing.T) {
	nested := regexp.MustCompile(`<svg x="([0-9.]+)" y="([0-9.]+)" width="([0-9.]+)" height="([0-9.]+)"`)
	for name, of := range boards(t) {
		all, w := of()
		svg, err := picture.SVG(all[0], w)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		wellFormed(t, name, strings.ReplaceAll(string(svg), "\n", ""))
		size := boxForm.FindStringSubmatch(string(svg))
		var boxes [][4]float64
		for _, m := range nested.FindAllStringSubmatch(string(svg), -1) {
			b := [4]float64{number(t, m[1]), number(t, m[2]), number(t, m[3]), number(t, m[4])}
			if b[0]+b[2] > number(t, size[1]) || b[1]+b[3] > number(t, size[2]) {
				t.Errorf("%s: %v lies outside of %v", name, b, size)
			}
			for _, o := range boxes {
				if b[0] < o[0]+o[2] && o[0] < b[0]+b[2] && b[1] < o[1]+o[3] && o[1] < b[1]+b[3] {
					t.Errorf("%s: %v lies over %v", name, b, o)
				}
			}
			boxes = append(boxes, b)
		}
		placed, err := dashboard.Parse(all[0].Body)
		if err != nil || len(placed) != len(boxes) {
			t.Errorf("%s: %d widgets are drawn as %d, %v", name, len(placed), len(boxes), err)
		}
	}
}

// Lines of alarms that lie close together, and names that others chose.
func TestLabelsMakeRoomForEachOther(t *testing.T) {
	lines := `{"label":"alarm above 5","value":5},{"label":"alarm above 5.1","value":5.1},{"label":"alarm above 5.2","value":5.2},{"label":"alarm above 5.3","value":5.3}`
	body := []byte(`{"widgets":[{"type":"metric","x":0,"y":0,"width":6,"height":6,"properties":{"region":"us-east-1","period":60,"title":"T","metrics":[["AWS/RDS","CPUUtilization"]],"annotations":{"horizontal":[` + lines + `]}}}]}`)
	page, err := picture.HTML("t", []picture.Board{{Name: "<i>", Body: body}}, picture.World{End: end})
	if err != nil || bytes.Contains(page, []byte("<i>")) {
		t.Fatalf("%v", err)
	}
	svg := regexp.MustCompile(`(?s)<svg.*?</svg>`).FindString(string(page))
	if n := strings.Count(svg, `class="limit"`); n != 4 {
		t.Errorf("%d of 4 lines are drawn", n)
	}
	checkPicture(t, "close lines", svg)
}

func TestWhatCannotBeDrawnIsSaid(t *testing.T) {
	metric := func(rows string) []byte {
		return []byte(`{"widgets":[{"type":"metric","x":0,"y":0,"width":6,"height":6,"properties":{"region":"us-east-1","period":60,"title":"T","metrics":[` + rows + `]}}]}`)
	}
	for says, body := range map[string][]byte{
		"is not JSON":           []byte(`{`),
		"cannot work out SORT":  metric(`[{"expression":"SORT(SEARCH('x','Sum',60),MAX,DESC,5)"}]`),
		"does not know what x":  metric(`[{"expression":"SEARCH('x','Sum',60)"}]`),
		"three arguments of IF": metric(`[{"expression":"IF(1,2)"}]`),
		"2 series stand where":  metric(`[{"expression":"1+SEARCH('{AWS/Lambda,FunctionName} MetricName=\"Errors\"', 'Sum', 60)"}]`),
	} {
		if _, err := picture.HTML("t", []picture.Board{{Name: "n", Body: body}}, picture.World{End: end, Functions: []string{"a", "b"}}); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", says, err)
		}
	}
}
