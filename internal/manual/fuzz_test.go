package manual_test

import (
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/manual"
)

// Whatever a page holds, reading it ends, and a block put back as it was is
// the same block.
func FuzzPage(f *testing.F) {
	f.Add("# A\n\n```sh\ncutover x\n```\n")
	f.Add("1. x\n\n   <!-- not run: a drawing -->\n   ```text\n   a\n\n     b\n   ```\n\n[l](#a) `make x`\n")
	f.Add("```yaml\njobs:\n  a: {steps: [{run: \"${{ steps.b.outputs.c }}\"}]}\n```\n")
	f.Add("```yaml\n- uses: cutover-dev/cutover/actions/bake@<commit>\n```\n<a id=\"x\"></a>\n")
	f.Add("```yaml\na: &x {b: *x}\n```\n")
	f.Fuzz(func(t *testing.T, source string) {
		p := manual.Parse("page.md", source)
		for i, b := range p.Blocks {
			_, _ = manual.Calls(b.Body) // an error is an answer
			_, _, _ = manual.ShapeOf(b.Body, "project: x\n")
			if strings.ContainsAny(source, "\t\r\x00") || strings.Contains(source, " \n") || strings.HasSuffix(source, " ") || strings.Contains(source, ">") || !strings.HasSuffix(source, "```\n") {
				continue // blanks at a line's end and tabs are not kept, and a quotation's marks are none of the block
			}
			again := manual.Parse("page.md", p.With(b, b.Body))
			if len(again.Blocks) != len(p.Blocks) || again.Blocks[i].Body != b.Body {
				t.Errorf("put back, block %d of %q is %+v", i, source, again.Blocks)
			}
		}
	})
}
