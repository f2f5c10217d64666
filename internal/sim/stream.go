package sim

import "math/rand/v2"

// purpose separates random numbers that must not depend on each other.
type purpose uint64

const (
	arrivals purpose = iota + 1
	splitting
	blueAnswers
	greenAnswers
	gauges
	arriving // how much of a minute CloudWatch knows at first
	controlPlane
	probing
	history // added to the others for the minutes before the start
)

// stream gives every purpose and index (a minute, a call) random numbers of
// its own. What is drawn for one changes nothing for any other, so two
// policies in the same world meet the same luck.
type stream struct {
	seed   uint64
	source rand.PCG
	random *rand.Rand
}

func newStream(seed uint64) *stream {
	s := &stream{seed: seed}
	s.random = rand.New(&s.source) //nolint:gosec // a simulation has to be repeatable
	return s
}

// of returns the random numbers of one purpose and index, from their
// beginning. They are good until the next call.
func (s *stream) of(p purpose, index int) *rand.Rand {
	key := mix(s.seed ^ mix(uint64(p)))
	s.source.Seed(key, mix(key+uint64(index))) //nolint:gosec // an index is not negative, and any 64 bits do
	return s.random
}

// mix is the finaliser of SplitMix64: neighbours become strangers.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
