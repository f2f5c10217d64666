package vegeta

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"testing"
)

func TestHighWater(t *testing.T) {
	for name, c := range map[string]struct {
		status string
		want   float64
	}{
		"as Linux writes it": {"Name:\tcutover\nVmPeak:\t 1280000 kB\nVmHWM:\t   25600 kB\nVmRSS:\t   1024 kB\n", 25},
		"no such line":       {"Name:\tVmHWM\nVmRSS:\t1024 kB\n", 0},
		"no number":          {"VmHWM:\tmany kB\n", 0},
		"nothing":            {"", 0},
	} {
		if got := highWater(c.status); got != c.want {
			t.Errorf("%s: %g MB, want %g", name, got, c.want)
		}
	}
}

// The memory is this program's, however large the one was that started it: what
// getrusage says would be of both.
func TestMemoryIsItsOwn(t *testing.T) {
	const asked = "CUTOVER_TEST_TELLS_ITS_MEMORY"
	if os.Getenv(asked) != "" {
		fmt.Printf("%g\n", spent().memoryMB)
		os.Exit(0)
	}
	large := make([]byte, 200<<20)
	for i := 0; i < len(large); i += 4096 {
		large[i] = 1
	}
	cmd := exec.Command(os.Args[0], "-test.run", "^TestMemoryIsItsOwn$")
	cmd.Env = append(os.Environ(), asked+"=1")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	got, err := strconv.ParseFloat(string(out[:max(len(out)-1, 0)]), 64)
	if err != nil || got < 1 || got > 150 {
		t.Errorf("%g MB: %v", got, err)
	}
	runtime.KeepAlive(large)
}
