package manual_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/manual"
)

func shelf(all []manual.Page) manual.Shelf {
	s := manual.Shelf{Pages: map[string]manual.Page{}, Has: func(name string) bool {
		_, err := os.Stat(filepath.Join(root, name))
		return err == nil && !strings.HasPrefix(name, "..")
	}}
	for _, p := range all {
		s.Pages[p.Name] = p
	}
	return s
}

// Every link leads somewhere: to a file, to a heading, to a whole address.
func TestLinksLead(t *testing.T) {
	all := pages(t)
	s, looked := shelf(all), 0
	for _, p := range all {
		for _, l := range p.Links {
			looked++
			if why := s.Dead(p, l); why != "" {
				t.Errorf("%s:%d: %s", p.Name, l.Line, why)
			}
		}
	}
	if looked < 100 {
		t.Errorf("only %d links: this test would hold nothing", looked)
	}
}

// Nobody finds a page that nothing leads to.
func TestEveryPageIsReachedFromTheReadme(t *testing.T) {
	all := pages(t)
	reached := shelf(all).Reached("README.md")
	for _, p := range all {
		if strings.HasPrefix(p.Name, "docs/") && !reached[p.Name] {
			t.Errorf("no link leads from README.md to %s", p.Name)
		}
	}
}

func TestALinkThatLeadsNowhereIsFound(t *testing.T) {
	page := manual.Parse("docs/a.md", "# One, `two` & three\n\n## One two\n\n## One two\n\n<a id=\"old\"></a>\n")
	s := shelf([]manual.Page{page, manual.Parse("docs/b.md", "[a](a.md)\n")})
	for name, c := range map[string]struct{ target, want string }{
		"a heading":                {"#one-two--three", ""},
		"the second of its name":   {"a.md#one-two-1", ""},
		"an anchor by hand":        {"a.md#old", ""},
		"a file that is no page":   {"../Makefile", ""},
		"an address":               {"https://docs.example.com/x?y=z#w", ""},
		"a mailbox":                {"mailto:team@example.com", ""},
		"no such file":             {"c.md", "not there"},
		"no such heading":          {"a.md#one", "no heading"},
		"no such heading here":     {"#nope", "no heading"},
		"out of the repository":    {"../../etc/passwd", "not there"},
		"not encrypted":            {"http://docs.example.com", "not https"},
		"no host":                  {"https:///x", "not https"},
		"a host without a domain":  {"https://localhost/x", "not https"},
		"a misspelt scheme":        {"htps://docs.example.com", "not https"},
		"a script":                 {"javascript:alert(1)", "not https"},
		"a mailbox without a host": {"mailto:team", "not https"},
	} {
		t.Run(name, func(t *testing.T) {
			got := s.Dead(page, manual.Link{Target: c.target})
			if (c.want == "") != (got == "") || !strings.Contains(got, c.want) {
				t.Errorf("%s: %q, want %q", c.target, got, c.want)
			}
		})
	}
	if r := s.Reached("docs/b.md"); !r["docs/a.md"] || s.Reached("docs/a.md")["docs/b.md"] {
		t.Error("a page is reached by links alone, and in their direction")
	}
}
