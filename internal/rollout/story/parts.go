package story

import "github.com/cutover-dev/cutover/internal/report"

// Charts returns the pictures and the log without the rest, for a report that
// has a head of its own.
func (s Story) Charts() []report.Block {
	t := newTelling(s)
	var blocks []report.Block
	for _, part := range []func() []report.Block{t.rates, t.evidence, t.events} {
		blocks = append(blocks, part()...)
	}
	return blocks
}
