package manual_test

import (
	"path/filepath"
	"testing"

	"github.com/cutover-dev/cutover/internal/manual"
)

// The tutorial is followed word by word, in a copy of the tree, from its first
// command to its last. What takes minutes is run once, by TestE2EPipelineTakesTheExampleAppThrough
// and TestE2EFaultsAreStoppedWhereTheyShould, which compare what it shows.
func TestTheTutorialIsAsItSays(t *testing.T) {
	c := newChecker(t)
	c.update = *update
	p := manual.Parse(tutorial, text(t, tutorial))
	for _, s := range p.Spans {
		c.span(p.Name, s)
	}
	now := make([]string, len(p.Blocks))
	for i, b := range p.Blocks {
		now[i] = b.Body
		if body, changed := c.block(t, b); changed {
			now[i] = body
		}
	}
	for i := len(p.Blocks) - 1; i >= 0; i-- {
		p.Text = p.With(p.Blocks[i], now[i])
	}
	if *update {
		write(t, filepath.Join(root, tutorial), p.Text)
	}
	for _, p := range c.problems {
		t.Error(p)
	}
	if c.ran < 10 {
		t.Errorf("only %d commands were run", c.ran)
	}
}
