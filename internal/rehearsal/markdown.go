package rehearsal

import (
	"bytes"
	"html/template"

	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/renderer/html"
)

// renderMarkdown shows a job summary as GitHub does: its flavour of Markdown,
// raw HTML allowed and then sanitised to what is harmless.
func renderMarkdown(source string) template.HTML {
	var b bytes.Buffer
	markdown := goldmark.New(goldmark.WithExtensions(
		extension.NewTable(extension.WithTableCellAlignMethod(extension.TableCellAlignAttribute)),
		extension.Strikethrough, extension.Linkify, extension.TaskList,
	), goldmark.WithRendererOptions(html.WithUnsafe()))
	if err := markdown.Convert([]byte(source), &b); err != nil {
		return template.HTML("<pre>" + template.HTMLEscapeString(source) + "</pre>") // as it is, escaped
	}
	policy := bluemonday.UGCPolicy()
	policy.AllowAttrs("align").Matching(bluemonday.CellAlign).OnElements("td", "th")
	policy.AllowAttrs("open").OnElements("details")
	return template.HTML(policy.SanitizeBytes(b.Bytes())) // sanitised by the policy above
}
