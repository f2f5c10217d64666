package vegeta

import (
	"runtime"
	"syscall"
	"time"
)

// cost is what this process has used so far.
type cost struct {
	at       time.Time
	cpu      time.Duration
	memoryMB float64
}

// spent reads it. The memory is the most that was resident at once; source:
// getrusage(2), where Linux counts kilobytes and macOS bytes.
func spent() cost {
	var u syscall.Rusage
	c := cost{at: time.Now()}
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return c
	}
	c.cpu = time.Duration(u.Utime.Nano() + u.Stime.Nano())
	unit := 1 << 20
	if runtime.GOOS == "linux" {
		unit = 1 << 10
	}
	c.memoryMB = float64(u.Maxrss) / float64(unit)
	return c
}

// share is of all processors of the machine, from c to d.
func (c cost) share(d cost) float64 {
	if wall := d.at.Sub(c.at); wall > 0 {
		return float64(d.cpu-c.cpu) / float64(wall) / float64(runtime.NumCPU())
	}
	return 0
}
