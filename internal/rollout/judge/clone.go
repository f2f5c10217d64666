package judge

import "github.com/cutover-dev/cutover/internal/rollout/evidence"

// Clone returns a ledger that shares nothing with l.
func (l *Ledger) Clone() *Ledger {
	if l == nil {
		return nil
	}
	next := *l
	next.Tracks = make(map[string]*Track, len(l.Tracks))
	for name, track := range l.Tracks {
		t := *track
		t.Green.Change, t.Blue.Change, t.Worse = track.Green.Change.Clone(), track.Blue.Change.Clone(), track.Worse.Clone()
		next.Tracks[name] = &t
	}
	return &next
}

// Log returns the evidence that green has broken the objective's limit, the
// same of blue, and that green is worse than blue, as logarithms.
func (t *Track) Log() (green, blue, worse float64) {
	return t.Green.Change.Log(), t.Blue.Change.Log(), t.Worse.Log()
}

// Threshold is the logarithm of the evidence at which a limit counts as broken
// in the ledger's epoch.
func (l *Ledger) Threshold(r Rules) float64 { return r.threshold(l.Epoch) }

// Proof is the logarithm of the evidence at which a limit counts as proved.
func (r Rules) Proof() float64 { return evidence.Threshold(r.Beta) }
