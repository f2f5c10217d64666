package runner

import (
	"strings"
	"testing"
)

// What was built from sources says so, whatever else it was asked; a release's
// binaries are asked in cmd/publish.
func TestVersionIsAnswered(t *testing.T) {
	for name, c := range map[string]struct {
		set, want string
	}{
		"from sources": {"", "unreleased\n"},
		"released":     {"v1.2.3", "v1.2.3\n"},
	} {
		t.Run(name, func(t *testing.T) {
			was := version
			t.Cleanup(func() { version = was })
			version = c.set
			in := NewInputs()
			in.String("must", "", "Needed otherwise.", Required())
			p := &Program{Name: "x", Summary: "X.", Inputs: in}
			for _, run := range []func(Host) int{
				func(h Host) int { return Execute(p, h) },
				func(h Host) int { return (&Toolbox{Name: "box", Programs: []*Program{p}}).Execute(h) },
			} {
				var out, errs strings.Builder
				code := run(Host{Args: []string{"--version"}, Getenv: func(string) string { return "" }, Environ: func() []string { return nil }, Stdout: &out, Stderr: &errs})
				if code != ExitOK || out.String() != c.want || errs.Len() > 0 {
					t.Errorf("exit %d, %q, %q", code, out.String(), errs.String())
				}
			}
		})
	}
}
