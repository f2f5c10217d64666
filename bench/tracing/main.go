// Command tracing measures what src/tracing of the example app costs: a
// handler's time with and without it, in the same process and in turns, and the
// size and load time of a function with nothing, with ours, and with AWS's own
// distribution of OpenTelemetry.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"time"
)

// peer is what AWS's layer for Node is made of.
const peer = "@aws/aws-distro-opentelemetry-node-autoinstrumentation@0.13.0"

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(3)
	}
}

func run() error {
	requests := flag.Int("requests", 20_000, "how many requests each side answers")
	rounds := flag.Int("rounds", 20, "how often each module is loaded")
	flag.Parse()
	folder, err := os.MkdirTemp("", "tracing")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(folder) }() // a temporary folder
	install := exec.Command("npm", "install", "--prefix", folder, "--ignore-scripts", "--no-audit", "--no-fund", "--silent", peer)
	install.Stderr = os.Stderr
	if err := install.Run(); err != nil {
		return fmt.Errorf("installing %s: %w", peer, err)
	}
	fmt.Printf("%s, %s/%s, %d processors, %d requests a side in turns, %d loads in turns, medians unless said\n\n",
		time.Now().Format(time.DateOnly), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), *requests, *rounds)
	measure := exec.Command("node", filepath.Join("bench", "tracing", "measure.mjs"), folder, fmt.Sprint(*requests), fmt.Sprint(*rounds))
	measure.Stdout, measure.Stderr = os.Stdout, os.Stderr
	return measure.Run()
}
