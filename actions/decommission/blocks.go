package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// begin and end stand around what goes with ECS: in Markdown as a comment, in a
// Mermaid diagram as one of its own.
var (
	begin = regexp.MustCompile(`^\s*(?:<!--\s*cutover:ecs\s*-->|%%\s*cutover:ecs)\s*$`)
	ends  = regexp.MustCompile(`^\s*(?:<!--\s*end\s*-->|%%\s*end)\s*$`)
	// inline is a block within one line.
	inline = regexp.MustCompile(`<!--\s*cutover:ecs\s*-->.*?<!--\s*end\s*-->`)
	marked = regexp.MustCompile(`cutover:ecs`)
	// span is code within a line: a document that explains marks so has none there.
	span = regexp.MustCompile("`[^`]+`")
)

// bared is a line without what stands in code within it, and as long.
func bared(line string) string {
	return span.ReplaceAllStringFunc(line, func(code string) string { return strings.Repeat("-", len(code)) })
}

// without takes the blocks out that stand within a line, and counts them.
func without(line string) (string, int) {
	found := inline.FindAllStringIndex(bared(line), -1)
	for _, at := range slices.Backward(found) {
		line = line[:at[0]] + line[at[1]:]
	}
	return line, len(found)
}

// strip takes the marked blocks out of a document, with their marks. What it does
// not understand it does not touch: a block without an end, an end without a block.
func strip(text string) (string, int, error) {
	var out []string
	from, n := 0, 0
	for i, line := range strings.Split(text, "\n") {
		bare := strings.TrimSuffix(line, "\r")
		switch {
		case begin.MatchString(bare) && from > 0:
			return "", 0, fmt.Errorf("line %d begins a block within that of line %d", i+1, from)
		case begin.MatchString(bare):
			from = i + 1
		case from > 0 && ends.MatchString(bare):
			from = 0
			n++
			// One empty line before and one after leave one.
			if len(out) > 0 && strings.TrimSpace(out[len(out)-1]) == "" {
				out = append(out[:len(out)-1], mark)
			}
		case from > 0:
		default:
			left, found := without(line)
			n += found
			out = append(out, left)
		}
	}
	if from > 0 {
		return "", 0, fmt.Errorf("the block that begins in line %d has no end: <!-- end -->", from)
	}
	left := joined(out)
	for i, line := range strings.Split(left, "\n") {
		if marked.MatchString(bared(line)) {
			return "", 0, fmt.Errorf("line %d has a mark that is no whole one: it is <!-- cutover:ecs -->, or %%%% cutover:ecs in a diagram, and then <!-- end --> or %%%% end", i+1)
		}
	}
	return left, n, nil
}

// mark stands for the empty line before a block that went: it stays unless another
// one follows. No document holds it, since it ends a line.
const mark = "\n"

func joined(lines []string) string {
	var out []string
	for i, line := range lines {
		if line == mark {
			if i+1 < len(lines) && strings.TrimSpace(lines[i+1]) == "" {
				continue
			}
			line = ""
		}
		out = append(out, line)
	}
	return strings.Join(out, "\n")
}
