package pipeline

import (
	"math"
	"strconv"
	"time"

	"github.com/cutover-dev/cutover/internal/report"
)

// percent writes a share so that neither a little reads as nothing nor almost
// all as all.
func percent(share float64) string {
	switch p := int(math.Round(share * 100)); {
	case p == 0 && share > 0:
		return "<1%"
	case p == 100 && share < 1:
		return ">99%"
	default:
		return strconv.Itoa(p) + "%"
	}
}

// Size writes bytes for people: 312 B, 48.2 MB, 1.3 GB.
func Size(n int64) string {
	units := []string{"B", "kB", "MB", "GB", "TB"}
	value, at := float64(n), 0
	for value >= 999.95 && at < len(units)-1 {
		value, at = value/1000, at+1
	}
	return report.Number(math.Round(value*10)/10) + " " + units[at]
}

func duration(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

func told(s float64) string { return report.Seconds(duration(s)) }

func signed(s float64) string {
	if s < 0 {
		return "−" + told(-s)
	}
	return told(s)
}

func orNothing(s *float64) string {
	if s == nil {
		return ""
	}
	return told(*s)
}

func orUnknown(s *float64) string {
	if s == nil {
		return "unknown"
	}
	return told(*s)
}
