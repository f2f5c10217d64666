// Command forecast measures how often the interval of internal/cost/forecast holds
// what a month will have cost: 10,000 simulated months of each kind. Run it with
//
//	go run ./bench/forecast > bench/forecast/results.md
package main

import (
	"flag"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/cutover-dev/cutover/internal/cost/forecast"
	"github.com/cutover-dev/cutover/internal/report"
)

// outcome is what a forecast came to.
type outcome struct {
	held, below, above bool
	// off is by how much the median was wrong, width how wide the interval is, both
	// as a share of the truth; naive is the error of spreading the average.
	off, width, naive float64
}

// tally is what many forecasts of one kind came to.
type tally struct {
	runs, held, below, above int
	off, width, naive        float64
}

// simulate runs a scenario many times. The same seed gives the same figures.
func simulate(s scenario, runs int, seed uint64) tally {
	outcomes := make([]outcome, runs)
	workers := runtime.GOMAXPROCS(0)
	var wait sync.WaitGroup
	for w := range workers {
		wait.Go(func() {
			for run := w; run < runs; run += workers {
				outcomes[run] = s.once(rand.New(rand.NewPCG(seed, uint64(run))))
			}
		})
	}
	wait.Wait()
	t := tally{runs: runs}
	var off, width, naive []float64
	for _, o := range outcomes {
		if o.held {
			t.held++
		}
		if o.below {
			t.below++
		}
		if o.above {
			t.above++
		}
		off, width, naive = append(off, o.off), append(width, o.width), append(naive, o.naive)
	}
	t.off, t.width, t.naive = middle(off), middle(width), middle(naive)
	return t
}

func (s scenario) once(r *rand.Rand) outcome {
	known, truth := s.draw(r)
	f := forecast.Of(known, time.Time{}, 0, 0)
	e := f.MonthEnd
	if e.Median == nil {
		panic(s.title + ": no forecast")
	}
	const slack = 1e-6
	o := outcome{below: truth < *e.Low-slack, above: truth > *e.High+slack}
	o.held = !o.below && !o.above
	o.off, o.width = math.Abs(*e.Median-truth)/truth, (*e.High-*e.Low)/truth
	o.naive = math.Abs(f.Spent/float64(f.DaysKnown)*float64(len(f.Series))-truth) / truth
	return o
}

func middle(v []float64) float64 {
	slices.Sort(v)
	return v[len(v)/2]
}

func main() {
	runs := flag.Int("runs", 10_000, "months of each kind")
	flag.Parse()
	table(os.Stdout, *runs)
}

func table(out io.Writer, runs int) {
	began := time.Now()
	fmt.Fprintf(out, "%s months of each kind, from the third day to the last but one; promised are %g%%. Simulation leaves ± %.1f points.\n\n",
		report.Grouped(int64(runs)), 100*forecast.Confidence, 196*math.Sqrt(forecast.Confidence*(1-forecast.Confidence)/float64(runs)))
	fmt.Fprintln(out, "| spending | held | truth below | truth above | width of the interval | error of the median | error of the average day |\n| :--- | ---: | ---: | ---: | ---: | ---: | ---: |")
	for i, s := range scenarios() {
		t := simulate(s, runs, uint64(i+1))
		n := float64(t.runs) / 100
		fmt.Fprintf(out, "| %s | %.1f%% | %.1f%% | %.1f%% | %.1f%% | %.1f%% | %.1f%% |\n", s.title, float64(t.held)/n, float64(t.below)/n, float64(t.above)/n, 100*t.width, 100*t.off, 100*t.naive)
	}
	fmt.Fprintf(os.Stderr, "%s\n", time.Since(began).Round(time.Second))
}
