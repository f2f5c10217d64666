package load

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/fault"
)

// Merge makes one result of all parts of a plan: what one generator would have
// measured that had sent them all. Parts that are missing, double, or of another
// plan are refused.
func Merge(parts []Result) (Result, error) {
	if len(parts) == 0 {
		return Result{}, mergeFault("there is no result to merge", "", "Name the results of all shards.")
	}
	if len(parts) == 1 && len(parts[0].Shards) != 1 {
		return parts[0], nil
	}
	parts, err := inOrder(parts)
	if err != nil {
		return Result{}, err
	}
	whole := parts[0]
	whole.Shards, whole.Asked.Goals = nil, slices.Clone(whole.Asked.Goals)
	whole.Troubles = map[string]int{}
	whole.Routes, whole.Series, whole.Minutes = nil, nil, nil
	whole.Arrivals, whole.Skipped, whole.Asked.Arrivals, whole.Asked.Requests = 0, 0, 0, 0
	whole.Generator = Generator{}
	whole.Colds = nil
	invalid := []string{}
	for _, p := range parts {
		whole.Shards = append(whole.Shards, p.Shards[0])
		whole.take(p)
		for _, why := range p.Invalid {
			invalid = append(invalid, "shard "+p.Shards[0]+": "+why)
		}
	}
	slices.SortFunc(whole.Routes, func(a, b Route) int { return strings.Compare(a.Name, b.Name) })
	whole.derive()
	whole.Invalid = append(invalid, whole.Invalid...)
	whole.Valid = len(whole.Invalid) == 0
	whole.strip()
	return whole, nil
}

// take adds what a part has counted.
func (r *Result) take(p Result) {
	r.Began = earlier(r.Began, p.Began)
	if p.Ended.After(r.Ended) {
		r.Ended = p.Ended
	}
	r.Arrivals += p.Arrivals
	r.Skipped += p.Skipped
	r.Asked.Arrivals += p.Asked.Arrivals
	r.Asked.Requests += p.Asked.Requests
	r.Asked.Seconds = max(r.Asked.Seconds, p.Asked.Seconds)
	r.SentSeconds = max(r.SentSeconds, p.SentSeconds)
	r.Interrupted = r.Interrupted || p.Interrupted
	if r.Stopped == "" {
		r.Stopped = p.Stopped
	}
	add(r.Troubles, p.Troubles)
	for _, route := range p.Routes {
		i := slices.IndexFunc(r.Routes, func(x Route) bool { return x.Name == route.Name })
		if i < 0 {
			route.Status, route.Failed = maps.Clone(route.Status), maps.Clone(route.Failed)
			r.Routes = append(r.Routes, route)
			continue
		}
		r.Routes[i].add(route)
	}
	for i, in := range p.Series {
		if i == len(r.Series) {
			r.Series = append(r.Series, in)
			continue
		}
		at := &r.Series[i]
		at.Requests += in.Requests
		at.Errors += in.Errors
		at.Target += in.Target
		at.Seconds = max(at.Seconds, in.Seconds)
		at.Latencies = joined(at.Latencies, in.Latencies)
	}
	r.Minutes = mergeBlocks(r.Minutes, p.Minutes)
	g := &r.Generator
	g.CPUSeconds += p.Generator.CPUSeconds
	g.CPUShare = max(g.CPUShare, p.Generator.CPUShare)
	g.MemoryMB = max(g.MemoryMB, p.Generator.MemoryMB)
	g.Sockets += p.Generator.Sockets
	g.Late = joined(g.Late, p.Generator.Late)
}

func (r *Route) add(o Route) {
	r.Requests += o.Requests
	r.Errors += o.Errors
	r.Checks += o.Checks
	r.BytesIn += o.BytesIn
	r.BytesOut += o.BytesOut
	r.Latencies = joined(r.Latencies, o.Latencies)
	add(r.Status, o.Status)
	add(r.Failed, o.Failed)
}

func add(to, from map[string]int) {
	for key, n := range from {
		to[key] += n
	}
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// inOrder are all parts of one plan, each once, from the first to the last.
func inOrder(parts []Result) ([]Result, error) {
	sorted := make([]Result, len(parts))
	seen := make([]bool, len(parts))
	for _, p := range parts {
		if len(p.Shards) != 1 {
			return nil, mergeFault("is a whole result, not a shard's", strings.Join(p.Shards, ", "), "Merge the results of shards; a whole one needs no merge.")
		}
		i, n, ok := shard(p.Shards[0])
		switch {
		case !ok:
			return nil, mergeFault("is no shard", p.Shards[0], "Take the result as the shard wrote it.")
		case n != len(parts):
			return nil, mergeFault(fmt.Sprintf("%d results are there of %d shards", len(parts), n), p.Shards[0], "Name the results of all shards, each once.")
		case seen[i-1]:
			return nil, mergeFault("the shard is there twice", p.Shards[0], "Name each result once.")
		case p.Asked.Plan != parts[0].Asked.Plan || p.Target != parts[0].Target:
			return nil, mergeFault("was sent by another plan, so the sum would mean nothing", p.Shards[0], "Run all shards with the same cutover.yaml, profile and target.")
		}
		seen[i-1], sorted[i-1] = true, p
	}
	return sorted, nil
}

// shard reads 1/3.
func shard(text string) (i, n int, ok bool) {
	a, b, found := strings.Cut(text, "/")
	i, errI := strconv.Atoi(a)
	n, errN := strconv.Atoi(b)
	return i, n, found && errI == nil && errN == nil && i >= 1 && i <= n && n <= mostParts && text == Part{i, n}.String()
}

// mostParts bounds how many generators send one plan.
const mostParts = 64

// ParsePart reads 1/3: the first of three shards.
func ParsePart(text string) (Part, error) {
	i, n, ok := shard(text)
	if !ok {
		return Part{}, &fault.Fault{Kind: fault.Input, Name: "shard", What: "is no shard", Got: text, Allowed: fmt.Sprintf("i/n such as 1/3, up to %d shards", mostParts), Next: "Count shards from 1."}
	}
	return Part{i, n}, nil
}

func mergeFault(what, got, next string) error {
	return &fault.Fault{Kind: fault.Input, Name: "merge", What: what, Got: got, Next: next}
}
