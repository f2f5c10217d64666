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

// staged is a spike of a stage, as a report shows it: calm, as it was at first
// (spike), by a generator that had too much to do (invalid), or on a stage that
// melted under it (melted).
func staged(kind string) (Result, []verdict.Finding, []Minute) {
	p := plan(50, 2*time.Minute)
	p.Name, p.Stage, p.Target = "spike", "staging", "https://staging.api.example.com"
	p.Phases = append(p.Phases, Phase{Duration: 3 * time.Minute, From: 250, To: 250}, Phase{Duration: time.Minute, From: 50, To: 50})
	p.Goals = []Goal{{Metric: MetricP95, AtMost: 500}, {Metric: MetricP99, AtMost: 2000}, {Metric: MetricSettle, AtMost: 60_000}, {Metric: MetricErrors, AtMost: 0.005}}
	end := End{Generator: Generator{CPUSeconds: 8.5, CPUShare: 0.02, MemoryMB: 41, Sockets: 37}}
	if kind == "invalid" {
		end.Generator.CPUShare = 0.93
	}
	if kind == "melted" {
		end.Stopped = "1,130 of 2,500 requests failed within 10 s, more than the 20% of limits.errors"
		end.Began, end.Ended = begin, begin.Add(140*time.Second)
	}
	r := run(p, func(k int, o *Outcome) bool {
		o.Latency = time.Duration(20+k*7919%60) * time.Millisecond
		if second := o.Due.Seconds() - 120; kind == "melted" && second >= 0 {
			o.Latency += time.Duration(min(second*second*120, 28_000)) * time.Millisecond
			switch {
			case second > 20:
				return false
			case second > 14 && k%3 > 0:
				o.Status, o.Trouble = 0, Timeout
			case second > 8 && k%3 > 0:
				o.Status = 503
			}
			return true
		}
		if second := o.Due.Seconds() - 120; kind != "healthy" && second >= 0 && second < 25 && k%20 == 0 {
			o.Latency += time.Duration(1900-70*second) * time.Millisecond
			if k%60 == 0 {
				o.Status = 503
			}
		}
		return true
	}, end)
	m := minutes(6, 0)
	if kind == "melted" {
		m = minutes(3, 12)
	}
	return r, append(Judge(r), Scaling(p, r, m)...), m
}

// The report says the same to a terminal, a summary and a page.
func TestDescribe(t *testing.T) {
	for _, name := range []string{"healthy", "spike", "melted", "invalid"} {
		r, findings, m := staged(name)
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
	r, findings, m := staged("invalid")
	d := Describe(r, findings, m)
	if d.Verdict != verdict.Inconclusive || !strings.HasPrefix(d.Lead, "INVALID") {
		t.Errorf("%s: %s", d.Verdict, d.Lead)
	}
}
