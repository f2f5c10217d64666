package pipeline

import (
	"slices"
	"time"
)

// critical finds the chain of jobs, each begun after the one before had ended,
// that covers most of the run, waiting for runners and reviewers included. It
// is the one that has to get shorter for the run to get shorter. GitHub's API
// does not tell which job needs which; a job is made once those that it needs
// have ended, so one that had ended by then may be one of them.
//
// Spells of a chain do not overlap: the chain is never longer than the run, and
// never shorter than its longest job.
func critical(spells []spell) (chain []link, whole time.Duration) {
	s := slices.Clone(spells)
	slices.SortStableFunc(s, func(a, b spell) int { return a.end.Compare(b.end) })
	best := make([]time.Duration, len(s))
	before := make([]int, len(s))
	last := -1
	for j := range s {
		best[j], before[j] = s[j].end.Sub(s[j].from), -1
		for i := range j {
			if s[i].end.After(s[j].from.Add(slack)) || s[i].end.After(s[j].start) {
				continue
			}
			// Of equal chains the one whose job ended last is the likelier.
			if sum := best[i] + share(s[i], s[j]); sum >= best[j] {
				best[j], before[j] = sum, i
			}
		}
		if last < 0 || best[j] >= best[last] {
			last = j
		}
	}
	if last < 0 {
		return nil, 0
	}
	for j := last; j >= 0; j = before[j] {
		l := link{stage: s[j].stage, took: s[j].end.Sub(s[j].from)}
		if i := before[j]; i >= 0 {
			l.took = share(s[i], s[j])
		}
		chain = append(chain, l)
	}
	slices.Reverse(chain)
	return chain, best[last]
}

// link is a job of the chain and what of the chain's time is its own.
type link struct {
	stage int
	took  time.Duration
}

// share is what b adds to a chain that ends with a.
func share(a, b spell) time.Duration {
	from := b.from
	if a.end.After(from) {
		from = a.end
	}
	return b.end.Sub(from)
}

// span is how long the run lasted, from its beginning to the end of its last
// job.
func span(r Run, spells []spell) time.Duration {
	if len(spells) == 0 {
		return 0
	}
	begin, end := r.Began(), spells[0].end
	for _, s := range spells {
		if s.end.After(end) {
			end = s.end
		}
		if begin.IsZero() || s.from.Before(begin) {
			begin = s.from
		}
	}
	return end.Sub(begin)
}
