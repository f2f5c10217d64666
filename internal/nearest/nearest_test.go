package nearest_test

import (
	"testing"

	"github.com/cutover-dev/cutover/internal/nearest"
)

func TestTo(t *testing.T) {
	names := []string{"report", "min-lines", "min-branches", "format"}
	for name, c := range map[string]struct{ written, want string }{
		"a letter too few":      {"min-line", "min-lines"},
		"two letters swapped":   {"reprot", "report"},
		"underscore for dash":   {"min_lines", "min-lines"},
		"another word":          {"colour", ""},
		"nothing written":       {"", ""},
		"the name itself":       {"format", "format"},
		"short, one letter off": {"fo", ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got := nearest.To(c.written, names); got != c.want {
				t.Errorf("nearest to %q: got %q, want %q", c.written, got, c.want)
			}
		})
	}
	if got := nearest.To("anything", nil); got != "" {
		t.Errorf("without candidates: got %q", got)
	}
}
