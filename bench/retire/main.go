// Command retire tries retirements out in accounts made up at random, with
// faults, kills, second tickers and people who change things, and prints how they
// ended. It fails if anything was deleted that must not be.
package main

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/cutover-dev/cutover/internal/retire/trial"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(3)
	}
}

func run() error {
	worlds := flag.Uint64("worlds", 10_000, "how many accounts are made up")
	first := flag.Uint64("first", 1_000, "the first one's seed; make test has those below")
	flag.Parse()
	begin := time.Now()
	ends, seen, ticks := map[string]int{}, map[string]int{}, 0
	var mu sync.Mutex
	var group sync.WaitGroup
	var wrong []error
	seeds := make(chan uint64)
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() {
			for seed := range seeds {
				out, err := trial.Run(seed)
				mu.Lock()
				ends[out.End]++
				ticks += out.Ticks
				trial.Tally(seen, out.Seen)
				if err != nil {
					wrong = append(wrong, err)
				}
				mu.Unlock()
			}
		})
	}
	for seed := range *worlds {
		seeds <- *first + seed
	}
	close(seeds)
	group.Wait()
	fmt.Printf("%s, %s/%s, %d processors, %s: %d worlds, %d runs in %.0f s, %d wrong\n\n| ended, or happened on the way | times |\n| :--- | ---: |\n",
		begin.Format(time.DateOnly), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version(), *worlds, ticks, time.Since(begin).Seconds(), len(wrong))
	for _, end := range slices.Sorted(maps.Keys(ends)) {
		fmt.Printf("| **%s** | %d |\n", end, ends[end])
	}
	for _, what := range slices.Sorted(maps.Keys(seen)) {
		fmt.Printf("| %s | %d |\n", what, seen[what])
	}
	for _, err := range wrong[:min(len(wrong), 20)] {
		fmt.Fprintln(os.Stderr, err)
	}
	if len(wrong) > 0 {
		return fmt.Errorf("%d of %d worlds went wrong", len(wrong), *worlds)
	}
	return nil
}
