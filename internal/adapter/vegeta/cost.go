package vegeta

import (
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// cost is what this process has used so far.
type cost struct {
	at       time.Time
	cpu      time.Duration
	memoryMB float64
}

// spent reads it. The memory is the most that was resident at once.
func spent() cost {
	var u syscall.Rusage
	c := cost{at: time.Now()}
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return c
	}
	c.cpu = time.Duration(u.Utime.Nano() + u.Stime.Nano())
	if runtime.GOOS != "linux" {
		c.memoryMB = float64(u.Maxrss) / (1 << 20) // macOS counts bytes
		return c
	}
	if status, err := os.ReadFile("/proc/self/status"); err == nil {
		c.memoryMB = highWater(string(status))
	}
	return c
}

// highWater is the most that was resident since this program began. What
// getrusage(2) says instead may be of whoever started it: its ru_maxrss survives
// execve.
// source: proc_pid_status(5), VmHWM; getrusage(2), "ru_maxrss"
func highWater(status string) (mb float64) {
	for line := range strings.Lines(status) {
		if text, is := strings.CutPrefix(line, "VmHWM:"); is {
			kB, _ := strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(text), "kB")), 64) // 0 where it is no number
			return kB / 1024
		}
	}
	return 0
}

// share is of all processors of the machine, from c to d.
func (c cost) share(d cost) float64 {
	if wall := d.at.Sub(c.at); wall > 0 {
		return float64(d.cpu-c.cpu) / float64(wall) / float64(runtime.NumCPU())
	}
	return 0
}
