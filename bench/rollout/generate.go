package main

// A healthy release: 0.3% errors and 2% slow requests on both sides.
const (
	healthyErrors = 0.003
	healthySlow   = 0.02
)

// clumps is the within-minute correlation of bursts: failures that come
// together, because a dependency hiccups or one task is bad.
const clumps = 0.02

// fault is what goes wrong in a scenario's only phase. Its zero value is a
// healthy run.
type fault struct {
	kind faultKind
	// rate replaces the healthy rate of errors or of slow requests.
	rate float64
	both bool // blue too
	// from and to bound the start, drawn evenly; both are included.
	from, to int
	// minutes it lasts; 0 is to the end.
	minutes int
	// ofTen is how many of every ten minutes are affected; 0 is all.
	ofTen int
}

type faultKind int

const (
	nothing faultKind = iota
	moreErrors
	moreSlow
	noTraffic
)

// scenario is a cutover that is simulated many times.
type scenario struct {
	// id seeds the generator; it also names the scenario in JSON.
	id     string
	title  string
	phases []Phase
	total  float64 // requests a minute on both sides together
	rho    float64
	fault  fault
}

func (s *scenario) minutes() int {
	n := 0
	for _, p := range s.phases {
		n += p.Minutes
	}
	return n
}

// draw fills the run's minutes and returns the fault's first minute, or -1.
func (s *scenario) draw(r source, minutes []Minute) int {
	start := -1
	if s.fault.kind != nothing {
		start = s.fault.from + r.IntN(s.fault.to-s.fault.from+1)
	}
	at := 0
	for _, p := range s.phases {
		for n := range p.Minutes {
			minutes[at] = s.minute(r, p.Weight, n, s.fault.active(at, start))
			at++
		}
	}
	return start
}

// baselineMinutes is how much of the past is known when a cutover begins.
const baselineMinutes = 6 * hour

// baseline draws what both sides did before the start, each under half of the
// load, which is how baselines are driven.
func (s *scenario) baseline(r source) []Minute {
	healthy := scenario{total: s.total, rho: s.rho}
	minutes := make([]Minute, baselineMinutes)
	for n := range minutes {
		minutes[n] = healthy.minute(r, 0.5, n, false)
	}
	return minutes
}

// active says whether the fault shows in this minute.
func (f fault) active(minute, start int) bool {
	since := minute - start
	return f.kind != nothing && since >= 0 &&
		(f.minutes == 0 || since < f.minutes) &&
		(f.ofTen == 0 || since%10 < f.ofTen)
}

func (s *scenario) minute(r source, weight float64, n int, faulty bool) Minute {
	greenErrors, greenSlow := healthyErrors, healthySlow
	blueErrors, blueSlow := healthyErrors, healthySlow
	m := Minute{N: n, GreenRequests: r.poisson(s.total * weight), BlueRequests: r.poisson(s.total * (1 - weight))}
	if faulty {
		switch s.fault.kind {
		case moreErrors:
			greenErrors = s.fault.rate
			if s.fault.both {
				blueErrors = s.fault.rate
			}
		case moreSlow:
			greenSlow = s.fault.rate
			if s.fault.both {
				blueSlow = s.fault.rate
			}
		case noTraffic:
			m.GreenRequests, m.Missing = 0, true
		case nothing:
		}
	}
	m.GreenErrors, m.GreenSlow = r.clumped(m.GreenRequests, greenErrors, s.rho), r.clumped(m.GreenRequests, greenSlow, s.rho)
	m.BlueErrors, m.BlueSlow = r.clumped(m.BlueRequests, blueErrors, s.rho), r.clumped(m.BlueRequests, blueSlow, s.rho)
	return m
}
