package adopt

import (
	"fmt"
	"strings"
)

// around is how many equal lines stand around a change.
const around = 3

// mostCells bounds the table of the comparison: beyond it everything counts as
// changed, which is true and long.
const mostCells = 4_000_000

// Diff shows what makes of old the new text, in the usual form. Nothing stands
// for a file that is not there.
func Diff(name, old, text string) string {
	a, b := split(old), split(text)
	ops := script(a, b)
	var out strings.Builder
	from := "a/" + name
	if old == "" {
		from = "/dev/null"
	}
	fmt.Fprintf(&out, "--- %s\n+++ b/%s\n", from, name)
	for i := 0; i < len(ops); {
		if ops[i].kind == ' ' {
			i++
			continue
		}
		begin, end := max(i-around, 0), i
		for quiet := 0; end < len(ops) && quiet <= 2*around; end++ {
			if quiet++; ops[end].kind != ' ' {
				quiet = 0
			}
		}
		for last := end; ; last-- {
			if ops[last-1].kind != ' ' {
				end = min(last+around, len(ops))
				break
			}
		}
		hunk(&out, ops, begin, end)
		i = end
	}
	return out.String()
}

// op is one line of a comparison: ' ' stays, '-' goes, '+' comes.
type op struct {
	kind byte
	line string
	// a and b count the lines before this one on either side.
	a, b int
}

func hunk(out *strings.Builder, ops []op, begin, end int) {
	var gone, come int
	for _, o := range ops[begin:end] {
		if o.kind != '+' {
			gone++
		}
		if o.kind != '-' {
			come++
		}
	}
	at := func(before, n int) int {
		if n == 0 {
			return before
		}
		return before + 1
	}
	fmt.Fprintf(out, "@@ -%d,%d +%d,%d @@\n", at(ops[begin].a, gone), gone, at(ops[begin].b, come), come)
	for _, o := range ops[begin:end] {
		fmt.Fprintf(out, "%c%s\n", o.kind, o.line)
	}
}

func split(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(strings.TrimSuffix(text, "\n"), "\n")
}

// script compares line by line: equal ends first, then the longest common lines.
func script(a, b []string) []op {
	head, tail := 0, 0
	for head < len(a) && head < len(b) && a[head] == b[head] {
		head++
	}
	for tail < len(a)-head && tail < len(b)-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	var ops []op
	ia, ib := 0, 0
	add := func(kind byte, line string) {
		ops = append(ops, op{kind, line, ia, ib})
		if kind != '+' {
			ia++
		}
		if kind != '-' {
			ib++
		}
	}
	for _, l := range a[:head] {
		add(' ', l)
	}
	middle(a[head:len(a)-tail], b[head:len(b)-tail], add)
	for _, l := range a[len(a)-tail:] {
		add(' ', l)
	}
	return ops
}

func middle(a, b []string, add func(byte, string)) {
	var common [][]int32
	if (len(a)+1)*(len(b)+1) <= mostCells {
		common = make([][]int32, len(a)+1)
		for i := range common {
			common[i] = make([]int32, len(b)+1)
		}
		for i := len(a) - 1; i >= 0; i-- {
			for j := len(b) - 1; j >= 0; j-- {
				if a[i] == b[j] {
					common[i][j] = common[i+1][j+1] + 1
				} else {
					common[i][j] = max(common[i+1][j], common[i][j+1])
				}
			}
		}
	}
	i, j := 0, 0
	for common != nil && i < len(a) && j < len(b) {
		switch {
		case a[i] == b[j]:
			add(' ', a[i])
			i, j = i+1, j+1
		case common[i+1][j] >= common[i][j+1]:
			add('-', a[i])
			i++
		default:
			add('+', b[j])
			j++
		}
	}
	for ; i < len(a); i++ {
		add('-', a[i])
	}
	for ; j < len(b); j++ {
		add('+', b[j])
	}
}
