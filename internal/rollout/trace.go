package rollout

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/rollout/judge"
)

// TraceHeader is the first line of a trace.
const TraceHeader = "minute,green_requests,green_errors,green_slow,blue_requests,blue_errors,blue_slow"

// Trace is a recording of both sides, minute by minute. Its minutes count from
// [Dawn]; one that was not recorded is missing.
type Trace struct {
	Minutes []judge.Minute
}

// Dawn is when the first minute of a trace begins; a recording has no date.
var Dawn = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// Length is how many minutes the trace spans, missing ones included.
func (t Trace) Length() int {
	if len(t.Minutes) == 0 {
		return 0
	}
	return int(t.Minutes[len(t.Minutes)-1].End().Sub(Dawn) / time.Minute)
}

const (
	// maxTrace bounds a trace to about 70 days.
	maxTrace = 100_000
	// stamps is from where on the minute column holds time stamps (minutes of
	// an epoch) rather than a count.
	stamps = 1_000_000
)

// ParseTrace reads a trace: CSV under [TraceHeader], rows in ascending order of
// their minute, which counts from 0 or 1 or is a time stamp in minutes. A
// missing row is a missing minute. name is what errors call the file.
func ParseTrace(name string, r io.Reader) (Trace, error) {
	var t Trace
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 0, 4096), 4096)
	first, previous := int64(0), int64(-1)
	number := 0
	bad := func(what, got, allowed string) (Trace, error) {
		return Trace{}, &fault.Fault{Kind: fault.Input, File: name, Line: number, What: what, Got: got, Allowed: allowed}
	}
	for lines.Scan() {
		number++
		line := strings.TrimSpace(lines.Text())
		if number == 1 {
			if strings.TrimPrefix(line, "\ufeff") != TraceHeader {
				return bad("the header is not that of a trace", line, TraceHeader)
			}
			continue
		}
		if line == "" {
			continue
		}
		row, what, got := traceRow(line)
		if what != "" {
			return bad(what, got, "seven numbers, none negative, as "+TraceHeader)
		}
		minute := int64(row[0])
		if previous < 0 {
			first = origin(minute)
		}
		if minute <= previous {
			return bad("the minute does not follow the one before", strconv.FormatInt(minute, 10), fmt.Sprintf("a minute after %d", previous))
		}
		if previous = minute; minute-first >= maxTrace {
			return bad("the trace is too long", strconv.FormatInt(minute, 10), fmt.Sprintf("up to %d minutes", maxTrace))
		}
		t.Minutes = append(t.Minutes, judge.Minute{
			Start: Dawn.Add(time.Duration(minute-first) * time.Minute),
			Green: counted(row[1:4]), Blue: counted(row[4:7]), Gauges: judge.NoGauges(),
		})
	}
	if err := lines.Err(); err != nil {
		if errors.Is(err, bufio.ErrTooLong) {
			number++
			return bad("the line is too long", "", "lines of up to 4,096 bytes")
		}
		return Trace{}, &fault.Fault{Kind: fault.Outside, File: name, What: "cannot be read", Err: err}
	}
	if len(t.Minutes) == 0 {
		return bad("the trace has no minute", "", "at least one row below "+TraceHeader)
	}
	return t, nil
}

// origin is the minute from which the others count.
func origin(first int64) int64 {
	switch {
	case first == 0:
		return 0
	case first >= stamps:
		return first
	}
	return 1
}

// traceRow reads the numbers of one row, or says what is wrong with which.
func traceRow(line string) (row [7]float64, what, got string) {
	fields := strings.Split(line, ",")
	if len(fields) != len(row) {
		return row, "the row does not have seven fields", line
	}
	for i, f := range fields {
		v, err := strconv.ParseFloat(strings.TrimSpace(f), 64)
		if err != nil || !(v >= 0) || v > 1e12 {
			return row, "a field is no count", f
		}
		row[i] = v
	}
	if row[0] != math.Trunc(row[0]) {
		return row, "the minute is no whole number", fields[0]
	}
	for _, side := range [][]float64{row[1:4], row[4:7]} {
		// Counts under a threshold are interpolated and may be off by a
		// fraction; more is a contradiction.
		if side[1] > side[0]+1 || side[2] > side[0]+1 {
			return row, "more bad requests than requests", line
		}
	}
	return row, "", ""
}

func counted(side []float64) judge.Counts {
	n := func(v float64) int64 { return int64(math.Round(v)) }
	return judge.Counts{Present: n(side[0]) > 0, Requests: n(side[0]), Errors: min(n(side[1]), n(side[0])), Slow: min(n(side[2]), n(side[0]))}
}
