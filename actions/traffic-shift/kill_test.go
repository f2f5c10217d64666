package main

import (
	"testing"
	"time"
)

func TestTheWay(t *testing.T) {
	began := time.Now()
	way.once.Do(func() { goTheWay(t) })
	t.Log(time.Since(began), len(way.deeds), way.marks)
	for _, p := range []string{bare, paired, readied, decided, begun, watching, half, soaking} {
		began := time.Now()
		s := at(t, p)
		a := time.Since(began)
		began = time.Now()
		r := s.must(0, cmdStatus)
		t.Log(p, a, time.Since(began), r.State, r.Weight, r.Stands, s.checks(), r.Hold, r.Trouble)
	}
	for range 3 {
		began := time.Now()
		newWorld(t)
		t.Log(time.Since(began))
	}
}
