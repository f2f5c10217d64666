package preflight

import (
	"cmp"
	"context"
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/rollout/preflight/compare"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// Heard is what one side said to one request, over all rounds. The first answer
// is told apart from the others: it may have met a cold start.
type Heard struct {
	Status  int
	Took    []time.Duration
	Largest int64
	Cut     bool
	Failed  string
}

// Exchange is one request that both sides were asked. Unsteady are the places
// where blue differs from itself, so that a difference there says nothing.
type Exchange struct {
	Path        string
	Blue, Green Heard
	Differences []compare.Difference
	Unsteady    map[string]bool
	More        int
}

const (
	// rounds is how often each request is asked: often enough to see what differs
	// from one answer to the next, and how long an answer usually takes.
	rounds = 5
	// mostTime bounds the whole replay.
	mostTime = 10 * time.Minute
)

// Replay asks both sides for each path, in turn, one request at a time: it is no
// load. A side that does not answer is not asked for that path again.
func Replay(ctx context.Context, g Getter, paths []string, ignore compare.Ignore) ([]Exchange, error) {
	ctx, cancel := context.WithTimeout(ctx, mostTime)
	defer cancel()
	var all []Exchange
	for _, path := range paths {
		e := Exchange{Path: path, Unsteady: map[string]bool{}}
		var first compare.Answer
		for round := range rounds {
			if ctx.Err() != nil {
				return nil, context.Cause(ctx)
			}
			blue, green := ask(ctx, g, path, round)
			if round == 0 {
				first = blue
			}
			e.add(first, blue, green, ignore)
			if blue.Failed != "" || green.Failed != "" {
				break
			}
		}
		all = append(all, e)
	}
	if ctx.Err() != nil { // the last answer may be its doing
		return nil, context.Cause(ctx)
	}
	return all, nil
}

// ask changes who is first from round to round: whoever is second finds the
// stores warm.
func ask(ctx context.Context, g Getter, path string, round int) (blue, green compare.Answer) {
	if round%2 == 0 {
		blue = g.Get(ctx, Blue, path)
		return blue, g.Get(ctx, Green, path)
	}
	green = g.Get(ctx, Green, path)
	return g.Get(ctx, Blue, path), green
}

// add takes one round.
func (e *Exchange) add(first, blue, green compare.Answer, ignore compare.Ignore) {
	e.Blue.add(blue)
	e.Green.add(green)
	itself, _ := compare.Diff(first, blue, ignore)
	for _, d := range itself {
		e.Unsteady[anywhere(d.At)] = true
	}
	found, more := compare.Diff(first, green, ignore)
	e.More = max(e.More, more)
	for _, d := range found {
		if !slices.ContainsFunc(e.Differences, func(known compare.Difference) bool { return known.At == d.At }) {
			e.Differences = append(e.Differences, d)
		}
	}
}

func (h *Heard) add(a compare.Answer) {
	if a.Failed != "" {
		h.Failed = a.Failed
		return
	}
	h.Status = a.Status
	h.Took = append(h.Took, a.Took)
	h.Largest, h.Cut = max(h.Largest, int64(len(a.Body))), h.Cut || a.Cut
}

var index = regexp.MustCompile(`\[[0-9]+\]`)

// anywhere makes one place of all elements of a list.
func anywhere(at string) string { return index.ReplaceAllString(at, "[*]") }

// Differing is one difference, as the result tells it.
type Differing struct {
	Request string `json:"request"`
	compare.Difference
	// Unsteady says that blue differs from itself there.
	Unsteady bool `json:"unsteady"`
}

// Times are what one request took on both sides, from one client: what CloudWatch
// says of the two is measured in two places. Medians leave the first answer out.
type Times struct {
	Request     string  `json:"request"`
	Answers     int     `json:"answers"`
	BlueFirst   float64 `json:"blue_first_seconds"`
	BlueMedian  float64 `json:"blue_median_seconds"`
	GreenFirst  float64 `json:"green_first_seconds"`
	GreenMedian float64 `json:"green_median_seconds"`
	BlueBytes   int64   `json:"blue_bytes"`
	GreenBytes  int64   `json:"green_bytes"`
}

// times returns the first answer's time and the others' median, in seconds.
func (h Heard) times() (first, median float64) {
	if len(h.Took) == 0 {
		return 0, 0
	}
	first, median = h.Took[0].Seconds(), h.Took[0].Seconds()
	if rest := slices.SortedFunc(slices.Values(h.Took[1:]), cmp.Compare[time.Duration]); len(rest) > 0 {
		median = (rest[(len(rest)-1)/2] + rest[len(rest)/2]).Seconds() / 2
	}
	return first, median
}

// replay judges what both sides said.
func (j *judge) replay(t *tally) {
	const source = "GETs to traffic.blue.direct and traffic.green.direct"
	exchanges, ok := see(t, j.o.Replay, "answers", "the answers of both sides")
	if !ok {
		return
	}
	if len(exchanges) == 0 {
		t.add(Finding{Finding: verdict.Finding{Name: "requests", Verdict: verdict.Inconclusive, Source: source}}.
			told("Write traffic.preflight.requests, or give the smoke checks.", "there is no request to send"))
	}
	for _, e := range exchanges {
		bf, bm := e.Blue.times()
		gf, gm := e.Green.times()
		j.result.Times = append(j.result.Times, Times{e.Path, min(len(e.Blue.Took), len(e.Green.Took)), bf, bm, gf, gm, e.Blue.Largest, e.Green.Largest})
		j.exchange(t, e, source)
	}
}

func (j *judge) exchange(t *tally, e Exchange, source string) {
	steady, unsteady := 0, 0
	for _, d := range e.Differences {
		loose := e.Unsteady[anywhere(d.At)]
		if loose {
			unsteady++
		} else {
			steady++
		}
		if len(j.result.Differences) < mostFindings {
			j.result.Differences = append(j.result.Differences, Differing{"GET " + e.Path, d, loose})
		}
	}
	name := e.Path
	if len(name) > 1 {
		name = name[1:] // what is accepted is written as replay/mocs
	}
	f := figure(name, "differences", float64(steady), 0, steady == 0).of(int64(len(e.Green.Took)), "answers", "this preflight", source)
	switch {
	case e.Green.Failed != "":
		f.Verdict = verdict.Fail
		t.add(f.told("Mend green.", "GET %s: green %s", e.Path, e.Green.Failed))
	case e.Green.Status >= 500:
		f.Verdict = verdict.Fail
		t.add(f.told("Mend green.", "GET %s: green answered %d", e.Path, e.Green.Status))
	case e.Blue.Failed != "", e.Blue.Status >= 500:
		f.Verdict = verdict.Inconclusive
		t.add(f.told("Mend blue first: it is what green is compared with.", "GET %s: blue %s", e.Path, wrong(e.Blue)))
	case steady > 0:
		t.add(f.told("Mend green, or write under traffic.preflight.ignore what may differ.", "GET %s: %s, the first at %s", e.Path, report.Count(steady+e.More, "difference"), firstReal(e)))
	case unsteady > 0:
		f.Verdict = verdict.Inconclusive
		t.add(f.told("Write under traffic.preflight.ignore what changes from answer to answer.", "GET %s: %s, all where blue differs from itself, such as %s", e.Path, report.Count(unsteady, "difference"), e.Differences[0].At))
	default:
		t.add(f.told("", "GET %s: %d answers each, all alike (%d)", e.Path, len(e.Green.Took), e.Green.Status))
	}
	if e.Blue.Status >= 400 && e.Blue.Status < 500 && e.Blue.Status == e.Green.Status {
		t.warn("GET %s: both sides answered %d, which shows little of what is behind it.", e.Path, e.Green.Status)
	}
}

func wrong(h Heard) string {
	if h.Failed != "" {
		return h.Failed
	}
	return "answered " + strconv.Itoa(h.Status)
}

// firstReal is the first difference that is no mere change from answer to answer.
func firstReal(e Exchange) string {
	for _, d := range e.Differences {
		if !e.Unsteady[anywhere(d.At)] {
			return d.At + " (blue: " + d.Blue + "; green: " + d.Green + ")"
		}
	}
	return "an unknown place"
}
