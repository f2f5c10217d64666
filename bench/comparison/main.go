// Command comparison measures how often the intervals of internal/comparison hold
// the truth: 10,000 simulated comparisons of each kind. Run it with
//
//	go run ./bench/comparison > bench/comparison/results.md
package main

import (
	"flag"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"runtime"
	"sync"
	"time"

	"github.com/cutover-dev/cutover/internal/comparison/interval"
	"github.com/cutover-dev/cutover/internal/report"
)

var percentiles = [3]float64{0.5, 0.95, 0.99}

const confidence = 0.95

// tally is what many comparisons of one kind came to.
type tally struct {
	runs int
	// held counts intervals with the truth inside, low those that lie wholly above
	// it, high those below.
	held, low, high [3]int
	// width sums the interval's half width on the logarithm.
	width [3]float64
}

// simulate runs a scenario many times. The same seed gives the same figures.
func simulate(s scenario, runs int, seed uint64) tally {
	var truth [3]float64
	for i, p := range percentiles {
		truth[i] = s.green.percentile(p) / s.blue.percentile(p)
	}
	workers := runtime.GOMAXPROCS(0)
	parts := make([]tally, runs)
	var wait sync.WaitGroup
	for w := range workers {
		wait.Go(func() {
			for run := w; run < runs; run += workers {
				r := rand.New(rand.NewPCG(seed, uint64(run)))
				blue, green := s.blue.draw(r, s.blue.minutes > 0 && !s.ignore), s.green.draw(r, s.green.minutes > 0 && !s.ignore)
				parts[run].add(blue, green, truth)
			}
		})
	}
	wait.Wait()
	sum := tally{runs: runs}
	for _, p := range parts {
		for i := range percentiles {
			sum.held[i], sum.low[i], sum.high[i], sum.width[i] = sum.held[i]+p.held[i], sum.low[i]+p.low[i], sum.high[i]+p.high[i], sum.width[i]+p.width[i]
		}
	}
	return sum
}

func (t *tally) add(blue, green interval.Sample, truth [3]float64) {
	const slack = 1e-9
	for i, p := range percentiles {
		r := interval.Ratios(blue, green, p, confidence)
		switch {
		case r.Low > truth[i]*(1+slack):
			t.low[i] = 1
		case r.High < truth[i]*(1-slack):
			t.high[i] = 1
		default:
			t.held[i] = 1
		}
		t.width[i] = (r.High - r.Low) / r.Value / 2
	}
}

func (t tally) coverage(i int) float64 { return float64(t.held[i]) / float64(t.runs) }

func main() {
	runs := flag.Int("runs", 10_000, "comparisons of each kind")
	flag.Parse()
	table(os.Stdout, *runs)
}

func table(out io.Writer, runs int) {
	began := time.Now()
	fmt.Fprintf(out, "%s comparisons of each kind; promised are 95%%. Simulation leaves ± %.1f points.\n\n", report.Grouped(int64(runs)), 196*0.2179/math.Sqrt(float64(runs)))
	fmt.Fprintln(out, "| two sides | p50 | p95 | p99 | half width p50, p95, p99 |\n| :--- | ---: | ---: | ---: | ---: |")
	for i, s := range scenarios() {
		t := simulate(s, runs, uint64(i+1))
		fmt.Fprintf(out, "| %s |", s.title)
		for j := range percentiles {
			fmt.Fprintf(out, " %.1f%% |", 100*t.coverage(j))
		}
		n := float64(t.runs)
		fmt.Fprintf(out, " %.1f%%, %.1f%%, %.1f%% |\n", 100*t.width[0]/n, 100*t.width[1]/n, 100*t.width[2]/n)
	}
	fmt.Fprintf(os.Stderr, "%s\n", time.Since(began).Round(time.Second))
}
