package plan_test

import (
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/retire/plan"
)

// Names are strangers' words: they are text in pictures and pages, whatever they
// hold, and one word in a command.
//
// Attack: function-names
func TestHostileNamesAreText(t *testing.T) {
	const hostile = `x"><script>alert(1)</script>'; rm -rf ~ #`
	w, s := read(t, "hand")
	for i := range w.Items {
		if n := w.Items[i].Name; n != s.Cluster && n != s.Service && n != "lego-api" {
			w.Items[i].Name = hostile
		}
	}
	p, err := plan.Of(w, s)
	if err != nil {
		t.Fatal(err)
	}
	page, err := report.HTML("plan", plan.Seal(p).Document())
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"picture": p.Picture(), "page": string(page), "markdown": report.Markdown(plan.Seal(p).Document())} {
		if strings.Contains(text, "<script>alert") {
			t.Errorf("the %s holds a script", name)
		}
	}
	for _, target := range p.Targets {
		if strings.Contains(target.Restore, "; rm") {
			t.Errorf("%q is more than one command", target.Restore)
		}
	}
	for _, f := range p.Forgotten {
		if f.Command != "" && strings.Contains(f.Command, hostile) && !strings.Contains(f.Command, `'\''; rm`) {
			t.Errorf("%q is more than one command", f.Command)
		}
	}
}
