package strict

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// readable says whether the bytes can be YAML text at all, and reports why
// not. It comes before the YAML library, which gives no position for these.
func (d *decoder) readable(data []byte) bool {
	if len(data) > maxBytes {
		d.problems.add(Problem{Message: fmt.Sprintf("the file has %d bytes, which is more than a configuration can need", len(data)),
			Allowed: fmt.Sprintf("at most %d bytes", maxBytes)})
		return false
	}
	if line, column, found := position(data, func(r rune, size int) bool { return r == utf8.RuneError && size == 1 }); found {
		d.problems.add(Problem{Line: line, Column: column, Message: "the file is not UTF-8 text", Suggestion: "save it as UTF-8"})
		return false
	}
	d.findSecrets(data)
	if line, column, found := position(data, func(r rune, _ int) bool { return !yamlRune(r) }); found {
		d.problems.add(Problem{Line: line, Column: column, Message: "the file holds a control character", Suggestion: "delete the character"})
		return false
	}
	return true
}

// position finds the first rune that wanted accepts.
func position(data []byte, wanted func(r rune, size int) bool) (line, column int, found bool) {
	line, column = 1, 1
	for len(data) > 0 {
		r, size := utf8.DecodeRune(data)
		if wanted(r, size) {
			return line, column, true
		}
		column++
		if r == '\n' {
			line, column = line+1, 1
		}
		data = data[size:]
	}
	return 0, 0, false
}

// yamlRune says whether YAML 1.2 allows a character in a file.
func yamlRune(r rune) bool {
	switch {
	case r == '\t', r == '\n', r == '\r', r == 0x85:
		return true
	case r < 0x20, r >= 0x7f && r < 0xa0, r == 0xfeff, r == 0xfffe, r == 0xffff:
		return false
	}
	return true
}

// parse turns the text into a tree, or reports and returns nil.
func (d *decoder) parse(data []byte) *node {
	var documents []yaml.Node
	if err := yaml.Load(data, &documents, yaml.WithAllDocuments()); err != nil {
		d.syntax(err, data)
		return nil
	}
	if len(documents) == 0 || len(documents[0].Content) == 0 {
		d.problems.add(Problem{Message: "the file is empty"})
		return nil
	}
	if len(documents) > 1 {
		d.problems.add(Problem{Line: documents[1].Line, Column: documents[1].Column,
			Message: "a second document starts here", Allowed: "one document a file", Suggestion: `remove the "---" before it and what follows`})
	}
	first := documents[0].Content[0]
	if first.Kind == yaml.ScalarNode && first.Value == "" {
		d.problems.add(Problem{Message: "the file is empty"})
		return nil
	}
	return d.build(first, "", 0)
}

// syntax reports text that is not YAML. The library's sentence may repeat
// parts of the file, so only its position and the start of its message are
// used, and add masks what is left.
func (d *decoder) syntax(err error, data []byte) {
	var e *yaml.LoadError
	if !errors.As(err, &e) {
		d.problems.add(Problem{Message: "the file is not YAML"})
		return
	}
	mark := e.Mark
	if mark.Line == 0 {
		mark = e.ContextMark
	}
	problem := Problem{Line: mark.Line, Column: mark.Column, Message: "the file is not YAML: " + strings.TrimSpace(e.Message)}
	if e.ContextMsg != "" {
		problem.Message += " " + e.ContextMsg
		if from := e.ContextMark; from.Line != 0 && from != mark {
			problem.Message += fmt.Sprintf(" that starts at %d:%d", from.Line, from.Column)
		}
	}
	problem.Suggestion = syntaxHint(lineOf(data, mark.Line), e.Message)
	d.problems.add(problem)
}

// lineOf returns one line of the text, counted from 1.
func lineOf(data []byte, number int) string {
	lines := strings.Split(string(data), "\n")
	if number < 1 || number > len(lines) {
		return ""
	}
	return lines[number-1]
}

// syntaxHint knows the usual slips.
func syntaxHint(line, message string) string {
	content := strings.TrimLeft(line, " ")
	switch {
	case strings.HasPrefix(content, "\t"):
		return "indent with spaces, not with tabs"
	case strings.Contains(message, "cannot start any token"):
		return "put the value in quotes"
	case strings.Contains(message, "mapping values are not allowed"):
		return `check the indentation, and put a value that contains ": " in quotes`
	case strings.Contains(message, "unknown anchor"):
		return "put a value that starts with * in quotes"
	case strings.Contains(message, "did not find expected"):
		return "check the indentation and that every bracket and quote is closed"
	}
	return ""
}
