// Package manual reads the pages of this repository as their readers do: the
// blocks that one would copy, the commands in them, the links. Its tests hold
// every page to them: what a page shows is run or generated, so that it
// cannot lie. Only tests use this package.
package manual

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/text"
)

// Page is one Markdown file.
type Page struct {
	Name string
	Text string

	Blocks  []Block
	Links   []Link
	Spans   []Span
	Anchors map[string]bool
}

// Block is a fenced block.
type Block struct {
	Page  string
	Line  int // of the fence that opens it, from 1
	Lang  string
	Body  string // without the indentation that a list gives it
	Marks []Mark

	first, last int // lines of the body, from 0; last is behind it
	indent      string
}

// Mark is what a comment directly above a block says of it.
type Mark struct{ Kind, Text string }

// Link is where a page leads to.
type Link struct {
	Line   int
	Target string
}

// Span is code within a sentence.
type Span struct {
	Line int
	Text string
}

// Says returns the text of the block's mark of that kind.
func (b Block) Says(kind string) (string, bool) {
	for _, m := range b.Marks {
		if m.Kind == kind {
			return m.Text, true
		}
	}
	return "", false
}

var markdown = goldmark.New(goldmark.WithExtensions(extension.GFM))

// Parse reads a page.
func Parse(name, source string) Page {
	p := Page{Name: name, Text: source, Anchors: map[string]bool{}}
	raw := []byte(source)
	lines := strings.Split(source, "\n")
	lineAt := func(offset int) int { return strings.Count(source[:min(offset, len(source))], "\n") }
	line := 0 // the last line that a node has told of
	_ = ast.Walk(markdown.Parser().Parse(text.NewReader(raw)), func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		if n.Type() == ast.TypeBlock && n.Lines().Len() > 0 {
			line = lineAt(n.Lines().At(0).Start)
		}
		switch n := n.(type) {
		case *ast.FencedCodeBlock:
			if n.Lines().Len() > 0 {
				p.Blocks = append(p.Blocks, blockOf(name, raw, lines, n, line))
			}
		case *ast.Heading:
			p.anchor(words(n, raw))
		case *ast.Text:
			line = lineAt(n.Segment.Start)
		case *ast.CodeSpan:
			if t, ok := n.FirstChild().(*ast.Text); ok {
				line = lineAt(t.Segment.Start)
			}
			p.Spans = append(p.Spans, Span{line + 1, words(n, raw)})
			return ast.WalkSkipChildren, nil
		case *ast.Link:
			p.Links = append(p.Links, Link{line + 1, string(n.Destination)})
		case *ast.Image:
			p.Links = append(p.Links, Link{line + 1, string(n.Destination)})
		case *ast.AutoLink:
			if n.AutoLinkType == ast.AutoLinkURL { // a name with an @, such as a package's version, is taken for a mailbox
				p.Links = append(p.Links, Link{line + 1, string(n.URL(raw))})
			}
		}
		return ast.WalkContinue, nil
	})
	for _, m := range named.FindAllStringSubmatch(source, -1) {
		p.Anchors[m[1]] = true
	}
	return p
}

var (
	named   = regexp.MustCompile(`<a (?:id|name)="([^"]+)"`)
	comment = regexp.MustCompile(`^\s*<!-- ([a-z][a-z ]*): (.*?) -->\s*$`)
)

func blockOf(name string, raw []byte, lines []string, n *ast.FencedCodeBlock, first int) Block {
	b := Block{Page: name, Line: first, Lang: string(n.Language(raw)), first: first, last: first + n.Lines().Len()}
	for i := range n.Lines().Len() {
		s := n.Lines().At(i)
		b.Body += string(s.Value(raw))
	}
	fence := lines[first-1]
	b.indent = fence[:len(fence)-len(strings.TrimLeft(fence, " "))]
	for above := first - 2; above >= 0; above-- {
		m := comment.FindStringSubmatch(lines[above])
		if m == nil {
			break
		}
		b.Marks = append(b.Marks, Mark{m[1], m[2]})
	}
	return b
}

// words is the text of a node, without its markup.
func words(n ast.Node, raw []byte) string {
	var b strings.Builder
	_ = ast.Walk(n, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if t, ok := n.(*ast.Text); ok && entering {
			b.Write(t.Segment.Value(raw))
			if t.SoftLineBreak() {
				b.WriteByte(' ')
			}
		}
		return ast.WalkContinue, nil
	})
	return b.String()
}

var dropped = regexp.MustCompile(`[^\p{L}\p{N}\p{M} _-]`)

// anchor keeps a heading's anchor as GitHub makes it: lower case, spaces to
// hyphens, the rest of the punctuation gone, a number for a second one.
func (p *Page) anchor(heading string) {
	slug := strings.ReplaceAll(dropped.ReplaceAllString(strings.ToLower(heading), ""), " ", "-")
	for n, name := 0, slug; ; {
		if !p.Anchors[name] {
			p.Anchors[name] = true
			return
		}
		n++
		name = slug + "-" + strconv.Itoa(n)
	}
}

// With returns the page's text with the body of a block replaced.
func (p Page) With(b Block, body string) string {
	lines := strings.Split(p.Text, "\n")
	var fresh []string
	for l := range strings.Lines(body) {
		fresh = append(fresh, strings.TrimRight(b.indent+strings.TrimSuffix(l, "\n"), " "))
	}
	return strings.Join(append(append(append([]string{}, lines[:b.first]...), fresh...), lines[b.last:]...), "\n")
}
