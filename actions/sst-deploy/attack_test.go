package main

import (
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/processtest"
)

// An app names its outputs and functions as it likes: names and values that would be
// commands, outputs of another step, or markup are text wherever they are shown.
//
// Attack: sst-outputs, output-injection, summary-injection, log-injection
func TestHostileOutputsOfAnApp(t *testing.T) {
	w := newWorld(t, `{"Outputs":{"url":"https://x.example.com","##[set-output name=receipt]stolen":"::add-mask::production","evil\nreceipt<<EOF\nstolen\nEOF":"x\n##[stop-commands]y","<img src=x onerror=alert(1)>":"[click](https:evil) @everyone"}}`).inActions()
	out := runRaw(w, w.args("deploy")...)
	if out.Code != 0 {
		t.Fatalf("%d\n%s", out.Code, out.Stderr)
	}
	for _, c := range processtest.Commands(out.Stdout + "\n" + out.Stderr) {
		if name, _, _ := strings.Cut(c, ":"); name == "set-output" || name == "stop-commands" || name == "save-state" || c == "add-mask:production" {
			t.Errorf("%q is carried out", c)
		}
	}
	declared := map[string]bool{}
	for _, o := range program().Outputs {
		declared[o.Name] = true
	}
	output, delimiter := w.read("output"), ""
	for line := range strings.Lines(output) {
		line = strings.TrimSuffix(line, "\n")
		if delimiter != "" {
			if line == delimiter {
				delimiter = ""
			}
			continue
		}
		name, d, ok := strings.Cut(line, "<<")
		if !ok || !declared[name] || !strings.HasPrefix(d, "cutover_") {
			t.Errorf("an output is %q", line)
		}
		delimiter = d
	}
	if summary := w.read("summary"); strings.Contains(summary, "<img") || strings.Contains(summary, "](https:evil") || strings.Contains(summary, "@everyone") {
		t.Errorf("the summary holds markup: %s", summary)
	}
}
