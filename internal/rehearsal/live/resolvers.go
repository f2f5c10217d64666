package live

import (
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"time"
)

// Resolvers are those of the users. Each keeps an answer for the TTL of AWS's
// time; a few keep it longer, as clients do that hold on to their connections and
// resolvers that ignore the TTL.
type Resolvers struct {
	// Answers is what DNS says at this moment: targets with their probability.
	Answers func() map[string]float64
	Now     func() time.Time
	TTL     time.Duration
	// Stubborn is the share of resolvers that keep an answer Longer times as long.
	Stubborn float64
	Longer   int

	mu     sync.Mutex
	chance *rand.Rand
	all    []kept
}

// kept is one resolver's answer.
type kept struct {
	target string
	until  time.Time
}

// Populate makes so many resolvers, whose first answers run out one after the
// other.
func (r *Resolvers) Populate(n int, seed uint64) {
	r.chance = rand.New(rand.NewPCG(seed, seed)) //nolint:gosec // users' chance, no secret
	r.all = make([]kept, n)
	now := r.Now()
	for i := range r.all {
		r.all[i] = kept{choose(r.Answers(), r.chance.Float64()), now.Add(time.Duration(r.chance.Float64() * float64(r.TTL)))}
	}
}

// Ask is a user's look at DNS, by whichever resolver is theirs.
func (r *Resolvers) Ask() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.ask(r.chance.IntN(len(r.all)))
}

// ask looks by resolver i. r.mu is held.
func (r *Resolvers) ask(i int) string {
	now, k := r.Now(), &r.all[i]
	if now.Before(k.until) {
		return k.target
	}
	k.target, k.until = choose(r.Answers(), r.chance.Float64()), now.Add(r.keeps(i))
	return k.target
}

// keeps is for how long resolver i keeps an answer.
func (r *Resolvers) keeps(i int) time.Duration {
	if float64(i) < r.Stubborn*float64(len(r.all)) {
		return time.Duration(r.Longer) * r.TTL
	}
	return r.TTL
}

// choose picks a target by its probability; at lies in [0, 1).
func choose(answers map[string]float64, at float64) string {
	names := slices.Sorted(maps.Keys(answers))
	for _, name := range names {
		if at -= answers[name]; at < 0 {
			return name
		}
	}
	for _, name := range slices.Backward(names) {
		if answers[name] > 0 {
			return name // the sum was a rounding below 1
		}
	}
	return ""
}
