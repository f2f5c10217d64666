// Command rollback kills the real program at N points of a rollback, spread
// evenly over everything that it asks of AWS, and holds that the next run ends
// right.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"strconv"
)

func main() {
	kills := flag.Int("kills", 1000, "at how many points to kill")
	flag.Parse()
	cmd := exec.Command("go", "test", "-count=1", "-timeout", "3h", "-run", "^TestRollbackKilledAnywhereItEndsRight$", "-v", "./actions/sst-deploy")
	cmd.Env = append(os.Environ(), "CUTOVER_KILLS="+strconv.Itoa(*kills))
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(3)
	}
}
