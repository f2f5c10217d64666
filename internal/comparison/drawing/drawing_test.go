package drawing

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

func odd(r *rand.Rand) float64 {
	return []float64{0, 1, 12.5, 88, 900, 1e4, 1e9, 1e-9, math.NaN(), math.Inf(1), -3}[r.IntN(11)]
}

var number = regexp.MustCompile(` (?:x|cx|x1|x2)="(-?[0-9.]+)"`)

// Any figures give a well-formed picture or none, inside of its width, and the
// same figures the same bytes.
func TestOddFigures(t *testing.T) {
	plain := func(v float64) string { return fmt.Sprint(int(v)) }
	for seed := range uint64(400) {
		draw := func() string {
			r := rand.New(rand.NewPCG(seed, 3))
			name := strings.Repeat("<&\"界", 1+r.IntN(30))
			curve := func() Curve {
				c := Curve{Name: name}
				for range r.IntN(6) {
					c.Bins = append(c.Bins, [2]float64{odd(r), odd(r)})
					c.Marks = append(c.Marks, Mark{"p95", odd(r), "12 ms"})
				}
				return c
			}
			bill := func() Bill { return Bill{name, odd(r), odd(r), odd(r), "$12"} }
			var whiskers []Whisker
			var points []Point
			for range r.IntN(5) {
				whiskers = append(whiskers, Whisker{name, odd(r), odd(r), odd(r), Tone(r.IntN(3)), "× 1"})
				points = append(points, Point{odd(r), odd(r), odd(r)})
			}
			even := &Place{name, odd(r)}
			return Distributions(name, curve(), curve()) + Forest(name, odd(r), name, name, whiskers) + Bars(name, bill(), bill(), odd(r), name, plain) +
				Even(name, name, name, points, even, Place{name, odd(r)}, Place{name, odd(r)}, Place{name, odd(r)}, plain, plain)
		}
		picture := draw()
		if picture != draw() {
			t.Fatal("the same figures give other bytes")
		}
		if strings.Contains(picture, "NaN") || strings.Contains(picture, "Inf") {
			t.Fatalf("%d: draws what is no figure", seed)
		}
		for d := xml.NewDecoder(strings.NewReader("<all>" + picture + "</all>")); ; {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("%d: %v", seed, err)
			}
		}
		for _, m := range number.FindAllStringSubmatch(picture, -1) {
			if x, err := strconv.ParseFloat(m[1], 64); err != nil || x < -1 || x > 761 {
				t.Fatalf("%d: %s lies outside", seed, m[0])
			}
		}
	}
}

func TestTicks(t *testing.T) {
	for want, got := range map[string][]float64{
		"[10 20 50 100 200]": decades(9, 210, false),
		"[10 100]":           decades(9, 210, true),
		"[0.9 1 1.1 1.2]":    ratios(0.85, 1.25, false),
		"[0.2 0.5 1 2 5]":    ratios(0.15, 8, true),
	} {
		if fmt.Sprint(got) != want {
			t.Errorf("%v, want %s", got, want)
		}
	}
}
