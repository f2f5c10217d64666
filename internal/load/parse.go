package load

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/cutover-dev/cutover/internal/fault"
)

// mostBytes of a result: five hundred thousand different latencies, twice.
const mostBytes = 64 << 20

// ParseResult reads a result as it was written. What contradicts itself is none:
// sums that do not add up were not written by us.
func ParseResult(data []byte) (Result, error) {
	var r Result
	if len(data) > mostBytes {
		return r, resultFault("is too large", strconv.Itoa(len(data))+" bytes")
	}
	in := json.NewDecoder(bytes.NewReader(data))
	in.DisallowUnknownFields()
	if err := in.Decode(&r); err != nil {
		return Result{}, resultFault("is no result of a load test: "+err.Error(), "")
	}
	if in.More() {
		return Result{}, resultFault("has text behind its end", "")
	}
	if r.Version != Version {
		return Result{}, resultFault("is of another version of cutover", strconv.Itoa(r.Version))
	}
	if what := r.contradiction(); what != "" {
		return Result{}, resultFault("contradicts itself: "+what, "")
	}
	return r, nil
}

// contradiction says what does not add up, or "".
func (r *Result) contradiction() string {
	requests, errors := 0, 0
	for _, at := range r.Routes {
		if what := at.contradiction(); what != "" {
			return fmt.Sprintf("route %q: %s", at.Name, what)
		}
		requests += at.Requests
		errors += at.Errors
	}
	series := 0
	for _, in := range r.Series {
		if in.Requests < 0 || in.Errors < 0 || in.Errors > in.Requests || in.Seconds < 0 || in.At < 0 || !rising(in.Latencies) {
			return fmt.Sprintf("the interval at %s s", strconv.FormatFloat(in.At, 'f', -1, 64))
		}
		series += in.Requests
	}
	switch {
	case requests != r.Requests:
		return fmt.Sprintf("routes have %d requests, the result %d", requests, r.Requests)
	case errors != r.Errors:
		return fmt.Sprintf("routes have %d errors, the result %d", errors, r.Errors)
	case len(r.Series) > 0 && series != r.Requests:
		return fmt.Sprintf("the series has %d requests, the result %d", series, r.Requests)
	case r.Latency != PercentilesOf(r.Latencies()):
		return "the percentiles are not those of the latencies"
	case r.Valid != (len(r.Invalid) == 0), slices.Contains(r.Invalid, ""):
		return "it is valid or says why not"
	case r.Ended.Before(r.Began):
		return "it ended before it began"
	case !rising(r.Generator.Late) || len(r.Series) > mostIntervals:
		return "the series or the lateness"
	case !sound(r.RequestedRate) || !sound(r.AchievedRate) || !sound(r.PeakRate) || !sound(r.SentSeconds) || !sound(r.Asked.Seconds) || r.Skipped < 0 || r.Arrivals < 0:
		return "a rate or a count is no number that can be"
	case r.Colds != nil && (!rising(r.Colds.Durations) || count(r.Colds.Durations) > int64(r.Colds.Count)):
		return "there are more durations of cold starts than cold starts"
	}
	return r.minutesContradict()
}

func (at *Route) contradiction() string {
	statuses := 0
	for status, n := range at.Status {
		if code, err := strconv.Atoi(status); err != nil || code < 0 || code > 999 || n < 0 || strconv.Itoa(code) != status {
			return fmt.Sprintf("status %q", status)
		}
		statuses += n
	}
	switch {
	case at.Requests < 0 || at.Errors < 0 || at.Errors > at.Requests || at.Checks < 0 || at.Checks > at.Errors:
		return "its counts"
	case statuses != at.Requests:
		return fmt.Sprintf("%d statuses of %d requests", statuses, at.Requests)
	case !rising(at.Latencies):
		return "its latencies do not rise"
	case count(at.Latencies) != int64(at.Requests-at.Status["0"]):
		return fmt.Sprintf("%d latencies of %d answers", count(at.Latencies), at.Requests-at.Status["0"])
	case at.Latency != PercentilesOf(at.Latencies):
		return "its percentiles are not those of its latencies"
	}
	return ""
}

// mostCounted keeps sums within whole numbers, whatever a file says.
const mostCounted = 1 << 40

// rising says whether pairs rise, with counts that can be.
func rising(pairs [][2]int64) bool {
	last := int64(-1)
	for _, p := range pairs {
		if p[0] <= last || p[1] < 1 || p[1] > mostCounted {
			return false
		}
		last = p[0]
	}
	return true
}

func sound(f float64) bool { return f >= 0 && !math.IsInf(f, 0) }

func resultFault(what, got string) error {
	return &fault.Fault{Kind: fault.Input, Name: "result", What: what, Got: got, Next: "Take the file as cutover load or load-test wrote it, or run the test again."}
}
