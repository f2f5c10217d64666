package main

import (
	"strings"
	"testing"
)

func TestStrip(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		text, want string
		n          int
		wrong      string
	}{
		"nothing":            {"a\nb\n", "a\nb\n", 0, ""},
		"a block":            {"a\n\n<!-- cutover:ecs -->\nold\n<!-- end -->\n\nb\n", "a\n\nb\n", 1, ""},
		"in a diagram":       {"graph LR\n  u-->l\n  %% cutover:ecs\n  u-->e\n  %% end\n", "graph LR\n  u-->l\n", 1, ""},
		"within a line":      {"Lambda<!-- cutover:ecs --> and ECS<!-- end -->.", "Lambda.", 1, ""},
		"two of them":        {"<!-- cutover:ecs -->\na\n<!-- end -->\nb\n<!-- cutover:ecs -->\nc\n<!-- end -->", "b", 2, ""},
		"another's end":      {"<!-- generated: x -->\na\n<!-- end -->\n", "<!-- generated: x -->\na\n<!-- end -->\n", 0, ""},
		"windows":            {"a\r\n<!-- cutover:ecs -->\r\nold\r\n<!-- end -->\r\nb\r\n", "a\r\nb\r\n", 1, ""},
		"marks in code":      {"Between `<!-- cutover:ecs -->` and `<!-- end -->`, `%% cutover:ecs` in a diagram.\n", "Between `<!-- cutover:ecs -->` and `<!-- end -->`, `%% cutover:ecs` in a diagram.\n", 0, ""},
		"code in a block":    {"Lambda<!-- cutover:ecs --> and `ecs`<!-- end -->, `api`.", "Lambda, `api`.", 1, ""},
		"no end":             {"<!-- cutover:ecs -->\nold\n", "", 0, "has no end"},
		"a block in a block": {"<!-- cutover:ecs -->\n<!-- cutover:ecs -->\n<!-- end -->\n", "", 0, "within that of line 1"},
		"half a mark":        {"a\nb <!-- cutover:ecs --> c\n", "", 0, "line 2"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, n, err := strip(c.text)
			if c.wrong != "" {
				if err == nil || !strings.Contains(err.Error(), c.wrong) {
					t.Errorf("%v", err)
				}
				return
			}
			if err != nil || got != c.want || n != c.n {
				t.Errorf("%q, %d, %v", got, n, err)
			}
		})
	}
}

// What is left holds no mark and loses nothing that stood outside of blocks; once
// more changes nothing.
func FuzzStrip(f *testing.F) {
	f.Add("a\n<!-- cutover:ecs -->\nb\n<!-- end -->\nc")
	f.Add("%% cutover:ecs\n%% end\n\n\n")
	f.Add("x <!-- cutover:ecs -->y<!-- end --> z")
	f.Fuzz(func(t *testing.T, text string) {
		got, n, err := strip(text)
		if err != nil {
			return
		}
		for _, line := range strings.Split(got, "\n") {
			if strings.Contains(bared(line), "cutover:ecs") {
				t.Errorf("%q is left", line)
			}
		}
		if n == 0 && got != text || len(got) > len(text) {
			t.Errorf("%q, %d", got, n)
		}
		if again, m, err := strip(got); err != nil || m != 0 || again != got {
			t.Errorf("%q, %d, %v", again, m, err)
		}
	})
}
