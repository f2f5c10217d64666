package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/cutover-dev/cutover/internal/comparison"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/load"
)

// What people call the sides.
const (
	nameBlue  = "ECS"
	nameGreen = "Lambda"
)

// measured is a side with the files that it was read from. rate is what a load
// test asked for, 0 for what was no load test.
type measured struct {
	side    comparison.Side
	files   []comparison.File
	rate    float64
	stage   string
	profile string
}

// mostFile bounds what is read of a file; internal/load holds a closer limit.
const mostFile = 256 << 20

// names are the files of an input: repeated, or with commas between them.
func names(given []string) (all []string) {
	for _, g := range given {
		for name := range strings.SplitSeq(g, ",") {
			if name = strings.TrimSpace(name); name != "" {
				all = append(all, name)
			}
		}
	}
	return all
}

// readLoad reads a side's load results, and merges those that are shards.
func readLoad(input, name string, given []string) (measured, error) {
	var m measured
	var parts []load.Result
	for _, path := range names(given) {
		text, err := readFile(input, path)
		if err != nil {
			return m, err
		}
		r, err := load.ParseResult(text)
		if err != nil {
			return m, in(input, path, err)
		}
		parts = append(parts, r)
		m.files = append(m.files, comparison.File{Name: input + ": " + filepath.Base(path), SHA256: digest(text)})
	}
	r, err := load.Merge(parts)
	if err != nil {
		return m, in(input, strings.Join(names(given), ", "), err)
	}
	m.side, m.rate, m.stage, m.profile = sideOf(name, r), r.RequestedRate, r.Stage, r.Profile
	return m, nil
}

// readFile names what is no file in the words of the input.
func readFile(input, path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, &fault.Fault{Kind: fault.Input, Name: input, What: "cannot be read", Got: path, Next: "Name the JSON that cutover load or load-test wrote (out).", Err: errors.Unwrap(err)}
	}
	defer func() { _ = f.Close() }() // nothing was written
	text, err := io.ReadAll(io.LimitReader(f, mostFile+1))
	if err != nil {
		return nil, &fault.Fault{Kind: fault.Input, Name: input, What: "cannot be read", Got: path, Err: errors.Unwrap(err)}
	}
	if len(text) > mostFile {
		return nil, &fault.Fault{Kind: fault.Input, Name: input, What: "is no load result: it is larger than " + strconv.Itoa(mostFile>>20) + " MiB", Got: path}
	}
	return text, nil
}

// in says which input an error is about.
func in(input, path string, err error) error {
	var f *fault.Fault
	if !errors.As(err, &f) {
		return err
	}
	told := *f
	told.Name, told.What = input, path+" "+f.What
	return &told
}

func digest(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// sideOf says a load result in the comparison's words. Who got no answer was
// failed as much as who got a 5xx.
func sideOf(name string, r load.Result) comparison.Side {
	s := comparison.Side{
		Name: name, Source: "load test on " + r.Target, Window: comparison.Window{From: r.Began.UTC(), To: r.Ended.UTC()},
		Invalid: r.Invalid, Stopped: r.Stopped, Requests: int64(r.Requests), Latencies: r.Latencies(), PeakRate: r.PeakRate, PeakTarget: peakTarget(r),
	}
	if r.Profile != "" {
		s.Source += ", profile " + r.Profile
	}
	for status, n := range statuses(r) {
		if status == "0" || len(status) == 3 && status[0] == '5' {
			s.Errors5xx += int64(n)
		}
	}
	// A load test of some minutes says how they differ; of an older cutover there are none.
	for _, b := range r.Minutes {
		if b.Requests > 0 {
			s.Minutes = append(s.Minutes, comparison.Minute{Requests: int64(b.Requests), Errors5xx: int64(b.Errors), Latencies: b.Latencies})
		}
	}
	// Durations that are not of all cold starts may lack the slowest.
	if c := r.Colds; c != nil && counted(c.Durations) == int64(c.Count) {
		s.ColdsKnown, s.ColdStarts = true, c.Durations
	}
	return s
}

// statuses are those of all routes, which are what was checked against the sums.
func statuses(r load.Result) map[string]int {
	all := map[string]int{}
	for _, route := range r.Routes {
		for status, n := range route.Status {
			all[status] += n
		}
	}
	return all
}

func counted(pairs [][2]int64) (n int64) {
	for _, p := range pairs {
		n += p[1]
	}
	return n
}

// peakTarget is what was asked for when the most was held.
func peakTarget(r load.Result) float64 {
	best := -1
	for i, s := range r.Series {
		if best < 0 || s.Rate > r.Series[best].Rate {
			best = i
		}
	}
	if best < 0 {
		return 0
	}
	return r.Series[best].Target
}

// alike holds both sides to the same load: whoever is asked for less answers
// faster. What was not loaded alike is no measurement of either.
func alike(blue, green *measured) (why string) {
	most := max(blue.rate, green.rate)
	if blue.rate == 0 || green.rate == 0 || math.Abs(blue.rate-green.rate) <= most/100 {
		return ""
	}
	why = fmt.Sprintf("the sides were not asked alike: %s for %s requests a second, %s for %s", nameBlue, plain(blue.rate), nameGreen, plain(green.rate))
	for _, m := range []*measured{blue, green} {
		m.side.Invalid = append(append([]string{}, m.side.Invalid...), why)
	}
	return why
}

func plain(rate float64) string { return strconv.FormatFloat(math.Round(rate*10)/10, 'f', -1, 64) }
