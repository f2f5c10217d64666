package house_test

import (
	"fmt"
	"html"
	"os"
	"slices"
	"strings"
	"testing"
)

// layers are the storeys of the house, the top one first: a room uses rooms of its
// own storey or of one below. What belongs to none of the lists is a capability.
var layers = []struct {
	name  string
	rooms []string
}{
	{"programs", []string{"actions", "cmd"}},
	{"rehearsals", []string{"internal/rehearsal", "internal/virtual", "internal/sim", "internal/iamtest", "internal/manual"}},
	{"configuration and protocol", []string{"internal/config", "internal/runner"}},
	{"for tests", []string{"internal/otlp", "internal/mototest", "internal/processtest", "internal/rulestest", "internal/schematest", "internal/stores", "internal/house"}},
	{"adapters", []string{"internal/adapter"}},
	{"capabilities", nil},
	{"for shells", []string{"internal/pause"}},
	{"vocabulary", []string{
		"internal/config/strict", "internal/report", "internal/slo", "internal/verdict", "internal/bundle", "internal/canvas", "internal/chain", "internal/unit", "internal/fault", "internal/nearest", "internal/runbook",
	}},
}

// capabilityLayer is where a room is that is named nowhere.
const capabilityLayer = 5

// folded is the room of the picture that a package belongs to: one a folder below
// internal, one an outside system, one a program.
func folded(path string) string {
	parts := strings.Split(path, "/")
	if path == "internal/config/strict" {
		return path // the engine, which every section of the file is read by
	}
	deep := 2
	if strings.HasPrefix(path, "internal/adapter/") {
		deep = 3
	}
	return strings.Join(parts[:min(deep, len(parts))], "/")
}

func layerOf(room string) int {
	found := capabilityLayer
	for i, l := range layers {
		if begins(room, l.rooms) {
			found = i // the last one: a part may lie deeper than its room
		}
	}
	return found
}

// usedBy is the graph of the rooms: who uses whom outside of tests.
func usedBy(all []pkg) map[string]map[string]bool {
	graph := map[string]map[string]bool{}
	for _, p := range all {
		from := folded(p.room())
		if !begins(from, []string{"internal", "actions", "cmd"}) {
			continue
		}
		if graph[from] == nil {
			graph[from] = map[string]bool{}
		}
		for _, path := range p.Imports {
			to := folded(strings.TrimPrefix(path, module))
			if strings.HasPrefix(path, module) && to != from {
				graph[from][to] = true
			}
		}
	}
	return graph
}

// upward are the imports that go up a storey.
func upward(all []pkg) (list []string) {
	for _, p := range all {
		for _, path := range p.Imports {
			to := strings.TrimPrefix(path, module)
			if !strings.HasPrefix(path, module) || !begins(p.room(), []string{"internal", "actions", "cmd"}) {
				continue
			}
			if layerOf(folded(to)) < layerOf(folded(p.room())) {
				list = append(list, p.room()+" -> "+to)
			}
		}
	}
	return list
}

// The picture of the house in docs/ARCHITECTURE.md is drawn from the imports.
func TestThePictureOfTheHouseIsTrue(t *testing.T) {
	all := packages(t)
	for _, up := range upward(all) {
		t.Errorf("%s goes up a storey", up)
	}
	if len(upward([]pkg{{ImportPath: module + "internal/verdict", Imports: []string{module + "internal/coverage"}}})) != 1 {
		t.Error("the vocabulary that uses a capability is not seen")
	}
	const path = "docs/pictures/imports.svg"
	want := matrix(usedBy(all))
	if *update {
		if err := os.WriteFile("../../"+path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if text(t, path) != want {
		t.Errorf("%s is out of date; run go test ./internal/house -update", path)
	}
	if !strings.Contains(text(t, "docs/ARCHITECTURE.md"), "](pictures/imports.svg)") {
		t.Errorf("docs/ARCHITECTURE.md does not show %s", path)
	}
}

// matrix draws who uses whom: a row for each room, a column for each that is used.
func matrix(graph map[string]map[string]bool) string {
	var rows, columns []string
	used := map[string]bool{}
	for _, to := range graph {
		for room := range to {
			used[room] = true
		}
	}
	for room, to := range graph {
		if len(to) > 0 || used[room] {
			rows = append(rows, room)
		}
	}
	slices.SortFunc(rows, func(a, b string) int {
		if d := layerOf(a) - layerOf(b); d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
	for _, room := range rows {
		if used[room] {
			columns = append(columns, room)
		}
	}
	const cell, left, top = 13, 190, 150
	var b strings.Builder
	width, height := left+cell*len(columns)+180, top+cell*len(rows)+16
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img" aria-label="Which room uses which">`+"\n", width, height)
	b.WriteString(`<style>text{font:10px system-ui,sans-serif;fill:#57606a}.r{fill:#0969da}.b{fill:#8c959f;fill-opacity:.13}.l{font-weight:600}</style>` + "\n")
	for i, room := range rows {
		y := top + cell*i
		if layerOf(room)%2 == 0 {
			fmt.Fprintf(&b, `<rect class="b" x="0" y="%d" width="%d" height="%d"/>`+"\n", y, width, cell)
		}
		if i == 0 || layerOf(rows[i-1]) != layerOf(room) {
			fmt.Fprintf(&b, `<text class="l" x="%d" y="%d">%s</text>`+"\n", left+cell*len(columns)+8, y+10, layers[layerOf(room)].name)
		}
		fmt.Fprintf(&b, `<text x="%d" y="%d" text-anchor="end">%s</text>`+"\n", left-6, y+10, html.EscapeString(strings.TrimPrefix(room, "internal/")))
		for j, to := range columns {
			if room == to {
				fmt.Fprintf(&b, `<rect class="b" x="%d" y="%d" width="%d" height="%d"/>`+"\n", left+cell*j, y, cell, cell)
			}
			if graph[room][to] {
				fmt.Fprintf(&b, `<rect class="r" x="%d" y="%d" width="%d" height="%d"><title>%s uses %s</title></rect>`+"\n", left+cell*j+2, y+2, cell-4, cell-4, room, to)
			}
		}
	}
	for j, room := range columns {
		x := left + cell*j + 10
		fmt.Fprintf(&b, `<text transform="translate(%d %d) rotate(-90)">%s</text>`+"\n", x, top-6, html.EscapeString(strings.TrimPrefix(room, "internal/")))
	}
	b.WriteString("</svg>\n")
	return b.String()
}
