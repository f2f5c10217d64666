package load

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"slices"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Recorder collects what became of requests. It is safe for many goroutines. Its
// memory grows with how many different latencies there are, not with requests.
type Recorder struct {
	plan Plan
	// width is an interval's, minute a block's.
	width, minute time.Duration

	mu       sync.Mutex
	routes   map[string]*route
	series   map[int]*interval
	blocks   map[int]*block
	late     tally
	troubles map[string]int
	arrivals int
	last     time.Duration
}

// route and interval are a part of a result while it grows.
type route struct {
	Route
	latencies tally
}

type interval struct {
	Interval
	latencies tally
}

// Bounds of a result's size: a series that still shows a second of a run of nine
// minutes, and kinds of failed checks that somebody can read.
const (
	mostIntervals = 600
	mostFailed    = 20
	otherFailed   = "others"
)

// NewRecorder is one for a plan that is valid.
func NewRecorder(p Plan) *Recorder {
	r := &Recorder{plan: p, width: p.interval(), minute: p.minute(), routes: map[string]*route{}, series: map[int]*interval{}, blocks: map[int]*block{}, troubles: map[string]int{}}
	for _, s := range p.Mix {
		for _, q := range s.Requests {
			r.route(q.Name)
		}
	}
	return r
}

// interval is how long each part of the series is: whole seconds, with room for
// users that go on behind the last arrival.
func (p Plan) interval() time.Duration {
	room := mostIntervals * 9 / 10
	seconds := int64(p.Length()+time.Duration(room)*time.Second-1) / int64(time.Duration(room)*time.Second)
	return time.Duration(max(seconds, 1)) * time.Second
}

func (r *Recorder) route(name string) *route {
	at := r.routes[name]
	if at == nil {
		at = &route{Route: Route{Name: name, Status: map[string]int{}, Failed: map[string]int{}}}
		r.routes[name] = at
	}
	return at
}

// Record takes one outcome.
func (r *Recorder) Record(o Outcome) {
	r.mu.Lock()
	defer r.mu.Unlock()
	slot := min(max(int(o.Began/r.width), 0), mostIntervals-1)
	in := r.series[slot]
	if in == nil {
		in = &interval{}
		r.series[slot] = in
	}
	minute := min(max(int(o.Began/r.minute), 0), mostBlocks-1)
	if r.blocks[minute] == nil {
		r.blocks[minute] = &block{latencies: histogram{}}
	}
	r.blocks[minute].take(o)
	at := r.route(o.Route)
	at.Requests++
	in.Requests++
	at.Status[strconv.Itoa(o.Status)]++
	at.BytesIn += o.BytesIn
	at.BytesOut += o.BytesOut
	if o.Error() {
		at.Errors++
		in.Errors++
	}
	if len(o.Failed) > 0 {
		at.Checks++
	}
	for _, why := range o.Failed {
		if _, known := at.Failed[why]; !known && len(at.Failed) >= mostFailed {
			why = otherFailed
		}
		at.Failed[why]++
	}
	if o.Status == 0 {
		r.troubles[string(o.Trouble)]++
	} else {
		us := o.Latency.Microseconds()
		at.latencies.add(us)
		in.latencies.add(us)
	}
	if o.Step == 0 {
		r.arrivals++
		r.last = max(r.last, o.Began)
	}
	r.late.add((o.Began - o.Due).Microseconds())
}

// Result is what was measured. The result of a part keeps what it needs to be
// merged.
func (r *Recorder) Result(end End) Result {
	r.mu.Lock()
	defer r.mu.Unlock()
	p := r.plan
	length := p.Length()
	if end.Stopped != "" || end.Interrupted {
		length = min(length, max(end.Ended.Sub(end.Began), 0))
	}
	res := Result{
		Version: Version, Project: p.Project, Stage: p.Stage, Profile: p.Name, Target: origin(p.Target),
		Began: end.Began, Ended: end.Ended, Stopped: end.Stopped, Interrupted: end.Interrupted,
		Arrivals: r.arrivals, Skipped: end.Skipped, Troubles: maps.Clone(r.troubles), Generator: end.Generator,
		SentSeconds: max(length, r.last).Seconds(),
		Asked: Asked{Plan: p.digest(), Seconds: length.Seconds(), Requests: p.Planned(length), Arrivals: p.due(length),
			Least: p.Limits.Least, LateMS: float64(p.Limits.Late.Microseconds()) / 1000, CPUShare: p.Limits.CPU, Goals: append([]Goal{}, p.Goals...)},
	}
	for _, name := range slices.Sorted(maps.Keys(r.routes)) {
		at := r.routes[name]
		one := at.Route
		one.Status, one.Failed, one.Latencies = maps.Clone(at.Status), maps.Clone(at.Failed), at.latencies.pairs()
		res.Routes = append(res.Routes, one)
	}
	res.Series, res.Minutes = r.intervals(length), r.byMinute(length)
	res.Generator.Late = r.late.pairs()
	if p.parts() > 1 {
		res.Shards = []string{p.Part.String()}
	}
	res.derive()
	if p.parts() == 1 {
		res.strip()
	}
	return res
}

// intervals are those until the end of the plan, or of the run that went on.
func (r *Recorder) intervals(length time.Duration) (series []Interval) {
	for i, s := range stretches(length, r.width, r.series) {
		one := Interval{}
		if in := r.series[i]; in != nil {
			one = in.Interval
			one.Latencies = in.latencies.pairs()
		}
		one.At, one.Seconds = s.from.Seconds(), (s.to - s.from).Seconds()
		one.Target = (r.plan.Hits(s.to) - r.plan.Hits(s.from)) * r.plan.PerArrival() / one.Seconds
		series = append(series, one)
	}
	return series
}

// origin is scheme and host alone.
func origin(target string) string {
	scheme, rest, found := strings.Cut(target, "://")
	if !found {
		return ""
	}
	host, _, _ := strings.Cut(rest, "/")
	return scheme + "://" + host
}

// due is how many of this part's arrivals are due before a moment.
func (p Plan) due(until time.Duration) int {
	return sort.Search(p.Total(), func(k int) bool { return p.Due(k) >= until })
}

// digest names the plan, whichever part of it is sent.
func (p Plan) digest() string {
	p.Part = Part{}
	// A plan holds nothing that cannot be written.
	text, _ := json.Marshal(p)
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// String is 1/3.
func (p Part) String() string { return strconv.Itoa(p.Index) + "/" + strconv.Itoa(p.Of) }
