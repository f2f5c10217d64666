// Command rollout compares rules that judge canary releases, ours and those of
// peers, over simulated cutovers: healthy ones, with and without bursts, and
// ones with faults. Every rule sees the very same minutes.
//
//	go run ./bench/rollout -runs 10000 -svg bench/rollout/result.svg -json /tmp/rollout.json
package main

import (
	"bufio"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"time"
)

func main() {
	if err := run(os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(3)
	}
}

// result is a claim with its figures: by scenario, by figure, by judge.
type result struct {
	claim
	values [][][]estimate
}

func run(args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("rollout", flag.ContinueOnError)
	flags.SetOutput(stderr)
	runs := flags.Int("runs", 10_000, "simulated cutovers of each kind")
	svg := flags.String("svg", "", "write the plot to this `file`")
	jsonFile := flags.String("json", "", "write all figures to this `file`")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 || *runs < 1 {
		return fmt.Errorf("it takes -runs of at least 1, -svg and -json, and nothing else; got %q", args)
	}
	started := time.Now()
	results := measure(claims(), *runs, func(id string) {
		fmt.Fprintf(stderr, "%6.1f s  %s\n", time.Since(started).Seconds(), id)
	})
	head := fmt.Sprintf("%s, %s/%s, %d processors, %s, %s runs of each kind, 95%% intervals",
		time.Now().Format(time.DateOnly), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version(), thousands(*runs))
	w := bufio.NewWriter(stdout)
	writeTables(w, head, results)
	if err := w.Flush(); err != nil {
		return err
	}
	if *svg != "" {
		if err := os.WriteFile(*svg, []byte(plot(results, *runs)), 0o644); err != nil {
			return err
		}
	}
	if *jsonFile != "" {
		return writeJSON(*jsonFile, head, *runs, results)
	}
	return nil
}

// measure simulates every scenario of every claim, one after the other; the
// runs of one are spread over the processors.
func measure(list []claim, runs int, progress func(id string)) []result {
	var results []result
	for _, c := range list {
		r := result{claim: c}
		for _, s := range c.scenarios {
			outcomes := simulate(s, peers, runs)
			var rows [][]estimate
			for _, f := range c.figures {
				var row []estimate
				for j := range peers {
					row = append(row, f.of(outcomes[j]))
				}
				rows = append(rows, row)
			}
			r.values = append(r.values, rows)
			progress(s.id)
		}
		results = append(results, r)
	}
	return results
}
