package strict

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Problem is one thing that is wrong with a file. No field ever holds a
// secret that stood in the file.
type Problem struct {
	File       string `json:"file"`
	Line       int    `json:"line"`   // from 1
	Column     int    `json:"column"` // from 1, in characters
	Path       string `json:"path"`   // "traffic.phases[1].weight", "" for the file as a whole
	Message    string `json:"message"`
	Got        string `json:"got,omitempty"`        // what was written, in quotes if it is a text
	Allowed    string `json:"allowed,omitempty"`    // what may stand there, in words
	Suggestion string `json:"suggestion,omitempty"` // a sentence such as `did you mean "region"?`
}

// String writes the problem on one line, in the form that editors and log
// viewers turn into a link.
func (p Problem) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s:%d:%d: ", p.File, p.Line, p.Column)
	if p.Path != "" {
		b.WriteString(p.Path + ": ")
	}
	b.WriteString(p.Message)
	if p.Allowed != "" {
		b.WriteString("; allowed: " + p.Allowed)
	}
	if p.Suggestion != "" {
		b.WriteString("; " + p.Suggestion)
	}
	return b.String()
}

// Problems is the error of [Decode]: everything wrong with one file, in the
// order of the lines.
type Problems struct {
	List []Problem

	file string
	more int
}

// Error writes one line a problem.
func (p *Problems) Error() string {
	lines := make([]string, len(p.List))
	for i, problem := range p.List {
		lines[i] = problem.String()
	}
	return strings.Join(lines, "\n")
}

// Len returns the number of problems found, listed or not.
func (p *Problems) Len() int { return len(p.List) + p.more }

// add files a problem. This is the only way in, so that no secret passes.
func (p *Problems) add(problem Problem) {
	if len(p.List) >= maxProblems {
		p.more++
		return
	}
	problem.File = p.file
	problem.Line, problem.Column = max(problem.Line, 1), max(problem.Column, 1)
	for _, text := range []*string{&problem.Path, &problem.Message, &problem.Got, &problem.Allowed, &problem.Suggestion} {
		*text = redact(*text)
	}
	p.List = append(p.List, problem)
}

// finish sorts, and says so if there was more than is listed.
func (p *Problems) finish() {
	slices.SortStableFunc(p.List, func(a, b Problem) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		if a.Column != b.Column {
			return a.Column - b.Column
		}
		return strings.Compare(a.Path, b.Path)
	})
	if p.more > 0 {
		last := p.List[len(p.List)-1]
		p.List = append(p.List, Problem{File: p.file, Line: last.Line, Column: last.Column,
			Message: fmt.Sprintf("%d more problems are not listed; correct these first", p.more)})
	}
}

// quote shows a text of the file in one line: secrets masked, long texts cut,
// everything unprintable escaped.
func quote(text string) string {
	if secretIn(text) != "" {
		return masked
	}
	if runes := []rune(text); len(runes) > 60 {
		text = string(runes[:57]) + "..."
	}
	return strconv.Quote(text)
}

// join appends a key or an index to a path. A key that could be mistaken for
// syntax is quoted.
func join(path string, step any) string {
	name, isKey := step.(string)
	switch {
	case !isKey:
		return fmt.Sprintf("%s[%v]", path, step)
	case !plainKey.MatchString(name):
		return path + "[" + quote(name) + "]"
	case path == "":
		return name
	}
	return path + "." + name
}
