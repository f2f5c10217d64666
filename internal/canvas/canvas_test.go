package canvas_test

import (
	"encoding/xml"
	"errors"
	"io"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/canvas"
)

var frame = canvas.Frame{Prefix: "x-", Light: "--i:#000", Dark: "--i:#fff", Style: ".x-pic text{fill:var(--i)}"}

func TestAPictureIsTwoWholeDocumentsAndNamesAreText(t *testing.T) {
	hostile := `</text></svg><script>alert("1")</script>`
	drawn := frame.Twice(hostile, func(c *canvas.Canvas) {
		c.H = 40
		c.Text("x-a", "start", 1, 2, hostile)
		c.Rect("x-b", 0, 0, 0, 10, 2) // no area
		c.Rect("x-b", 0, 0, c.W, 10, 2)
		c.Line("x-c", 0, 0, 1, 1)
		c.Dot("x-d", 1, 1, 4)
		c.Path("x-e", "M0 0L1 1")
	})
	pictures, elements := 0, map[string]int{}
	for in := xml.NewDecoder(strings.NewReader("<all>" + drawn + "</all>")); ; {
		token, err := in.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if e, ok := token.(xml.StartElement); ok {
			elements[e.Name.Local]++
			if e.Name.Local == "svg" {
				pictures++
			}
		}
	}
	if pictures != 2 || elements["script"] != 0 || elements["rect"] != 2 || elements["style"] != 1 {
		t.Errorf("%v\n%s", elements, drawn)
	}
	if !strings.Contains(drawn, `class="x-pic x-desk" viewBox="0 0 760 40"`) || !strings.Contains(drawn, `class="x-pic x-phone" viewBox="0 0 380 40"`) {
		t.Error(drawn)
	}
}

func TestSteps(t *testing.T) {
	for name, c := range map[string]struct {
		from, to float64
		most     int
		want     []float64
	}{
		"by ones":        {0, 5, 5, []float64{0, 1, 2, 3, 4, 5}},
		"by fives":       {0, 20, 5, []float64{0, 5, 10, 15, 20}},
		"within":         {0.3, 1.1, 5, []float64{0.4, 0.6, 0.8, 1}},
		"around zero":    {-1, 1, 4, []float64{-1, -0.5, 0, 0.5, 1}},
		"nothing":        {3, 3, 5, nil},
		"backwards":      {3, 2, 5, nil},
		"no figure":      {0, math.NaN(), 5, nil},
		"without an end": {0, math.Inf(1), 5, nil},
	} {
		t.Run(name, func(t *testing.T) {
			got := canvas.Steps(c.from, c.to, c.most)
			if !slices.EqualFunc(got, c.want, func(a, b float64) bool { return math.Abs(a-b) < 1e-9 }) {
				t.Errorf("%v, want %v", got, c.want)
			}
			for _, v := range got {
				if v == 0 && math.Signbit(v) {
					t.Error("a negative zero")
				}
			}
		})
	}
}

func TestScaleStaysWithin(t *testing.T) {
	for name, c := range map[string]struct {
		canvas.Scale
		v, want float64
	}{
		"the middle":       {canvas.Scale{From: 0, To: 10, A: 100, B: 200}, 5, 150},
		"below":            {canvas.Scale{From: 0, To: 10, A: 100, B: 200}, -5, 100},
		"above":            {canvas.Scale{From: 0, To: 10, A: 100, B: 200}, 50, 200},
		"upside down":      {canvas.Scale{From: 0, To: 10, A: 200, B: 100}, 2.5, 175},
		"by the logarithm": {canvas.Scale{From: 1, To: 100, A: 0, B: 2, Log: true}, 10, 1},
		"zero in it":       {canvas.Scale{From: 1, To: 100, A: 0, B: 2, Log: true}, 0, 0},
		"of one value":     {canvas.Scale{From: 3, To: 3, A: 7, B: 9}, 3, 7},
	} {
		if got := c.At(c.v); math.Abs(got-c.want) > 1e-9 {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func TestFit(t *testing.T) {
	for in, want := range map[string]string{"short": "short", "a longer name": "a long…", "äöüäöüäöü": "äöüäöü…"} {
		if got := canvas.Fit(in, 70, 10); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
