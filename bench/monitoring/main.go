// Command monitoring measures how long the template of what watches 1,000
// functions takes, beside cdk-monitoring-constructs, and whether what comes out
// can be deployed at all.
//
// Each measurement is a process of its own, so that peak memory is honest: for
// the comparison of the same work the command runs itself again with the word
// "alarms".
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"time"

	"github.com/cutover-dev/cutover/internal/monitoring"
)

// functions is how many functions are watched.
const functions = 1000

// bound is what our own template may take, as a process.
const bound = 100 * time.Millisecond

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(3)
	}
}

func run(args []string) error {
	if len(args) == 2 && args[0] == "alarms" {
		return alarms(args[1], os.Stdout)
	}
	if len(args) > 0 {
		return fmt.Errorf("unknown arguments %q; it takes none", args)
	}
	folder, err := os.MkdirTemp("", "monitoring")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(folder) }() // a temporary folder
	inventory := filepath.Join(folder, "thousand.json")
	if err := writeInventory(inventory); err != nil {
		return err
	}
	programs, err := programsIn(folder, inventory)
	if err != nil {
		return err
	}
	if err := takeTurns(programs); err != nil {
		return err
	}
	fmt.Printf("%s, %s/%s, %d processors, %s, Node %s, %d functions, in turns, medians\n\n", time.Now().Format(time.DateOnly),
		runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version(), nodeVersion(), functions)
	printTable(programs)
	return held(programs[0])
}

// held is whether our own template keeps what is promised of it.
func held(ours *program) error {
	if wall := ours.wall(); wall >= float64(bound.Milliseconds()) {
		return fmt.Errorf("%s took %.0f ms, and may take %s", ours.name, wall, bound)
	}
	if broken := ours.made.broken(); len(broken) > 0 {
		return fmt.Errorf("what %s makes cannot be deployed: %v", ours.name, broken)
	}
	return nil
}

// thousand is a stage with so many functions that are alike.
func thousand() monitoring.Inventory {
	i := monitoring.Inventory{Version: monitoring.InventoryVersion, Stage: "production", Region: "us-east-1"}
	for n := range functions {
		i.Functions = append(i.Functions, monitoring.Function{
			Name: fmt.Sprintf("lego-api-production-f%04d", n), MemoryMB: 512, TimeoutSeconds: 10, Architecture: "arm64", LogFormat: "json",
		})
	}
	return i
}

func writeInventory(path string) error {
	text, err := json.Marshal(thousand())
	if err != nil {
		return err
	}
	return os.WriteFile(path, text, 0o600)
}

func nodeVersion() string {
	out, err := exec.Command("node", "-p", "process.versions.node").Output()
	if err != nil {
		return "?"
	}
	return string(out[:len(out)-1])
}
