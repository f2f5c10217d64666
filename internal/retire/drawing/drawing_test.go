package drawing_test

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/retire/drawing"
)

// A picture is well-formed and the same each time, also where boxes go in a
// circle, names are strangers' words, and an edge ends nowhere.
func TestSVG(t *testing.T) {
	const hostile = `"><script>alert(1)</script>&`
	g := drawing.Graph{Title: hostile,
		Nodes: []drawing.Node{{ID: "a", Name: hostile, Type: hostile, Class: hostile}, {ID: "b", Name: strings.Repeat("long ", 40), Class: "stays"}, {ID: "c"}},
		Edges: []drawing.Edge{{From: "a", To: "b", Hint: hostile}, {From: "b", To: "c"}, {From: "c", To: "a"}, {From: "a", To: "none"}, {From: "a", To: "a"}, {From: "c", To: "b", Dashed: true}}}
	picture := drawing.SVG(g)
	if strings.Contains(picture, "<script") || picture != drawing.SVG(g) {
		t.Error(picture)
	}
	for in := xml.NewDecoder(strings.NewReader(picture)); ; {
		if _, err := in.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	if drawing.SVG(drawing.Graph{}) == "" {
		t.Error("nothing gives no picture")
	}
}

// Whoever goes first stands at the left.
func TestColumns(t *testing.T) {
	picture := drawing.SVG(drawing.Graph{Nodes: []drawing.Node{{ID: "last"}, {ID: "first"}}, Edges: []drawing.Edge{{From: "first", To: "last"}}})
	last, first := strings.Index(picture, "<title>last"), strings.Index(picture, "<title>first")
	if !strings.Contains(picture[last:first], `x="290.0"`) || !strings.Contains(picture[first:], `x="24.0"`) {
		t.Error(picture)
	}
}
