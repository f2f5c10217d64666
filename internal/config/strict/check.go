package strict

import (
	"slices"
	"strings"
)

// Check is what a struct's rules report to. Paths are relative to the struct,
// step by step: a text is a key, an int an index in a list.
type Check struct {
	d    *decoder
	path string
}

// resolve makes a relative path absolute.
func (c *Check) resolve(steps []any) string {
	path := c.path
	for _, step := range steps {
		path = join(path, step)
	}
	return path
}

// find returns the node at a path, or the nearest one around it.
func (c *Check) find(path string) *node {
	for {
		if n := c.d.nodes[path]; n != nil {
			return n
		}
		cut := strings.LastIndexAny(path, ".[")
		if cut <= 0 {
			return c.d.nodes[""]
		}
		path = path[:cut]
	}
}

// Report files a problem about the value at the path; its position is that
// of the value, or of the struct if the value is not written. Only Message,
// Allowed and Suggestion of p count. A value that the decoder has refused
// gets no second problem: the rule has seen a zero in its place.
func (c *Check) Report(p Problem, path ...any) {
	at := c.resolve(path)
	if slices.ContainsFunc(c.d.wrong, func(wrong string) bool { return wrong != "" && inside(at, wrong) }) {
		return
	}
	p.Got = ""
	if c.d.nodes[at] == nil {
		p.Got = "nothing"
	}
	c.d.report(c.find(at), at, p)
}

// Valid says whether the decoder took what stands at the path, everything in
// it and the list or mapping around it. Rules that compare values ask first.
// What other rules found does not count.
func (c *Check) Valid(path ...any) bool {
	at := c.resolve(path)
	return !slices.ContainsFunc(c.d.wrong, func(wrong string) bool {
		return inside(wrong, at) || wrong != "" && inside(at, wrong)
	})
}

// Written says whether the file itself gives the value, as opposed to a
// default or nothing.
func (c *Check) Written(path ...any) bool {
	n := c.d.nodes[c.resolve(path)]
	return n != nil && n.given
}

// Line returns the line of the value at the path, or of what is around it.
func (c *Check) Line(path ...any) int {
	line, _ := c.find(c.resolve(path)).at()
	return line
}

// inside says whether a path is at or below another.
func inside(path, outer string) bool {
	rest, found := strings.CutPrefix(path, outer)
	return found && (outer == "" || rest == "" || rest[0] == '.' || rest[0] == '[')
}
