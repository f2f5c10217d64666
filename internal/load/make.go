package load

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/nearest"
	"github.com/cutover-dev/cutover/internal/unit"
)

// Plan is a profile's plan against a target. The files of data are read by who
// calls, seen from cutover.yaml.
func (s Settings) Plan(profile, project, target string, read func(path string) ([]byte, error)) (Plan, error) {
	if _, ok := s.Profiles[profile]; !ok {
		names := slices.Sorted(maps.Keys(s.Profiles))
		f := &fault.Fault{Kind: fault.Input, Name: "profile", What: "is no profile of cutover.yaml", Got: profile, Allowed: strings.Join(names, ", "), Next: "Name one of them, or add it under load.profiles."}
		if near := nearest.To(profile, names); near != "" {
			f.Next = "Did you mean " + near + "?"
		}
		return Plan{}, f
	}
	p := s.plan(profile)
	p.Project, p.Target = project, strings.TrimRight(target, "/")
	for _, key := range slices.Sorted(maps.Keys(s.Data)) {
		d, err := s.Data[key].rows(key, read)
		if err != nil {
			return Plan{}, err
		}
		p.Data = append(p.Data, d)
	}
	return p, p.Validate()
}

// plan is all of it that needs no file.
func (s Settings) plan(profile string) Plan {
	from := s.Profiles[profile]
	p := Plan{Name: profile, Stage: from.Stage, Seed: uint64(max(from.Seed, 0)), Limits: from.Limits.limits(), Goals: from.Goals.goals()}
	if p.Stage == "" {
		p.Stage = s.Stage
	}
	requests, scenarios := from.Requests, from.Scenarios
	if len(requests)+len(scenarios) == 0 {
		requests, scenarios = s.Requests, s.Scenarios
	}
	for _, r := range requests {
		one := r.request()
		p.Mix = append(p.Mix, Scenario{Name: one.Name, Weight: float64(r.Weight), Requests: []Request{one}})
	}
	for _, f := range scenarios {
		one := Scenario{Name: f.Name, Weight: float64(f.Weight)}
		for _, r := range f.Requests {
			one.Requests = append(one.Requests, r.request())
		}
		p.Mix = append(p.Mix, one)
	}
	// The file speaks of requests a second, the plan of arrivals.
	share := 1 / max(p.PerArrival(), 1)
	for _, f := range from.Phases {
		p.Phases = append(p.Phases, f.phases(share)...)
	}
	return p
}

func (s Stretch) phases(share float64) (list []Phase) {
	from, to := s.rates()
	if s.Steps == nil || *s.Steps < 2 {
		return []Phase{{Name: s.Name, Duration: s.For.Std(), From: from * share, To: to * share}}
	}
	steps := *s.Steps
	for i := range steps {
		rate := (from + (to-from)*float64(i)/float64(steps-1)) * share
		name := s.Name
		if name != "" {
			name += " " + strconv.Itoa(i+1)
		}
		// Nanoseconds that do not divide evenly go to the later steps.
		begins, ends := s.For.Std()*time.Duration(i)/time.Duration(steps), s.For.Std()*time.Duration(i+1)/time.Duration(steps)
		list = append(list, Phase{Name: name, Duration: ends - begins, From: rate, To: rate})
	}
	return list
}

// rates at the beginning and at the end.
func (s Stretch) rates() (from, to float64) {
	of := func(rates ...*int) float64 {
		for _, r := range rates {
			if r != nil {
				return float64(*r)
			}
		}
		return 0
	}
	return of(s.From, s.Rate), of(s.To, s.Rate)
}

func (s Step) request() Request {
	r := Request{Name: s.Name, Method: s.Method, Path: s.Path, Body: s.Body, JSON: s.Body != "", After: s.Wait.Std(),
		Checks: []Check{{Kind: CheckStatus, Values: []string{strconv.Itoa(s.Expect)}}}}
	if r.Name == "" {
		r.Name = RouteName(s.Method, s.Path)
	}
	for _, name := range slices.Sorted(maps.Keys(s.Headers)) {
		r.Headers = append(r.Headers, Header{name, s.Headers[name]})
	}
	if s.Contains != "" {
		r.Checks = append(r.Checks, Check{Kind: CheckContains, Values: []string{s.Contains}})
	}
	for _, path := range s.Exists {
		r.Checks = append(r.Checks, Check{Kind: CheckExists, Path: path})
	}
	for _, path := range slices.Sorted(maps.Keys(s.Equals)) {
		r.Checks = append(r.Checks, Check{Kind: CheckEquals, Path: path, Values: []string{s.Equals[path]}})
	}
	if s.Under != nil {
		r.Checks = append(r.Checks, Check{Kind: CheckLatency, Under: s.Under.Std()})
	}
	for _, name := range slices.Sorted(maps.Keys(s.Capture)) {
		r.Captures = append(r.Captures, Capture{Name: name, Path: s.Capture[name]})
	}
	return r
}

// RouteName is how a request is told that has no name: GET /mocs/{id}. Its query
// is left out, since it changes from request to request.
func RouteName(method, path string) string {
	path = holder.ReplaceAllStringFunc(path, func(found string) string {
		return "{" + strings.TrimSpace(found[2:len(found)-2]) + "}"
	})
	path, _, _ = strings.Cut(path, "?")
	return method + " " + path
}

func (b Bounds) limits() Limits {
	return Limits{Rate: float64(b.Rate), Requests: b.Requests, Duration: b.Duration.Std(), Errors: b.Errors.Fraction(), P99: b.P99.Std(),
		Window: b.Window.Std(), Least: b.Least, Late: b.Late.Std(), CPU: b.CPU.Fraction()}
}

func (g Goals) goals() (list []Goal) {
	for _, one := range []struct {
		metric string
		most   *unit.Duration
	}{{MetricP50, g.P50}, {MetricP95, g.P95}, {MetricP99, g.P99}, {MetricSettle, &g.Settle}} {
		if one.most != nil {
			list = append(list, Goal{Metric: one.metric, AtMost: float64(one.most.Std().Microseconds()) / 1000})
		}
	}
	return append(list, Goal{Metric: MetricErrors, AtMost: g.Errors.Fraction()})
}

// rows are the values under a key of the section.
func (v Values) rows(key string, read func(string) ([]byte, error)) (Data, error) {
	if v.File == "" {
		d := Data{Name: key, Columns: []string{key}, Random: v.Order == "random"}
		for _, value := range v.Values {
			d.Rows = append(d.Rows, []string{value})
		}
		return d, nil
	}
	text, err := read(v.File)
	if err != nil {
		return Data{}, &fault.Fault{Kind: fault.Input, Name: "load.data." + key, What: "the file cannot be read", Got: v.File, Err: err, Next: fmt.Sprintf("Put %s below the folder of cutover.yaml.", v.File)}
	}
	d, err := ParseData(v.File, text)
	d.Name, d.Random = key, v.Order == "random"
	return d, err
}
