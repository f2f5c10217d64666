package load

import (
	"math/bits"
	"time"
)

const (
	// mostBlocks bounds a result of a long run: minutes up to three and a half
	// hours.
	mostBlocks = 240
	// digits are the binary ones that a latency of a block keeps: with nine it is
	// off by 0.2% at most, and a minute has some hundred different ones, however
	// many requests it had.
	digits = 9
)

// block is a minute while it grows.
type block struct {
	Block
	latencies histogram
}

// minute is how long each block is: whole minutes, with room for users that go on
// behind the last arrival.
func (p Plan) minute() time.Duration {
	const room = mostBlocks * 9 / 10
	return max((p.Length()+room*time.Minute-1)/(room*time.Minute), 1) * time.Minute
}

// rounded is a latency with the digits that a block keeps. Each shard rounds as
// the whole would have.
func rounded(us int64) int64 {
	drop := bits.Len64(uint64(us)) - digits //nolint:gosec // a latency is not negative
	if drop <= 0 {
		return us
	}
	return (us + 1<<(drop-1)) >> drop << drop
}

// take counts an outcome.
func (b *block) take(o Outcome) {
	b.Requests++
	if o.Error() {
		b.Errors++
	}
	if o.Status != 0 {
		b.latencies[rounded(max(o.Latency.Microseconds(), 0))]++
	}
}

// minutes are the blocks until the end of the plan, or of the run that went on.
func (r *Recorder) byMinute(length time.Duration) (all []Block) {
	for i, s := range stretches(length, r.minute, r.blocks) {
		one := Block{Latencies: [][2]int64{}}
		if b := r.blocks[i]; b != nil {
			one = b.Block
			one.Latencies = b.latencies.pairs()
		}
		one.At, one.Seconds = s.from.Seconds(), (s.to - s.from).Seconds()
		all = append(all, one)
	}
	return all
}

// stretch is a part of the run's time.
type stretch struct{ from, to time.Duration }

// stretches are parts of one width, until the end or until the last in which
// something was.
func stretches[T any](length, width time.Duration, seen map[int]T) (all []stretch) {
	last := int((length+width-1)/width) - 1
	for slot := range seen {
		last = max(last, slot)
	}
	for i := range last + 1 {
		from := time.Duration(i) * width
		to := from + width
		if from < length {
			to = min(to, length)
		}
		all = append(all, stretch{from, to})
	}
	return all
}

// mergeBlocks adds the minutes of a part.
func mergeBlocks(to, from []Block) []Block {
	for i, b := range from {
		if i == len(to) {
			to = append(to, b)
			continue
		}
		at := &to[i]
		at.Requests += b.Requests
		at.Errors += b.Errors
		at.Seconds = max(at.Seconds, b.Seconds)
		at.Latencies = joined(at.Latencies, b.Latencies)
	}
	return to
}

// minutesContradict says what of the minutes does not add up, or "". A result of
// an older version has none.
func (r *Result) minutesContradict() string {
	if len(r.Minutes) == 0 {
		return ""
	}
	requests, errors, answers := 0, 0, int64(0)
	for _, b := range r.Minutes {
		if b.Requests < 0 || b.Errors < 0 || b.Errors > b.Requests || !sound(b.Seconds) || !sound(b.At) || !rising(b.Latencies) || count(b.Latencies) > int64(b.Requests) {
			return "a minute has counts that cannot be"
		}
		requests, errors, answers = requests+b.Requests, errors+b.Errors, answers+count(b.Latencies)
	}
	if len(r.Minutes) > mostBlocks || requests != r.Requests || errors != r.Errors || answers != count(r.Latencies()) {
		return "the minutes are not the routes' requests"
	}
	return ""
}
