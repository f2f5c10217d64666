package main

import (
	"hash/fnv"
	"runtime"
	"sync"
	"sync/atomic"
)

// outcome is how one judge's run went.
type outcome struct {
	// rollback is the cutover's minute of the roll back, or -1.
	rollback int
	// start is the first faulty minute, or -1.
	start    int
	held     bool
	reported bool
}

// before says that the release was rolled back before anything was wrong.
func (o outcome) before() bool { return o.rollback >= 0 && o.rollback < o.start }

// since says that it was rolled back in or after the first faulty minute.
func (o outcome) since() bool { return o.rollback >= 0 && o.rollback >= o.start }

// promoted says that the release got through on the rule's word alone.
func (o outcome) promoted() bool { return o.rollback < 0 && !o.held }

// simulate runs a scenario and returns outcomes by judge, then by run. Each
// judge sees the very same minutes, and a run's minutes depend on nothing but
// the scenario's id and the run's number.
func simulate(s *scenario, judges []Peer, runs int) [][]outcome {
	results := make([][]outcome, len(judges))
	for i := range results {
		results[i] = make([]outcome, runs)
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte(s.id)) // a hash takes every write
	seed := h.Sum64()
	var next atomic.Uint64
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			minutes := make([]Minute, s.minutes())
			for {
				number := next.Add(1)
				if number > uint64(runs) {
					return
				}
				start := s.draw(newSource(seed, number), minutes)
				baseline := s.baseline(newSource(^seed, number))
				for i, p := range judges {
					j := p.New()
					if b, ok := j.(Baseliner); ok {
						b.Baseline(baseline)
					}
					results[i][number-1] = judgeRun(j, s.phases, minutes, start)
				}
			}
		})
	}
	workers.Wait()
	return results
}

// judgeRun shows one run to one judge.
func judgeRun(j Judge, phases []Phase, minutes []Minute, start int) outcome {
	o := outcome{rollback: -1, start: start}
	at := 0
cutover:
	for _, p := range phases {
		j.NextPhase(p)
		for _, m := range minutes[at : at+p.Minutes] {
			if j.Minute(m) == Rollback {
				o.rollback = at
				break cutover
			}
			at++
		}
		switch j.End() {
		case Rollback:
			o.rollback = at - 1
			break cutover
		case Promote:
		case Hold, Continue: // no word is no promotion
			o.held = true
		}
	}
	if r, ok := j.(Reporter); ok {
		o.reported = r.Reported()
	}
	return o
}
