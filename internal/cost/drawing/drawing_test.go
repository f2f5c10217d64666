package drawing

import (
	"encoding/xml"
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

func odd(r *rand.Rand) float64 {
	return []float64{0, 1, 12.5, 88, 900, 1e4, 1e9, 1e-9, math.NaN(), math.Inf(1), math.Inf(-1), -3, -1e5, 1e300}[r.IntN(14)]
}

var place = regexp.MustCompile(` (?:x|cx)="(-?[0-9.]+)"`)

// wellFormed holds a picture to XML, and what is in it to its width.
func wellFormed(t *testing.T, picture string) {
	t.Helper()
	if strings.Contains(picture, "NaN") || strings.Contains(picture, "Inf") {
		t.Fatal("draws what is no figure")
	}
	for d := xml.NewDecoder(strings.NewReader("<all>" + picture + "</all>")); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	for _, m := range place.FindAllStringSubmatch(picture, -1) {
		if x, err := strconv.ParseFloat(m[1], 64); err != nil || x < -1 || x > 761 {
			t.Fatalf("%s lies outside", m[0])
		}
	}
}

// Any figures give a well-formed picture or none, inside of its width, and the
// same figures the same bytes.
func TestOddFigures(t *testing.T) {
	drawn := 0
	for seed := range uint64(600) {
		draw := func() string {
			r := rand.New(rand.NewPCG(seed, 3))
			name := strings.Repeat("<&\"界", 1+r.IntN(30))
			m := Month{Name: name, Budget: odd(r), Limit: r.IntN(40) - 3, LimitText: name}
			sane := r.IntN(2) == 0
			value := func() *float64 {
				v := odd(r)
				if sane {
					v = 100 * r.Float64()
				}
				if r.IntN(5) == 0 {
					return nil
				}
				return &v
			}
			for range r.IntN(32) {
				m.Days = append(m.Days, Day{value(), value(), value(), value()})
			}
			var bars []Bar
			for range r.IntN(10) {
				v := odd(r)
				if sane {
					v = 20 * (r.Float64() - 0.5)
				}
				bars = append(bars, Bar{name, name, v})
			}
			before, after := Bar{Name: name, Change: 50}, Bar{Name: name, Change: 50}
			for _, b := range bars {
				after.Change += b.Change
			}
			return Fan(name, m) + Waterfall(name, before, after, bars)
		}
		picture := draw()
		if picture != draw() {
			t.Fatal("the same figures give other bytes")
		}
		if picture != "" {
			drawn++
		}
		wellFormed(t, picture)
	}
	if drawn < 300 {
		t.Errorf("%d of 600 were drawn: this test holds little", drawn)
	}
}

// No name leaves as markup.
func TestHostileNamesAreText(t *testing.T) {
	const bad = `</text><script>alert(1)</script>`
	v := 3.0
	m := Month{Name: bad, Days: []Day{{Actual: &v}, {Low: &v, Median: &v, High: &v}}, Budget: 3, Limit: 2, LimitText: bad}
	for _, p := range []string{Fan(bad, m), Waterfall(bad, Bar{bad, bad, 10}, Bar{bad, bad, 12}, []Bar{{bad, bad, 2}})} {
		if p == "" || strings.Contains(p, "<script") {
			t.Error(p)
		}
		wellFormed(t, p)
	}
}

// A bar is as long as its change, and the axis is only cut where the cut is seen.
func TestWaterfallIsTrue(t *testing.T) {
	cut := Waterfall("x", Bar{Name: "a", Change: 100}, Bar{Name: "b", Change: 103}, []Bar{{"c", "", 2}, {"d", "", 1}})
	whole := Waterfall("x", Bar{Name: "a", Change: 10}, Bar{Name: "b", Change: 40}, []Bar{{"c", "", 20}, {"d", "", 10}})
	if !strings.Contains(cut, "stroke:var(--p);stroke-width:4") || strings.Contains(whole, "stroke:var(--p);stroke-width:4\"") {
		t.Error("the axis is cut and it is not seen, or the other way round")
	}
	widths := regexp.MustCompile(`class="k-more" x="[0-9.]+" y="[0-9.]+" width="([0-9.]+)"`)
	for _, p := range []string{cut, whole} {
		m := widths.FindAllStringSubmatch(p, 2)
		a, _ := strconv.ParseFloat(m[0][1], 64)
		b, _ := strconv.ParseFloat(m[1][1], 64)
		if math.Abs(a/b-2) > 0.02 {
			t.Errorf("bars of 2 to 1 are %g and %g wide", a, b)
		}
	}
}

func TestMoney(t *testing.T) {
	for v, want := range map[float64]string{0: "$0", 0.001: "< $0.01", 12.5: "$12.50", 12: "$12", 99.996: "$100", 1234.4: "$1\u202f234", -7: "−$7"} {
		if got := Money(v); got != want {
			t.Errorf("%g is %s, want %s", v, got, want)
		}
	}
}
