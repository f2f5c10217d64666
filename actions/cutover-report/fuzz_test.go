package main

import (
	"encoding/json"
	"testing"
	"unicode"
)

// Whatever is taken for a window is one; whatever is taken for a name can stand in
// one line; whatever is taken for a cost is one when it is written again.
func FuzzInputs(f *testing.F) {
	text, _ := json.Marshal(costs)
	for _, seed := range []string{"2026-11-23T12:00:00Z/2026-11-23T13:00:00Z", "2026-11-23T12:00:00+01:00/2026-11-23T12:00:00Z", "Ada Lovelace", "a\u202eb", "", "/", "{}", string(text), string(text) + "{}"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if w, err := parseWindow(text); err == nil && !w.From.Before(w.To) {
			t.Errorf("%q is %v", text, w)
		}
		if name, err := parseApprover(text); err == nil {
			for _, r := range name {
				if !unicode.IsPrint(r) {
					t.Errorf("%q holds %q", name, r)
				}
			}
		}
		v, what := parseCost([]byte(text))
		if what != "" {
			return
		}
		again, err := json.Marshal(v)
		if _, what := parseCost(again); err != nil || what != "" {
			t.Errorf("%q: %v, %s", text, err, what)
		}
	})
}
