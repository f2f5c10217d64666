// Command shift kills the real program of traffic-shift at a random request of a
// random command, in N schedules, and holds that running it again ends right.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"strconv"
)

func main() {
	schedules := flag.Int("schedules", 1000, "how many commands to kill, every second one twice")
	flag.Parse()
	cmd := exec.Command("go", "test", "-count=1", "-timeout", "3h", "-run", "^TestKilledAnywhereItEndsRight$", "-v", "./actions/traffic-shift")
	cmd.Env = append(os.Environ(), "CUTOVER_KILLS="+strconv.Itoa(*schedules))
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(3)
	}
}
