package load

import (
	"bytes"
	"flag"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/verdict"
)

var pages = flag.String("pages", "", "write the pages into this folder, to look at them")

// staged is a spike of a stage, as a report shows it.
func staged(invalid bool) (Result, []verdict.Finding, []Minute) {
	p := plan(50, 2*time.Minute)
	p.Name, p.Stage, p.Target = "spike", "staging", "https://staging.api.example.com"
	p.Phases = append(p.Phases, Phase{Duration: 3 * time.Minute, From: 250, To: 250}, Phase{Duration: time.Minute, From: 50, To: 50})
	p.Goals = []Goal{{Metric: MetricP95, AtMost: 500}, {Metric: MetricP99, AtMost: 2000}, {Metric: MetricSettle, AtMost: 60_000}, {Metric: MetricErrors, AtMost: 0.005}}
	end := End{Generator: Generator{CPUSeconds: 8.5, CPUShare: 0.02, MemoryMB: 41, Sockets: 37}}
	if invalid {
		end.Generator.CPUShare = 0.93
	}
	r := run(p, func(k int, o *Outcome) bool {
		o.Latency = time.Duration(20+k*7919%60) * time.Millisecond
		if second := o.Due.Seconds() - 120; second >= 0 && second < 25 && k%20 == 0 {
			o.Latency += time.Duration(1900-70*second) * time.Millisecond
			if k%60 == 0 {
				o.Status = 503
			}
		}
		return true
	}, end)
	m := minutes(6, 0)
	return r, append(Judge(r), Scaling(p, r, m)...), m
}

// The report says the same to a terminal, a summary and a page.
func TestDescribe(t *testing.T) {
	for name, invalid := range map[string]bool{"spike": false, "invalid": true} {
		r, findings, m := staged(invalid)
		d := Describe(r, findings, m)
		got := report.Markdown(d)
		golden := "testdata/" + name + ".md"
		if *update {
			if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if string(want) != got {
			t.Errorf("%s differs (rewrite it with -update)\n%s", golden, got)
		}
		page, err := report.HTML(d.Title, d)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Count(page, []byte("<svg")) < 4 {
			t.Errorf("%s: the page has %d pictures", name, bytes.Count(page, []byte("<svg")))
		}
		if *pages != "" {
			if err := os.WriteFile(*pages+"/"+name+".html", page, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// An invalid run is never told as a result.
func TestInvalidIsNoResult(t *testing.T) {
	r, findings, m := staged(true)
	d := Describe(r, findings, m)
	if d.Verdict != verdict.Inconclusive || !strings.HasPrefix(d.Lead, "INVALID") {
		t.Errorf("%s: %s", d.Verdict, d.Lead)
	}
}
