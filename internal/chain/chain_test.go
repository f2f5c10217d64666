package chain_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/chain"
)

type entry struct {
	Sequence       int
	Words          string
	Previous, Hash string
}

func (e entry) Link() chain.Link {
	return chain.Link{Sequence: e.Sequence, Previous: e.Previous, Hash: e.Hash}
}

func (e entry) Linked(l chain.Link) entry {
	e.Sequence, e.Previous, e.Hash = l.Sequence, l.Previous, l.Hash
	return e
}

func log(words ...string) (all []entry) {
	previous := ""
	for i, w := range words {
		e := chain.Seal(entry{Sequence: i + 1, Words: w}, previous)
		all, previous = append(all, e), e.Hash
	}
	return all
}

func TestVerify(t *testing.T) {
	whole := log("one", "two", "three", "four")
	if err := chain.Verify(whole); err != nil {
		t.Fatal(err)
	}
	if err := chain.Verify([]entry(nil)); err != nil {
		t.Fatal(err)
	}
	if whole[0].Hash == whole[1].Hash || len(whole[0].Hash) != 64 || chain.Seal(whole[2], whole[1].Hash) != whole[2] {
		t.Errorf("%+v", whole)
	}
	for name, c := range map[string]struct {
		change func([]entry) []entry
		says   string
	}{
		"a word is changed":     {func(l []entry) []entry { l[1].Words = "2"; return l }, "event 2 was changed"},
		"one is taken out":      {func(l []entry) []entry { return slices.Delete(l, 1, 2) }, "event 3 stands where 2 belongs"},
		"the first is lost":     {func(l []entry) []entry { return l[1:] }, "event 2 stands where 1 belongs"},
		"two change places":     {func(l []entry) []entry { l[1], l[2] = l[2], l[1]; return l }, "out of place"},
		"one is put in":         {func(l []entry) []entry { return slices.Insert(l, 2, l[1]) }, "event 2 stands where 3 belongs"},
		"sealed anew alone":     {func(l []entry) []entry { l[1].Words = "2"; l[1] = chain.Seal(l[1], l[0].Hash); return l }, "event 3 does not follow"},
		"out and renumbered":    {func(l []entry) []entry { l = slices.Delete(l, 1, 2); l[1].Sequence = 2; return l }, "event 2 does not follow"},
		"of another log":        {func(l []entry) []entry { l[3] = chain.Seal(entry{Sequence: 4}, log("x")[0].Hash); return l }, "event 4 does not follow"},
		"its hash is forgotten": {func(l []entry) []entry { l[3].Hash = ""; return l }, "event 4 was changed"},
	} {
		t.Run(name, func(t *testing.T) {
			if err := chain.Verify(c.change(slices.Clone(whole))); err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v, want %q", err, c.says)
			}
		})
	}
}
